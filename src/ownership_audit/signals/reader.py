"""Reads signals off prose: one scan of the text for literals, then only the sentences where they stand.

The scan tells which patterns can match at all, in the text and in each sentence. Signals are read one by one
when they are asked for, so that a text costs what is asked of it. What a sentence says is decided by that
sentence alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import ahocorasick
import re2

from ownership_audit.signals.lexicon import Lexicon, Shared, compiled, options
from ownership_audit.signals.literals import MOST_COVERS, scanned
from ownership_audit.signals.said import Said
from ownership_audit.signals.sentences import sentences

_BLANK: Final = "\u00b7"  # what a look-alike is replaced by: no pattern knows it
_NO_TAGS: Final[frozenset[str]] = frozenset()

_Test = Callable[[bytes], Any]
"""Whether a pattern stands in a text in UTF-8; what it gives is only true or false."""


class _Words:
    """A signal's lexicon, and the automata that are made of it when they are needed."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._tests: list[_Test | None] = [None] * len(lexicon.phrases)
        self.has_tags = any(phrase.tag is not None for phrase in lexicon.phrases)

    def test(self, number: int) -> _Test:
        """The test whether one of the phrases stands in a sentence."""
        found = self._tests[number]
        if found is None:
            found = self._tests[number] = _test_of([self.lexicon.phrases[number].regex], self._place)
        return found

    @cached_property
    def is_excluded(self) -> _Test:
        """Whether one of the exclusions stands in a sentence."""
        return _test_of(self.lexicon.exclusions, self._place)

    def is_plain(self, sentence: bytes) -> bool:
        """Whether a sentence that says the signal can't be meant otherwise, as far as the lexicon tells."""
        is_plain = not self.lexicon.plain or self._is_plain(sentence)
        return bool(is_plain and not self._is_not_plain(sentence))

    @cached_property
    def _is_plain(self) -> _Test:
        return _test_of(self.lexicon.plain, self._place)

    @cached_property
    def _is_not_plain(self) -> _Test:
        return _test_of(self.lexicon.not_plain, self._place)

    @cached_property
    def has_lookalikes(self) -> _Test:
        """Whether a phrase that only looks like the signal stands in a sentence."""
        return _test_of(self.lexicon.lookalikes, self._place)

    def find(self, number: int, sentence: str) -> tuple[int, int] | None:
        """Start and end of one of the phrases in a sentence."""
        match = self._compiled(self.lexicon.phrases[number].regex).search(sentence)
        return match.span() if match is not None else None

    def blanked(self, sentence: str) -> str:
        """The sentence without the phrases that only look like the signal; its length stays."""
        at, pieces = 0, []
        for match in self._lookalikes.finditer(sentence) if self.lexicon.lookalikes else ():
            pieces += [sentence[at : match.start()], _BLANK * (match.end() - match.start())]
            at = match.end()
        return "".join([*pieces, sentence[at:]])

    @cached_property
    def _lookalikes(self) -> Any:
        return self._compiled(_either(self.lexicon.lookalikes))

    def _compiled(self, regex: str) -> Any:
        return compiled(regex, self._place)

    @property
    def _place(self) -> str:
        return f"lexicon of {self.lexicon.signal!r} ({self.lexicon.language})"


def _test_of(regexes: Sequence[str], place: str) -> _Test:
    """The test of patterns: a set of them answers yes or no in half the time that a match takes.

    Raises RuleError at ``place`` for one that RE2 can't read.
    """
    if not regexes:
        return lambda _: False
    regex = _either(regexes)
    found = re2.Set.SearchSet(options())
    try:
        found.Add(regex)
    except re2.error:
        compiled(regex, place)  # says what is wrong with it
        raise
    found.Compile()
    test: _Test = found.Match
    return test


