"""The signal ``bump``: a comment that says nothing. It matches whole comments, the other signals sentences.

Its entries are literal words and phrases, never patterns: what is left when they are taken away decides.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ownership_audit.errors import RuleError
from ownership_audit.text import Prose
from ownership_audit.yamlfile import Value, read_yaml

LONGEST_BUMP = 120
"""Characters of prose; whoever writes more than that says something."""

_KEYS = (
    "signal", "language", "why",
    "phrases", "greetings", "fillers", "smileys", "not-names",
    "matches", "misses",
)  # fmt: skip
# A plain "@ann", Jira's tick (it may mean "done"), "+1", a word, a stop, any sign that isn't ASCII.
_TOKEN = re.compile(r"@[\w.-]+|\(/\)|\+\d+|[^\W_]+(?:['\u2019][^\W_]+)*|[.!?:;,\n]| - |[^\w\s\x00-\x7f]")
_STOPS = frozenset((*".!?:;,\n", " - "))
_FIRST_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_IGNORED_SIGNS = ("P", "M", "C", "Sk")  # punctuation, variation selectors, joiners, skin tones
_NAME_WORDS = 3

Phrases = dict[str, tuple[tuple[str, ...], ...]]
"""Phrases as words, by first word, the longest first."""


@dataclass(frozen=True, slots=True)
class BumpLexicon:
    """The words of bumps in one language, and sentences it must match and miss."""

    signal: str
    language: str
    why: str
    phrases: Phrases
    """Phrases that say nothing about the work, wherever they stand."""
    greetings: Phrases
    """The same, and a name may follow: "hi Bob", "thanks Bob"."""
    fillers: Phrases
    """Words that say nothing where they follow one of the others."""
    smileys: re.Pattern[str] | None
    not_names: frozenset[str]
    """Words that are never taken for a name, whatever stands before them."""
    matches: tuple[str, ...]
    misses: tuple[str, ...]


def load_bump(path: Path) -> BumpLexicon:
    """Read the lexicon of bumps. Raises RuleError with ``file:line`` and the nearest valid key."""
    root = read_yaml(path, RuleError)
    values = root.mapping(_KEYS, "a lexicon")
    for key in ("signal", "language", "why", "phrases", "matches", "misses"):
        if key not in values:
            raise root.fail(f"key {key!r} is missing; add it")
        if key in ("phrases", "matches", "misses") and not values[key].items():
            raise values[key].fail(f"{key!r} is empty; list at least one")
    values["signal"].choice(("bump",))
    return BumpLexicon(
        signal="bump",
        language=values["language"].string(),
        why=values["why"].string(),
        phrases=_phrases(values["phrases"]),
        greetings=_phrases(values.get("greetings")),
        fillers=_phrases(values.get("fillers")),
        smileys=_smileys(_strings(values.get("smileys"))),
        not_names=frozenset(word.casefold() for word in _strings(values.get("not-names"))),
        matches=_strings(values["matches"]),
        misses=_strings(values["misses"]),
    )


def _strings(value: Value | None) -> tuple[str, ...]:
    return tuple(item.string() for item in value.items()) if value else ()


def _phrases(value: Value | None) -> Phrases:
    found: dict[str, list[tuple[str, ...]]] = {}
    for item in value.items() if value else ():
        words = tuple(_folded(word) for word in _tokens(item.string()) if word not in _STOPS)
        if not words:
            raise item.fail(f"{item.text()!r} has no word in it; write words, or put it under 'smileys'")
        same = found.setdefault(words[0], [])
        if words in same:
            raise item.fail(f"phrase {item.text()!r} is written twice; keep one")
        same.append(words)
    return {first: tuple(sorted(same, key=len, reverse=True)) for first, same in found.items()}


def _smileys(literals: tuple[str, ...]) -> re.Pattern[str] | None:
    if not literals:
        return None
    either = "|".join(re.escape(literal) for literal in sorted(literals, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def _tokens(text: str) -> list[str]:
    """Words, ends of sentences and signs that may mean something, in order, as written."""
    return [
        token
        for token in _TOKEN.findall(text)
        if len(token) > 1 or token.isascii() or not unicodedata.category(token).startswith(_IGNORED_SIGNS)
    ]


def _folded(word: str) -> str:
    return word.casefold().replace("\u2019", "'")


class BumpReader:
    """Tells bumps from comments that say something."""

    def __init__(self, bump: BumpLexicon) -> None:
        self.bump = bump
        self._first_words = {*bump.phrases, *bump.greetings}

    def is_bump(self, prose: Prose) -> bool:
        """True for a bare bump, thanks or +1: nothing is left when its phrases and names are taken away.

        Doubt means no: what is not a bump counts as somebody's update. A comment without words (an
        image, a link, code) or with such a thing attached is not a bump.
        """
        text = prose.text
        if not text or prose.attached or len(text) > LONGEST_BUMP:
            return False
        first = _FIRST_WORD.match(text)  # most short comments start with a word that no bump starts with
        if first is not None and _folded(first[0]) not in self._first_words:
            return False
        for name in sorted({*prose.mentions, *prose.names} - {""}, key=len, reverse=True):
            text = text.replace(f"@{name}", " ")
        if self.bump.smileys is not None:
            text = self.bump.smileys.sub(" ", text)
        return _says_nothing_else(_tokens(text), self.bump)


def _says_nothing_else(tokens: list[str], lexicon: BumpLexicon) -> bool:
    """Whether the lexicon's words, and names that follow its greetings, cover all tokens."""
    words = [_folded(token) for token in tokens]
    at, named, fills = 0, 0, False  # named: how many words of a name may follow; fills: whether a filler may
    while at < len(words):
        if words[at] in _STOPS:
            at, named = at + 1, 0
        elif length := _length(lexicon.greetings, words, at):
            at, named, fills = at + length, _NAME_WORDS, True
            if at < len(words) and words[at] == ",":  # "Thanks, Bob"
                at += 1
        elif length := _length(lexicon.phrases, words, at) or (fills and _length(lexicon.fillers, words, at)):
            at, named, fills = at + length, 0, True
        elif words[at][0] == "@":
            at, named, fills = at + 1, _NAME_WORDS - 1, True
        elif named and _is_name(tokens[at]) and words[at] not in lexicon.not_names:
            at, named = at + 1, named - 1
        else:
            return False
    return True


def _length(phrases: Phrases, words: list[str], at: int) -> int:
    """How many words the longest phrase has that starts at ``at``; 0 if none does."""
    for phrase in phrases.get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return len(phrase)
    return 0


def _is_name(word: str) -> bool:
    return word[0].isupper() and word[1:].islower() and word.isalpha()
