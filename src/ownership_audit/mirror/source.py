"""A mirror as a source of an audit: its records, with what the site says of projects put in."""

from __future__ import annotations

from collections.abc import Iterator

from ownership_audit.mirror.store import Store
from ownership_audit.trackers.interface import Found, Progress, Record


class MirrorSource:
    """The records of a mirror, read from one snapshot while it is entered.

    ``gaps`` say what the mirror lacks, so that nothing is judged by what is missing.
    """

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self._store = store
        self.gaps: tuple[str, ...] = tuple(store.note("incomplete") or ())

    def __str__(self) -> str:
        return self.name

    def size(self) -> int | None:
        """How many issues there are, which is what progress counts."""
        return self._store.count()

    def records(self, progress: Progress | None = None) -> Iterator[Found]:
        """Every record, the project's lead and type put in where the record has none."""
        projects = (self._store.note("about") or {}).get("projects", {})
        for key, data in self._store.payloads():
            own = data.get("fields", {}).get("project")
            if isinstance(own, dict):
                for field, value in projects.get(own.get("key"), {}).items():
                    own.setdefault(field, value)
            yield Record(f"{self.name}: {key}", data)
            if progress is not None:
                progress(1)
