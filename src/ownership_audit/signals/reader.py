"""Reads signals off prose: a scan of the whole text for literals first, then sentence by sentence.

The scan tells which patterns can match at all; most comments end there. Signals are read one by one when
they are asked for, so that a text costs what is asked of it. What a sentence says is decided by that
sentence alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import re2

from ownership_audit.signals.lexicon import Lexicon, Shared, compiled, options
from ownership_audit.signals.literals import MOST_COVERS
from ownership_audit.signals.said import Said
from ownership_audit.signals.sentences import sentences

_BLANK: Final = "\u00b7"  # what a look-alike is replaced by: no pattern knows it
_NO_TAGS: Final[frozenset[str]] = frozenset()
_REST: Final = 20  # characters beside a sentence that are not worth a second scan


class _Words:
    """A signal's lexicon, and the automata that are made of it when they are needed."""

    __slots__ = ("_alone", "_excluded", "_lookalikes", "has_tags", "lexicon")

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._alone: dict[int, Any] = {}
        self._excluded: Any = None
        self._lookalikes: Any = None
        self.has_tags = any(phrase.tag is not None for phrase in lexicon.phrases)

    def stands_in(self, number: int, sentence: str) -> bool:
        """Whether one of the phrases stands in a sentence."""
        found = self._alone.get(number)
        if found is None:
            found = self._alone[number] = self._only(self.lexicon.phrases[number].regex)
        return bool(found.Match(sentence))

    def find(self, number: int, sentence: str) -> tuple[int, int] | None:
        """Start and end of one of the phrases in a sentence."""
        match = self._compiled(self.lexicon.phrases[number].regex).search(sentence)
        return match.span() if match is not None else None

    def _only(self, regex: str) -> Any:
        """A set of this pattern alone: it answers yes or no in half the time that a match takes."""
        self._compiled(regex)  # says what is wrong with it
        found = re2.Set.SearchSet(options())
        found.Add(regex)
        found.Compile()
        return found

    def is_excluded(self, sentence: str) -> bool:
        """Whether one of the exclusions stands in a sentence."""
        if not self.lexicon.exclusions:
            return False
        if self._excluded is None:
            self._excluded = self._compiled(_either(self.lexicon.exclusions))
        return self._excluded.search(sentence) is not None

    def blanked(self, sentence: str) -> str:
        """The sentence without the phrases that only look like the signal; its length stays."""
        if not self.lexicon.lookalikes:
            return sentence
        if self._lookalikes is None:
            self._lookalikes = self._compiled(_either(self.lexicon.lookalikes))
        at, pieces = 0, []
        for match in self._lookalikes.finditer(sentence):
            pieces += [sentence[at : match.start()], _BLANK * (match.end() - match.start())]
            at = match.end()
        return "".join([*pieces, sentence[at:]]) if pieces else sentence

    def _compiled(self, regex: str) -> Any:
        return compiled(regex, f"lexicon of {self.lexicon.signal!r} ({self.lexicon.language})")


class Reader:
    """Finds what a text says. Safe for any text.

    Each phrase is a bit, three times over: for its first, second and third cover. A table gives, by literal,
    the bits of the covers it belongs to; a phrase can stand in a text when literals of each of its covers do.
    """

    def __init__(self, shared: Shared, lexicons: Iterable[Lexicon]) -> None:
        self.words = {lexicon.signal: _Words(lexicon) for lexicon in lexicons}
        self._features = shared.features
        self._compiled_features: dict[str, Any] = {}
        self._literals = re2.Set.SearchSet(options(case_sensitive=True))
        self._first: dict[str, int] = {}  # the bit of each signal's first phrase
        self._masks: dict[str, int] = {}
        self._bits: list[int] = []  # by literal
        self._free = 0  # the covers that phrases don't have, which nothing has to stand for
        self._width = sum(len(words.lexicon.phrases) for words in self.words.values())
        self._every = (1 << self._width) - 1
        self._number_phrases()
        self._literals.Compile()

    def _number_phrases(self) -> None:
        numbers: dict[str, int] = {}
        phrase_bit = 0
        for signal, words in self.words.items():
            self._first[signal] = phrase_bit
            for phrase in words.lexicon.phrases:
                for place in range(MOST_COVERS):
                    bit = 1 << (phrase_bit + place * self._width)
                    if place >= len(phrase.covers):
                        self._free |= bit
                        continue
                    for literal in sorted(phrase.covers[place]):
                        if literal not in numbers:
                            numbers[literal] = self._literals.Add(re2.escape(literal))
                            self._bits.append(0)
                        self._bits[numbers[literal]] |= bit
                phrase_bit += 1
            self._masks[signal] = (1 << phrase_bit) - (1 << self._first[signal])

    def read(self, text: str, speaker: str = "other") -> Reading:
        """What the text says in the mouth of ``speaker`` (one of SPEAKERS)."""
        return Reading(lambda: self, text, speaker)

    def possible(self, plain: str) -> int:
        """The bits of the phrases that can stand in a text, by the literals that stand in it."""
        bits, found = self._bits, self._free
        for literal in self._literals.Match(plain.lower()) or ():
            found |= bits[literal]
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

    def has(self, feature: str, sentence: str) -> bool:
        """Whether a sentence has a feature that the shared file names."""
        found = self._compiled_features.get(feature)
        if found is None:
            found = compiled(_either(self._features[feature]), f"feature {feature!r}")
            self._compiled_features[feature] = found
        return found.search(sentence) is not None


