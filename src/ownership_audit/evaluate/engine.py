"""The evaluator: one timeline and the rules in, every obligation out. Pure; it names no rule and no signal.

Evaluation is relational: for each event or moment that opens an obligation it computes the due
time, then asks which later event meets it and which one ends it. There is no state per rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ownership_audit.evaluate.clock import Calendars
from ownership_audit.evaluate.closings import obligation
from ownership_audit.evaluate.compiled import CompiledRule, Starter, compile_rule
from ownership_audit.evaluate.obligation import Obligation
from ownership_audit.evaluate.openings import openings
from ownership_audit.evaluate.past import Past, Speakers
from ownership_audit.evaluate.scene import Scene
from ownership_audit.rule import Rule
from ownership_audit.signals import Signals
from ownership_audit.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The obligations of one issue, and per rule that could not be judged the missing parts.

    Issues that lack the same share one ``not_evaluated``; the reasons are the timeline's.
    """

    obligations: tuple[Obligation, ...]
    not_evaluated: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What can open under given circumstances: by kind of event, by time, by kind once the obligations of
    other rules are known; the rules that speak of others; and the rules left out.
    """

    by_kind: Mapping[str, Sequence[Starter]]
    moments: Sequence[Starter]
    later: Mapping[str, Sequence[Starter]]
    speakers: Speakers
    left_out: Mapping[str, tuple[str, ...]]


class RuleSet:
    """Rules compiled for evaluation, indexed by the kinds of events that open them."""

    def __init__(self, rules: Iterable[Rule], signals: Signals) -> None:
        self.rules = tuple(rules)
        self.signals = signals
        self._compiled = [compile_rule(rule) for rule in self.rules]
        self._plans: dict[tuple[frozenset[str], bool], _Plan] = {}

    def kinds(self) -> frozenset[str]:
        """Every kind of recorded event the rules speak of."""
        found: set[str] = set()
        for compiled in self._compiled:
            for starter in compiled.starters:
                found |= starter.matcher.kinds
                for matcher in (*starter.expect, *compiled.unless, *compiled.until):
                    found |= matcher.kinds
        return frozenset(found)

    def speaks_of(self, role: str) -> bool:
        """Whether a rule asks for a role, so that what it takes to know it is worth finding out."""
        return any(compiled.speaks_of(role) for compiled in self._compiled)

    def evaluate(
        self, timeline: Timeline, calendars: Calendars, now: datetime, *, standing: bool = False
    ) -> Evaluation:
        """Every obligation of the issue by its events up to ``now``, which end the timeline.

        With ``standing`` all that are neither met nor ended, and only some of the others.
        """
        if timeline.container:
            return Evaluation((), {})
        plan = self._plan(frozenset(timeline.incomplete), timeline.assumed)
        found: list[Obligation] = []
        if plan.by_kind or plan.moments:
            scene = Scene(timeline, calendars, self.signals, now)
            past = Past(scene, plan.speakers) if standing else None
            _collect(scene, plan.by_kind, plan.moments, past, found)
            if plan.later and found:  # what speaks of obligations needs them all
                scene.owed = tuple(sorted(found, key=_order))
                _collect(scene, plan.later, (), past, found)
            found = sorted((o for o in found if not o.rule.silent), key=_order)
        return Evaluation(tuple(found), plan.left_out)

    def _plan(self, missing: frozenset[str], assumed: bool) -> _Plan:
        """What can be judged when these parts are missing, and when changes are only assumed."""
        plan = self._plans.get((missing, assumed))
        if plan is None:
            plan = self._plans[missing, assumed] = self._make_plan(missing, assumed)
        return plan

    def _make_plan(self, missing: frozenset[str], assumed: bool) -> _Plan:
        by_kind: dict[str, list[Starter]] = defaultdict(list)
        later: dict[str, list[Starter]] = defaultdict(list)
        moments: list[Starter] = []
        left_out: dict[str, tuple[str, ...]] = {}
        needs = {compiled.rule.id: compiled.needs for compiled in self._compiled}
        for compiled in self._compiled:
            needed = compiled.needs.union(*(needs.get(id_, ()) for id_ in compiled.rule.refers_to))
            unseen = tuple(sorted(needed & missing))
            starters = [s for s in compiled.starters if s.is_assumable or not assumed]
            if unseen or not starters:
                if not compiled.rule.silent:
                    left_out[compiled.rule.id] = unseen or ("changes",)
                continue
            for starter in starters:
                if starter.moment is not None:
                    moments.append(starter)
                else:
                    table = by_kind if starter.pattern.owing is None else later
                    for kind in starter.matcher.kinds:
                        table[kind].append(starter)
        speakers: dict[str, list[CompiledRule]] = defaultdict(list)
        for speaker in {s.rule.rule.id: s.rule for starters in later.values() for s in starters}.values():
            for id_ in speaker.rule.refers_to:
                speakers[id_].append(speaker)
        return _Plan(dict(by_kind), moments, dict(later), dict(speakers), left_out)


def evaluate(timeline: Timeline, rules: RuleSet, calendars: Calendars, now: datetime) -> list[Obligation]:
    """All obligations of a timeline, in the order they opened."""
    return list(rules.evaluate(timeline, calendars, now).obligations)


def _collect(
    scene: Scene,
    by_kind: Mapping[str, Sequence[Starter]],
    moments: Sequence[Starter],
    past: Past | None,
    found: list[Obligation],
) -> None:
    """Add every obligation that events and moments open, but for those that are over."""
    for starter, opening in openings(scene, by_kind, moments, past):
        owed = obligation(scene, starter, opening)
        if owed is not None and not _repeats(scene.timeline, owed, found):
            found.append(owed)


def _order(owed: Obligation) -> tuple[datetime, str, datetime, str]:
    return owed.opened, owed.rule.id, owed.due, owed.anchor


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
