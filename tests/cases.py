"""Findings, cases and an issue tracker in memory, for tests of what is written where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ownership_audit.calendars import Calendar
from ownership_audit.document import Document
from ownership_audit.errors import TrackerError
from ownership_audit.finding import Evidence, Finding, Party
from ownership_audit.reconcile.apply import Result, apply
from ownership_audit.reconcile.plan import plan
from ownership_audit.reconcile.settings import Actions
from ownership_audit.reconcile.steps import Case, Plan, Step
from ownership_audit.trackers.marker import OPEN, Marker
from ownership_audit.trackers.posts import Posted, Standing, note_digest

OFFICE = Calendar(zone="UTC")
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
ANN, BOB, LENA = (
    Party("owner", name, name.partition(" ")[0].lower()) for name in ("Ann Lee", "Bob Stone", "Lena Lead")
)


def finding(
    name: str = "f1", *, rule: str = "unacknowledged", owed_by: Party = ANN, **changes: Any
) -> Finding:
    """A finding; ``name`` is its fingerprint."""
    found = Finding(
        rule=rule,
        severity="warning",
        issue="WEB-1",
        url=None,
        status="open",
        owed_by=owed_by,
        opened=MONDAY - timedelta(days=7),
        due=MONDAY - timedelta(days=3),
        met=None,
        working_time="3 working days",
        title="Assigned, and no sign that it was noticed",
        evidence=(Evidence(MONDAY - timedelta(days=7), "Cid Moor", "commented", "Please look at this."),),
        clears="Any sign of the owner on the issue, or another owner.",
        remedy="Say that you have it and when you will look at it.",
        fingerprint=name,
        project="WEB",
    )
    return replace(found, **changes)


def case(findings: Sequence[Finding] = (), standing: Standing | None = None, **more: Any) -> Case:
    """An issue with what was found on it, and what stands on it."""
    given = {"key": "WEB-1", "project": "WEB", "calendar": OFFICE, **more}
    return Case(findings=findings, standing=standing or Standing(), **given)


@dataclass
class Comment:
    """One comment in memory."""

    id: str
    created: datetime
    document: Document
    marker: Marker


@dataclass
class Issue:
    """One issue in memory: the tool's comments, and labels, flag and property."""

    comments: list[Comment] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    flagged: bool = False
    note: object = None

    @property
    def open(self) -> list[Comment]:
        """The comments that say something."""
        return [comment for comment in self.comments if comment.marker.state == OPEN]


class Stop(BaseException):
    """The run is stopped, as by a signal."""


class MemoryPosts:
    """A tracker in memory; see Posts. ``writes`` counts; ``stop_after`` ends a run after so many."""

    spoke = False

    def __init__(self, issues: Mapping[str, Issue] | None = None) -> None:
        self.issues = dict(issues or {})
        self.now = MONDAY
        self.writes = 0
        self.stop_after: int | None = None

    def standing(self, key: str) -> Standing:
        issue = self.issues.get(key)
        if issue is None:
            raise TrackerError(f"{key} is gone")
        return Standing(
            tuple(Posted(comment.id, comment.created, comment.marker) for comment in issue.comments),
            frozenset(issue.labels),
            issue.flagged,
            note_digest(issue.note),
        )

    def version(self, key: str) -> str | None:
        return None if key in self.issues else "gone"

    def comment(self, key: str, document: Document, marker: Marker) -> str:
        self._count()
        issue = self.issues[key]
        issue.comments.append(Comment(f"c{self.writes}", self.now, document, self._read_back(marker)))
        return issue.comments[-1].id

    def edit(self, key: str, comment: str, document: Document, marker: Marker) -> None:
        self._count()
        found = next(c for c in self.issues[key].comments if c.id == comment)
        found.document, found.marker = document, self._read_back(marker)

    def delete(self, key: str, comment: str) -> None:
        self._count()
        self.issues[key].comments = [c for c in self.issues[key].comments if c.id != comment]

    def change_labels(self, key: str, add: Sequence[str], remove: Sequence[str]) -> None:
        self._count()
        self.issues[key].labels |= set(add)
        self.issues[key].labels -= set(remove)

    def set_flag(self, key: str, *, flagged: bool) -> None:
        self._count()
        self.issues[key].flagged = flagged

    def set_note(self, key: str, value: object) -> None:
        self._count()
        self.issues[key].note = value

    def _count(self) -> None:
        if self.stop_after is not None and self.writes >= self.stop_after:
            raise Stop
        self.writes += 1

    def _read_back(self, marker: Marker) -> Marker:
        """A mark as a tracker gives it back."""
        found = Marker.read(marker.as_json())
        assert found == marker
        return found


def run_once(
    posts: MemoryPosts,
    actions: Actions,
    now: datetime,
    *cases: Case,
    log: list[tuple[Step, str]] | None = None,
) -> tuple[Plan, Result]:
    """Plan on what stands, and apply; the cases' own ``standing`` is not looked at."""
    posts.now = now
    made = plan([replace(one, standing=posts.standing(one.key)) for one in cases], actions, now)
    return made, apply(
        made, posts, (lambda step, what: log.append((step, what))) if log is not None else _quiet
    )


def _quiet(step: Step, outcome: str) -> None:
    pass
