"""How the readers of all markups cut and replace without moving anything: by filler of the same length.

A masked text is as long as its source, so that a character's place in it is its place in the source.
Folding drops the filler at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

FILL: Final = "\0"  # a filler that stands in the source already is dropped like one of ours
_ONE_WORD: Final = re.compile(r"[ \t]*+[^\s{}@;=\0]{1,60}[ \t]*+")


class Masked(NamedTuple):
    """A body with a newline put in front, then masked; and what was found on the way.

    ``mentions`` maps ids to display names, ``attached`` is that of ``Prose``.
    """

    text: str
    mentions: Mapping[str, str]
    attached: bool


def lines_of(body: str) -> str:
    """The body with a newline in front, as line patterns want it, and every line end a single newline."""
    if "\r" in body:
        body = body.replace("--\r\n", f"--{FILL}\n")  # without the space that makes it a signature's mark
        body = body.replace("\r\n", " \n").replace("\r", "\n")
    return "\n" + body


def padded(text: str, length: int) -> str:
    """The text with filler behind it; ``length`` is that of the source and never less than the text's."""
    return text.ljust(length, FILL)


def blank(match: re.Match[str]) -> str:
    """Filler in place of a match."""
    return FILL * (match.end() - match.start())


def space(match: re.Match[str]) -> str:
    """A space in place of a match."""
    return padded(" ", match.end() - match.start())


def line_end(length: int) -> str:
    """A newline, as long as what it replaces; the spaces behind it fold quicker than filler."""
    return "\n".ljust(length)


def newline(match: re.Match[str]) -> str:
    """A newline in place of a match."""
    return line_end(match.end() - match.start())


def unmarked(match: re.Match[str]) -> str:
    """The first group in its place, with filler for what the match has around it."""
    start, end = match.span()
    at, to = match.span(1)
    return f"{FILL * (at - start)}{match[1]}{FILL * (end - to)}"


def is_one_word(text: str) -> bool:
    """Whether inline code is one short name, which reads as part of its sentence.

    Several words are a command or an output, which nobody said; an ``@`` in code mentions nobody.
    """
    return _ONE_WORD.fullmatch(text) is not None
