"""The mark that a comment of the tool carries: what it speaks of, and to whom. There is no other state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

KEY: Final = "ownership-audit"
"""The name of the comment's property, and of the issue's."""

_VERSION: Final = 1

OPEN, SETTLED, MOVED = "open", "settled", "moved"
"""A comment that stands; one whose matter is settled; one that a newer comment replaced."""


@dataclass(frozen=True, slots=True)
class Told:
    """One finding as a comment tells it: its rule and severity, and the ids of who was addressed.

    ``also`` is the lead, once the matter has stood so long that they were told as well.
    """

    rule: str
    severity: str
    to: str | None = None
    also: str | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """What a comment speaks of: findings by fingerprint, and the digest of its words.

    ``added`` and ``removed`` are labels that the tool changed with it, ``flagged`` that it set the flag.
    """

    state: str
    findings: Mapping[str, Told]
    digest: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    flagged: bool = False

    def as_json(self) -> dict[str, Any]:
        """The value of the property."""
        return {
            "version": _VERSION,
            "state": self.state,
            "findings": {
                fingerprint: {"rule": told.rule, "severity": told.severity, "to": told.to, "also": told.also}
                for fingerprint, told in sorted(self.findings.items())
            },
            "digest": self.digest,
            "added": list(self.added),
            "removed": list(self.removed),
            "flagged": self.flagged,
        }

    @classmethod
    def read(cls, value: object) -> Marker | None:
        """The mark in a property's value; None for what is no mark of this version."""
        if not isinstance(value, dict) or value.get("version") != _VERSION:
            return None
        findings = value.get("findings")
        if not isinstance(findings, dict) or value.get("state") not in (OPEN, SETTLED, MOVED):
            return None
        told = {str(name): _told(entry) for name, entry in findings.items() if isinstance(entry, dict)}
        return cls(
            value["state"],
            told,
            str(value.get("digest")),
            tuple(map(str, value.get("added") or ())),
            tuple(map(str, value.get("removed") or ())),
            bool(value.get("flagged")),
        )


def _told(entry: Mapping[str, Any]) -> Told:
    return Told(
        str(entry.get("rule")), str(entry.get("severity")), *map(_text, map(entry.get, ("to", "also")))
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
