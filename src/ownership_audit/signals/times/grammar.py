"""The grammar of promised times over tokens, as far as the words themselves go.

It looks only ahead, by a bounded number of tokens. What stands around the words is the matter of `context`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ownership_audit.signals.times import periods
from ownership_audit.signals.times.clocks import clock_at, day_end_at, day_part_at
from ownership_audit.signals.times.days import day_at, day_with_clock_at
from ownership_audit.signals.times.lengths import length_at
from ownership_audit.signals.times.model import END_OF_DAY, Reading
from ownership_audit.signals.times.periods import DAY, WEEK
from ownership_audit.signals.times.scan import AHEAD, LEADS, LIMITS, PARTS, Scan
from ownership_audit.signals.times.spans import month_name_at, period_at
from ownership_audit.signals.times.words import (
    DAY_ENDS,
    MONTHS,
    NUMBERS,
    PERIOD_ENDS,
    PERIODS,
    SHORT_WEEKDAYS,
    TOMORROW,
    WEEKDAYS,
    words,
)

_STARTS: Final = (
    words("the a an day end close no not some first second very late later early noon midday lunch midnight")
    | words("few couple half about another under less up tonight today lunchtime day's")
    | frozenset({*LEADS, *AHEAD, *PARTS, *NUMBERS, *PERIODS, *PERIOD_ENDS, *DAY_ENDS, *TOMORROW})
    | frozenset({*WEEKDAYS, *SHORT_WEEKDAYS, *MONTHS})
)


def may_start(word: str) -> bool:
    """Whether a time may start with this word; most don't, and need no reading."""
    return word in _STARTS or "0" <= word[0] <= "9"


def expression_at(scan: Scan, at: int) -> Reading | None:
    """The time that starts at this token, with its preposition and with what is joined by "or"."""
    lead, start = scan.lead(at)
    found = _single(scan, start, lead)
    if not found:
        return None
    for _ in range(3):
        joined = _joined(scan, found, lead)
        if not joined:
            break
        found = joined
    end = found.end
    if scan.are(end, "at", "the", "latest"):
        end += 3
    elif scan.are(end, "at", "latest") or scan.are(end, "or", "so"):
        end += 2
    elif scan.word(end) == "latest":
        end += 1
    return found._replace(end=end)


def _single(scan: Scan, at: int, lead: str) -> Reading | None:
    found = (
        _clock_time_at(scan, at, lead)
        or length_at(scan, at, lead)
        or _end_of_day_at(scan, at)
        or day_with_clock_at(scan, at, lead)
        or day_part_at(scan, at, lead)
        or period_at(scan, at, lead)
        or month_name_at(scan, at, lead)
    )
    return _before(scan, found) if found and lead == "before" else found


def _before(scan: Scan, found: Reading) -> Reading:
    """The reading after "before": "before Friday" ends on Thursday."""
    if found.closed or found.at or found.working_days or found.working_minutes:
        return found
    last = found.first - DAY
    return found._replace(first=min(scan.today, last), last=last) if last >= scan.today else found


def _joined(scan: Scan, found: Reading, lead: str) -> Reading | None:
    """The later of this reading and one joined to it ("or Friday", "/Friday", ", Friday latest")."""
    at = scan.skip(found.end, ",")
    word = scan.word(at)
    if word in {"or", "/", "to", "-", "–", "until"} or (
        word == "and" and (lead == "between" or day_at(scan, at + 1, ""))
    ):
        start = at + 1
        if word == "or" and scan.are(start, "the", "day", "after"):
            after = scan.skip(start + 3, "tomorrow")
            return found._replace(last=found.last + DAY, end=after)
        unit = scan.word(found.end - 1)
        if word == "or" and unit in PERIODS and scan.word(start) == "next" and scan.word(start + 1) != unit:
            return found._replace(last=periods.period(unit, scan.today, 1)[1], end=start + 1)
        if word == "or" and unit in PERIODS and scan.word(start) == "two":  # "in the next week or two"
            return found._replace(last=periods.period(unit, found.last + DAY, 0)[1], end=start + 1)
        name, start = scan.lead(start)
        other = _single(scan, start, name or lead)
    elif at > found.end:
        name, start = scan.lead(at)
        other = _single(scan, start, name or lead)
        if other and scan.word(at) != "latest" and not _latest(scan, other.end):
            return None
    else:
        return None
    if not other:
        return None
    behind = found.last - other.last
    if timedelta() < behind < WEEK and not (found.ahead or other.ahead):  # "Wed-Fri" said on a Thursday
        other = other._replace(last=other.last + WEEK)
    late = max(found, other, key=lambda each: (each.last, each.at or END_OF_DAY))
    return late._replace(first=min(found.first, other.first), end=other.end, ahead=found.ahead or other.ahead)


def _latest(scan: Scan, at: int) -> bool:
    return scan.word(at) == "latest" or scan.are(at, "at", "the", "latest")


def _clock_time_at(scan: Scan, at: int, lead: str) -> Reading | None:
    """Reads "by noon", "at 3pm", "by 4 pm on Tuesday"."""
    clock = clock_at(scan, at, lead)
    if not clock or (not lead and not clock.certain):
        return None
    name, start = scan.lead(scan.skip(clock.end, ","))
    day = day_at(scan, start, name or "on") if name in {"", "on"} else None
    if day:
        return day._replace(at=clock.at)
    today = scan.today if clock.at > scan.now else scan.today + DAY
    unsure = lead not in LIMITS
    return Reading(today, today, clock.end, clock.at, needs_future=unsure)


def _end_of_day_at(scan: Scan, at: int) -> Reading | None:
    """Reads "EOD", "COB Tuesday", "end of day tomorrow", "the end of Friday"."""
    end = day_end_at(scan, at)
    if end is None:
        start = scan.skip(at, "the")
        if scan.are(start, "end", "of"):
            day = day_at(scan, start + 2, "by")
            return day._replace(closed=True) if day else None
        return None
    name, start = scan.lead(scan.skip(end, ",", "of"))
    day = day_at(scan, start, name or "on") if name in {"", "on"} else None
    if day:
        return day._replace(closed=True)
    idiom = "at" in {scan.word(at - 1), scan.word(at - 2)}  # "at the end of the day, we need both"
    if idiom and scan.word(end) == ",":
        return None
    return Reading(scan.today, scan.today, end, needs_future=idiom, closed=True)
