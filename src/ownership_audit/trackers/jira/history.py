"""A record's changes, comments, worklogs and attachments as events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ownership_audit.timeline import Body, Event, Person
from ownership_audit.timeline.build import order
from ownership_audit.trackers.jira.items import VALUES, Item, kind_of
from ownership_audit.trackers.jira.record import Record
from ownership_audit.trackers.jira.values import (
    LONGEST_ID,
    as_list,
    last_pull_request,
    mapping,
    mappings,
    short,
)

# One entry of the change history, what one person changed in one save: its time, id and data.
_Entry = tuple[datetime, str, Mapping[str, Any]]
# An item that tells something: its place in the entry, its kind, its data.
_Told = tuple[int, str, Item]


class History:
    """What happened to one issue.

    ``missing`` is the reason why changes are missing, where they are. ``undone`` gives, per field in
    lower case, the first item after the moment that the draft is for: what it changed stood then.
    """

    __slots__ = ("_entries", "_record", "_releases", "missing", "undone")

    def __init__(self, record: Record) -> None:
        self._record = record
        self._releases: dict[str, str] = {}
        self.missing: str | None = None
        self.undone: dict[str, Item] = {}
        self._entries = self._dated()
        self._undo()

    def events(self) -> list[Event]:
        """All events; the people who made them are known from then on."""
        events = self._comments()  # their authors come before those of changes
        known = self._record.known
        for at, id_, actor, items in self._changes():
            if actor is not None and known.get(actor.id) is not actor:
                self._record.call(actor, at)
            self._add(items, at, actor, id_, events)
        logged = self._logged()
        return _once(events, logged) if logged else events

    def release(self, id_: object, name: object) -> str | None:
        """The one name of a release, by its id; complete once the events were read."""
        return self._releases.get(str(id_), str(name)) if name else None

    # -- the change history --------------------------------------------------------------------------------

    def _dated(self) -> list[_Entry]:
        changelog, record = self._record.data.get("changelog"), self._record
        histories = changelog.get("histories") if isinstance(changelog, dict) else None
        if not isinstance(changelog, dict) or not isinstance(histories, list):
            self._miss(record.told_missing("changes") or "the record has no change history")
            return []
        total = changelog.get("total")
        if isinstance(total, int) and total > len(histories):
            self._miss(f"{len(histories)} of {total} changes are in the record")
        return record.dated(histories, "changes", "the time of a change", "h")

    def _miss(self, reason: str) -> None:
        self.missing = reason
        self._record.incomplete.setdefault("changes", reason)

    def _undo(self) -> None:
        until = self._record.site.until
        later = [entry for entry in self._entries if entry[0] > until] if until is not None else []
        later.sort(key=lambda entry: order(Event(entry[0], "other", None, entry[1])))
        for _, _, data in later:
            for item in mappings(data.get("items")):
                for field in (item.get("field"), item.get("fieldId")):
                    self.undone.setdefault(str(field).lower(), item)

    def _changes(self) -> list[tuple[datetime, str, Person | None, list[_Told]]]:
        """Every entry with its actor; only when all are met do the names in items resolve to accounts."""
        owner_field = self._record.site.conventions.owner_field
        first: dict[str, datetime] = {}
        changes = []
        for at, id_, data in self._entries:
            actor = self._record.person(data.get("author"), at)
            items: list[_Told] = []
            for number, item in enumerate(as_list(data.get("items"))):
                field = item.get("field") if isinstance(item, dict) else None
                kind = kind_of(item, str(field), owner_field) if field else None
                if kind is not None:
                    items.append((number, kind, item))
                    if kind == "release":
                        self._name_release(item, at, first)
            changes.append((at, id_, actor, items))
        return changes

    def _name_release(self, item: Item, at: datetime, first: dict[str, datetime]) -> None:
        """Give each release one name, the first by which the changes know it: releases are renamed."""
        for side in ("from", "to"):
            id_, name = str(item.get(side) or ""), item.get(f"{side}String")
            if id_ and name and (id_ not in first or at < first[id_]):
                first[id_], self._releases[id_] = at, str(name)

    def _add(
        self, items: list[_Told], at: datetime, actor: Person | None, id_: str, events: list[Event]
    ) -> None:
        """Add the events of one entry, one per item; but one for all releases put on and taken off."""
        releases: list[tuple[int, Item]] = []
        for number, kind, item in items:
            if kind == "release":
                releases.append((number, item))
                continue
            values = VALUES.get(kind)
            if values is None:
                old, new = item.get("fromString"), item.get("toString")
            else:
                try:
                    old, new = values(self._record, item)
                except ValueError as problem:
                    message = f"a change of {short(item['field'])} on {at:%Y-%m-%d}: {problem}"
                    self._record.problem("changes", message)
                    continue
            events.append(Event(at, kind, actor, f"{id_}.{number}", old, new))
        if releases:
            removed = {self.release(item.get("from"), item.get("fromString")) for _, item in releases}
            added = {self.release(item.get("to"), item.get("toString")) for _, item in releases}
            old, new = frozenset(removed - added - {None}), frozenset(added - removed - {None})
            events.append(Event(at, "release", actor, f"{id_}.{releases[0][0]}", old, new))

    # -- what is told beside it ----------------------------------------------------------------------------

    def _comments(self) -> list[Event]:
        record = self._record
        block = record.fields.get("comment")
        if not isinstance(block, dict):
            record.incomplete["comments"] = "the record has no comments field"
            return []
        comments, total = as_list(block.get("comments")), block.get("total")
        if isinstance(total, int) and total > len(comments):
            record.incomplete["comments"] = f"{len(comments)} of {total} comments are in the record"
        told = record.told_missing("comments")
        if told is not None:
            record.incomplete["comments"] = told
        person = record.person
        return [
            Event(
                at,
                "comment",
                person(comment.get("author"), at),
                id_,
                None,
                None,
                Body(comment.get("body"), restricted=bool(comment.get("visibility"))),
            )
            for at, id_, comment in record.dated(comments, "comments", "the time of a comment", "c")
        ]

    def _logged(self) -> list[Event]:
        """Worklogs and attachments as the current fields list them."""
        fields = self._record.fields
        logs, files = (
            mappings(mapping(fields.get("worklog")).get("worklogs")),
            mappings(fields.get("attachment")),
        )
        entries = [("worklog", log, log.get("created") or log.get("started")) for log in logs]
        entries += [("attachment", file, file.get("created")) for file in files]
        found = []
        for kind, entry, created in entries:
            at = self._record.moment(created, "changes", f"the time of a {kind}") if created else None
            if at is not None:
                actor = self._record.person(entry.get("author"), at)
                id_ = str(entry.get("id") or at.isoformat())[:LONGEST_ID]
                found.append(Event(at, kind, actor, f"{kind[0]}{id_}"))
        return found + self._developed()

    def _developed(self) -> list[Event]:
        """The last change of a pull request, as the development panel tells it; it does not say whose."""
        field = self._record.site.conventions.development_field
        changed = last_pull_request(self._record.fields.get(field)) if field is not None else None
        if changed is None:
            return []
        at = self._record.moment(changed, "changes", "the time of a pull request")
        return [Event(at, "pull-request", None, f"d{at:%Y%m%dT%H%M%S}")] if at is not None else []


def _once(events: list[Event], logged: list[Event]) -> list[Event]:
    """All events; of one listed and the change that tells the same within a minute the first one stands."""
    told = [event for event in events if event.kind in ("worklog", "attachment")]
    if not told:
        events += logged
        return events
    alone: dict[tuple[str, str | None, datetime], list[int]] = {}
    doubles: set[int] = set()
    sides = [(event.at, 0, event) for event in told] + [(event.at, 1, event) for event in logged]
    for at, side, event in sorted(sides, key=lambda entry: entry[:2]):
        key = (event.kind, event.actor.id if event.actor else None, at.replace(second=0, microsecond=0))
        counts = alone.setdefault(key, [0, 0])
        if counts[1 - side]:
            counts[1 - side] -= 1
            doubles.add(id(event))
        else:
            counts[side] += 1
    return [event for event in events + logged if id(event) not in doubles]
