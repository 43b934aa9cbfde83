"""Working calendars: how much working time lies between two moments, and when a given amount has passed.

A calendar never reads the clock. Results are exact to the microsecond. Calendars cover the years 1900 to
2200; a moment outside them, or working time that runs past them, is a DataError.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from operator import itemgetter
from typing import ClassVar, Final

from ownership_audit.errors import ConfigError, DataError

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200

Hours = Mapping[int, tuple[tuple[int, int], ...]]
"""Per weekday (0 is Monday) the working spans, in minutes of the local day."""

OFFICE_HOURS: Final[Hours] = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))
"""Monday to Friday, 9:00 to 17:00."""

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.date().toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
_ONE_MINUTE: Final = timedelta(minutes=1)
_NOTHING: Final = timedelta()
_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_DAY: Final = 1440 * _MINUTE
_WHOLE_DAY: Final = ((0, _DAY),)

_Week = list[tuple[tuple[int, int], ...]]
"""The spans of each weekday in order, in microseconds of the local day."""

_UNITS: Final = {
    "working minutes": 1,
    "working hours": 60,
    "working days": 0,
    "minutes": 1,
    "hours": 60,
    "days": 1440,
    "weeks": 7 * 1440,
}
"""Each unit in minutes; a working day has no fixed length."""

_SINGULAR: Final = {unit[:-1]: unit for unit in _UNITS}
_NUMBER: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_VALID_DURATIONS: Final = "write a number and a unit, such as '4 working hours', '1 working day' or '10 days'"


def _micros(span: timedelta) -> int:
    """A timedelta in microseconds, exactly; ``total_seconds`` would round."""
    return (span.days * 86_400 + span.seconds) * _SECOND + span.microseconds


def _moment(micros: int) -> datetime:
    """The moment so many microseconds after 1970."""
    return _EPOCH + micros * _MICROSECOND


def _year_start(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


_RANGE_START: Final = _year_start(FIRST_YEAR)
_RANGE_END: Final = _year_start(LAST_YEAR + 1)


def _number(value: Fraction) -> str:
    """A number of at most six decimals, without trailing zeros."""
    text = f"{value.numerator * 10**6 // value.denominator:07d}"
    return f"{text[:-6]}.{text[-6:]}".rstrip("0").rstrip(".")


def _quantity(value: Fraction, unit: str) -> str:
    """``1 working day``, ``2.5 working days``; ``unit`` is the plural."""
    return f"{_number(value)} {unit[:-1] if value == 1 else unit}"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as rules give it: working time, or elapsed time on any clock.

    Working time is ``working_days`` (each as long as the calendar's ``day_length``) plus
    ``working_minutes``; with ``elapsed`` set both are 0. ``text`` holds the words, and does not
    count in comparisons. A negative length, or one of both kinds, is a ConfigError.
    """

    working_days: Fraction | int = 0
    working_minutes: int = 0
    elapsed: timedelta | None = None
    text: str = field(default="", compare=False)

    ZERO: ClassVar[Duration]

    def __post_init__(self) -> None:
        if self.working_days < 0 or self.working_minutes < 0 or (self.elapsed or _NOTHING) < _NOTHING:
            raise ConfigError("a duration can't be negative")
        if self.elapsed is not None and (self.working_days or self.working_minutes):
            raise ConfigError("a duration is either working time or elapsed time, not both")
        if not self.text:
            object.__setattr__(self, "text", self._words())

    @classmethod
    def parse(cls, text: str) -> Duration:
        """A duration from words such as ``4 working hours``, ``1.5 working days`` or ``2 weeks``.

        Raises ConfigError, naming the nearest valid unit, for anything else.
        """
        number, _, unit = " ".join(text[:200].lower().split()).partition(" ")
        if len(text) > 200 or not unit or not _NUMBER.fullmatch(number):
            raise ConfigError(f"{_clip(text)} is not a duration; {_VALID_DURATIONS}")
        plural = _SINGULAR.get(unit, unit)
        if plural not in _UNITS:
            names = {name: name for name in _UNITS} | _SINGULAR
            hint = _near(unit, names, f"valid: {', '.join(_UNITS)}")
            raise ConfigError(f"{_clip(text)}: unknown unit {_clip(unit)}; {hint}")
        amount = Fraction(number)
        words = _quantity(amount, plural)
        if plural == "working days":
            return cls(working_days=int(amount) if amount.denominator == 1 else amount, text=words)
        minutes = amount * _UNITS[plural]
        if not plural.startswith("working"):
            return cls(elapsed=timedelta(microseconds=int(minutes * _MINUTE)), text=words)
        if minutes.denominator != 1:
            raise ConfigError(f"{_clip(text)} is not a whole number of minutes; write it in working minutes")
        return cls(working_minutes=int(minutes), text=words)

    @property
    def is_working(self) -> bool:
        """True for working time, False for elapsed time."""
        return self.elapsed is None

    def _words(self) -> str:
        """The text of a duration that was not parsed."""
        if self.elapsed is not None:
            minutes = Fraction(_micros(self.elapsed), _MINUTE)
            unit = next((unit for unit in ("days", "hours") if minutes % _UNITS[unit] == 0), "minutes")
            return _quantity(minutes / _UNITS[unit], unit)
        days = [_quantity(Fraction(self.working_days), "working days")] if self.working_days else []
        minutes = Fraction(self.working_minutes)
        if minutes and minutes % 60 == 0:
            return " and ".join([*days, _quantity(minutes / 60, "working hours")])
        if minutes or not days:
            days.append(_quantity(minutes, "working minutes"))
        return " and ".join(days)

    def __str__(self) -> str:
        return self.text


