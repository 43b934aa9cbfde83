"""What a rule is once it is read: frozen patterns, conditions and times. No YAML, no evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ownership_audit.calendars import Duration
from ownership_audit.yamlfile import Value

Condition = Mapping[str, Any]
"""State words that must all hold, e.g. ``{"open": True, "owner": "none"}``."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a deadline ladder: ``least`` (working days to the deadline, inclusive or not) to a time.

    ``test`` is ``none``, ``passed``, ``more than``, ``at least`` or ``less than``.
    """

    test: str
    days: float
    within: Duration


@dataclass(frozen=True, slots=True)
class Owing:
    """An obligation of another rule that must be open at an opening: the rules' ids, and who opened it."""

    rules: frozenset[str]
    opened_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One event kind with constraints that must all hold, and what must stand around the event.

    ``before``, ``after`` and ``since`` are the window of a companion or an expectation, seen from
    the opening event; ``within``, ``severity``, ``owed_by`` and ``expect`` override the rule's.
    """

    kind: str
    words: Mapping[str, Any]
    before: Duration | None = None
    after: Duration | None = None
    since: str | None = None
    same_save: bool = False
    with_: tuple[Pattern, ...] = ()
    without: tuple[Pattern, ...] = ()
    at_least: int = 1
    in_: Duration | None = None
    none_between: tuple[Pattern, ...] = ()
    apart: Duration | None = None
    given: tuple[Condition, ...] = ()
    while_: tuple[Condition, ...] = ()
    within: Duration | tuple[Step, ...] | None = None
    severity: str | None = None
    owed_by: str | None = None
    expect: tuple[Pattern, ...] | None = None
    owing: Owing | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One ownership rule; DESIGN's words, read and checked. ``examples`` stays unread until tests ask.

    ``grace`` is set where the obligation is due at a promised time, and comes on top of it. A ``silent``
    rule is evaluated for the rules that speak of its obligations, and reports nothing itself.
    """

    id: str
    title: str
    category: str
    severity: str
    status: str
    why: str
    when: tuple[Pattern, ...]
    expect: tuple[Pattern, ...]
    within: Duration | tuple[Step, ...] | None
    ahead: Duration | None
    grace: Duration | None
    while_: tuple[Condition, ...]
    unless: tuple[Pattern, ...]
    until: tuple[Pattern, ...]
    until_after: Duration | None
    owed_by: str
    clears: str
    remedy: str
    false_positives: tuple[str, ...]
    story: str | None
    subsumes: tuple[str, ...]
    about: str
    info_when: tuple[Condition, ...]
    examples: Value | None
    path: str
    silent: bool = False

    @property
    def is_experimental(self) -> bool:
        return self.status == "experimental"

    @property
    def refers_to(self) -> frozenset[str]:
        """The rules whose obligations this one speaks of."""
        return frozenset().union(*(p.owing.rules for p in self.when if p.owing is not None))

    @property
    def owes_nothing(self) -> bool:
        """True for rules that only state what happened and lapse by themselves."""
        return self.until_after is not None

    def tuned(self, severity: str | None, within: Duration | None) -> Rule:
        """The rule with a team's own severity and time; they replace those of single patterns too."""
        when = self.when
        if severity is not None:
            when = tuple(replace(pattern, severity=None) for pattern in when)
        if within is not None:
            when = tuple(replace(pattern, within=None) for pattern in when)
        return replace(
            self,
            when=when,
            severity=severity or self.severity,
            within=within if within is not None else self.within,
            grace=None if within is not None else self.grace,
            info_when=() if severity is not None else self.info_when,
        )
