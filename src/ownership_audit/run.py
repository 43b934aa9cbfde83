"""One audit from a source to a report: read, build timelines, evaluate, group to findings, suppress.

The command line calls this; no clock is read and nothing is printed here.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

from ownership_audit.config import Settings
from ownership_audit.errors import ConfigError, DataError
from ownership_audit.evaluate import Calendars, Evaluation, RuleSet
from ownership_audit.finding import Coverage, Finding, Report
from ownership_audit.rule import Rule, check_stories, load_rules, shipped_rules, silent_rules
from ownership_audit.signals import Signals
from ownership_audit.stories import closure, findings
from ownership_audit.suppress import Baseline
from ownership_audit.timeline import UPDATES, Draft, Event, Timeline, build
from ownership_audit.timeline.build import order
from ownership_audit.trackers.interface import Problem, Progress, Record, Source
from ownership_audit.trackers.jira import JiraReader
from ownership_audit.yamlfile import nearest


@dataclass(frozen=True, slots=True)
class Options:
    """What to audit and how; ``as_of`` is UTC, ``projects`` are upper-case keys, empty for all.

    ``narrowed`` says that only some rules or projects are looked at: then a baseline entry that
    matches nothing may only lie outside. ``with_ignored`` goes through ignored issues too, with nothing
    found on them.
    """

    as_of: datetime
    projects: frozenset[str] = frozenset()
    history: bool = False
    constant_owner: bool = False
    mine: str | None = None
    narrowed: bool = False
    with_ignored: bool = False
    baseline: Baseline | None = None
    progress: Progress | None = None

    def is_new(self, finding: Finding) -> bool:
        """Whether a finding stands now that the baseline does not know."""
        known = self.baseline.fingerprints if self.baseline is not None else ()
        return finding.status == "open" and finding.fingerprint not in known


# -- rules and calendars -----------------------------------------------------------------------------------


@cache
def load_signals() -> Signals:
    """The shipped lexicons, ready for use; a process reads and compiles them once."""
    return Signals(shipped_rules() / "signals" / "en")


def choose_rules(
    settings: Settings,
    *,
    folder: Path | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> list[Rule]:
    """The shipped rules and those of ``folder``, tuned, less what is ignored, off or not selected.

    Raises RuleError for wrong files, ConfigError for ids that no rule has.
    """
    rules = load_rules(shipped_rules(), with_examples=False)
    if folder is not None:
        rules += load_rules(folder, with_examples=False)
    check_stories(rules)
    ids = {rule.id for rule in rules}
    for option, names in (("--select", select), ("--ignore", ignore)):
        for name in names:
            if name not in ids:
                raise ConfigError(f"{option} {name}: no such rule; {nearest(name, ids)}")
    for name, tuning in settings.rules.items():
        if name not in ids:
            raise ConfigError(f"{tuning.place}: rules: no rule {name!r}; {nearest(name, ids)}")
    for name, place in settings.actions.named.items():
        if name not in ids:
            raise ConfigError(f"{place}: actions: no rule {name!r}; {nearest(name, ids)}")
    chosen = []
    for rule in rules:
        tuning_ = settings.rules.get(rule.id)
        if (select and rule.id not in select) or rule.id in ignore or (tuning_ is not None and tuning_.off):
            continue
        chosen.append(rule.tuned(tuning_.severity, tuning_.within) if tuning_ is not None else rule)
    return chosen + silent_rules(chosen, rules)


def calendars_of(settings: Settings) -> Calendars:
    """The calendars of all projects with everybody's absences."""
    return Calendars(
        settings.calendar.build(),
        {key: settings.calendar_of(key) for key in settings.projects},
        {name: list(person.absences) for name, person in settings.people.items() if person.absences},
    )


# -- reading -----------------------------------------------------------------------------------------------


