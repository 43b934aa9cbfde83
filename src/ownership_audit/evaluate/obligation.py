"""The result of evaluating one rule on one issue: an obligation, with what opened, met and cancelled it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ownership_audit.rule import Rule
from ownership_audit.timeline import Person


@dataclass(frozen=True, slots=True)
class Obligation:
    """Somebody owes something since ``opened``, by ``due`` (UTC).

    ``opener``, ``met_by`` and ``ended_by`` are indices of events in the timeline, None for a moment
    in time. ``met`` is when an expected event came, in time or late. ``ended`` is when it was
    cancelled (not after ``due``) or lapsed (later). ``anchor`` is the id of the event that opened
    it or set the date it is about. ``counted`` are the events that were counted to open it, ``beside``
    those the rule asks for around it, ``owing`` the opener of another rule's obligation it is about.
    ``spoken`` gives, per comment among them, start and end of the sentence in its prose that counted.
    ``subject`` is the person it is about who owes it, None where only the role is known.
    """

    rule: Rule
    severity: str
    role: str
    subject: Person | None
    opened: datetime
    opener: int | None
    anchor: str
    due: datetime
    met: datetime | None = None
    met_by: int | None = None
    ended: datetime | None = None
    ended_by: int | None = None
    counted: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()
    owing: int | None = None
    spoken: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def closed(self) -> datetime | None:
        """When it was met or ended, whichever came first."""
        if self.met is None or self.ended is None:
            return self.met or self.ended
        return min(self.met, self.ended)

    @property
    def is_cancelled(self) -> bool:
        """True when it ended in time without being met first."""
        return (
            self.ended is not None and self.ended <= self.due and (self.met is None or self.ended < self.met)
        )

    def is_breached(self, now: datetime) -> bool:
        """True when the due time passed with nothing meeting or cancelling it; an event at the due time is
        in time.
        """
        closed = self.closed
        return now > self.due and (closed is None or closed > self.due)

    def is_open(self, now: datetime) -> bool:
        """True while a breach stands: past due, neither met nor ended."""
        return now > self.due and self.closed is None

    def status(self, now: datetime) -> str:
        """pending, met, cancelled, open (a standing breach), met late, or ended (lapsed after a breach)."""
        if not self.is_breached(now):
            if self.is_cancelled:
                return "cancelled"
            return "pending" if self.closed is None else "met"
        if self.closed is None:
            return "open"
        return "met late" if self.closed == self.met else "ended"
