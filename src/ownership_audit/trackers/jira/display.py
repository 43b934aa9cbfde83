"""Times as a site shows them to people: many forms, no zone, and day and month in either order.

The grammar here only tells the forms apart, and gives dateutil short texts it has recognised.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from dateutil.parser import parse, parserinfo

from ownership_audit.trackers.jira.values import short

# 17/Mar/26 9:12 AM, 17/Mar/2026 09:12, 2026-03-17 9:12, 03/17/2026 9:12 AM, 17.03.26 09:12
_SHOWN: Final = re.compile(
    r"(\d{4}|\d\d?)([-./ ])(\d\d?|[^\W\d_]{3,9}\.?)\2(\d{4}|\d\d?)"
    r"((?:,? \d{1,2}:\d\d(?::\d\d)?(?: ?[ap]\.?m\.?)?)?)",
    re.IGNORECASE,
)
_MIDNIGHT: Final = datetime(2000, 1, 1, tzinfo=UTC)


class _Years(parserinfo):
    """Two digits are a year of this century: by default they depend on the clock."""

    def convertyear(self, year: int, century_specified: bool = False) -> int:
        return year if century_specified or year > 99 else year + 2000


_INFO: Final = _Years()


class Shown:
    """The times of one file. ``look`` at all of them first; ``ambiguity`` then says what is in the way.

    ``day_first`` is the order as configured; None takes it from the dates that have only one. Dates with dots
    have the day first everywhere. A year of two digits stands last.
    """

    __slots__ = ("_day_first", "_doubtful", "_proof")

    def __init__(self, day_first: bool | None) -> None:
        self._day_first = day_first
        self._doubtful: tuple[str, str] | None = None
        self._proof: dict[bool, tuple[str, str]] = {}

    def look(self, column: str, text: str) -> None:
        """Let one value of a column tell the order, where it can."""
        match = _SHOWN.fullmatch(_plain(text))
        if match is None or match[2] == "." or len(match[1]) > 2 or not match[3].isdecimal():
            return
        first, second = int(match[1]), int(match[3])
        if first != second and first <= 12 and second <= 12:
            self._doubtful = self._doubtful or (column, text)
        elif (first <= 12) != (second <= 12) and max(first, second) <= 31:
            self._proof.setdefault(second <= 12, (column, text))

    def ambiguity(self) -> str | None:
        """Why the order of day and month is unknown, and what to do; None where it is known or no matter."""
        if self._day_first is not None:
            return None
        if len(self._proof) == 2:
            (day, shown), (month, other) = self._proof[True], self._proof[False]
            found = (
                f"the column {day!r} has the day first ({short(shown)}), {month!r} the month ({short(other)})"
            )
        elif self._doubtful and not self._proof:
            column, shown = self._doubtful
            found = f"the column {column!r} can be read in two ways ({short(shown)}), as can all of the file"
        else:
            self._day_first = True in self._proof
            return None
        return f"{found}; write csv: {{dates: day-first}} or month-first into the configuration"

    def moment(self, text: str) -> str:
        """ISO without a zone; a text of another form, or that is no date, as it is."""
        match = _SHOWN.fullmatch(_plain(text))
        if match is None:
            return text
        first, separator, second, last, clock = match.groups()
        year_first = len(first) > 2
        day_first = not year_first and (separator == "." or bool(self._day_first))
        if not year_first:
            if len(last) == 1 or int(first) > 31:
                return text  # dateutil would find a year in it
            if second.isdecimal() and int(second if day_first else first) > 12:
                return text  # dateutil would take the other order
        try:
            found = parse(
                f"{first}-{second}-{last}{clock}",
                parserinfo=_INFO,
                dayfirst=day_first,
                yearfirst=year_first,
                default=_MIDNIGHT,
            )
        except (ValueError, OverflowError):
            return text
        return found.replace(tzinfo=None).isoformat()

    def day(self, text: str) -> str:
        """The day alone, else as ``moment``."""
        found = self.moment(text)
        return found if found is text else found[:10]


def _plain(text: str) -> str:
    """With plain spaces: before AM and PM some sites write a narrow one that does not break."""
    return " ".join(text.split())
