"""Jira REST issues (v2 wiki or v3 ADF, Server 5 to Cloud) to drafts: dated events and current values.

It parses records already read; it asks no server and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ownership_audit.errors import DataError
from ownership_audit.timeline import Body, Conventions, Draft, Event, Issue, Person, Status
from ownership_audit.timeline.build import order

_NO_NAMES: Final[frozenset[str]] = frozenset()
_YEARS: Final = range(1970, 2200)  # what lies outside is a slip, and beyond what calendars can count
_LONGEST_ID: Final = 100
_PULL: Final = re.compile(r"pull request|merge request|pull-request|/pull/|/merge_requests/", re.IGNORECASE)
_COMMIT: Final = re.compile(r"\bcommit|changeset|/commits?/", re.IGNORECASE)
_DISPLAY_DAY: Final = re.compile(r"^(\d{1,2})/([A-Za-z]{3})/(\d{4}|\d{2})")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPRINT_NAME: Final = re.compile(r"[\[,]name=([^,\]]*)")
_SPRINT_END: Final = re.compile(r"[\[,]endDate=(\d{4}-\d{2}-\d{2}[^,\]]*)")

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


class JiraReader:
    """Turns one site's records to drafts; keeps nothing but caches of persons and statuses.

    ``unreadable`` tells, with places, which values of the last draft could not be read; the rules that
    need them are not evaluated on it. ``until`` is the moment the drafts are for: what an issue is
    called, who reported it and which names belong to which account is read as it was known then.
    """

    def __init__(self, conventions: Conventions, until: datetime | None = None) -> None:
        self.conventions = conventions
        self.until = until
        self.unreadable: list[str] = []
        self._zone = ZoneInfo(conventions.zone)
        self._accounts: dict[tuple[object, object, object], Person] = {}

    def draft(self, record: Mapping[str, Any], place: str) -> Draft:
        """The draft of one issue; a record that is no issue raises DataError with its place."""
        self.unreadable.clear()
        return _IssueReader(self, record, place).draft()

    def moment(self, value: object, what: str) -> datetime:
        """A time from a string (any zone, or none: the configured zone) or a number of s or ms."""
        try:
            if isinstance(value, str) and value.isdecimal() and len(value) > 8:
                value = int(value)  # shorter ones are days without dashes
            if isinstance(value, str):
                parsed = datetime.fromisoformat(value)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                parsed = datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
            else:
                raise ValueError("missing")
            if parsed.tzinfo is None:
                parsed = parsed.replace(tzinfo=self._zone)
            moment = parsed.astimezone(UTC)
            _check_year(moment)
            return moment
        except (ValueError, OverflowError, OSError) as problem:
            raise DataError(f"{what} is not a time: {_short(value)} ({problem})") from None

    def local_day(self, value: object) -> date | None:
        """The day of a moment; in the configured zone where it is written in UTC, else as it is written."""
        if isinstance(value, str) and len(value) > 10 and value.endswith(("Z", "+0000", "+00:00")):
            value = self.moment(value, "the day").astimezone(self._zone).date()
        return parse_day(value)

    def person(self, account: object) -> Person | None:
        """The person of a user object; None for a deleted or anonymous user."""
        if not isinstance(account, dict):
            return None
        get = account.get
        login = get("name")
        # Mentions and settings know the login; a login that is a mail address may be shared, its key is not.
        id_ = get("accountId") or (get("key") if login is None or "@" in str(login) else login) or login
        name = get("displayName") or id_
        if not name:
            return None
        key = (id_, name, get("accountType"))
        try:
            return self._accounts[key]
        except KeyError:
            found = self._accounts[key] = self._person(str(id_ or name), str(name), key[2])
            return found
        except TypeError:  # a list or mapping where a text belongs
            return self._person(str(id_ or name), str(name), None)

    def named(self, id_: object, name: object, known: Mapping[str, Person]) -> Person | None:
        """The person of a changelog item's ``to``/``toString``; without an id, by the names known."""
        if id_ in (None, "") and name in (None, ""):
            return None
        if id_ in (None, ""):
            found = known.get(str(name))
            return found if found is not None else self._person(str(name), str(name), None)
        found = known.get(str(id_)) if "@" not in str(id_) else None
        return found if found is not None else self._person(str(id_), str(name or id_), None)

    def _person(self, id_: str, name: str, account_type: object) -> Person:
        if "@" in id_:  # an e-mail address as user name may be a placeholder shared by many people
            id_ = f"{id_} ({name})"
        return self.conventions.person(id_, name, account_type if isinstance(account_type, str) else None)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def parse_day(*values: object) -> date | None:
    """The first of the values that holds a day: ISO, or Jira's display form ``28/Feb/13``.

    Raises ValueError for an impossible day; None when no value is there.
    """
    for value in values:
        if value in (None, ""):
            continue
        text = str(value)
        display = _DISPLAY_DAY.match(text)
        if display:
            day, month, year = display.groups()
            full_year = int(year) + 2000 if len(year) == 2 else int(year)
            if month.lower() not in _MONTHS:
                raise ValueError(f"no month is called {month}")
            found = date(full_year, _MONTHS.index(month.lower()) + 1, int(day))
        else:
            found = date.fromisoformat(text[:10])
        _check_year(found)
        return found
    return None


