"""The port to what a tracker holds of the tool's own: its comments with their marks, and changing them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ownership_audit.document import Document
from ownership_audit.trackers.marker import Marker


@dataclass(frozen=True, slots=True)
class Posted:
    """A comment of the tool on an issue."""

    id: str
    created: datetime
    marker: Marker


@dataclass(frozen=True, slots=True)
class Standing:
    """What an issue holds now: the tool's comments (oldest first), its labels, whether it is flagged.

    ``writable`` is None, or the reason why nothing may be written: the account may not, or it can't be told
    whether customers would read it. ``note`` is the digest of the issue's property, where there is one.
    ``restricted`` says that not everybody who reads the project may see the issue, or that it can't be told.
    ``version`` is another one after any change of the issue; None where nobody else changes it.
    """

    comments: Sequence[Posted] = ()
    labels: frozenset[str] = frozenset()
    flagged: bool = False
    note: str | None = None
    writable: str | None = None
    restricted: bool = False
    version: str | None = None


def note_digest(note: object) -> str | None:
    """What tells one value of an issue's property from another; the order of names does not count."""
    return json.dumps(note, sort_keys=True) if note is not None else None


class Posts(Protocol):
    """A tracker that the tool may write to.

    Reading raises TrackerError or RefusedError; writing WriteError where nothing was changed, and
    UnknownWriteError where that can't be told. ``spoke`` says whether a comment of the tool was met or
    written: then the account is the tool's own, and nobody's.
    """

    spoke: bool

    def standing(self, key: str) -> Standing:
        """What stands on an issue now, read from the tracker itself."""

    def version(self, key: str) -> str | None:
        """The version of an issue now; see Standing."""

    def comment(self, key: str, document: Document, marker: Marker) -> str:
        """Post a comment with its mark, in one step; its id."""

    def edit(self, key: str, comment: str, document: Document, marker: Marker) -> None:
        """Replace a comment's words and mark, in one step."""

    def delete(self, key: str, comment: str) -> None:
        """Take a comment away; one that is gone already counts as done."""

    def change_labels(self, key: str, add: Sequence[str], remove: Sequence[str]) -> None:
        """Add and remove labels; what is so already stays."""

    def set_flag(self, key: str, *, flagged: bool) -> None:
        """Set or take the issue's flag."""

    def set_note(self, key: str, value: object) -> None:
        """Set the issue's property; None takes it away."""

    def read_property(self, key: str, name: str) -> object:
        """The value of another property of the issue, read from the tracker itself; None without one."""

    def set_property(self, key: str, name: str, value: object) -> None:
        """Set another property of the issue; None takes it away."""
