"""The tool's comments in a file of Jira issues (JSON lines): a tracker to try things on, and for tests.

Each write replaces the file in one step; lines of other issues stay as they are, to the byte.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from ownership_audit.document import Document
from ownership_audit.errors import ConfigError, WriteError
from ownership_audit.trackers.jira.writing import to_adf, to_wiki
from ownership_audit.trackers.marker import KEY, Marker
from ownership_audit.trackers.posts import Posted, Standing, note_digest

ACCOUNT: Final = "ownership-audit"
"""The tool's account in files."""

NAME: Final = "Ownership Audit"
"""The name that people see on it."""

_Record = dict[str, Any]


class FilePosts:
    """What the tool wrote into a file; see Posts. ``now`` is when its comments are written.

    Its account there is always its own, so nobody needs to be told whether it spoke.

    Raises ConfigError where the file is no plain file of JSON lines.
    """

    spoke = False

    def __init__(self, path: Path, now: datetime) -> None:
        self._path = path
        self._now = now
        if not path.exists():
            raise ConfigError(f"{path}: no such file, and no tracker of that name is configured")
        if path.suffix != ".jsonl" or not path.is_file():
            raise ConfigError(f"{path}: only a plain .jsonl file can be written to; name one, or a tracker")
        try:
            self._lines = path.read_bytes().splitlines(keepends=True)
        except OSError as problem:
            raise ConfigError(f"{path}: can't be read ({problem.strerror}); check its permissions") from None
        self._records: dict[str, tuple[int, _Record]] = {}
        for number, line in enumerate(self._lines):
            record = _issue(line)
            if record is not None:
                self._records[str(record["key"])] = number, record

    def standing(self, key: str) -> Standing:
        """See Posts."""
        if key not in self._records:
            why = "it does not stand on a line of its own in the file"
            return Standing(writable=why, restricted=True)
        _, record = self._records[key]
        found = []
        for comment in _comments(record):
            marker = Marker.read(_property(comment))
            if marker is not None and (comment.get("author") or {}).get("name") == ACCOUNT:
                found.append(Posted(comment["id"], datetime.fromisoformat(comment["created"]), marker))
        note = self.read_property(key, KEY)
        return Standing(
            tuple(found),
            frozenset(record["fields"].get("labels") or ()),
            bool(record["fields"].get("flagged")),
            note_digest(note),
            restricted=bool(record["fields"].get("security")),
        )

    def version(self, key: str) -> str | None:
        """See Posts: the file was read when this was made."""
        return None

    def comment(self, key: str, document: Document, marker: Marker) -> str:
        """See Posts."""
        record = self._record(key)
        every = (entry for _, other in self._records.values() for entry in _comments(other))
        known = [int(entry["id"]) for entry in every if str(entry.get("id")).isdecimal()]
        comment: _Record = {
            "id": str(max(known, default=0) + 1),
            "author": {"name": ACCOUNT, "key": ACCOUNT, "displayName": NAME, "active": True},
            "created": self._now.isoformat(timespec="milliseconds"),
        }
        self._fill(record, comment, document, marker)
        block = record["fields"].get("comment")
        if not isinstance(block, dict):
            block = record["fields"]["comment"] = {"comments": [], "total": 0}
        _recount(block, [*_comments(record), comment])
        self._save(key)
        return str(comment["id"])

    def edit(self, key: str, comment: str, document: Document, marker: Marker) -> None:
        """See Posts."""
        record = self._record(key)
        found = next((entry for entry in _comments(record) if entry.get("id") == comment), None)
        if found is None:
            raise WriteError(f"{self._path}: {key}: comment {comment} is gone")
        self._fill(record, found, document, marker)
        self._save(key)

    def delete(self, key: str, comment: str) -> None:
        """See Posts."""
        record = self._record(key)
        kept = [entry for entry in _comments(record) if entry.get("id") != comment]
        if len(kept) < len(_comments(record)):
            _recount(record["fields"]["comment"], kept)
            self._save(key)

    def change_labels(self, key: str, add: Sequence[str], remove: Sequence[str]) -> None:
        """See Posts."""
        fields = self._record(key)["fields"]
        kept = [label for label in fields.get("labels") or () if label not in remove]
        fields["labels"] = kept + [label for label in add if label not in kept]
        self._save(key)

    def set_flag(self, key: str, *, flagged: bool) -> None:
        """See Posts."""
        fields = self._record(key)["fields"]
        fields.pop("flagged", None)
        if flagged:
            fields["flagged"] = [{"value": "Impediment"}]
        self._save(key)

    def set_note(self, key: str, value: object) -> None:
        """See Posts."""
        self.set_property(key, KEY, value)

    def read_property(self, key: str, name: str) -> object:
        """See Posts."""
        found = self._records[key][1].get("properties") if key in self._records else None
        return found.get(name) if isinstance(found, dict) else None

    def set_property(self, key: str, name: str, value: object) -> None:
        """See Posts."""
        record = self._record(key)
        properties = {**(record.pop("properties", None) or {}), name: value}
        kept = {name: found for name, found in properties.items() if found is not None}
        if kept:
            record["properties"] = kept
        self._save(key)

    def _record(self, key: str) -> _Record:
        if key not in self._records:
            raise WriteError(f"{self._path}: {key} is gone")
        return self._records[key][1]

    def _fill(self, record: _Record, comment: _Record, document: Document, marker: Marker) -> None:
        """Words in the form the record's own comments have, and the mark."""
        texts = [record["fields"].get("description"), *(entry.get("body") for entry in _comments(record))]
        is_tree = any(isinstance(text, dict) for text in texts)
        comment["body"] = to_adf(document) if is_tree else to_wiki(document)
        comment["updated"] = self._now.isoformat(timespec="milliseconds")
        comment["properties"] = [{"key": KEY, "value": marker.as_json()}]

    def _save(self, key: str) -> None:
        number, record = self._records[key]
        before, self._lines[number] = self._lines[number], _line(record)
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(b"".join(self._lines))
            temporary.replace(self._path)
        except OSError as problem:
            self._lines[number] = before
            self._records[key] = number, _issue(before) or record
            raise WriteError(f"{self._path}: can't be written ({problem.strerror})") from None
        finally:
            temporary.unlink(missing_ok=True)


def _issue(line: bytes) -> _Record | None:
    """The issue on a line; None for anything else, which is left to the audit to report."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            record = json.loads(line)  # it lets halves of surrogate pairs pass
        except ValueError:
            return None
    is_issue = isinstance(record, dict) and "key" in record and isinstance(record.get("fields"), dict)
    return record if is_issue else None


def _line(record: _Record) -> bytes:
    try:
        return orjson.dumps(record) + b"\n"
    except TypeError:  # halves of surrogate pairs, again
        return json.dumps(record).encode() + b"\n"


def _comments(record: _Record) -> list[_Record]:
    block = record["fields"].get("comment")
    found = block.get("comments") if isinstance(block, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _recount(block: _Record, comments: list[_Record]) -> None:
    """Replace the comments; a total that says that there are more than these goes on saying so."""
    total = block.get("total")
    if isinstance(total, int):
        block["total"] = total + len(comments) - len(block.get("comments") or ())
    block["comments"] = comments


def _property(comment: _Record) -> object:
    return next((p.get("value") for p in comment.get("properties") or () if p.get("key") == KEY), None)
