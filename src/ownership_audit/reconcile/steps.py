"""What a plan is made of, and made from: cases, single writes, and what is held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ownership_audit.calendars import Calendar
from ownership_audit.document import Document
from ownership_audit.finding import Finding, Party
from ownership_audit.trackers.marker import Marker
from ownership_audit.trackers.posts import Standing

COMMENT, EDIT, DELETE, LABELS, FLAG, NOTE = "comment", "edit", "delete", "labels", "flag", "note"


@dataclass(frozen=True, slots=True)
class Step:
    """One write. Which parts are set depends on ``kind``; ``why`` is for the log and the plan."""

    key: str
    kind: str
    why: str
    comment: str | None = None
    document: Document | None = None
    marker: Marker | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    flagged: bool = False
    note: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Something that is not written now, and why."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Case:
    """One issue: what an audit found on it, and what stands on it.

    ``calendars`` gives by the id of an addressee when they are at work. ``gone`` tells by fingerprint what
    became of findings that are no more. ``unjudged`` are the rules that could not be judged this time.
    ``dismissed`` gives by fingerprint why people want to hear no more of it for now.
    """

    key: str
    project: str
    findings: Sequence[Finding]
    standing: Standing
    calendar: Calendar
    lead: Party | None = None
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    unjudged: frozenset[str] = frozenset()
    dismissed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All writes in order, and what is held back. ``exceeds`` is the limit that the plan breaks, if any.

    ``versions`` are those of the issues that it was made from.
    """

    steps: tuple[Step, ...]
    held: tuple[Held, ...] = ()
    exceeds: int | None = None
    versions: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The issues that are written to, in order."""
        return tuple(dict.fromkeys(step.key for step in self.steps))
