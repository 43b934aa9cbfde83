"""The configuration file as frozen settings: strict, each message with file, line and the nearest valid key.

Nothing here knows rules or trackers: ids of rules and names of fields are checked by who uses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from ownership_audit.calendars import OFFICE_HOURS, Calendar, Duration, duration_of
from ownership_audit.digest.configure import digest_of
from ownership_audit.digest.settings import Digest
from ownership_audit.errors import ConfigError
from ownership_audit.reconcile.configure import actions_of
from ownership_audit.reconcile.settings import Actions
from ownership_audit.severity import SEVERITIES
from ownership_audit.timeline import STATUS_CLASSES, Conventions, PersonNote
from ownership_audit.trackers.configure import TrackerSettings, trackers_of
from ownership_audit.yamlfile import Value, read_yaml

DEFAULT_FILE: Final = "ownership-audit.yaml"
DEADLINE_SOURCES: Final = ("due-date", "release", "sprint")
DATE_ORDERS: Final = ("day-first", "month-first")

Hours = tuple[tuple[tuple[int, int], ...], ...]
"""Per weekday, Monday first: the working spans in minutes after midnight."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_USUAL_WEEK: Final[Hours] = tuple(tuple(OFFICE_HOURS.get(day, ())) for day in range(7))
_DEFAULTS: Final = Conventions()
_NO_ACTIONS: Final = Actions()
_NO_DIGEST: Final = Digest()


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """Working time as configured: IANA zone, hours, public holidays by country, further days off."""

    zone: str = "UTC"
    hours: Hours = _USUAL_WEEK
    country: str | None = None
    subdivision: str | None = None
    days_off: tuple[date, ...] = ()

    def build(self) -> Calendar:
        """The calendar; equal specifications share one."""
        return _build(self)


@lru_cache(maxsize=256)
def _build(spec: CalendarSpec) -> Calendar:
    return Calendar(
        zone=spec.zone,
        hours=dict(enumerate(spec.hours)),
        country=spec.country,
        subdivision=spec.subdivision,
        days_off=list(spec.days_off),
    )


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """One project: a support desk or not, its lead, and its own calendar where it has one."""

    support: bool = False
    lead: str | None = None
    calendar: CalendarSpec | None = None


@dataclass(frozen=True, slots=True)
class PersonSettings:
    """One account: ``kind`` is bot, queue or person where configured; absences are first and last day."""

    team: str | None = None
    kind: str | None = None
    tester: bool = False
    absences: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTuning:
    """What a team changes about a shipped rule; ``place`` is where that is written."""

    place: str
    severity: str | None = None
    within: Duration | None = None
    projects: frozenset[str] | None = None
    off: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. People, statuses, priorities and types have lower-case keys, projects upper-case ones.

    ``day_first`` is the order of day and month in the dates of CSV files; None takes it from each file.
    """

    calendar: CalendarSpec = CalendarSpec()
    projects: Mapping[str, ProjectSettings] = field(default_factory=dict)
    people: Mapping[str, PersonSettings] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    high: tuple[str, ...] = _DEFAULTS.high
    crisis: tuple[str, ...] = _DEFAULTS.crisis
    parking: tuple[str, ...] = _DEFAULTS.parking
    deadline_sources: tuple[str, ...] = _DEFAULTS.deadline_sources
    owner_field: str = _DEFAULTS.owner_field
    reviewer_field: str | None = None
    sprint_field: str | None = None
    development_field: str | None = None
    containers: frozenset[str] = _DEFAULTS.containers
    audit_containers: bool = False
    default_owner_counts: bool = False
    ignore_labels: frozenset[str] = _DEFAULTS.ignore_labels
    day_first: bool | None = None
    rules: Mapping[str, RuleTuning] = field(default_factory=dict)
    trackers: Mapping[str, TrackerSettings] = field(default_factory=dict)
    actions: Actions = _NO_ACTIONS
    digest: Digest = _NO_DIGEST

    def calendar_of(self, project: str) -> Calendar:
        """The project's calendar, else everybody's; without anyone's absences."""
        own = self.projects.get(project.upper())
        return ((own and own.calendar) or self.calendar).build()

    def person(self, *names: str | None) -> PersonSettings:
        """What is configured under the first of the names (account id, user name, display name) that is."""
        found = (self.people.get(name.lower()) for name in names if name)
        return next((person for person in found if person is not None), PersonSettings())

    def conventions(self) -> Conventions:
        """How the timeline is to read names, fields and times."""
        return Conventions(
            statuses=self.statuses,
            high=self.high,
            crisis=self.crisis,
            parking=self.parking,
            containers=self.containers,
            audit_containers=self.audit_containers,
            people={
                name: PersonNote(kind=person.kind, team=person.team, tester=person.tester)
                for name, person in self.people.items()
            },
            leads={key: project.lead for key, project in self.projects.items() if project.lead},
            support=frozenset(key for key, project in self.projects.items() if project.support),
            owner_field=self.owner_field,
            reviewer_field=self.reviewer_field,
            sprint_field=self.sprint_field,
            development_field=self.development_field,
            deadline_sources=self.deadline_sources,
            default_owner_counts=self.default_owner_counts,
            ignore_labels=self.ignore_labels,
            zone=self.calendar.zone,
        )


