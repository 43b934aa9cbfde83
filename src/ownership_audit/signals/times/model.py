"""What a promised time is: days, a clock time on the last of them, or a length of working time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Final, NamedTuple

END_OF_DAY: Final = time(23, 59)
"""For evenings and nights, and for clock times in a zone that isn't the author's."""


@dataclass(frozen=True, slots=True)
class PromisedTime:
    """When something was promised; it is due at the end.

    ``first`` to ``last`` are local days of the author, inclusive. ``at`` is a clock time on ``last``; without
    it the day's work counts. With ``working_days`` (after the day it was said) or ``working_minutes``
    (after the moment) that length decides, and ``last`` is where it ends in a week of Monday to Friday.
    """

    span: tuple[int, int]
    """Where the words stand in the sentence: start and end."""
    first: date
    last: date
    at: time | None = None
    working_days: int | None = None
    working_minutes: int | None = None


class Reading(NamedTuple):
    """What the grammar makes of the tokens up to ``end``, before their surroundings are looked at."""

    first: date
    last: date
    end: int
    at: time | None = None
    working_days: int | None = None
    working_minutes: int | None = None
    ahead: bool = False
    """The words can't mean the past, as "tomorrow" and "next week" can't and "Monday" can."""
    needs_future: bool = False
    """Only a time where the clause speaks of the future, as "at 10:32"."""
    closed: bool = False
    """The words name the end itself, so that "before" takes no day off."""
