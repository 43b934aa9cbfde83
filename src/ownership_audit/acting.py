"""From an audit to a plan: which issues to look at, what stands on them, and what people answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ownership_audit.calendars import Calendar
from ownership_audit.errors import TrackerError
from ownership_audit.evaluate import Calendars
from ownership_audit.finding import Finding, Party
from ownership_audit.plain import plain
from ownership_audit.reconcile.plan import is_worth_telling, plan, plan_retraction
from ownership_audit.reconcile.replies import Answer, Tool, answers, dismissed
from ownership_audit.reconcile.settings import WEEK, Actions
from ownership_audit.reconcile.steps import Case, Plan
from ownership_audit.reconcile.wording import is_closed
from ownership_audit.run import Auditor, Judged, Judging, Options
from ownership_audit.timeline import Timeline
from ownership_audit.timeline.describe import deed, spoken_day
from ownership_audit.trackers.interface import Source
from ownership_audit.trackers.posts import Posts, Standing

_OVER: Final = "it no longer applies"
_ELSEWHERE: Final = "whom it waits for is told in a message instead"
_SEVERAL: Final = 3  # issues in a row that can't be read, after which it is the site


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, and what was seen on the way: how many findings there are, what could not be read."""

    plan: Plan
    findings: int
    problems: list[str]
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    unused: list[tuple[str, Answer]] = field(default_factory=list)


def prepare(auditor: Auditor, source: Source, options: Options, posts: Posts, tool: Tool) -> Prepared:
    """The plan for a source. What became of findings is only worked out where the tool has told of some.

    Raises TrackerError or RefusedError where the tracker can't be read.
    """
    options = replace(options, history=False)
    work = _Preparation(auditor, options, posts, tool)
    judging = auditor.judge(source, options)
    cases = list(work.cases(judging))
    made = plan(cases, work.actions, options.as_of)
    problems = [*judging.problems, *work.problems]
    return Prepared(made, work.findings, problems, work.answers, work.unused)


def prepare_retraction(
    auditor: Auditor, source: Source, options: Options, posts: Posts, tool: Tool
) -> Prepared:
    """The plan that takes back everything the tool ever wrote. Raises as ``prepare`` does."""
    options = replace(options, history=False)
    work = _Preparation(auditor, options, posts, tool)
    judging = auditor.judge(source, options)
    spoken = (judged for judged in judging if _spoke(judged.timeline, tool))
    cases = [case for judged in spoken if (case := work.case(judged, [])) is not None]
    return Prepared(plan_retraction(cases), 0, [*judging.problems, *work.problems])


