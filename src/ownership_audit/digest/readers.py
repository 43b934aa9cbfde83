"""Whom a finding is told to: the one it waits for, their team, or the lead. Never everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ownership_audit.calendars import Calendar
from ownership_audit.digest.record import Record
from ownership_audit.digest.settings import LEAD, Address, Digest
from ownership_audit.finding import Finding
from ownership_audit.timeline import Person


@dataclass(frozen=True, slots=True)
class Reader:
    """One who gets one message. ``key`` stands in the record; ``several`` says that a team reads it."""

    key: str
    name: str
    address: Address
    several: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One issue: what an audit found on it, what was told of it, and who its people are.

    ``record`` is None where it can't be read. ``restricted`` issues are told to nobody. ``lead_named`` is
    how the configuration names the lead, if it does. ``calendars`` are by the id of a person;
    ``dismissed`` gives by fingerprint why people want to hear no more of it for now.
    """

    key: str
    project: str
    url: str | None
    summary: str
    findings: Sequence[Finding]
    record: Record | None
    calendar: Calendar
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    lead: Person | None = None
    lead_named: str | None = None
    labels: frozenset[str] = frozenset()
    dismissed: Mapping[str, str] = field(default_factory=dict)
    restricted: bool = False

    def calendar_of(self, id_: str | None) -> Calendar:
        """When somebody is at work; without a known person, when the project is."""
        return self.calendars.get(id_, self.calendar) if id_ is not None else self.calendar


def reader_of(finding: Finding, case: Case, digest: Digest) -> Reader | None:
    """Who is told first: the person, as lead also by the lead's address, else the person's team."""
    owed = finding.owed_by
    person = case.people.get(owed.id or "")
    found = _person(person, digest)
    if found is None and (owed.role == LEAD or (person is not None and _is_lead(person, case))):
        found = _lead(case, digest)
    if found is None and person is not None and person.team:
        address = digest.to.get(person.team.lower())
        if address is not None and person.team.lower() != LEAD:
            found = Reader(f"team:{person.team.lower()}", person.team, address, several=True)
    return found


def escalated_to(finding: Finding, case: Case, digest: Digest, now: datetime) -> Reader | None:
    """The lead whom the configuration names, once a finding has stood for so long."""
    after, owed = digest.escalate_after, finding.owed_by
    if after is None or not _has_named_lead(case, digest) or owed.role == LEAD:
        return None
    if case.lead is not None and case.lead.id == owed.id:
        return None
    if case.calendar.add(finding.due, after) > now:
        return None
    return _person(case.lead, digest) or _lead(case, digest)


def _has_named_lead(case: Case, digest: Digest) -> bool:
    return case.lead_named is not None or _of_project(case) in digest.to


def _person(person: Person | None, digest: Digest) -> Reader | None:
    for name in (person.id, person.name) if person is not None else ():
        address = digest.to.get(name.lower())
        if address is not None and person is not None and name.lower() != LEAD:
            # By the name that is configured: in some records a person has no id, in others one.
            return Reader(f"person:{name.lower()}", person.name, address)
    return None


def _lead(case: Case, digest: Digest) -> Reader | None:
    """A lead by the address that is kept for leads; each lead is a reader of their own."""
    for name in (_of_project(case), LEAD):
        address = digest.to.get(name)
        if address is not None:
            own = case.lead_named or (case.lead.id if case.lead is not None else case.project)
            called = case.lead.name if case.lead is not None else f"the lead of {case.project}"
            return Reader(f"{name}:{own.lower()}", called, address)
    return None


def _of_project(case: Case) -> str:
    return f"{case.project.lower()}/{LEAD}"


def _is_lead(person: Person, case: Case) -> bool:
    return case.lead is not None and case.lead.id == person.id