class Library:
    """What one pass over a source tells about other issues: sub-task activity, and when issues were done."""

    def __init__(self, kinds: frozenset[str]) -> None:
        self._wants_subtasks = "subtask" in kinds
        self._wants_blockers = "unblocked" in kinds
        self._activity: dict[str, list[Event]] = {}
        self._done: dict[str, list[tuple[datetime, str]]] = {}

    def note(self, draft: Draft) -> None:
        """Remember what other issues may need to know of this one."""
        if self._wants_subtasks and draft.issue.subtask and draft.parent:
            moves = sorted((event for event in draft.events if event.kind == "parent"), key=order)
            for event in draft.events:
                # Whose sub-task it was then; it may have been moved, or made from an issue of its own.
                parent = next((move.old for move in moves if move.at > event.at), draft.parent)
                if parent and event.kind in UPDATES and event.actor is not None:
                    self._activity.setdefault(parent, []).append(
                        Event(
                            event.at,
                            "subtask",
                            event.actor,
                            f"s{draft.issue.id}.{event.id}",
                            None,
                            draft.issue.key,
                        )
                    )
        if self._wants_blockers:
            for event in draft.events:
                if event.kind == "status" and event.new.is_done and not event.old.is_done:
                    self._done.setdefault(draft.issue.key, []).append(
                        (event.at, f"u{draft.issue.id}.{event.id}")
                    )

    def waits(self, draft: Draft) -> bool:
        """Whether an issue can only be judged after all others were read."""
        return bool((self._wants_subtasks and draft.subtasks) or (self._wants_blockers and draft.blockers))

    def others(self, draft: Draft) -> Iterator[Event]:
        """The events that follow for an issue from other issues."""
        yield from self._activity.get(draft.issue.key, ())
        for blocker in draft.blockers:
            for at, id_ in self._done.get(blocker, ()):
                yield Event(at, "unblocked", None, id_, None, blocker)


class _Waiting:
    """Records whose drafts wait until all others were read, packed: that takes a fraction of the memory."""

    def __init__(self) -> None:
        self._kept: list[Draft | tuple[str, bytes]] = []

    def add(self, draft: Draft, record: Record) -> None:
        """Keep a record; one that packing would change is kept as its draft."""
        try:
            text = orjson.dumps(record.data)
            same = bool(orjson.loads(text) == record.data)
        except (TypeError, ValueError):
            same = False
        self._kept.append((record.place, zlib.compress(text, 1)) if same else draft)

    def drafts(self, reader: JiraReader) -> Iterator[Draft]:
        """The drafts in the order in which they came."""
        for kept in self._kept:
            if isinstance(kept, Draft):
                yield kept
            else:
                place, packed = kept
                yield reader.draft(orjson.loads(zlib.decompress(packed)), place)


@dataclass(slots=True)
class Reading:
    """Drafts of a source one by one; problems are kept, and never stop the rest."""

    source: Source
    settings: Settings
    library: Library
    projects: frozenset[str] = frozenset()
    progress: Progress | None = None
    wants_colleagues: bool = False
    problems: list[str] = field(default_factory=list)
    colleagues: dict[str, dict[str, datetime]] = field(default_factory=dict)
    ends: dict[str, date] | None = None

    def timelines(self, as_of: datetime, *, constant_owner: bool) -> Iterator[tuple[Draft, Timeline]]:
        """Every issue that existed at ``as_of``, with its timeline; those that need others come last."""
        conventions = self.settings.conventions()
        if conventions.deadline_sources != ("due-date",):
            self.ends = {}
            for draft, _ in self._drafts(as_of, quiet=True):
                self.ends.update(draft.ends)
        if self.wants_colleagues:
            self._meet_owners(as_of)
        waiting = _Waiting()
        known: set[str] = set()
        for draft, record in self._drafts(as_of):
            self.library.note(draft)
            known.add(draft.issue.key)
            if self.projects and draft.project.upper() not in self.projects:
                continue
            if self.library.waits(draft):
                waiting.add(draft, record)
                continue
            timeline = self._build(draft, as_of, constant_owner)
            if timeline is not None:
                yield draft, timeline
        for draft in waiting.drafts(JiraReader(conventions, as_of)):
            if self.source.gaps and not known.issuperset((*draft.subtasks, *draft.blockers)):
                reason = "not all of its sub-tasks and blockers are in the mirror"
                draft = replace(draft, incomplete={**draft.incomplete, "changes": reason})
            timeline = self._build(draft, as_of, constant_owner, self.library.others(draft))
            if timeline is not None:
                yield draft, timeline

    def _build(
        self, draft: Draft, as_of: datetime, constant_owner: bool, others: Iterable[Event] = ()
    ) -> Timeline | None:
        if self.source.gaps:
            draft = replace(draft, incomplete={**draft.incomplete, "others": self.source.gaps[0]})
        return build(
            draft,
            self.settings.conventions(),
            as_of,
            constant_owner=constant_owner,
            others=others,
            ends=self.ends,
            colleagues=self.colleagues.get(draft.project),
        )

    def _meet_owners(self, as_of: datetime) -> None:
        """Read the source once for who has owned issues of which project, and since when."""
        reader = JiraReader(self.settings.conventions(), as_of)
        for item in self.source.records():
            for project, name, since in reader.owners(item.data) if isinstance(item, Record) else ():
                known = self.colleagues.setdefault(project, {})
                known[name] = min(since, known.get(name, since))

    def _drafts(self, as_of: datetime, *, quiet: bool = False) -> Iterator[tuple[Draft, Record]]:
        reader = JiraReader(self.settings.conventions(), as_of)
        seen: dict[str, str] = {}
        for item in self.source.records(None if quiet else self.progress):
            if isinstance(item, Problem):
                if not quiet:
                    self.problems.append(item.message)
                continue
            try:
                draft = self._draft(reader, item, seen)
            except DataError as problem:
                if not quiet:
                    self.problems.append(str(problem))
                continue
            if not quiet:
                self.problems += reader.unreadable
            yield draft, item

    def _draft(self, reader: JiraReader, record: Record, seen: dict[str, str]) -> Draft:
        draft = reader.draft(record.data, record.place)
        earlier = seen.setdefault(draft.issue.key, record.place)
        if earlier is not record.place:
            raise DataError(
                f"{record.place}: {draft.issue.key} stands in the source already ({earlier}); remove one"
            )
        return draft


