"""What has to be written so that each issue says what it should, and nothing else. Pure: it reads no tracker.

One comment of the tool stands on an issue at most. A new finding, or another addressee, gets a new comment,
as nobody sees an edit far up; what is the same is edited in place; what is settled is taken back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ownership_audit.calendars import Calendar, Duration
from ownership_audit.document import Document
from ownership_audit.finding import Finding
from ownership_audit.reconcile.settings import WEEK, Actions, Marks
from ownership_audit.reconcile.steps import (
    COMMENT,
    DELETE,
    EDIT,
    FLAG,
    LABELS,
    NOTE,
    Case,
    Held,
    Plan,
    Step,
)
from ownership_audit.reconcile.wording import comment, left_alone, moved, settled
from ownership_audit.severity import severity_rank
from ownership_audit.trackers.marker import MOVED, OPEN, SETTLED, Marker, Told
from ownership_audit.trackers.posts import Posted, note_digest

_GONE: Final = "it no longer applies"
_ELSEWHERE: Final = "it is somebody else's turn now"
_AS_CONFIGURED: Final = "as configured for what was found"
_NOTHING: Final = Marker(OPEN, {}, "")
_HALF_HOUR: Final = timedelta(minutes=30)


def plan(cases: Iterable[Case], actions: Actions, now: datetime) -> Plan:
    """The writes that bring all issues to what they should say at ``now``."""
    work = _Planner(actions, now)
    all_cases = sorted(cases, key=lambda case: _urgency(case, actions))
    work.count(all_cases)
    for case in all_cases:
        work.add(case)
    return work.done()


def plan_retraction(cases: Iterable[Case]) -> Plan:
    """The writes that take back everything the tool ever left on the issues."""
    steps: list[Step] = []
    versions = {}
    for case in sorted(cases, key=lambda case: case.key):
        versions[case.key] = case.standing.version
        if case.standing.note is not None:  # first: without the comments nothing leads to it any more
            steps.append(Step(case.key, NOTE, "everything is taken back"))
        for posted in case.standing.comments:
            steps += _unmarked(case, posted, _NOTHING, "everything is taken back")
            steps.append(Step(case.key, DELETE, "everything is taken back", comment=posted.id))
    return Plan(tuple(steps), versions=versions)


def _urgency(case: Case, actions: Actions) -> tuple[int, datetime | None, str]:
    told = _worth_telling(case, actions)
    gravest = max((severity_rank(finding.severity) for finding in told), default=-1)
    return (-gravest, min(finding.due for finding in told) if told else None, case.key)


def _worth_telling(case: Case, actions: Actions) -> list[Finding]:
    if case.standing.labels & actions.dismiss_labels:
        return []
    return [
        finding
        for finding in case.findings
        if is_worth_telling(finding, actions) and finding.fingerprint not in case.dismissed
    ]


def is_worth_telling(finding: Finding, actions: Actions) -> bool:
    """Whether the settings want a finding to be told at all."""
    return (
        actions.comment is not None
        and finding.status == "open"
        and severity_rank(finding.severity) >= severity_rank(actions.comment)
        and (actions.experimental or not finding.experimental)
        and (not actions.only or finding.rule in actions.only)
    )


class _Planner:
    """Collects steps and keeps the limits."""

    def __init__(self, actions: Actions, now: datetime) -> None:
        self.actions = actions
        self.now = now
        self._steps: list[Step] = []
        self._held: list[Held] = []
        self._per_person: Counter[str] = Counter()
        self._versions: dict[str, str | None] = {}

    def count(self, cases: Iterable[Case]) -> None:
        """Count what was said to whom in the last week."""
        for case in cases:
            for posted in case.standing.comments:
                if self.now - posted.created < WEEK:
                    self._per_person.update(_people(posted.marker.findings))

    def done(self) -> Plan:
        most = self.actions.most_writes
        exceeds = most if most is not None and len(self._steps) > most else None
        return Plan(tuple(self._steps), tuple(self._held), exceeds, self._versions)

    def add(self, case: Case) -> None:
        """Plan one issue."""
        self._versions[case.key] = case.standing.version
        told = _worth_telling(case, self.actions)
        standing = [posted for posted in case.standing.comments if posted.marker.state == OPEN]
        if not told and not standing and not (case.standing.note and self.actions.property):
            return
        if case.standing.writable is not None:
            self._hold(case, case.standing.writable)
            return
        if any(_is_unjudged(case, told, posted.marker) for posted in standing):
            self._hold(case, "a rule could not be judged this time, so its comment stays as it is")
            return
        start = len(self._steps)
        current, others = self._only_one(case, standing)
        entries = self._entries(case, told, current)
        spoken = current is not None and bool(told)
        if current is None:
            spoken = bool(told) and self._say(case, told, entries, None)
        elif told and _is_news(entries, current.marker):
            spoken = self._say(case, told, entries, current)
        else:
            self._keep(case, told, entries, current)
        self._steps += others  # at the end: what they claim is in the mark of the one by then
        self._note(case, told if spoken else (), start)

    def _hold(self, case: Case, why: str) -> None:
        self._held.append(Held(case.key, why))

    def _only_one(self, case: Case, standing: Sequence[Posted]) -> tuple[Posted | None, list[Step]]:
        """The one comment that counts, with all that the tool claims; and how others give way to it.

        Others come of a run that was stopped, or of two at once. Of equal ones at the end the first stays.
        """
        if not standing:
            return None, []
        first = len(standing) - 1
        while first and _says_the_same(standing[first - 1].marker, standing[-1].marker):
            first -= 1
        why = "the same comment stands twice"
        steps = [Step(case.key, DELETE, why, comment=twin.id) for twin in standing[first + 1 :]]
        steps += [_moved(case, earlier) for earlier in standing[:first]]
        marker = replace(
            standing[first].marker,
            added=tuple(sorted({label for posted in standing for label in posted.marker.added})),
            removed=tuple(sorted({label for posted in standing for label in posted.marker.removed})),
            flagged=any(posted.marker.flagged for posted in standing),
        )
        return replace(standing[first], marker=marker), steps

    # -- what is said --------------------------------------------------------------------------------------

    def _entries(self, case: Case, told: Sequence[Finding], current: Posted | None) -> dict[str, Told]:
        """Findings as a comment tells them: the lead is told as well of what has stood for long."""
        lead, found = case.lead, {}
        for finding in told:
            also = None
            if lead is not None and lead.id not in (None, finding.owed_by.id):
                before = current.marker.findings.get(finding.fingerprint) if current is not None else None
                knows = before is not None and before.also == lead.id
                also = lead.id if (knows or self._has_room(lead.id)) and self._is_old(case, finding) else None
            found[finding.fingerprint] = Told(finding.rule, finding.severity, finding.owed_by.id, also)
        return found

    def _is_old(self, case: Case, finding: Finding) -> bool:
        """Whether the one whose turn it is was told so long ago, and the time since then has passed."""
        after, name = self.actions.escalate_after, finding.fingerprint
        told = [
            posted.created
            for posted in case.standing.comments
            if name in posted.marker.findings and posted.marker.findings[name].to == finding.owed_by.id
        ]
        if after is None or not told:
            return False
        return case.calendar.add(max(finding.due, min(told)), after) <= self.now

    def _has_room(self, person: str | None) -> bool:
        most = self.actions.most_per_person
        return most is None or self._per_person[person or ""] < most

    def _say(
        self, case: Case, told: Sequence[Finding], entries: Mapping[str, Told], current: Posted | None
    ) -> bool:
        """A new comment, after which the old one only points to it. Else there is a reason to wait.

        While it waits, the old comment goes on saying what it said, as far as that still holds. Whether
        there is a comment in the end.
        """
        reason = self._reason_to_wait(case, told)
        if reason is not None:
            self._hold(case, reason)
            if current is None:
                return False
            before = current.marker.findings
            same = [f for f in told if _same(before.get(f.fingerprint), entries[f.fingerprint])]
            kept = {
                f.fingerprint: replace(entries[f.fingerprint], also=before[f.fingerprint].also) for f in same
            }
            if same:
                self._keep(case, same, kept, current)
            else:
                self._take_back(case, current, delete=False)  # what waits has to know when that was
            return bool(same)
        document = self._comment(case, told, entries)
        marker = self._marker(case, told, entries, document, current)
        self._per_person.update(_people(entries))
        self._give_back(case, current, marker, _AS_CONFIGURED)
        why = "; ".join(f"{finding.rule} ({finding.severity})" for finding in told)
        self._steps.append(Step(case.key, COMMENT, why, document=document, marker=marker))
        if current is not None:
            self._steps.append(_moved(case, current))
        self._put_on(case, marker)
        return True

    def _comment(self, case: Case, told: Sequence[Finding], entries: Mapping[str, Told]) -> Document:
        lead = case.lead if any(entry.also for entry in entries.values()) else None
        return comment(told, self.actions, case.calendar, lead)

    def _keep(
        self, case: Case, told: Sequence[Finding], entries: Mapping[str, Told], current: Posted
    ) -> None:
        """The comment that stands, with the words as they are today; with nothing left it is taken back."""
        if not told:
            self._take_back(case, current, delete=self.actions.delete_settled)
            return
        document = self._comment(case, told, entries)
        marker = self._marker(case, told, entries, document, current)
        self._give_back(case, current, marker, _AS_CONFIGURED)
        original = next(p.marker for p in case.standing.comments if p.id == current.id)
        if marker != original:
            why = "what it says has changed"
            step = Step(case.key, EDIT, why, comment=current.id, document=document, marker=marker)
            self._steps.append(step)
        self._put_on(case, marker)

    def _reason_to_wait(self, case: Case, told: Sequence[Finding]) -> str | None:
        actions, comments = self.actions, case.standing.comments
        recent = [posted for posted in comments if self.now - posted.created < WEEK]
        if actions.most_per_issue is not None and len(recent) >= actions.most_per_issue:
            return f"it had {len(recent)} comments within a week"
        if comments and actions.cool_down != Duration.ZERO:
            free = case.calendar.add(comments[-1].created, actions.cool_down)
            if self.now < free:
                return f"the last comment is not {actions.cool_down} old"
        people = sorted({finding.owed_by.id for finding in told if finding.owed_by.id is not None})
        for person in people:
            if not self._has_room(person):
                return f"{_name(told, person)} was addressed {self._per_person[person]} times within a week"
        return self._reason_of_hours(case, told, people) if actions.working_hours else None

    def _reason_of_hours(self, case: Case, told: Sequence[Finding], people: Sequence[str]) -> str | None:
        """Who is not at work, unless others are and they never are at the same time."""
        calendars = {id_: case.calendars.get(id_, case.calendar) for id_ in people}
        away = [id_ for id_ in people if not calendars[id_].is_working(self.now)]
        if not people:
            at_work = case.calendar.is_working(self.now)
            return None if at_work else "it is outside the working hours of the project"
        if not away or (len(away) < len(people) and not _meet(list(calendars.values()), self.now)):
            return None
        return f"it is outside the working hours of {_name(told, away[0])}"

    # -- what is taken back --------------------------------------------------------------------------------

    def _take_back(self, case: Case, current: Posted, *, delete: bool) -> None:
        before = current.marker.findings
        asked = next((case.dismissed[name] for name in before if name in case.dismissed), None)
        label = min(case.standing.labels & self.actions.dismiss_labels, default=None)
        left = asked or (f"it has the label {label}" if label is not None else None)
        why = left or next((case.gone[name] for name in before if name in case.gone), None)
        if why is None:
            now = {finding.fingerprint: finding.owed_by.id for finding in case.findings}
            passed_on = any(name in now and now[name] != entry.to for name, entry in before.items())
            why = _ELSEWHERE if passed_on else _GONE
        self._give_back(case, current, None, why)
        # An answer is about the comment before it: while one is in force, that comment has to stay.
        if delete and asked is None:
            for posted in case.standing.comments:
                if posted.marker.state != OPEN and not case.dismissed.keys() & posted.marker.findings.keys():
                    self._steps.append(Step(case.key, DELETE, why, comment=posted.id))
            self._steps.append(Step(case.key, DELETE, why, comment=current.id))
            return
        document = settled(why) if left is None else left_alone(why)
        marker = Marker(SETTLED, current.marker.findings, document.digest)
        self._steps.append(Step(case.key, EDIT, why, comment=current.id, document=document, marker=marker))

    # -- labels, flag, property ----------------------------------------------------------------------------

    def _marks(self, told: Sequence[Finding]) -> Marks:
        found = [
            marks
            for finding in told
            for name in (finding.severity, finding.rule)
            if (marks := self.actions.marks.get(name)) is not None
        ]
        return Marks(
            tuple(sorted({label for marks in found for label in marks.add})),
            tuple(sorted({label for marks in found for label in marks.remove})),
            any(marks.flag for marks in found),
        )

    def _marker(
        self,
        case: Case,
        told: Sequence[Finding],
        entries: Mapping[str, Told],
        document: Document,
        current: Posted | None,
    ) -> Marker:
        """The mark of a comment; of labels and flag it claims only what the tool itself changes."""
        wanted, labels = self._marks(told), case.standing.labels
        before = current.marker if current is not None else _NOTHING
        added = [
            label
            for label in wanted.add
            if label in before.added or (label not in labels and label not in before.removed)
        ]
        removed = [
            label
            for label in wanted.remove
            if label in before.removed or (label in labels and label not in before.added)
        ]
        flagged = wanted.flag and (before.flagged or not case.standing.flagged)
        return Marker(OPEN, dict(entries), document.digest, tuple(added), tuple(removed), flagged)

    def _give_back(self, case: Case, current: Posted | None, after: Marker | None, why: str) -> None:
        """Undo what the mark claimed and will claim no more: before it is changed, lest a stop forgets it."""
        if current is not None:
            self._steps += _unmarked(case, current, after or _NOTHING, why)

    def _put_on(self, case: Case, marker: Marker) -> None:
        """Do what the mark claims: after it is written, lest a stop leaves what nobody claims."""
        labels = case.standing.labels
        self._steps += _labels(case, set(marker.added) - labels, set(marker.removed) & labels, _AS_CONFIGURED)
        if marker.flagged and not case.standing.flagged:
            self._steps.append(Step(case.key, FLAG, _AS_CONFIGURED, flagged=True))

    def _note(self, case: Case, told: Sequence[Finding], start: int) -> None:
        """The issue's property comes last, and goes first: without its comment nothing leads to it."""
        if not self.actions.property:
            return
        entries = {f.fingerprint: {"rule": f.rule, "severity": f.severity} for f in told}
        note = {"findings": dict(sorted(entries.items()))} if entries else None
        if note_digest(note) != case.standing.note:
            step = Step(case.key, NOTE, "the issue's property tells what is found", note=note)
            self._steps.insert(len(self._steps) if note is not None else start, step)


