"""Prose to sentences: where each starts and ends, salutations left out. Nothing is judged here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# A line's end, or a stop with white space behind it. Bullets end a sentence where lines were joined.
_BOUNDARY: Final = re.compile(
    r"\n|(?<![.!?\u2026])[.!?\u2026]++[)\]\"'\u2019]*+\s++| [*\u2022] | --? (?=[A-Z])"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|etc|vs|cf|approx|resp|incl|ca|mr|mrs|ms|dr|st|fig|ver|v)|^\W*\d{1,2}"
    r"|(?<![\w'\u2019&])(?-i:[A-Z]))$",
    re.IGNORECASE,
)
_WINDOW: Final = 8  # characters before a stop in which an abbreviation can stand
# "Hi Bob," and "@bob:" say to whom the sentence speaks, which is no part of what it says.
_ADDRESS: Final = re.compile(
    r"(?:(?:hi|hello|hey|hallo|dear|good (?:morning|afternoon|evening))\b[^,.:!?\n]{0,40}[,:!]"
    r"|@[\w.\-]{1,60}(?: (?-i:[A-Z])[\w\-]{1,30})?[,:])\s*",
    re.IGNORECASE,
)

_ADDRESSING: Final = frozenset("hHdDgG@")  # how a salutation can begin


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a prose text, its closing stop included, in order.

    A sentence never crosses a line. The salutation it opens with is not part of it.
    """
    start = 0
    for boundary in _BOUNDARY.finditer(text):
        at = boundary.start()
        if text[at] == "." and _ABBREVIATION.search(text[max(start, at - _WINDOW) : at]):
            continue
        end = at if text[at] in "\n -" else boundary.end()
        yield from _spoken(text, start, end)
        start = boundary.end()
    yield from _spoken(text, start, len(text))


def _spoken(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentence between two boundaries without white space around it and without its salutation."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    for _ in range(2):
        address = _ADDRESS.match(text, start, end) if text[start : start + 1] in _ADDRESSING else None
        if address is None or address.end() >= end:
            break
        start = address.end()
    if start < end:
        yield start, end
