"""Raw Jira issues as they stood at an earlier moment: what came later is cut, current fields are put back.

It reads payloads of every age: ``from``/``to`` may be null where only the strings are filled. Comments edited
later keep their present words, and the key an issue was moved to stays its name.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

Json = dict[str, Any]


def moment(text: str) -> datetime:
    """A time of a record, in UTC; those without a zone count as UTC."""
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)


def cut_all(records: Iterable[Json], at: datetime) -> list[Json]:
    """Every issue that existed at ``at``, as it stood then."""
    kept = [record for record in (cut(record, at) for record in records) if record is not None]
    keys = {record["key"] for record in kept}
    for record in kept:
        fields = record["fields"]
        fields["subtasks"] = [s for s in fields.get("subtasks") or [] if s.get("key") in keys]
    return kept


def cut(record: Json, at: datetime) -> Json | None:
    """The issue as it stood at ``at``; None when it did not exist yet."""
    fields = record["fields"]
    if moment(fields["created"]) > at:
        return None
    record = copy.deepcopy(record)
    fields = record["fields"]
    accounts = {name: account for account in _accounts(record) for name in _names(account)}
    histories = record.get("changelog", {}).get("histories", [])
    later = [history for history in histories if moment(history["created"]) > at]
    for history in sorted(later, key=_age, reverse=True):
        for item in reversed(history["items"]):
            _undo(fields, item, accounts)
    _drop(record.get("changelog"), "histories", at)
    _drop(fields.get("comment"), "comments", at)
    _drop(fields.get("worklog"), "worklogs", at)
    if "attachment" in fields:
        fields["attachment"] = [f for f in fields["attachment"] if moment(f["created"]) <= at]
    if fields.get("resolutiondate") and moment(fields["resolutiondate"]) > at:
        fields["resolutiondate"] = None
        fields["resolution"] = None
    fields["updated"] = at.isoformat()
    return record


def _age(history: Json) -> tuple[datetime, int]:
    return moment(history["created"]), int(history["id"])


def _drop(block: Json | None, name: str, at: datetime) -> None:
    if not isinstance(block, dict) or name not in block:
        return
    entries = block[name]
    kept = [entry for entry in entries if moment(entry["created"]) <= at]
    if "total" in block:
        block["total"] -= len(entries) - len(kept)
    if "maxResults" in block:
        block["maxResults"] = block["total"]
    block[name] = kept


# -- accounts -------------------------------------------------------------------------------------------


def _accounts(value: object) -> Iterator[Json]:
    """Every user object anywhere in a record."""
    if isinstance(value, dict):
        if "displayName" in value:
            yield value
        for part in value.values():
            yield from _accounts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _accounts(part)


def _names(account: Json) -> Iterator[str]:
    for key in ("displayName", "name", "key", "accountId"):
        # An address as user name may be one placeholder for many people.
        if account.get(key) and "@" not in account[key]:
            yield account[key]


def _account(item: Json, accounts: dict[str, Json]) -> Json | None:
    id_, name = item.get("from"), item.get("fromString")
    if not id_ and not name:
        return None
    found = accounts.get(id_ or name)
    if found is None and id_ and "@" in id_:
        found = accounts.get(name or "")
    if found is not None:
        return found
    if any("accountId" in account for account in accounts.values()):
        return {"accountId": id_ or name, "displayName": name or id_}
    return {"name": id_ or name, "key": id_ or name, "displayName": name or id_}


# -- fields ---------------------------------------------------------------------------------------------


def _undo(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    """Put back what a later item changed."""
    undo = _UNDO.get(item["field"].lower())
    if undo is not None:
        undo(fields, item, accounts)


def _named(name: str) -> Callable[[Json, Json, dict[str, Json]], None]:
    def undo(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
        old, present = item.get("fromString"), fields.get(name) or {}
        if old is None:
            fields[name] = None
        elif present.get("name") != old:
            fields[name] = {"id": item.get("from"), "name": old}

    return undo


def _user(name: str) -> Callable[[Json, Json, dict[str, Json]], None]:
    def undo(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
        fields[name] = _account(item, accounts)

    return undo


def _type(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    subtask = "sub" in item["fromString"].lower()
    fields["issuetype"] = {"id": item.get("from"), "name": item["fromString"], "subtask": subtask}


def _text(name: str) -> Callable[[Json, Json, dict[str, Json]], None]:
    def undo(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
        fields[name] = item.get("fromString")

    return undo


_DISPLAY = re.compile(r"(\d+)/(\w{3})/(\d\d)$")


def _due(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    text = item.get("from") or item.get("fromString")
    if text and (shown := _DISPLAY.match(text)):
        text = datetime.strptime(shown[0], "%d/%b/%y").replace(tzinfo=UTC).date().isoformat()
    fields["duedate"] = date.fromisoformat(text[:10]).isoformat() if text else None


def _labels(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    fields["labels"] = (item.get("fromString") or "").split()


def _releases(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    added = (item.get("to"), item.get("toString"))
    versions = [
        v
        for v in fields.get("fixVersions") or []
        if (added[0] or added[1]) != (v["id"] if added[0] else v["name"])
    ]
    if item.get("fromString"):
        versions.append({"id": item.get("from"), "name": item["fromString"]})
    fields["fixVersions"] = versions


def _sprints(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    names = [name.strip() for name in (item.get("fromString") or "").split(",") if name.strip()]
    present = [
        name for name, value in fields.items() if name.startswith("customfield_") and _is_sprints(value)
    ]
    for field in present:
        fields[field] = None
    if names:
        field = present[0] if present else "customfield_10020"
        fields[field] = [
            {"id": n, "name": name, "state": "active", "boardId": 1} for n, name in enumerate(names)
        ]


def _is_sprints(value: object) -> bool:
    if not isinstance(value, list):
        return False
    return any(
        "service.sprint" in v if isinstance(v, str) else isinstance(v, dict) and "state" in v for v in value
    )


def _parent(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    old = item.get("fromString")
    fields["parent"] = {"id": item.get("from"), "key": old} if old else None


def _links(fields: Json, item: Json, accounts: dict[str, Json]) -> None:
    def other(link: Json) -> object:
        return (link.get("inwardIssue") or link.get("outwardIssue") or {}).get("key")

    if item.get("to"):
        fields["issuelinks"] = [link for link in fields.get("issuelinks") or [] if other(link) != item["to"]]


_UNDO: dict[str, Callable[[Json, Json, dict[str, Json]], None]] = {
    "assignee": _user("assignee"), "reporter": _user("reporter"), "status": _named("status"),
    "priority": _named("priority"), "resolution": _named("resolution"), "issuetype": _type, "type": _type,
    "issue type": _type, "summary": _text("summary"), "description": _text("description"), "duedate": _due,
    "labels": _labels, "fix version": _releases, "sprint": _sprints, "parent": _parent, "link": _links,
}  # fmt: skip
