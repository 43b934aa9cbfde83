"""What every report format offers, and the formats by name; a format is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from ownership_audit.finding import Report

GROUPS: Final = ("issue", "rule", "owner", "team")
DEFAULT_WIDTH: Final = 100


class Renderer(Protocol):
    """One format; a module with this function is one."""

    def render(self, report: Report, group_by: str | None = None, width: int = DEFAULT_WIDTH) -> str:
        """The whole report as text that ends with a newline.

        ``group_by`` is one of GROUPS; ``width`` is how many columns a line may take. Formats for
        machines keep their shape and ignore both.
        """


def _table() -> Renderer:
    from ownership_audit.reports import table

    return table


def _json() -> Renderer:
    from ownership_audit.reports import json

    return json


FORMATS: Final[Mapping[str, Callable[[], Renderer]]] = {"table": _table, "json": _json}


def render(report: Report, format_name: str, group_by: str | None = None, width: int = DEFAULT_WIDTH) -> str:
    """The report in the format of that name (a key of FORMATS)."""
    return FORMATS[format_name]().render(report, group_by, width)
