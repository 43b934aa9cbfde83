"""A sentence as the grammar looks at it: its tokens, when it was said, the prepositions before times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ownership_audit.signals.times.tokens import NOTHING, Token
from ownership_audit.signals.times.words import words

LIMITS: Final = frozenset({"by", "before", "until"})
DURING: Final = frozenset({"in", "within", "during", "over"})
WITH_NAMES: Final = LIMITS | frozenset({"on", "this", "next", "coming", "between"})
"""After these, "fri" and "may" are names."""
AHEAD: Final = {"this": 0, "current": 0, "next": 1, "coming": 1, "upcoming": 1, "following": 2}
"""How many weeks, months … ahead; "the following week" may be the one after the next."""
PARTS: Final = {
    "early": "early", "beginning": "early", "start": "early", "mid": "mid", "middle": "mid",
    "late": "late", "later": "late", "end": "late",
}  # fmt: skip

LEADS: Final = words(
    "by before until till til on at for around about in within during over sometime between latest"
)
_LONG_LEADS: Final = (
    (("no", "later", "than"), "by"),
    (("not", "later", "than"), "by"),
    (("at", "the", "latest"), "by"),
    (("some", "time"), "sometime"),
)
_SAME: Final = {"till": "until", "til": "until", "latest": "by"}


class Scan:
    """Looks at tokens by index; outside the sentence they are empty."""

    def __init__(self, tokens: Sequence[Token], said: datetime) -> None:
        self.tokens = tokens
        self.now = said.time()
        self.today = said.date()

    def token(self, at: int) -> Token:
        """The token at an index."""
        return self.tokens[at] if 0 <= at < len(self.tokens) else NOTHING

    def word(self, at: int) -> str:
        """Its word."""
        return self.token(at).word

    def are(self, at: int, *expected: str) -> bool:
        """Whether these words stand there in a row."""
        return all(self.word(at + offset) == word for offset, word in enumerate(expected))

    def skip(self, at: int, *optional: str) -> int:
        """The index after the token when it is one of these, else its own."""
        return at + 1 if self.word(at) in optional else at

    def lead(self, at: int) -> tuple[str, int]:
        """The preposition that starts there, or "", and the index after it ("by", "no later than")."""
        lead = ""
        for _ in range(3):
            for each, name in _LONG_LEADS:
                if self.are(at, *each):
                    lead, at = name, at + len(each)
                    break
            else:
                word = self.word(at)
                if word not in LEADS:
                    break
                if not lead or word not in {"about", "around"}:
                    lead = _SAME.get(word, word)
                at += 1
        return lead, at
