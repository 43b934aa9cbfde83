"""One issue as the server holds it, and the times and files that records come in."""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import orjson

from jira_server.convert import Record, cloud_record, is_user, server_record


def milliseconds(text: object) -> int:
    """Milliseconds since 1970 of a time as Jira writes it."""
    return round(datetime.fromisoformat(str(text)).timestamp() * 1000)


def jira_time(moment: datetime) -> str:
    """A moment as Jira writes it, to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}{moment:%z}"


class Issue:
    """One issue: its record, in the server's form from the first use on, and what records don't hold."""

    def __init__(self, raw: Record, *, cloud: bool) -> None:
        self.raw, self._cloud = raw, cloud
        self._record: Record | None = None
        self.id = int(raw["id"])
        self.properties: dict[str, Any] = dict(raw.get("properties") or {})
        self.hidden = False
        self._updated: tuple[object, int] = (None, 0)

    @property
    def record(self) -> Record:
        """The record in the form of the server's kind; writes change it in place."""
        if self._record is None:
            convert = cloud_record if self._cloud else server_record
            self._record = convert(self.raw)
            self._record.setdefault("changelog", {}).setdefault("histories", [])
            block = self.fields.setdefault("comment", None) or {"comments": []}
            self.fields["comment"] = block
        return self._record

    @property
    def raw_is_read(self) -> bool:
        """True once the record is in use: the raw one is out of date from then on."""
        return self._record is not None

    @property
    def fields(self) -> Record:
        """The record's fields."""
        fields: Record = (self._record or self.raw)["fields"]
        return fields

    @property
    def key(self) -> str:
        """The key as it is now."""
        return str((self._record or self.raw)["key"])

    @property
    def project(self) -> str:
        """The key of the project."""
        return self.key.rpartition("-")[0]

    @property
    def number(self) -> int:
        """The number in the key."""
        return int(self.key.rpartition("-")[2])

    @property
    def updated(self) -> int:
        """When it was last changed, in milliseconds."""
        text = self.fields.get("updated") or self.fields["created"]
        if self._updated[0] != text:
            self._updated = (text, milliseconds(text))
        return self._updated[1]

    @property
    def created(self) -> int:
        """When it was made, in milliseconds."""
        return milliseconds(self.fields["created"])

    @property
    def histories(self) -> list[Record]:
        """All changes, oldest first."""
        found: list[Record] = self.record["changelog"]["histories"]
        return sorted(found, key=lambda entry: milliseconds(entry["created"]))

    @property
    def comments(self) -> list[Record]:
        """All comments, hidden ones too: the list itself, to be changed in place."""
        found: list[Record] = self.record["fields"]["comment"]["comments"]
        return found

    def users(self) -> Iterator[Record]:
        """Every user object in the record, in the server's form."""
        return _users(self.record)


class StoredIssue(Issue):
    """One of very many: a line of a file, read anew when it is asked for. Nothing can be written to it."""

    _latest: ClassVar[deque[StoredIssue]] = deque(maxlen=200)

    def __init__(self, path: Path, place: tuple[int, int], raw: Record, *, cloud: bool) -> None:
        super().__init__({"id": raw["id"]}, cloud=cloud)
        self._path, self._place = path, place
        self._key, project = str(raw["key"]), raw["fields"].get("project")
        self._project = project
        self._moments = tuple(milliseconds(raw["fields"][name]) for name in ("updated", "created"))

    @property
    def record(self) -> Record:
        """The record, which has to be in the form of the server's kind in the file."""
        if self._record is None:
            with self._path.open("rb") as file:
                file.seek(self._place[0])
                self._record = orjson.loads(file.read(self._place[1]))
            if len(self._latest) == self._latest.maxlen:
                self._latest[0].forget()
            self._latest.append(self)
        return self._record

    def forget(self) -> None:
        """Keep only the place."""
        self._record = None

    @property
    def fields(self) -> Record:
        """The fields, or only the project's while the record is not in use."""
        return self._record["fields"] if self._record is not None else {"project": self._project}

    @property
    def raw_is_read(self) -> bool:
        """The file is the record."""
        return True

    @property
    def key(self) -> str:
        """The key."""
        return self._key

    @property
    def updated(self) -> int:
        """When it was last changed, in milliseconds."""
        return self._moments[0]

    @property
    def created(self) -> int:
        """When it was made, in milliseconds."""
        return self._moments[1]

    def users(self) -> Iterator[Record]:
        """Those that projects are led by."""
        found = self.record["fields"].get("assignee")
        return iter([found] if found else [])


def stored_issues(path: Path, *, cloud: bool) -> Iterator[StoredIssue]:
    """The issues of a plain ``.jsonl`` file that is too long to be held."""
    at = 0
    with path.open("rb") as lines:
        for line in lines:
            yield StoredIssue(path, (at, len(line)), orjson.loads(line), cloud=cloud)
            at += len(line)


def _users(value: object) -> Iterator[Record]:
    if isinstance(value, list):
        for entry in value:
            yield from _users(entry)
    elif isinstance(value, dict):
        if is_user(value):
            yield value
        else:
            for entry in value.values():
                if isinstance(entry, (dict, list)):
                    yield from _users(entry)


def read_records(path: Path) -> Iterator[Record]:
    """The records of a ``.jsonl`` file, gzipped or not."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield orjson.loads(line)
