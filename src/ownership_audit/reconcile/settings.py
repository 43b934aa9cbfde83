"""What a team wants done about findings: who is told how, and within which limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ownership_audit.calendars import Duration

HANDLE: Final = "ownership-audit"
"""What people call the tool in an answer: ``@ownership-audit snooze 2w``."""


_COOL_DOWN: Final = Duration.parse("1 working day")


@dataclass(frozen=True, slots=True)
class Marks:
    """What is put on an issue beside a comment, and taken off again with it."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    flag: bool = False


PLACEHOLDERS: Final = ("title", "since", "due", "who", "quote", "clears", "remedy")
"""What words of a team's own may hold, each after a dollar sign."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A team's own words for a rule, with PLACEHOLDERS; each part that is None is the rule's own."""

    says: str | None = None
    helps: str | None = None


@dataclass(frozen=True, slots=True)
class Actions:
    """How findings are told on their issues. The defaults write little, and only what is sure.

    ``comment`` is the least severity that is worth a comment; None comments nothing. The limits count
    writes of a run, comments on an issue a week, and new comments that name a person a week.
    ``marks`` are by severity or rule, ``wordings`` by rule or by project and rule (``SUP/unowned``).
    ``named`` holds each rule that is named in here, and the place where that is written.
    """

    comment: str | None = "warning"
    experimental: bool = False
    only: frozenset[str] = frozenset()
    delete_settled: bool = False
    mention: bool = True
    most_writes: int | None = 50
    most_per_issue: int | None = 2
    most_per_person: int | None = 5
    cool_down: Duration = _COOL_DOWN
    working_hours: bool = True
    handle: str = HANDLE
    answers_from: frozenset[str] = frozenset()
    dismiss_labels: frozenset[str] = frozenset()
    property: bool = False
    escalate_after: Duration | None = None
    marks: Mapping[str, Marks] = field(default_factory=dict)
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    visibility: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict, compare=False)

    def wording(self, rule: str, project: str) -> Wording:
        """A team's words for a rule in a project."""
        own = self.wordings.get(f"{project}/{rule}") or self.wordings.get(rule)
        return own if own is not None else Wording()


WEEK: Final = timedelta(days=7)
"""The time that limits per issue and per person count in."""
