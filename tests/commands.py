"""What a command answered, as tests of the command line look at it."""

from __future__ import annotations

import json
from typing import Any


class Outcome:
    """Exit code, output and messages of one command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> dict[str, Any]:
        """The output, read as JSON."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of a JSON report."""
        found: list[dict[str, Any]] = self.document["findings"]
        return found