class Reader:
    """Finds what a text says. Safe for any text.

    Each phrase is a bit, three times over: for its first, second and third cover. An automaton finds, all at
    once, the literals that stand in a text, and gives for each the bits of the covers it belongs to; a phrase
    can stand where literals of each of its covers do.
    """

    def __init__(self, shared: Shared, lexicons: Iterable[Lexicon]) -> None:
        self.words = {lexicon.signal: _Words(lexicon) for lexicon in lexicons}
        self._features = shared.features
        self._tests: dict[str, _Test] = {}
        self._first: dict[str, int] = {}  # the bit of each signal's first phrase
        self._masks: dict[str, int] = {}
        self._free = 0  # the covers that phrases don't have, which nothing has to stand for
        self._width = sum(len(words.lexicon.phrases) for words in self.words.values())
        self._every = (1 << self._width) - 1
        self._literals = ahocorasick.Automaton()
        for literal, bits in self._numbered().items():
            self._literals.add_word(literal, bits)
        self._literals.make_automaton()

    def _numbered(self) -> dict[str, int]:
        """The bits of every literal."""
        found: dict[str, int] = {}
        phrase_bit = 0
        for signal, words in self.words.items():
            self._first[signal] = phrase_bit
            for phrase in words.lexicon.phrases:
                for place in range(MOST_COVERS):
                    bit = 1 << (phrase_bit + place * self._width)
                    if place >= len(phrase.covers):
                        self._free |= bit
                        continue
                    for literal in scanned(phrase.covers[place]):
                        found[literal] = found.get(literal, 0) | bit
                phrase_bit += 1
            self._masks[signal] = (1 << phrase_bit) - (1 << self._first[signal])
        return found

    def read(self, text: str, speaker: str = "other") -> Reading:
        """What the text says in the mouth of ``speaker`` (one of SPEAKERS)."""
        return Reading(lambda: self, text, speaker)

    def literals(self, plain: str) -> list[tuple[int, int]]:
        """The literals that stand in a readable text, in order: where each ends, and its bits."""
        return list(self._literals.iter(plain.lower()))

    def possible(self, literals: Iterable[tuple[int, int]]) -> int:
        """The bits of the phrases that can stand where these literals do."""
        found = self._free
        for _, bits in literals:
            found |= bits
        width = self._width
        return found & (found >> width) & (found >> 2 * width) & self._every

    def numbers(self, possible: int, signal: str) -> Iterator[int]:
        """The phrases of a signal among the bits, by their numbers in its lexicon."""
        left = (possible & self._masks[signal]) >> self._first[signal]
        while left:
            lowest = left & -left
            yield lowest.bit_length() - 1
            left ^= lowest

    def mask(self, signal: str) -> int:
        """The bits of a signal's phrases."""
        return self._masks[signal]

    def has(self, feature: str, sentence: bytes) -> bool:
        """Whether a sentence has a feature that the shared file names."""
        found = self._tests.get(feature)
        if found is None:
            found = _test_of(self._features[feature], f"feature {feature!r}")
            self._tests[feature] = found
        return bool(found(sentence))


