"""What a calendar is made of: its zone, the hours of its week and its days off, each checked."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Final

from ownership_audit.calendars.duration import clip, near
from ownership_audit.calendars.moments import EPOCH_DAY, MINUTE
from ownership_audit.errors import ConfigError

Hours = Mapping[int, tuple[tuple[int, int], ...]]
"""Per weekday (0 is Monday) the working spans, in minutes of the local day."""

OFFICE_HOURS: Final[Hours] = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))
"""Monday to Friday, 9:00 to 17:00."""

Week = list[tuple[tuple[int, int], ...]]
"""The spans of each weekday in order, in microseconds of the local day."""

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def load_zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA name; any other name is a ConfigError with the nearest one."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the zone data is an OSError
        known = sorted(zoneinfo.available_timezones())
        hint = near(
            name, {zone.lower(): zone for zone in known}, "write an IANA name such as 'Europe/Berlin'"
        )
        city = "/" + name.lower().replace(" ", "_")
        hint = next((f"did you mean {zone!r}?" for zone in known if zone.lower().endswith(city)), hint)
        raise ConfigError(f"unknown time zone {clip(name)}; {hint}") from None


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def checked_hours(hours: Hours) -> Week:
    """The hours in order; wrong ones are a ConfigError."""
    week: Week = [()] * 7
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
        week[weekday] = tuple((start * MINUTE, end * MINUTE) for start, end in ordered)
    if not any(week):
        raise ConfigError("working hours: no weekday has any; give one at least a span such as 09:00-17:00")
    return week


class Holidays:
    """Days off of a country, read year by year, and further days off that the configuration names."""

    def __init__(self, country: str | None, subdivision: str | None, days_off: Collection[date]) -> None:
        self._country = country
        self._subdivision = subdivision
        self._extra = frozenset(day.toordinal() - EPOCH_DAY for day in days_off)
        self._years: dict[int, frozenset[int]] = {}
        if country is not None:
            self._check(country)
        elif subdivision is not None:
            raise ConfigError(f"holidays: subdivision {clip(subdivision)} has no country; add one")

    def _check(self, country: str) -> None:
        import holidays
        from holidays.registry import COUNTRIES

        known = holidays.list_supported_countries(include_aliases=True)
        if country not in known:
            names = {name.lower(): codes[1] for name, codes in COUNTRIES.items() if codes[1] in known}
            names |= {codes[0].lower(): codes[1] for codes in COUNTRIES.values() if codes[1] in known}
            names |= {code.lower(): code for code in known}
            hint = near(country, names, "write its ISO 3166 code, such as 'DE' or 'US'")
            raise ConfigError(f"holidays: unknown country {clip(country)}; {hint}")
        parts = known[country]
        if self._subdivision is not None and self._subdivision not in parts:
            otherwise = f"valid: {', '.join(parts)}" if parts else f"{country} has none; remove it"
            hint = near(self._subdivision, {part.lower(): part for part in parts}, otherwise)
            raise ConfigError(f"holidays: {country} has no subdivision {clip(self._subdivision)}; {hint}")

    def of(self, years: Iterable[int]) -> frozenset[int]:
        """The days off of these years, as days since 1970."""
        if self._country is None:
            return self._extra
        return self._extra.union(*(self._of_year(year) for year in years))

    def _of_year(self, year: int) -> frozenset[int]:
        if year not in self._years:
            import holidays  # takes long to import, and most runs have no country

            found = holidays.country_holidays(str(self._country), subdiv=self._subdivision, years=year)
            self._years[year] = frozenset(day.toordinal() - EPOCH_DAY for day in found)
        return self._years[year]
