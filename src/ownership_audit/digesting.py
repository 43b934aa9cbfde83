"""From an audit to digests: what waits for whom, what they were told, and what they said to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ownership_audit.digest.plan import Plan, plan
from ownership_audit.digest.readers import Case
from ownership_audit.digest.record import KEY, Record
from ownership_audit.errors import ConfigError
from ownership_audit.finding import Finding
from ownership_audit.reconcile.replies import Answer, Tool, answers, dismissed
from ownership_audit.run import Auditor, Judged, Options
from ownership_audit.trackers.interface import Source
from ownership_audit.trackers.marker import OPEN, Marker, Told
from ownership_audit.trackers.posts import Posted, Posts


@dataclass(slots=True)
class Digests:
    """A plan of messages, and what was seen on the way."""

    plan: Plan
    findings: int = 0
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def prepare_digests(
    auditor: Auditor, source: Source, options: Options, posts: Posts, tool: Tool, *, again: bool = False
) -> Digests:
    """The messages for a source. ``options`` must ask for the history: who was told last follows from it.

    Raises ConfigError without projects or addresses, TrackerError or RefusedError where the tracker can't be
    read.
    """
    settings = auditor.settings
    if not settings.digest.projects:
        raise ConfigError("no project is told by digest; name some in the configuration, digest: projects")
    if not settings.digest.to:
        raise ConfigError("nobody's address is configured; name some in the configuration, digest: to")
    work = _Preparation(auditor, options, posts, tool)
    judging = auditor.judge(source, options)
    cases = [case for judged in judging if (case := work.case(judged)) is not None]
    found = plan(cases, settings.digest, settings.actions, options.as_of, again=again)
    return Digests(found, work.findings, work.answers, judging.problems)


class _Preparation:
    """Turns judged issues to cases."""

    def __init__(self, auditor: Auditor, options: Options, posts: Posts, tool: Tool) -> None:
        self.findings = 0
        self.answers: list[tuple[str, Answer]] = []
        self._auditor, self._options, self._posts, self._tool = auditor, options, posts, tool

    def case(self, judged: Judged) -> Case | None:
        """The issue, if something stands on it, or ended so lately that a reader was perhaps just told."""
        timeline, now = judged.timeline, self._options.as_of
        settings, calendars = self._auditor.settings, self._auditor.calendars
        key, project = timeline.issue.key, timeline.end.project
        if project.upper() not in settings.digest.projects:
            return None
        found = [finding for finding in judged.findings if self._options.is_new(finding)]
        if not found and not any(self._is_fresh(finding, project) for finding in judged.findings):
            return None
        self.findings += len(found)
        standing = self._posts.standing(key)
        record = Record.read(self._posts.read_property(key, KEY))
        told = _as_posted(record, standing.comments) if record is not None else standing.comments
        said = answers(timeline, told, settings.actions, self._tool)
        self.answers += [(key, answer) for answer in said if answer.holds(now)]
        people = {person.id: person for person in timeline.people()}
        own = settings.projects.get(project.upper())
        return Case(
            key=key,
            project=project,
            url=timeline.issue.url,
            summary=timeline.issue.summary,
            findings=found,
            record=record,
            calendar=calendars.project(project),
            calendars={id_: calendars.person(person, project) for id_, person in people.items()},
            people=people,
            lead=timeline.issue.lead,
            lead_named=own.lead if own is not None else None,
            labels=standing.labels,
            dismissed=dismissed(said, now),
            restricted=standing.restricted,
        )

    def _is_fresh(self, finding: Finding, project: str) -> bool:
        """Whether a finding ended within the time in which its reader gets no second message."""
        every = self._auditor.settings.digest.at_most_every
        calendar = self._auditor.calendars.project(project)
        return finding.met is not None and self._options.as_of < calendar.add(finding.met, every)


def _as_posted(record: Record, comments: Sequence[Posted]) -> list[Posted]:
    """What was told in messages and comments, as comments would have it: an answer is about all before it."""
    told = [
        (entry.at, name) for reader in record.readers.values() for name, entry in reader.items()
    ]  # fmt: skip
    told += [(posted.created, name) for posted in comments for name in posted.marker.findings]
    moments: dict[datetime, dict[str, Told]] = {}
    so_far: dict[str, Told] = {}
    for at, name in sorted(told):
        so_far = {**so_far, name: Told("", "")}
        moments[at] = so_far
    return [Posted("", at, Marker(OPEN, found, "")) for at, found in moments.items()]
