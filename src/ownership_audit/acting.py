"""From an audit to a plan: which issues to look at, what stands on them, and what people answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ownership_audit.evaluate import Calendars
from ownership_audit.finding import Finding, Party, plain
from ownership_audit.reconcile.plan import Case, Plan, is_worth_telling, plan, plan_retraction
from ownership_audit.reconcile.replies import Answer, answers, dismissed
from ownership_audit.reconcile.settings import Actions
from ownership_audit.reconcile.wording import is_closed
from ownership_audit.run import Auditor, Judged, Judging, Options
from ownership_audit.timeline import Timeline
from ownership_audit.timeline.describe import describe
from ownership_audit.trackers.interface import Source
from ownership_audit.trackers.posts import Posts

_ELSEWHERE: Final = "whom it waits for is told in a message instead"


@dataclass(frozen=True, slots=True)
class Tool:
    """The tool's own account: its id, and the names by which people may speak to it."""

    id: str
    names: frozenset[str]


@dataclass(slots=True)
class Prepared:
    """A plan, and what was seen on the way: how many findings there are, what could not be read."""

    plan: Plan
    findings: int = 0
    problems: list[str] = field(default_factory=list)
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    unused: list[tuple[str, Answer]] = field(default_factory=list)


def prepare(auditor: Auditor, source: Source, options: Options, posts: Posts, tool: Tool) -> Prepared:
    """The plan for a source. ``options`` must ask for the history: it tells what became of findings.

    Raises TrackerError or RefusedError where the tracker can't be read.
    """
    work = _Preparation(auditor, options, posts, tool)
    judging = auditor.judge(source, options)
    cases = list(work.cases(judging))
    found = Prepared(plan(cases, work.actions, options.as_of), work.findings, judging.problems)
    found.answers, found.unused = work.answers, work.unused
    return found


def prepare_retraction(
    auditor: Auditor, source: Source, options: Options, posts: Posts, tool: Tool
) -> Prepared:
    """The plan that takes back everything the tool ever wrote."""
    judging = auditor.judge(source, options)
    cases = [
        Case(timeline.issue.key, timeline.end.project, (), posts.standing(timeline.issue.key),
             auditor.calendars.project(timeline.end.project))
        for timeline, _, _ in judging
        if _spoke(timeline, tool)
    ]  # fmt: skip
    return Prepared(plan_retraction(cases), 0, judging.problems)


class _Preparation:
    """Turns judged issues to cases."""

    def __init__(self, auditor: Auditor, options: Options, posts: Posts, tool: Tool) -> None:
        self.actions: Actions = auditor.settings.actions
        self.findings = 0
        self.answers: list[tuple[str, Answer]] = []
        self.unused: list[tuple[str, Answer]] = []
        self._by_digest = auditor.settings.digest.projects
        self._calendars: Calendars = auditor.calendars
        self._options = options
        self._posts = posts
        self._tool = tool

    def cases(self, judging: Judging) -> Iterator[Case]:
        """The issues on which something is found, or on which the tool's words stand."""
        for judged in judging:
            standing = [f for f in judged.findings if f.status == "open" and not self._is_known(f)]
            self.findings += len(standing)
            if judged.timeline.end.project.upper() in self._by_digest:
                if _speaks(judged.timeline, self._tool):
                    yield self._told_elsewhere(judged)
                continue
            # What stands on an issue costs requests to ask: only where something may be said or taken back.
            told = any(is_worth_telling(finding, self.actions) for finding in standing)
            if told or _speaks(judged.timeline, self._tool):
                yield self._case(judged, standing)

    def _told_elsewhere(self, judged: Judged) -> Case:
        """An issue of a project that is told by digest: what the tool commented before is taken back."""
        case = self._case(judged, [])
        gone = {finding.fingerprint: _ELSEWHERE for finding in judged.findings if finding.status == "open"}
        return replace(case, gone={**case.gone, **gone}, dismissed={}, unjudged=frozenset())

    def _is_known(self, finding: Finding) -> bool:
        baseline = self._options.baseline
        return baseline is not None and finding.fingerprint in baseline.fingerprints

    def _case(self, judged: Judged, found: list[Finding]) -> Case:
        timeline, now = judged.timeline, self._options.as_of
        key, project = timeline.issue.key, timeline.end.project
        standing = self._posts.standing(key)
        said = answers(timeline, standing.comments, self.actions, self._tool.names)
        self._count(key, said, found, now)
        people = {person.id: person for person in timeline.people()}
        addressed = {f.owed_by.id for f in found if f.owed_by.id is not None}
        lead = timeline.issue.lead
        return Case(
            key=key,
            project=project,
            findings=found,
            standing=standing,
            calendar=self._calendars.project(project),
            lead=Party("lead", lead.name, lead.id) if lead is not None else None,
            calendars={
                id_: self._calendars.person(people[id_], project) for id_ in addressed if id_ in people
            },
            gone={f.fingerprint: _what_became(timeline, f) for f in judged.findings if f.status != "open"},
            unjudged=frozenset(judged.evaluation.not_evaluated),
            dismissed=dismissed(said, now),
        )

    def _count(self, key: str, said: list[Answer], found: list[Finding], now: datetime) -> None:
        """Note the answers in force, and those that nothing is left alone for."""
        there = {finding.fingerprint for finding in found}
        for answer in said:
            if answer.holds(now):
                self.answers.append((key, answer))
                if not answer.findings & there:
                    self.unused.append((key, answer))


def _spoke(timeline: Timeline, tool: Tool) -> bool:
    """Whether the tool ever commented."""
    return any(
        event.kind == "comment" and event.actor is not None and event.actor.id == tool.id
        for event in timeline.events
    )


def _speaks(timeline: Timeline, tool: Tool) -> bool:
    """Whether a comment of the tool may stand that is not yet closed, by its words."""
    return any(
        event.kind == "comment"
        and event.actor is not None
        and event.actor.id == tool.id
        and (event.body is None or not is_closed(event.body.prose.text))
        for event in timeline.events
    )


def _what_became(timeline: Timeline, finding: Finding) -> str:
    """What met a finding or ended it, in the words of the record."""
    event = next((event for event in timeline.events if event.at == finding.met), None)
    if event is None or finding.met is None:
        return "it no longer applies"
    who = f"{plain(event.actor.name)} " if event.actor is not None else ""
    return f"{who}{describe(event)} on {finding.met.day} {finding.met:%B %Y}"
