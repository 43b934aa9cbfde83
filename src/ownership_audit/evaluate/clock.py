"""Which calendar counts for whom: one per project, less the absences of the person who owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ownership_audit.calendars import Calendar, Duration
from ownership_audit.timeline import Person

Absences = Mapping[str, Sequence[tuple[date, date]]]
"""Inclusive local days, by lower-cased account id, user name or display name."""


class Calendars:
    """Hands out calendars by project key and person."""

    def __init__(
        self,
        default: Calendar,
        projects: Mapping[str, Calendar] | None = None,
        absences: Absences | None = None,
    ) -> None:
        self._default = default
        self._projects = dict(projects or {})
        self._absences = dict(absences or {})
        self._cache: dict[tuple[str, str], Calendar] = {}

    def project(self, key: str) -> Calendar:
        """The project's calendar, absences of persons not counted."""
        return self._projects.get(key, self._default) if self._projects else self._default

    def person(self, person: Person | None, project: str) -> Calendar:
        """The project's calendar less the person's absences."""
        calendar = self.project(project)
        if person is None or not self._absences:
            return calendar
        key = (person.id, project)
        found = self._cache.get(key)
        if found is None:
            days = self._days(person)
            found = calendar.with_absences(calendar.absences_of_days(days)) if days else calendar
            self._cache[key] = found
        return found

    def due(self, person: Person | None, project: str, opened: datetime, within: Duration) -> datetime:
        """When something owed by ``person`` since ``opened`` is due; at once means at the next moment
        present.
        """
        if within != Duration.ZERO:
            return self.person(person, project).add(opened, within)
        calendar, own = self.project(project), self.person(person, project)
        if own is calendar:
            return opened
        day = calendar.local_day(opened)
        away = any(first <= day <= last for first, last in self._days(person))
        return own.add(opened, within) if away else opened

    def _days(self, person: Person | None) -> list[tuple[date, date]]:
        if person is None:
            return []
        return [*self._absences.get(person.id.lower(), ()), *self._absences.get(person.name.lower(), ())]
