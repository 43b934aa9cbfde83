"""The evaluator: one timeline and the rules in, every obligation out. Pure; it names no rule and no signal.

Evaluation is relational: for each event or moment that opens an obligation it computes the due
time, then asks which later event meets it and which one ends it. There is no state per rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from ownership_audit.calendars import Duration
from ownership_audit.evaluate.clock import Calendars
from ownership_audit.evaluate.conditions import Test, compile_all, compile_conditions
from ownership_audit.evaluate.matching import MOMENT_WORDS, Matcher, compile_pattern, window
from ownership_audit.evaluate.obligation import Obligation
from ownership_audit.evaluate.scene import Opening, Scene
from ownership_audit.rule import Pattern, Rule, Step
from ownership_audit.signals import Signals
from ownership_audit.timeline import CHANGES, SIGNS, Person, Timeline
from ownership_audit.timeline.build import CHOSEN_AT_CREATION

_ASSUMABLE: Final = frozenset({"created", "comment", "done", "becomes"})
"""Openings that can be judged when only creation, comments and resolution are known."""

_TEXT_KINDS: Final = frozenset({"comment", "sign", "update"})


@dataclass(frozen=True, slots=True)
class _Companion:
    matcher: Matcher
    wanted: bool


@dataclass(frozen=True, slots=True)
class _Starter:
    """One compiled opening pattern of a rule."""

    pattern: Pattern
    matcher: Matcher
    rule: _Compiled
    stands: Test
    holds: Test
    companions: tuple[_Companion, ...]
    none_between: tuple[Matcher, ...]
    expect: tuple[Matcher, ...]
    moment: Duration | None

    @property
    def is_assumable(self) -> bool:
        return self.moment is not None or self.pattern.kind in _ASSUMABLE


@dataclass(slots=True)
class _Compiled:
    """A rule with everything that can be prepared once."""

    rule: Rule
    unless: tuple[Matcher, ...]
    until: tuple[Matcher, ...]
    info_when: Test | None
    needs: frozenset[str]
    starters: list[_Starter] = field(default_factory=list)


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
        self._compiled = [_compile(rule) for rule in self.rules]
        self._all = self._index(lambda starter: True)
        self._assumed = self._index(lambda starter: starter.is_assumable)

    def _index(self, keep: Callable[[_Starter], bool]) -> tuple[dict[str, list[_Starter]], list[_Starter]]:
        by_kind: dict[str, list[_Starter]] = defaultdict(list)
        moments: list[_Starter] = []
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
        """Every obligation of the issue by its events up to ``now``; the timeline must not reach beyond it."""
        if timeline.container:
            return Evaluation((), {})
        skipped = self._skipped(timeline)
        by_kind, moments = self._assumed if timeline.assumed else self._all
        scene = Scene(timeline, calendars, self.signals, now)
        found: list[Obligation] = []
        for starter, opening in _openings(scene, by_kind, moments):
            if skipped and starter.rule.rule.id in skipped:
                continue
            obligation = _obligation(scene, starter, opening)
            if obligation is not None and not _repeats(timeline, obligation, found):
                found.append(obligation)
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


# -- compiling ------------------------------------------------------------------------------------------------------


def _compile(rule: Rule) -> _Compiled:
    unless = tuple(compile_pattern(p, bots=True) for p in rule.unless)
    until = tuple(compile_pattern(p, bots=True) for p in rule.until)
    compiled = _Compiled(rule, unless, until, compile_conditions(rule.info_when), _needs(rule))
    for pattern in rule.when:
        conditions = [rule.while_, pattern.while_]
        companions = [_Companion(compile_pattern(p, companion=True), True) for p in pattern.with_]
        companions += [_Companion(compile_pattern(p, companion=True), False) for p in pattern.without]
        expected = rule.expect if pattern.expect is None else pattern.expect
        compiled.starters.append(
            _Starter(
                pattern=pattern,
                matcher=compile_pattern(pattern),
                rule=compiled,
                stands=compile_all([*conditions, pattern.given]),
                holds=compile_all(conditions),
                companions=tuple(companions),
                none_between=tuple(compile_pattern(p) for p in pattern.none_between),
                expect=tuple(compile_pattern(p) for p in expected),
                moment=_moment(rule, pattern),
            )
        )
    return compiled


def _moment(rule: Rule, pattern: Pattern) -> Duration | None:
    """How long before the deadline a pattern opens; None when an event opens it."""
    if pattern.kind != "deadline" or not MOMENT_WORDS & set(pattern.words):
        return None
    if rule.ahead is not None:
        return rule.ahead
    ahead: Duration = pattern.words.get("in", Duration.ZERO)
    return ahead


def _patterns(rule: Rule) -> Iterator[Pattern]:
    stack = [*rule.when, *rule.expect, *rule.unless, *rule.until]
    while stack:
        pattern = stack.pop()
        yield pattern
        stack += [*pattern.with_, *pattern.without, *pattern.none_between, *(pattern.expect or ())]


def _needs(rule: Rule) -> frozenset[str]:
    """The parts of a record a rule must see whole: its conditions read the state, so changes always count."""
    needs = {"changes"}
    states = [*rule.while_, *rule.info_when, *(c for p in rule.when for c in (*p.given, *p.while_))]
    if any(p.kind in _TEXT_KINDS for p in _patterns(rule)) or any(
        "carried" in condition for condition in states
    ):
        needs.add("comments")
    if not states and not any(p.kind in CHANGES or p.kind in SIGNS - {"comment"} for p in _patterns(rule)):
        needs.discard("changes")
    return frozenset(needs)


# -- openings -------------------------------------------------------------------------------------------------------


def _openings(
    scene: Scene, by_kind: Mapping[str, Sequence[_Starter]], moments: Sequence[_Starter]
) -> Iterator[tuple[_Starter, Opening]]:
    timeline = scene.timeline
    creation_save = timeline.last[0]
    for index, event in enumerate(scene.events):
        starters = by_kind.get(event.kind)
        # A bot's events open nothing; but an issue that a bot filed is there, and stands as it stands.
        if not starters or (event.by_bot and index > 0):
            continue
        opening: Opening | None = None
        state = timeline.states[timeline.last[index] + 1]
        # What is set in the creation save is how the issue was created, not a change of it.
        at_creation = (
            0 < index <= creation_save and timeline.first[index] == 0 and event.id != CHOSEN_AT_CREATION
        )
        if at_creation and event.kind != "comment":
            continue
        for starter in starters:
            if event.by_bot and starter.pattern.kind != "becomes":
                continue
            # The state first: it rules most openings out, and costs least.
            if not starter.stands(scene, state, event.at):
                continue
            if opening is None:
                opening = Opening.of_event(timeline, index)
            if starter.matcher.fits(scene, index, opening) and _has_companions(scene, starter, opening):
                counted = _counted(scene, starter, opening)
                if counted is not None:
                    yield starter, replace(opening, counted=counted) if counted else opening
    if moments:
        yield from _moments(scene, moments)


def _has_companions(scene: Scene, starter: _Starter, opening: Opening) -> bool:
    """Whether what must stand around the opening stands there, and what must not does not."""
    return all(_has_companion(scene, c.matcher, opening) is c.wanted for c in starter.companions)


def _has_companion(scene: Scene, matcher: Matcher, opening: Opening) -> bool:
    pattern = matcher.pattern
    if pattern.same_save:
        indices: Iterable[int] = (
            i for i in range(opening.first, opening.last + 1) if scene.timeline.first[i] == opening.first
        )
        return any(matcher(scene, i, opening) for i in indices if i != opening.index)
    events = scene.events
    start, end = window(scene, pattern, opening.at)
    low = 0
    if pattern.since == "owner":
        low = scene.timeline.first[opening.before.owner_event]
    high = len(events) if pattern.after is not None else opening.first
    for index in range(low, high):
        event = events[index]
        if index == opening.index or (start is not None and event.at < start):
            continue
        if end is not None and event.at > end:
            break
        if pattern.before is None and pattern.since is None and index <= opening.last:
            continue
        if matcher(scene, index, opening):
            return True
    return False


def _counted(scene: Scene, starter: _Starter, opening: Opening) -> tuple[int, ...] | None:
    """The matching events up to this one when there are enough of them; None when there are not."""
    pattern = starter.pattern
    if pattern.at_least == 1:
        return ()
    assert opening.index is not None
    counted = [opening.index]
    for index in range(opening.index - 1, -1, -1):
        event = scene.events[index]
        if pattern.in_ is not None and scene.calendar.add(event.at, pattern.in_) < opening.at:
            break
        if event.kind in starter.matcher.kinds:
            earlier = Opening.of_event(scene.timeline, index)
            if starter.matcher(scene, index, earlier) and _first_in_save(scene, index, counted):
                counted.append(index)
                continue
        if any(_breaks_count(scene, matcher, starter, index, opening) for matcher in starter.none_between):
            break
    return tuple(reversed(counted)) if len(counted) >= pattern.at_least else None


def _first_in_save(scene: Scene, index: int, counted: Sequence[int]) -> bool:
    first = scene.timeline.first
    return all(first[index] != first[other] for other in counted)


def _breaks_count(scene: Scene, matcher: Matcher, starter: _Starter, index: int, opening: Opening) -> bool:
    """Whether an event between the counted ones starts the count anew: not one close to an event of the counted kind."""
    if not matcher(scene, index, opening):
        return False
    apart = matcher.pattern.apart
    if apart is None:
        return True
    at = scene.events[index].at
    low, high = scene.calendar.subtract(at, apart), scene.calendar.add(at, apart)
    kinds = starter.matcher.kinds
    return not any(event.kind in kinds and low <= event.at <= high for event in scene.events)


def _moments(scene: Scene, starters: Sequence[_Starter]) -> Iterator[tuple[_Starter, Opening]]:
    """Openings at times before, or at, each deadline while it is in force."""
    timeline = scene.timeline
    if timeline.end.deadline is None and not any(event.kind == "deadline" for event in scene.events):
        return
    for day, set_at, until in _deadlines(timeline):
        if scene.calendar.day_start(day) - timedelta(days=400) > scene.now:
            continue  # so far ahead that no window of it has begun
        close = scene.close(day)
        for starter in starters:
            ahead = starter.moment
            assert ahead is not None
            at = close if ahead == Duration.ZERO else scene.calendar.subtract(close, ahead)
            if at < set_at or at > scene.now or (until is not None and at >= until):
                continue  # set inside the window, still to come, or moved before
            opening = Opening.of_moment(timeline, at)
            if opening.state.deadline != day or not starter.stands(scene, opening.state, at):
                continue
            if _has_companions(scene, starter, opening):
                yield starter, opening


def _deadlines(timeline: Timeline) -> Iterator[tuple[date, datetime, datetime | None]]:
    """Each deadline with the time it was set, and the time it was changed."""
    events = timeline.events
    setters = [0, *(index for index, event in enumerate(events) if event.kind == "deadline")]
    for position, index in enumerate(setters):
        day = timeline.states[index + 1].deadline
        if day is not None:
            following = setters[position + 1 : position + 2]
            yield day, events[index].at, events[following[0]].at if following else None


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


# -- obligations ----------------------------------------------------------------------------------------------------


def _obligation(scene: Scene, starter: _Starter, opening: Opening) -> Obligation | None:
    rule, pattern = starter.rule.rule, starter.pattern
    role = pattern.owed_by or rule.owed_by
    subject = _subject(scene, role, opening)
    if (subject is None and role in ("owner", "new-owner", "opener")) or (
        subject is not None and subject.kind == "bot"
    ):
        return None  # nobody is there who could owe it
    due = _due(scene, starter, opening, subject)
    met = None if rule.owes_nothing else _first_met(scene, starter, opening)
    ended = _first_end(scene, starter, opening)
    obligation = Obligation(
        rule=rule,
        severity=pattern.severity or rule.severity,
        role="owner" if role == "new-owner" else role,
        subject=subject,
        opened=opening.at,
        opener=opening.index,
        anchor=_anchor(scene, rule, opening),
        due=due,
        met=scene.events[met].at if met is not None else None,
        met_by=met,
        ended=ended[0] if ended else None,
        ended_by=ended[1] if ended else None,
        counted=opening.counted,
    )
    if (
        starter.rule.info_when is not None
        and obligation.severity != "info"
        and obligation.is_breached(scene.now)
    ):
        at = obligation.closed or scene.now
        if starter.rule.info_when(scene, scene.timeline.state_at(at), at):
            return replace(obligation, severity="info")
    return obligation


def _subject(scene: Scene, role: str, opening: Opening) -> Person | None:
    match role:
        case "owner":
            return opening.state.owner
        case "new-owner":
            return opening.new_owner
        case "opener":
            return opening.actor
        case "reporter":
            return scene.issue.reporter
        case "lead":
            return scene.issue.lead
        case _:
            return scene.issue.reviewer


def _anchor(scene: Scene, rule: Rule, opening: Opening) -> str:
    if rule.about == "deadline" or opening.index is None:
        return scene.events[opening.state.deadline_event].id
    return scene.events[opening.index].id


def _due(scene: Scene, starter: _Starter, opening: Opening, subject: Person | None) -> datetime:
    rule, pattern = starter.rule.rule, starter.pattern
    within = pattern.within if pattern.within is not None else rule.within
    if rule.ahead is not None and starter.moment is not None and opening.state.deadline is not None:
        due = scene.calendars.due(subject, scene.project, scene.close(opening.state.deadline), Duration.ZERO)
    else:
        if within is None:
            within = Duration.ZERO
        elif not isinstance(within, Duration):
            within = _step(scene, within, opening)
        due = scene.calendars.due(subject, scene.project, opening.at, within)
    # A due time before the end of a companion's window could be taken back by what follows.
    for matcher in (*(c.matcher for c in starter.companions), *starter.rule.unless):
        if matcher.pattern.after is not None:
            due = max(due, scene.calendar.add(opening.at, matcher.pattern.after))
    lasting = pattern.words.get("lasting")
    return max(due, scene.calendar.add(opening.at, lasting)) if lasting is not None else due


def _step(scene: Scene, ladder: tuple[Step, ...], opening: Opening) -> Duration:
    """The time a deadline ladder gives at this opening; a date overtaken by replanning counts as none."""
    day = opening.state.deadline
    if day is None or opening.state.replanned:
        return next(step.within for step in ladder if step.test == "none")
    close = scene.close(day)
    if close <= opening.at:
        return next(step.within for step in ladder if step.test == "passed")
    days = scene.calendar.working_days(opening.at, close)
    above = [
        s
        for s in ladder
        if (s.test == "more than" and days > s.days) or (s.test == "at least" and days >= s.days)
    ]
    if above:
        return max(above, key=lambda step: step.days).within
    below = [step for step in ladder if step.test == "less than"]
    return min(below, key=lambda step: step.days).within


def _first_met(scene: Scene, starter: _Starter, opening: Opening) -> int | None:
    """The first event that meets the expectation: after the opening's save, or from a window before it on."""
    found: int | None = None
    for matcher in starter.expect:
        start, end = window(scene, matcher.pattern, opening.at)
        low = scene.timeline.index_after(start) if start is not None else opening.last + 1
        if start is not None:
            while low > 0 and scene.events[low - 1].at == start:
                low -= 1
        for index in range(low, len(scene.events) if found is None else found):
            if end is not None and scene.events[index].at > end:
                break
            if index != opening.index and matcher(scene, index, opening):
                found = index
                break
    return found


