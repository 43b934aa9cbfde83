"""Which fields to read: those the reader knows, and custom ones found by their type, never by a fixed id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ownership_audit.errors import ConfigError
from ownership_audit.trackers.jira.values import mapping, mappings
from ownership_audit.yamlfile import nearest

SPRINT: Final = "com.pyxis.greenhopper.jira:gh-sprint"
DEVELOPMENT: Final = "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummary"
"""The summary of the development panel; the type's name differs a little between versions."""

_SYSTEM: Final = (
    "summary", "status", "assignee", "reporter", "creator", "created", "updated", "duedate", "priority",
    "issuetype", "project", "labels", "fixVersions", "resolution", "resolutiondate", "parent", "subtasks",
    "issuelinks", "attachment", "worklog", "comment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a site: ``wanted`` are the ids to ask for, ``names`` the id of each custom field by name.

    A name that two fields have stands for neither.
    """

    wanted: tuple[str, ...]
    names: Mapping[str, str]
    sprint: str | None = None
    development: str | None = None
    flagged: str | None = None


def discover(found: object, configured: Sequence[str | None], place: str) -> Fields:
    """The fields of a site by what ``/field`` says; ``configured`` are ids or names that settings speak of.

    Raises ConfigError for one that the site does not have.
    """
    names: dict[str, str] = {}
    doubles: set[str] = set()
    types: dict[str, str] = {}
    ids: set[str] = set()
    for field in mappings(found):
        id_, name = str(field.get("id") or ""), str(field.get("name") or "")
        ids.add(id_)
        if field.get("custom"):
            if name in names:
                doubles.add(name)
            names[name] = id_
            types.setdefault(str(mapping(field.get("schema")).get("custom") or ""), id_)
    unique = {name: id_ for name, id_ in names.items() if name not in doubles}
    sprint = types.get(SPRINT)
    development = next((id_ for type_, id_ in types.items() if type_.startswith(DEVELOPMENT)), None)
    flagged = unique.get("Flagged")
    own = [_known(name, ids, unique, place) for name in configured if name is not None]
    extra = [id_ for id_ in (sprint, development, flagged, *own) if id_ is not None]
    return Fields(tuple(dict.fromkeys([*_SYSTEM, *extra])), unique, sprint, development, flagged)


def _known(name: str, ids: set[str], names: Mapping[str, str], place: str) -> str:
    if name in ids:
        return name
    if name in names:
        return names[name]
    raise ConfigError(f"{place}: the site has no field {name!r}; {nearest(name, {*ids, *names})[:200]}")


def name_custom_fields(record: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Give the items of a record's changes the id of their field, which Data Center leaves out."""
    for entry in mappings(mapping(record.get("changelog")).get("histories")):
        for item in entry.get("items") or ():
            if isinstance(item, dict) and "fieldId" not in item and item.get("field") in names:
                item["fieldId"] = names[item["field"]]
