"""What a pattern is matched against: one timeline with its calendar, and one opening in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ownership_audit.calendars import Calendar
from ownership_audit.evaluate.clock import Calendars
from ownership_audit.evaluate.dialogue import Dialogue
from ownership_audit.evaluate.obligation import Obligation
from ownership_audit.signals import Said, Signals
from ownership_audit.timeline import UPDATES, Event, Person, State, Timeline


class Scene:
    """A timeline under evaluation, with everything that depends on it alone kept once.

    ``owed`` are the obligations found so far, for the rules that speak of other rules' obligations.
    """

    __slots__ = (
        "_closes",
        "_updates",
        "calendar",
        "calendars",
        "dialogue",
        "events",
        "issue",
        "now",
        "owed",
        "project",
        "signals",
        "timeline",
    )

    def __init__(self, timeline: Timeline, calendars: Calendars, signals: Signals, now: datetime) -> None:
        self.timeline = timeline
        self.events = timeline.events
        self.issue = timeline.issue
        self.project = timeline.end.project
        self.calendars = calendars
        self.calendar: Calendar = calendars.project(self.project)
        self.signals = signals
        self.dialogue = Dialogue(timeline, signals)
        self.now = now
        self.owed: Sequence[Obligation] = ()
        self._updates: dict[int, bool] = {}
        self._closes: dict[date, datetime] = {}

    def is_update(self, index: int) -> bool:
        """Whether an event tells how the work stands: any but a bare bump, thanks or +1."""
        event = self.events[index]
        if event.kind != "comment":
            return event.kind in UPDATES
        found = self._updates.get(index)
        if found is None:
            found = event.body is None or not self.signals.is_bump(event.body.prose)
            self._updates[index] = found
        return found

    def named_time(self, index: int, said: Said) -> datetime | None:
        """The time that a sentence of a comment names, in UTC."""
        from ownership_audit.calendars.promised import due  # late: few comments promise anything
        from ownership_audit.signals.times import find_time

        event = self.events[index]
        if event.body is None:
            return None
        text, local = event.body.prose.text, self.calendar.local(event.at)
        time = find_time(text[said.start : said.end], local)
        return due(time, event.at, self.calendar) if time is not None else None

    def close(self, day: date) -> datetime:
        """The moment a deadline of that day is reached: the close of the working day."""
        found = self._closes.get(day)
        if found is None:
            found = self._closes[day] = self.calendar.close_of(day)
        return found


@dataclass(slots=True)
class Opening:
    """What opens an obligation: an event (``index``), or a moment between events (``index`` is None).

    ``first`` and ``last`` are the bounds of the opening's save; for a moment, ``first`` is the next
    event and ``last`` the one before. ``before`` and ``state`` are the states around it. ``beside`` are
    the companions that the pattern asks for, ``owing`` the obligation of another rule it speaks of.
    """

    at: datetime
    index: int | None
    first: int
    last: int
    before: State
    state: State
    actor: Person | None
    new_owner: Person | None
    counted: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()
    owing: Obligation | None = None

    @classmethod
    def of_event(cls, timeline: Timeline, index: int) -> Opening:
        event: Event = timeline.events[index]
        after = timeline.after(index)
        new_owner = event.new if event.kind == "assigned" else after.owner
        first, last = timeline.first[index], timeline.last[index]
        return cls(event.at, index, first, last, timeline.before(index), after, event.actor, new_owner)

    @classmethod
    def of_moment(cls, timeline: Timeline, at: datetime) -> Opening:
        following = timeline.index_after(at)
        state = timeline.states[following]
        return cls(at, None, following, following - 1, state, state, None, state.owner)


Check = Callable[[Scene, int, Opening], bool]
"""Whether event ``index`` fits; ``opening`` is the opening itself when that is what is matched."""