def _check_year(day: date) -> None:
    if day.year not in _YEARS:
        raise ValueError(f"the year must be from {_YEARS[0]} to {_YEARS[-1]}")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(entry: Mapping[str, Any], default: object) -> str:
    """The entry's own id; what is too long to be one is cut."""
    return str(entry.get("id") or default)[:_LONGEST_ID]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(text: object) -> frozenset[str]:
    return frozenset(part.strip() for part in str(text).split(",") if part.strip()) if text else _NO_NAMES


class _IssueReader:
    """Reads one record; its fields are what every step of that needs."""

    def __init__(self, reader: JiraReader, record: Mapping[str, Any], place: str) -> None:
        self.reader = reader
        self.conventions = reader.conventions
        self.place = place
        self.record = record
        key = record.get("key")
        fields = record.get("fields")
        if not isinstance(key, str) or not key:
            raise DataError(
                f"{place}: no Jira issue (it has no key); each record needs key, fields and changelog"
            )
        self.key = key
        if not isinstance(fields, dict) or not fields:
            raise DataError(f"{place}: {key}: the issue has no fields; export it with fields=*all")
        self.fields: dict[str, Any] = fields
        self.incomplete: dict[str, str] = {}
        self.no_history: str | None = None
        self.known: dict[str, Person] = {}
        self.events: list[Event] = []
        self.release_names: dict[str, str] = {}
        self.undone: dict[str, Mapping[str, Any]] = {}  # per field the first change after ``until``

    def draft(self) -> Draft:
        fields, reader = self.fields, self.reader
        try:
            created = reader.moment(fields.get("created"), "the creation date")
        except DataError as problem:
            raise DataError(
                f"{self.place}: {self.key}: {problem}; without it the issue can't be audited"
            ) from None
        histories = self._histories()
        reporter = self._person_in("reporter", fields.get("reporter"))
        creator = self._person(fields.get("creator"))
        owner = self._owner()
        self._comments()
        self._changes(histories)
        self._worklogs_and_attachments()
        if self.undone:  # only now all accounts are known that the names in changes may belong to
            reporter, owner = self._person_in("reporter", fields.get("reporter")), self._owner()
            for person in (reporter, owner):
                if person is not None:
                    self.known.setdefault(person.id, person)
                    self.known.setdefault(person.name, person)
        creator = creator or reporter
        status_field, project = _mapping(fields.get("status")), _mapping(fields.get("project"))
        project_key = str(project.get("key") or self.key.rpartition("-")[0])
        type_field = _mapping(fields.get("issuetype"))
        return Draft(
            issue=Issue(
                id=str(self.record.get("id") or self.key),
                key=self.key,
                url=self._url(),
                summary=self._summary(),
                reporter=reporter or creator,
                lead=self._lead(project_key, project),
                reviewer=self._reviewer(),
                support=project_key.upper() in self.conventions.support
                or project.get("projectTypeKey") == "service_desk",
                subtask=bool(type_field.get("subtask")),
            ),
            created=created,
            creator=creator,
            owner=owner,
            status=self._status(status_field),
            deadline=self._day(fields.get("duedate"), "the due date"),
            priority=_text(_mapping(fields.get("priority")).get("name")),
            releases=frozenset(
                name
                for version in map(_mapping, _list(fields.get("fixVersions")))
                if (name := self._release(version.get("id"), version.get("name"))) is not None
            ),
            sprints=self._sprint_names(),
            project=project_key,
            type=str(type_field.get("name") or ""),
            labels=frozenset(map(str, _list(fields.get("labels")))),
            events=self.events,
            incomplete=self.incomplete,
            no_history=self.no_history,
            resolved=self._resolved(),
            parent=_text(_mapping(fields.get("parent")).get("key")),
            blockers=tuple(self._blockers()),
            subtasks=tuple(str(s["key"]) for s in _list(fields.get("subtasks")) if _mapping(s).get("key")),
            ends=self._ends(project_key),
        )

    # -- current fields ------------------------------------------------------------------------------------

    def _is_later(self, at: datetime | None) -> bool:
        return at is not None and self.reader.until is not None and at > self.reader.until

    def _person(self, account: object, at: datetime | None = None) -> Person | None:
        """The person of a user object, who is known from ``at`` on."""
        person = self.reader.person(account)
        known = self.known
        if person is not None and known.get(person.id) is not person and not self._is_later(at):
            known[person.id] = person
            known.setdefault(person.name, person)
            for other in map(_mapping(account).get, ("name", "key")):
                if other:
                    known.setdefault(str(other), person)
        return person

    def _person_in(self, field: str, account: object) -> Person | None:
        """Who stood in a field at the draft's moment; ``account`` stands there now."""
        undone = self.undone.get(field.lower())
        if undone is None:
            return self._person(account)
        return self.reader.named(undone.get("from"), undone.get("fromString"), self.known)

    def _summary(self) -> str:
        undone = self.undone.get("summary")
        return str((self.fields.get("summary") if undone is None else undone.get("fromString")) or "")

    def _owner(self) -> Person | None:
        name = self.conventions.owner_field
        if name not in self.fields:
            self.incomplete["changes"] = f"the record has no field {name!r}"
            return None
        value = self.fields[name]
        return self._person_in(name, value[0] if isinstance(value, list) and value else value)

    def _status(self, field: Mapping[str, Any]) -> Status:
        name = field.get("name")
        if not name:
            self.incomplete["changes"] = "the record has no status"
        return self.conventions.status(
            str(name or ""), _text(_mapping(field.get("statusCategory")).get("key"))
        )

    def _day(self, value: object, what: str) -> date | None:
        try:
            return self.reader.local_day(value)
        except (ValueError, DataError) as problem:
            self._unreadable("changes", f"{what} {_short(value)} is no date ({problem})")
            return None

    def _unreadable(self, part: str, message: str) -> None:
        """Something stands there and can't be read: unlike what is merely missing, that is a problem."""
        self.incomplete[part] = message
        self.reader.unreadable.append(
            f"{self.place}: {self.key}: {message}; rules that need it were not evaluated,"
            " correct it in the tracker"
        )

    def _resolved(self) -> datetime | None:
        value = self.fields.get("resolutiondate")
        try:
            return self.reader.moment(value, "the resolution date") if value else None
        except DataError as problem:
            self._unreadable("changes", str(problem))
            return None

    def _url(self) -> str | None:
        link = self.record.get("self")
        if isinstance(link, str) and "/rest/" in link:
            return f"{link.partition('/rest/')[0]}/browse/{self.key}"
        return None

    def _lead(self, project_key: str, project: Mapping[str, Any]) -> Person | None:
        configured = self.conventions.leads.get(project_key.upper())
        if configured is None:
            return self._person(project.get("lead"))
        found = self.known.get(configured)
        return found if found is not None else self.conventions.person(configured, configured)

    def _reviewer(self) -> Person | None:
        field = self.conventions.reviewer_field
        value = self.fields.get(field) if field else None
        return self._person_in(field or "", value[0] if isinstance(value, list) and value else value)

    def _sprints(self) -> Iterable[tuple[str, date | None]]:
        field = self.conventions.sprint_field
        if field is not None:
            values = _list(self.fields.get(field))
        else:
            values = [*_list(self.fields.get("closedSprints")), self.fields.get("sprint")]
            for name, value in self.fields.items():
                if name.startswith("customfield_") and isinstance(value, list):
                    values += [entry for entry in value if _is_sprint(entry)]
        for value in values:
            if isinstance(value, dict) and value.get("name"):
                yield str(value["name"]), self._day(value.get("endDate"), "a sprint's end")
            elif isinstance(value, str) and "name=" in value:
                title, end = _SPRINT_NAME.search(value), _SPRINT_END.search(value)
                if title:
                    yield title[1], self._day(end[1], "a sprint's end") if end else None

    def _sprint_names(self) -> frozenset[str]:
        if "sprint" not in self.conventions.deadline_sources:
            return _NO_NAMES  # what the changes say is all that is needed then
        return frozenset(name for name, _ in self._sprints())

    def _ends(self, project_key: str) -> dict[str, date]:
        if self.conventions.deadline_sources == ("due-date",):
            return {}
        ends: dict[str, date] = {}
        for version in map(_mapping, _list(self.fields.get("fixVersions"))):
            day = self._day(version.get("releaseDate"), "a release date")
            if day is not None and version.get("name"):
                ends[f"release {project_key}/{version['name']}"] = day
        ends.update({f"sprint {name}": day for name, day in self._sprints() if day is not None})
        return ends

    def _blockers(self) -> Iterable[str]:
        for link in map(_mapping, _list(self.fields.get("issuelinks"))):
            kind = _mapping(link.get("type"))
            if link.get("inwardIssue") and "block" in str(kind.get("inward", "")).lower():
                yield str(_mapping(link["inwardIssue"]).get("key"))

    # -- events --------------------------------------------------------------------------------------------

    def _comments(self) -> None:
        block = self.fields.get("comment")
        if not isinstance(block, dict):
            self.incomplete["comments"] = "the record has no comments field"
            return
        comments = _list(block.get("comments"))
        total = block.get("total")
        if isinstance(total, int) and total > len(comments):
            self.incomplete["comments"] = f"{len(comments)} of {total} comments are in the record"
        for number, comment in enumerate(map(_mapping, comments)):
            at = self._at(comment.get("created"), "comments", "a comment")
            if at is not None:
                id_ = f"c{_id(comment, number)}"
                self.events.append(
                    Event(
                        at,
                        "comment",
                        self._person(comment.get("author"), at),
                        id_,
                        body=Body(comment.get("body")),
                    )
                )

    def _at(self, value: object, part: str, what: str) -> datetime | None:
        try:
            return self.reader.moment(value, f"the time of {what}")
        except DataError as problem:
            self._unreadable(part, str(problem))
            return None

    def _histories(self) -> list[tuple[Mapping[str, Any], datetime, str]]:
        """Every dated entry of the change history, with its time and id."""
        changelog = self.record.get("changelog")
        if not isinstance(changelog, dict) or not isinstance(changelog.get("histories"), list):
            self.no_history = "the record has no change history"
            self.incomplete.setdefault("changes", self.no_history)
            return []
        histories = changelog["histories"]
        total = changelog.get("total")
        if isinstance(total, int) and total > len(histories):
            self.no_history = f"{len(histories)} of {total} changes are in the record"
            self.incomplete.setdefault("changes", self.no_history)
        dated: list[tuple[Mapping[str, Any], datetime, str]] = []
        later: list[tuple[Mapping[str, Any], datetime, str]] = []
        for number, history in enumerate(map(_mapping, histories)):
            at = self._at(history.get("created"), "changes", "a change")
            if at is not None:
                dated.append((history, at, f"h{_id(history, number)}"))
                if self._is_later(at):
                    later.append(dated[-1])
        for history, _, _ in sorted(later, key=lambda entry: order(Event(entry[1], "other", None, entry[2]))):
            for item in map(_mapping, _list(history.get("items"))):
                for field in (item.get("field"), item.get("fieldId")):
                    self.undone.setdefault(str(field).lower(), item)
        return dated

    def _changes(self, histories: list[tuple[Mapping[str, Any], datetime, str]]) -> None:
        for history, at, _ in histories:
            self._person(history.get("author"), at)  # so that names in items resolve to these accounts
        self._name_releases(histories)
        for history, at, id_ in histories:
            self._items(_list(history.get("items")), at, self._person(history.get("author"), at), id_)

    def _name_releases(self, histories: list[tuple[Mapping[str, Any], datetime, str]]) -> None:
        """Give each release one name, the first by which the changes know it: releases are renamed."""
        first: dict[str, datetime] = {}
        for history, at, _ in histories:
            for item in map(_mapping, _list(history.get("items"))):
                if _KINDS.get(str(item.get("field")).lower()) != "release":
                    continue
                for side in ("from", "to"):
                    id_, name = str(item.get(side) or ""), item.get(f"{side}String")
                    if id_ and name and (id_ not in first or at < first[id_]):
                        first[id_], self.release_names[id_] = at, str(name)

    def _release(self, id_: object, name: object) -> str | None:
        """The one name of a release, by its id."""
        return self.release_names.get(str(id_), str(name)) if name else None

    def _items(self, items: list[Any], at: datetime, actor: Person | None, id_: str) -> None:
        releases: list[tuple[int, Mapping[str, Any]]] = []
        for number, item in enumerate(items):
            field = item.get("field") if isinstance(item, dict) else None
            if not field:
                continue
            kind = self._kind(item, str(field))
            if kind is None:
                continue
            if kind == "release":
                releases.append((number, item))
                continue
            convert = _CONVERT.get(kind)
            if convert is None:
                old, new = item.get("fromString"), item.get("toString")
            else:
                try:
                    old, new = convert(self, item)
                except ValueError as problem:
                    self._unreadable("changes", f"a change of {_short(field)} on {at:%Y-%m-%d}: {problem}")
                    continue
            self.events.append(Event(at, kind, actor, f"{id_}.{number}", old, new))
        if releases:  # one event for the whole move: a release taken off and another put on
            removed = {self._release(item.get("from"), item.get("fromString")) for _, item in releases}
            added = {self._release(item.get("to"), item.get("toString")) for _, item in releases}
            old, new = frozenset(removed - added - {None}), frozenset(added - removed - {None})
            self.events.append(Event(at, "release", actor, f"{id_}.{releases[0][0]}", old, new))

    def _kind(self, item: Mapping[str, Any], field: str) -> str | None:
        lowered = field.lower()
        owner_field = self.conventions.owner_field
        if owner_field != "assignee":  # another field holds the owner; then the assignee is only a field
            if item.get("fieldId") == owner_field or field == owner_field:
                return "assigned"
            if lowered == "assignee":
                return "other"
        kind = _KINDS.get(lowered)
        if kind == "link":
            text = f"{item.get('toString') or ''} {item.get('to') or ''}"
            if _PULL.search(text):
                return "pull-request"
            if lowered == "remoteissuelink" and _COMMIT.search(text):
                return "commit"
        elif kind == "moved" and not (item.get("fromString") or item.get("toString")):
            return None
        return kind or "other"

    def people_of(self, item: Mapping[str, Any]) -> tuple[Person | None, Person | None]:
        named, known = self.reader.named, self.known
        return (
            named(item.get("from"), item.get("fromString"), known),
            named(item.get("to"), item.get("toString"), known),
        )

    def statuses_of(self, item: Mapping[str, Any]) -> tuple[Status, Status]:
        current = _mapping(self.fields.get("status"))
        category = _text(_mapping(current.get("statusCategory")).get("key"))

        def status(name: str) -> Status:
            return self.conventions.status(name, category if name == current.get("name") else None)

        return status(str(item.get("fromString") or "")), status(str(item.get("toString") or ""))

    def projects_of(self, item: Mapping[str, Any]) -> tuple[str, str]:
        """Keys are not in a project item; names serve, as only the difference matters."""
        return str(item.get("fromString") or ""), str(item.get("toString") or "")

    def _worklogs_and_attachments(self) -> None:
        worklogs = map(_mapping, _list(_mapping(self.fields.get("worklog")).get("worklogs")))
        logs = [(log.get("created") or log.get("started"), log, "worklog") for log in worklogs]
        files = [
            (f.get("created"), f, "attachment") for f in map(_mapping, _list(self.fields.get("attachment")))
        ]
        entries = []
        for created, entry, kind in logs + files:
            at = self._at(created, "changes", f"a {kind}") if created else None
            if at is not None:
                actor = self._person(entry.get("author"), at)
                entries.append(Event(at, kind, actor, f"{kind[0]}{_id(entry, at.isoformat())}"))
        if entries:
            self._add_once(entries)

    def _add_once(self, entries: list[Event]) -> None:
        """Add entries; of one and the change that tells the same within a minute the first one stands."""
        alone: dict[tuple[str, str | None, datetime], list[int]] = {}
        doubles: set[int] = set()
        events = [(event.at, 0, event) for event in self.events if event.kind in ("worklog", "attachment")]
        events += [(event.at, 1, event) for event in entries]
        for at, side, event in sorted(events, key=lambda e: e[:2]):
            key = (event.kind, event.actor.id if event.actor else None, at.replace(second=0, microsecond=0))
            counts = alone.setdefault(key, [0, 0])
            if counts[1 - side]:
                counts[1 - side] -= 1
                doubles.add(id(event))
            else:
                counts[side] += 1
        self.events = [event for event in self.events + entries if id(event) not in doubles]


def _is_sprint(value: object) -> bool:
    if isinstance(value, str):
        return "greenhopper.service.sprint" in value
    return isinstance(value, dict) and "state" in value and ("endDate" in value or "boardId" in value)


_CONVERT: Final[dict[str, Callable[[_IssueReader, Mapping[str, Any]], tuple[Any, Any]]]] = {
    "assigned": _IssueReader.people_of,
    "status": _IssueReader.statuses_of,
    "moved": _IssueReader.projects_of,
    "deadline": lambda _, item: (
        parse_day(item.get("from"), item.get("fromString")),
        parse_day(item.get("to"), item.get("toString")),
    ),
    "sprint": lambda _, item: (_names(item.get("fromString")), _names(item.get("toString"))),
    "labels": lambda _, item: (
        frozenset(str(item.get("fromString") or "").split()),
        frozenset(str(item.get("toString") or "").split()),
    ),
}
