"""Dates in figures or with a month's name, such as "12 March", "March 12th, 2026", "12/3" or "2026-03-12".

The grammar here only spots them, and gives dateutil short texts it has recognised, never free text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from ownership_audit.signals.times.tokens import NOTHING, Token
from ownership_audit.signals.times.words import COMMON_WORDS, MONTHS, words

_DAY: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_ORDINAL: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)")
_YEAR: Final = re.compile(r"20[0-9]{2}")
_ISO: Final = re.compile(r"(20[0-9]{2}([-/.])[0-9]{1,2}\2[0-9]{1,2})(?:t([0-9]{2}:[0-9]{2})[0-9:.z+-]*)?")
_FIGURES: Final = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:20)?[0-9]{2}")
_DAY_AND_MONTH: Final = re.compile(r"[0-9]{1,2}/[0-9]{1,2}")
_LONG_YEAR: Final = re.compile(r"[0-9]{4}")
_LETTER: Final = re.compile("[a-z]")
_SEPARATOR: Final = re.compile(r"[-/.]")
_NAMED: Final = re.compile(r"[0-9]{1,2}-([a-z]{3,9})(?:-(?:20)?[0-9]{2})?")

_BEHIND: Final = timedelta(90)
"""A date without a year lies at most this far in the past; else it is next year's."""
_LITTLE_BEHIND: Final = timedelta(14)
"""The same after "by" and "before", which look ahead."""

# What may follow "the 15th": a noun after it ("the 3rd party", "the 1st one") makes it no date.
_AFTER_ORDINAL: Final = words(
    "at or and if with for to in then when but so as by i we i'll we'll you he she they it will "
    "latest morning afternoon evening noon because since while which though however"
)


def month_at(token: Token, *, certain: bool) -> int | None:
    """The month that a token names; names that are other words too count when ``certain`` or in capitals."""
    month = MONTHS.get(token.word)
    if month is not None and token.word in COMMON_WORDS and not certain and not token.raw[0].isupper():
        return None
    return month


def date_at(
    tokens: Sequence[Token], at: int, said: date, *, lead: str = "", weekday: bool = False
) -> tuple[date, int] | None:
    """The date that starts at a token, and the index after it.

    A ``lead`` (a preposition) or a ``weekday`` before it is what "12/3" and "the 15th" need. A date without
    a year that has lately passed is none, and neither is one of the past.
    """
    led = bool(lead) or weekday
    found = _in_figures(tokens, at, led=led) or _in_words(tokens, at, led=led)
    if found:
        text, end = found
        day = _resolve(text, said, _LITTLE_BEHIND if lead in {"by", "before"} else _BEHIND)
        return (day, end) if day is not None and day >= said else None
    if not led or (not weekday and _word(tokens, at).word != "the"):
        return None
    return _of_this_month(tokens, at + (_word(tokens, at).word == "the"), said)


def _word(tokens: Sequence[Token], at: int) -> Token:
    return tokens[at] if 0 <= at < len(tokens) else NOTHING


def _in_figures(tokens: Sequence[Token], at: int, *, led: bool) -> tuple[str, int] | None:
    word = _word(tokens, at).word
    iso = _ISO.fullmatch(word)
    if iso:
        return iso[1], at + 1
    if _FIGURES.fullmatch(word):
        return word, at + 1
    named = _NAMED.fullmatch(word)
    if named and named[1] in MONTHS:
        return word, at + 1
    if led and _DAY_AND_MONTH.fullmatch(word) and _word(tokens, at + 1).word != "of":
        return word, at + 1
    return None


def clock_of_iso(word: str) -> str | None:
    """The ``15:00`` of ``2026-03-12T15:00``."""
    iso = _ISO.fullmatch(word)
    return iso[3] if iso else None


def _in_words(tokens: Sequence[Token], at: int, *, led: bool) -> tuple[str, int] | None:
    start = at + (_word(tokens, at).word == "the")
    first = _word(tokens, start).word
    day = _DAY.fullmatch(first)
    if day:
        ordinal = first != day[1]
        of = _word(tokens, start + 1).word == "of"
        end = start + 1 + of
        month = _word(tokens, end)
        if month_at(month, certain=ordinal or of) is None:
            return None
        text = f"{day[1]} {month.word}"
    else:
        month = _word(tokens, start)
        if month_at(month, certain=led) is None:
            return None
        end = start + 1 + (_word(tokens, start + 1).word == ".")
        end += _word(tokens, end).word == "the"
        day = _DAY.fullmatch(_word(tokens, end).word)
        if not day:
            return None
        text = f"{day[1]} {month.word}"
    end += 1
    comma = _word(tokens, end).word == ","
    year = _word(tokens, end + comma).word
    if _YEAR.fullmatch(year):
        return f"{text} {year}", end + comma + 1
    return text, end


def _of_this_month(tokens: Sequence[Token], at: int, said: date) -> tuple[date, int] | None:
    """Reads "the 15th": of this month or, from the 15th on, of the next that has such a day."""
    ordinal = _ORDINAL.fullmatch(_word(tokens, at).word)
    after = _word(tokens, at + 1).word
    if not ordinal or not 1 <= int(ordinal[1]) <= 31 or (after[:1].isalnum() and after not in _AFTER_ORDINAL):
        return None
    year, month = said.year, said.month
    for _ in range(3):  # of any two months in a row, one has 31 days
        try:
            day = date(year, month, int(ordinal[1]))
        except ValueError:
            day = said
        if day > said:
            return day, at + 1
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return None


def _resolve(text: str, said: date, behind: timedelta) -> date | None:
    """The latest reading that is not past, if there is one."""
    has_year = bool(_LONG_YEAR.search(text)) or len(_SEPARATOR.findall(text)) == 2
    orders: tuple[bool, ...] = (True, False)
    if "." in text or _LETTER.search(text):  # dates with dots are written day first everywhere
        orders = (True,)
    elif _ISO.fullmatch(text):
        orders = (False,)
    found = []
    for year in (said.year,) if has_year else (said.year - 1, said.year, said.year + 1):
        for day_first in orders:
            day = _parse(text, year, day_first=day_first)
            if day and (has_year or -behind <= day - said < timedelta(365) - behind):
                found.append(day)
    return max((day for day in found if day >= said), default=None)


@lru_cache(1024)
def _parse(text: str, year: int, *, day_first: bool) -> date | None:
    from dateutil import parser  # late: most texts have no date

    first = datetime.combine(date(year, 1, 1), time())
    try:
        return parser.parse(text, dayfirst=day_first, default=first).date()
    except (ValueError, OverflowError):
        return None
