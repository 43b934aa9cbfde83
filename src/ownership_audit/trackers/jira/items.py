"""What one item of a change means: the kind of its event, and its values before and after."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from ownership_audit.timeline import Person, Status
from ownership_audit.trackers.jira.record import Record
from ownership_audit.trackers.jira.values import names, parse_day

Item = Mapping[str, Any]

_PULL: Final = re.compile(r"pull request|merge request|pull-request|/pull/|/merge_requests/", re.IGNORECASE)
_COMMIT: Final = re.compile(r"\bcommit|changeset|/commits?/", re.IGNORECASE)

# Changelog field (lower case) to the kind of event; what isn't listed is "other" and counts for nothing.
_KINDS: Final = {
    "assignee": "assigned", "status": "status", "duedate": "deadline", "due date": "deadline",
    "priority": "priority", "fix version": "release", "fix version/s": "release", "sprint": "sprint",
    "timeestimate": "estimate", "timeoriginalestimate": "estimate", "story points": "estimate",
    "story point estimate": "estimate", "link": "link", "remoteissuelink": "link", "parent": "parent",
    "epic link": "parent", "issueparentassociation": "parent", "summary": "summary",
    "description": "description", "attachment": "attachment", "flagged": "flagged", "labels": "labels",
    "timespent": "worklog", "worklogid": "worklog", "resolution": "resolution", "reviewer": "reviewer",
    "issuetype": "type", "issue type": "type", "type": "type", "project": "moved",
}  # fmt: skip


def kind_of(item: Item, field: str, owner_field: str) -> str | None:
    """The kind of an item's event; None where nothing happened."""
    lowered = field.lower()
    if owner_field != "assignee":  # another field holds the owner; then the assignee is only a field
        if item.get("fieldId") == owner_field or field == owner_field:
            return "assigned"
        if lowered == "assignee":
            return "other"
    kind = _KINDS.get(lowered, "other")
    if kind == "link":
        text = f"{item.get('toString') or ''} {item.get('to') or ''}"
        if _PULL.search(text):
            return "pull-request"
        if lowered == "remoteissuelink" and _COMMIT.search(text):
            return "commit"
    elif kind == "moved" and not (item.get("fromString") or item.get("toString")):
        return None
    return kind


def _people(record: Record, item: Item) -> tuple[Person | None, Person | None]:
    get = item.get
    return record.named(get("from"), get("fromString")), record.named(get("to"), get("toString"))


def _statuses(record: Record, item: Item) -> tuple[Status, Status]:
    status = record.site.conventions.status
    current, category = record.status_name, record.status_category
    old, new = str(item.get("fromString") or ""), str(item.get("toString") or "")
    # The category is told of the present status only.
    return status(old, category if old == current else None), status(
        new, category if new == current else None
    )


def _days(_: Record, item: Item) -> tuple[date | None, date | None]:
    get = item.get
    return parse_day(get("from"), get("fromString")), parse_day(get("to"), get("toString"))


def _sprints(_: Record, item: Item) -> tuple[frozenset[str], frozenset[str]]:
    return names(item.get("fromString")), names(item.get("toString"))


def _labels(_: Record, item: Item) -> tuple[frozenset[str], frozenset[str]]:
    old, new = str(item.get("fromString") or ""), str(item.get("toString") or "")
    return frozenset(old.split()), frozenset(new.split())


def _projects(_: Record, item: Item) -> tuple[str, str]:
    """Keys are not in a project item; names serve, as only the difference matters."""
    return str(item.get("fromString") or ""), str(item.get("toString") or "")


VALUES: Final[Mapping[str, Callable[[Record, Item], tuple[Any, Any]]]] = {
    "assigned": _people, "status": _statuses, "deadline": _days, "sprint": _sprints, "labels": _labels,
    "moved": _projects,
}  # fmt: skip
"""By kind, how the values are read; those of other kinds are the texts as they stand.

A value that can't be read raises ValueError.
"""
