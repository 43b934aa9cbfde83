"""What a team's words mean: status classes, parking releases, high priorities, bots and queues.

Defaults are name patterns that hold for most trackers; a configuration overrides each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final

from ownership_audit.timeline.model import Person, Status

# Fixed, linear patterns of ours, applied to status names; the first that matches decides.
_CLASSES: Final = tuple(
    (name, re.compile(rf"\b(?:{words})\b"))
    for name, words in (
        (
            "todo",
            (
                r"reopened|re-opened|not started|ready for (?:dev|development|work)|selected for development"
                r"|waiting for support|awaiting implementation"
            ),
        ),
        ("doing", r"(?:customer|client|reporter) (?:responded|replied|answered)"),
        (
            "done",
            (
                r"done|closed|resolved|fixed|completed?|cancell?ed|declined|rejected|won'?t (?:do|fix)"
                r"|released|deployed|duplicate|abandoned|obsolete|invalid|verified"
            ),
        ),
        (
            "review",
            (
                r"(?:in|for|under|code|peer|needs?|awaiting|ready for) (?:review|approval)|reviewing|review"
                r"|qa|qe|uat|test|testing|to be (?:tested|verified)|verify|verification|validation"
                r"|acceptance|patch available"
            ),
        ),
        (
            "waiting",
            (
                r"waiting|wait|awaiting|pending|on hold|hold|needs? (?:more )?(?:info|information|details)"
                r"|(?:info|information|details) (?:needed|required|requested)|customer|feedback|deferred"
                r"|suspended|ready (?:for|to) (?:release|deploy|deployment|production)"
            ),
        ),
        ("blocked", r"blocked|impeded|impediment|stuck"),
        (
            "doing",
            (
                r"progress|doing|development|developing|implementing|implementation|working|investigating"
                r"|investigation|analysis|analyzing|started|in dev|wip|fixing|active|assigned|in work"
                r"|coding|building"
            ),
        ),
        (
            "todo",
            (
                r"open|opened|to do|todo|new|backlog|received|selected|ready|triage|triaged|planned|accepted"
                r"|submitted|created|unassigned|draft|idea|proposed|funnel"
            ),
        ),
    )
)
# Names of finished work that the tracker doesn't count as done: somebody still has to accept it.
_FINISHED: Final = re.compile(r"\b(?:done|completed?|resolved|fixed|verified)\b")
# Before anybody has accepted it, a release is the reporter's wish and schedules nothing.
_INTAKE: Final = re.compile(
    r"\b(?:received|new|submitted|needs triage|triage|funnel|idea|draft|proposed|incoming|inbox|created)\b"
)
_CATEGORIES: Final = {"new": "todo", "indeterminate": "doing", "done": "done"}
_BOT_WORDS: Final = re.compile(
    r"\b(?:bot|automation|bamboo|github|gitlab|bitbucket|travis[ -]ci|ci user|smart commits?)\b"
    r"|[a-z]+-bot$|\[bot\]"
    # People are called so as well: only alone, or with a word for a machine.
    r"|^(?:apache )?(?:jenkins|hudson)(?:[ -](?:ci|server|user|build|builder|service|integration))*$"
)
_BOT_TAIL: Final = re.compile(r"[a-z]Bot$")  # "ReleaseBot", where Talbot is a person
_QUEUE_WORDS: Final = re.compile(
    r"^unassigned\b|^(?:nobody|no ?one|default|triage|queue)$|\b(?:queue|pool|committers|triage team)$"
)

DEFAULT_PARKING: Final = (
    "*future*", "*backlog*", "*.x", "x", "*[0-9x]+", "*[0-9x]+ *", "*new issues*", "*later*", "*someday*",
    "*unscheduled*",
    "*icebox*", "*down the road*", "*wish*list*", "*parking*", "*triage*", "*unplanned*", "*undecided*",
    "post *",
)  # fmt: skip
DEFAULT_HIGH: Final = (
    "highest",
    "high",
    "blocker",
    "critical",
    "urgent",
    "immediate",
    "p0",
    "p1",
    "p2",
    "severe",
)


@dataclass(frozen=True, slots=True)
class PersonNote:
    """What the configuration says of a person, beyond what the tracker tells."""

    kind: str | None = None
    team: str | None = None
    tester: bool = False


@dataclass(frozen=True)
class Conventions:
    """Reads names as classes; all keys lower-cased. ``zone`` is for times written without one."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    high: tuple[str, ...] = DEFAULT_HIGH
    crisis: tuple[str, ...] = ()
    parking: tuple[str, ...] = DEFAULT_PARKING
    containers: frozenset[str] = frozenset({"epic", "initiative", "theme", "saga", "legend"})
    audit_containers: bool = False
    people: Mapping[str, PersonNote] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    support: frozenset[str] = frozenset()
    owner_field: str = "assignee"
    reviewer_field: str | None = None
    sprint_field: str | None = None
    development_field: str | None = None
    deadline_sources: tuple[str, ...] = ("due-date",)
    default_owner_counts: bool = False
    ignore_labels: frozenset[str] = frozenset({"ownership-ignore"})
    zone: str = "UTC"

    @cached_property
    def _status_cache(self) -> dict[tuple[str, str | None], Status]:
        return {}

    @cached_property
    def _intake_cache(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _people_cache(self) -> dict[tuple[str, str, str | None], Person]:
        return {}

    @cached_property
    def _parking_cache(self) -> dict[str, bool]:
        return {}

    def status(self, name: str, category: str | None = None) -> Status:
        """A status with its class: configured, else by name, else by the tracker's category."""
        key = (name, category)
        found = self._status_cache.get(key)
        if found is None:
            found = self._status_cache[key] = Status(name, self._status_class(name, category))
        return found

    def _status_class(self, name: str, category: str | None) -> str:
        lowered = name.lower()
        if lowered in self.statuses:
            return self.statuses[lowered]
        if category == "done":
            return "done"
        finished = category == "indeterminate" and _FINISHED.search(lowered) is not None
        for status_class, pattern in _CLASSES:
            if status_class == "done" and category is not None:
                continue  # the tracker itself says that the issue isn't done
            if pattern.search(lowered):
                return "review" if finished and status_class == "doing" else status_class
        return "review" if finished else _CATEGORIES.get(category or "", "unknown")

    def is_intake(self, status: Status) -> bool:
        """True for a status in which nobody has accepted the issue yet (received, new, triage)."""
        found = self._intake_cache.get(status.name)
        if found is None:
            found = self._intake_cache[status.name] = (
                status.status_class == "todo" and _INTAKE.search(status.name.lower()) is not None
            )
        return found

    def priority_rank(self, name: str | None) -> str:
        """``crisis``, ``high`` or ``normal``."""
        lowered = (name or "").lower()
        if lowered in self.crisis:
            return "crisis"
        return "high" if lowered in self.high else "normal"

    def is_parking(self, release: str) -> bool:
        """True for a release that schedules nothing."""
        found = self._parking_cache.get(release)
        if found is None:
            lowered = release.lower()
            found = self._parking_cache[release] = any(fnmatchcase(lowered, glob) for glob in self.parking)
        return found

    def person(self, id_: str, name: str, account_type: str | None = None) -> Person:
        """The person behind an account; ``account_type`` is the tracker's own word for bots (``app``)."""
        key = (id_, name, account_type)
        found = self._people_cache.get(key)
        if found is None:
            found = self._people_cache[key] = self._person(id_, name, account_type)
        return found

    def _person(self, id_: str, name: str, account_type: str | None) -> Person:
        note = self.people.get(id_.lower()) or self.people.get(name.lower()) or PersonNote()
        kind = note.kind
        if kind is None:
            lowered = name.lower()
            if account_type == "app" or _BOT_WORDS.search(lowered) or _BOT_TAIL.search(name):
                kind = "bot"
            else:
                kind = "queue" if _QUEUE_WORDS.search(lowered) else "person"
        return Person(id_, name, kind, note.team, note.tester)
