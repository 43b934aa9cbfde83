"""The words of the grammar: names of days and months, numbers, units."""

from __future__ import annotations

from typing import Final


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


WEEKDAYS: Final = {
    name: number
    for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}
SHORT_WEEKDAYS: Final = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3,
    "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTHS: Final = (
    {name: number for number, name in enumerate(_MONTHS, 1)}
    | {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
    | {"sept": 9}
)
COMMON_WORDS: Final = frozenset({"may", "march", "mar", "dec", "jan"})
"""Names of months that are other words as well: only in capitals, or after a preposition."""

TOMORROW: Final = frozenset(
    {"tomorrow", "tommorrow", "tommorow", "tomorow", "tomorrw", "tmrw", "tmr", "tmw", "2morrow"}
)
DAY_ENDS: Final = frozenset({"eod", "eob", "cob", "cop"})
PERIOD_ENDS: Final = {"eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year"}
PERIODS: Final = frozenset({"week", "weekend", "month", "quarter", "year"})

NUMBERS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
FEW: Final = 5
COUPLE: Final = 3

UNITS: Final = {
    "minute": "minute", "minutes": "minute", "min": "minute", "mins": "minute",
    "hour": "hour", "hours": "hour", "hr": "hour", "hrs": "hour", "h": "hour",
    "day": "day", "days": "day",
    "week": "week", "weeks": "week", "wk": "week", "wks": "week",
    "week's": "week", "day's": "day", "hour's": "hour", "month's": "month",
    "fortnight": "fortnight", "month": "month", "months": "month", "year": "year", "years": "year",
}  # fmt: skip
ZONES: Final = words(
    "PST PDT PT EST EDT ET CST CDT CT MST MDT MT CET CEST EET EEST WET BST IST GMT UTC JST MSK "
    "AEST AEDT HKT SGT Z Pacific Eastern Central"
)
