"""The canonical history of one issue: persons, events, states, and the frozen timeline over them.

Every tracker's payload becomes this; nothing here knows a tracker, a rule or a clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from ownership_audit.text import Prose, read

CHANGES: Final = frozenset(
    {
        "assigned", "status", "deadline", "priority", "release", "sprint", "estimate", "link", "parent",
        "summary", "description", "moved", "resolution", "flagged", "labels", "worklog", "attachment",
        "reviewer", "type", "other",
    }
)  # fmt: skip
"""Kinds of events that come from the change history."""

LINKED: Final = frozenset({"commit", "pull-request", "subtask"})
"""Kinds of events made elsewhere that show work on this issue."""

SIGNS: Final = LINKED | {
    "comment", "status", "deadline", "estimate", "release", "sprint", "priority", "link",
    "summary", "description", "worklog", "attachment",
}  # fmt: skip
"""Kinds that show that somebody has taken notice of the issue."""

UPDATES: Final = LINKED | {"comment", "status", "deadline", "release", "sprint"}
"""Kinds that tell how the work stands; a comment only when it is more than a bare bump or thanks."""

DERIVED: Final = frozenset({"unblocked"})
"""Kinds that nobody did: they follow from other issues."""

KINDS: Final = CHANGES | LINKED | DERIVED | {"created", "comment"}

STATUS_CLASSES: Final = ("todo", "doing", "review", "waiting", "blocked", "done")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or something, that acts on issues. ``kind``: person, bot, or queue (a team's account)."""

    id: str
    name: str
    kind: str = "person"
    team: str | None = None
    tester: bool = False

    @property
    def is_person(self) -> bool:
        return self.kind == "person"


@dataclass(frozen=True, slots=True)
class Status:
    """A status by the tracker's name, and its class (one of STATUS_CLASSES, or ``unknown``)."""

    name: str
    status_class: str

    @property
    def is_done(self) -> bool:
        return self.status_class == "done"


class Body:
    """A comment's text in the tracker's own markup; the prose is read when first asked for.

    ``restricted`` says that not everybody who sees the issue may see it.
    """

    __slots__ = ("_prose", "raw", "restricted")

    def __init__(self, raw: object, *, restricted: bool = False) -> None:
        self.raw = raw
        self.restricted = restricted
        self._prose: Prose | None = None

    @property
    def prose(self) -> Prose:
        if self._prose is None:
            self._prose = read(self.raw)
        return self._prose


class Event(NamedTuple):
    """One thing that happened, at ``at`` (UTC). A named tuple, as audits make millions of them.

    ``old`` and ``new`` by kind: assigned ``Person | None``; status ``Status``; deadline
    ``date | None``; release and sprint ``frozenset[str]`` of all names; others ``str | None``.
    ``id`` is the tracker's own where it has one, so that fingerprints survive new events.
    """

    at: datetime
    kind: str
    actor: Person | None
    id: str
    old: Any = None
    new: Any = None
    body: Body | None = None

    @property
    def by_bot(self) -> bool:
        return self.actor is not None and self.actor.kind == "bot"


class State(NamedTuple):
    """How the issue stands between two saves.

    ``owner_event`` and ``deadline_event`` are the indices of the events that set them;
    ``replanned`` tells that a release or sprint was changed, or the issue parked, after the
    deadline in force was set; ``scheduled`` that a date, a high priority, or a release that is
    not parking is set (the release of an issue that nobody has accepted yet is only a wish).
    """

    owner: Person | None
    owner_event: int
    status: Status
    deadline: date | None
    deadline_event: int
    priority: str | None
    priority_rank: str
    releases: frozenset[str]
    sprints: frozenset[str]
    scheduled: bool
    parked: bool
    replanned: bool
    project: str
    type: str
    labels: frozenset[str]

    @property
    def is_open(self) -> bool:
        return not self.status.is_done


@dataclass(frozen=True, slots=True)
class Issue:
    """What identifies an issue, and what the whole record says of it."""

    id: str
    key: str
    url: str | None
    summary: str
    reporter: Person | None
    lead: Person | None = None
    reviewer: Person | None = None
    support: bool = False
    subtask: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """An issue's events up to a moment, in order, with the state before and after each.

    ``first`` and ``last`` give, per event, the first and last index of its save: changes and
    comments of one actor within 5 seconds. ``states[i]`` is the state before event ``i``, the
    last one the state at the end. ``incomplete`` names the parts (``comments``, ``changes``, and
    ``others``: what other issues would tell) that are missing or truncated, each with the reason.
    ``assumed`` is set when a missing history was replaced by assumptions. ``container`` marks an epic or the
    like, which owes nothing itself. ``colleagues`` are the ids of those who have owned issues of the project,
    each with the time since when. Comments before index ``imported`` came in with the issue from elsewhere:
    when they were said, and in which order, is lost.
    """

    issue: Issue
    events: tuple[Event, ...]
    states: tuple[State, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]
    incomplete: Mapping[str, str] = field(default_factory=dict)
    assumed: bool = False
    container: bool = False
    colleagues: Mapping[str, datetime] = field(default_factory=dict)
    times: tuple[datetime, ...] = ()
    imported: int = 0

    def is_imported(self, index: int) -> bool:
        """Whether an event is a comment that came in with the issue, so that it tells nothing of its time."""
        return index < self.imported and self.events[index].kind == "comment"

    def before(self, index: int) -> State:
        """The state just before the save that event ``index`` belongs to."""
        return self.states[self.first[index]]

    def after(self, index: int) -> State:
        """The state just after the save that event ``index`` belongs to."""
        return self.states[self.last[index] + 1]

    @property
    def end(self) -> State:
        """The state after all events."""
        return self.states[-1]

    def index_after(self, moment: datetime) -> int:
        """The index of the first event later than ``moment``."""
        return bisect_right(self.times, moment)

    def index_from(self, moment: datetime) -> int:
        """The index of the first event not earlier than ``moment``."""
        return bisect_left(self.times, moment)

    def state_at(self, moment: datetime) -> State:
        """The state at a moment; an event at exactly that moment has happened."""
        return self.states[bisect_right(self.times, moment)]

    def state_before(self, moment: datetime) -> State:
        """The state just before a moment; an event at exactly that moment has not happened."""
        return self.states[bisect_left(self.times, moment)]

    def owner_at(self, moment: datetime) -> Person | None:
        """Who owned the issue at a moment."""
        return self.state_at(moment).owner

    def former_owners(self, index: int) -> Iterator[Person]:
        """The owners before the one in place just before event ``index``, oldest first, with repeats."""
        current = self.before(index).owner_event
        previous = -1
        for state in self.states[: current + 1] if current > 0 else ():
            if state.owner_event != previous:
                previous = state.owner_event
                if state.owner is not None:
                    yield state.owner

    def people(self) -> Iterator[Person]:
        """Everybody the timeline names: actors, owners, the reporter."""
        seen: dict[str, Person] = {}
        for event in self.events:
            for person in (event.actor, event.old, event.new):
                if isinstance(person, Person):
                    seen.setdefault(person.id, person)
        for candidate in (self.issue.reporter, self.states[0].owner, self.issue.lead):
            if candidate is not None:
                seen.setdefault(candidate.id, candidate)
        return iter(seen.values())
