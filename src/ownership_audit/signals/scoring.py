"""How well the lexicons read comments that people have labelled: precision, recall and F1 per signal.

A file holds one JSON object a line: ``text``, ``labels`` (names of signals), and if known ``role``
(assignee, reporter, other), ``sample`` and ``unsure`` (signals left out for this comment).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from ownership_audit.errors import DataError
from ownership_audit.signals.names import SIGNALS
from ownership_audit.signals.signals import Signals
from ownership_audit.text import read

_SPEAKER: Final = {"assignee": "owner", "owner": "owner", "reporter": "reporter"}
_PLACEHOLDERS: Final = ("[CODE]", "[URL]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One comment with the signals people read in it; ``place`` is ``file:line``."""

    place: str
    id: str
    text: str
    speaker: str
    sample: str
    labels: frozenset[str]
    unsure: frozenset[str]


@dataclass(slots=True)
class Score:
    """Counts of one signal, and what follows from them; a ratio of nothing is 0."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp + self.fp + self.fn else 0.0

    def as_json(self) -> dict[str, float | int]:
        """The figures as ``signals eval --format json`` gives them, ratios to four digits."""
        ratios = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {name: round(value, 4) for name, value in ratios.items()} | {
            "tp": self.tp, "fp": self.fp, "fn": self.fn,
        }  # fmt: skip


def read_labelled(path: Path) -> list[Labelled]:
    """The comments of a file. Raises DataError with ``file:line`` for a line that isn't one."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as problem:
        raise DataError(f"{path}: can't be read ({problem.strerror}); check the path") from None
    rows = [_labelled(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise DataError(f"{path}: no comments in it; write one JSON object a line")
    return rows


def _labelled(line: bytes, place: str) -> Labelled:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as problem:
        raise DataError(f"{place}: not JSON ({problem})") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise DataError(f"{place}: a labelled comment needs a 'text'")
    text = row["text"]
    for placeholder in _PLACEHOLDERS:
        text = text.replace(placeholder, " ")
    return Labelled(
        place=place,
        id=str(row.get("id", "")),
        text=text,
        speaker=_SPEAKER.get(str(row.get("role")), "other"),
        sample=str(row.get("sample", "")),
        labels=_names(row.get("labels"), place, "labels"),
        unsure=_names(row.get("unsure"), place, "unsure"),
    )


def _names(value: object, place: str, key: str) -> frozenset[str]:
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(f"{place}: {key!r} must be a list of signals")
    for name in value:
        if name not in SIGNALS:
            raise DataError(
                f"{place}: {key!r} names {name!r}, which is no signal; valid: {', '.join(SIGNALS)}"
            )
    return frozenset(value)


def judged(rows: Iterable[Labelled], signals: Signals) -> Iterator[tuple[Labelled, frozenset[str]]]:
    """Each comment with the signals that are read in it."""
    for row in rows:
        yield row, signals.read(read(row.text), row.speaker).signals


def score(rows: Sequence[Labelled], signals: Signals) -> dict[str, Score]:
    """The counts per signal, of those that some label names; other signals can't be judged by the file."""
    labelled = {name for row in rows for name in row.labels}
    scores: dict[str, Score] = {name: Score() for name in SIGNALS if name in labelled}
    for row, said in judged(rows, signals):
        for name, counts in scores.items():
            if name in row.unsure:
                continue
            if name in row.labels:
                counts.tp += name in said
                counts.fn += name not in said
            else:
                counts.fp += name in said
    return scores
