"""Which literal texts a pattern needs: every text it matches has one of them in it.

A scan for those literals tells quickly which of many patterns can match a text at all. The method is that of
Cox, "Regular Expression Matching with a Trigram Index" (2012): exact sets of short texts are carried along
a pattern and given up where they grow too large. What is not understood needs nothing, which is always safe.

RE2 can do the same (FilteredRE2), but it compiles every pattern first, which costs an audit more than reading
its comments does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MOST_COVERS: Final = 3
"""Covers that are kept of a pattern."""

_MOST: Final = 48  # texts in a set
_LONGEST: Final = 24  # characters of a text that is carried on
_TELLING: Final = 1.0  # how often a cover may stand in a comment by chance and still tell something
_SCANNED: Final = 12  # characters of a literal that are scanned for
_ZERO_WIDTH: Final = "bBAz"
_PLAIN: Final = re.compile(r"[\w ',;:!#&@%/<>=~\"-]{1,24}(?![?*+{])")  # what stands for itself, unrepeated
_TEXTS: Final = re.compile(r"\?:([\w ',;:!#&@%/<>=~\"|-]+)\)")  # most groups: nothing but such texts

_COMMON: Final = frozenset({
    "a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "do", "does", "for",
    "from", "had", "has", "have", "here", "how", "i", "if", "in", "ing", "is", "it", "its", "me", "my",
    "no", "not", "of", "on", "or", "our", "out", "see", "should", "so", "some", "that", "the", "there",
    "these", "they", "this", "those", "to", "up", "us", "was", "we", "were", "what", "when", "which",
    "will", "with", "would", "you", "your", "n't", "ed", "er", "ly", "s",
})  # fmt: skip  # words in more than one comment of ten, and endings of words


Cover = frozenset[str]
"""Literals in lower case, one of which stands in every match."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Of a piece of a pattern: all texts it can be (None: too many), and the covers of every match."""

    exact: Cover | None
    covers: tuple[Cover, ...] = ()

    def all_covers(self) -> tuple[Cover, ...]:
        """The covers, the rarest first; further ones only where they tell much."""
        own = (self.exact,) if self.exact and "" not in self.exact else ()
        found = list(dict.fromkeys((*own, *self.covers)))
        if len(found) > 1:
            found.sort(key=lambda cover: (_chance(cover), len(cover), min(cover)))
        return tuple(found[:1] + [cover for cover in found[1:MOST_COVERS] if _chance(cover) < _TELLING])


_NOTHING: Final = frozenset({""})
_EMPTY: Final = Needs(_NOTHING)
_UNKNOWN: Final = Needs(None)


def scanned(cover: Cover) -> Cover:
    """The shortest literals that tell as much: no longer than needed, and none that contains another."""
    found: set[str] = set()
    for literal in sorted({literal[:_SCANNED] for literal in cover}, key=lambda text: (len(text), text)):
        if not any(shorter in literal for shorter in found):
            found.add(literal)
    return frozenset(found)


def needs(pattern: str, parts: Mapping[str, Needs]) -> Needs:
    """What a pattern needs, in which ``{name}`` stands for a part whose needs are known."""
    return _Parser(pattern, parts).alternatives()


def either(branches: Iterable[Needs]) -> Needs:
    """What alternatives need together: all their texts, and one cover of each."""
    exact: frozenset[str] | None = frozenset()
    cover: frozenset[str] | None = frozenset()
    for branch in branches:
        exact = exact | branch.exact if exact is not None and branch.exact is not None else None
        covers = branch.all_covers()
        cover = cover | covers[0] if cover is not None and covers else None
    if exact is not None and len(exact) > _MOST:
        exact = None
    return Needs(exact, (cover,) if cover and exact is None else ())


@lru_cache(maxsize=1 << 14)
def _chance(cover: Cover) -> float:
    """How often such literals stand in a comment of some lines, roughly: long and few are rare."""
    return sum(0.6 if literal.strip() in _COMMON else 5.0 ** (2 - len(literal.strip())) for literal in cover)


