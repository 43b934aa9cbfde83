"""Weeks, months, quarters and years by their names: "early next week", "EOM", "in May", "by Q2"."""

from __future__ import annotations

import re
from typing import Final

from ownership_audit.signals.times import periods
from ownership_audit.signals.times.dates import date_at, month_at
from ownership_audit.signals.times.days import weekday_number, whole_day
from ownership_audit.signals.times.model import Reading
from ownership_audit.signals.times.periods import DAY, WEEK
from ownership_audit.signals.times.scan import AHEAD, DURING, LIMITS, PARTS, Scan
from ownership_audit.signals.times.words import PERIOD_ENDS, PERIODS

_QUARTER: Final = re.compile(r"q([1-4])")
_YEAR: Final = re.compile(r"20[0-9]{2}")


def period_at(scan: Scan, at: int, lead: str) -> Reading | None:
    """Reads "this week", "early next week", "end of the month", "EOW", "over the weekend"."""
    unit = PERIOD_ENDS.get(scan.word(at))
    if unit:
        first, last = periods.period(unit, scan.today, 0)
        return Reading(first, last, at + 1, closed=True)
    if scan.are(at, "month", "end") or scan.are(at, "year", "end") or scan.are(at, "quarter", "end"):
        first, last = periods.period(scan.word(at), scan.today, 0)
        return Reading(first, last, at + 2, closed=True)
    part, start = _part(scan, at)
    article = scan.word(start) == "the"
    start += article
    ahead = AHEAD.get(scan.word(start))
    start += ahead is not None
    start = scan.skip(start, "working", "calendar", "business") if ahead is not None else start
    unit = scan.word(start)
    if unit not in PERIODS:
        return None
    end = start + 1
    if unit == "week" and article and ahead is None:
        found = _week_after_next(scan, end) or _week_of(scan, end)
        if found:
            return found
    if ahead is None and not part and not (unit == "weekend" and article and lead):
        return None
    return _whole_period(scan, unit, ahead or 0, part, end, lead)


def _part(scan: Scan, at: int) -> tuple[str, int]:
    """Reads "early", "the end of", "in the first half of": the part of a period, and the index after it."""
    start = scan.skip(at, "the", "very")
    if scan.word(start) in {"first", "second"} and scan.are(start + 1, "half", "of"):
        return ("early" if scan.word(start) == "first" else "late"), start + 3
    part = PARTS.get(scan.word(start), "")
    if not part:
        return "", at
    end = scan.skip(scan.skip(start + 1, "-"), "of", "in")
    return part, end


def _whole_period(scan: Scan, unit: str, ahead: int, part: str, end: int, lead: str) -> Reading | None:
    first, last = periods.period(unit, scan.today, ahead)
    if unit == "week" and not part:
        weekday_at = scan.skip(scan.skip(end, ",", "("), "on")
        number = weekday_number(scan, weekday_at, "on")
        if number is not None:
            return whole_day(first + number * DAY, weekday_at + 1, ahead=ahead > 0)
    if unit == "weekend" and lead in {"by", "before"} and part != "late":
        if first <= scan.today:
            first, last = first + WEEK, last + WEEK
        return Reading(scan.today, first - DAY, end, closed=True)
    if part:
        first, last = periods.part(unit, (first, last), part)
    return Reading(first, last, end, ahead=ahead > 0, closed=part == "late")


def _week_after_next(scan: Scan, at: int) -> Reading | None:
    if scan.word(at) != "after":
        return None
    first, last = periods.week(scan.today, 2)
    return Reading(first, last, scan.skip(at + 1, "next"), ahead=True, closed=True)


def _week_of(scan: Scan, at: int) -> Reading | None:
    found = date_at(scan.tokens, at + 1, scan.today, lead="in") if scan.word(at) == "of" else None
    if not found:
        return None
    monday = periods.monday_of(found[0])
    return Reading(monday, monday + 6 * DAY, found[1])


def month_name_at(scan: Scan, at: int, lead: str) -> Reading | None:
    """Reads "in May", "mid-April", "by the end of March 2027", "in Q2"."""
    part, start = _part(scan, at)
    start = scan.skip(start, "the")
    start = scan.skip(start, "next", "this", "coming")
    named = bool(part) or lead in LIMITS | DURING or scan.word(start - 1) in {"next", "this", "coming"}
    if not named:
        return None
    quarter = _QUARTER.fullmatch(scan.word(start))
    month = month_at(scan.token(start), certain=scan.word(start - 1) not in {"next", "this", "coming"})
    year = scan.word(start + 1)
    end = start + 1 + bool(_YEAR.fullmatch(year))
    chosen = int(year) if end > start + 1 else scan.today.year
    if quarter:
        unit, days = "quarter", periods.quarter(chosen, int(quarter[1]))
        if end == start + 1 and days[1] < scan.today:
            days = periods.quarter(chosen + 1, int(quarter[1]))
    elif month:
        unit, days = "month", periods.month_of(chosen, month)
        if end == start + 1 and days[1] < scan.today:
            days = periods.month_of(chosen + 1, month)
    else:
        return None
    first, last = periods.part(unit, days, part) if part else days
    return Reading(first, last, end, closed=part == "late")