def load(path: Path | None = None) -> Settings:
    """Settings from one file, or the defaults without one; raises ConfigError with ``file:line``."""
    if path is None:
        return Settings()
    changed: dict[str, object] = {}
    for key, value in read_yaml(path, ConfigError).mapping(_SECTIONS, "the settings").items():
        changed |= _SECTIONS[key](value)
    return Settings(**changed)  # type: ignore[arg-type]  # each section returns fields of Settings


def _lower_names(value: Value) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lower() for name in value.names()))


# ---------------------------------------------------------------- calendars


def _calendar(value: Value) -> CalendarSpec:
    found = value.mapping(("zone", "hours", "country", "subdivision", "days-off"), "a calendar")
    zone, country, subdivision = (
        found[key].string() if key in found else None for key in ("zone", "country", "subdivision")
    )
    # Each part is tried alone, so that a message names its line.
    if zone is not None:
        found["zone"].built(lambda: Calendar(zone=zone))
    if country is not None:
        found["country"].built(lambda: Calendar(country=country))
    if subdivision is not None:
        found["subdivision"].built(lambda: Calendar(country=country, subdivision=subdivision))
    return CalendarSpec(
        zone=zone or CalendarSpec().zone,
        hours=_hours(found["hours"]) if "hours" in found else _USUAL_WEEK,
        country=country,
        subdivision=subdivision,
        days_off=tuple(sorted({item.date() for item in found["days-off"].items()}))
        if "days-off" in found
        else (),
    )


def _hours(value: Value) -> Hours:
    week: dict[int, tuple[tuple[int, int], ...]] = {}
    for days, key, spans in value.pairs(None, "working hours by day"):
        for day in _weekdays(key, days):
            if day in week:
                raise key.fail(f"{_DAYS[day]} has its hours already; write each day once")
            week[day] = _spans(spans)
    value.built(lambda: Calendar(hours=week))
    return tuple(week.get(day, ()) for day in range(7))


def _weekdays(key: Value, text: str) -> list[int]:
    """``mon``, ``mon-fri``, ``sun-thu`` (over the week's end) or ``mon, wed``."""
    days: list[int] = []
    for part in text.lower().split(","):
        ends = [end.strip() for end in part.split("-")]
        for end in ends:
            if end not in _DAYS:
                raise key.fail(
                    f"{end!r} is no day of the week; write {', '.join(_DAYS)}, or a range such as mon-fri"
                )
        if len(ends) > 2:
            raise key.fail(f"{part.strip()!r} is no range of days; write mon-fri, or days with commas")
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        days += [day % 7 for day in range(first, first + (last - first) % 7 + 1)]
    return days


def _spans(value: Value) -> tuple[tuple[int, int], ...]:
    """Spans as a list, or in one text with commas; none at all is a day off."""
    parts = [
        (item, part.strip()) for item in value.items() for part in item.text().split(",") if part.strip()
    ]
    spans: list[tuple[int, int]] = []
    for item, part in parts:
        match = _SPAN.fullmatch(part)
        if match is None:
            raise item.fail(f'{part!r} is no span of hours; write it in quotes, such as "09:00-17:00"')
        hour, minute, end_hour, end_minute = map(int, match.groups())
        if minute > 59 or end_minute > 59:
            raise item.fail(f"{part!r} is no time of day; minutes run from 00 to 59")
        spans.append((hour * 60 + minute, end_hour * 60 + end_minute))
    return tuple(spans)


# ---------------------------------------------------------------- projects, people, rules


def _projects(value: Value) -> dict[str, ProjectSettings]:
    projects: dict[str, ProjectSettings] = {}
    for name, entry in value.by_name("projects by key").items():
        found = entry.mapping(("support", "lead", "calendar"), "a project")
        projects[name.upper()] = ProjectSettings(
            support="support" in found and found["support"].boolean(),
            lead=found["lead"].string() if "lead" in found else None,
            calendar=_calendar(found["calendar"]) if "calendar" in found else None,
        )
    return projects


