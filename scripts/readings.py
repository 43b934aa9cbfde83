"""Draws comments that a signal flags in archives of real issues, for people to read; counts the readings.

usage: python scripts/readings.py draw SIGNAL [--count N] [--seed N] FILE ...
       python scripts/readings.py count FILE ...
       python scripts/readings.py findings REPORT ...

FILEs are archives of Jira issues. Readings are kept in tests/readings/signals.jsonl by the id of the comment,
without its text: {"signal": ..., "id": "KEY#number", "right": true}.

REPORTs are written by "audit --history --format json". What readers said of findings is kept in
tests/readings/findings.jsonl by rule, issue and the minute that opened it; the verdict is right, wrong or
arguable. Findings that were read and are not raised any more count as lost.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ownership_audit.run import load_signals
from ownership_audit.signals import SIGNALS, Reading, Signals
from ownership_audit.text import read
from ownership_audit.trackers.file import Record, records

KEPT = Path(__file__).resolve().parents[1] / "tests" / "readings" / "signals.jsonl"
FINDINGS = KEPT.with_name("findings.jsonl")
VERDICTS = ("right", "wrong", "arguable")


@dataclass(frozen=True)
class Comment:
    """A comment of an archive: ``id`` is the issue's key and the comment's place in the list."""

    id: str
    speaker: str
    summary: str
    body: str


def comments(path: Path) -> Iterator[Comment]:
    """Every comment with a text, in order."""
    for record in records(path, None):
        if not isinstance(record, Record):
            continue
        fields = record.data["fields"]
        owner, reporter = (_name(fields.get(field)) for field in ("assignee", "reporter"))
        for number, comment in enumerate((fields.get("comment") or {}).get("comments") or []):
            body, author = comment.get("body"), _name(comment.get("author"))
            if isinstance(body, str):
                speaker = "owner" if author == owner else "reporter" if author == reporter else "other"
                key = record.data["key"]
                yield Comment(f"{key}#{number}", speaker, str(fields.get("summary")), body)


def _name(account: Any) -> str | None:
    return (account.get("name") or account.get("displayName")) if isinstance(account, dict) else None


def flagged(paths: list[Path], signals: Signals, wanted: set[str]) -> Iterator[tuple[Comment, Reading]]:
    """Every comment in which a wanted signal is read."""
    for path in paths:
        for comment in comments(path):
            reading = signals.read(read(comment.body), comment.speaker)
            if any(signal in reading for signal in wanted):
                yield comment, reading


def draw(signal: str, count: int, seed: int, paths: list[Path]) -> None:
    """Print a random sample of what a signal flags, the words it goes by first."""
    signals = load_signals()
    hits = list(flagged(paths, signals, {signal}))
    print(f"{len(hits)} comments are flagged as {signal}")
    for comment, reading in random.Random(seed).sample(hits, min(count, len(hits))):
        words = [reading.text[slice(*reading.span(said))] for said in reading.of(signal)]
        print(
            f"\n[{comment.id}] by {comment.speaker} | {comment.summary}\n  {words}\n  {reading.text[:900]!r}"
        )


def kept() -> dict[str, dict[str, bool]]:
    """The readings by signal and comment."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for line in KEPT.read_bytes().splitlines():
        row = orjson.loads(line)
        found[row["signal"]][row["id"]] = row["right"]
    return found


def count(paths: list[Path]) -> dict[str, tuple[int, int]]:
    """Per signal how many comments that were read are flagged still, and how many of those are right."""
    readings, flags = kept(), defaultdict(set)
    for comment, reading in flagged(paths, load_signals(), set(readings)):
        for signal in reading.signals:
            flags[signal].add(comment.id)
    counts = {}
    for signal, verdicts in sorted(readings.items()):
        still = [right for id_, right in verdicts.items() if id_ in flags[signal]]
        counts[signal] = (len(still), sum(still))
    return counts


def findings(reports: list[Path]) -> dict[tuple[str, str], Counter[str]]:
    """Per rule and severity how many findings there are, and of each verdict; the severity may be "lost"."""
    read_ = {
        (row["rule"], row["issue"], row["opened"]): row["verdict"]
        for row in map(orjson.loads, FINDINGS.read_bytes().splitlines())
    }
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    raised = set()
    for finding in (found for path in reports for found in orjson.loads(path.read_bytes())["findings"]):
        key = (finding["rule"], finding["issue"], finding["opened"][:16])
        raised.add(key)
        count_ = counts[finding["rule"], finding["severity"]]
        count_["findings"] += 1
        count_[read_.get(key, "not read")] += 1
    rules = {rule for rule, _, _ in read_}
    for key, verdict in read_.items():
        if key not in raised:
            counts[key[0], "lost"][verdict] += 1
    return {key: counts[key] for key in sorted(counts) if key[0] in rules}


def main(words: list[str]) -> None:
    """Run one of the three commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw")
    drawing.add_argument("signal", choices=SIGNALS)
    drawing.add_argument("--count", type=int, default=50)
    drawing.add_argument("--seed", type=int, default=1)
    for command in (drawing, commands.add_parser("count"), commands.add_parser("findings")):
        command.add_argument("files", nargs="+", type=Path)
    chosen = parser.parse_args(words)
    if chosen.command == "draw":
        draw(chosen.signal, chosen.count, chosen.seed, chosen.files)
        return
    if chosen.command == "findings":
        for (rule, severity), found in findings(chosen.files).items():
            verdicts = ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS)
            print(f"{rule:<26} {severity:<8} {found['findings']:>5} findings; {verdicts}")
        return
    for signal, (still, right) in count(chosen.files).items():
        print(f"{signal:<20} {still} read and still flagged, {right} right")


if __name__ == "__main__":
    main(sys.argv[1:])
