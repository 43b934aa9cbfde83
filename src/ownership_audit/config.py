"""The configuration file as frozen settings: strict, each message with file, line and the nearest valid key.

Nothing here knows rules or trackers: ids of rules and names of fields are checked by who uses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Final, TypeVar

from ownership_audit.calendars import OFFICE_HOURS, Calendar, Duration
from ownership_audit.digest.configure import digest_of
from ownership_audit.digest.settings import Digest
from ownership_audit.errors import ConfigError
from ownership_audit.reconcile.settings import PLACEHOLDERS, Actions, Marks, Wording
from ownership_audit.severity import SEVERITIES
from ownership_audit.timeline import STATUS_CLASSES, Conventions, PersonNote
from ownership_audit.trackers.jira.rest.access import DEPLOYMENTS, GATEWAY, Login, check_address
from ownership_audit.yamlfile import Value, nearest, read_yaml

DEFAULT_FILE: Final = "ownership-audit.yaml"
DEADLINE_SOURCES: Final = ("due-date", "release", "sprint")
DATE_ORDERS: Final = ("day-first", "month-first")

Hours = tuple[tuple[tuple[int, int], ...], ...]
"""Per weekday, Monday first: the working spans in minutes after midnight."""

_T = TypeVar("_T")

_TRACKER: Final = (
    "type", "url", "deployment", "user-env", "token-env", "token-keyring", "cloud-id", "api-url",
    "projects", "jql", "mirror",
)  # fmt: skip
_LOGIN: Final = {"user-env": "user_env", "token-env": "token_env", "token-keyring": "keyring"}
_TRACKER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

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
class TrackerSettings:
    """One live tracker: where it is, how the account gets in, what is read, and where its mirror lies.

    ``url`` is the address people use; ``api_url`` the one requests go to, where that differs.
    """

    name: str
    place: str
    url: str
    api_url: str
    login: Login
    deployment: str | None = None
    projects: tuple[str, ...] = ()
    jql: str | None = None
    mirror: Path | None = None


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


def _names(value: Value) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.string() for item in value.items()))


def _lower_names(value: Value) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lower() for name in _names(value)))


def _by_name(value: Value, what: str) -> dict[str, Value]:
    """A mapping whose keys are names: lower-cased, and none twice in another spelling."""
    found: dict[str, Value] = {}
    for name, key, entry in value.pairs(None, what):
        lowered = " ".join(name.split()).lower()
        if lowered in found:
            raise key.fail(f"{name!r} is written twice, in different letters; keep one")
        found[lowered] = entry
    return found


# ---------------------------------------------------------------- calendars


def _calendar(value: Value) -> CalendarSpec:
    found = value.mapping(("zone", "hours", "country", "subdivision", "days-off"), "a calendar")
    zone, country, subdivision = (
        found[key].string() if key in found else None for key in ("zone", "country", "subdivision")
    )
    # Each part is tried alone, so that a message names its line.
    if zone is not None:
        _placed(found["zone"], lambda: Calendar(zone=zone))
    if country is not None:
        _placed(found["country"], lambda: Calendar(country=country))
    if subdivision is not None:
        _placed(found["subdivision"], lambda: Calendar(country=country, subdivision=subdivision))
    return CalendarSpec(
        zone=zone or CalendarSpec().zone,
        hours=_hours(found["hours"]) if "hours" in found else _USUAL_WEEK,
        country=country,
        subdivision=subdivision,
        days_off=tuple(sorted({item.date() for item in found["days-off"].items()}))
        if "days-off" in found
        else (),
    )


def _placed(value: Value, build: Callable[[], _T]) -> _T:
    """What ``build`` makes of the value; its error gets the value's place."""
    try:
        return build()
    except ConfigError as problem:
        raise value.fail(str(problem)) from None


def _hours(value: Value) -> Hours:
    week: dict[int, tuple[tuple[int, int], ...]] = {}
    for days, key, spans in value.pairs(None, "working hours by day"):
        for day in _weekdays(key, days):
            if day in week:
                raise key.fail(f"{_DAYS[day]} has its hours already; write each day once")
            week[day] = _spans(spans)
    _placed(value, lambda: Calendar(hours=week))
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
    for name, entry in _by_name(value, "projects by key").items():
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
    projects = frozenset(name.upper() for name in _names(found["projects"])) if "projects" in found else None
    if projects == frozenset():
        raise found["projects"].fail("no project is named; name one, or write off: true")
    return RuleTuning(
        place=value.place,
        severity=found["severity"].choice(SEVERITIES) if "severity" in found else None,
        within=_within(found["within"]) if "within" in found else None,
        projects=projects,
        off="off" in found and found["off"].boolean(),
    )


def _trackers(value: Value) -> dict[str, TrackerSettings]:
    return {name: _tracker(name, key, entry) for name, key, entry in value.pairs(None, "trackers by name")}


def _tracker(name: str, key: Value, value: Value) -> TrackerSettings:
    found = value.mapping(_TRACKER, "a tracker")
    if not _TRACKER_NAME.fullmatch(name):
        raise key.fail(f"{name!r} is no name for a tracker; write letters, digits, - and _")
    if "url" not in found:
        raise key.fail("key 'url' is missing; write the site's address, such as https://jira.example.org")
    if "type" in found:
        found["type"].choice(("jira",))
    url = check_address(found["url"].string(), found["url"].place)
    api_url = url
    if "cloud-id" in found:
        api_url = f"{GATEWAY}/{found['cloud-id'].string()}"
    if "api-url" in found:
        api_url = check_address(found["api-url"].string(), found["api-url"].place)
    given = {word: found[key].string() for key, word in _LOGIN.items() if key in found}
    return TrackerSettings(
        name=name,
        place=value.place,
        url=url,
        api_url=api_url,
        login=Login(value.place, **given),
        deployment=found["deployment"].choice(DEPLOYMENTS) if "deployment" in found else None,
        projects=_names(found["projects"]) if "projects" in found else (),
        jql=found["jql"].string() if "jql" in found else None,
        mirror=Path(found["mirror"].string()) if "mirror" in found else None,
    )


