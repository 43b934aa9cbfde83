"""One record while it is being read: its parts, the people met in it, and what of it can't be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ownership_audit.errors import DataError
from ownership_audit.timeline import Person
from ownership_audit.trackers.jira.site import Site
from ownership_audit.trackers.jira.values import LONGEST_ID, mapping, mappings, short, text_or_none


class Record:
    """What every step of reading one record needs; a record that is no issue raises DataError.

    ``incomplete`` gives the reason for each part (``changes``, ``comments``) that is missing or wrong;
    ``unreadable`` collects messages on values that stand there and can't be read. ``known`` gives the
    people met so far by id, name, login and key.
    """

    __slots__ = (
        "data", "fields", "incomplete", "key", "known", "place", "site", "status_category", "status_name",
        "unreadable",
    )  # fmt: skip

    def __init__(self, site: Site, data: Mapping[str, Any], place: str, unreadable: list[str]) -> None:
        key, fields = data.get("key"), data.get("fields")
        if not isinstance(key, str) or not key:
            raise DataError(
                f"{place}: no Jira issue (it has no key); each record needs key, fields and changelog"
            )
        if not isinstance(fields, dict) or not fields:
            raise DataError(f"{place}: {key}: the issue has no fields; export it with fields=*all")
        self.site = site
        self.data = data
        self.place = place
        self.key = key
        self.fields: dict[str, Any] = fields
        self.incomplete: dict[str, str] = {}
        self.unreadable = unreadable
        self.known: dict[str, Person] = {}
        status = mapping(fields.get("status"))
        self.status_name: object = status.get("name")
        self.status_category = text_or_none(mapping(status.get("statusCategory")).get("key"))

    def problem(self, part: str, message: str) -> None:
        """Something stands there and can't be read: unlike what is merely missing, that is a problem."""
        self.incomplete[part] = message
        self.unreadable.append(
            f"{self.place}: {self.key}: {message}; rules that need it were not evaluated,"
            " correct it in the tracker"
        )

    def told_missing(self, part: str) -> str | None:
        """Why a part is missing, where whoever made the record out of another form says so."""
        return text_or_none(mapping(self.data.get("missing")).get(part))

    def moment(self, value: object, part: str, what: str) -> datetime | None:
        """A moment; one that can't be read is a problem of its part."""
        try:
            return self.site.moment(value, what)
        except DataError as problem:
            self.problem(part, str(problem))
            return None

    def dated(
        self, entries: object, part: str, what: str, letter: str
    ) -> list[tuple[datetime, str, Mapping[str, Any]]]:
        """The entries of a list that have a moment: that, the id after a letter, and the entry itself.

        Without an id the place in the list serves. An entry without a moment is a problem of its part.
        """
        found, moment = [], self.site.moment
        for number, entry in enumerate(mappings(entries)):
            try:
                at = moment(entry.get("created"), what)
            except DataError as problem:
                self.problem(part, str(problem))
            else:
                found.append((at, f"{letter}{entry.get('id') or number}"[: LONGEST_ID + 1], entry))
        return found

    def day(self, value: object, what: str) -> date | None:
        """A day, where one is given; one that can't be read is a problem."""
        if value is None:
            return None
        try:
            return self.site.local_day(value)
        except (ValueError, DataError) as problem:
            self.problem("changes", f"{what} {short(value)} is no date ({problem})")
            return None

    def person(self, account: object, at: datetime | None = None) -> Person | None:
        """The person of a user object, who is known from ``at`` on."""
        person = self.site.person(account)
        if person is not None and self.known.get(person.id) is not person and not self.site.is_later(at):
            known = self.known
            known[person.id] = person
            known.setdefault(person.name, person)
            for other in map(mapping(account).get, ("name", "key")):
                if other:
                    known.setdefault(str(other), person)
        return person

    def call(self, person: Person, at: datetime) -> None:
        """Let a person's id mean the account as it was called at ``at``: names differ between entries."""
        if not self.site.is_later(at):
            self.known[person.id] = person

    def named(self, id_: object, name: object) -> Person | None:
        """The person that a change gives by id and name, among those known where it can be."""
        return self.site.named(id_, name, self.known)
