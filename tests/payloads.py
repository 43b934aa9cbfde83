"""Jira REST payloads in the shapes that real sites send, written by hand for the tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from ownership_audit.config import Settings
from ownership_audit.finding import Report
from ownership_audit.run import Auditor, Options, choose_rules, load_signals
from ownership_audit.timeline import Conventions, Draft, Event, Timeline, build
from ownership_audit.trackers.file import FileSource
from ownership_audit.trackers.jira import JiraReader

Record = dict[str, Any]


T = TypeVar("T")


def cloud(name: str, **more: Any) -> Record:
    """A user as Cloud gives it."""
    id_ = f"5b10:{name.partition(' ')[0].lower()}"
    return {"accountId": id_, "accountType": "atlassian", "active": True, "displayName": name, **more}


def server(login: str, name: str, **more: Any) -> Record:
    """A user as Server 5 and 6 give it."""
    return {"name": login, "displayName": name, "active": True, **more}


ANN, BOB, CID, ZOE = cloud("Ann Lee"), cloud("Bob Stone"), cloud("Cid Moor"), cloud("Zoe Hart")


def item(
    field: str, old: object, new: object, from_: object = None, to: object = None, **more: Any
) -> Record:
    """One item of a change: ``fromString``, ``toString``, then the raw values."""
    return {
        "field": field,
        "fieldtype": "jira",
        "from": from_,
        "fromString": old,
        "to": to,
        "toString": new,
        **more,
    }


def assign(old: Record | None, new: Record | None) -> Record:
    """The item that changes the assignee."""
    ids = [user and (user.get("accountId") or user.get("key") or user.get("name")) for user in (old, new)]
    names = [user and user["displayName"] for user in (old, new)]
    return item("assignee", *names, *ids)


def change(at: object, by: Record | None, *items: Record, id_: str | None = None) -> Record:
    """One entry of the changelog; without an actor its author is missing, as for a deleted user."""
    found: Record = {"created": at, "items": list(items)}
    if id_ is not None:
        found["id"] = id_
    if by is not None:
        found["author"] = by
    return found


def comment(at: object, by: Record | None, body: object, id_: str | None = None) -> Record:
    """One comment."""
    found: Record = {"created": at, "body": body}
    if id_ is not None:
        found["id"] = id_
    if by is not None:
        found["author"] = by
    return found


def issue(
    key: str = "WEB-1",
    *,
    created: object = "2026-03-02T09:00:00.000+0000",
    reporter: Record | None = ANN,
    assignee: Record | None = None,
    status: str = "To Do",
    category: str | None = "new",
    changes: Sequence[Record] = (),
    comments: Sequence[Record] = (),
    **fields: Any,
) -> Record:
    """An issue with its changelog and comments; ``fields`` are added as they are."""
    project = key.rpartition("-")[0]
    status_field: Record = {"name": status}
    if category is not None:
        status_field["statusCategory"] = {"key": category}
    number = key.rpartition("-")[2]
    return {
        "id": f"10{number}",
        "key": key,
        "self": f"https://jira.example.org/rest/api/2/issue/10{number}",
        "fields": {
            "summary": f"About {key}",
            "created": created,
            "reporter": reporter,
            "assignee": assignee,
            "status": status_field,
            "project": {"key": project},
            "issuetype": {"name": "Task", "subtask": False},
            "priority": {"name": "Medium"},
            "duedate": None,
            "comment": {"comments": list(comments), "total": len(comments)},
            **fields,
        },
        "changelog": {"startAt": 0, "total": len(changes), "histories": list(changes)},
    }


def draft(record: Record, conventions: Conventions | None = None) -> Draft:
    return JiraReader(conventions or Conventions()).draft(record, "test.jsonl:1")


def timeline(
    record: Record,
    as_of: datetime | None = None,
    conventions: Conventions | None = None,
    *,
    constant_owner: bool = False,
) -> Timeline:
    """The timeline of one record; it must have existed at ``as_of``."""
    conventions = conventions or Conventions()
    found = build(draft(record, conventions), conventions, as_of, constant_owner=constant_owner)
    assert found is not None
    return found


def at(text: str) -> datetime:
    """``2026-03-02 09:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def kinds(found: Timeline) -> list[str]:
    return [event.kind for event in found.events]


def only(found: Timeline, kind: str) -> Event:
    """The only event of a kind."""
    events = [event for event in found.events if event.kind == kind]
    assert len(events) == 1, kinds(found)
    return events[0]


def write(folder: Path, *records: Record, name: str = "issues.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def audit(
    source: Path,
    as_of: str,
    *select: str,
    settings: Settings | None = None,
    **options: Any,
) -> Report:
    """The report on a source with the selected shipped rules, or with all."""
    settings = settings or Settings()
    auditor = Auditor(settings, choose_rules(settings, select=select), load_signals())
    return auditor.audit(FileSource(source), Options(at(as_of), **options))


def sure(value: T | None) -> T:
    """The value, which the test takes to be there."""
    assert value is not None
    return value
