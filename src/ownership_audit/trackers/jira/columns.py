"""Where the columns of an export stand, under the names that versions of Jira give them."""

from __future__ import annotations

import re
from typing import Final

# Names of columns in the versions of Jira, in lower case; without an entry there is only one.
_ALSO: Final = {
    "issue key": ("issue key", "work item key", "key"),
    "issue id": ("issue id", "work item id"),
    "issue type": ("issue type", "work type", "work item type"),
    "fix versions": ("fix versions", "fix version/s"),
    "sub-task": ("sub-task", "sub-tasks", "subtask", "subtasks"),
    "sprint": ("sprint", "custom field (sprint)"),
    "parent": ("parent key", "parent", "parent id"),
}
_CUSTOM: Final = re.compile(r"custom field \((.+)\)", re.IGNORECASE)
_LINK: Final = re.compile(r"(inward|outward) issue link \((.+)\)", re.IGNORECASE)


class Columns:
    """Finds cells by the name of their columns, in lower case; the same name stands many times in one header.

    ``custom`` gives the numbers of a custom field's columns; ``links`` number, direction and type of each.
    """

    __slots__ = ("_at", "custom", "links")

    def __init__(self, header: list[str]) -> None:
        self._at: dict[str, list[int]] = {}
        self.custom: dict[str, list[int]] = {}
        self.links: list[tuple[int, str, str]] = []
        for number, title in enumerate(header):
            title = " ".join(title.split())
            self._at.setdefault(title.lower(), []).append(number)
            custom, link = _CUSTOM.fullmatch(title), _LINK.fullmatch(title)
            if custom:
                self.custom.setdefault(custom[1], []).append(number)
            elif link:
                self.links.append((number, link[1].lower(), link[2]))

    def has(self, name: str) -> bool:
        """Whether there is such a column, under any of its names."""
        return any(title in self._at for title in _ALSO.get(name, (name,)))

    def all(self, cells: list[str], name: str) -> list[str]:
        """What the columns of a name hold, without the empty cells."""
        at = [number for title in _ALSO.get(name, (name,)) for number in self._at.get(title, ())]
        return [cells[number] for number in at if cells[number].strip()]

    def one(self, cells: list[str], name: str) -> str:
        """The first of them, or an empty text."""
        return next(iter(self.all(cells, name)), "").strip()
