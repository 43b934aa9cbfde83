"""The mirror's file: one SQLite database per tracker, safe for several processes.

Every write is one transaction, so that a process that is killed leaves what it had finished.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from ownership_audit.errors import MirrorError
from ownership_audit.trackers.interface import Fetched, Known

_VERSION: Final = 1
_BUSY: Final = 60.0  # seconds to wait for another process
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS issue (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    updated INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    comments INTEGER NOT NULL,
    missing TEXT,
    payload BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS issue_missing ON issue (id) WHERE missing IS NOT NULL;
CREATE TABLE IF NOT EXISTS signal (
    hash BLOB PRIMARY KEY, version BLOB NOT NULL, said BLOB NOT NULL
) WITHOUT ROWID;
"""


class Store:
    """A mirror's file, opened, and made where it is missing. Use as a context manager.

    Raises MirrorError where the file is no mirror, of another version, or can't be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made here and not by SQLite, so that nobody else can read it; its journals follow its mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._base = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
        except (sqlite3.Error, OSError) as problem:
            raise self._unusable(problem) from None
        try:
            self._check()
            with suppress(sqlite3.OperationalError):  # locked: another process is doing the same just now
                self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")  # a crash loses the last batch at most
            with self._transaction():
                for statement in _SCHEMA.split(";"):
                    self._base.execute(statement)
                self._base.execute(f"PRAGMA user_version = {_VERSION}")
        except BaseException as problem:
            self._base.close()
            if isinstance(problem, sqlite3.Error):
                raise self._unusable(problem) from None
            raise

    def _unusable(self, problem: Exception) -> MirrorError:
        return MirrorError(f"{self.path}: can't be used as a mirror ({problem}); delete it or name another")

    def _check(self) -> None:
        """Raise MirrorError for another version, and for a database of something else; change nothing."""
        self._base.execute("BEGIN IMMEDIATE")
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        tables = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        self._base.execute("ROLLBACK")
        if version not in (0, _VERSION):
            raise MirrorError(
                f"{self.path}: a mirror of another version ({version}); delete it, then sync again"
            )
        if version == 0 and tables:
            raise MirrorError(f"{self.path}: a database, but not a mirror; name another file")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._base.execute("BEGIN IMMEDIATE")
            yield
            self._base.execute("COMMIT")
        except BaseException as problem:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            if isinstance(problem, sqlite3.Error):
                raise MirrorError(
                    f"{self.path}: can't be written ({problem}); delete it or free it"
                ) from None
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is as it was at one moment, whatever another process writes."""
        self._base.execute("BEGIN")
        try:
            self._base.execute("SELECT 1 FROM about").fetchone()
            yield
        finally:
            self._base.execute("COMMIT")

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._base.execute(query, values)
        except sqlite3.Error as problem:
            raise self._damaged(problem) from None

    def _damaged(self, problem: Exception) -> MirrorError:
        return MirrorError(f"{self.path}: the mirror is damaged ({problem}); delete it, then sync again")

    # -- notes ---------------------------------------------------------------------------------------------

    def note(self, name: str) -> Any:
        """A note by its name; None where there is none."""
        for (value,) in self._rows("SELECT value FROM about WHERE name = ?", (name,)):
            return orjson.loads(value)
        return None

    def write(self, **notes: object) -> None:
        """Write notes; None takes one away."""
        with self._transaction():
            self._write(notes)

    def _write(self, notes: Mapping[str, object]) -> None:
        for name, value in notes.items():
            if value is None:
                self._base.execute("DELETE FROM about WHERE name = ?", (name,))
            else:
                text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
                self._base.execute("REPLACE INTO about VALUES (?, ?)", (name, text))

    # -- issues --------------------------------------------------------------------------------------------

    def put(self, issues: Iterable[Fetched], **notes: object) -> None:
        """Keep issues, and write notes with them; one that is held in a later state stays as it is."""
        rows = []
        for issue in issues:
            payload = zlib.compress(orjson.dumps(issue.record), 1)
            totals = (issue.changes, issue.comments)
            rows.append((issue.id, issue.key, _stamp(issue.updated), *totals, issue.missing, payload))
        with self._transaction():
            for row in rows:
                # Whoever had the key before has been moved or deleted.
                self._base.execute("DELETE FROM issue WHERE key = ? AND id <> ?", (row[1], row[0]))
                self._base.execute(
                    "INSERT INTO issue VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                    " key = excluded.key, updated = excluded.updated, changes = excluded.changes,"
                    " comments = excluded.comments, missing = excluded.missing, payload = excluded.payload"
                    " WHERE excluded.updated >= issue.updated",
                    row,
                )
            self._write(notes)

    def remove(self, ids: Iterable[str]) -> None:
        """Forget issues."""
        with self._transaction():
            self._base.executemany("DELETE FROM issue WHERE id = ?", [(id_,) for id_ in ids])

    def known(self, ids: Sequence[str]) -> Mapping[str, Known]:
        """What is held, whole, of these issues; see Mirrored."""
        rows = self._rows(
            "SELECT id, updated, changes, comments FROM issue"
            " WHERE missing IS NULL AND id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(ids)).decode(),),
        )
        return {id_: Known(_moment(updated), changes, comments) for id_, updated, changes, comments in rows}

    def ids(self) -> set[str]:
        """The ids of all issues that are held."""
        return {id_ for (id_,) in self._rows("SELECT id FROM issue")}

    def lacking(self) -> list[tuple[str, str, str]]:
        """Id, key and reason of the issues that could not be fetched whole, by id."""
        query = "SELECT id, key, missing FROM issue WHERE missing IS NOT NULL ORDER BY id"
        return [(id_, key, missing) for id_, key, missing in self._rows(query)]

    def count(self) -> int:
        """How many issues are held."""
        return sum(count for (count,) in self._rows("SELECT count(*) FROM issue"))

    def newest(self) -> datetime | None:
        """When the issue was changed that was changed last; None where none is held."""
        for (updated,) in self._rows("SELECT max(updated) FROM issue"):
            return _moment(updated) if updated is not None else None
        return None

    def payloads(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and record of every issue, by id."""
        # Only the ids are sorted: sorting the payloads along would write all of them to a temporary file.
        for row in list(self._rows("SELECT rowid FROM issue ORDER BY length(id), id")):
            for key, payload in self._rows("SELECT key, payload FROM issue WHERE rowid = ?", row):
                try:
                    record: dict[str, Any] = orjson.loads(zlib.decompress(payload))
                except (zlib.error, ValueError) as problem:
                    raise self._damaged(problem) from None
                yield key, record

    # -- what texts say ------------------------------------------------------------------------------------

    def said(self, hash_: bytes, version: bytes) -> bytes | None:
        """What was kept of a text that has this hash, by lexicons of this version."""
        row = self._base.execute(
            "SELECT said FROM signal WHERE hash = ? AND version = ?", (hash_, version)
        ).fetchone()
        return row[0] if row is not None else None

    def keep_said(self, found: Mapping[bytes, bytes], version: bytes) -> None:
        """Keep what texts say by their hashes; what lexicons of other versions gave is forgotten."""
        with self._transaction():
            self._base.execute("DELETE FROM signal WHERE version <> ?", (version,))
            self._base.executemany(
                "REPLACE INTO signal VALUES (?, ?, ?)",
                [(hash_, version, said) for hash_, said in found.items()],
            )


def _stamp(moment: datetime) -> int:
    """Milliseconds: Jira's times have no more."""
    return round(moment.timestamp() * 1000)


def _moment(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp / 1000, UTC)
