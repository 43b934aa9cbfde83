"""What stands around a time: whether the clause speaks of the past, of an absence, or of a condition.

Looks at a bounded number of tokens to either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ownership_audit.signals.times.model import Reading
from ownership_audit.signals.times.tokens import NOTHING, Token
from ownership_audit.signals.times.words import MONTHS, SHORT_WEEKDAYS, WEEKDAYS, words

_REACH: Final = 25

_STOPS: Final = frozenset((*";:.!?()\n—–,", "but"))
_LINKS: Final = frozenset({"and", "so", "because", "which", "while", "then", "as"})
_SUBJECTS: Final = words("i we he she they it you i'll we'll i'm we're will")

_NOT_BEFORE: Final = words("last past previous since every each after from starting than per not yesterday")
_NOT_BEFORE_DAY: Final = words("the a one any those these other first second third fourth")
_NOT_AFTER: Final = frozenset({"ago", "onwards", "onward", "earliest"})

_FUTURE: Final = words(
    "will going gonna plan plans planning try trying should can could would let let's lets shall hope "
    "hopefully hoping expect expecting want wanna aim aiming intend eta must please give might need "
    "needs promise scheduled planned expected"
)
_NEGATIVE: Final = words("won't can't cannot couldn't wouldn't shouldn't unable don't doesn't didn't never")
_BEFORE_NOT: Final = words("will can would could may might should do am i'm i'll we'll is are")
_CONDITION: Final = frozenset({"if", "unless"})
_AWAY: Final = words(
    "away vacation vacations holiday holidays pto ooo unavailable busy sick travelling traveling leave"
)
_WAITS: Final = words("wait waits waiting hold blocked frozen keep closed")
_PERSONS: Final = words("i he she we")
_I_AM: Final = words("i'm he's she's we're")
_I_WILL: Final = words("i'll he'll she'll we'll")
_PASSIVE: Final = words("be get gets getting have want see need needs")
_WAS: Final = words("was were had did wasn't weren't hadn't didn't")
_PAST: Final = _WAS | words(
    "said saw ran found got made met wrote sent told went came took thought knew fell broke built gave "
    "began spoke heard left lost been done stuck"
)
# Words in -ed that say nothing about the past.
_NOT_PAST: Final = words(
    "need speed feed seed indeed exceed proceed succeed planned scheduled expected targeted postponed "
    "delayed moved booked supposed estimated interested attached related required updated"
)

_GLUE_BEFORE: Final = frozenset("./\\_@-#=&$")
_GLUE_AFTER: Final = frozenset("./\\_@-=")


def holds(sentence: str, tokens: Sequence[Token], at: int, found: Reading, lead: str) -> bool:
    """Whether the words from token ``at`` on, read as ``found``, can be the time of a promise."""
    if _glued(sentence, tokens, at, found.end) or _refused(tokens, at, found.end):
        return False
    return _Clause(tokens, at, found, lead).holds()


def _word(tokens: Sequence[Token], at: int) -> str:
    return (tokens[at] if 0 <= at < len(tokens) else NOTHING).word


def _glued(sentence: str, tokens: Sequence[Token], at: int, end: int) -> bool:
    """Part of a name, a path or a link, as in ``today.txt``."""
    start, stop = tokens[at].start, tokens[end - 1].end
    if start and sentence[start - 1] in _GLUE_BEFORE:
        return True
    after = sentence[stop : stop + 2]
    return len(after) == 2 and after[0] in _GLUE_AFTER and (after[1].isalnum() or after[1] == "_")


def _refused(tokens: Sequence[Token], at: int, end: int) -> bool:
    """A word right before or after that makes it another time, or none: "last", "every", "or later"."""
    before, after = _word(tokens, at - 1), _word(tokens, end)
    if after.count(":") == 2:  # the date of a line in a log
        return True
    if before in _NOT_BEFORE or (before == "of" and _word(tokens, at - 2) == "as"):
        return True
    name = tokens[at].word
    named = name in WEEKDAYS or name in SHORT_WEEKDAYS or name in MONTHS or name[0].isdecimal()
    if named and (before in _NOT_BEFORE_DAY or (before == "(" and name not in WEEKDAYS)):
        return True  # "the Friday build", "since the update (12 March)"
    if name == "the" and _word(tokens, at + 1) in MONTHS:
        return True
    if after in _NOT_AFTER or (after == "or" and _word(tokens, end + 1) in {"later", "after", "so"}):
        return True
    return after == "at" and _word(tokens, end + 1) in {"the", "earliest"} and _earliest(tokens, end)


def _earliest(tokens: Sequence[Token], end: int) -> bool:
    return "earliest" in {_word(tokens, end + 1), _word(tokens, end + 2)}


class _Clause:
    """The clause around a time."""

    def __init__(self, tokens: Sequence[Token], at: int, found: Reading, lead: str) -> None:
        self._tokens = tokens
        self._at = at
        self._found = found
        self._until = lead == "until"
        past = _WAS if lead in {"by", "before", "until", "for"} else _PAST
        self._past_words: frozenset[str] = frozenset() if found.ahead else past
        self._past_forms = past is _PAST and not found.ahead

    def holds(self) -> bool:
        verdict, empty = self._look_back()
        if verdict is None and (empty or not self._found.ahead):
            verdict = self._look_on()
        if verdict is None:
            return not (self._until or self._found.needs_future)
        return verdict

    def _look_back(self) -> tuple[bool | None, bool]:
        """What the words before say, nearest first, and whether there are none."""
        if self._just_done():
            return False, False
        past, empty = False, True
        for at in range(self._at - 1, max(-1, self._at - 1 - _REACH), -1):
            word = _word(self._tokens, at)
            if word in _STOPS or (word in _LINKS and _word(self._tokens, at + 1) in _SUBJECTS):
                break
            empty = False
            if self._turns_down(at, word, self._at):
                return False, False
            if _is_future(word):
                return True, False
            past = past or self._is_past(word)
        return (False if past else None), empty

    def _just_done(self) -> bool:
        """Whether a past form stands right before, and isn't part of "be merged" or "have it merged"."""
        before = [_word(self._tokens, at) for at in range(self._at - 5, self._at)]
        return self._is_past(before[-1]) and _PASSIVE.isdisjoint(before[:-1])

    def _look_on(self) -> bool | None:
        """What the first telling word after says, where the time begins its clause."""
        start = self._found.end
        start += _word(self._tokens, start) == ","
        for at in range(start, min(len(self._tokens), start + _REACH)):
            word = _word(self._tokens, at)
            if word in _STOPS:
                break
            if self._turns_down(at, word, start) or self._is_past(word):
                return False
            if _is_future(word):
                # "will not", "will be away"
                rest = [_word(self._tokens, near) for near in range(at + 1, at + 4)]
                return not any(each == "not" or each in _AWAY for each in rest)
        return None

    def _turns_down(self, at: int, word: str, edge: int) -> bool:
        """Reads "can't", "if", "on vacation"."""
        if word in _NEGATIVE or word in _CONDITION or (self._until and word in _WAITS):
            return True
        if word == "not":
            return _word(self._tokens, at - 1) in _BEFORE_NOT or at == edge - 1
        if word in {"out", "off"}:
            return self._somebody_is(at)
        if word == "leave":
            return _word(self._tokens, at - 1) == "on"
        return word in _AWAY

    def _somebody_is(self, at: int) -> bool:
        """Whether a person is out, and not a release."""
        first, second, third = (_word(self._tokens, at - back) for back in (3, 2, 1))
        if third == "be":
            return second in _I_WILL or (second == "will" and first in _PERSONS)
        return third in _I_AM or (third == "am" and second in _PERSONS)

    def _is_past(self, word: str) -> bool:
        if word in self._past_words:
            return True
        return self._past_forms and len(word) > 4 and word.endswith("ed") and word not in _NOT_PAST


def _is_future(word: str) -> bool:
    return word in _FUTURE or word.endswith(("'ll", "'d"))
