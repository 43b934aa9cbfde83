"""A sentence as tokens: words, numbers with what hangs on them ("12/3", "3pm", "9.1"), single signs."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# Each sign can belong to one branch only and no part repeats what another may take, so it never backtracks.
_TOKEN: Final = re.compile(r"[0-9]\w*(?:[.:/-][^\W_]\w*)*|[^\W\d]\w*(?:['’]\w+)*|[^\w\s]|\n|\d+")


class Token(NamedTuple):
    """``word`` is the lower case of ``raw`` with a plain apostrophe."""

    word: str
    raw: str
    start: int
    end: int


NOTHING: Final = Token("", "", 0, 0)


def tokens_of(sentence: str, start: int, end: int) -> list[Token]:
    """The tokens between two indices of a sentence in order; costs time linear in their number."""
    return [
        Token(found[0].lower().replace("’", "'"), found[0], *found.span())
        for found in _TOKEN.finditer(sentence, start, end)
    ]
