"""The first sentence of a text, for quoting it in a line of a report."""

from __future__ import annotations

import re
from typing import Final

_SENTENCE_END: Final = re.compile(r"(?<!\s\d)[.!?…]+(?=\s+[^a-z\d\s]|\s*$)")


def first_sentence(text: str, limit: int = 120) -> str:
    """The first sentence on one line, for quoting: at most ``limit`` characters, cut at a word, printable."""
    head = "".join(c if c.isprintable() else " " for c in text.lstrip()[: 4 * limit])
    words = " ".join(head.split())
    end = _SENTENCE_END.search(words)
    sentence = words[: end.end()] if end else words
    if len(sentence) <= limit:
        return sentence
    cut = sentence[: limit - 1]
    at_word = cut.rpartition(" ")[0] if not sentence[limit - 1].isspace() else cut
    return (at_word if len(at_word) > limit // 2 else cut).rstrip(" ,;:-") + "…"
