"""Clock times and parts of a day: "3pm", "noon", "this afternoon", "EOD"."""

from __future__ import annotations

import re
from datetime import time
from typing import Final, NamedTuple

from ownership_audit.signals.times.model import END_OF_DAY, Reading
from ownership_audit.signals.times.periods import DAY
from ownership_audit.signals.times.scan import PARTS, Scan
from ownership_audit.signals.times.words import DAY_ENDS, ZONES

NOON: Final = time(12)
LUNCH: Final = time(14)
DAY_PARTS: Final = {
    "morning": NOON, "noon": NOON, "midday": NOON, "lunch": LUNCH, "lunchtime": LUNCH, "afternoon": None,
    "evening": END_OF_DAY, "night": END_OF_DAY, "midnight": END_OF_DAY,
}  # fmt: skip
"""When each part of a day is over; None is the close of the day."""
POINTS: Final = frozenset({"noon", "midday", "lunch", "lunchtime", "midnight"})

_CLOCK: Final = re.compile(r"(?:[0-9]{1,2}(?::[0-9]{2})?-)?([0-9]{1,2})(?:[:.]([0-9]{2}))?(am|pm)?")


class Clock(NamedTuple):
    """A clock time, and the index after its tokens."""

    at: time
    end: int
    certain: bool
    """It can be nothing but a clock time."""


def clock_at(scan: Scan, at: int, lead: str) -> Clock | None:
    """The clock time that starts at a token; "3:30" needs a ``lead``, and is in the afternoon."""
    word = scan.word(at)
    if word in POINTS:
        part = DAY_PARTS[word]
        return Clock(part, at + 1, True) if part else None
    found = _CLOCK.fullmatch(word)
    if not found:
        return None
    hour, minute, half, end = int(found[1]), found[2], found[3], at + 1
    if not half and scan.word(end) in {"am", "pm"}:
        half, end = scan.word(end), end + 1
    elif not half and scan.word(end) in {"a", "p"} and scan.are(end + 1, ".", "m"):
        half, end = scan.word(end) + "m", scan.skip(end + 3, ".")
    certain = bool(half)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif scan.word(end) == "o'clock":
        hour, end = hour + (12 if hour < 8 else 0), end + 1
    elif minute and ":" in word and lead:
        hour += 12 if 1 <= hour < 8 and not found[1].startswith("0") else 0
    else:
        return None
    if hour > 23 or int(minute or 0) > 59:
        return None
    zone = scan.token(end)
    if scan.word(end + 1) == "time" and (zone.raw[0].isupper() or zone.word in {"my", "your", "our"}):
        return Clock(END_OF_DAY, end + 2, certain)
    if zone.raw in ZONES:
        return Clock(END_OF_DAY, end + 1, certain)
    return Clock(time(hour, int(minute or 0)), end, certain)


def day_end_at(scan: Scan, at: int) -> int | None:
    """The index after "EOD", "close of business" or "the end of the day"."""
    if scan.word(at) in DAY_ENDS:
        return at + 1
    at = scan.skip(at, "the")
    if scan.are(at, "day's", "end"):
        return at + 2
    if scan.word(at) not in {"end", "close"} or scan.word(at + 1) != "of":
        return None
    at = scan.skip(scan.skip(at + 2, "the", "my", "our", "your"), "work", "working", "business")
    if scan.word(at - 1) == "business" or scan.word(at) in {"day", "business", "play", "workday"}:
        return at + (scan.word(at) in {"day", "business", "play", "workday"})
    return None


def day_part_at(scan: Scan, at: int, lead: str) -> Reading | None:
    """Reads "this morning", "tonight", "in the afternoon", "first thing in the morning"."""
    first_thing = scan.are(at, "first", "thing")
    if first_thing:
        lead, at = scan.lead(at + 2)
    word = scan.word(at)
    part = scan.word(at + 1)
    if word == "this" and part in {"morning", "afternoon", "evening"}:
        if part != "evening" and scan.now >= (NOON if part == "morning" else time(18)):
            return None
        return Reading(scan.today, scan.today, at + 2, DAY_PARTS[part])
    if lead in {"by", "before"} and word in PARTS:
        at = scan.skip(at + 1, "-") - 1
        word, part = "the", scan.word(at + 1)
    elif lead in {"by", "before"} and word in {"morning", "afternoon", "evening"}:
        at, word, part = at - 1, "the", word
    if word == "the" and part in {"morning", "afternoon", "evening"} and lead in {"in", "by", "before"}:
        limit = {"morning": time(5), "afternoon": NOON, "evening": time(21)}[part]
        day = scan.today if scan.now < limit else scan.today + DAY
        return Reading(day, day, at + 2, DAY_PARTS[part], needs_future=lead == "in" and not first_thing)
    return None
