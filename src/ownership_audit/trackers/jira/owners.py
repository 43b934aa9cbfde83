"""Who has owned issues of a project, and since when: a quick look at records before they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ownership_audit.errors import DataError
from ownership_audit.trackers.jira.site import Site
from ownership_audit.trackers.jira.values import as_list, first_of, mapping, mappings


def owners(site: Site, data: Mapping[str, Any]) -> Iterator[tuple[str, str, datetime]]:
    """Project key, id or name of an owner, and the time since when, for each owner up to the site's moment.

    What can't be read gives nothing: whoever reads the whole record reports it.
    """
    fields = mapping(data.get("fields"))
    project = str(mapping(fields.get("project")).get("key") or str(data.get("key")).rpartition("-")[0])
    try:
        created = site.moment(fields.get("created"), "the creation date")
    except DataError:
        return
    if site.is_later(created):
        return
    changes = sorted(_changes(site, mapping(data.get("changelog")).get("histories")), key=lambda c: c[0])
    if not changes:
        person = site.person(first_of(fields.get(site.conventions.owner_field)))
        if person is not None:
            yield project, person.id, created
        return
    for side, at, item in [("from", created, changes[0][1]), *(("to", at, item) for at, item in changes)]:
        if not site.is_later(at):
            for name in (item.get(side), item.get(f"{side}String")):
                if name:
                    yield project, str(name), at


def _changes(site: Site, histories: object) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
    """The changes of the owner, in any order."""
    field = site.conventions.owner_field
    for entry in mappings(histories):
        for item in as_list(entry.get("items")):
            if isinstance(item, dict) and field in (item.get("field"), item.get("fieldId")):
                try:
                    yield site.moment(entry.get("created"), "the time of a change"), item
                except DataError:
                    continue