class Reading:
    """What one text says; each signal is looked for when it is first asked about.

    ``known`` are signals that were looked for before; ``reader`` is only called for others.
    """

    __slots__ = ("_known", "_literals", "_plain", "_possible", "_reader", "_sentences", "speaker", "text")

    def __init__(
        self,
        reader: Callable[[], Reader],
        text: str,
        speaker: str,
        known: Mapping[str, tuple[Said, ...]] | None = None,
    ) -> None:
        self.text = text
        self.speaker = speaker
        self._reader = reader
        self._plain: str = readable(text)
        self._literals: list[tuple[int, int]] = []
        self._possible: int | None = None
        self._sentences: list[tuple[int, int, int]] | None = None
        self._known: dict[str, tuple[Said, ...]] = dict(known or ())

    @property
    def known(self) -> Mapping[str, tuple[Said, ...]]:
        """The signals that were looked for, with the sentences that say them."""
        return self._known

    def __contains__(self, signal: str) -> bool:
        return bool(self.of(signal))

    @property
    def signals(self) -> frozenset[str]:
        """Everything the text says."""
        return frozenset(signal for signal in self._reader().words if self.of(signal))

    def all(self) -> tuple[Said, ...]:
        """Every sentence of every signal, in the order of the text."""
        found = [said for signal in self._reader().words for said in self.of(signal)]
        return tuple(sorted(found, key=lambda said: (said.start, said.signal)))

    def of(self, signal: str) -> tuple[Said, ...]:
        """The sentences that say a signal, in order."""
        found = self._known.get(signal)
        if found is None:
            reader = self._reader()
            if self._possible is None:
                self._literals = reader.literals(self._plain)
                self._possible = reader.possible(self._literals)
            may_say = self._possible & reader.mask(signal)
            found = self._known[signal] = self._find(signal) if may_say else ()
        return found

    def _find(self, signal: str) -> tuple[Said, ...]:
        reader, plain = self._reader(), self._plain
        mask, words = reader.mask(signal), reader.words[signal]
        if self._sentences is None:
            self._sentences = self._divided()
        found = []
        for start, end, possible in self._sentences:
            if possible & mask:
                sentence = plain[start:end]
                tags = self._judged(words, sentence, reader.numbers(possible, signal))
                if tags is not None:
                    found.append(Said(signal, start, end, tags, words.is_plain(sentence.encode())))
        return tuple(found)

    def _divided(self) -> list[tuple[int, int, int]]:
        """Start and end of the sentences in which anything can be said, with the phrases that can."""
        literals, possible_at = self._literals, self._reader().possible
        at, count, found = 0, len(literals), []
        for start, end in sentences(self._plain):
            # A literal that ends here may begin before: one too many costs a look, no more.
            while at < count and literals[at][0] < start:
                at += 1
            first = at
            while at < count and literals[at][0] < end:
                at += 1
            possible = possible_at(literals[first:at])
            if possible:
                found.append((start, end, possible))
        self._literals = []
        return found

    def _judged(self, words: _Words, sentence: str, numbers: Iterable[int]) -> frozenset[str] | None:
        """The tags of the phrases by which a sentence says the signal; None when it does not.

        Without tags the first phrase that stands there is enough.
        """
        phrases, speaker, has = words.lexicon.phrases, self.speaker, self._reader().has
        text = sentence.encode()
        tags: set[str] | None = None
        blanked: bytes | None = None
        for number in numbers:
            phrase = phrases[number]
            if phrase.speakers and speaker not in phrase.speakers:
                continue
            stands_in = words.test(number)
            if not stands_in(text):
                continue
            if blanked is None:
                if words.is_excluded(text):
                    return None
                blanked = words.blanked(sentence).encode() if words.has_lookalikes(text) else text
            if any(has(feature, text) for feature in phrase.unless):
                continue
            if blanked is not text and not stands_in(blanked):
                continue
            if not words.has_tags:
                return _NO_TAGS
            tags = {*(tags or ()), *((phrase.tag,) if phrase.tag is not None else ())}
        return frozenset(tags) if tags is not None else None

    def span(self, said: Said) -> tuple[int, int]:
        """Start and end of the first words by which a sentence says its signal."""
        reader = self._reader()
        words = reader.words[said.signal]
        phrases = words.lexicon.phrases
        sentence = words.blanked(self._plain[said.start : said.end])
        matches = [
            span
            for number in reader.numbers(reader.possible(reader.literals(sentence)), said.signal)
            if not phrases[number].speakers or self.speaker in phrases[number].speakers
            if (span := words.find(number, sentence)) is not None
        ]
        start, end = min(matches, key=lambda span: (span[0], -span[1]), default=(0, len(sentence)))
        return said.start + start, said.start + end


_ODD: Final = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u00a0": " ",
        "\u0130": "\u00b7",  # the one letter that is two in lower case
    }
) | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # halves of surrogate pairs, which can't be encoded


def readable(text: str) -> str:
    """The text as patterns expect it, as long as before: plain apostrophes and spaces, whole characters."""
    return text if text.isascii() else text.translate(_ODD)


def _either(regexes: Sequence[str]) -> str:
    return "|".join(f"(?:{regex})" for regex in regexes)
