"""One audit from a source to a report: read, build timelines, evaluate, group to findings, suppress.

The command line calls this; no clock is read and nothing is printed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from ownership_audit.config import Settings
from ownership_audit.errors import ConfigError, DataError
from ownership_audit.evaluate import Calendars, Evaluation, RuleSet
from ownership_audit.finding import Coverage, Finding, Report
from ownership_audit.reading import Library, Reading
from ownership_audit.rule import Rule, check_stories, load_rules, shipped_rules, silent_rules
from ownership_audit.signals import Signals
from ownership_audit.stories import closure, findings
from ownership_audit.suppress import Baseline
from ownership_audit.timeline import Timeline
from ownership_audit.trackers.interface import Progress, Source
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


def load_signals() -> Signals:
    """The shipped lexicons. They are read and compiled once a process, at the first text that needs them."""
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

    def evaluation(self, timeline: Timeline, now: datetime, *, standing: bool = False) -> Evaluation:
        """The obligations of one issue; rules that are limited to other projects left out.

        With ``standing`` all that are neither met nor ended, and only some of the others.
        """
        evaluation = self.rules.evaluate(timeline, self.calendars, now, standing=standing)
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

    def reading(self, source: Source, options: Options, kinds: frozenset[str]) -> Reading:
        """The source as this auditor reads it; ``kinds`` are those of events that it needs."""
        return Reading(
            source,
            self.settings,
            Library(kinds),
            options.projects,
            options.progress,
            self.rules.speaks_of("colleague"),
        )

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
    """One issue, with what was found, and the obligations: without history only what may stand."""

    timeline: Timeline
    evaluation: Evaluation
    findings: list[Finding]


_NOTHING: Final = Evaluation((), {})


class Judging:
    """Goes through a source once. ``tally`` and ``problems`` are complete when it has come to its end."""

    def __init__(self, auditor: Auditor, source: Source, options: Options) -> None:
        self.tally = _Tally()
        self._auditor = auditor
        self._source = source
        self._options = options
        self._reading = auditor.reading(source, options, auditor.rules.kinds())
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
                evaluation = auditor.evaluation(timeline, options.as_of, standing=not options.history)
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
    reading = auditor.reading(source, options, kinds)
    keys: list[str] = []
    found: Timeline | None = None
    for _, timeline in reading.timelines(options.as_of, constant_owner=options.constant_owner):
        keys.append(timeline.issue.key)
        if timeline.issue.key.upper() == key.upper():
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
