"""A source read to timelines: each record a draft, what other issues tell of it, the timeline over it.

Problems are kept, and never stop the rest.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import orjson

from ownership_audit.config import Settings
from ownership_audit.errors import DataError
from ownership_audit.timeline import UPDATES, Draft, Event, Timeline, build
from ownership_audit.timeline.build import order
from ownership_audit.timeline.conventions import Conventions
from ownership_audit.trackers.interface import Problem, Progress, Record, Source
from ownership_audit.trackers.jira import JiraReader


class Library:
    """What one pass over a source tells about other issues: sub-task activity, and when issues were done."""

    def __init__(self, kinds: frozenset[str]) -> None:
        self._wants_subtasks = "subtask" in kinds
        self._wants_blockers = "unblocked" in kinds
        self._activity: dict[str, list[Event]] = {}
        self._done: dict[str, list[tuple[datetime, str]]] = {}

    def note(self, draft: Draft) -> None:
        """Remember what other issues may need to know of this one."""
        if self._wants_subtasks and draft.issue.subtask and draft.parent:
            moves = sorted((event for event in draft.events if event.kind == "parent"), key=order)
            for event in draft.events:
                # Whose sub-task it was then; it may have been moved, or made from an issue of its own.
                parent = next((move.old for move in moves if move.at > event.at), draft.parent)
                if parent and event.kind in UPDATES and event.actor is not None:
                    self._activity.setdefault(parent, []).append(
                        Event(
                            event.at,
                            "subtask",
                            event.actor,
                            f"s{draft.issue.id}.{event.id}",
                            None,
                            draft.issue.key,
                        )
                    )
        if self._wants_blockers:
            for event in draft.events:
                if event.kind == "status" and event.new.is_done and not event.old.is_done:
                    self._done.setdefault(draft.issue.key, []).append(
                        (event.at, f"u{draft.issue.id}.{event.id}")
                    )

    def waits(self, draft: Draft) -> bool:
        """Whether an issue can only be judged after all others were read."""
        return bool((self._wants_subtasks and draft.subtasks) or (self._wants_blockers and draft.blockers))

    def others(self, draft: Draft) -> Iterator[Event]:
        """The events that follow for an issue from other issues."""
        yield from self._activity.get(draft.issue.key, ())
        for blocker in draft.blockers:
            for at, id_ in self._done.get(blocker, ()):
                yield Event(at, "unblocked", None, id_, None, blocker)


class _Waiting:
    """Records whose drafts wait until all others were read, packed: that takes a fraction of the memory."""

    def __init__(self) -> None:
        self._kept: list[Draft | tuple[str, bytes]] = []

    def add(self, draft: Draft, record: Record) -> None:
        """Keep a record; one that packing would change is kept as its draft."""
        try:
            text = orjson.dumps(record.data)
            same = bool(orjson.loads(text) == record.data)
        except (TypeError, ValueError):
            same = False
        self._kept.append((record.place, zlib.compress(text, 1)) if same else draft)

    def drafts(self, reader: JiraReader) -> Iterator[Draft]:
        """The drafts in the order in which they came."""
        for kept in self._kept:
            if isinstance(kept, Draft):
                yield kept
            else:
                place, packed = kept
                yield reader.draft(orjson.loads(zlib.decompress(packed)), place)


@dataclass(slots=True)
class Reading:
    """Drafts of a source one by one; problems are kept, and never stop the rest."""

    source: Source
    settings: Settings
    library: Library
    projects: frozenset[str] = frozenset()
    progress: Progress | None = None
    wants_colleagues: bool = False
    problems: list[str] = field(default_factory=list)
    colleagues: dict[str, dict[str, datetime]] = field(default_factory=dict)
    ends: dict[str, date] | None = None
    _conventions: Conventions = field(init=False)

    def __post_init__(self) -> None:
        self._conventions = self.settings.conventions()

    def timelines(self, as_of: datetime, *, constant_owner: bool) -> Iterator[tuple[Draft, Timeline]]:
        """Every issue that existed at ``as_of``, with its timeline; those that need others come last."""
        conventions = self._conventions
        if conventions.deadline_sources != ("due-date",):
            self.ends = {}
            for draft, _ in self._drafts(as_of, quiet=True):
                self.ends.update(draft.ends)
        if self.wants_colleagues:
            self._meet_owners(as_of)
        waiting = _Waiting()
        known: set[str] = set()
        for draft, record in self._drafts(as_of):
            self.library.note(draft)
            known.add(draft.issue.key)
            if self.projects and draft.project.upper() not in self.projects:
                continue
            if self.library.waits(draft):
                waiting.add(draft, record)
                continue
            timeline = self._build(draft, as_of, constant_owner)
            if timeline is not None:
                yield draft, timeline
        for draft in waiting.drafts(JiraReader(conventions, as_of)):
            if self.source.gaps and not known.issuperset((*draft.subtasks, *draft.blockers)):
                reason = "not all of its sub-tasks and blockers are in the mirror"
                draft = replace(draft, incomplete={**draft.incomplete, "changes": reason})
            timeline = self._build(draft, as_of, constant_owner, self.library.others(draft))
            if timeline is not None:
                yield draft, timeline

    def _build(
        self, draft: Draft, as_of: datetime, constant_owner: bool, others: Iterable[Event] = ()
    ) -> Timeline | None:
        if self.source.gaps:
            draft = replace(draft, incomplete={**draft.incomplete, "others": self.source.gaps[0]})
        return build(
            draft,
            self._conventions,
            as_of,
            constant_owner=constant_owner,
            others=others,
            ends=self.ends,
            colleagues=self.colleagues.get(draft.project),
        )

    def _meet_owners(self, as_of: datetime) -> None:
        """Read the source once for who has owned issues of which project, and since when."""
        reader = JiraReader(self._conventions, as_of)
        for item in self.source.records():
            for project, name, since in reader.owners(item.data) if isinstance(item, Record) else ():
                known = self.colleagues.setdefault(project, {})
                known[name] = min(since, known.get(name, since))

    def _drafts(self, as_of: datetime, *, quiet: bool = False) -> Iterator[tuple[Draft, Record]]:
        reader = JiraReader(self._conventions, as_of)
        seen: dict[str, str] = {}
        for item in self.source.records(None if quiet else self.progress):
            if isinstance(item, Problem):
                if not quiet:
                    self.problems.append(item.message)
                continue
            try:
                draft = self._draft(reader, item, seen)
            except DataError as problem:
                if not quiet:
                    self.problems.append(str(problem))
                continue
            if not quiet:
                self.problems += reader.unreadable
            yield draft, item

    def _draft(self, reader: JiraReader, record: Record, seen: dict[str, str]) -> Draft:
        draft = reader.draft(record.data, record.place)
        earlier = seen.setdefault(draft.issue.key, record.place)
        if earlier is not record.place:
            raise DataError(
                f"{record.place}: {draft.issue.key} stands in the source already ({earlier}); remove one"
            )
        return draft
