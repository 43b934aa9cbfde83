"""The rows of Jira's CSV export as the records that its REST interface would give.

An export holds the present fields, comments, worklogs and attachments, and no change history. What a
column holds is passed on; whether it makes sense is for the reader to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ownership_audit.trackers.jira.accounts import Accounts
from ownership_audit.trackers.jira.columns import Columns
from ownership_audit.trackers.jira.display import Shown

NO_HISTORY: Final = "a CSV export holds no change history"
_STRANGERS: Final = (
    "no comment in the export is by an owner or reporter it names, so nobody can tell whose they are;"
    " export all fields, with the columns 'Assignee Id' and 'Reporter Id'"
)

_Found = tuple[int, dict[str, Any] | str]

_PEOPLE: Final = ("assignee", "reporter", "creator", "project lead")
_CATEGORIES: Final = {"to do": "new", "in progress": "indeterminate", "done": "done"}
_KEY: Final = re.compile(r"[^\W\d_]\w*-\d+")
_SUBTASK: Final = re.compile(r"\bsub[- ]?task\b", re.IGNORECASE)


def issues(lines: Iterable[tuple[int, list[str] | str]], day_first: bool | None) -> Iterator[_Found]:
    """A record for every row, with its line, or a message on what is wrong; line 0 stands for the file.

    ``day_first`` is the order of day and month in dates as 03/04/2026; None takes it from the file.
    """
    rest = iter(lines)
    number, header = next(rest, (0, "the file is empty; export it again"))
    if isinstance(header, str):
        yield number, header
        return
    columns = Columns(header)
    for name in ("Issue key", "Created"):
        if not columns.has(name.lower()):
            yield 0, f"no column {name!r} in its first line; export all fields as CSV, with Jira in English"
            return
    found = list(rest)
    export = _Export(columns, [cells for _, cells in found if not isinstance(cells, str)], day_first)
    ambiguity = export.shown.ambiguity()
    if ambiguity is not None:
        yield 0, ambiguity
        return
    for number, cells in found:
        yield number, cells if isinstance(cells, str) else export.record(cells)


class _Export:
    """What the rows of one file tell about each other: order of dates, accounts, keys of ids, sub-tasks."""

    def __init__(self, columns: Columns, rows: list[list[str]], day_first: bool | None) -> None:
        self.columns = columns
        self.shown = Shown(day_first)
        self._accounts = Accounts()
        self._keys: dict[str, str] = {}
        self._subtasks: dict[str, list[str]] = {}
        all_, one = columns.all, columns.one
        for cells in rows:
            for title, text in self._times(cells):
                self.shown.look(title, text)
            for name in _PEOPLE:
                self._accounts.meet(one(cells, name), one(cells, f"{name} id"))
            self._keys[one(cells, "issue id")] = one(cells, "issue key")
        for cells in rows:
            names, ids = all_(cells, "watchers"), all_(cells, "watchers id")
            if len(names) == len(ids):
                for name, id_ in zip(names, ids, strict=True):
                    self._accounts.meet(name.strip(), id_.strip())
            parent = self._key_in(cells, "parent")
            if parent and self._is_subtask(cells):
                self._subtasks.setdefault(parent, []).append(one(cells, "issue key"))
        self._strangers = self._only_strangers(rows)

    def _times(self, cells: list[str]) -> Iterator[tuple[str, str]]:
        for title in ("Created", "Updated", "Resolved", "Due date"):
            yield title, self.columns.one(cells, title.lower())
        for title in ("Comment", "Attachment"):
            for cell in self.columns.all(cells, title.lower()):
                yield title, cell.partition(";")[0]
        for cell in self.columns.all(cells, "log work"):
            yield "Log Work", _log(cell)[0]

    def _only_strangers(self, rows: list[list[str]]) -> bool:
        """Whether people are called by other names in comments than in the columns of owner and reporter."""
        if self.columns.has("assignee id") or self.columns.has("reporter id"):
            return False
        known = [self._user(cells, name) for cells in rows for name in _PEOPLE]
        comments = [cell.split(";", 2) for cells in rows for cell in self.columns.all(cells, "comment")]
        authors = [self._accounts.user(parts[1]) for parts in comments if len(parts) > 1 and parts[1].strip()]
        return bool(authors) and not any(author in known for author in authors)

    # -- one row -------------------------------------------------------------------------------------------

    def record(self, cells: list[str]) -> dict[str, Any] | str:
        """The record of one row, or why there is none."""
        columns, one = self.columns, self.columns.one
        key = one(cells, "issue key")
        if not key:
            return "the row has no issue key; export it again or remove the row"
        missing = {"changes": NO_HISTORY}
        fields: dict[str, Any] = {
            "summary": one(cells, "summary"),
            "created": self.shown.moment(one(cells, "created")),
            "resolutiondate": self.shown.moment(one(cells, "resolved")) or None,
            "duedate": self.shown.day(one(cells, "due date")) or None,
            "status": self._status(cells),
            "priority": {"name": one(cells, "priority") or None},
            "issuetype": {"name": one(cells, "issue type"), "subtask": self._is_subtask(cells)},
            "project": self._project(cells),
            "labels": [label for cell in columns.all(cells, "labels") for label in cell.split()],
            "fixVersions": [{"name": name.strip()} for name in columns.all(cells, "fix versions")],
            "closedSprints": [{"name": name.strip()} for name in columns.all(cells, "sprint")],
            "parent": {"key": self._key_in(cells, "parent")},
            "subtasks": [{"key": subtask} for subtask in self._subtasks_of(cells, key)],
            "issuelinks": self._links(cells),
            "worklog": {"worklogs": self._worklogs(cells)},
            "attachment": [self._signed(cell) for cell in columns.all(cells, "attachment")],
        }
        for name in ("assignee", "reporter", "creator"):
            if columns.has(name) or columns.has(f"{name} id"):
                fields[name] = self._user(cells, name)
        for name, numbers in columns.custom.items():
            values = [cells[number].strip() for number in numbers]
            # The form of an account, as nothing tells which of them hold people.
            fields.setdefault(name, [self._accounts.user(value) for value in values if value])
        if columns.has("comment"):
            comments = self._comments(cells)
            fields["comment"] = {"comments": comments, "total": len(comments)}
            if comments and self._strangers:
                missing["comments"] = _STRANGERS
        return {"id": one(cells, "issue id"), "key": key, "fields": fields, "missing": missing}

    def _user(self, cells: list[str], name: str) -> dict[str, Any] | None:
        return self._accounts.user(self.columns.one(cells, name), self.columns.one(cells, f"{name} id"))

    def _status(self, cells: list[str]) -> dict[str, Any]:
        category = _CATEGORIES.get(self.columns.one(cells, "status category").lower())
        return {"name": self.columns.one(cells, "status"), "statusCategory": {"key": category}}

    def _project(self, cells: list[str]) -> dict[str, Any]:
        is_desk = "service" in self.columns.one(cells, "project type").lower()
        return {
            "key": self.columns.one(cells, "project key"),
            "projectTypeKey": "service_desk" if is_desk else "software",
            "lead": self._user(cells, "project lead"),
        }

    # -- other issues --------------------------------------------------------------------------------------

    def _is_subtask(self, cells: list[str]) -> bool:
        return _SUBTASK.search(self.columns.one(cells, "issue type")) is not None

    def _key(self, text: str) -> str | None:
        """The key of a key, or of an id in this file."""
        return text if _KEY.fullmatch(text) else self._keys.get(text)

    def _key_in(self, cells: list[str], name: str) -> str | None:
        found = (self._key(cell.strip()) for cell in self.columns.all(cells, name))
        return next((key for key in found if key), None)

    def _subtasks_of(self, cells: list[str], key: str) -> list[str]:
        told = [self._key(cell.strip()) for cell in self.columns.all(cells, "sub-task")]
        return list(dict.fromkeys([*filter(None, told), *self._subtasks.get(key, ())]))

    def _links(self, cells: list[str]) -> list[dict[str, Any]]:
        return [
            {"type": {"name": name, direction: name}, f"{direction}Issue": {"key": self._key(text) or text}}
            for number, direction, name in self.columns.links
            if (text := cells[number].strip())
        ]

    # -- what people added ---------------------------------------------------------------------------------

    def _signed(self, cell: str) -> dict[str, Any]:
        """``date;author;rest``, where the rest may hold anything."""
        date, author, rest = [*cell.split(";", 2), "", ""][:3]
        return {
            "created": self.shown.moment(date.strip()),
            "author": self._accounts.user(author),
            "body": rest,
        }

    def _comments(self, cells: list[str]) -> list[dict[str, Any]]:
        return [self._signed(cell) for cell in self.columns.all(cells, "comment")]

    def _worklogs(self, cells: list[str]) -> list[dict[str, Any]]:
        logs = [_log(cell) for cell in self.columns.all(cells, "log work")]
        return [
            {"created": self.shown.moment(date), "author": self._accounts.user(author)}
            for date, author in logs
        ]


def _log(cell: str) -> tuple[str, str]:
    """Date and author of ``text;date;author;seconds``, where the text may hold anything, or be missing."""
    parts = cell.rsplit(";", 3)
    return (parts[-3].strip(), parts[-2]) if len(parts) > 2 else (cell, "")