def _within(value: Value) -> Duration:
    return _placed(value, lambda: Duration.parse(value.string()))


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


def _limit(value: Value) -> int | None:
    """A number of writes or comments; ``none`` for no limit."""
    return None if value.text() == "none" else value.integer(1)


def _marks(value: Value) -> Marks:
    found = value.mapping(("add-labels", "remove-labels", "flag"), "marks")
    labels = {word: _names(found[word]) if word in found else () for word in ("add-labels", "remove-labels")}
    for word in labels:
        for item in found[word].items() if word in found else ():
            if any(character.isspace() for character in item.string()):
                raise item.fail("a label holds no white space; write it with - or _")
    return Marks(labels["add-labels"], labels["remove-labels"], "flag" in found and found["flag"].boolean())


def _wording(value: Value) -> Wording:
    found = value.mapping(("says", "helps"), "the words for a rule")
    for word in found.values():
        template = Template(word.string())
        if not template.is_valid():
            raise word.fail("a $ stands alone; write $$ for the sign itself")
        for name in template.get_identifiers():
            if name not in PLACEHOLDERS:
                raise word.fail(f"no placeholder ${name}; {nearest(name, PLACEHOLDERS)}")
    return Wording(**{name: word.string() for name, word in found.items()})


def _handle(value: Value) -> str:
    handle = value.string().lstrip("@").lower()
    if not handle or " " in handle:
        raise value.fail(f"{value.string()!r} is no name to call somebody by; write one word, such as audit")
    return handle


def _visibility(value: Value) -> tuple[str, str]:
    found = value.mapping(("role", "group"), "who may read")
    if len(found) != 1:
        raise value.fail("name one: a role or a group")
    kind, name = next(iter(found.items()))
    return kind, name.string()


_ACTIONS: Final[Mapping[str, tuple[str, Callable[[Value], object]]]] = {
    "comment": ("comment", lambda v: None if v.text() == "none" else v.choice(SEVERITIES)),
    "experimental": ("experimental", Value.boolean),
    "rules": ("only", lambda v: frozenset(_names(v))),
    "settled": ("delete_settled", lambda v: v.choice(("edit", "delete")) == "delete"),
    "mention": ("mention", Value.boolean),
    "max-writes": ("most_writes", _limit),
    "max-per-issue": ("most_per_issue", _limit),
    "max-per-person": ("most_per_person", _limit),
    "cool-down": ("cool_down", _within),
    "working-hours": ("working_hours", Value.boolean),
    "handle": ("handle", _handle),
    "answers-from": ("answers_from", lambda v: frozenset(_lower_names(v))),
    "dismiss-labels": ("dismiss_labels", lambda v: frozenset(_names(v))),
    "property": ("property", Value.boolean),
    "escalate-after": ("escalate_after", _within),
    "marks": ("marks", lambda v: {name: _marks(found) for name, _, found in v.pairs(None, "marks")}),
    "wordings": ("wordings", lambda v: {name: _wording(found) for name, _, found in v.pairs(None, "words")}),
    "visibility": (
        "visibility",
        lambda v: {name.upper(): _visibility(found) for name, _, found in v.pairs(None, "projects by key")},
    ),
}


def _actions(value: Value) -> dict[str, object]:
    found = value.mapping(_ACTIONS, "what is done about findings")
    changed = {_ACTIONS[name][0]: _ACTIONS[name][1](entry) for name, entry in found.items()}
    changed["named"] = dict(_named_rules(found))
    return {"actions": replace(Actions(), **changed)}  # type: ignore[arg-type]  # each gives its field


def _named_rules(found: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """The rules that actions name, and where; whether there are such rules is for others to say."""
    for item in found["rules"].items() if "rules" in found else ():
        yield item.string(), item.place
    for word in ("marks", "wordings"):
        for name, key, _ in found[word].pairs(None, word) if word in found else ():
            rule = name.rpartition("/")[2] if word == "wordings" else name
            if word == "wordings" or rule not in SEVERITIES:
                yield rule, key.place


_SECTIONS: Final[Mapping[str, Callable[[Value], dict[str, object]]]] = {
    "calendar": lambda value: {"calendar": _calendar(value)},
    "projects": lambda value: {"projects": _projects(value)},
    "people": lambda value: {
        "people": {name: _person(found) for name, found in _by_name(value, "people by name").items()}
    },
    "statuses": lambda value: {
        "statuses": {
            name: found.choice(STATUS_CLASSES) for name, found in _by_name(value, "statuses by name").items()
        }
    },
    "priorities": _priorities,
    "releases": _releases,
    "deadline": _deadline,
    "fields": _fields,
    "containers": _containers,
    "default-owner": _default_owner,
    "trackers": lambda value: {"trackers": _trackers(value)},
    "actions": _actions,
    "digest": lambda value: {"digest": digest_of(value)},
    "ignore-labels": lambda value: {"ignore_labels": frozenset(_names(value))},
    "csv": _csv,
    "rules": lambda value: {
        "rules": {name: _tuning(found) for name, _, found in value.pairs(None, "rules by id")}
    },
}
