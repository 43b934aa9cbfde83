"""From a port's draft (current fields and dated changes) to a frozen timeline up to a moment.

Initial values come from the changes backwards, so that the timeline up to a moment is the same
whether later events are in the record or not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import attrgetter, eq
from typing import Any, Final

from ownership_audit.timeline.conventions import Conventions
from ownership_audit.timeline.model import LINKED, Event, Issue, Person, State, Status, Timeline

SAVE: Final = timedelta(seconds=5)
"""Changes and comments of one actor within this time are one save."""

IMPORTED_WITHIN: Final = timedelta(seconds=15)
"""Comments of several within this time of an issue's creation were imported with it."""

CHOSEN_AT_CREATION: Final = "created.owner"
"""The id of the assignment that stands for an owner chosen at creation, where teams count it so."""

_RANK: Final = {"created": 0, "comment": 2}  # at equal times: created, changes, comments
_NOWHERE: Final = Status("", "unknown")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a port read of one issue: the current values and every event, in any order.

    Release events of a draft carry the names removed and added in ``old`` and ``new``; the builder
    turns them to whole sets. ``no_history`` is the reason why changes are missing, where they are; what
    else makes them incomplete can't be helped by assumptions. ``ends`` gives the last day of
    ``release PROJECT/NAME`` and ``sprint NAME`` where the record knows it.
    """

    issue: Issue
    created: datetime
    creator: Person | None
    owner: Person | None
    status: Status
    deadline: date | None
    priority: str | None
    releases: frozenset[str]
    sprints: frozenset[str]
    project: str
    type: str
    labels: frozenset[str]
    events: Sequence[Event]
    incomplete: Mapping[str, str] = field(default_factory=dict)
    no_history: str | None = None
    resolved: datetime | None = None
    parent: str | None = None
    blockers: tuple[str, ...] = ()
    subtasks: tuple[str, ...] = ()
    ends: Mapping[str, date] = field(default_factory=dict)


@dataclass(slots=True)
class _Values:
    """The state while it is being computed; ``rank`` and ``planned`` follow from priority and releases."""

    owner: Person | None
    status: Status
    deadline: date | None
    priority: str | None
    releases: frozenset[str]
    sprints: frozenset[str]
    project: str
    type: str
    labels: frozenset[str]
    rank: str = "normal"
    planned: bool = False
    owner_event: int = 0
    deadline_event: int = 0
    replanned: bool = False
    unplanned: bool = False


def order(event: Event) -> tuple[datetime, int, tuple[int, str]]:
    """Sort key: time, then creation before changes before comments, then the tracker's own order."""
    head, _, tail = event.id.partition(".")
    digits = head[1:]
    return (
        event.at,
        _RANK.get(event.kind, 1),
        (int(digits) if digits.isdecimal() else 0, f"{head}.{tail:>6}"),
    )


def build(
    draft: Draft,
    conventions: Conventions,
    as_of: datetime | None = None,
    *,
    constant_owner: bool = False,
    others: Iterable[Event] = (),
    ends: Mapping[str, date] | None = None,
    colleagues: Mapping[str, datetime] | None = None,
) -> Timeline | None:
    """The timeline of a draft up to ``as_of``; None when the issue did not exist yet.

    ``others`` are events derived from other issues (sub-task activity, a blocking issue done).
    ``constant_owner`` replaces a missing history by the assumption that only creation and
    resolution ever changed anything. ``ends`` are the days of releases and sprints known from
    the whole source, like ``Draft.ends``; ``colleagues`` is the timeline's.
    """
    if as_of is not None and draft.created > as_of:
        return None
    incomplete = dict(draft.incomplete)
    assumed = constant_owner and draft.no_history is not None
    assumed = assumed and incomplete.get("changes") == draft.no_history
    events = _all_events(draft, others, "changes" in incomplete)
    if assumed:
        del incomplete["changes"]
    values = _initial(draft, events)
    if conventions.default_owner_counts and values.owner is not None:
        events.insert(
            1, Event(draft.created, "assigned", draft.creator, CHOSEN_AT_CREATION, None, values.owner)
        )
        values.owner = None
    if as_of is not None and events[-1].at > as_of:
        events = [event for event in events if event.at <= as_of]
    runner = _Runner(values, conventions, draft.ends if ends is None else ends)
    runner.run(events)
    first, last = _saves(runner.events)
    return Timeline(
        issue=draft.issue,
        events=tuple(runner.events),
        states=tuple(runner.states),
        first=first,
        last=last,
        incomplete=incomplete,
        assumed=assumed,
        container=not conventions.audit_containers
        and runner.states[-1].type.lower() in conventions.containers,
        colleagues={} if colleagues is None else colleagues,
        times=tuple([event.at for event in runner.events]),
        imported=_imported(draft, runner.events),
    )