class Reading:
    """What one text says; each signal is looked for when it is first asked about.

    ``known`` are signals that were looked for before; ``reader`` is only called for others.
    """

    __slots__ = ("_known", "_plain", "_possible", "_reader", "_sentences", "speaker", "text")

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
            if self._possible is None:
                self._possible = self._reader().possible(self._plain)
            may_say = self._possible & self._reader().mask(signal)
            found = self._known[signal] = tuple(self._find(signal)) if may_say else ()
        return found

    def _find(self, signal: str) -> Iterator[Said]:
        reader = self._reader()
        mask = reader.mask(signal)
        if self._sentences is None:
            self._sentences = list(self._divided())
        for start, end, possible in self._sentences:
            if possible & mask:
                numbers = reader.numbers(possible, signal)
                tags = self._judged(reader.words[signal], self._plain[start:end], numbers)
                if tags is not None:
                    yield Said(signal, start, end, tags)

    def _divided(self) -> Iterator[tuple[int, int, int]]:
        """Start and end of the sentences in which anything can be said, with the phrases that can."""
        plain, whole, reader = self._plain, self._possible, self._reader()
        for start, end in sentences(plain):
            is_all = end - start > len(plain) - _REST
            possible = whole if is_all and whole is not None else reader.possible(plain[start:end])
            if possible:
                yield start, end, possible

    def _judged(self, words: _Words, sentence: str, numbers: Iterable[int]) -> frozenset[str] | None:
        """The tags of the phrases by which a sentence says the signal; None when it does not.

        Without tags the first phrase that stands there is enough.
        """
        phrases, speaker, has = words.lexicon.phrases, self.speaker, self._reader().has
        tags: set[str] | None = None
        blanked: str | None = None
        for number in numbers:
            phrase = phrases[number]
            if phrase.speakers and speaker not in phrase.speakers:
                continue
            if not words.stands_in(number, sentence):
                continue
            if blanked is None:
                if words.is_excluded(sentence):
                    return None
                blanked = words.blanked(sentence)
            if any(has(feature, sentence) for feature in phrase.unless):
                continue
            if blanked is not sentence and not words.stands_in(number, blanked):
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
            for number in reader.numbers(reader.possible(sentence), said.signal)
            if not phrases[number].speakers or self.speaker in phrases[number].speakers
            if (span := words.find(number, sentence)) is not None
        ]
        start, end = min(matches, key=lambda span: (span[0], -span[1]), default=(0, len(sentence)))
        return said.start + start, said.start + end


_ODD: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00a0": " "}) | dict.fromkeys(
    range(0xD800, 0xE000), "\ufffd"  # halves of surrogate pairs, which can't be encoded
)  # fmt: skip


def readable(text: str) -> str:
    """The text as patterns expect it, as long as before: plain apostrophes and spaces, whole characters."""
    return text if text.isascii() else text.translate(_ODD)


def _either(regexes: Sequence[str]) -> str:
    return "|".join(f"(?:{regex})" for regex in regexes)
