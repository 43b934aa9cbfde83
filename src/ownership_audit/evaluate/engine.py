"""The evaluator: one timeline and the rules in, every obligation out. Pure; it names no rule and no signal.

Evaluation is relational: for each event or moment that opens an obligation it computes the due
time, then asks which later event meets it and which one ends it. There is no state per rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ownership_audit.evaluate.clock import Calendars
from ownership_audit.evaluate.closings import obligation
from ownership_audit.evaluate.compiled import Starter, compile_rule
from ownership_audit.evaluate.obligation import Obligation
from ownership_audit.evaluate.openings import openings
from ownership_audit.evaluate.scene import Scene
from ownership_audit.rule import Rule
from ownership_audit.signals import Signals
from ownership_audit.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All obligations of one issue, and per rule that could not be judged the reason why."""

    obligations: tuple[Obligation, ...]
    not_evaluated: Mapping[str, str]


class RuleSet:
    """Rules compiled for evaluation, indexed by the kinds of events that open them."""

    def __init__(self, rules: Iterable[Rule], signals: Signals) -> None:
        self.rules = tuple(rules)
        self.signals = signals
        self._compiled = [compile_rule(rule) for rule in self.rules]
        self._all = self._index(lambda starter: True)
        self._assumed = self._index(lambda starter: starter.is_assumable)

    def _index(self, keep: Callable[[Starter], bool]) -> tuple[dict[str, list[Starter]], list[Starter]]:
        by_kind: dict[str, list[Starter]] = defaultdict(list)
        moments: list[Starter] = []
        for compiled in self._compiled:
            for starter in compiled.starters:
                if not keep(starter):
                    continue
                if starter.moment is not None:
                    moments.append(starter)
                else:
                    for kind in starter.matcher.kinds:
                        by_kind[kind].append(starter)
        return dict(by_kind), moments

    def kinds(self) -> frozenset[str]:
        """Every kind of recorded event the rules speak of."""
        found: set[str] = set()
        for compiled in self._compiled:
            for starter in compiled.starters:
                found |= starter.matcher.kinds
                for matcher in (*starter.expect, *compiled.unless, *compiled.until):
                    found |= matcher.kinds
        return frozenset(found)

    def evaluate(self, timeline: Timeline, calendars: Calendars, now: datetime) -> Evaluation:
        """Every obligation of the issue by its events up to ``now``, which end the timeline."""
        if timeline.container:
            return Evaluation((), {})
        skipped = self._skipped(timeline)
        by_kind, moments = self._assumed if timeline.assumed else self._all
        scene = Scene(timeline, calendars, self.signals, now)
        found: list[Obligation] = []
        for starter, opening in openings(scene, by_kind, moments):
            if skipped and starter.rule.rule.id in skipped:
                continue
            owed = obligation(scene, starter, opening)
            if owed is not None and not _repeats(timeline, owed, found):
                found.append(owed)
        found.sort(key=lambda o: (o.opened, o.rule.id, o.due, o.anchor))
        return Evaluation(tuple(found), skipped)

    def _skipped(self, timeline: Timeline) -> dict[str, str]:
        """The rules that can't be judged on this timeline, with reasons."""
        skipped: dict[str, str] = {}
        if not timeline.incomplete and not timeline.assumed:
            return skipped
        for compiled in self._compiled:
            missing = [part for part in sorted(compiled.needs) if part in timeline.incomplete]
            if missing:
                skipped[compiled.rule.id] = "; ".join(
                    f"{part}: {timeline.incomplete[part]}" for part in missing
                )
            elif timeline.assumed and not any(starter.is_assumable for starter in compiled.starters):
                skipped[compiled.rule.id] = "changes: opened by changes that are not in the record"
        return skipped


def evaluate(timeline: Timeline, rules: RuleSet, calendars: Calendars, now: datetime) -> list[Obligation]:
    """All obligations of a timeline, in the order they opened."""
    return list(rules.evaluate(timeline, calendars, now).obligations)


def _repeats(timeline: Timeline, new: Obligation, found: Sequence[Obligation]) -> bool:
    """Whether the same save has opened the same obligation already."""
    if new.opener is None:
        return False
    first = timeline.first
    return any(
        old.opener is not None
        and first[old.opener] == first[new.opener]
        and old.rule is new.rule
        and old.due == new.due
        and old.role == new.role
        and old.subject == new.subject
        and old.severity == new.severity
        for old in reversed(found)
    )
