"""What is said on one issue: the signals of each comment, whom it is for, and who waits for whose answer.

Everything is worked out when first asked for, since most comments of most issues are never asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ownership_audit.signals import ASKING, INFORMING, PUSHING, Reading, Said, Signals
from ownership_audit.timeline import SIGNS, Event, Person, Timeline
from ownership_audit.timeline.addressee import Addressees

QUOTED: Final = 160
"""Characters of a sentence that are quoted at most."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The owner's question, or proposal, to somebody: the comment, and the event that ends the waiting.

    ``answered`` is True when the one who was asked did something; else the owner went on by themself,
    or somebody else owns the issue now.
    """

    index: int
    asked: Person
    until: int | None
    answered: bool


class Dialogue:
    """Reads the comments of one timeline."""

    __slots__ = ("_answers", "_asks", "_readings", "_signals", "_timeline", "addressees")

    def __init__(self, timeline: Timeline, signals: Signals) -> None:
        self._timeline = timeline
        self._signals = signals
        self._readings: dict[int, Reading | None] = {}
        self._asks: tuple[Ask, ...] | None = None
        self._answers: frozenset[int] | None = None
        self.addressees = Addressees(timeline)

    def said(self, index: int, signals: frozenset[str]) -> Iterator[Said]:
        """The sentences of comment ``index`` that say one of the signals; none for other events."""
        reading = self.reading(index)
        if reading is not None:
            for signal in sorted(signals):
                yield from reading.of(signal)

    def reading(self, index: int) -> Reading | None:
        """What comment ``index`` says; None for other events, and for comments without words."""
        if index not in self._readings:
            event = self._timeline.events[index]
            has_words = event.body is not None and event.body.prose.text != ""
            self._readings[index] = self._read(event, index) if has_words else None
        return self._readings[index]

    def says(self, index: int, signals: frozenset[str]) -> bool:
        """Whether a sentence of comment ``index`` says one of the signals."""
        return next(self.said(index, signals), None) is not None

    def quotable(self, index: int, said: Said) -> tuple[int, int]:
        """Start and end of what to quote of a sentence: all of it, or of a long one the part that says it."""
        if said.end - said.start <= QUOTED:
            return said.start, said.end
        reading = self.reading(index)
        if reading is None:
            return said.start, said.end
        start, end = reading.span(said)
        text = reading.text
        low = max(said.start, min(start - QUOTED // 4, said.end - QUOTED))
        if low > said.start:  # at a word
            low = text.find(" ", low, start) + 1 or start
        return low, min(said.end, max(end, low + QUOTED))

    def _read(self, event: Event, index: int) -> Reading | None:
        return self._signals.read(event.body.prose, self._speaker(index, event)) if event.body else None

    def _speaker(self, index: int, event: Event) -> str:
        if event.actor is None:
            return "other"
        owner, reporter = self._timeline.before(index).owner, self._timeline.issue.reporter
        if owner is not None and event.actor.id == owner.id:
            return "owner"
        return "reporter" if reporter is not None and event.actor.id == reporter.id else "other"

    def was_named(self, person: Person, by: Person, until: int) -> bool:
        """Whether somebody has mentioned a person in a comment before event ``until``."""
        return any(
            event.actor is not None and event.actor.id == by.id and person.id in event.body.prose.mentions
            for event in self._timeline.events[:until]
            if event.body is not None
        )

    # -- questions of the owner ----------------------------------------------------------------------------

    @property
    def asks(self) -> tuple[Ask, ...]:
        """The owner's questions and proposals to others, in order."""
        if self._asks is None:
            self._asks = tuple(self._find_asks())
        return self._asks

    def _find_asks(self) -> Iterator[Ask]:
        timeline = self._timeline
        for index, event in enumerate(timeline.events):
            owner = timeline.before(index).owner
            if event.kind != "comment" or event.actor is None or owner is None or event.actor.id != owner.id:
                continue
            if event.by_bot or not self.says(index, ASKING):
                continue
            asked = self.addressees.of(index)
            if asked is not None and asked.id != owner.id:
                yield self._follow(index, owner, asked)

    def _follow(self, index: int, owner: Person, asked: Person) -> Ask:
        """What became of a question: the first later event that ends the waiting."""
        timeline = self._timeline
        for later in range(timeline.last[index] + 1, len(timeline.events)):
            event = timeline.events[later]
            if event.actor is None or event.kind not in SIGNS | {"assigned"}:
                continue
            if event.actor.id == asked.id and not self._only_pushes(later):
                return Ask(index, asked, later, answered=True)
            if event.actor.id == owner.id and event.kind == "comment" and not self.says(later, ASKING):
                return Ask(index, asked, later, answered=False)
            if event.kind == "assigned":
                return Ask(index, asked, later, answered=False)
        return Ask(index, asked, None, answered=False)

    def is_unanswered(self, index: int, until: int) -> bool:
        """Whether nobody has answered comment ``index`` before event ``until``, nor its author settled it.

        Anybody's words answer it, unless they are a bump or push, and so does a file. Whoever asked it
        settles it with anything that neither asks nor pushes.
        """
        events, author = self._timeline.events, self._timeline.events[index].actor
        for later in range(self._timeline.last[index] + 1, until):
            event = events[later]
            if event.actor is None or event.by_bot or event.kind not in ("comment", "attachment"):
                continue
            is_author = author is not None and event.actor.id == author.id
            if is_author and not self.says(later, ASKING | PUSHING):
                return False
            if not is_author and (event.kind == "attachment" or self._answers_anything(later)):
                return False
        return True

    def _answers_anything(self, index: int) -> bool:
        body = self._timeline.events[index].body
        is_bump = body is not None and self._signals.is_bump(body.prose)
        return not is_bump and not self._only_pushes(index)

    def _only_pushes(self, index: int) -> bool:
        return self.says(index, PUSHING) and not self.says(index, INFORMING)

    def awaited(self, at: datetime) -> Person | None:
        """Whose answer the owner waits for at a moment: the last one asked."""
        events = self._timeline.events
        open_ = (a for a in reversed(self.asks) if a.until is None or events[a.until].at > at)
        return next((ask.asked for ask in open_ if events[ask.index].at <= at), None)

    def turns(self) -> frozenset[int]:
        """The events at which the turn may pass: the owner's questions, and what ended the waiting."""
        ends = {ask.until for ask in self.asks if ask.until is not None}
        return frozenset({ask.index for ask in self.asks} | ends)

    def answers_owner(self, index: int) -> bool:
        """Whether an event is the answer to a question of the owner."""
        if self._answers is None:
            self._answers = frozenset(a.until for a in self.asks if a.answered and a.until is not None)
        return index in self._answers
