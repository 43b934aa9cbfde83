"""The tool's comments in a file of Jira issues (JSON lines): a tracker to try things on, and for tests.

Each write replaces the file in one step.
"""

from __future__ import annotations

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
from ownership_audit.trackers.posts import Posted, Standing

ACCOUNT: Final = "ownership-audit"
"""The tool's account in files."""

_Record = dict[str, Any]


class FilePosts:
    """What the tool wrote into a file; see Posts. ``now`` is when its comments are written.

    Raises ConfigError where the file is no plain file of JSON lines.
    """

    def __init__(self, path: Path, now: datetime) -> None:
        self._path = path
        self._now = now
        if path.suffix != ".jsonl" or not path.is_file():
            raise ConfigError(f"{path}: only a plain .jsonl file can be written to; name one, or a tracker")
        try:
            self._records: list[_Record] = [
                orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()
            ]
        except (OSError, orjson.JSONDecodeError) as problem:
            raise ConfigError(f"{path}: can't be read as JSON lines ({problem}); mend it first") from None
        self._by_key = {str(record.get("key")): record for record in self._records}

    def standing(self, key: str) -> Standing:
        """See Posts."""
        record = self._by_key.get(key)
        if record is None:
            return Standing(writable="the issue is gone", restricted=True)
        found = []
        for comment in _comments(record):
            marker = Marker.read(_property(comment))
            if marker is not None and comment.get("author", {}).get("name") == ACCOUNT:
                found.append(Posted(comment["id"], datetime.fromisoformat(comment["created"]), marker))
        note = self.read_property(key, KEY)
        return Standing(
            tuple(found),
            frozenset(record["fields"].get("labels") or ()),
            bool(record["fields"].get("flagged")),
            repr(note) if note is not None else None,
            restricted=bool(record["fields"].get("security")),
        )

    def comment(self, key: str, document: Document, marker: Marker) -> str:
        """See Posts."""
        record = self._record(key)
        known = [int(c["id"]) for r in self._records for c in _comments(r) if str(c.get("id")).isdecimal()]
        comment: _Record = {
            "id": str(max(known, default=0) + 1),
            "author": {"name": ACCOUNT, "key": ACCOUNT, "displayName": "Ownership Audit", "active": True},
            "created": self._now.isoformat(timespec="milliseconds"),
        }
        self._fill(record, comment, document, marker)
        block = record["fields"].setdefault("comment", {"comments": [], "total": 0})
        block["comments"].append(comment)
        block["total"] = len(block["comments"])
        self._save()
        return str(comment["id"])

    def edit(self, key: str, comment: str, document: Document, marker: Marker) -> None:
        """See Posts."""
        record = self._record(key)
        found = next((entry for entry in _comments(record) if entry.get("id") == comment), None)
        if found is None:
            raise WriteError(f"{self._path}: {key}: comment {comment} is gone")
        self._fill(record, found, document, marker)
        self._save()

    def delete(self, key: str, comment: str) -> None:
        """See Posts."""
        block = self._record(key)["fields"]["comment"]
        block["comments"] = [entry for entry in block["comments"] if entry.get("id") != comment]
        block["total"] = len(block["comments"])
        self._save()

    def change_labels(self, key: str, add: Sequence[str], remove: Sequence[str]) -> None:
        """See Posts."""
        fields = self._record(key)["fields"]
        kept = [label for label in fields.get("labels") or () if label not in remove]
        fields["labels"] = kept + [label for label in add if label not in kept]
        self._save()

    def set_flag(self, key: str, *, flagged: bool) -> None:
        """See Posts."""
        self._record(key)["fields"]["flagged"] = [{"value": "Impediment"}] if flagged else None
        self._save()

    def set_note(self, key: str, value: object) -> None:
        """See Posts."""
        self.set_property(key, KEY, value)

    def read_property(self, key: str, name: str) -> object:
        """See Posts."""
        found = self._by_key.get(key, {}).get("properties") or {}
        return found.get(name) if isinstance(found, dict) else None

    def set_property(self, key: str, name: str, value: object) -> None:
        """See Posts."""
        properties = self._record(key).setdefault("properties", {})
        properties.pop(name, None)
        if value is not None:
            properties[name] = value
        self._save()

    def _record(self, key: str) -> _Record:
        if key not in self._by_key:
            raise WriteError(f"{self._path}: {key} is gone")
        return self._by_key[key]

    def _fill(self, record: _Record, comment: _Record, document: Document, marker: Marker) -> None:
        """Words in the form the record's own comments have, and the mark."""
        is_tree = any(isinstance(entry.get("body"), dict) for entry in _comments(record))
        comment["body"] = to_adf(document) if is_tree else to_wiki(document)
        comment["updated"] = self._now.isoformat(timespec="milliseconds")
        comment["properties"] = [{"key": KEY, "value": marker.as_json()}]

    def _save(self) -> None:
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in self._records))
            temporary.replace(self._path)
        except OSError as problem:
            raise WriteError(f"{self._path}: can't be written ({problem.strerror})") from None
        finally:
            temporary.unlink(missing_ok=True)


def _comments(record: _Record) -> list[_Record]:
    block = record["fields"].get("comment")
    found: list[_Record] = block.get("comments", []) if isinstance(block, dict) else []
    return found


def _property(comment: _Record) -> object:
    return next((p.get("value") for p in comment.get("properties") or () if p.get("key") == KEY), None)
