"""Days by name or date, with what tells their time: "Friday", "tomorrow at 3pm", "Friday the 13th"."""

from __future__ import annotations

from datetime import date, time

from ownership_audit.signals.times import periods
from ownership_audit.signals.times.clocks import DAY_PARTS, NOON, POINTS, clock_at, day_end_at
from ownership_audit.signals.times.dates import clock_of_iso, date_at
from ownership_audit.signals.times.model import END_OF_DAY, Reading
from ownership_audit.signals.times.periods import DAY, WEEK
from ownership_audit.signals.times.scan import AHEAD, WITH_NAMES, Scan
from ownership_audit.signals.times.words import SHORT_WEEKDAYS, TOMORROW, WEEKDAYS


def day_at(scan: Scan, at: int, lead: str) -> Reading | None:
    """Reads "today", "tomorrow", "the day after tomorrow", a date or a weekday, without its hours."""
    word = scan.word(at)
    if word == "today":
        return Reading(scan.today, scan.today, at + 1)
    if word == "tonight":
        return Reading(scan.today, scan.today, at + 1, END_OF_DAY)
    if word in TOMORROW or (word == "tomorrow's" and lead in {"at", "in", "during"}):
        return whole_day(scan.today + DAY, at + (1 if word in TOMORROW else 2), ahead=True)
    start = scan.skip(at, "the")
    if scan.are(start, "day", "after") and scan.word(start + 2) in TOMORROW:
        return whole_day(scan.today + 2 * DAY, start + 3, ahead=True)
    found = date_at(scan.tokens, at, scan.today, lead=lead)
    if found:
        return whole_day(*found)
    return _weekday(scan, at, lead)


def whole_day(day: date, end: int, *, ahead: bool = False) -> Reading:
    """The reading that is one day."""
    return Reading(day, day, end, ahead=ahead)


def weekday_number(scan: Scan, at: int, lead: str) -> int | None:
    """The weekday that a token names (0 is Monday); short names must be sure to be names."""
    token = scan.token(at)
    name = token.word
    if name.endswith("'s") and lead in {"at", "in", "during"}:
        return WEEKDAYS.get(name[:-2])
    number = SHORT_WEEKDAYS.get(name)
    if number is None:
        return WEEKDAYS.get(name)
    dotted = scan.skip(at + 1, ".")
    dated = date_at(scan.tokens, scan.skip(dotted, ","), scan.today, weekday=True) is not None
    if name in {"sat", "sun"}:  # words, and a company
        return number if dated or (name == "sat" and token.raw != "sat" and lead in WITH_NAMES) else None
    return number if dated or token.raw[0].isupper() or lead in WITH_NAMES else None


def _weekday(scan: Scan, at: int, lead: str) -> Reading | None:
    """Reads "friday", "next Tuesday", "Friday the 13th", "Thu, 12 March", "Friday next week"."""
    start = scan.skip(at, "the")
    ahead = AHEAD.get(scan.word(start))
    which = scan.word(start)
    name_at = at if ahead is None else start + 1
    number = weekday_number(scan, name_at, lead if ahead is None else which)
    if number is None:
        return None
    end = name_at + 1 + scan.word(name_at).endswith("'s")
    if ahead is None:
        dated = date_at(scan.tokens, scan.skip(end, ",", "."), scan.today, weekday=True)
        if dated:
            return whole_day(*dated)
        return _weekday_of_week(scan, number, end)
    days = (number - scan.today.weekday()) % 7
    if which in {"next", "following"}:
        monday = periods.week(scan.today, ahead)[0]
        return whole_day(monday + number * DAY, end, ahead=True)
    if ahead and not days:
        days = 7
    return whole_day(scan.today + days * DAY, end, ahead=True)


def _weekday_of_week(scan: Scan, number: int, end: int) -> Reading:
    """A weekday without "next", and the week that may follow it."""
    start = scan.skip(scan.skip(end, ",", "("), "of", "in")
    start = scan.skip(start, "the")
    ahead = AHEAD.get(scan.word(start))
    if ahead is not None and scan.word(start + 1) == "week":
        monday = periods.week(scan.today, ahead)[0]
        return whole_day(monday + number * DAY, start + 2, ahead=ahead > 0)
    days = (number - scan.today.weekday()) % 7 or 7
    if scan.word(end) == "week":  # "Friday week"
        return whole_day(scan.today + days * DAY + WEEK, end + 1, ahead=True)
    return whole_day(scan.today + days * DAY, end)


def day_with_clock_at(scan: Scan, at: int, lead: str) -> Reading | None:
    """A day with what tells its time: "tomorrow at 3pm", "Friday EOD", "first thing Monday"."""
    start, at_time = at, None
    if scan.are(at, "first", "thing"):
        lead, start = scan.lead(at + 2)
        at_time = NOON
    elif scan.word(at) in {"late", "later", "early"}:
        start = scan.skip(at + 1, "on")
        at_time = END_OF_DAY if scan.word(at) == "late" else None
    day = day_at(scan, start, lead)
    if not day:
        return None
    day = day._replace(at=at_time or day.at)
    iso = clock_of_iso(scan.word(day.end - 1))
    if iso:
        day = day._replace(at=time.fromisoformat(iso))
    for _ in range(2):
        day = _time_of(scan, day)
    return day


def _time_of(scan: Scan, day: Reading) -> Reading:
    """The day with the clock time or part that follows it."""
    at = scan.skip(day.end, ",")
    name, start = scan.lead(at)
    clock = clock_at(scan, start, name or "at")
    if clock and name in {"", "at", "by", "before", "around", "about", "until"}:
        return day._replace(at=clock.at, end=clock.end)
    end = day_end_at(scan, start) if name in {"", "by", "at"} else None
    if end:
        return day._replace(end=end, closed=True)
    if scan.are(start, "first", "thing"):
        return day._replace(at=NOON, end=start + 2)
    start = scan.skip(start, "the") if name == "in" else start
    word = scan.word(start)
    if word in DAY_PARTS and word not in POINTS and name in {"", "in"} and start >= day.end:
        return day._replace(at=DAY_PARTS[word], end=start + 1)
    return day
