"""Sends messages, each at most once: it is written on the issues before it is sent, and confirmed after.

A run that is stopped anywhere in between leaves ``sending`` on the issues: the message was perhaps sent. The
next run says so, and sends it again only when it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ownership_audit.digest.message import document_of, title_of
from ownership_audit.digest.plan import Item, Message, Plan, only, shorter
from ownership_audit.digest.record import FAILED, KEY, SENDING, SENT, Entry, Record
from ownership_audit.digest.render import to_html, to_text
from ownership_audit.errors import (
    ConfigError,
    DeliveryError,
    RefusedError,
    TrackerError,
    UnknownWriteError,
    WriteError,
)
from ownership_audit.reconcile.settings import Actions
from ownership_audit.trackers.posts import Posts


class Line(Protocol):
    """A way to one address. ``longest`` is how many characters a message may have."""

    longest: int

    def send(self, title: str, text: str, html: str) -> None:
        """Send once; raises DeliveryError where it was not confirmed, without a word of the address."""


Open = Callable[[str], Line]
"""Opens the way to an address; raises ConfigError, without a word of it, where it is none."""

Log = Callable[[str, str, str], None]
"""Takes what is done: to which reader or issue, what, and how it went."""


@dataclass(slots=True)
class Result:
    """What was sent, and what was not: whom or which issue it was about, and why."""

    sent: list[Message] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """How messages go out: by which service, with addresses from where, in which run of the tool."""

    open: Open
    environment: Mapping[str, str]
    run: str
    log: Log


def send(plan: Plan, posts: Posts, way: Way, actions: Actions, now: datetime) -> Result:
    """Send a plan that keeps its limit; what fails for one reader costs no other anything.

    Raises WriteError for a plan beyond its limit, before anything is sent.
    """
    if plan.exceeds is not None:
        raise WriteError(
            f"the plan has {len(plan.messages)} messages, more than {plan.exceeds}; nothing was sent."
            " Look at it without --send, then raise max-messages in the configuration or narrow the audit"
        )
    work = _Sending(posts, way, actions, now)
    for message in plan.messages:
        work.send(message)
    return work.result


class _Sending:
    """Sends message by message."""

    def __init__(self, posts: Posts, way: Way, actions: Actions, now: datetime) -> None:
        self.result = Result()
        self._posts, self._way, self._actions, self._now = posts, way, actions, now

    def send(self, message: Message) -> None:
        """Send one message, if its address can be used and its issues take the record."""
        name, log = message.reader.name, self._way.log
        try:
            line = self._way.open(message.reader.address.read(self._way.environment))
        except ConfigError as problem:
            self._fail(name, str(problem))
            return
        message = self._fitted(message, line)
        written = {key for key in message.keys if self._begin(key, message)}
        if not written:
            return
        message = only(message, written)
        document = document_of(message, self._actions)
        log(name, "message", "begun")
        try:
            line.send(title_of(message), to_text(document), to_html(document))
        except DeliveryError as problem:
            state = FAILED
            self._fail(name, f"perhaps not sent: {problem}; --again sends it once more")
        else:
            state = SENT
            self.result.sent.append(message)
        log(name, "message", state)
        for key in message.keys:
            self._close(key, message, state)

    def _fitted(self, message: Message, line: Line) -> Message:
        """As much of it as the service takes; the rest waits."""
        while len(to_text(document_of(message, self._actions))) > line.longest:
            less = shorter(message)
            if less is None:
                return message
            message = less
        return message

    def _fail(self, who: str, why: str) -> None:
        self.result.failed.append((who, why))

    def _begin(self, key: str, message: Message) -> bool:
        """Write on an issue that a message is about to be sent; whether it stands there, and is ours."""
        reader, run = message.reader.key, self._way.run
        items = [item for item in message.items if item.case.key == key]
        names = [item.finding.fingerprint for item in items]
        try:
            if self._posts.standing(key).restricted:  # the plan may be old: somebody was asked in between
                self._fail(key, "not told, as not every reader may see it any more")
                return False
            record = self._read(key)
            if not _is_as_planned(record, reader, items):
                self._fail(key, "another run is telling it at the same time; look again later")
                return False
            standing = [finding.fingerprint for finding in items[0].case.findings]
            fresh = record.tidied(standing, self._now).telling(reader, names, Entry(self._now, SENDING, run))
            self._write(key, fresh, "record: sending")
            told = self._read(key).told(reader)
        except (WriteError, TrackerError, RefusedError) as problem:
            self._fail(key, f"not told, as it can't be written on the issue: {problem}")
            return False
        if all(name in told and told[name].run == run for name in names):
            return True
        self._fail(key, "not told, as it does not stand on the issue; run again later")
        return False

    def _close(self, key: str, message: Message, state: str) -> None:
        try:
            closed = self._read(key).closing(message.reader.key, self._way.run, state)
            self._write(key, closed, f"record: {state}")
            if self._read(key) == closed:
                return
            problem = "it does not stand there"
        except (WriteError, TrackerError, RefusedError) as lost:
            problem = str(lost)
        if state == SENT:
            self._fail(key, f"sent, but that can't be written on the issue: {problem}")

    def _read(self, key: str) -> Record:
        record = Record.read(self._posts.read_property(key, KEY))
        if record is None:
            raise TrackerError(f"{key}: the property {KEY} can't be read; take it away")
        return record

    def _write(self, key: str, record: Record, what: str) -> None:
        """Write the record; a lost answer is no matter, as it is read again."""
        try:
            self._posts.set_property(key, KEY, record.as_json())
        except UnknownWriteError:
            self._way.log(key, what, "the answer was lost")
        except WriteError:
            self._way.log(key, what, "failed")
            raise
        else:
            self._way.log(key, what, "done")


def _is_as_planned(record: Record, reader: str, items: list[Item]) -> bool:
    """Whether nothing was told since the plan was made."""
    told = record.told(reader)
    for item in items:
        entry = told.get(item.finding.fingerprint)
        if (entry.run if entry is not None else None) != item.after or (entry is not None and entry.is_sure):
            return False
    return True