# -- auditing ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _LeftOut:
    """How many issues lacked the same."""

    rules: Mapping[str, tuple[str, ...]]
    issues: int = 0


@dataclass(slots=True)
class _Tally:
    """What the audit counts on its way."""

    issues: int = 0
    partial: int = 0
    containers: int = 0
    ignored: int = 0
    assumed: int = 0
    left_out: dict[int, _LeftOut] = field(default_factory=dict)

    def add(self, timeline: Timeline, evaluation: Evaluation) -> None:
        self.partial += bool(timeline.incomplete)
        self.containers += timeline.container
        self.assumed += timeline.assumed
        rules = evaluation.not_evaluated
        if rules:  # issues that lack the same share one mapping, so that counting costs next to nothing
            self.left_out.setdefault(id(rules), _LeftOut(rules)).issues += 1

    def reasons(self) -> dict[str, int]:
        """Pairs of issue and rule that could not be judged, by the missing parts."""
        counts: Counter[str] = Counter()
        for left_out in self.left_out.values():
            for parts in left_out.rules.values():
                counts[" and ".join(parts)] += left_out.issues
        return dict(sorted(counts.items()))

    def rules(self) -> dict[str, int]:
        """Issues that could not be judged, by rule."""
        counts: Counter[str] = Counter()
        for left_out in self.left_out.values():
            for rule in left_out.rules:
                counts[rule] += left_out.issues
        return dict(sorted(counts.items()))


class Auditor:
    """Everything an audit needs besides its source: rules, calendars, settings."""

    def __init__(self, settings: Settings, rules: Iterable[Rule], signals: Signals) -> None:
        self.settings = settings
        self.rules = RuleSet(rules, signals)
        self.calendars = calendars_of(settings)
        self.subsumed = closure(self.rules.rules)
        self._left_out: dict[tuple[int, str], dict[str, tuple[str, ...]]] = {}
        self._projects = {id_: t.projects for id_, t in settings.rules.items() if t.projects is not None}

    def evaluation(self, timeline: Timeline, now: datetime) -> Evaluation:
        """The obligations of one issue; rules that are limited to other projects left out."""
        evaluation = self.rules.evaluate(timeline, self.calendars, now)
        if not self._projects:
            return evaluation
        project = timeline.end.project.upper()

        def applies(rule: str) -> bool:
            return project in self._projects.get(rule, (project,))

        left_out = evaluation.not_evaluated
        if left_out:  # one mapping for all issues of a project that lack the same
            key = (id(left_out), project)
            if key not in self._left_out:
                self._left_out[key] = {rule: parts for rule, parts in left_out.items() if applies(rule)}
            left_out = self._left_out[key]
        return Evaluation(tuple(o for o in evaluation.obligations if applies(o.rule.id)), left_out)

    def findings(self, timeline: Timeline, evaluation: Evaluation, options: Options) -> list[Finding]:
        """The findings of one issue."""
        if not evaluation.obligations:
            return []
        now, history = options.as_of, options.history
        return findings(timeline, evaluation.obligations, self.subsumed, self.calendars, now, history=history)

    def audit(self, source: Source, options: Options) -> Report:
        """The report on a whole source."""
        judging = self.judge(source, options)
        found = [finding for judged in judging for finding in judged.findings]
        return self.report(found, judging, options)

    def judge(self, source: Source, options: Options) -> Judging:
        """Every issue of a source with what was found on it, for whoever needs more than a report."""
        return Judging(self, source, options)

    def report(self, found: list[Finding], judging: Judging, options: Options) -> Report:
        """The report on what was found; ``judging`` has come to its end."""
        tally, problems = judging.tally, judging.problems
        found.sort(key=lambda finding: finding.order)
        kept: Sequence[Finding] = found
        suppressed = unused = 0
        if options.baseline is not None:
            kept, suppressed, unused = options.baseline.apply(found)
            unused = 0 if options.narrowed else unused
        if options.mine is not None:
            kept = [finding for finding in kept if _is_mine(finding, options.mine)]
        notes = []
        if tally.assumed:
            notes.append(
                f"{tally.assumed} issues without history were judged as if only creation and resolution had "
                "ever changed them and the present owner had always been theirs (--assume constant-owner)"
            )
        coverage = Coverage(
            issues=tally.issues,
            unreadable=len(problems),
            partial=tally.partial,
            containers=tally.containers,
            ignored=tally.ignored,
            suppressed=suppressed,
            unused_baseline=unused,
            not_evaluated=tally.reasons(),
            rules_not_evaluated=tally.rules(),
            notes=tuple(notes),
            problems=tuple(problems),
        )
        return Report(options.as_of, coverage, tuple(kept))


