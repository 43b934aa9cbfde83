"""The part of JQL that a reading tool needs; everything else is refused as Jira refuses nonsense."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import total_ordering
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from jira_server.errors import ApiError
from jira_server.issue import Issue
from jira_server.state import State

_TOKEN: Final = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|>=|<=|[=<>(),])|([^\s"'=<>!(),]+))"""
)
_RELATIVE: Final = re.compile(r"([+-]?)(\d+)([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "=": lambda value, limit: value == limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
}
_NAMES: Final = {"issue": "key", "issuekey": "key", "label": "labels", "updateddate": "updated"}
_SORTS: Final[dict[str, Callable[[Issue], list[Any]]]] = {
    "key": lambda issue: [issue.project, issue.number],
    "id": lambda issue: [issue.id],
    "updated": lambda issue: [issue.updated],
    "created": lambda issue: [issue.created],
}

Condition = Callable[[Issue], bool]


@total_ordering
@dataclass(frozen=True)
class _Down:
    value: list[Any]

    def __lt__(self, other: _Down) -> bool:
        return other.value < self.value


@dataclass(frozen=True)
class Query:
    """A parsed query: conditions that all have to hold, and the order of what is found."""

    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    text: str = ""

    def values(self, issue: Issue) -> list[Any]:
        """What the issue is sorted by, with its id last: JSON, for page tokens."""
        return [*(_SORTS[field](issue) for field, _ in self.order), [issue.id]]

    def sort_key(self, values: list[Any]) -> tuple[Any, ...]:
        """The values as something that sorts in the query's order."""
        downs = [down for _, down in self.order] + [False]
        return tuple(_Down(value) if down else value for value, down in zip(values, downs, strict=True))

    def find(self, state: State) -> list[Issue]:
        """The issues that match, in order."""
        known = state.sorted
        if known is None:
            return self._find(state.issues())
        if self.order not in known:
            known[self.order] = Query((), self.order)._find(state.issues())
        if self.text not in known:
            for text in [text for text in known if isinstance(text, str)][:-3]:
                del known[text]
            matching = (
                issue for issue in known[self.order] if all(holds(issue) for holds in self.conditions)
            )
            known[self.text] = list(matching)
        return known[self.text]

    def after(self, found: list[Issue], values: Any) -> int:
        """The place of the first issue that comes after these values."""
        return bisect_right(found, self.sort_key(values), key=lambda issue: self.sort_key(self.values(issue)))

    def _find(self, issues: list[Issue]) -> list[Issue]:
        found = [issue for issue in issues if all(holds(issue) for holds in self.conditions)]
        return sorted(found, key=lambda issue: self.sort_key(self.values(issue)))


def parse(text: str, state: State, *, strict: bool = True) -> Query:
    """The query of a text; what it can't understand is Jira's 400.

    Unless ``strict``, issues that are not there are passed over, whatever the options say.
    """
    return _Parser(text, state, strict=strict and state.options.strict_keys).query()


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool

    @property
    def word(self) -> str:
        return "" if self.quoted else self.text.lower()