def _imported(draft: Draft, events: Sequence[Event]) -> int:
    """How many events an import has brought in: nobody else comments within seconds of an issue's creation.

    One comment of who filed it is none, as it can be written in the same form.
    """
    count = bisect_right(events, draft.created + IMPORTED_WITHIN, key=lambda event: event.at)
    authors = [
        e.actor.id for e in events[:count] if e.kind == "comment" and e.actor is not None and not e.by_bot
    ]
    if not authors:
        return 0
    filed_by = {person.id for person in (draft.creator, draft.issue.reporter) if person is not None}
    return count if len(authors) > 1 or authors[0] not in filed_by else 0


def _all_events(draft: Draft, others: Iterable[Event], no_history: bool) -> list[Event]:
    events = list(draft.events)
    events.extend([event for event in others if event.at >= draft.created])
    if no_history and draft.resolved is not None and draft.status.is_done:
        has_status = any(event.kind == "status" for event in events)
        if not has_status:  # the resolution date is known for certain; what stood before is not
            events.append(
                Event(max(draft.resolved, draft.created), "status", None, "resolved", _NOWHERE, draft.status)
            )
    events.sort(key=attrgetter("at"))
    for index, event in enumerate(events):
        if event.at >= draft.created:
            break
        events[index] = event._replace(at=draft.created)
    times = [event.at for event in events]
    if any(map(eq, times, times[1:])):
        _order_equals(events, times)
    events.insert(0, Event(draft.created, "created", draft.creator, "created"))
    return events


def _order_equals(events: list[Event], times: list[datetime]) -> None:
    """Put events that stand by time in their full order: few are at equal times, so few keys are built."""
    start, count = 0, len(times)
    while start < count:
        at, end = times[start], start + 1
        while end < count and times[end] == at:
            end += 1
        if end - start > 1:
            events[start:end] = sorted(events[start:end], key=order)
        start = end


def _initial(draft: Draft, events: Sequence[Event]) -> _Values:
    """The values at creation: the first change's ``old``, else the current value."""
    releases, sprints = draft.releases, draft.sprints
    firsts: dict[str, Any] = {event.kind: event.old for event in reversed(events)}
    if "release" in firsts or "sprint" in firsts:
        for event in reversed(events):
            if event.kind == "release":
                releases = (releases - event.new) | event.old
            elif event.kind == "sprint":
                sprints = event.old
    return _Values(
        owner=firsts.get("assigned", draft.owner),
        status=firsts.get("status", draft.status),
        deadline=firsts.get("deadline", draft.deadline),
        priority=firsts.get("priority", draft.priority),
        releases=releases,
        sprints=sprints,
        project=draft.project,
        type=firsts.get("type", draft.type) or draft.type,
        labels=firsts.get("labels", draft.labels),
    )


_FIELDS: Final = {
    "assigned": "owner", "status": "status", "deadline": "deadline", "priority": "priority",
    "release": "releases", "sprint": "sprints", "type": "type", "labels": "labels",
}  # fmt: skip


