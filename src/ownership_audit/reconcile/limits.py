"""How much may be said, and when: so many comments an issue and a person, a pause between, working hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from ownership_audit.calendars import Calendar, Duration
from ownership_audit.finding import Finding
from ownership_audit.reconcile.settings import WEEK, Actions
from ownership_audit.reconcile.steps import Case
from ownership_audit.trackers.marker import Told

_HALF_HOUR: Final = timedelta(minutes=30)


class Limits:
    """The limits of one plan; it counts what was said to whom, over all issues."""

    def __init__(self, actions: Actions, cases: Iterable[Case], now: datetime) -> None:
        self._actions = actions
        self._now = now
        self._per_person: Counter[str] = Counter()
        for case in cases:
            for posted in case.standing.comments:
                if now - posted.created < WEEK:
                    self.count(posted.marker.findings)

    def count(self, entries: Mapping[str, Told]) -> None:
        """A comment that says this is among what was said in the last week: it counts once a person."""
        self._per_person.update(
            {id_ for entry in entries.values() for id_ in (entry.to, entry.also) if id_ is not None}
        )

    def has_room(self, person: str) -> bool:
        """Whether one more comment may name somebody."""
        most = self._actions.most_per_person
        return most is None or self._per_person[person] < most

    def concerns_the_lead(self, case: Case, finding: Finding) -> bool:
        """Whether the one whose turn it is was told so long ago, and the time since then has passed."""
        after, name = self._actions.escalate_after, finding.fingerprint
        told = [
            posted.created
            for posted in case.standing.comments
            if name in posted.marker.findings and posted.marker.findings[name].to == finding.owed_by.id
        ]
        if after is None or not told:
            return False
        return case.calendar.add(max(finding.due, min(told)), after) <= self._now

    def reason_to_wait(self, case: Case, told: Sequence[Finding]) -> str | None:
        """Why a new comment about this has to wait, or None if it may be written."""
        actions, comments = self._actions, case.standing.comments
        recent = [posted for posted in comments if self._now - posted.created < WEEK]
        if actions.most_per_issue is not None and len(recent) >= actions.most_per_issue:
            return f"it had {len(recent)} comments within a week"
        if comments and actions.cool_down != Duration.ZERO:
            free = case.calendar.add(comments[-1].created, actions.cool_down)
            if self._now < free:
                return f"the last comment is not {actions.cool_down} old"
        people = sorted({finding.owed_by.id for finding in told if finding.owed_by.id is not None})
        for person in people:
            if not self.has_room(person):
                return f"{_name(told, person)} was addressed {self._per_person[person]} times within a week"
        return self._reason_of_hours(case, told, people) if actions.working_hours else None

    def _reason_of_hours(self, case: Case, told: Sequence[Finding], people: Sequence[str]) -> str | None:
        """Who is not at work, unless others are and they never are at the same time."""
        calendars = {id_: case.calendars.get(id_, case.calendar) for id_ in people}
        away = [id_ for id_ in people if not calendars[id_].is_working(self._now)]
        if not people:
            at_work = case.calendar.is_working(self._now)
            return None if at_work else "it is outside the working hours of the project"
        if not away or (len(away) < len(people) and not _meet(list(calendars.values()), self._now)):
            return None
        return f"it is outside the working hours of {_name(told, away[0])}"


def _meet(calendars: Sequence[Calendar], now: datetime) -> bool:
    """Whether there is a time within a week at which all are at work."""
    steps = WEEK // _HALF_HOUR
    return any(all(c.is_working(now + n * _HALF_HOUR) for c in calendars) for n in range(1, steps))


def _name(told: Sequence[Finding], person: str) -> str:
    return next(finding.owed_by.label for finding in told if finding.owed_by.id == person)
