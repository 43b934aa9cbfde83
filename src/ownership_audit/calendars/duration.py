"""Lengths of time as rules give them, read from words and shown as words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import ClassVar, Final

from ownership_audit.calendars.moments import MINUTE, NOTHING, micros_of
from ownership_audit.errors import ConfigError
from ownership_audit.yamlfile import Value

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


def _number(value: Fraction) -> str:
    """A number of at most six decimals, without trailing zeros."""
    text = f"{value.numerator * 10**6 // value.denominator:07d}"
    return f"{text[:-6]}.{text[-6:]}".rstrip("0").rstrip(".")


def quantity(value: Fraction, unit: str) -> str:
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
        if self.working_days < 0 or self.working_minutes < 0 or (self.elapsed or NOTHING) < NOTHING:
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
            raise ConfigError(f"{clip(text)} is not a duration; {_VALID_DURATIONS}")
        plural = _SINGULAR.get(unit, unit)
        if plural not in _UNITS:
            names = {name: name for name in _UNITS} | _SINGULAR
            hint = near(unit, names, f"valid: {', '.join(_UNITS)}")
            raise ConfigError(f"{clip(text)}: unknown unit {clip(unit)}; {hint}")
        amount = Fraction(number)
        words = quantity(amount, plural)
        if plural == "working days":
            return cls(working_days=int(amount) if amount.denominator == 1 else amount, text=words)
        minutes = amount * _UNITS[plural]
        if not plural.startswith("working"):
            return cls(elapsed=timedelta(microseconds=int(minutes * MINUTE)), text=words)
        if minutes.denominator != 1:
            raise ConfigError(f"{clip(text)} is not a whole number of minutes; write it in working minutes")
        return cls(working_minutes=int(minutes), text=words)

    @property
    def is_working(self) -> bool:
        """True for working time, False for elapsed time."""
        return self.elapsed is None

    def _words(self) -> str:
        """The text of a duration that was not parsed."""
        if self.elapsed is not None:
            minutes = Fraction(micros_of(self.elapsed), MINUTE)
            unit = next((unit for unit in ("days", "hours") if minutes % _UNITS[unit] == 0), "minutes")
            return quantity(minutes / _UNITS[unit], unit)
        days = [quantity(Fraction(self.working_days), "working days")] if self.working_days else []
        minutes = Fraction(self.working_minutes)
        if minutes and minutes % 60 == 0:
            return " and ".join([*days, quantity(minutes / 60, "working hours")])
        if minutes or not days:
            days.append(quantity(minutes, "working minutes"))
        return " and ".join(days)

    def __str__(self) -> str:
        return self.text


Duration.ZERO = Duration(text="0 working minutes")


def clip(text: str) -> str:
    """The text quoted for an error message, cut to a readable length."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def near(word: str, names: Mapping[str, str], otherwise: str) -> str:
    """A hint with the valid name whose key (in lower case) is nearest to ``word``."""
    close = difflib.get_close_matches(word[:60].lower(), names, n=1, cutoff=0.75)
    return f"did you mean {names[close[0]]!r}?" if close else otherwise


def duration_of(value: Value) -> Duration:
    """The duration in a file that people write; raises the file's error with ``file:line``."""
    return value.built(lambda: Duration.parse(value.string()))
