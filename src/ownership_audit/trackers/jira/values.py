"""Values as foreign JSON holds them: lists, mappings, texts, days, sprints.

Nothing here trusts what it is given; what has the wrong type counts as absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

NO_NAMES: Final[frozenset[str]] = frozenset()
YEARS: Final = range(1970, 2200)
"""What lies outside is a slip, and beyond what calendars can count."""

LONGEST_ID: Final = 100
"""What is longer is no id, and is cut."""

_DISPLAY_DAY: Final = re.compile(r"^(\d{1,2})/([A-Za-z]{3})/(\d{4}|\d{2})")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPRINT_NAME: Final = re.compile(r"[\[,]name=([^,\]]*)")
_SPRINT_END: Final = re.compile(r"[\[,]endDate=(\d{4}-\d{2}-\d{2}[^,\]]*)")
_EMPTY: Final[Mapping[str, Any]] = {}


def short(value: object) -> str:
    """The value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def parse_day(*values: object) -> date | None:
    """The first of the values that holds a day: ISO, or Jira's display form ``28/Feb/13``.

    Raises ValueError for an impossible day; None when no value is there.
    """
    for value in values:
        if value is None or value == "":
            continue
        text = str(value)
        display = _DISPLAY_DAY.match(text)
        if display:
            day, month, year = display.groups()
            full_year = int(year) + 2000 if len(year) == 2 else int(year)
            if month.lower() not in _MONTHS:
                raise ValueError(f"no month is called {month}")
            found = date(full_year, _MONTHS.index(month.lower()) + 1, int(day))
        else:
            found = date.fromisoformat(text[:10])
        check_year(found)
        return found
    return None


def check_year(day: date) -> None:
    """Raises ValueError for a day outside YEARS."""
    if day.year not in YEARS:
        raise ValueError(f"the year must be from {YEARS[0]} to {YEARS[-1]}")


def text_or_none(value: object) -> str | None:
    """The value where it is a text."""
    return value if isinstance(value, str) else None


def as_list(value: object) -> Sequence[Any]:
    """The value where it is a list, else an empty sequence."""
    return value if isinstance(value, list) else ()


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else _EMPTY


def mappings(value: object) -> Sequence[Mapping[str, Any]]:
    """The entries of a list, each as a mapping; nothing where it is no list."""
    if not value or not isinstance(value, list):
        return ()
    return [entry if isinstance(entry, dict) else _EMPTY for entry in value]


def names(text: object) -> frozenset[str]:
    """The names in a text that separates them by commas."""
    return frozenset(part.strip() for part in str(text).split(",") if part.strip()) if text else NO_NAMES


def last_pull_request(value: object) -> object:
    """When a pull request was changed last, as written, by a development panel's summary; None without one.

    The summary is a text ``{pullrequest={...}, json={"cachedValue":{"summary":{"pullrequest":...}}}}``.
    """
    _, found, rest = value.partition("json=") if isinstance(value, str) else ("", "", "")
    if not found:
        return None
    try:
        told, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return None
    summary = mapping(mapping(mapping(told).get("cachedValue")).get("summary"))
    overall = mapping(mapping(summary.get("pullrequest")).get("overall"))
    return overall.get("lastUpdated") if overall.get("count") else None


def first_of(value: object) -> object:
    """The first entry of a list that has any; else the value itself."""
    return value[0] if isinstance(value, list) and value else value


def is_sprint(value: object) -> bool:
    """True for an entry of a custom field that looks like a sprint, in either of Jira's forms."""
    if isinstance(value, str):
        return "greenhopper.service.sprint" in value
    return isinstance(value, dict) and "state" in value and ("endDate" in value or "boardId" in value)


def sprint(value: object) -> tuple[str, object] | None:
    """A sprint's name, and its end as written, from a mapping or from Server's text ``...[name=...]``."""
    if isinstance(value, dict):
        return (str(value["name"]), value.get("endDate")) if value.get("name") else None
    if not isinstance(value, str) or "name=" not in value:
        return None
    title, end = _SPRINT_NAME.search(value), _SPRINT_END.search(value)
    return (title[1], end[1] if end else None) if title else None
