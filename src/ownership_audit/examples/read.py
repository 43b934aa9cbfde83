"""Reading examples from rule files: the people, the timeline and the findings expected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ownership_audit.calendars import Calendar
from ownership_audit.evaluate import Calendars
from ownership_audit.examples.lines import TimelineLines, utc
from ownership_audit.finding import Finding
from ownership_audit.rule import Rule
from ownership_audit.timeline import STATUS_CLASSES, Conventions, Draft, PersonNote
from ownership_audit.yamlfile import Value

_KEYS: Final = (
    "name",
    "now",
    "lead",
    "people",
    "support",
    "holidays",
    "timeline",
    "finds",
    "also",
    "status-classes",
)
_FINDS: Final = ("rule", "owed-by", "opened", "due", "severity")
_DAYS: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?$")


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding an example expects; None means: not looked at."""

    rule: str
    owed_by: str | None = None
    opened: datetime | None = None
    due: datetime | None = None
    severity: str | None = None

    def matches(self, finding: Finding) -> bool:
        """Whether a finding is the expected one; ``owed_by`` may be a person's name or a role."""
        wanted = (
            (self.opened, finding.opened),
            (self.due, finding.due),
            (self.severity, finding.severity),
            (self.rule, finding.rule),
        )
        if any(want is not None and want != got for want, got in wanted):
            return False
        return self.owed_by is None or self.owed_by in (finding.owed_by.name, finding.owed_by.role)


@dataclass(frozen=True, slots=True)
class Example:
    """One example, ready to run."""

    name: str
    place: str
    now: datetime
    draft: Draft
    conventions: Conventions
    calendars: Calendars
    rules: tuple[str, ...]
    expected: tuple[Expected, ...]


def read_examples(rule: Rule) -> list[Example]:
    """The examples of a rule file; RuleError with file and line where one can't be read."""
    if rule.examples is None:
        return []
    return [_ExampleReader(rule, value).example() for value in rule.examples.items()]


class _ExampleReader:
    """Reads one example."""

    def __init__(self, rule: Rule, value: Value) -> None:
        self.rule = rule
        self.value = value

    def example(self) -> Example:
        values = self.value.mapping(_KEYS, "an example")
        for key in ("name", "now", "timeline"):
            if key not in values:
                raise self.value.fail(
                    f"the example has no {key!r}; every example needs name, now and timeline"
                )
        people, absences = self._people(values.get("people"))
        statuses = {}
        if "status-classes" in values:
            statuses = {
                name.lower(): v.choice(STATUS_CLASSES) for name, _, v in values["status-classes"].pairs()
            }
        conventions = Conventions(people=people, statuses=statuses)
        lines = TimelineLines(conventions)
        for line in values["timeline"].items("a list of lines"):
            lines.read(line)
        also = [v.string() for v in values["also"].items()] if "also" in values else []
        days_off = [v.date() for v in values["holidays"].items()] if "holidays" in values else []
        lead = lines.person(values["lead"].string()) if "lead" in values else None
        support = values["support"].boolean() if "support" in values else False
        return Example(
            name=values["name"].string(),
            place=self.value.place,
            now=utc(values["now"].moment()),
            draft=lines.draft(values["timeline"], lead, support),
            conventions=conventions,
            calendars=Calendars(Calendar(days_off=days_off), absences=absences),
            rules=(self.rule.id, *also),
            expected=tuple(self._finds(values.get("finds"))),
        )

    def _people(
        self, value: Value | None
    ) -> tuple[dict[str, PersonNote], dict[str, list[tuple[date, date]]]]:
        people: dict[str, PersonNote] = {}
        absences: dict[str, list[tuple[date, date]]] = {}
        for name, _, item in value.pairs(None, "people") if value is not None else ():
            if not item.is_mapping:
                word = item.choice(("bot", "queue", "tester", "person"))
                people[name] = PersonNote(None, tester=True) if word == "tester" else PersonNote(word)
                continue
            keys = item.mapping(("team", "absent", "kind"), "a person")
            kind = keys["kind"].choice(("bot", "queue", "person")) if "kind" in keys else None
            people[name] = PersonNote(kind, keys["team"].string() if "team" in keys else None)
            if "absent" in keys:
                absences[name] = [_days(v) for v in keys["absent"].items()]
        return people, absences

    def _finds(self, value: Value | None) -> Iterator[Expected]:
        if value is None or value.is_empty:
            return
        if not value.is_mapping and not value.is_list:
            value.choice(("nothing",))
            return
        for item in value.items():
            keys = item.mapping(_FINDS, "an expected finding")
            yield Expected(
                rule=keys["rule"].string() if "rule" in keys else self.rule.id,
                owed_by=keys["owed-by"].string() if "owed-by" in keys else None,
                opened=utc(keys["opened"].moment()) if "opened" in keys else None,
                due=utc(keys["due"].moment()) if "due" in keys else None,
                severity=keys["severity"].string() if "severity" in keys else None,
            )


def _days(value: Value) -> tuple[date, date]:
    found = _DAYS.match(value.text())
    if not found:
        raise value.fail(
            f"{value.text()!r} is no day or span of days; write YYYY-MM-DD or 'YYYY-MM-DD to YYYY-MM-DD'"
        )
    try:
        first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    except ValueError as problem:
        raise value.fail(f"{value.text()!r} is not a day ({problem})") from None
    if last < first:
        raise value.fail(f"{value.text()!r} ends before it starts; swap the two days")
    return first, last