def _says_the_same(one: Marker, other: Marker) -> bool:
    """Whether two comments are one that came twice: the same words can be about another lapse."""
    return one.digest == other.digest and one.findings == other.findings


def _moved(case: Case, posted: Posted) -> Step:
    document = moved()
    marker = replace(posted.marker, state=MOVED, digest=document.digest, added=(), removed=(), flagged=False)
    why = "a newer comment stands below"
    return Step(case.key, EDIT, why, comment=posted.id, document=document, marker=marker)


def _unmarked(case: Case, posted: Posted, after: Marker, why: str) -> list[Step]:
    """Take back labels and flag that the tool set with a comment and no longer claims, and never others'."""
    marker, labels = posted.marker, case.standing.labels
    add = set(marker.removed) - set(after.removed) - labels
    remove = (set(marker.added) - set(after.added)) & labels
    steps = _labels(case, add, remove, why)
    if marker.flagged and not after.flagged and case.standing.flagged:
        steps.append(Step(case.key, FLAG, why, flagged=False))
    return steps


def _labels(case: Case, add: set[str], remove: set[str], why: str) -> list[Step]:
    if not add and not remove:
        return []
    return [Step(case.key, LABELS, why, add=tuple(sorted(add)), remove=tuple(sorted(remove)))]


def _is_unjudged(case: Case, told: Sequence[Finding], marker: Marker) -> bool:
    """Whether a comment speaks of something that could not be judged this time."""
    there = {finding.fingerprint for finding in told} | case.dismissed.keys()
    return any(e.rule in case.unjudged and name not in there for name, e in marker.findings.items())


def _is_news(entries: Mapping[str, Told], marker: Marker) -> bool:
    """Whether there is something to say that was not said, or not to that person."""
    for fingerprint, now in entries.items():
        before = marker.findings.get(fingerprint)
        if before is None or before.to != now.to or (now.also is not None and before.also != now.also):
            return True
    return False


def _same(before: Told | None, now: Told) -> bool:
    return before is not None and before.to == now.to


def _people(entries: Mapping[str, Told]) -> set[str]:
    """Who is named: each once a comment."""
    return {id_ for entry in entries.values() for id_ in (entry.to, entry.also) if id_ is not None}


def _meet(calendars: Sequence[Calendar], now: datetime) -> bool:
    """Whether there is a time within a week at which all are at work."""
    steps = WEEK // _HALF_HOUR
    return any(all(c.is_working(now + n * _HALF_HOUR) for c in calendars) for n in range(1, steps))


def _name(told: Sequence[Finding], person: str) -> str:
    return next(finding.owed_by.label for finding in told if finding.owed_by.id == person)
