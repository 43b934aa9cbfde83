"""Rules prepared for evaluation: patterns to matchers, conditions to tests, and what a rule must see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ownership_audit.calendars import Duration
from ownership_audit.evaluate.conditions import Test, compile_all, compile_conditions
from ownership_audit.evaluate.matching import MOMENT_WORDS, Matcher, compile_pattern, reads_text
from ownership_audit.rule import Pattern, Rule
from ownership_audit.timeline import CHANGES, DERIVED, LINKED, SIGNS

_ASSUMABLE: Final = frozenset({"created", "comment", "done", "becomes"})
"""Openings that can be judged when only creation, comments and resolution are known."""

_SPOKEN: Final = frozenset({"turn", "awaits-answer"})
"""State words that depend on what is said."""

_TEXT_KINDS: Final = frozenset({"comment", "sign", "update"})


@dataclass(frozen=True, slots=True)
class Starter:
    """One compiled opening pattern of a rule.

    ``stands`` tests the state at the opening, ``holds`` what must go on holding after it. ``moment``
    is how long before a deadline it opens, None when an event opens it. ``watches_turn`` says that
    ``holds`` can break by what is said. ``quick`` is what of ``expect`` can be looked for before the opening
    itself is known for sure: what all openings of the rule expect, only after them, and not in texts.
    """

    pattern: Pattern
    matcher: Matcher
    rule: CompiledRule
    stands: Test
    holds: Test
    with_: tuple[Matcher, ...]
    without: tuple[Matcher, ...]
    none_between: tuple[Matcher, ...]
    expect: tuple[Matcher, ...]
    quick: tuple[Matcher, ...]
    moment: Duration | None
    watches_turn: bool = False

    @property
    def is_assumable(self) -> bool:
        """Whether it can open an obligation when the changes of an issue are only assumed."""
        return self.moment is not None or self.pattern.kind in _ASSUMABLE


@dataclass(slots=True)
class CompiledRule:
    """A rule with everything that can be prepared once; ``needs`` are the parts it must see whole.

    ``holds`` are the tests of all its starters that must go on holding.
    """

    rule: Rule
    unless: tuple[Matcher, ...]
    until: tuple[Matcher, ...]
    info_when: Test | None
    needs: frozenset[str]
    starters: list[Starter] = field(default_factory=list)
    holds: tuple[Test, ...] = ()

    def speaks_of(self, role: str) -> bool:
        """Whether one of its patterns asks for a role."""
        asked = (p.words.get(word, ()) for p in _patterns(self.rule) for word in ("by", "not-by"))
        return any(role in roles for roles in asked)


def compile_rule(rule: Rule) -> CompiledRule:
    """Prepare one rule for evaluation."""
    # What a bot does can end something; what it says can't.
    unless = tuple(compile_pattern(p, bots=p.kind not in _TEXT_KINDS) for p in rule.unless)
    until = tuple(compile_pattern(p, bots=p.kind not in _TEXT_KINDS) for p in rule.until)
    compiled = CompiledRule(rule, unless, until, compile_conditions(rule.info_when), _needs(rule))
    differ = rule.owes_nothing or any(pattern.expect is not None for pattern in rule.when)
    for pattern in rule.when:
        conditions = [rule.while_, pattern.while_]
        expected = rule.expect if pattern.expect is None else pattern.expect
        expect = tuple(compile_pattern(p) for p in expected)
        compiled.starters.append(
            Starter(
                pattern=pattern,
                matcher=compile_pattern(pattern),
                rule=compiled,
                stands=compile_all([*conditions, pattern.given]),
                holds=compile_all([some for some in conditions if some]),
                with_=tuple(compile_pattern(p, companion=True) for p in pattern.with_),
                without=tuple(compile_pattern(p, companion=True) for p in pattern.without),
                none_between=tuple(compile_pattern(p) for p in pattern.none_between),
                expect=expect,
                quick=() if differ else tuple(m for m in expect if _is_quick(m.pattern)),
                moment=_moment(rule, pattern),
                watches_turn=any(_SPOKEN & set(c) for conditions_ in conditions for c in conditions_),
            )
        )
    compiled.holds = tuple({starter.holds: None for starter in compiled.starters})
    return compiled


def _is_quick(pattern: Pattern) -> bool:
    """Whether a pattern matches only after an opening, and is found without reading texts."""
    return pattern.before is None and not reads_text(pattern)


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
        _SPOKEN & set(condition) or "carried" in condition for condition in states
    ):
        needs |= {"comments", "others"}  # whom words are for follows from who owns issues of the project
    if any(p.kind in LINKED | DERIVED for p in _patterns(rule)):
        needs.add("others")
    if not states and not any(p.kind in CHANGES or p.kind in SIGNS - {"comment"} for p in _patterns(rule)):
        needs.discard("changes")
    return frozenset(needs)
