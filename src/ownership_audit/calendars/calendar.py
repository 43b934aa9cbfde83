"""Working time of one zone, week and set of days off, less the absences of a person."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from copy import copy
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from operator import itemgetter
from typing import Final

from ownership_audit.calendars.duration import Duration, quantity
from ownership_audit.calendars.moments import (
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    MICROSECOND,
    NOTHING,
    ONE_MINUTE,
    RANGE_END,
    RANGE_START,
    moment_at,
    out_of_range,
)
from ownership_audit.calendars.settings import OFFICE_HOURS, Holidays, Hours, checked_hours, load_zone
from ownership_audit.calendars.table import Table
from ownership_audit.errors import ConfigError

_WHOLE_DAY: Final = ((0, DAY),)

_Spans = tuple[tuple[datetime, datetime], ...]


class Calendar:
    """Working hours in a zone without holidays and absences; moments are aware, results are UTC.

    ``hours`` give per weekday (0 is Monday) the spans in minutes of the local day, by default Monday to
    Friday 9:00 to 17:00. ``country`` and ``subdivision`` are ISO 3166 codes of the ``holidays`` package,
    whose public holidays pause the clock, as ``days_off`` do. ``day_length`` is the length of one
    working day: the longest weekday's hours. Wrong settings are a ConfigError; moments before 1900
    or after 2200, and working time that runs past these years, are a DataError.
    """

    def __init__(
        self,
        *,
        zone: str = "UTC",
        hours: Hours | None = None,
        country: str | None = None,
        subdivision: str | None = None,
        days_off: Collection[date] = (),
    ) -> None:
        week = checked_hours(OFFICE_HOURS if hours is None else hours)
        self._table = Table(load_zone(zone), week, Holidays(country, subdivision, days_off))
        self.day_length = max(sum(end - start for start, end in spans) for spans in week) * MICROSECOND
        self._days: dict[tuple[str, date], datetime] = {}
        self._lengths: dict[tuple[Fraction | int, int], timedelta] = {}
        self._derived: dict[_Spans, Calendar] = {}
        self._absent: _Spans = ()
        # Where each absence starts and ends on the scale of worked time, and how much is kept before it.
        self._gone_from: list[timedelta] = []
        self._gone_to: list[timedelta] = []
        self._kept: list[timedelta] = []

    def with_absences(self, spans: Sequence[tuple[datetime, datetime]]) -> Calendar:
        """This calendar with clocks paused in these spans, too; an end no longer belongs to its span.

        The same spans give the same object. It shares the spans of working time with this one, so
        that a calendar for each person costs little.
        """
        if not spans:
            return self
        merged: list[tuple[datetime, datetime]] = []
        for start, end in sorted([*self._absent, *(_bounds(start, end) for start, end in spans)]):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            elif start < end:
                merged.append((start, end))
        key = tuple(merged)
        if key == self._absent:
            return self
        if key not in self._derived:
            self._derived[key] = self._derive(key)
        return self._derived[key]

    def _derive(self, absent: _Spans) -> Calendar:
        derived = copy(self)  # shares the table and the caches
        derived._absent = absent
        derived._gone_from, derived._gone_to, derived._kept = [], [], []
        gone = NOTHING
        for start, end in absent:
            first, last = self._table.worked_at(start), self._table.worked_at(end)
            if first < last:  # else the absence falls in a pause
                derived._gone_from.append(first)
                derived._gone_to.append(last)
                derived._kept.append(first - gone)
                gone += last - first
        return derived

    def absences_of_days(self, days: Sequence[tuple[date, date]]) -> _Spans:
        """The UTC spans of local days, from each first day to the last one inclusive.

        Days outside 1900 to 2200 stand for the nearest one inside, so ``9999-12-31`` may mean "open".
        """
        least, most = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
        found = []
        for first, last in days:
            if last < first:
                raise ConfigError(f"the absence from {first} to {last} ends before it starts; swap the dates")
            begin, end = min(max(first, least), most), min(max(last, least), most)
            found.append((self._day_start(begin), self._day_start(end + timedelta(1))))
        return tuple(found)

    def add(self, start: datetime, duration: Duration) -> datetime:
        """The last moment at which exactly this much working time has passed since ``start``.

        So one working day after Friday 17:00 is Tuesday 9:00, or the next opening where that is later, and
        zero after a moment outside working time is the next opening. Elapsed time is added as it is.
        """
        if duration.elapsed is not None:
            return _shift(start, duration.elapsed)
        kept = self._kept_at(start) + self._length(duration)
        if self._kept:
            at = bisect_right(self._kept, kept) - 1
            if at >= 0:
                kept += self._gone_to[at] - self._kept[at]
        return self._table.last_with(kept)

    def subtract(self, end: datetime, duration: Duration) -> datetime:
        """The first moment from which exactly this much working time lies before ``end``.

        So two working days before Friday 17:00 is Wednesday 17:00, and zero before a moment outside
        working time is the last closing. Elapsed time is subtracted as it is.
        """
        if duration.elapsed is not None:
            return _shift(end, -duration.elapsed)
        kept = self._kept_at(end) - self._length(duration)
        if self._kept:
            at = bisect_left(self._kept, kept) - 1
            if at >= 0:
                kept += self._gone_to[at] - self._kept[at]
        return self._table.first_with(kept)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from ``start`` to ``end``; zero when ``end`` is not later."""
        worked = self._kept_at(end) - self._kept_at(start)
        return worked if worked > NOTHING else NOTHING

    def working_days(self, start: datetime, end: datetime) -> float:
        """The working time from ``start`` to ``end`` in working days; 0 when ``end`` is not later."""
        return self.between(start, end) / self.day_length

    def close_of(self, day: date) -> datetime:
        """The end of the day's last working span, or the next working day's when the day is off.

        Absences do not count.
        """
        key = ("close", day)
        if key not in self._days:
            self._days[key] = self._close_of(day)
        return self._days[key]

    def _close_of(self, day: date) -> datetime:
        look = day
        while FIRST_YEAR <= look.year <= LAST_YEAR:
            pieces = [] if self._table.is_day_off(look) else self._table.pieces(look)
            if pieces:
                return moment_at(pieces[-1][1])
            look += timedelta(1)
        raise out_of_range(str(day))

    def day_start(self, day: date) -> datetime:
        """The first moment of the local day: midnight, or what follows where the clock skips midnight."""
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise out_of_range(str(day))
        key = ("start", day)
        if key not in self._days:
            self._days[key] = self._day_start(day)
        return self._days[key]

    def _day_start(self, day: date) -> datetime:
        pieces = self._table.pieces(day, _WHOLE_DAY)
        return moment_at(pieces[0][0]) if pieces else self._day_start(day + timedelta(1))

    def local(self, moment: datetime) -> datetime:
        """The moment as clocks in the calendar's zone show it."""
        return moment.astimezone(self._table.zone)

    def local_day(self, moment: datetime) -> date:
        """The date in the calendar's zone."""
        return self.local(moment).date()

    def is_working(self, moment: datetime) -> bool:
        """True in working time; a span's end no longer counts."""
        at = bisect_right(self._absent, moment, key=itemgetter(0)) - 1
        return self._table.works_at(moment) and not (at >= 0 and moment < self._absent[at][1])

    def describe(self, worked: timedelta) -> str:
        """Working time in a rule file's words, such as ``2.5 working days`` or ``30 working minutes``.

        Cut to a tenth, so that no more is claimed than has passed; ``Duration.parse`` reads it.
        """
        worked = max(worked, NOTHING)
        for unit, length in (("working days", self.day_length), ("working hours", 60 * ONE_MINUTE)):
            if worked >= length:
                return quantity(Fraction(worked * 10 // length, 10), unit)
        return quantity(Fraction(worked // ONE_MINUTE), "working minutes")

    def _length(self, duration: Duration) -> timedelta:
        """The working time of a duration in this calendar."""
        key = days, minutes = duration.working_days, duration.working_minutes
        length = self._lengths.get(key)
        if length is None:  # rules share a few durations, and arithmetic costs more than the look-up
            length = self.day_length * days.numerator // days.denominator + minutes * ONE_MINUTE
            self._lengths[key] = length
        return length

    def _kept_at(self, moment: datetime) -> timedelta:
        """Worked time at a moment, less what absences took before it."""
        worked = self._table.worked_at(moment)
        if self._kept:
            at = bisect_right(self._gone_from, worked) - 1
            if at >= 0:
                gone = self._gone_to[at]
                worked = self._kept[at] + (worked - gone) if worked > gone else self._kept[at]
        return worked


def _bounds(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """An absence, cut to the years that calendars cover."""
    if end < start:
        first, last = (f"{moment:%Y-%m-%d %H:%M}" for moment in (start, end))
        raise ConfigError(f"the absence from {first} to {last} ends before it starts; swap the two times")
    return min(max(start, RANGE_START), RANGE_END), min(max(end, RANGE_START), RANGE_END)


def _shift(moment: datetime, elapsed: timedelta) -> datetime:
    try:
        shifted = (moment + elapsed).astimezone(UTC)
    except OverflowError:
        raise out_of_range(f"{moment:%Y-%m-%d} and a duration of {elapsed.days} days") from None
    if not FIRST_YEAR <= shifted.year <= LAST_YEAR:
        raise out_of_range(f"{shifted:%Y-%m-%d}")
    return shifted
