"""Lengths of time: "in two days", "within the next few days", "a week from Friday"."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from ownership_audit.signals.times import periods
from ownership_audit.signals.times.days import day_at, whole_day
from ownership_audit.signals.times.model import Reading
from ownership_audit.signals.times.scan import DURING, Scan
from ownership_audit.signals.times.words import COUPLE, FEW, NUMBERS, UNITS, words

_COUNT: Final = re.compile(r"(?:[0-9]{1,3}-)?([0-9]{1,3})(?:\.([0-9]))?([a-z]+)?")
_ROUGH: Final = words("about around approximately roughly ~ maybe another under less up at most")
_MOST_ROUGH_WORDS: Final = 3


def length_at(scan: Scan, at: int, lead: str) -> Reading | None:
    """Reads "in two days", "within the next few days", "a week from Friday", "in half an hour"."""
    start = scan.skip(at, "the")
    start = scan.skip(start, "next", "coming", "following")
    coming = scan.word(start - 1) in {"next", "coming", "following"} and start > at
    if start > at and not coming:  # "within the hour"
        return _within_the(scan, start, lead)
    amount, unit, end = _amount(scan, start, coming=coming)
    if not unit:
        return None
    if scan.word(end) in {"ago", "old"}:
        return None
    base, end, from_now = _from(scan, end)
    from_now = from_now or (scan.word(at - 1) in {"me", "us"} and scan.word(at - 2) == "give")
    if not from_now and (lead not in DURING or (lead in {"over", "during"} and not coming)):
        return None
    if scan.are(end, "or", "so") or scan.are(end, "or", "less"):
        end += 2
    return _after(scan, amount, unit, base, end)


def _within_the(scan: Scan, at: int, lead: str) -> Reading | None:
    if lead != "within" or scan.word(at) not in {"hour", "day", "week", "month"}:
        return None
    if scan.word(at) == "day":
        return Reading(scan.today, scan.today, at + 1)
    return _after(scan, 1, scan.word(at), scan.today, at + 1)


def _amount(scan: Scan, at: int, *, coming: bool) -> tuple[float, str, int]:
    """Number, unit and the index after them; without a unit it is no length."""
    none = (0.0, "", at)
    number, compact, end, vague = _number(scan, _rough(scan, at), coming=coming)
    if not number:
        return none
    if not compact:
        end = scan.skip(scan.skip(end, "more"), "working", "business", "work", "full", "short")
    unit = UNITS.get(compact or scan.word(end), "")
    end += not compact
    if unit == "hour" and UNITS.get(scan.word(end + 1)) == "minute" and _COUNT.fullmatch(scan.word(end)):
        minutes = _figure(scan.word(end))
        number, end = number + minutes / 60, end + 2
    if not unit or (unit == "minute" and (vague or number < 2)):  # "in a minute" is an idiom
        return none
    if scan.are(end, "or", "two") and number == 1:
        number, end = 2.0, end + 2
    elif scan.are(end, "and", "a", "half"):
        number, end = number + 0.5, end + 3
    return number, unit, end


def _rough(scan: Scan, at: int) -> int:
    """The index after words such as "about", "less than" and "another"."""
    for _ in range(_MOST_ROUGH_WORDS):
        if scan.word(at) not in _ROUGH:
            break
        at += 2 if scan.are(at, "less", "than") or scan.are(at, "up", "to") else 1
    return at


def _figure(word: str) -> float:
    """The number of "3", "1.5" or (the greater) "2-3"; 0 of any other word, and of a number with a unit."""
    count = _COUNT.fullmatch(word)
    return float(f"{count[1]}.{count[2] or 0}") if count and not count[3] else 0.0


def _number(scan: Scan, at: int, *, coming: bool) -> tuple[float, str, int, bool]:
    """The number, the unit that hangs on it ("48h"), the index after it, and whether it is vague."""
    count = _COUNT.fullmatch(scan.word(at))
    vague = False
    if count and count[3]:
        return float(f"{count[1]}.{count[2] or 0}"), count[3], at + 1, False
    if count:
        number, end = _figure(scan.word(at)), at + 1
    elif scan.word(at) == "half" and scan.word(at + 1) in {"a", "an"}:
        number, end = 0.5, at + 2
    else:
        number, end, vague = _number_word(scan, at, coming=coming)
    if number and scan.word(end) in {"or", "to", "-", "–"}:
        other = _figure(scan.word(end + 1)) or NUMBERS.get(scan.word(end + 1), 0)
        if other > 1:
            return max(number, other), "", end + 2, vague
    return number, "", scan.skip(end, "-") if count else end, vague


def _number_word(scan: Scan, at: int, *, coming: bool) -> tuple[float, int, bool]:
    """The number in words, the index after it, and whether it is a vague one."""
    start = scan.skip(at, "a")
    word = scan.word(start)
    if word == "few":
        return FEW, start + 1, True
    if word == "couple":
        return COUPLE, scan.skip(start + 1, "of"), True
    word = scan.word(at)
    if coming and word in {"days", "weeks", "hours"}:  # "in the next days"
        return FEW, at, True
    if (scan.word(at - 1) == "another" and word in UNITS) or (coming and word in {"day", "hour"}):
        return 1, at, False
    return NUMBERS.get(word, 0), at + 1, word in {"a", "an"}


def _from(scan: Scan, end: int) -> tuple[date, int, bool]:
    """From which day a length counts, and whether words say so ("from now", "from Friday", "time")."""
    if scan.word(end) == "time":
        return scan.today, end + 1, True
    if scan.are(end, "'", "time") or scan.are(end, "’", "time"):
        return scan.today, end + 2, True
    if scan.word(end) in {"from", "after", "on"}:
        if scan.word(end) == "from" and scan.word(end + 1) in {"now", "today"}:
            return scan.today, end + 2, True
        day = day_at(scan, end + 1, "on")
        if day:
            return day.last, day.end, True
    return scan.today, end, False


def _after(scan: Scan, number: float, unit: str, base: date, end: int) -> Reading | None:
    """The length as working time up to ten days, in days of the calendar beyond."""
    if unit == "hour" and number >= 12:
        number, unit = -(-number // 24), "day"
    if unit in {"minute", "hour"}:
        minutes = round(number * (60 if unit == "hour" else 1))
        return Reading(scan.today, scan.today, end, working_minutes=minutes)
    if unit == "day" and number <= 10:
        count = round(number + 0.4)
        last = periods.after_working_days(base, count)
        if base != scan.today:  # "two days after Friday"
            return whole_day(last, end, ahead=True)
        return Reading(scan.today, last, end, working_days=count)
    if unit in {"month", "year"}:
        months = round(number * 12 + 0.4) if unit == "year" else round(number + 0.4)
        last = periods.add_months(base, months)
    else:
        days = {"day": max(number, 14), "week": number * 7, "fortnight": number * 14}[unit]
        last = base + timedelta(round(days + 0.4))
    return Reading(last, last, end)
