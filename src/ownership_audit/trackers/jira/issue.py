"""The current fields of a record, and with its history the draft of the issue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from ownership_audit.errors import DataError
from ownership_audit.timeline import Draft, Issue, Person, Status
from ownership_audit.trackers.jira.history import History
from ownership_audit.trackers.jira.record import Record
from ownership_audit.trackers.jira.values import (
    NO_NAMES,
    as_list,
    first_of,
    is_sprint,
    mapping,
    mappings,
    sprint,
    text_or_none,
)


def read_issue(record: Record) -> Draft:
    """The draft of one record; one without a creation date raises DataError."""
    try:
        created = record.site.moment(record.fields.get("created"), "the creation date")
    except DataError as problem:
        raise DataError(
            f"{record.place}: {record.key}: {problem}; without it the issue can't be audited"
        ) from None
    return _Issue(record, History(record)).draft(created)


class _Issue:
    """Reads the fields; where the draft is for an earlier moment, with later changes of them undone."""

    __slots__ = ("conventions", "fields", "history", "project", "project_key", "record")

    def __init__(self, record: Record, history: History) -> None:
        self.record = record
        self.history = history
        self.conventions = record.site.conventions
        self.fields = record.fields
        self.project = mapping(self.fields.get("project"))
        self.project_key = str(self.project.get("key") or record.key.rpartition("-")[0])

    def draft(self, created: datetime) -> Draft:
        fields, record, history = self.fields, self.record, self.history
        reporter = self._person_in("reporter", fields.get("reporter"))
        creator = record.person(fields.get("creator"))
        owner = self._owner()
        events = history.events()
        if history.undone:  # only now all accounts are known that the names in changes may belong to
            reporter, owner = self._person_in("reporter", fields.get("reporter")), self._owner()
            self._meet(reporter, owner)
        creator = creator or reporter
        kind = mapping(fields.get("issuetype"))
        return Draft(
            issue=self._issue(reporter or creator, subtask=bool(kind.get("subtask"))),
            created=created,
            creator=creator,
            owner=owner,
            status=self._status(),
            deadline=record.day(fields.get("duedate"), "the due date"),
            priority=text_or_none(mapping(fields.get("priority")).get("name")),
            releases=self._releases(),
            sprints=self._sprint_names(),
            project=self.project_key,
            type=str(kind.get("name") or ""),
            labels=frozenset(map(str, as_list(fields.get("labels")))),
            events=events,
            incomplete=record.incomplete,
            no_history=history.missing,
            resolved=self._resolved(),
            parent=text_or_none(mapping(fields.get("parent")).get("key")),
            blockers=self._blockers(),
            subtasks=tuple([str(sub["key"]) for sub in mappings(fields.get("subtasks")) if sub.get("key")]),
            ends=self._ends(),
        )

    def _issue(self, reporter: Person | None, *, subtask: bool) -> Issue:
        key, project = self.record.key, self.project_key
        return Issue(
            id=str(self.record.data.get("id") or key),
            key=key,
            url=self._url(),
            summary=self._summary(),
            reporter=reporter,
            lead=self._lead(),
            reviewer=self._reviewer(),
            support=project.upper() in self.conventions.support
            or self.project.get("projectTypeKey") == "service_desk",
            subtask=subtask,
        )

    # -- people --------------------------------------------------------------------------------------------

    def _person_in(self, field: str, account: object) -> Person | None:
        """Who stood in a field at the draft's moment; ``account`` stands there now."""
        changed = self.history.undone
        undone = changed.get(field.lower()) if changed else None
        if undone is None:
            return self.record.person(account)
        return self.record.named(undone.get("from"), undone.get("fromString"))

    def _meet(self, *people: Person | None) -> None:
        for person in people:
            if person is not None:
                self.record.known.setdefault(person.id, person)
                self.record.known.setdefault(person.name, person)

    def _owner(self) -> Person | None:
        name = self.conventions.owner_field
        if name not in self.fields:
            self.record.incomplete["changes"] = f"the record has no field {name!r}"
            return None
        return self._person_in(name, first_of(self.fields[name]))

    def _lead(self) -> Person | None:
        configured = self.conventions.leads.get(self.project_key.upper())
        if configured is None:
            return self.record.person(self.project.get("lead"))
        found = self.record.known.get(configured)
        return found if found is not None else self.conventions.person(configured, configured)

    def _reviewer(self) -> Person | None:
        field = self.conventions.reviewer_field
        return self._person_in(field, first_of(self.fields.get(field))) if field else None

    # -- texts, status, days -------------------------------------------------------------------------------

    def _url(self) -> str | None:
        link = self.record.data.get("self")
        if isinstance(link, str) and "/rest/" in link:
            return f"{link.partition('/rest/')[0]}/browse/{self.record.key}"
        return None

    def _summary(self) -> str:
        undone = self.history.undone.get("summary")
        return str((self.fields.get("summary") if undone is None else undone.get("fromString")) or "")

    def _status(self) -> Status:
        name = self.record.status_name
        if not name:
            self.record.incomplete["changes"] = "the record has no status"
        return self.conventions.status(str(name or ""), self.record.status_category)

    def _resolved(self) -> datetime | None:
        value = self.fields.get("resolutiondate")
        return self.record.moment(value, "changes", "the resolution date") if value else None

    # -- plans ---------------------------------------------------------------------------------------------

    def _releases(self) -> frozenset[str]:
        versions = mappings(self.fields.get("fixVersions"))
        if not versions:
            return NO_NAMES
        named = [self.history.release(version.get("id"), version.get("name")) for version in versions]
        return frozenset([name for name in named if name is not None])

    def _sprints(self) -> Iterator[tuple[str, date | None]]:
        field = self.conventions.sprint_field
        if field is not None:
            values = [*as_list(self.fields.get(field))]
        else:
            values = [*as_list(self.fields.get("closedSprints")), self.fields.get("sprint")]
            for name, value in self.fields.items():
                if name.startswith("customfield_") and isinstance(value, list):
                    values += [entry for entry in value if is_sprint(entry)]
        for found in map(sprint, values):
            if found is not None:
                yield found[0], self.record.day(found[1], "a sprint's end")

    def _sprint_names(self) -> frozenset[str]:
        if "sprint" not in self.conventions.deadline_sources:
            return NO_NAMES  # what the changes say is all that is needed then
        return frozenset(name for name, _ in self._sprints())

    def _ends(self) -> dict[str, date]:
        if self.conventions.deadline_sources == ("due-date",):
            return {}
        ends: dict[str, date] = {}
        for version in mappings(self.fields.get("fixVersions")):
            day = self.record.day(version.get("releaseDate"), "a release date")
            if day is not None and version.get("name"):
                ends[f"release {self.project_key}/{version['name']}"] = day
        ends.update({f"sprint {name}": day for name, day in self._sprints() if day is not None})
        return ends

    def _blockers(self) -> tuple[str, ...]:
        found = []
        for link in mappings(self.fields.get("issuelinks")):
            blocker = link.get("inwardIssue")
            if blocker and "block" in str(mapping(link.get("type")).get("inward", "")).lower():
                found.append(str(mapping(blocker).get("key")))
        return tuple(found)