def _joined(pieces: Iterable[Needs]) -> Needs:
    """A sequence: exact sets are multiplied as long as that stays small."""
    exact: frozenset[str] = frozenset({""})
    covers: list[Cover] = []
    is_whole = True
    for piece in pieces:
        if piece.exact is not None:
            if piece.exact == _NOTHING:
                continue
            product = frozenset(head + tail for head in exact for tail in piece.exact)
            if len(product) <= _MOST and max(map(len, product)) <= _LONGEST:
                exact = product
                continue
        is_whole = False
        covers += [exact] if "" not in exact else []
        covers += piece.covers
        exact = _continued(exact, piece.exact) if piece.exact is not None else frozenset({""})
    if is_whole:
        return Needs(exact)
    covers += [exact] if "" not in exact else []
    return Needs(None, Needs(None, tuple(covers)).all_covers())


def _continued(before: Cover, exact: Cover) -> Cover:
    """The texts of a piece with the character in front of them, where that does not make too many."""
    product = frozenset(head[-1:] + tail for head in before for tail in exact)
    return product if len(product) <= _MOST else exact


class _Parser:
    """Reads the syntax that patterns share; a piece it does not know is unknown, not an error."""

    def __init__(self, regex: str, parts: Mapping[str, Needs]) -> None:
        self.regex = regex
        self.parts = parts
        self.at = 0

    def alternatives(self) -> Needs:
        branches = [self._sequence()]
        while self._next() == "|":
            self.at += 1
            branches.append(self._sequence())
        return either(branches) if len(branches) > 1 else branches[0]

    def _next(self) -> str:
        return self.regex[self.at : self.at + 1]

    def _sequence(self) -> Needs:
        pieces = []
        while self._next() not in ("", "|", ")"):
            piece = self._piece()
            while self._is_quantifier():
                piece = self._repeated(piece)
            pieces.append(piece)
        return _joined(pieces)

    def _closing(self) -> int:
        """Where the next closing brace stands; the end where there is none."""
        end = self.regex.find("}", self.at)
        return end if end >= 0 else len(self.regex)

    def _is_quantifier(self) -> bool:
        sign = self._next()
        return (sign != "" and sign in "?*+") or (sign == "{" and self.regex[self.at + 1 :][:1].isdecimal())

    def _piece(self) -> Needs:
        plain = _PLAIN.match(self.regex, self.at)
        if plain is not None:
            self.at = plain.end()
            return Needs(frozenset({plain[0].lower()}))
        sign = self._next()
        self.at += 1
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "^$":
            return _EMPTY
        if sign == "{":
            end = self._closing()
            name, self.at = self.regex[self.at : end], end + 1
            return self.parts.get(name, _UNKNOWN)
        return _UNKNOWN if sign == "." else Needs(frozenset({sign.lower()}))

    def _group(self) -> Needs:
        texts = _TEXTS.match(self.regex, self.at)
        if texts is not None:
            self.at = texts.end()
            return either([Needs(frozenset(texts[1].lower().split("|")))])
        if self._next() == "?":  # flags, a name
            end = next((i for i in range(self.at, len(self.regex)) if self.regex[i] in ":>)"), None)
            if end is None or self.regex[end] == ")":
                self.at = len(self.regex) if end is None else end + 1
                return _EMPTY
            self.at = end + 1
        found = self.alternatives()
        self.at += 1
        return found

    def _class(self) -> Needs:
        start = self.at
        if self._next() == "^":
            self.at += 1
        if self._next() == "]":
            self.at += 1
        while self._next() not in ("", "]"):
            self.at += 2 if self._next() == "\\" else 1
        inside = self.regex[start : self.at]
        self.at += 1
        is_plain = inside and not inside.startswith("^") and not any(sign in inside for sign in "\\[")
        if not is_plain or "-" in inside[1:-1] or len(inside) > 4:
            return _UNKNOWN
        return Needs(frozenset(inside.lower()))

    def _escape(self) -> Needs:
        sign = self._next()
        self.at += 1
        if sign in _ZERO_WIDTH:
            return _EMPTY
        if sign in "pP":  # a class of characters by name
            self.at = self._closing() + 1 if self._next() == "{" else self.at + 1
            return _UNKNOWN
        return _UNKNOWN if sign.isalnum() else Needs(frozenset({sign.lower()}))

    def _repeated(self, piece: Needs) -> Needs:
        sign = self._next()
        if sign == "{":
            end = self._closing()
            least = self.regex[self.at + 1 : end].split(",")[0]
            self.at = end + 1
        else:
            least = "1" if sign == "+" else "0"
            self.at += 1
        if sign == "?" and piece.exact is not None:
            return Needs(piece.exact | {""})
        if least.isdecimal() and int(least) > 0:
            return Needs(None, piece.all_covers())
        return _UNKNOWN
