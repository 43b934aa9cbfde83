"""What an issue's property remembers of digests: who was told what, when, and whether that is sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

KEY: Final = "ownership-audit-digest"
"""The name of the issue's property."""

SENDING, SENT, FAILED = "sending", "sent", "failed"
"""A message is about to be sent, was sent, or was given to a service that did not confirm it.

Only ``sent`` is sure: what is left in another state was perhaps sent, and is not sent again by itself.
"""

_VERSION: Final = 1
_KEPT: Final = timedelta(days=60)  # after that, what no longer stands is forgotten


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding as it was told to one reader; ``run`` tells the run of the tool that did it."""

    at: datetime
    state: str
    run: str

    @property
    def is_sure(self) -> bool:
        """Whether the reader has it for sure."""
        return self.state == SENT


@dataclass(frozen=True, slots=True)
class Record:
    """By reader and fingerprint, what was told. There is no other memory of digests."""

    readers: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    @classmethod
    def read(cls, value: object) -> Record | None:
        """The record in a property's value, empty for None; None for what this version can't read."""
        if value is None:
            return cls()
        if not isinstance(value, dict) or value.get("version") != _VERSION:
            return None
        try:
            return cls(
                {
                    str(reader): {str(name): _entry(entry) for name, entry in told.items()}
                    for reader, told in value["readers"].items()
                }
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def as_json(self) -> dict[str, Any]:
        """The value of the property."""
        return {
            "version": _VERSION,
            "readers": {
                reader: {
                    name: {"at": entry.at.isoformat(), "state": entry.state, "run": entry.run}
                    for name, entry in sorted(told.items())
                }
                for reader, told in sorted(self.readers.items())
                if told
            },
        }

    def told(self, reader: str) -> Mapping[str, Entry]:
        """What a reader was told, by fingerprint."""
        return self.readers.get(reader, {})

    def telling(self, reader: str, fingerprints: Iterable[str], entry: Entry) -> Record:
        """The record with these findings told."""
        told = {**self.told(reader), **dict.fromkeys(fingerprints, entry)}
        return Record({**self.readers, reader: told})

    def closing(self, reader: str, run: str, state: str) -> Record:
        """The record in which a run's message to a reader has come to a state."""
        told = {
            name: replace(entry, state=state) if entry.run == run else entry
            for name, entry in self.told(reader).items()
        }
        return Record({**self.readers, reader: told})

    def tidied(self, standing: Iterable[str], now: datetime) -> Record:
        """The record without what has not stood for long."""
        kept = set(standing)
        return Record(
            {
                reader: {n: e for n, e in told.items() if n in kept or now - e.at < _KEPT}
                for reader, told in self.readers.items()
            }
        )


def _entry(value: Mapping[str, Any]) -> Entry:
    at = datetime.fromisoformat(value["at"])
    if at.tzinfo is None or value["state"] not in (SENDING, SENT, FAILED):
        raise ValueError(value)
    return Entry(at, value["state"], str(value["run"]))
