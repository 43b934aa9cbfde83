"""What the lexicons read in one text: each signal with its words, and their place in the original."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from ownership_audit.calendars import Calendar
from ownership_audit.calendars.promised import due
from ownership_audit.plain import plain
from ownership_audit.signals import Signals
from ownership_audit.signals.times import find_time
from ownership_audit.text import offsets, read


@dataclass(frozen=True, slots=True)
class Span:
    """The words by which a text says a signal; ``start`` and ``end`` count characters of the original.

    ``waits_for`` are the lexicon's tags, ``time`` the words that say when, and ``due`` the moment they
    mean in office hours, ISO 8601. ``plain``: it can't be meant otherwise.
    """

    signal: str
    start: int
    end: int
    words: str
    plain: bool = True
    waits_for: tuple[str, ...] = ()
    time: str | None = None
    due: str | None = None

    def as_json(self) -> dict[str, object]:
        """The span as ``signals show --format json`` gives it, without what it does not have."""
        return {name: value for name, value in asdict(self).items() if value not in ((), None)}

    def __str__(self) -> str:
        parts = [f"{self.start}-{self.end}", f'"{plain(self.words)}"']
        if not self.plain:
            parts.append("(not plain)")
        if self.waits_for:
            parts.append(f"(waits for {', '.join(self.waits_for)})")
        if self.time is not None:
            parts.append(f'(by "{plain(self.time)}": {self.due})')
        return f"{self.signal:<19} {' '.join(parts)}"


def spans(body: str, signals: Signals, speaker: str, said_at: datetime, calendar: Calendar) -> Iterator[Span]:
    """Every signal of a text that ``speaker`` wrote at ``said_at``, in the order of its sentences."""
    prose = read(body)
    places = offsets(body)
    reading = signals.read(prose, speaker)
    for said in reading.all():
        start, end = reading.span(said)
        time = None
        sentence = prose.text[said.start : said.end]
        if said.signal.startswith("promise"):
            time = find_time(sentence, calendar.local(said_at))
        yield Span(
            signal=said.signal,
            start=places[start],
            end=places[end - 1] + 1,
            words=prose.text[start:end],
            plain=said.plain,
            waits_for=tuple(sorted(said.tags)),
            time=sentence[time.span[0] : time.span[1]] if time is not None else None,
            due=due(time, said_at, calendar).isoformat() if time is not None else None,
        )
