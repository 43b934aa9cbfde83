"""The examples in rule files: small timelines in one line per save, with the findings they must give.

They are read here, run against the rules, and every difference is reported with file and line:
an expectation that nothing meets, and a finding that nothing expects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from ownership_audit.calendars import Calendar
from ownership_audit.errors import RuleError
from ownership_audit.evaluate import Calendars, RuleSet
from ownership_audit.finding import Finding
from ownership_audit.rule import Rule
from ownership_audit.signals import Signals
from ownership_audit.stories import closure, findings
from ownership_audit.timeline import (
    STATUS_CLASSES,
    Body,
    Conventions,
    Draft,
    Event,
    Issue,
    Person,
    PersonNote,
    build,
)
from ownership_audit.yamlfile import Value, nearest

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
_LINE: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) (.+)$")
_COMMENT: Final = re.compile(r'([\w.-]+): "(.*)"$')
_DAYS: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?$")
_NONE: Final[frozenset[str]] = frozenset()


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


def run_example(example: Example, rules: Mapping[str, Rule], signals: Signals) -> str | None:
    """None when the example holds, else what differs, with file and line."""
    chosen = [rules[id_] for id_ in example.rules]
    timeline = build(example.draft, example.conventions, example.now)
    if timeline is None:
        return f"{example.place}: {example.name}: 'now' lies before the issue was created"
    obligations = RuleSet(chosen, signals).evaluate(timeline, example.calendars, example.now).obligations
    found = findings(timeline, obligations, closure(chosen), example.calendars, example.now)
    left = list(found)
    missing: list[Expected] = []
    for expected in example.expected:
        match = next((finding for finding in left if expected.matches(finding)), None)
        if match is None:
            missing.append(expected)
        else:
            left.remove(match)
    if not missing and not left:
        return None
    parts = [f"expected, not found: {_show_expected(e)}" for e in missing]
    parts += [f"found, not expected: {_show_finding(f)}" for f in left]
    if not parts[len(missing) :] and obligations:
        states = ", ".join(
            f"{o.rule.id} {o.status(example.now)} due {o.due:%m-%d %H:%M}" for o in obligations[:4]
        )
        parts.append(f"obligations: {states}")
    return f"{example.place}: {example.name}: " + "; ".join(parts)


def _show_expected(expected: Expected) -> str:
    pairs = [
        ("owed by", expected.owed_by),
        ("opened", expected.opened),
        ("due", expected.due),
        ("", expected.severity),
    ]
    shown = [f"{name} {value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else f"{name} {value}".strip()
             for name, value in pairs if value is not None]  # fmt: skip
    return " ".join([expected.rule, *shown])


def _show_finding(finding: Finding) -> str:
    owed = finding.owed_by.name or finding.owed_by.role
    times = f"opened {finding.opened:%Y-%m-%d %H:%M} due {finding.due:%Y-%m-%d %H:%M}"
    return f"{finding.rule} owed by {owed} {times} {finding.severity}"


@dataclass(slots=True)
class _World:
    """What the lines of a timeline have said so far."""

    events: list[Event] = field(default_factory=list)
    created: datetime | None = None
    creator: Person | None = None
    current: dict[str, Any] = field(default_factory=dict)


class _ExampleReader:
    """Reads one example; its timeline lines become the events of a draft."""

    def __init__(self, rule: Rule, value: Value) -> None:
        self.rule = rule
        self.value = value
        self.world = _World()
        self.conventions = Conventions()

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
        self.conventions = Conventions(people=people, statuses=statuses)
        for line in values["timeline"].items("a list of lines"):
            self._line(line)
        also = [v.string() for v in values["also"].items()] if "also" in values else []
        days_off = [v.date() for v in values["holidays"].items()] if "holidays" in values else []
        lead = self._person(values["lead"].string()) if "lead" in values else None
        support = values["support"].boolean() if "support" in values else False
        return Example(
            name=values["name"].string(),
            place=self.value.place,
            now=_utc(values["now"].moment()),
            draft=self._draft(values["timeline"], lead, support),
            conventions=self.conventions,
            calendars=Calendars(Calendar(days_off=days_off), absences=absences),
            rules=(self.rule.id, *also),
            expected=tuple(self._finds(values.get("finds"))),
        )

    def _draft(self, timeline: Value, lead: Person | None, support: bool) -> Draft:
        world, current = self.world, self.world.current
        if world.created is None:
            raise timeline.fail("the first line must say 'created by NAME'")
        return Draft(
            issue=Issue("1", "EX-1", None, "example", world.creator, lead, support=support),
            created=world.created,
            creator=world.creator,
            owner=current["owner"],
            status=current["status"],
            deadline=current["due"],
            priority=current["priority"],
            releases=current["release"],
            sprints=current["sprint"],
            project=current["project"],
            type=current["type"],
            labels=current["labels"],
            events=world.events,
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
                opened=_utc(keys["opened"].moment()) if "opened" in keys else None,
                due=_utc(keys["due"].moment()) if "due" in keys else None,
                severity=keys["severity"].string() if "severity" in keys else None,
            )

    def _person(self, name: str) -> Person | None:
        return None if name == "nobody" else self.conventions.person(name, name)

    # -- timeline lines ------------------------------------------------------------------------------------

    def _line(self, line: Value) -> None:
        text = line.text()
        found = _LINE.match(text)
        if not found:
            raise line.fail(f"{text!r} is no timeline line; write 'YYYY-MM-DD HH:MM NAME does something'")
        try:
            at = _utc(datetime.fromisoformat(found[1]))
        except ValueError as problem:
            raise line.fail(f"{found[1]!r} is not a time ({problem})") from None
        what = found[2]
        if what.startswith("created by "):
            self._created(line, at, what.removeprefix("created by "))
            return
        if self.world.created is None:
            raise line.fail("the first line must say 'created by NAME'")
        comment = _COMMENT.match(what)
        if comment:
            self._add(at, "comment", comment[1], body=Body(comment[2]))
            return
        name, _, actions = what.partition(" ")
        for action in _split(actions):
            if action.startswith('"') and action.endswith('"') and len(action) > 1:
                self._add(at, "comment", name, body=Body(action[1:-1]))
            else:
                self._action(line, at, name, action)

    def _created(self, line: Value, at: datetime, text: str) -> None:
        name, *settings = [part.strip() for part in text.split(",")]
        world = self.world
        world.created, world.creator = at, self._person(name)
        world.current = {
            "owner": None, "status": self.conventions.status("Open"), "due": None, "priority": "Medium",
            "release": _NONE, "sprint": _NONE, "type": "Task", "labels": _NONE, "project": "EX",
        }  # fmt: skip
        for setting in settings:
            word, _, value = setting.partition(" ")
            if word not in world.current:
                raise line.fail(
                    f"unknown word {word!r} after 'created by'; valid: {', '.join(world.current)}"
                )
            world.current[word] = self._setting(line, word, value)

    def _setting(self, line: Value, word: str, value: str) -> Any:
        match word:
            case "owner":
                return self._person(value)
            case "status":
                return self.conventions.status(value)
            case "due":
                return _day(line, value)
            case "release" | "sprint":
                return frozenset({value}) if value else _NONE
            case "labels":
                return frozenset(value.split())
            case _:
                return value

    def _action(self, line: Value, at: datetime, name: str, action: str) -> None:
        current = self.world.current
        plain = _PLAIN.get(
            action.split(" ", maxsplit=1)[0] if action.split(" ", maxsplit=1)[0] in _PLAIN else action
        )
        if action == "takes it":
            self._change(at, "assigned", name, "owner", self._person(name))
        elif action.startswith("assigns "):
            self._change(at, "assigned", name, "owner", self._person(action[8:]))
        elif action.startswith("moves to project "):
            self._add(at, "moved", name, current["project"], action[17:])
        elif action.startswith("moves to "):
            self._change(at, "status", name, "status", self.conventions.status(action[9:]))
        elif action.startswith("sets due ") or action == "clears due":
            self._change(
                at, "deadline", name, "due", _day(line, action[9:]) if action != "clears due" else None
            )
        elif action.startswith("sets priority "):
            self._change(at, "priority", name, "priority", action[14:])
        elif action.startswith(("sets release ", "clears release")):
            new = frozenset({action[13:]}) if action.startswith("sets") else _NONE
            old = current["release"]
            current["release"] = new
            self._add(at, "release", name, old - new, new - old)
        elif action.startswith(("sets sprint ", "clears sprint")):
            self._change(
                at, "sprint", name, "sprint", frozenset({action[12:]}) if action.startswith("sets") else _NONE
            )
        elif action.startswith("labels "):
            self._change(at, "labels", name, "labels", current["labels"] | set(action[7:].split()))
        elif plain is not None:
            self._add(at, plain[0], name, None, plain[1])
        else:
            raise line.fail(f"unknown action {action!r}; valid: takes it, assigns, moves to, sets, clears, "
                            + ", ".join(_PLAIN))  # fmt: skip

    def _change(self, at: datetime, kind: str, name: str, slot: str, new: Any) -> None:
        old = self.world.current[slot]
        self.world.current[slot] = new
        self._add(at, kind, name, old, new)

    def _add(
        self, at: datetime, kind: str, name: str, old: Any = None, new: Any = None, body: Body | None = None
    ) -> None:
        events = self.world.events
        events.append(Event(at, kind, self._person(name), f"e{len(events) + 1}", old, new, body))


_PLAIN: Final = {
    "edits summary": ("summary", "new"), "edits description": ("description", "new"),
    "links": ("link", "new"),
    "logs": ("worklog", "new"), "attaches": ("attachment", "new"), "estimates": ("estimate", "new"),
    "commits": ("commit", "new"), "offers": ("pull-request", "new"), "flags": ("flagged", "Impediment"),
    "unflags": ("flagged", None), "votes": ("other", "new"),
}  # fmt: skip


def _split(actions: str) -> list[str]:
    """Actions of one save, split at ``; `` outside double quotes."""
    parts, quoted, current = [], False, ""
    for piece in re.split(r'(; |")', actions):
        if piece == '"':
            quoted = not quoted
        if piece == "; " and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += piece
    return [*parts, current.strip()]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _day(line: Value, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise line.fail(f"{text!r} is not a date ({problem}); write YYYY-MM-DD") from None


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


def check_rules(rules: Sequence[Rule], signals: Signals, only: Sequence[str] = ()) -> tuple[int, list[str]]:
    """Run every example of ``rules`` (of those named in ``only``, if any): how many ran, and what differs.

    A rule without examples counts as one that failed. Raises RuleError for an example that can't be read.
    """
    by_id = {rule.id: rule for rule in rules}
    count, problems = 0, []
    for rule in rules:
        if only and rule.id not in only:
            continue
        examples = read_examples(rule)
        if not examples:
            count += 1
            problems.append(
                f"{rule.path}: no examples; every rule needs a hit, a pass and each way it is cancelled"
            )
        for example in examples:
            unknown = [id_ for id_ in example.rules if id_ not in by_id]
            if unknown:
                raise RuleError(
                    f"{example.place}: {example.name}: unknown rule {unknown[0]!r} in 'also'; "
                    + nearest(unknown[0], by_id)
                )
            count += 1
            problem_text = run_example(example, by_id, signals)
            if problem_text:
                problems.append(problem_text)
    return count, problems
