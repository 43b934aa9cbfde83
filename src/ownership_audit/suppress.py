"""Baselines: what stood on the first day stays silent; entries that match nothing any more are counted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from ownership_audit.errors import SuppressError
from ownership_audit.finding import Finding

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """The fingerprints of findings that were there before."""

    fingerprints: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """The baseline in a file; raises SuppressError that names the line or the entry."""
        try:
            document = orjson.loads(path.read_bytes())
        except OSError as problem:
            reason = problem.strerror or problem
            raise SuppressError(f"{path}: can't be read ({reason}); check the path of --baseline") from None
        except orjson.JSONDecodeError as problem:
            place = f"{path}:{problem.lineno}"
            raise SuppressError(
                f"{place}: not a baseline ({problem.msg}); write it anew with --write-baseline"
            ) from None
        return cls(frozenset(_fingerprints(path, document)))

    def apply(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], int, int]:
        """``(kept, suppressed, unused)``: the findings that are new, and the counts of findings left out
        and of entries that matched none.
        """
        kept: list[Finding] = []
        used: set[str] = set()
        suppressed = 0
        for finding in findings:
            if finding.fingerprint in self.fingerprints:
                used.add(finding.fingerprint)
                suppressed += 1
            else:
                kept.append(finding)
        return tuple(kept), suppressed, len(self.fingerprints - used)


def write_baseline(path: Path, findings: Iterable[Finding], as_of: datetime) -> None:
    """Write the findings' fingerprints, sorted, one fact a line, so that a diff shows what came and went.

    The file is replaced in one step or stays as it was. Raises SuppressError.
    """
    entries = {
        finding.fingerprint: {
            "fingerprint": finding.fingerprint,
            "rule": finding.rule,
            "issue": finding.issue,
        }
        for finding in sorted(findings, key=lambda finding: finding.order, reverse=True)
    }
    document = {
        "version": _VERSION,
        "as_of": as_of.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "findings": list(reversed(entries.values())),
    }
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    _replace(path, text.encode("utf-8", "replace"))


def _replace(path: Path, content: bytes) -> None:
    target = path.resolve()  # a link stays a link
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as problem:
        reason = problem.strerror or problem
        raise SuppressError(
            f"{path}: the baseline can't be written ({reason}); check folder and rights"
        ) from None


def _fingerprints(path: Path, document: object) -> Iterable[str]:
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise SuppressError(f"{path}: not a baseline; write one with --write-baseline")
    if document.get("version") != _VERSION:
        raise SuppressError(
            f"{path}: baseline version {document.get('version')!r} is not known here (this is {_VERSION});"
            " update ownership-audit or write the baseline anew"
        )
    for number, entry in enumerate(document["findings"], start=1):
        found = entry.get("fingerprint") if isinstance(entry, dict) else None
        if not isinstance(found, str) or not found:
            raise SuppressError(
                f"{path}: entry {number} has no fingerprint; remove it or write the baseline anew"
            )
        yield found