class _Runner:
    """Applies events in order, keeping the state between them and deriving deadline moves."""

    def __init__(self, values: _Values, conventions: Conventions, days: Mapping[str, date]) -> None:
        self.values = values
        self.conventions = conventions
        self.days = days
        self._rate()
        self._plan()
        # Before creation things stand as at creation, so that nothing seems to change there.
        self.states = [_freeze(values, conventions, self.deadline())]
        self.events: list[Event] = []

    def run(self, events: Iterable[Event]) -> None:
        """Apply all events."""
        add_event, add_state, states = self.events.append, self.states.append, self.states
        for event in events:
            if event.kind in _FIELDS:
                self._apply(event, _FIELDS[event.kind])
            else:
                if event.actor is None and event.kind in LINKED:
                    event = event._replace(actor=self.values.owner)  # nobody says whose: read generously
                add_event(event)
                add_state(states[-1])

    def deadline(self) -> date | None:
        """The deadline in force: the due date, else the earliest end of a configured release or sprint."""
        values = self.values
        if values.deadline is not None or not self.days:
            return values.deadline
        ends = []
        if "release" in self.conventions.deadline_sources:
            ends += [self.days.get(f"release {values.project}/{name}") for name in values.releases]
        if "sprint" in self.conventions.deadline_sources:
            ends += [self.days.get(f"sprint {name}") for name in values.sprints]
        return min((end for end in ends if end is not None), default=None)

    def _apply(self, event: Event, field_name: str) -> None:
        values, kind = self.values, event.kind
        deadline = self.states[-1].deadline
        if kind == "release":
            event = _with(event, values.releases, (values.releases - event.old) | event.new)
        if kind in ("release", "sprint"):
            self._note_replan(event)
        elif kind == "assigned":
            values.owner_event = len(self.events)
        setattr(values, field_name, event.new)
        if kind == "release":
            self._plan()
        elif kind == "priority":
            self._rate()
        now = self.deadline()
        if kind == "deadline":
            values.deadline_event, values.replanned, values.unplanned = len(self.events), False, False
            event = _with(event, deadline, now)
        self._append(event, now)
        if kind != "deadline" and now != deadline:
            values.deadline_event, values.replanned = len(self.events), False
            self._append(Event(event.at, "deadline", event.actor, f"{event.id}d", deadline, now), now)

    def _append(self, event: Event, deadline: date | None) -> None:
        self.events.append(event)
        self.states.append(_freeze(self.values, self.conventions, deadline))

    def _rate(self) -> None:
        self.values.rank = self.conventions.priority_rank(self.values.priority)

    def _plan(self) -> None:
        is_parking = self.conventions.is_parking
        self.values.planned = not all(map(is_parking, self.values.releases))

    def _note_replan(self, event: Event) -> None:
        """Note that the issue moved on since its date was set: to another release or sprint, or parked."""
        values = self.values
        added = event.new - event.old
        dated = self.events[values.deadline_event] if self.events else event
        if dated.actor == event.actor and event.at - dated.at <= SAVE:
            return  # dated and planned in one save: one plan
        if not added:
            values.unplanned = True
            elsewhere = values.sprints if event.kind == "release" else values.releases
            if values.deadline is not None and not event.new and not elsewhere:
                values.replanned = True  # off every release and sprint: no longer planned
        elif values.deadline is not None and not _is_earlier(added, event.old - event.new):
            parked = any(self.conventions.is_parking(name) for name in added)
            values.replanned = values.replanned or bool(event.old) or values.unplanned or parked


_NUMBER: Final = re.compile(r"\d+")
_VERSION: Final = re.compile(r"\d+(?:\.\d+)*")


def _is_earlier(added: frozenset[str], removed: frozenset[str]) -> bool:
    """True when release numbers say that an issue was moved to an earlier release."""
    if len(added) != 1 or len(removed) != 1:
        return False
    (new,), (old,) = added, removed
    if _VERSION.sub("#", new) != _VERSION.sub("#", old):
        return False  # differently named things can't be compared
    new_numbers, old_numbers = ([int(n) for n in _NUMBER.findall(name)[:8]] for name in (new, old))
    return bool(new_numbers and old_numbers) and new_numbers < old_numbers


def _freeze(values: _Values, conventions: Conventions, deadline: date | None) -> State:
    planned = values.planned
    return State(
        owner=values.owner,
        owner_event=values.owner_event,
        status=values.status,
        deadline=deadline,
        deadline_event=values.deadline_event,
        priority=values.priority,
        priority_rank=values.rank,
        releases=values.releases,
        sprints=values.sprints,
        scheduled=(planned and not conventions.is_intake(values.status))
        or deadline is not None
        or values.rank != "normal",
        parked=bool(values.releases) and not planned,
        replanned=values.replanned,
        project=values.project,
        type=values.type,
        labels=values.labels,
    )


def _with(event: Event, old: Any, new: Any) -> Event:
    return Event(event.at, event.kind, event.actor, event.id, old, new, event.body)


def _saves(events: Sequence[Event]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Per event the first and the last index of its save."""
    first = list(range(len(events)))
    last = list(first)
    open_saves: dict[str, tuple[int, datetime, int]] = {}
    others = 0  # events so far that no bot made
    for index, event in enumerate(events):
        actor = event.actor
        if actor is None:
            others += 1
            continue
        by_bot = actor.kind == "bot"
        others += not by_bot
        start = open_saves.get(actor.id)
        # What a bot says a moment later must not draw in what people did in between.
        if start is not None and event.at - start[1] <= SAVE and (not by_bot or others == start[2]):
            first[index] = start[0]
            last[start[0]] = index
        else:
            open_saves[actor.id] = (index, event.at, others)
    return tuple(first), tuple([last[index] for index in first])
