"""Brings a mirror up to date: what changed since the last time, what could not be fetched then, what is gone.

It can be stopped anywhere: each batch is kept with the place where the next run goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ownership_audit.errors import MirrorError, TrackerError
from ownership_audit.mirror.store import Store
from ownership_audit.trackers.interface import Fetched, Progress, Tracker

OVERLAP: Final = timedelta(minutes=5)
"""How far before the last change a sync begins: search indices lag, and JQL knows only whole minutes."""

SWEEP_EVERY: Final = timedelta(days=1)
"""How often all keys are compared, which alone tells what was deleted, moved away or hidden."""


@dataclass(slots=True)
class Outcome:
    """What a sync did. ``problems`` say what could not be read; without any the mirror is complete."""

    fetched: int = 0
    removed: int = 0
    swept: bool = False
    problems: list[str] = field(default_factory=list)


def sync(
    store: Store,
    tracker: Tracker,
    now: datetime,
    *,
    since: datetime | None = None,
    narrowed: bool = False,
    sweep_every: timedelta = SWEEP_EVERY,
    progress: Progress | None = None,
) -> Outcome:
    """Bring the mirror up to date as of ``now``; with ``since`` what changed from then on is read again.

    ``narrowed`` says that the tracker shows only a part of what the mirror is for: then the place where the
    next run goes on stays, and nothing counts as gone.

    Raises RefusedError where the site does not let the account in. What else fails is told in the outcome.
    """
    work = _Sync(store, tracker, now, progress, narrowed=narrowed)
    work.belong()
    try:
        work.about()
        if narrowed:
            work.part(since)
        else:
            work.changes(since)
            work.lacking()
            work.sweep(sweep_every)
    except TrackerError as problem:
        work.outcome.problems.append(str(problem))
    work.finish()
    return work.outcome


class _Sync:
    """One run."""

    def __init__(
        self, store: Store, tracker: Tracker, now: datetime, progress: Progress | None, *, narrowed: bool
    ) -> None:
        self.store = store
        self.tracker = tracker
        self.now = now
        self.progress = progress
        self.narrowed = narrowed
        self.outcome = Outcome()

    def belong(self) -> None:
        """Make sure that the mirror is this site's; one of another scope is read from the beginning."""
        store, tracker = self.store, self.tracker
        site = store.note("site")
        if site not in (None, tracker.identity):
            raise MirrorError(
                f"{store.path}: the mirror of {site}, not of {tracker.identity}; name another file"
            )
        if self.narrowed:
            store.write(site=tracker.identity)
            return
        if store.note("scope") != tracker.scope:
            store.write(scope=tracker.scope, cursor=None, swept=None)
        store.write(
            site=tracker.identity, incomplete=["the last sync was stopped before its end; sync again"]
        )

    def about(self) -> None:
        self.store.write(about=self.tracker.about())

    def changes(self, since: datetime | None) -> None:
        cursor = self.store.note("cursor")
        start = datetime.fromisoformat(cursor) - OVERLAP if cursor is not None else None
        if since is not None and start is not None:
            start = min(since, start)
        whole = start is None and not self.store.count()
        for batch in self.tracker.changed(start, self.store):
            last = max((issue.updated.isoformat() for issue in batch), default=cursor)
            cursor = max(cursor or last, last) if last is not None else None
            self._keep(batch, cursor=cursor)
        if cursor is None and (newest := self.store.newest()) is not None:
            # Everything was there already, from narrowed runs or from another process.
            self.store.write(cursor=newest.isoformat())
        if whole:  # everything was read just now, so nothing can be there that is gone
            self.store.write(swept=self.now.isoformat())

    def part(self, since: datetime | None) -> None:
        """Read what a narrower search finds; where the next run goes on stays as it is."""
        for batch in self.tracker.changed(since, self.store):
            self._keep(batch)

    def lacking(self) -> None:
        """Try again to fetch what could not be fetched whole, in this run or an earlier one."""
        ids = [id_ for id_, _, _ in self.store.lacking()]
        self._forget(set(ids) - self._fetch(ids))

    def sweep(self, every: timedelta) -> None:
        """Compare which issues there are, from time to time: only that shows what is gone."""
        swept = self.store.note("swept")
        if swept is not None and self.now - datetime.fromisoformat(swept) < every:
            return
        there, held = self._there(), self.store.ids()
        self._fetch(sorted(there - held))
        if held - there:  # a search can skip an issue that is changed while it runs, so ask once more
            self._forget(held - there - self._there())
        self.outcome.swept = True
        self.store.write(swept=self.now.isoformat())

    def finish(self) -> None:
        """Write down whether the mirror is whole now."""
        lacking = [f"{key}: {reason}" for _, key, reason in self.store.lacking()]
        self.outcome.problems += lacking
        if self.store.note("cursor") is None and self.store.count():
            self.outcome.problems.append("only a part was ever read; sync once without --project and --jql")
        found = self.outcome.problems
        if self.narrowed:  # a part that is well says nothing of what an earlier run lacked elsewhere
            found = list(dict.fromkeys([*found, *(self.store.note("incomplete") or ())]))
        self.store.write(incomplete=found or None, synced=self.now.isoformat())

    def _there(self) -> set[str]:
        return {id_ for ids in self.tracker.ids() for id_ in ids}

    def _fetch(self, ids: Sequence[str]) -> set[str]:
        """Fetch issues by their ids; which of them there are."""
        found: set[str] = set()
        for batch in self.tracker.by_id(ids):
            found |= {issue.id for issue in batch}
            self._keep(batch)
        return found

    def _keep(self, batch: Sequence[Fetched], **notes: object) -> None:
        self.store.put(batch, **notes)
        self.outcome.fetched += len(batch)
        if self.progress is not None:
            self.progress(len(batch))

    def _forget(self, ids: set[str]) -> None:
        self.store.remove(sorted(ids))
        self.outcome.removed += len(ids)
