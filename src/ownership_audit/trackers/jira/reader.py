"""The reader of one site's records: the face of the Jira port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ownership_audit.timeline import Conventions, Draft
from ownership_audit.trackers.jira.issue import read_issue
from ownership_audit.trackers.jira.owners import owners
from ownership_audit.trackers.jira.record import Record
from ownership_audit.trackers.jira.site import Site


class JiraReader:
    """Turns one site's records to drafts; keeps nothing but caches of persons and statuses.

    ``unreadable`` tells, with places, which values of the last draft could not be read; the rules that
    need them are not evaluated on it. ``until`` is the moment the drafts are for: what an issue is
    called, who reported it and which names belong to which account is read as it was known then.
    """

    def __init__(self, conventions: Conventions, until: datetime | None = None) -> None:
        self.unreadable: list[str] = []
        self._site = Site(conventions, until)

    def draft(self, record: Mapping[str, Any], place: str) -> Draft:
        """The draft of one issue; a record that is no issue raises DataError with its place."""
        self.unreadable.clear()
        return read_issue(Record(self._site, record, place, self.unreadable))

    def owners(self, record: Mapping[str, Any]) -> Iterator[tuple[str, str, datetime]]:
        """Project key, id or name, and time since when, of everybody who has owned the issue."""
        return owners(self._site, record)
