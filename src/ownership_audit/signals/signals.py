"""All signals of one language behind one door. The lexicons are read when a text is first asked about."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from ownership_audit.signals.bump import BumpReader, load_bump
from ownership_audit.signals.lexicon import load_lexicons
from ownership_audit.signals.reader import Reader, Reading
from ownership_audit.text import Prose


class Signals:
    """Reads signals off prose, by the lexicons in a language's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bump = BumpReader(load_bump(folder / "bump.yaml"))

    def is_bump(self, prose: Prose) -> bool:
        """True for a bare bump, thanks or +1; see BumpReader."""
        return self._bump.is_bump(prose)

    @cached_property
    def reader(self) -> Reader:
        """The reader of all other signals. Raises RuleError for a lexicon that can't be read."""
        from ownership_audit.signals.reader import Reader

        return Reader(*load_lexicons(self.folder))

    def read(self, prose: Prose, speaker: str = "other") -> Reading:
        """What the prose says in the mouth of ``speaker`` (``owner``, ``reporter`` or ``other``)."""
        return self.reader.read(prose.text, speaker)
