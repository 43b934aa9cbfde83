"""What a reading gives: the sentences of a text that say something. Nothing is matched here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence that says a signal: ``start`` and ``end`` in the prose, and the tags of what matched.

    ``plain``: it can't be meant otherwise, so that a finding may rest on it.
    """

    signal: str
    start: int
    end: int
    tags: frozenset[str] = frozenset()
    plain: bool = False