class _Parser:
    def __init__(self, text: str, state: State, *, strict: bool) -> None:
        self.state, self.strict, self.text = state, strict, text
        self.tokens: list[_Token] = []
        at, text = 0, text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise ApiError(400, f"Error in the JQL Query: illegal character at character {at + 1}.")
            quoted = found[1] if found[1] is not None else found[2]
            if quoted is not None:
                self.tokens.append(_Token(re.sub(r"\\(.)", r"\1", quoted), quoted=True))
            else:
                self.tokens.append(_Token(found[3] or found[4], quoted=False))
            at = found.end()
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at].word if self.at < len(self.tokens) else ""

    def next(self) -> _Token:
        if self.at >= len(self.tokens):
            raise ApiError(400, "Error in the JQL Query: Unexpected end of the query.")
        self.at += 1
        return self.tokens[self.at - 1]

    def query(self) -> Query:
        conditions: list[Condition] = []
        if self.tokens and self.peek() != "order":
            conditions.append(self.either())
        order: list[tuple[str, bool]] = []
        if self.peek() == "order":
            self.next()
            if self.next().word != "by":
                raise ApiError(400, "Error in the JQL Query: Expecting 'by' after 'order'.")
            order.append(self.sort())
            while self.peek() == ",":
                self.next()
                order.append(self.sort())
        if self.at < len(self.tokens):
            rest = self.tokens[self.at].text
            raise ApiError(400, f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{rest}'.")
        return Query(tuple(conditions), tuple(order), self.text)

    def either(self) -> Condition:
        """Conditions joined by OR, each of them of some joined by AND, as both bind."""
        choices = [self.every()]
        while self.peek() == "or":
            self.next()
            choices.append(self.every())
        return choices[0] if len(choices) == 1 else lambda issue: any(holds(issue) for holds in choices)

    def every(self) -> Condition:
        conditions = [self.one()]
        while self.peek() == "and":
            self.next()
            conditions.append(self.one())
        if len(conditions) == 1:
            return conditions[0]
        return lambda issue: all(holds(issue) for holds in conditions)

    def one(self) -> Condition:
        if self.peek() != "(":
            return self.condition()
        self.next()
        found = self.either()
        if self.next().word != ")":
            raise ApiError(400, "Error in the JQL Query: Expecting ')' at the end of a group.")
        return found

    def sort(self) -> tuple[str, bool]:
        field = self.field()
        if field not in _SORTS:
            raise ApiError(400, f"Not able to sort using field '{field}'.")
        down = field in ("updated", "created")  # what Jira does without a word
        if self.peek() in ("asc", "desc"):
            down = self.next().word == "desc"
        return field, down

    def field(self) -> str:
        name = self.next().text.lower()
        return _NAMES.get(name, name)

    def condition(self) -> Condition:
        field, operator = self.field(), self.next().word
        values = self.listed() if operator == "in" else [self.next()]
        if field == "project" and operator in ("=", "in"):
            return self.projects(values)
        if field in ("key", "id") and operator in ("=", "in"):
            return self.keys(field, values)
        if field in ("id", "key") and operator in _COMPARE:
            return self.above(field, operator, values[0])
        if field in ("updated", "created") and operator in _COMPARE and operator != "=":
            limit, compare = self.moment(field, values[0]), _COMPARE[operator]
            return lambda issue: compare(getattr(issue, field), limit)
        if field == "labels" and operator in ("=", "in"):
            wanted = {value.text.lower() for value in values}
            return lambda issue: bool(wanted & {str(one).lower() for one in issue.fields.get("labels") or ()})
        if field == "statuscategory" and operator in ("=", "!="):
            return self.category(operator, values[0])
        known = {"project", "key", "id", "updated", "created", "labels", "statuscategory"}
        if field in known:
            raise ApiError(400, f"The operator '{operator}' is not supported by the '{field}' field.")
        raise ApiError(400, f"Field '{field}' does not exist or you do not have permission to view it.")

    def listed(self) -> list[_Token]:
        if self.next().word != "(":
            raise ApiError(400, "Error in the JQL Query: Expecting '(' after 'in'.")
        values = [self.next()]
        while (mark := self.next().word) == ",":
            values.append(self.next())
        if mark != ")":
            raise ApiError(400, "Error in the JQL Query: Expecting ')' at the end of a list.")
        return values

    def projects(self, values: list[_Token]) -> Condition:
        known = {issue.project.upper() for issue in self.state.issues()}
        names = {
            str(told).upper(): issue.project.upper()
            for issue in self.state.issues()
            for name in ("name", "id")
            if (told := (issue.fields.get("project") or {}).get(name))
        }
        wanted = set()
        for value in values:
            name = value.text.upper()
            if name not in known and name not in names:
                raise ApiError(400, f"The value '{value.text}' does not exist for the field 'project'.")
            wanted.add(name if name in known else names[name])
        return lambda issue: issue.project.upper() in wanted

    def keys(self, field: str, values: list[_Token]) -> Condition:
        wanted = set()
        for value in values:
            issue = self.state.find(value.text)
            if issue is not None:
                wanted.add(issue.id)
            elif self.strict:
                what = "A value with ID" if value.text.isdecimal() else "An issue with key"
                raise ApiError(400, f"{what} '{value.text}' does not exist for field '{field}'.")
        return lambda issue: issue.id in wanted

    def above(self, field: str, operator: str, value: _Token) -> Condition:
        compare, issue = _COMPARE[operator], self.state.find(value.text)
        if value.text.isdecimal():
            limit = int(value.text)
            return lambda issue: compare(issue.id, limit)
        if issue is None:
            raise ApiError(400, f"An issue with key '{value.text}' does not exist for field '{field}'.")
        project, number = issue.project, issue.number
        return lambda issue: issue.project == project and compare(issue.number, number)

    def category(self, operator: str, value: _Token) -> Condition:
        names = {"to do": "new", "in progress": "indeterminate", "complete": "done"}
        wanted, equal = names.get(value.text.lower(), value.text.lower()), operator == "="
        if wanted not in ("new", "indeterminate", "done", "undefined"):
            raise ApiError(400, f"The value '{value.text}' does not exist for the field 'statusCategory'.")

        def holds(issue: Issue) -> bool:
            category = (issue.fields.get("status") or {}).get("statusCategory") or {}
            return (category.get("key") == wanted) is equal

        return holds

    def moment(self, field: str, value: _Token) -> int:
        """The milliseconds of a date in the account's zone, exact to the minute."""
        relative = _RELATIVE.fullmatch(value.text)
        if relative:
            sign = 1 if relative[1] == "+" else -1
            span = timedelta(**{_UNITS[relative[3]]: sign * int(relative[2])})
            return round((self.state.now() + span).timestamp() * 1000)
        name = self.state.options.time_zone
        zone = ZoneInfo(name if name in available_timezones() else "Etc/UTC")
        for form in ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d"):
            try:
                moment = datetime.strptime(value.text, form).replace(tzinfo=zone)
            except ValueError:
                continue
            return round(moment.timestamp() * 1000)
        raise ApiError(
            400,
            f"Date value '{value.text}' for field '{field}' is invalid. Valid formats include:"
            " 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd',"
            " or a period format e.g. '-5d', '4w 2d'.",
        )
