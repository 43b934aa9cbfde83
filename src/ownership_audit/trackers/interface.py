"""What gives raw records: sources of an audit, and live trackers, which a mirror is kept of.

Both only read; they judge nothing and keep nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Progress = Callable[[int], None]
"""Takes how much more was read, in the unit that the source counts in."""


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object and its place: ``dump.jsonl:17``, ``page.json issue 3``, or tracker and key."""

    place: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that can't be read; ``message`` opens with the place and says what to do."""

    place: str
    message: str


Found = Record | Problem


class Source(Protocol):
    """Where an audit gets raw records from: files, or the mirror of a live tracker. Its text is its name."""

    @property
    def gaps(self) -> Sequence[str]:
        """What is known to be missing as a whole; then issues that need others are not judged by them."""

    def size(self) -> int | None:
        """How much there is to read, in the unit that progress counts; None where that is unknown."""

    def records(self, progress: Progress | None = None) -> Iterator[Found]:
        """Every record, and a problem for each that can't be read."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One issue as a tracker gives it, with all its changes and comments.

    ``updated`` is UTC, by the tracker's clock. ``missing`` says what could not be read of it, and why;
    the record's totals then exceed what it holds, so that its timeline is incomplete. ``changes`` and
    ``comments`` are those totals.
    """

    id: str
    key: str
    updated: datetime
    record: Mapping[str, Any]
    missing: str | None = None
    changes: int = 0
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the mirror holds of an issue: when it was changed last, and how much of it there is."""

    updated: datetime
    changes: int
    comments: int


class Mirrored(Protocol):
    """Tells what a mirror holds, so that nothing is fetched that is there already."""

    def known(self, ids: Sequence[str]) -> Mapping[str, Known]:
        """What is held, whole, of each of these issues."""


class Tracker(Protocol):
    """A live tracker. Every method may raise TrackerError or RefusedError."""

    @property
    def identity(self) -> str:
        """The site's address: what a mirror belongs to."""

    @property
    def scope(self) -> str:
        """Which issues are read, in the tracker's own words."""

    def changed(self, since: datetime | None, mirrored: Mirrored) -> Iterator[Sequence[Fetched]]:
        """The issues changed at or after a moment (None: all), in batches, oldest change first.

        Of those that the mirror holds as they are nothing is given. Each batch is complete in itself, and
        everything changed before its last issue was in it or in an earlier one.
        """

    def by_id(self, ids: Sequence[str]) -> Iterator[Sequence[Fetched]]:
        """These issues, as far as they exist and may be seen."""

    def ids(self) -> Iterator[Sequence[str]]:
        """The ids of all issues that exist in the scope and may be seen."""

    def size(self) -> int | None:
        """About how many issues are in the scope."""

    def about(self) -> Mapping[str, Any]:
        """What records lack and rules need: leads of projects, names of fields."""
