"""Walks through the results of a JQL search in the order of change, in spite of what changes meanwhile.

Pages by number shift when an issue is changed while they are read, and page tokens can expire or come twice.
So a walk can always start anew at the minute of the last issue it has seen: JQL knows times by the minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ownership_audit.errors import TrackerError
from ownership_audit.trackers.jira.rest.channel import BadRequestError, GoneError
from ownership_audit.trackers.jira.values import mapping

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Before everything."""

UNKNOWN_ZONE: Final = timedelta(hours=26)
"""How much earlier a search begins when the account's time zone is not known."""

Record = dict[str, Any]


class Results(Protocol):
    """One search: ``page`` gives the issues at a cursor (None: the first) and the next cursor, or None."""

    def page(self, jql: str, cursor: object) -> tuple[Sequence[Record], object]:
        """Raises BadRequestError or GoneError for a cursor that the site does not know any more."""


class Walk:
    """All issues of a scope from a moment on, oldest change first, each change once."""

    def __init__(self, results: Results, scope: str, zone: str | None, *, by_number: bool) -> None:
        self._results = results
        self._scope = scope
        self._zone = _zone(zone)
        self._slack = timedelta(0) if self._zone is not None else UNKNOWN_ZONE
        self._by_number = by_number

    def since(self, start: datetime) -> Iterator[Sequence[Record]]:
        """Batches of raw issues; raises TrackerError where the search gets no further."""
        minute, cursor = _minute(start), None
        reached = minute
        seen: dict[tuple[object, object], datetime] = {}
        used: set[tuple[datetime, object]] = set()
        is_stuck = False
        while True:
            try:
                issues, following = self._results.page(self.jql(minute), cursor)
            except (BadRequestError, GoneError):
                if cursor is None or is_stuck:
                    raise
                # The cursor is too old: begin again where the walk stands.
                minute, cursor, is_stuck = reached, None, True
                continue
            fresh = [issue for issue in issues if _stamp(issue) not in seen]
            seen.update({_stamp(issue): updated(issue) for issue in fresh})
            if fresh:
                is_stuck = False
                yield fresh
            if following is None:
                return
            last = max(map(_minute, map(updated, fresh)), default=reached)
            if last > reached:  # no search of this walk begins earlier any more
                reached = last
                seen = {stamp: at for stamp, at in seen.items() if at >= reached}
            is_round = (minute, following) in used  # a token that comes again leads round in circles
            if is_round and is_stuck:
                raise TrackerError(
                    "the site gives the same page of its search again and again; run again later"
                )
            used.add((minute, following))
            if is_round or (self._by_number and reached > minute):
                is_stuck = is_round
                minute, following = reached, None
            cursor = following

    def jql(self, start: datetime) -> str:
        """The search for what was changed at or after a moment."""
        zone = self._zone if self._zone is not None else UTC
        local = max(FIRST, start - self._slack).astimezone(zone)
        if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
            local = (local.astimezone(UTC) - timedelta(hours=1)).astimezone(zone)  # an hour that comes twice
        since = f'updated >= "{local:%Y/%m/%d %H:%M}"'
        return f"{f'({self._scope}) AND ' if self._scope else ''}{since} ORDER BY updated ASC, key ASC"


def updated(issue: Record) -> datetime:
    """When an issue was changed last; FIRST where that can't be read."""
    return moment_of(mapping(issue.get("fields")).get("updated"))


def moment_of(value: object) -> datetime:
    """A time as the site writes it, UTC; FIRST where it can't be read."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return FIRST
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _stamp(issue: Record) -> tuple[object, object]:
    return issue.get("id"), mapping(issue.get("fields")).get("updated")


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last for a folder, such as Europe
        return None
