"""What a report shows: immutable findings with their evidence, and the stable fingerprint.

Nothing here reads timelines or rules; reports import only this module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ownership_audit.plain import plain, shortened
from ownership_audit.severity import SEVERITIES, severity_rank

__all__ = [
    "SEVERITIES",
    "Coverage",
    "Evidence",
    "Finding",
    "Party",
    "Report",
    "fingerprint",
    "plain",
    "severity_rank",
    "shortened",
]


_TOLD_PARTS: Final = frozenset({"lead", "reviewer"})


@dataclass(frozen=True, slots=True)
class Party:
    """Who owes the next move: a role, and the person in it where one is known."""

    role: str
    name: str | None = None
    id: str | None = None

    @property
    def label(self) -> str:
        """The person's name, else the role."""
        return self.name or f"the {self.role}"

    @property
    def label_with_part(self) -> str:
        """The label, and the part in which it is their turn where that is not plain from the issue."""
        return f"{self.name} ({self.role})" if self.name and self.role in _TOLD_PARTS else self.label


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event that speaks for the finding; ``quote`` holds the record's own words.

    ``restricted`` words are for some readers of the issue only, and are never repeated on it.
    """

    at: datetime
    actor: str | None
    event: str
    quote: str | None = None
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """An obligation that is past due; times are UTC.

    ``status`` is ``open``, or, in a history, ``met late`` or ``ended`` (cancelled or lapsed
    after it was due). ``met`` is when it was met or ended late. ``working_time`` is the working
    time of the owing party from ``opened`` to ``met``, else to the audit's moment, in the words
    of a rule file (``3 working days``). ``stages`` are the weaker rules of the same story.
    """

    rule: str
    severity: str
    issue: str
    url: str | None
    status: str
    owed_by: Party
    opened: datetime
    due: datetime
    met: datetime | None
    working_time: str
    title: str
    evidence: tuple[Evidence, ...]
    clears: str
    remedy: str
    fingerprint: str
    experimental: bool = False
    stages: tuple[str, ...] = ()
    summary: str = ""
    project: str = ""
    owner: str | None = None
    team: str | None = None

    @property
    def quote(self) -> str | None:
        """The first words quoted from the record."""
        return next((item.quote for item in self.evidence if item.quote), None)

    @property
    def order(self) -> tuple[str, int, str, datetime, str]:
        """Sort key: project, issue number, rule, time; so output never depends on the input's order."""
        prefix, _, number = self.issue.rpartition("-")
        return (
            prefix,
            int(number[:18]) if number.isdecimal() else 0,
            self.rule,
            self.opened,
            self.fingerprint,
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an audit could and could not look at.

    ``not_evaluated`` counts, per reason, the pairs of issue and rule that could not be judged;
    ``problems`` holds one message per unreadable record; ``notes`` are assumptions in force.
    """

    issues: int = 0
    unreadable: int = 0
    partial: int = 0
    containers: int = 0
    ignored: int = 0
    suppressed: int = 0
    unused_baseline: int = 0
    not_evaluated: Mapping[str, int] = field(default_factory=dict)
    rules_not_evaluated: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One audit's result, ready to be shown: ``findings`` are final, filtered and in order."""

    as_of: datetime
    coverage: Coverage
    findings: tuple[Finding, ...]


def fingerprint(story: str, issue_id: str, anchor: str) -> str:
    """A stable name for one lapse: 16 hexadecimal digits.

    ``story`` is the rule's story, else its id; ``anchor`` the id of the event that opened the
    episode or set the date. It survives the story's next stage and changes of other events.
    """
    text = f"{story}\x1f{issue_id}\x1f{anchor}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
