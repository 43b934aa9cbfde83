"""The table of working spans: worked time at a moment, and the moment of a worked time, by binary search."""

from __future__ import annotations

import zoneinfo
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from ownership_audit.calendars.moments import (
    DAY,
    EPOCH,
    EPOCH_DAY,
    LAST_YEAR,
    NOTHING,
    RANGE_END,
    RANGE_START,
    SECOND,
    micros_of,
    moment_at,
    out_of_range,
    year_start,
)
from ownership_audit.calendars.settings import Holidays, Week


class Table:
    """Every working span of the years looked at so far, as sorted lists that binary search can use.

    Worked time is counted from an origin that stays fixed while years are added at either side.
    A moment works when the clock on the wall of the zone reads a working hour of a working day: an hour
    that the clock skips does not exist, and an hour that it repeats works twice.
    """

    # The lists hold datetimes and timedeltas as they are: converting them to numbers would take longer
    # than the searches.

    def __init__(self, zone: zoneinfo.ZoneInfo, week: Week, off: Holidays) -> None:
        self.zone = zone
        self._week = week
        self._off = off
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        self._before: list[timedelta] = []  # worked time before each span
        self._low = self._high = EPOCH  # the lists cover the time between, whole years of UTC
        self._worked_low = self._worked_high = NOTHING  # the worked time at both

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
        number = day.toordinal() - EPOCH_DAY
        return not self._week[day.weekday()] or number in self._off.of((day.year,))

    def pieces(self, day: date, spans: Iterable[tuple[int, int]] | None = None) -> list[tuple[int, int]]:
        """The moments of a local day, or of spans of it, as UTC spans; none for a day the zone skipped."""
        number = day.toordinal() - EPOCH_DAY
        spans = self._week[day.weekday()] if spans is None else spans
        found = []
        for low, high, offset in self._segments((number - 1) * DAY, (number + 2) * DAY):
            shift = number * DAY - offset
            found += [(max(start + shift, low), min(end + shift, high)) for start, end in spans]
        return [(start, end) for start, end in found if start < end]

    def _cover(self, moment: datetime) -> None:
        if not RANGE_START <= moment <= RANGE_END:
            raise out_of_range(f"{moment:%Y-%m-%d}")
        if self._low == self._high:
            year = min(moment.astimezone(UTC).year, LAST_YEAR)
            self._low = self._high = year_start(year)
            self._append_year()
        while moment > self._high:
            self._append_year()
        while moment < self._low:
            self._prepend_year()

    def _append_year(self) -> None:
        if self._high >= RANGE_END:
            raise out_of_range("a due time")
        starts, ends = self._year(self._high.year)
        self._high = year_start(self._high.year + 1)
        if starts and self._ends and starts[0] == self._ends[-1]:  # work goes on over the year's end
            starts[0] = self._starts.pop()
            self._ends.pop()
            self._worked_high = self._before.pop()
        before, self._worked_high = _running(starts, ends, self._worked_high)
        self._starts += starts
        self._ends += ends
        self._before += before

    def _prepend_year(self) -> None:
        if self._low <= RANGE_START:
            raise out_of_range("a start of working time")
        starts, ends = self._year(self._low.year - 1)
        self._low = year_start(self._low.year - 1)
        before, worked = _running(starts, ends, NOTHING)
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
        first_day, next_day = (date(each, 1, 1).toordinal() - EPOCH_DAY for each in (year, year + 1))
        for low, high, offset in self._segments(first_day * DAY, next_day * DAY):
            for number in range((low + offset) // DAY, (high + offset - 1) // DAY + 1):
                spans = week[(number + 3) % 7]  # 1970 began on a Thursday
                if not spans or number in off:
                    continue
                shift = number * DAY - offset
                for start, end in spans:
                    first, last = max(start + shift, low), min(end + shift, high)
                    if first >= last:
                        continue
                    if ends and first == ends[-1]:
                        ends[-1] = last
                    else:
                        starts.append(first)
                        ends.append(last)
        return [moment_at(start) for start in starts], [moment_at(end) for end in ends]

    def _segments(self, low: int, high: int) -> Iterator[tuple[int, int, int]]:
        """The time from ``low`` to ``high``, cut where the zone's offset changes: (from, to, offset)."""
        start, offset = low, self._offset(low)
        for day in range(low + DAY, high + 1, DAY):
            changed, before = self._offset(day), day - DAY
            while offset != changed:
                after = day
                while after - before > SECOND:  # offsets change on whole seconds
                    middle = (before + after) // 2 // SECOND * SECOND
                    if self._offset(middle) == offset:
                        before = middle
                    else:
                        after = middle
                yield start, after, offset
                start, before, offset = after, after, self._offset(after)
        if start < high:
            yield start, high, offset

    def _offset(self, micros: int) -> int:
        return micros_of(moment_at(micros).astimezone(self.zone).utcoffset() or NOTHING)


def _running(
    starts: list[datetime], ends: list[datetime], worked: timedelta
) -> tuple[list[timedelta], timedelta]:
    """The worked time before each span, and after all of them."""
    before = []
    for start, end in zip(starts, ends, strict=True):
        before.append(worked)
        worked += end - start
    return before, worked
