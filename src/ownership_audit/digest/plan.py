"""Which messages are due: to each reader at most one, with what they were not told yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ownership_audit.calendars import Calendar
from ownership_audit.digest.readers import Case, Reader, escalated_to, reader_of
from ownership_audit.digest.settings import Digest
from ownership_audit.finding import Finding
from ownership_audit.plain import plain
from ownership_audit.reconcile.settings import Actions
from ownership_audit.reconcile.steps import Held
from ownership_audit.severity import severity_rank


@dataclass(frozen=True, slots=True)
class Item:
    """One finding for one reader. ``after`` is the run that perhaps told it, where it is told again."""

    case: Case
    finding: Finding
    escalated: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What one reader gets. ``before`` are issues that still stand and were told before."""

    reader: Reader
    items: tuple[Item, ...]
    before: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """The issues it speaks of."""
        return tuple(dict.fromkeys(item.case.key for item in self.items))


@dataclass(frozen=True, slots=True)
class Unsure:
    """Something that a run began to tell a reader, and nobody knows whether it came."""

    reader: str
    key: str
    at: datetime


@dataclass(slots=True)
class Plan:
    """All messages, and what is not told and why.

    ``restricted`` counts issues and ``quoted`` findings that not everybody may see; ``exceeds`` is the limit
    that the plan breaks, if any.
    """

    messages: list[Message] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    unsure: list[Unsure] = field(default_factory=list)
    restricted: int = 0
    quoted: int = 0
    exceeds: int | None = None


def plan(
    cases: Iterable[Case], digest: Digest, actions: Actions, now: datetime, *, again: bool = False
) -> Plan:
    """The messages at ``now``; ``again`` tells also what perhaps was told before."""
    work = _Planner(digest, actions, now, again)
    for case in sorted(cases, key=lambda case: case.key):
        work.add(case)
    return work.done()


@dataclass(slots=True)
class _Desk:
    """What is gathered for one reader."""

    reader: Reader
    calendar: Calendar
    items: list[Item] = field(default_factory=list)
    before: list[str] = field(default_factory=list)


class _Planner:
    """Gathers findings by reader and keeps the limits."""

    def __init__(self, digest: Digest, actions: Actions, now: datetime, again: bool) -> None:
        self.digest, self.actions, self.now, self.again = digest, actions, now, again
        self._desks: dict[str, _Desk] = {}
        self._last: dict[str, datetime] = {}
        self._plan = Plan()

    def add(self, case: Case) -> None:
        """Take one issue."""
        self._remember(case)
        found = [finding for finding in case.findings if self._is_worth(finding, case)]
        if not found:
            return
        if case.restricted:
            self._plan.restricted += 1
        elif case.record is None:
            self._hold(case.key, "what its property tells of digests can't be read; take the property away")
        else:
            for finding in found:
                self._tell(finding, case)

    def _remember(self, case: Case) -> None:
        """When each reader was told last, and what is not sure to have come."""
        record = case.record
        if record is None:
            return
        standing = {finding.fingerprint for finding in case.findings}
        for reader, told in record.readers.items():
            unsure = [entry.at for name, entry in told.items() if not entry.is_sure and name in standing]
            if unsure:
                self._plan.unsure.append(Unsure(reader, case.key, max(unsure)))
            for entry in told.values():
                if entry.is_sure or not self.again:
                    self._last[reader] = max(entry.at, self._last.get(reader, entry.at))

    def _is_worth(self, finding: Finding, case: Case) -> bool:
        return (
            severity_rank(finding.severity) >= severity_rank(self.digest.least)
            and (self.digest.experimental or not finding.experimental)
            and finding.fingerprint not in case.dismissed
            and not case.labels & self.actions.dismiss_labels
        )

    def _tell(self, finding: Finding, case: Case) -> None:
        if any(item.restricted for item in finding.evidence):
            self._plan.quoted += 1
            return
        first = reader_of(finding, case, self.digest)
        if first is None:
            who = plain(finding.owed_by.label)
            self._hold(case.key, f"no address is configured for {who}, their team, or as lead")
        else:
            self._put(first, Item(case, finding), case.calendar_of(finding.owed_by.id))
        lead = escalated_to(finding, case, self.digest, self.now)
        if lead is not None and (first is None or lead.key != first.key):
            own = case.lead.id if case.lead is not None else None
            self._put(lead, Item(case, finding, escalated=True), case.calendar_of(own))

    def _put(self, reader: Reader, item: Item, calendar: Calendar) -> None:
        case = item.case
        if reader.several:  # a team has no absences
            calendar = case.calendar
        desk = self._desks.setdefault(reader.key, _Desk(reader, calendar))
        told = case.record.told(reader.key).get(item.finding.fingerprint) if case.record else None
        if told is None:
            desk.items.append(item)
        elif self.again and not told.is_sure:
            desk.items.append(Item(case, item.finding, item.escalated, told.run))
        else:
            desk.before.append(case.key)

    def _hold(self, key: str, why: str) -> None:
        held = Held(key, why)
        if held not in self._plan.held:
            self._plan.held.append(held)

    def done(self) -> Plan:
        """The plan."""
        for desk in sorted(self._desks.values(), key=lambda desk: desk.reader.key):
            if not desk.items:
                continue
            reason = self._reason_to_wait(desk)
            if reason is not None:
                self._hold(plain(desk.reader.name), reason)
                continue
            self._plan.messages.append(self._message(desk))
        most = self.digest.most_messages
        if most is not None and len(self._plan.messages) > most:
            self._plan.exceeds = most
        return self._plan

    def _reason_to_wait(self, desk: _Desk) -> str | None:
        every, last = self.digest.at_most_every, self._last.get(desk.reader.key)
        if last is not None and self.now < desk.calendar.add(last, every):
            return f"the last message is not {every} old"
        if self.digest.working_hours and not desk.calendar.is_working(self.now):
            return f"it is outside the working hours of {plain(desk.reader.name)}"
        return None

    def _message(self, desk: _Desk) -> Message:
        items = sorted(desk.items, key=_urgency)
        keys = list(dict.fromkeys(item.case.key for item in items))
        chosen = set(keys[: self.digest.most_issues])
        told = tuple(item for item in items if item.case.key in chosen)
        before = tuple(key for key in dict.fromkeys(desk.before) if key not in chosen)
        return Message(desk.reader, told, before, len(keys) - len(chosen))


def _urgency(item: Item) -> tuple[bool, int, datetime, str, str]:
    finding = item.finding
    return (item.escalated, -severity_rank(finding.severity), finding.due, item.case.key, finding.rule)


def shorter(message: Message) -> Message | None:
    """The message without its last issue, which waits for the next one; None where it has only one."""
    keys = message.keys
    if len(keys) < 2:
        return None
    return only(message, set(keys[:-1]))


def only(message: Message, keys: set[str]) -> Message:
    """The message on some of its issues."""
    items = tuple(item for item in message.items if item.case.key in keys)
    dropped = len(message.keys) - len(keys & set(message.keys))
    return Message(message.reader, items, message.before, message.waiting + dropped)


def by_issue(items: Sequence[Item]) -> Iterator[tuple[Case, list[Item]]]:
    """The items issue by issue, in their order."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.case.key, []).append(item)
    for group in groups.values():
        yield group[0].case, group
