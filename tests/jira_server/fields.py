"""The site's fields: Jira's own, those of the file, the flag, the sprint, the development panel."""

from __future__ import annotations

from typing import Any, Final

from jira_server.convert import Record, is_user
from jira_server.issue import Issue
from jira_server.state import State

DEVELOPMENT: Final = "customfield_10000"
_SYSTEM: Final = {
    "issuekey": ("Key", "string", None),
    "summary": ("Summary", "string", None),
    "description": ("Description", "string", None),
    "environment": ("Environment", "string", None),
    "status": ("Status", "status", None),
    "resolution": ("Resolution", "resolution", None),
    "resolutiondate": ("Resolved", "datetime", None),
    "priority": ("Priority", "priority", None),
    "issuetype": ("Issue Type", "issuetype", None),
    "project": ("Project", "project", None),
    "assignee": ("Assignee", "user", None),
    "reporter": ("Reporter", "user", None),
    "creator": ("Creator", "user", None),
    "created": ("Created", "datetime", None),
    "updated": ("Updated", "datetime", None),
    "duedate": ("Due date", "date", None),
    "labels": ("Labels", "array", "string"),
    "components": ("Components", "array", "component"),
    "fixVersions": ("Fix versions", "array", "version"),
    "versions": ("Affects versions", "array", "version"),
    "issuelinks": ("Linked Issues", "array", "issuelinks"),
    "subtasks": ("Sub-tasks", "array", "issuelinks"),
    "parent": ("Parent", "issuelink", None),
    "attachment": ("Attachment", "array", "attachment"),
    "comment": ("Comment", "comments-page", None),
    "worklog": ("Log Work", "array", "worklog"),
    "timespent": ("Time Spent", "number", None),
    "timeestimate": ("Remaining Estimate", "number", None),
    "timeoriginalestimate": ("Original estimate", "number", None),
    "timetracking": ("Time tracking", "timetracking", None),
    "votes": ("Votes", "votes", None),
    "watches": ("Watchers", "watches", None),
}
_TYPES: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
FLAG_TYPE: Final = f"{_TYPES}multicheckboxes"
SPRINT_TYPE: Final = "com.pyxis.greenhopper.jira:gh-sprint"
_DEVELOPMENT_TYPE: Final = "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf"
_NOT_NAVIGABLE: Final = frozenset(("comment", "worklog", "attachment", "description", "environment"))


def _custom_type(value: object) -> tuple[str, str, str | None]:
    """The type of a custom field by one of its values: ``schema.custom``, ``type``, ``items``."""
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, str) and "greenhopper.service.sprint" in first:
        return SPRINT_TYPE, "array", "json"
    if isinstance(first, dict):
        if "boardId" in first or ("state" in first and "endDate" in first):
            return SPRINT_TYPE, "array", "json"
        if "completedCycles" in first or "ongoingCycle" in first:
            return "com.atlassian.servicedesk:sd-sla-field", "sd-servicelevelagreement", None
        if is_user(first):
            several = isinstance(value, list)
            kind = "multiuserpicker" if several else "userpicker"
            return f"{_TYPES}{kind}", "array" if several else "user", "user" if several else None
        if isinstance(value, list):
            return f"{_TYPES}multicheckboxes", "array", "option"
        return f"{_TYPES}select", "option", None
    if isinstance(value, list):
        return f"{_TYPES}labels", "array", "string"
    if isinstance(value, (int, float)):
        return f"{_TYPES}float", "number", None
    if isinstance(value, str) and value[:2] == "0|":
        return "com.pyxis.greenhopper.jira:gh-lexo-rank", "any", None
    return f"{_TYPES}textfield", "string", None


class Fields:
    """The catalogue of fields of one state; it is made once, and again when records are put in."""

    def __init__(self, state: State) -> None:
        self._state = state
        values: dict[str, Any] = {}
        names: dict[str, str] = {}
        schemas: dict[str, Record] = {}
        for issue in state.by_id.values():
            raw = issue.record if issue.raw_is_read else issue.raw
            names.update(raw.get("names") or {})
            schemas.update(raw.get("schema") or {})
            for name, value in raw["fields"].items():
                if name.startswith("customfield_") and values.get(name) is None:
                    values[name] = value
        names.update(state.made_fields)  # a field that was made keeps its id, filled or not
        names.update(state.options.field_names)
        self.custom: dict[str, Record] = {}
        for name, value in sorted(values.items()):
            known, (custom, type_, items) = schemas.get(name, {}), _custom_type(value)
            self._add(
                name,
                names.get(name, f"Custom field {name[12:]}"),
                known.get("custom", custom),
                known.get("type", type_),
                known.get("items", items),
            )
        self.sprint = self._ensure("Sprint", 10020, SPRINT_TYPE, "array", "json")
        self.flag = self._ensure("Flagged", 10021, FLAG_TYPE, "array", "option")
        if (state.cloud or state.options.development) and DEVELOPMENT not in self.custom:
            self._add(DEVELOPMENT, "Development", _DEVELOPMENT_TYPE, "any", None)

    def _ensure(self, name: str, number: int, custom: str, type_: str, items: str) -> str:
        """The field of a name, or of a type that only one field has; one is made where there is none."""
        for id_, known in self.custom.items():
            alike = custom == SPRINT_TYPE and known["schema"].get("custom") == custom
            if alike or known["name"] == name:
                return id_
        while f"customfield_{number}" in self.custom:
            number += 9000
        self._state.made_fields[f"customfield_{number}"] = name
        return self._add(f"customfield_{number}", name, custom, type_, items)

    def _add(self, id_: str, name: str, custom: str, type_: str, items: str | None) -> str:
        schema = {"type": type_, "custom": custom, "customId": int(id_[12:])}
        if items:
            schema["items"] = items
        self.custom[id_] = self._entry(id_, name, schema, [f"cf[{id_[12:]}]", name])
        return id_

    def _entry(self, id_: str, name: str, schema: Record, clauses: list[str]) -> Record:
        found = {
            "id": id_,
            "name": name,
            "custom": "custom" in schema,
            "orderable": True,
            "navigable": id_ not in _NOT_NAVIGABLE,
            "searchable": True,
            "clauseNames": clauses,
            "schema": schema,
        }
        return {**found, "key": id_} if self._state.cloud else found

    def listed(self) -> list[Record]:
        """All fields as ``/field`` gives them."""
        found = []
        for id_, (name, type_, items) in _SYSTEM.items():
            schema = {"type": type_, "system": id_, **({"items": items} if items else {})}
            found.append(self._entry(id_, name, schema, [id_.lower()]))
        return found + list(self.custom.values())

    def select(self, issue: Issue, wanted: list[str]) -> Record:
        """The fields of an issue that are asked for by id, ``*all``, ``*navigable`` or ``-id``."""
        values = dict(issue.record["fields"])
        values.setdefault(self.flag, None)
        values.setdefault(self.sprint, None)
        if self._state.cloud or self._state.options.development:
            values.setdefault(DEVELOPMENT, self._state.options.development.get(issue.key, "{}"))
        without = {name[1:] for name in wanted if name.startswith("-")}
        names = {name for name in wanted if not name.startswith("-")}
        if "*all" in names or not names:
            chosen = set(values)
        elif "*navigable" in names:
            chosen = (set(values) - _NOT_NAVIGABLE) | names
        else:
            by_name = {known["name"]: id_ for id_, known in self.custom.items()}
            chosen = names | {by_name[name] for name in names if name in by_name}
        return {name: value for name, value in values.items() if name in chosen and name not in without}