def _person(value: Value) -> PersonSettings:
    found = value.mapping(("team", "bot", "queue", "tester", "absent"), "a person")
    kinds = {word: found[word].boolean() for word in ("bot", "queue") if word in found}
    chosen = [word for word, applies in kinds.items() if applies]
    if len(chosen) > 1:
        raise found["queue"].fail("an account is a bot or a queue, not both; keep one")
    return PersonSettings(
        team=found["team"].string() if "team" in found else None,
        # "bot: false" says that a name only looks like a bot's
        kind=chosen[0] if chosen else "person" if kinds else None,
        tester="tester" in found and found["tester"].boolean(),
        absences=tuple(sorted(map(_absence, found["absent"].items()))) if "absent" in found else (),
    )


def _absence(value: Value) -> tuple[date, date]:
    days: list[date] = []
    for part in value.string().split(" to "):
        try:
            days.append(date.fromisoformat(part.strip()))
        except ValueError as problem:
            raise value.fail(
                f"{part!r} is not a date ({problem}); write 2026-03-04 or 2026-03-04 to 2026-03-06"
            ) from None
    if len(days) > 2 or days[-1] < days[0]:
        raise value.fail(f"{value.string()!r} is no span of days; write the first day, then the last one")
    return days[0], days[-1]


def _tuning(value: Value) -> RuleTuning:
    found = value.mapping(("severity", "within", "projects", "off"), "what is to change about the rule")
    projects = frozenset(name.upper() for name in found["projects"].names()) if "projects" in found else None
    if projects == frozenset():
        raise found["projects"].fail("no project is named; name one, or write off: true")
    return RuleTuning(
        place=value.place,
        severity=found["severity"].choice(SEVERITIES) if "severity" in found else None,
        within=duration_of(found["within"]) if "within" in found else None,
        projects=projects,
        off="off" in found and found["off"].boolean(),
    )


# ---------------------------------------------------------------- sections: each gives fields of Settings


def _priorities(value: Value) -> dict[str, object]:
    return {
        name: _lower_names(found) for name, found in value.mapping(("high", "crisis"), "priorities").items()
    }


def _deadline(value: Value) -> dict[str, object]:
    found = value.mapping(("sources",), "deadline settings")
    if "sources" not in found:
        return {}
    sources = [item.choice(DEADLINE_SOURCES) for item in found["sources"].items()]
    return {"deadline_sources": tuple(source for source in DEADLINE_SOURCES if source in sources)}


def _fields(value: Value) -> dict[str, object]:
    found = value.mapping(("owner", "reviewer", "sprint", "development"), "fields")
    return {f"{name}_field": entry.string() for name, entry in found.items()}


def _containers(value: Value) -> dict[str, object]:
    changed: dict[str, object] = {}
    for name, found in value.mapping(("types", "audit"), "container settings").items():
        if name == "types":
            changed["containers"] = frozenset(_lower_names(found))
        else:
            changed["audit_containers"] = found.boolean()
    return changed


def _releases(value: Value) -> dict[str, object]:
    return {
        name: _lower_names(found) for name, found in value.mapping(("parking",), "release settings").items()
    }


def _default_owner(value: Value) -> dict[str, object]:
    found = value.mapping(("counts",), "settings of the default owner")
    return {"default_owner_counts": found["counts"].boolean()} if found else {}


def _csv(value: Value) -> dict[str, object]:
    found = value.mapping(("dates",), "settings of CSV files")
    return {"day_first": found["dates"].choice(DATE_ORDERS) == "day-first"} if found else {}


_SECTIONS: Final[Mapping[str, Callable[[Value], dict[str, object]]]] = {
    "calendar": lambda value: {"calendar": _calendar(value)},
    "projects": lambda value: {"projects": _projects(value)},
    "people": lambda value: {
        "people": {name: _person(found) for name, found in value.by_name("people by name").items()}
    },
    "statuses": lambda value: {
        "statuses": {
            name: found.choice(STATUS_CLASSES) for name, found in value.by_name("statuses by name").items()
        }
    },
    "priorities": _priorities,
    "releases": _releases,
    "deadline": _deadline,
    "fields": _fields,
    "containers": _containers,
    "default-owner": _default_owner,
    "trackers": lambda value: {"trackers": trackers_of(value)},
    "actions": lambda value: {"actions": actions_of(value)},
    "digest": lambda value: {"digest": digest_of(value)},
    "ignore-labels": lambda value: {"ignore_labels": frozenset(value.names())},
    "csv": _csv,
    "rules": lambda value: {
        "rules": {name: _tuning(found) for name, _, found in value.pairs(None, "rules by id")}
    },
}
