"""The lines of an example's timeline: each is one save, and its actions become the events of a draft."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from ownership_audit.timeline import Body, Conventions, Draft, Event, Issue, Person
from ownership_audit.yamlfile import Value

_LINE: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) (.+)$")
_COMMENT: Final = re.compile(r'([\w.-]+): "(.*)"$')
_NONE: Final[frozenset[str]] = frozenset()
_PLAIN: Final = {
    "edits summary": ("summary", "new"), "edits description": ("description", "new"),
    "links": ("link", "new"),
    "logs": ("worklog", "new"), "attaches": ("attachment", "new"), "estimates": ("estimate", "new"),
    "commits": ("commit", "new"), "offers": ("pull-request", "new"), "flags": ("flagged", "Impediment"),
    "unflags": ("flagged", None), "votes": ("other", "new"),
}  # fmt: skip


class TimelineLines:
    """Reads the lines in order and keeps what they have said so far."""

    def __init__(self, conventions: Conventions) -> None:
        self._conventions = conventions
        self._events: list[Event] = []
        self._created: datetime | None = None
        self._creator: Person | None = None
        self._current: dict[str, Any] = {}

    def read(self, line: Value) -> None:
        """Read one line, a save; RuleError with its place when it can't be read."""
        text = line.text()
        found = _LINE.match(text)
        if not found:
            raise line.fail(f"{text!r} is no timeline line; write 'YYYY-MM-DD HH:MM NAME does something'")
        try:
            at = utc(datetime.fromisoformat(found[1]))
        except ValueError as problem:
            raise line.fail(f"{found[1]!r} is not a time ({problem})") from None
        what = found[2]
        if what.startswith("created by "):
            self._create(line, at, what.removeprefix("created by "))
            return
        if self._created is None:
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

    def draft(self, timeline: Value, lead: Person | None, support: bool) -> Draft:
        """What the lines gave; a RuleError at ``timeline`` when there was none."""
        current = self._current
        if self._created is None:
            raise timeline.fail("the first line must say 'created by NAME'")
        return Draft(
            issue=Issue("1", "EX-1", None, "example", self._creator, lead, support=support),
            created=self._created,
            creator=self._creator,
            owner=current["owner"],
            status=current["status"],
            deadline=current["due"],
            priority=current["priority"],
            releases=current["release"],
            sprints=current["sprint"],
            project=current["project"],
            type=current["type"],
            labels=current["labels"],
            events=self._events,
        )

    def person(self, name: str) -> Person | None:
        """The person of a name; ``nobody`` is None."""
        return None if name == "nobody" else self._conventions.person(name, name)

    def _create(self, line: Value, at: datetime, text: str) -> None:
        name, *settings = [part.strip() for part in text.split(",")]
        self._created, self._creator = at, self.person(name)
        self._current = {
            "owner": None, "status": self._conventions.status("Open"), "due": None, "priority": "Medium",
            "release": _NONE, "sprint": _NONE, "type": "Task", "labels": _NONE, "project": "EX",
        }  # fmt: skip
        for setting in settings:
            word, _, value = setting.partition(" ")
            if word not in self._current:
                raise line.fail(
                    f"unknown word {word!r} after 'created by'; valid: {', '.join(self._current)}"
                )
            self._current[word] = self._setting(line, word, value)

    def _setting(self, line: Value, word: str, value: str) -> Any:
        match word:
            case "owner":
                return self.person(value)
            case "status":
                return self._conventions.status(value)
            case "due":
                return _day(line, value)
            case "release" | "sprint":
                return frozenset({value}) if value else _NONE
            case "labels":
                return frozenset(value.split())
            case _:
                return value

    def _action(self, line: Value, at: datetime, name: str, action: str) -> None:
        current = self._current
        plain = _PLAIN.get(
            action.split(" ", maxsplit=1)[0] if action.split(" ", maxsplit=1)[0] in _PLAIN else action
        )
        if action == "takes it":
            self._change(at, "assigned", name, "owner", self.person(name))
        elif action.startswith("assigns "):
            self._change(at, "assigned", name, "owner", self.person(action[8:]))
        elif action.startswith("moves to project "):
            self._add(at, "moved", name, current["project"], action[17:])
        elif action.startswith("moves to "):
            self._change(at, "status", name, "status", self._conventions.status(action[9:]))
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
        old = self._current[slot]
        self._current[slot] = new
        self._add(at, kind, name, old, new)

    def _add(
        self, at: datetime, kind: str, name: str, old: Any = None, new: Any = None, body: Body | None = None
    ) -> None:
        events = self._events
        events.append(Event(at, kind, self.person(name), f"e{len(events) + 1}", old, new, body))


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


def utc(moment: datetime) -> datetime:
    """A time without a zone is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _day(line: Value, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise line.fail(f"{text!r} is not a date ({problem}); write YYYY-MM-DD") from None
