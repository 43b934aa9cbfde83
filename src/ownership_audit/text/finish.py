"""From a masked text to prose: the last cuts, then whitespace is folded and the filler dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ownership_audit.text.cuts import end_of_words
from ownership_audit.text.masks import FILL, Masked
from ownership_audit.text.prose import Prose

_SPACES: Final = re.compile("  +")
_ODD_SPACE: Final = re.compile(r"[\x0b\x0c\x1c-\x1f]")


def finish(masked: Masked) -> Prose:
    """The prose of a masked body."""
    text, mentions, attached = masked
    folded = fold(text)
    if "\n" in folded:
        folded = folded[: end_of_words(folded)]
    return Prose(folded, tuple(mentions), tuple(mentions.values()), attached)


def fold(text: str) -> str:
    """The text without filler, with one space between words, no space around lines and no empty lines."""
    if FILL in text:
        text = text.replace(FILL, "")
    text = text.strip()
    if "\n" in text:
        text = "\n".join(filter(None, map(str.strip, text.split("\n"))))
    if "\t" in text or not text.isascii() or _ODD_SPACE.search(text) is not None:
        text = "\n".join([" ".join(line.split()) for line in text.split("\n")])
    elif "  " in text:
        text = _SPACES.sub(" ", text)
    return text


def offsets(masked: Masked) -> list[int]:
    """For every character of the prose its index in the body that was masked.

    A space or newline of the prose has the index of the first, or of the first newline, of what it folds.
    """
    length = len(finish(masked).text)
    return [at - 1 for at in _folded(masked.text)][:length]


def _folded(text: str) -> Iterator[int]:
    """The indices of the characters that ``fold`` leaves."""
    gap, begun = -1, False
    for at, character in enumerate(text):
        if character == FILL:
            continue
        if character.isspace():
            if gap < 0 or (character == "\n" and text[gap] != "\n"):
                gap = at
            continue
        if begun and gap >= 0:
            yield gap
        gap, begun = -1, True
        yield at
