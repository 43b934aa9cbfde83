"""What has to be written so that each issue says what it should, and nothing else. Pure: it reads no tracker.

One comment of the tool stands on an issue at most. A new finding, or another addressee, gets a new comment,
as nobody sees an edit far up; what is the same is edited in place; what is settled is taken back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ownership_audit.calendars import Calendar, Duration
from ownership_audit.document import Document
from ownership_audit.finding import Finding, Party
from ownership_audit.reconcile.settings import WEEK, Actions, Marks
from ownership_audit.reconcile.wording import comment, moved, settled
from ownership_audit.severity import severity_rank
from ownership_audit.trackers.marker import MOVED, OPEN, SETTLED, Marker, Told
from ownership_audit.trackers.posts import Posted, Standing

COMMENT, EDIT, DELETE, LABELS, FLAG, NOTE = "comment", "edit", "delete", "labels", "flag", "note"


@dataclass(frozen=True, slots=True)
class Step:
    """One write. Which parts are set depends on ``kind``; ``why`` is for the log and the plan."""

    key: str
    kind: str
    why: str
    comment: str | None = None
    document: Document | None = None
    marker: Marker | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    flagged: bool = False
    note: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Something that is not written now, and why."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Case:
    """One issue: what an audit found on it, and what stands on it.

    ``calendars`` gives by the id of an addressee when they are at work. ``gone`` tells by fingerprint what
    became of findings that are no more. ``unjudged`` are the rules that could not be judged this time.
    ``dismissed`` gives by fingerprint why people want to hear no more of it for now.
    """

    key: str
    project: str
    findings: Sequence[Finding]
    standing: Standing
    calendar: Calendar
    lead: Party | None = None
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    unjudged: frozenset[str] = frozenset()
    dismissed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All writes in order, and what is held back. ``exceeds`` is the limit that the plan breaks, if any."""

    steps: tuple[Step, ...]
    held: tuple[Held, ...] = ()
    exceeds: int | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The issues that are written to, in order."""
        return tuple(dict.fromkeys(step.key for step in self.steps))


_GONE: Final = "it no longer applies"


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
    for case in sorted(cases, key=lambda case: case.key):
        for posted in case.standing.comments:
            steps += _unmarked(case, posted, "everything is taken back")
            steps.append(Step(case.key, DELETE, "everything is taken back", comment=posted.id))
        if case.standing.note is not None:
            steps.append(Step(case.key, NOTE, "everything is taken back"))
    return Plan(tuple(steps))


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

    def count(self, cases: Iterable[Case]) -> None:
        """Count what was said to whom in the last week."""
        for case in cases:
            for posted in case.standing.comments:
                if self.now - posted.created < WEEK:
                    self._per_person.update({told.to for told in posted.marker.findings.values() if told.to})

    def done(self) -> Plan:
        most = self.actions.most_writes
        exceeds = most if most is not None and len(self._steps) > most else None
        return Plan(tuple(self._steps), tuple(self._held), exceeds)

    def add(self, case: Case) -> None:
        """Plan one issue."""
        told = _worth_telling(case, self.actions)
        standing = [posted for posted in case.standing.comments if posted.marker.state == OPEN]
        if not told and not standing and not (case.standing.note and self.actions.property):
            return
        if case.standing.writable is not None:
            self._hold(case, case.standing.writable)
            return
        current = self._only_one(case, standing)
        unjudged = current is not None and any(
            entry.rule in case.unjudged and fingerprint not in {f.fingerprint for f in told}
            for fingerprint, entry in current.marker.findings.items()
        )
        if unjudged:
            self._hold(case, "a rule could not be judged this time, so its comment stays as it is")
        elif not told:
            if current is not None:
                self._take_back(case, current)
        elif current is None:
            self._say(case, told, None)
        elif self._is_news(case, told, current.marker):
            self._say(case, told, current)
        else:
            self._keep(case, told, current)
        self._note(case, told)

    def _hold(self, case: Case, why: str) -> None:
        self._held.append(Held(case.key, why))

    def _only_one(self, case: Case, standing: Sequence[Posted]) -> Posted | None:
        """The one comment that counts; what stands beside it came of a run that was stopped, or of two."""
        if not standing:
            return None
        current = standing[-1]
        for earlier in standing[:-1]:
            if earlier.marker.digest == current.marker.digest:
                why = "the same comment stands twice"
                self._steps.append(Step(case.key, DELETE, why, comment=current.id))
                current = earlier
            else:
                self._steps.append(_moved(case, earlier))
        return current

    # -- what is said --------------------------------------------------------------------------------------

    def _say(self, case: Case, told: Sequence[Finding], current: Posted | None) -> None:
        """A new comment, after which the old one only points to it; or a reason to wait."""
        reason = self._reason_to_wait(case, told)
        if reason is not None:
            self._hold(case, reason)
            return
        document = self._comment(case, told)
        marker = self._marker(case, told, document, current)
        self._per_person.update(_addressed(told))
        why = "; ".join(f"{finding.rule} ({finding.severity})" for finding in told)
        self._steps.append(Step(case.key, COMMENT, why, document=document, marker=marker))
        if current is not None:
            self._steps.append(_moved(case, current))
        self._mark(case, marker, current)

    def _comment(self, case: Case, told: Sequence[Finding]) -> Document:
        lead = case.lead if any(self._told(case, finding).also for finding in told) else None
        return comment(told, self.actions, case.calendar, lead)

    def _told(self, case: Case, finding: Finding) -> Told:
        """A finding as a comment tells it: the lead is told as well once it has stood for long."""
        after, lead = self.actions.escalate_after, case.lead
        also = None
        if after is not None and lead is not None and lead.id != finding.owed_by.id:
            also = lead.id if case.calendar.add(finding.due, after) <= self.now else None
        return Told(finding.rule, finding.severity, finding.owed_by.id, also)

    def _is_news(self, case: Case, told: Sequence[Finding], marker: Marker) -> bool:
        """Whether there is something to say that was not said, or not to that person."""
        for finding in told:
            before, now = marker.findings.get(finding.fingerprint), self._told(case, finding)
            if before is None or before.to != now.to or (now.also is not None and before.also != now.also):
                return True
        return False

    def _keep(self, case: Case, told: Sequence[Finding], current: Posted) -> None:
        document = self._comment(case, told)
        marker = self._marker(case, told, document, current)
        if marker != current.marker:
            why = "what it says has changed"
            step = Step(case.key, EDIT, why, comment=current.id, document=document, marker=marker)
            self._steps.append(step)
        self._mark(case, marker, current)

    def _reason_to_wait(self, case: Case, told: Sequence[Finding]) -> str | None:
        actions, comments = self.actions, case.standing.comments
        recent = [posted for posted in comments if self.now - posted.created < WEEK]
        if actions.most_per_issue is not None and len(recent) >= actions.most_per_issue:
            return f"it had {len(recent)} comments within a week"
        if comments and actions.cool_down != Duration.ZERO:
            free = case.calendar.add(comments[-1].created, actions.cool_down)
            if self.now < free:
                return f"the last comment is not {actions.cool_down} old"
        people = _addressed(told)
        for person in sorted(people):
            if actions.most_per_person is not None and self._per_person[person] >= actions.most_per_person:
                return f"{_name(told, person)} was addressed {self._per_person[person]} times within a week"
        if actions.working_hours:
            away = [id_ for id_ in people if not case.calendars.get(id_, case.calendar).is_working(self.now)]
            if away or (not people and not case.calendar.is_working(self.now)):
                who = _name(told, min(away)) if away else "the project"
                return f"it is outside the working hours of {who}"
        return None

    # -- what is taken back --------------------------------------------------------------------------------

    def _take_back(self, case: Case, current: Posted) -> None:
        fingerprints = list(current.marker.findings)
        reasons = [case.dismissed.get(f) or case.gone.get(f) for f in fingerprints]
        why = next((reason for reason in reasons if reason), _GONE)
        self._steps += _unmarked(case, current, why)
        if self.actions.delete_settled:
            self._steps.append(Step(case.key, DELETE, why, comment=current.id))
            return
        document = settled(why)
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
        self, case: Case, told: Sequence[Finding], document: Document, current: Posted | None
    ) -> Marker:
        """The mark of a comment; of labels and flag it claims only what the tool itself changes."""
        wanted, labels = self._marks(told), case.standing.labels
        before = current.marker if current is not None else Marker(OPEN, {}, "")
        added = [label for label in wanted.add if label not in labels or label in before.added]
        removed = [label for label in wanted.remove if label in labels or label in before.removed]
        return Marker(
            OPEN,
            {f.fingerprint: self._told(case, f) for f in told},
            document.digest,
            tuple(added),
            tuple(removed),
            wanted.flag and (before.flagged or not case.standing.flagged),
        )

    def _mark(self, case: Case, marker: Marker, current: Posted | None) -> None:
        """Bring labels and flag to what the mark claims, from what the mark before it claimed."""
        before = current.marker if current is not None else Marker(OPEN, {}, "")
        labels = case.standing.labels
        add = {*marker.added, *(set(before.removed) - set(marker.removed))} - labels
        remove = {*marker.removed, *(set(before.added) - set(marker.added))} & labels
        self._steps += _labels(case, add, remove, "as configured for what was found")
        if marker.flagged != case.standing.flagged and (marker.flagged or before.flagged):
            why = "as configured for what was found"
            self._steps.append(Step(case.key, FLAG, why, flagged=marker.flagged))

    def _note(self, case: Case, told: Sequence[Finding]) -> None:
        if not self.actions.property:
            return
        entries = {f.fingerprint: {"rule": f.rule, "severity": f.severity} for f in told}
        note = {"findings": dict(sorted(entries.items()))} if entries else None
        if note_digest(note) != case.standing.note:
            self._steps.append(Step(case.key, NOTE, "the issue's property tells what is found", note=note))


def note_digest(note: Mapping[str, object] | None) -> str | None:
    """What tells one value of an issue's property from another."""
    return repr(note) if note is not None else None


def _moved(case: Case, posted: Posted) -> Step:
    document = moved()
    marker = replace(posted.marker, state=MOVED, digest=document.digest, added=(), removed=(), flagged=False)
    why = "a newer comment stands below"
    return Step(case.key, EDIT, why, comment=posted.id, document=document, marker=marker)


def _unmarked(case: Case, posted: Posted, why: str) -> list[Step]:
    """Take back labels and flag that the tool set with a comment, and never others'."""
    marker, labels = posted.marker, case.standing.labels
    steps = _labels(case, set(marker.removed) - labels, set(marker.added) & labels, why)
    if marker.flagged and case.standing.flagged:
        steps.append(Step(case.key, FLAG, why, flagged=False))
    return steps


def _labels(case: Case, add: set[str], remove: set[str], why: str) -> list[Step]:
    if not add and not remove:
        return []
    return [Step(case.key, LABELS, why, add=tuple(sorted(add)), remove=tuple(sorted(remove)))]


def _addressed(told: Sequence[Finding]) -> set[str]:
    return {finding.owed_by.id for finding in told if finding.owed_by.id is not None}


def _name(told: Sequence[Finding], person: str) -> str:
    return next(finding.owed_by.label for finding in told if finding.owed_by.id == person)
