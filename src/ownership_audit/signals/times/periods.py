"""Weeks, months, quarters and years around a day: where they begin and end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

DAY: Final = timedelta(1)
WEEK: Final = timedelta(7)
SATURDAY: Final = 5
SUNDAY: Final = 6

Days = tuple[date, date]
"""First and last day."""


def monday_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - day.weekday() * DAY


def month_of(year: int, month: int) -> Days:
    """A month; numbers past December run on into the following years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    after = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), after - DAY


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    first, last = month_of(day.year, day.month + months)
    return min(first + (day.day - 1) * DAY, last)


def after_working_days(day: date, count: int) -> date:
    """The last of so many working days after a day, in a week of Monday to Friday."""
    weeks, rest = divmod(count, 5)
    while day.weekday() >= SATURDAY:
        day -= DAY
    day += weeks * WEEK
    for _ in range(rest):
        day += DAY
        while day.weekday() >= SATURDAY:
            day += DAY
    return day


def week(said: date, ahead: int) -> Days:
    """This week (0), the next (1) or a later one, Monday to Sunday.

    From Saturday on "this week" may be the coming one, and on a Sunday "next week" the one after it.
    """
    late = said.weekday() >= SATURDAY if ahead == 0 else said.weekday() == SUNDAY
    monday = monday_of(said) + (ahead + late) * WEEK
    return monday, monday + 6 * DAY


def weekend(said: date, ahead: int) -> Days:
    """Saturday and Sunday of this week (0), the next (1) or a later one."""
    saturday = monday_of(said) + ahead * WEEK + 5 * DAY
    return saturday, saturday + DAY


def period(unit: str, said: date, ahead: int) -> Days:
    """The week, weekend, month, quarter or year of a day (0), or one after it."""
    if unit == "week":
        return week(said, ahead)
    if unit == "weekend":
        return weekend(said, ahead)
    if unit == "month":
        return month_of(said.year, said.month + ahead)
    if unit == "quarter":
        return quarter(said.year, (said.month - 1) // 3 + 1 + ahead)
    return date(said.year + ahead, 1, 1), date(said.year + ahead, 12, 31)


def quarter(year: int, number: int) -> Days:
    """A quarter; numbers past 4 run on into the following years."""
    return month_of(year, number * 3 - 2)[0], month_of(year, number * 3)[1]


def part(unit: str, days: Days, which: str) -> Days:
    """The ``early`` or ``mid`` part of a period, read generously; ``late`` is the whole."""
    first = days[0]
    if which == "late" or unit == "weekend":
        return days
    if unit == "week":
        return first, first + (2 if which == "early" else 3) * DAY
    if unit == "month":
        return first, first + (14 if which == "early" else 19) * DAY
    months = {"quarter": 2, "year": 3 if which == "early" else 7}[unit]
    return first, add_months(first, months) - DAY
