"""What has to be written so that each issue says what it should, and nothing else. Pure: it reads no tracker.

One comment of the tool stands on an issue at most. A new finding, or another addressee, gets a new comment,
as nobody sees an edit far up; what is the same is edited in place; what is settled is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ownership_audit.document import Document
from ownership_audit.finding import Finding
from ownership_audit.reconcile.claims import AS_CONFIGURED, NOTHING, claimed, given_back, put_on, wanted_marks
from ownership_audit.reconcile.limits import Limits
from ownership_audit.reconcile.settings import Actions
from ownership_audit.reconcile.steps import COMMENT, DELETE, EDIT, NOTE, Case, Held, Plan, Step
from ownership_audit.reconcile.wording import comment, left_alone, moved, settled
from ownership_audit.severity import severity_rank
from ownership_audit.trackers.marker import MOVED, OPEN, SETTLED, Marker, Told
from ownership_audit.trackers.posts import Posted, note_digest

_GONE: Final = "it no longer applies"
_ELSEWHERE: Final = "it is somebody else's turn now"


def plan(cases: Iterable[Case], actions: Actions, now: datetime) -> Plan:
    """The writes that bring all issues to what they should say at ``now``."""
    all_cases = sorted(cases, key=lambda case: _urgency(case, actions))
    work = _Planner(actions, Limits(actions, all_cases, now))
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
            steps += given_back(case, posted.marker, NOTHING, "everything is taken back")
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
    """Collects steps within the limits."""

    def __init__(self, actions: Actions, limits: Limits) -> None:
        self.actions = actions
        self.limits = limits
        self._steps: list[Step] = []
        self._held: list[Held] = []
        self._versions: dict[str, str | None] = {}

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
                may = knows or self.limits.has_room(lead.id)
                also = lead.id if may and self.limits.concerns_the_lead(case, finding) else None
            found[finding.fingerprint] = Told(finding.rule, finding.severity, finding.owed_by.id, also)
        return found

    def _say(
        self, case: Case, told: Sequence[Finding], entries: Mapping[str, Told], current: Posted | None
    ) -> bool:
        """A new comment, after which the old one only points to it. Else there is a reason to wait.

        While it waits, the old comment goes on saying what it said, as far as that still holds. Whether
        there is a comment in the end.
        """
        reason = self.limits.reason_to_wait(case, told)
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
        self.limits.count(entries)
        if current is not None:
            self._steps += given_back(case, current.marker, marker, AS_CONFIGURED)
        why = "; ".join(f"{finding.rule} ({finding.severity})" for finding in told)
        self._steps.append(Step(case.key, COMMENT, why, document=document, marker=marker))
        if current is not None:
            self._steps.append(_moved(case, current))
        self._steps += put_on(case, marker)
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
        self._steps += given_back(case, current.marker, marker, AS_CONFIGURED)
        original = next(p.marker for p in case.standing.comments if p.id == current.id)
        if marker != original:
            why = "what it says has changed"
            step = Step(case.key, EDIT, why, comment=current.id, document=document, marker=marker)
            self._steps.append(step)
        self._steps += put_on(case, marker)

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
        self._steps += given_back(case, current.marker, NOTHING, why)
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

    # -- marks, property -----------------------------------------------------------------------------------

    def _marker(
        self,
        case: Case,
        told: Sequence[Finding],
        entries: Mapping[str, Told],
        document: Document,
        current: Posted | None,
    ) -> Marker:
        before = current.marker if current is not None else NOTHING
        own = claimed(case, wanted_marks(self.actions.marks, told), before)
        return Marker(OPEN, dict(entries), document.digest, own.add, own.remove, own.flag)

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
