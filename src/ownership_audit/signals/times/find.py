"""Finds the first promised time of a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Final, Protocol

from ownership_audit.signals.times.context import holds
from ownership_audit.signals.times.grammar import expression_at, may_start
from ownership_audit.signals.times.model import PromisedTime
from ownership_audit.signals.times.scan import Scan
from ownership_audit.signals.times.tokens import tokens_of

# Every reading has one of these; most sentences have none, and RE2 says so in one pass.
_MENTION: Final = (
    rb"(?i)\b(?:today|tonight|tom+or+o?w|tomorrw|tmr|tmw|tmrw|2morrow|tomorrow's"
    rb"|(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|mon|tues?|weds?|thu|thurs?|fri|sat|sun"
    rb"|weeks?|weekend|months?|quarter|years?|days?|hours?|hrs?|min(?:ute)?s?|wks?|fortnight"
    rb"|eod|eob|cob|cop|eow|eom|eoq|eoy|end of|close of|noon|midday|midnight|lunch|lunchtime"
    rb"|morning|afternoon|evening|o'clock|q[1-4]"
    rb"|january|february|april|june|july|august|september|october|november|december"
    rb"|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec"
    rb"|(?:in|by|of|before|until|til|till|mid|early|late|this|next|coming|during|within|over|end|[0-9]+(?:st|nd|rd|th)?)"
    rb"(?:\s|-)+(?:may|march|mar)"
    rb"|(?:may|march|mar)\.?\s(?:the\s)?[0-9]+(?:st|nd|rd|th)?"
    rb"|[0-9]{1,2}(?:st|nd|rd|th)|[0-9.:]+\s?(?:[ap]\.?m|h|hrs?|hours?|mins?|days?|wks?|weeks?)|[0-9]{1,2}:[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]+)?"
    rb"|20[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-.][0-9]{1,2}[-.][0-9]{2,4}|[0-9]{1,2}-[a-z]{3,9}"
    rb")(?:\b|_|t[0-9])"
)

LONGEST: Final = 4_000
"""Characters of a sentence that are read; nobody's sentence is longer."""
_BACK: Final = 400
"""Characters before the start that are read for what they say about a time after it."""
_FARTHEST: Final = timedelta(5 * 366)
"""Farther ahead nobody promises; such a number is a slip, or something else."""


class _Pattern(Protocol):
    def search(self, text: bytes, /) -> object: ...


def find_time(sentence: str, said: datetime, start: int = 0) -> PromisedTime | None:
    """The first promised time of a sentence from the index ``start`` on, or None.

    ``said`` is when it was written on the clock of its author; a zone in it does not count. Costs time
    linear in the sentence, whatever it holds; what comes more than 4,000 characters after ``start`` is not
    read.
    """
    if not mentions_time(sentence):
        return None
    tokens = tokens_of(sentence, max(0, start - _BACK), start + LONGEST)
    scan = Scan(tokens, said)
    at = 0
    while at < len(tokens):
        found = expression_at(scan, at) if tokens[at].start >= start and may_start(tokens[at].word) else None
        if not found:
            at += 1
            continue
        ahead = found.last - said.date()
        if timedelta() <= ahead <= _FARTHEST and holds(sentence, tokens, at, found, scan.lead(at)[0]):
            return PromisedTime(
                span=(tokens[at].start, tokens[found.end - 1].end),
                first=found.first,
                last=found.last,
                at=found.at,
                working_days=found.working_days,
                working_minutes=found.working_minutes,
            )
        at = max(found.end, at + 1)
    return None


def mentions_time(sentence: str) -> bool:
    """Whether a sentence has words that could be a time; where it hasn't, `find_time` finds none."""
    return bool(_mention().search(sentence.encode("utf-8", "replace")))


@cache
def _mention() -> _Pattern:
    import re2  # late: programs that read no promise don't need it

    pattern: _Pattern = re2.compile(_MENTION)
    return pattern