def _first_end(scene: Scene, starter: _Starter, opening: Opening) -> tuple[datetime, int | None] | None:
    """When and by what it was first cancelled or lapsed: an ``unless`` or ``until`` event, a broken ``while``, time."""
    rule, ends = starter.rule, []
    for matcher in (*rule.unless, *rule.until):
        found = _first_ender(scene, matcher, opening)
        if found is not None:
            ends.append(found)
    index = _first_broken(scene, starter, opening)
    if index is not None:
        ends.append((scene.events[index].at, index))
    if rule.rule.until_after is not None:
        lapse = scene.calendar.add(opening.at, rule.rule.until_after)
        if lapse <= scene.now:
            ends.append((lapse, None))
    return min(ends, key=lambda end: end[0]) if ends else None


def _first_ender(scene: Scene, matcher: Matcher, opening: Opening) -> tuple[datetime, int | None] | None:
    pattern = matcher.pattern
    if pattern.kind == "deadline" and MOMENT_WORDS & set(pattern.words):
        day = opening.state.deadline
        if day is None:
            return None
        close = scene.close(day)
        return (close, None) if opening.at < close <= scene.now else None
    start, end = window(scene, pattern, opening.at)
    low = opening.last + 1 if start is None else scene.timeline.index_after(start)
    for index in range(low, len(scene.events)):
        event = scene.events[index]
        if end is not None and event.at > end:
            return None
        if index != opening.index and matcher(scene, index, opening):
            return max(event.at, opening.at), index
    return None


def _first_broken(scene: Scene, starter: _Starter, opening: Opening) -> int | None:
    """The first event after whose save a ``while`` no longer holds."""
    timeline = scene.timeline
    states = timeline.states
    for index in range(opening.last + 1, len(scene.events)):
        if states[index + 1] is states[index]:
            continue
        if not starter.holds(scene, timeline.after(index), scene.events[index].at):
            return index
    return None