Duration.ZERO = Duration(text="0 working minutes")


def _clip(text: str) -> str:
    """The text quoted for an error message, cut to a readable length."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _near(word: str, names: Mapping[str, str], otherwise: str) -> str:
    """A hint with the valid name whose key (in lower case) is nearest to ``word``."""
    close = difflib.get_close_matches(word[:60].lower(), names, n=1, cutoff=0.75)
    return f"did you mean {names[close[0]]!r}?" if close else otherwise


def _load_zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the zone data is an OSError
        known = sorted(zoneinfo.available_timezones())
        hint = _near(
            name, {zone.lower(): zone for zone in known}, "write an IANA name such as 'Europe/Berlin'"
        )
        city = "/" + name.lower().replace(" ", "_")
        hint = next((f"did you mean {zone!r}?" for zone in known if zone.lower().endswith(city)), hint)
        raise ConfigError(f"unknown time zone {_clip(name)}; {hint}") from None


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _checked_hours(hours: Hours) -> _Week:
    """The hours in order; wrong ones are a ConfigError."""
    week: _Week = [()] * 7
    for weekday, spans in hours.items():
        if weekday not in range(7):
            raise ConfigError(f"working hours: no weekday {weekday}; use 0 (Monday) to 6 (Sunday)")
        ordered = sorted(spans)
        for start, end in ordered:
            if not 0 <= start < end <= 1440:
                raise ConfigError(
                    f"working hours: {_WEEKDAYS[weekday]} {_clock(start)}-{_clock(end)} is not a span of "
                    "the day; the end must be after the start, at most 24:00 (split a night shift there)"
                )
        for (first, first_end), (second, second_end) in pairwise(ordered):
            if second < first_end:
                raise ConfigError(
                    f"working hours: {_WEEKDAYS[weekday]} {_clock(first)}-{_clock(first_end)} and "
                    f"{_clock(second)}-{_clock(second_end)} overlap; write them as one span"
                )
        week[weekday] = tuple((start * _MINUTE, end * _MINUTE) for start, end in ordered)
    if not any(week):
        raise ConfigError("working hours: no weekday has any; give one at least a span such as 09:00-17:00")
    return week


class _Holidays:
    """Days off of a country, read year by year, and further days off that the configuration names."""

    def __init__(self, country: str | None, subdivision: str | None, days_off: Collection[date]) -> None:
        self._country = country
        self._subdivision = subdivision
        self._extra = frozenset(day.toordinal() - _EPOCH_DAY for day in days_off)
        self._years: dict[int, frozenset[int]] = {}
        if country is not None:
            self._check(country)
        elif subdivision is not None:
            raise ConfigError(f"holidays: subdivision {_clip(subdivision)} has no country; add one")

    def _check(self, country: str) -> None:
        import holidays
        from holidays.registry import COUNTRIES

        known = holidays.list_supported_countries(include_aliases=True)
        if country not in known:
            names = {name.lower(): codes[1] for name, codes in COUNTRIES.items() if codes[1] in known}
            names |= {codes[0].lower(): codes[1] for codes in COUNTRIES.values() if codes[1] in known}
            names |= {code.lower(): code for code in known}
            hint = _near(country, names, "write its ISO 3166 code, such as 'DE' or 'US'")
            raise ConfigError(f"holidays: unknown country {_clip(country)}; {hint}")
        parts = known[country]
        if self._subdivision is not None and self._subdivision not in parts:
            otherwise = f"valid: {', '.join(parts)}" if parts else f"{country} has none; remove it"
            hint = _near(self._subdivision, {part.lower(): part for part in parts}, otherwise)
            raise ConfigError(f"holidays: {country} has no subdivision {_clip(self._subdivision)}; {hint}")

    def of(self, years: Iterable[int]) -> frozenset[int]:
        """The days off of these years, as days since 1970."""
        if self._country is None:
            return self._extra
        return self._extra.union(*(self._of_year(year) for year in years))

    def _of_year(self, year: int) -> frozenset[int]:
        if year not in self._years:
            import holidays  # takes long to import, and most runs have no country

            found = holidays.country_holidays(str(self._country), subdiv=self._subdivision, years=year)
            self._years[year] = frozenset(day.toordinal() - _EPOCH_DAY for day in found)
        return self._years[year]


class _Table:
    """Every working span of the years looked at so far, as sorted lists that binary search can use.

    Worked time is counted from an origin that stays fixed while years are added at either side.
    A moment works when the clock on the wall of the zone reads a working hour of a working day: an hour
    that the clock skips does not exist, and an hour that it repeats works twice.
    """

    # The lists hold datetimes and timedeltas as they are: converting them to numbers would take longer
    # than the searches.

    def __init__(self, zone: zoneinfo.ZoneInfo, week: _Week, off: _Holidays) -> None:
        self.zone = zone
        self._week = week
        self._off = off
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        self._before: list[timedelta] = []  # worked time before each span
        self._low = self._high = _EPOCH  # the lists cover the time between, whole years of UTC
        self._worked_low = self._worked_high = _NOTHING  # the worked time at both

    def worked_at(self, moment: datetime) -> timedelta:
        """Worked time at a moment, counted from the table's origin."""
        if not self._low < moment <= self._high:
            self._cover(moment)
        at = bisect_right(self._starts, moment) - 1
        if at < 0:
            return self._worked_low
        end = self._ends[at]
        return self._before[at] + ((moment if moment < end else end) - self._starts[at])

    def last_with(self, worked: timedelta) -> datetime:
        """The last moment at which exactly this much is worked: in a pause, the next opening."""
        while worked >= self._worked_high:
            self._append_year()
        at = bisect_right(self._before, worked) - 1
        return self._starts[at] + (worked - self._before[at])

    def first_with(self, worked: timedelta) -> datetime:
        """The first moment at which exactly this much is worked: in a pause, the closing before it."""
        while worked <= self._worked_low:
            self._prepend_year()
        at = bisect_left(self._before, worked) - 1
        return self._starts[at] + (worked - self._before[at])

    def works_at(self, moment: datetime) -> bool:
        if not self._low < moment < self._high:
            self._cover(moment)
        if moment == self._high:  # a span may begin right where the lists end
            self._append_year()
        at = bisect_right(self._starts, moment) - 1
        return at >= 0 and moment < self._ends[at]

    def is_day_off(self, day: date) -> bool:
        number = day.toordinal() - _EPOCH_DAY
        return not self._week[day.weekday()] or number in self._off.of((day.year,))

    def pieces(self, day: date, spans: Iterable[tuple[int, int]] | None = None) -> list[tuple[int, int]]:
        """The moments of a local day, or of spans of it, as UTC spans; none for a day the zone skipped."""
        number = day.toordinal() - _EPOCH_DAY
        spans = self._week[day.weekday()] if spans is None else spans
        found = []
        for low, high, offset in self._segments((number - 1) * _DAY, (number + 2) * _DAY):
            shift = number * _DAY - offset
            found += [(max(start + shift, low), min(end + shift, high)) for start, end in spans]
        return [(start, end) for start, end in found if start < end]

    def _cover(self, moment: datetime) -> None:
        if not _RANGE_START <= moment <= _RANGE_END:
            raise _out_of_range(f"{moment:%Y-%m-%d}")
        if self._low == self._high:
            year = min(moment.astimezone(UTC).year, LAST_YEAR)
            self._low = self._high = _year_start(year)
            self._append_year()
        while moment > self._high:
            self._append_year()
        while moment < self._low:
            self._prepend_year()

    def _append_year(self) -> None:
        if self._high >= _RANGE_END:
            raise _out_of_range("a due time")
        starts, ends = self._year(self._high.year)
        self._high = _year_start(self._high.year + 1)
        if starts and self._ends and starts[0] == self._ends[-1]:  # work goes on over the year's end
            starts[0] = self._starts.pop()
            self._ends.pop()
            self._worked_high = self._before.pop()
        before, self._worked_high = _running(starts, ends, self._worked_high)
        self._starts += starts
        self._ends += ends
        self._before += before

    def _prepend_year(self) -> None:
        if self._low <= _RANGE_START:
            raise _out_of_range("a start of working time")
        starts, ends = self._year(self._low.year - 1)
        self._low = _year_start(self._low.year - 1)
        before, worked = _running(starts, ends, _NOTHING)
        self._worked_low -= worked
        before = [self._worked_low + amount for amount in before]
        if starts and self._starts and ends[-1] == self._starts[0]:
            ends[-1] = self._ends[0]
            del self._starts[0], self._ends[0], self._before[0]
        self._starts[:0] = starts
        self._ends[:0] = ends
        self._before[:0] = before

    def _year(self, year: int) -> tuple[list[datetime], list[datetime]]:
        """Starts and ends of the working spans of one year (a year of UTC, so that years join in order)."""
        week, off = self._week, self._off.of((year - 1, year, year + 1))
        starts: list[int] = []
        ends: list[int] = []
        first_day, next_day = (date(each, 1, 1).toordinal() - _EPOCH_DAY for each in (year, year + 1))
        for low, high, offset in self._segments(first_day * _DAY, next_day * _DAY):
            for number in range((low + offset) // _DAY, (high + offset - 1) // _DAY + 1):
                spans = week[(number + 3) % 7]  # 1970 began on a Thursday
                if not spans or number in off:
                    continue
                shift = number * _DAY - offset
                for start, end in spans:
                    first, last = max(start + shift, low), min(end + shift, high)
                    if first >= last:
                        continue
                    if ends and first == ends[-1]:
                        ends[-1] = last
                    else:
                        starts.append(first)
                        ends.append(last)
        return [_moment(start) for start in starts], [_moment(end) for end in ends]

    def _segments(self, low: int, high: int) -> Iterator[tuple[int, int, int]]:
        """The time from ``low`` to ``high``, cut where the zone's offset changes: (from, to, offset)."""
        start, offset = low, self._offset(low)
        for day in range(low + _DAY, high + 1, _DAY):
            changed, before = self._offset(day), day - _DAY
            while offset != changed:
                after = day
                while after - before > _SECOND:  # offsets change on whole seconds
                    middle = (before + after) // 2 // _SECOND * _SECOND
                    if self._offset(middle) == offset:
                        before = middle
                    else:
                        after = middle
                yield start, after, offset
                start, before, offset = after, after, self._offset(after)
        if start < high:
            yield start, high, offset

    def _offset(self, micros: int) -> int:
        return _micros(_moment(micros).astimezone(self.zone).utcoffset() or _NOTHING)


def _running(
    starts: list[datetime], ends: list[datetime], worked: timedelta
) -> tuple[list[timedelta], timedelta]:
    """The worked time before each span, and after all of them."""
    before = []
    for start, end in zip(starts, ends, strict=True):
        before.append(worked)
        worked += end - start
    return before, worked


def _out_of_range(what: str) -> DataError:
    return DataError(
        f"{what} lies outside the years {FIRST_YEAR} to {LAST_YEAR} that working calendars cover; "
        "check the dates in the record, and durations and absences for typing errors"
    )


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
        week = _checked_hours(OFFICE_HOURS if hours is None else hours)
        self._table = _Table(_load_zone(zone), week, _Holidays(country, subdivision, days_off))
        self.day_length = max(sum(end - start for start, end in spans) for spans in week) * _MICROSECOND
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
        gone = _NOTHING
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
        return worked if worked > _NOTHING else _NOTHING

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
                return _moment(pieces[-1][1])
            look += timedelta(1)
        raise _out_of_range(str(day))

    def day_start(self, day: date) -> datetime:
        """The first moment of the local day: midnight, or what follows where the clock skips midnight."""
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise _out_of_range(str(day))
        key = ("start", day)
        if key not in self._days:
            self._days[key] = self._day_start(day)
        return self._days[key]

    def _day_start(self, day: date) -> datetime:
        pieces = self._table.pieces(day, _WHOLE_DAY)
        return _moment(pieces[0][0]) if pieces else self._day_start(day + timedelta(1))

    def local_day(self, moment: datetime) -> date:
        """The date in the calendar's zone."""
        return moment.astimezone(self._table.zone).date()

    def is_working(self, moment: datetime) -> bool:
        """True in working time; a span's end no longer counts."""
        at = bisect_right(self._absent, moment, key=itemgetter(0)) - 1
        return self._table.works_at(moment) and not (at >= 0 and moment < self._absent[at][1])

    def describe(self, worked: timedelta) -> str:
        """Working time in a rule file's words, such as ``2.5 working days`` or ``30 working minutes``.

        Cut to a tenth, so that no more is claimed than has passed; ``Duration.parse`` reads it.
        """
        worked = max(worked, _NOTHING)
        for unit, length in (("working days", self.day_length), ("working hours", 60 * _ONE_MINUTE)):
            if worked >= length:
                return _quantity(Fraction(worked * 10 // length, 10), unit)
        return _quantity(Fraction(worked // _ONE_MINUTE), "working minutes")

    def _length(self, duration: Duration) -> timedelta:
        """The working time of a duration in this calendar."""
        key = days, minutes = duration.working_days, duration.working_minutes
        length = self._lengths.get(key)
        if length is None:  # rules share a few durations, and arithmetic costs more than the look-up
            length = self.day_length * days.numerator // days.denominator + minutes * _ONE_MINUTE
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
    return min(max(start, _RANGE_START), _RANGE_END), min(max(end, _RANGE_START), _RANGE_END)


def _shift(moment: datetime, elapsed: timedelta) -> datetime:
    try:
        shifted = (moment + elapsed).astimezone(UTC)
    except OverflowError:
        raise _out_of_range(f"{moment:%Y-%m-%d} and a duration of {elapsed.days} days") from None
    if not FIRST_YEAR <= shifted.year <= LAST_YEAR:
        raise _out_of_range(f"{shifted:%Y-%m-%d}")
    return shifted