class Judged(NamedTuple):
    """One issue, with the obligations on it and what was found."""

    timeline: Timeline
    evaluation: Evaluation
    findings: list[Finding]


_NOTHING = Evaluation((), {})


class Judging:
    """Goes through a source once. ``tally`` and ``problems`` are complete when it has come to its end."""

    def __init__(self, auditor: Auditor, source: Source, options: Options) -> None:
        self.tally = _Tally()
        self._auditor = auditor
        self._source = source
        self._options = options
        self._reading = Reading(
            source,
            auditor.settings,
            Library(auditor.rules.kinds()),
            options.projects,
            options.progress,
            auditor.rules.speaks_of("colleague"),
        )
        self._reading.problems += [f"{source}: {gap}" for gap in source.gaps]

    @property
    def problems(self) -> list[str]:
        """What could not be read or judged."""
        return self._reading.problems

    def __iter__(self) -> Iterator[Judged]:
        auditor, options = self._auditor, self._options
        for _, timeline in self._reading.timelines(options.as_of, constant_owner=options.constant_owner):
            self.tally.issues += 1
            if timeline.end.labels & auditor.settings.ignore_labels:
                self.tally.ignored += 1
                if options.with_ignored:
                    yield Judged(timeline, _NOTHING, [])
                continue
            try:
                evaluation = auditor.evaluation(timeline, options.as_of)
                found = auditor.findings(timeline, evaluation, options)
            except DataError as problem:  # one issue that can't be judged must not cost the others
                self.problems.append(f"{self._source}: {timeline.issue.key}: {problem}")
                continue
            self.tally.add(timeline, evaluation)
            yield Judged(timeline, evaluation, found)


def _is_mine(finding: Finding, name: str) -> bool:
    wanted = name.casefold()
    return wanted in ((finding.owed_by.name or "").casefold(), (finding.owed_by.id or "").casefold())


def find_issue(source: Source, auditor: Auditor, key: str, options: Options) -> Timeline:
    """The timeline of one issue of a source; DataError when it isn't there."""
    kinds = auditor.rules.kinds() | {"unblocked", "subtask"}
    reading = Reading(
        source,
        auditor.settings,
        Library(kinds),
        progress=options.progress,
        wants_colleagues=auditor.rules.speaks_of("colleague"),
    )
    keys: list[str] = []
    found: Timeline | None = None
    for draft, timeline in reading.timelines(options.as_of, constant_owner=options.constant_owner):
        keys.append(draft.issue.key)
        if draft.issue.key.upper() == key.upper():
            found = timeline
    if found is not None:
        return found
    hint = (
        nearest(key, keys)
        if len(keys) <= 60 or key in keys
        else nearest(key, keys[:2000]).split("; valid")[0]
    )
    lost = f" ({len(reading.problems)} records could not be read)" if reading.problems else ""
    raise DataError(f"{source}: no issue {key} as of {options.as_of:%Y-%m-%d %H:%M} UTC{lost}; {hint[:200]}")
