"""Remembers what texts say, by a hash of their content, wherever a mirror keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import orjson

from ownership_audit.signals.reader import Reader, Reading
from ownership_audit.signals.said import Said

_MANY: Final = 2000  # readings that are held before what they found is kept


class Shelf(Protocol):
    """Where what texts say is kept, by version of the lexicons."""

    def said(self, hash_: bytes, version: bytes) -> bytes | None:
        """What was kept under a hash."""

    def keep_said(self, found: Mapping[bytes, bytes], version: bytes) -> None:
        """Keep what was found; what other versions found may be thrown away."""


class Memory:
    """What was found in texts before. Use as a context manager: what is new is kept at the end."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._version = b""
        self._open: list[tuple[bytes, Reading, int]] = []

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self._keep()

    def read(self, reader: Callable[[], Reader], text: str, speaker: str, version: bytes) -> Reading:
        """What a text says, with what is known of it from earlier."""
        hash_ = hashlib.blake2b(f"{speaker}\0{text}".encode("utf-8", "replace"), digest_size=16).digest()
        kept = self._shelf.said(hash_, version)
        known = _unpacked(kept) if kept is not None else {}
        reading = Reading(reader, text, speaker, known)
        if len(self._open) >= _MANY:
            self._keep()
        self._version = version
        self._open.append((hash_, reading, len(known)))
        return reading

    def _keep(self) -> None:
        """Keep what was found since the texts were opened; what they are asked later is found again."""
        new = [(hash_, reading) for hash_, reading, known in self._open if len(reading.known) > known]
        found = {hash_: _packed(reading) for hash_, reading in new}
        self._open.clear()
        if found:
            self._shelf.keep_said(found, self._version)


def _packed(reading: Reading) -> bytes:
    return orjson.dumps(
        {
            signal: [[said.start, said.end, sorted(said.tags), said.plain] for said in sentences]
            for signal, sentences in reading.known.items()
        }
    )


def _unpacked(kept: bytes) -> dict[str, tuple[Said, ...]]:
    return {
        signal: tuple(
            Said(signal, start, end, frozenset(tags), plain) for start, end, tags, plain in sentences
        )
        for signal, sentences in orjson.loads(kept).items()
    }