class _Preparation:
    """Turns judged issues to cases."""

    def __init__(self, auditor: Auditor, options: Options, posts: Posts, tool: Tool) -> None:
        self.actions: Actions = auditor.settings.actions
        self.findings = 0
        self.problems: list[str] = []
        self._in_a_row = 0
        self.answers: list[tuple[str, Answer]] = []
        self.unused: list[tuple[str, Answer]] = []
        self._by_digest = auditor.settings.digest.projects
        self._auditor = auditor
        self._calendars: Calendars = auditor.calendars
        self._options = options
        self._posts = posts
        self._tool = tool
        self._run = {rule.id for rule in auditor.rules.rules if not rule.silent}
        self._ignore = auditor.settings.ignore_labels

    def cases(self, judging: Judging) -> Iterator[Case]:
        """The issues on which something is found, or on which the tool's words stand."""
        for judged in judging:
            standing = [finding for finding in judged.findings if self._options.is_new(finding)]
            self.findings += len(standing)
            if judged.timeline.end.project.upper() in self._by_digest:
                if _speaks(judged.timeline, self._tool, self._options.as_of):
                    case = self.case(judged, [])
                    if case is not None:
                        yield self._told_elsewhere(judged, case)
                continue
            # What stands on an issue costs requests to ask: only where something may be said or taken back.
            told = any(is_worth_telling(finding, self.actions) for finding in standing)
            if told or _speaks(judged.timeline, self._tool, self._options.as_of):
                case = self.case(judged, standing)
                if case is not None:
                    yield case

    def case(self, judged: Judged, found: list[Finding]) -> Case | None:
        """The case of an issue; None where what stands on it can't be read now, which is told.

        Where that is so of several in a row, it is the site, and the run ends.
        """
        try:
            case = self._built(judged, found)
        except TrackerError as problem:
            self.problems.append(f"{judged.timeline.issue.key}: {problem}")
            self._in_a_row += 1
            if self._in_a_row >= _SEVERAL:
                raise
            return None
        self._in_a_row = 0
        return case

    @staticmethod
    def _told_elsewhere(judged: Judged, case: Case) -> Case:
        """An issue of a project that is told by digest: what the tool commented before is taken back."""
        gone = {finding.fingerprint: _ELSEWHERE for finding in judged.findings if finding.status == "open"}
        return replace(case, gone={**case.gone, **gone}, dismissed={}, unjudged=frozenset())

    def _built(self, judged: Judged, found: list[Finding]) -> Case:
        timeline, now = judged.timeline, self._options.as_of
        key, project = timeline.issue.key, timeline.end.project
        standing = self._posts.standing(key)
        said = answers(timeline, standing.comments, self.actions, self._tool)
        self._count(key, said, found, now)
        people = {person.id: person for person in timeline.people()}
        addressed = {finding.owed_by.id for finding in found} & people.keys()
        lead, calendar = timeline.issue.lead, self._calendars.project(project)
        return Case(
            key=key,
            project=project,
            findings=found,
            standing=standing,
            calendar=calendar,
            lead=Party("lead", lead.name, lead.id) if lead is not None else None,
            calendars={
                id_: self._calendars.person(people[id_], project) for id_ in addressed if id_ is not None
            },
            gone=_what_became(timeline, self._past(timeline, standing), calendar),
            unjudged=frozenset(judged.evaluation.not_evaluated) | self._not_run(standing),
            dismissed={**dismissed(said, now), **self._ignored(timeline, standing)},
        )

    def _past(self, timeline: Timeline, standing: Standing) -> list[Finding]:
        """Findings of an issue with those that are no more, where a comment may have told of them."""
        if not standing.comments:
            return []
        whole = self._auditor.evaluation(timeline, self._options.as_of)
        return self._auditor.findings(timeline, whole, replace(self._options, history=True))

    def _not_run(self, standing: Standing) -> frozenset[str]:
        """The rules that a comment speaks of and that were left out this time only."""
        if not self._options.narrowed:
            return frozenset()
        spoken = {told.rule for posted in standing.comments for told in posted.marker.findings.values()}
        return frozenset(spoken - self._run)

    def _ignored(self, timeline: Timeline, standing: Standing) -> dict[str, str]:
        """On an ignored issue, everything that was ever told, and why it is to be left alone."""
        label = min(timeline.end.labels & self._ignore, default=None)
        told = (name for posted in standing.comments for name in posted.marker.findings)
        return {} if label is None else dict.fromkeys(told, f"it has the label {label}")

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


def _speaks(timeline: Timeline, tool: Tool, now: datetime) -> bool:
    """Whether a comment of the tool may stand that is not yet closed, by its words.

    Those of the last week count in any case, as they count for what people are asked in a week.
    """
    return any(
        event.kind == "comment"
        and event.actor is not None
        and event.actor.id == tool.id
        and (event.body is None or not is_closed(event.body.prose.text) or now - event.at < WEEK)
        for event in timeline.events
    )


def _what_became(timeline: Timeline, findings: Iterable[Finding], calendar: Calendar) -> dict[str, str]:
    """By fingerprint, what met a finding or ended it, in the words of the record; its last stage counts."""
    ended = [(finding.met, finding.fingerprint) for finding in findings if finding.met is not None]
    gone: dict[str, str] = {}
    for met, name in sorted(ended):
        event = next((event for event in timeline.events if event.at == met), None)
        day = calendar.local_day(met)
        gone[name] = f"on {spoken_day(day, day)}, {plain(deed(event))}" if event is not None else _OVER
    return gone
