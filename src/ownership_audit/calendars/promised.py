"""When a promised time is due, in working time: never before it was said, and never too early."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from ownership_audit.calendars.calendar import Calendar
from ownership_audit.calendars.duration import Duration
from ownership_audit.calendars.moments import MICROSECOND
from ownership_audit.signals.times import END_OF_DAY, PromisedTime

_DAY: Final = timedelta(1)


def due(promised: PromisedTime, said: datetime, calendar: Calendar) -> datetime:
    """The moment, in UTC, by which a promise said at the aware ``said`` is due.

    Days are due at the close of their last working day, or of the next one when all of them are off. A
    clock time is meant in the calendar's zone; on a day off it is the close of the next working day. Lengths
    are working time. What has closed already when it is said is due at the end of that day. Raises
    DataError outside the years that calendars cover.
    """
    if promised.working_minutes is not None:
        return calendar.add(said, Duration(working_minutes=promised.working_minutes))
    if promised.working_days is not None:
        found = _after_days(calendar.local_day(said), promised.working_days, calendar)
    elif promised.at is None:
        found = _close(promised.first, promised.last, calendar)
    elif _works(promised.last, calendar):
        found = _moment(promised.last, promised.at, calendar)
    else:
        found = calendar.close_of(promised.last)
    if found <= said:
        found = _moment(promised.last, END_OF_DAY, calendar)
    return found if found > said else calendar.close_of(calendar.local_day(said) + _DAY)


def _close(first: date, last: date, calendar: Calendar) -> datetime:
    day = last
    while day > first and not _works(day, calendar):
        day -= _DAY
    return calendar.close_of(day if _works(day, calendar) else last)


def _after_days(day: date, count: int, calendar: Calendar) -> datetime:
    close = calendar.close_of(day + _DAY)
    for _ in range(count - 1):
        close = calendar.close_of(_day_of(close, calendar) + _DAY)
    return close


def _works(day: date, calendar: Calendar) -> bool:
    return _day_of(calendar.close_of(day), calendar) == day


def _day_of(close: datetime, calendar: Calendar) -> date:
    """The day that a closing belongs to; one at midnight belongs to the day before."""
    return calendar.local_day(close - MICROSECOND)


def _moment(day: date, at: time, calendar: Calendar) -> datetime:
    """A clock time in the calendar's zone, the later one where clocks show it twice."""
    zone = calendar.local(calendar.day_start(day)).tzinfo
    return datetime.combine(day, at.replace(fold=1), zone).astimezone(UTC)
