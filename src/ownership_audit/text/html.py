"""HTML in a tracker's text: tags are cut, blocks start new lines, entities become characters.

Own patterns, not a parser: trackers mix HTML into other markup, where only whole, known tags may count as
tags, or ``a < b`` and generics would be eaten; and no parser at hand tells the place of every character.
"""

from __future__ import annotations

import html
import re
from typing import Final

from ownership_audit.text.masks import FILL, line_end, newline, padded, space

_NEW_LINE: Final = frozenset(
    (
        *("br", "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "tr", "hr", "table", "thead", "tbody"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "details", "summary"),
    )
)
_SPACE: Final = frozenset(("td", "th", "img"))
_INLINE: Final = (
    *("a", "b", "i", "u", "s", "em", "strong", "code", "tt", "kbd", "samp", "sub", "sup", "del", "ins"),
    *("small", "big", "font", "span", "center", "strike"),
)
_ATTACHED: Final = frozenset(("a", "img"))
_NAMES: Final = "|".join(sorted((*_NEW_LINE, *_SPACE, *_INLINE), key=len, reverse=True))

# What is struck out is taken back, so nobody says it. An opening of the same kind ends the search, so that
# many unclosed ones cost linear time.
_STRUCK: Final = re.compile(r"<(s|del|strike)\b[^<>]*+>[^<]*+(?:<(?!/?\1\b)[^<]*+)*+</\1\s*+>", re.IGNORECASE)
_ANY_TAG: Final = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})\b[^<>]*+>")
# With attributes that are nothing but attributes: in "a <b and c> d" there is no tag.
_KNOWN_TAG: Final = re.compile(
    rf"""</?({_NAMES})(?:\s++[\w:-]++\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>]++))*+\s*+/?>""",
    re.IGNORECASE,
)
# What says that somebody wrote HTML rather than about it: a line break, or a tag that is closed.
_WRITTEN: Final = re.compile(rf"<(?:br[ ]?/?>|/(?:{_NAMES})>)", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def is_written(text: str) -> bool:
    """Whether a text outside code is written in HTML, at least in part."""
    return "<" in text and _WRITTEN.search(text) is not None


def mask_tags(text: str, *, every: bool) -> tuple[str, bool]:
    """Masks the tags, ``every`` one or those that HTML knows, with what is struck out.

    Says whether a link or image was there.
    """
    attached = False

    def replace(match: re.Match[str]) -> str:
        nonlocal attached
        name = match[1].lower()
        length = match.end() - match.start()
        if name in _NEW_LINE:
            return line_end(length)
        attached = attached or name in _ATTACHED
        return padded(" ", length) if name in _SPACE else FILL * length

    masked = (_ANY_TAG if every else _KNOWN_TAG).sub(replace, _STRUCK.sub(_cut, text))
    return masked, attached


def _cut(match: re.Match[str]) -> str:
    """The end of a line in place of several, else a space."""
    return newline(match) if "\n" in match[0] else space(match)


def mask_entities(text: str) -> str:
    """The text with each entity as its character, in the place where the entity starts."""
    return _ENTITY.sub(_character, text) if ";" in text else text


def _character(match: re.Match[str]) -> str:
    return padded(html.unescape(match[0]), match.end() - match.start())
