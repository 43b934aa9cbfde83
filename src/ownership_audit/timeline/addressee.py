"""Whom a comment is for: whom it speaks to with a mention, else names at its start, else who spoke before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from ownership_audit.text import UNNAMED
from ownership_audit.timeline.model import Event, Person, Timeline

SPOKEN_WITHIN: Final = timedelta(days=14)
"""How long somebody who spoke last is still the one who is answered: ten working days."""

_SALUTATION: Final = re.compile(
    r"[^\w@]*(?:(?:hi|hello|hey|hallo|dear|thanks|thank you|ok|okay|sorry|yes|no"
    r"|good (?:morning|afternoon|evening))\b[ ,]*)?",
    re.IGNORECASE,
)
_NAME_ENDS: Final = re.compile(
    r"\s*(?:[,:;!.?\n\u2013-]|\b(?:can|could|would|will|please|pls|do|did|are|have)\b|$)", re.IGNORECASE
)
_STRANGER: Final = re.compile(
    r"[^\w@]*(?:(?i:hi|hello|hey|hallo|dear)[ ,]+@?([A-Z][a-z]+)|@([A-Za-z][\w-]*))(?=\s*(?:[,:!\n]| [a-z]))"
)
# What stands around a mention of somebody who is only spoken of: "as per @ann", "@ann believes that ...".
_OF_BEFORE: Final = re.compile(
    r"\b(?:by|per|from|via|cc:?|thanks to|according to|like|than|as|with|of|asks?|asked|told) *$",
    re.IGNORECASE,
)
_OF_AFTER: Final = re.compile(
    r"'s\b| +(?:believe|think|say|mention|suggest|report|confirm|notice|want|ask|point|note|need)(?:s|ed|d)\b"
    r"| +(?:said|found|wrote|told|thought)\b",
    re.IGNORECASE,
)
_GROUPS: Final = (
    "all", "everyone", "everybody", "folks", "guys", "team", "channel", "here", "people", "reviewers",
    "testers",
)  # fmt: skip
_ALL: Final = re.compile(
    r"\W*(?:(?:hi|hello|hey|hallo|dear|ok|okay|good (?:morning|afternoon|evening))[ ,]+)?@?"
    rf"(?:fellow \w+s|{'|'.join(_GROUPS)})\b(?=\s*(?:[,:!\n]|please\b))",
    re.IGNORECASE,
)
# What stands behind a greeting and is nobody's name.
_NO_NAMES: Final = frozenset({
    *_GROUPS, "there", "both", "support", "sir", "madam", "gents", "friends", "again", "anyone", "anybody",
    "somebody", "someone",
})  # fmt: skip
_OPENING: Final = 80  # characters in which a name is looked for
_MOST_MENTIONS: Final = 8  # that are looked at, so that a text of nothing else costs linear time


class Addressees:
    """Finds the addressees of one issue's comments; what it needs to know of the people is read once."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._known: dict[str, Person] | None = None
        self._names: dict[str, Person | None] = {}
        self._found: dict[int, Person | None] = {}

    def of(self, index: int) -> Person | None:
        """The addressee of comment ``index``; None where it is for nobody, or for all."""
        if index not in self._found:
            self._found[index] = self._find(index)
        return self._found[index]

    def _find(self, index: int) -> Person | None:
        body = self._timeline.events[index].body
        if body is None:
            return None
        named = self.named(index)
        if named is None and _to_all(body.prose.text):
            return None
        return named or self._spoken_before(index)

    def named(self, index: int) -> Person | None:
        """Whom comment ``index`` speaks to with a mention, or names at its start."""
        body = self._timeline.events[index].body
        if body is None:
            return None
        prose = body.prose
        mentioned = zip(prose.mentions[:_MOST_MENTIONS], prose.names, strict=False)
        for identity, name in mentioned:
            if _is_spoken_to(prose.text, name or identity):
                return self._mentioned(identity, name)
        return self._named(prose.text)

    def _mentioned(self, identity: str, name: str) -> Person:
        people = self._people()
        found = people.get(identity)
        if found is None and name:
            found = self._names.get(name.casefold())
        return found or Person(identity, name or identity)

    def _named(self, text: str) -> Person | None:
        """Who is named at the start: "Ann, ...", "Hi Ann Lee: ...", "Ann can you ..."."""
        start = _SALUTATION.match(text)
        opening = text[start.end() if start else 0 :][:_OPENING]
        is_called = opening.startswith("@")  # a name written like a mention where there are none
        opening = opening.removeprefix("@")
        if not opening[:1].isalpha():
            return None
        self._people()
        words = opening.casefold().split(" ", 3)[:3]
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count])
            head = name.rstrip(",:;!.?-\n").split("\n")[0]
            person = self._names.get(head)
            rest = opening[len(head) :]
            is_spoken_to = not _OF_AFTER.match(rest) if is_called else _NAME_ENDS.match(rest)
            if person is not None and is_spoken_to:
                return person
        return _stranger(text)

    def _spoken_before(self, index: int) -> Person | None:
        """Who spoke last before, if not long ago; to those who work on it the reporter has spoken."""
        timeline = self._timeline
        event = timeline.events[index]
        speaker = event.actor.id if event.actor is not None else None
        earlier: Event
        for earlier in reversed(timeline.events[: timeline.first[index]]):
            if event.at - earlier.at > SPOKEN_WITHIN:
                break
            actor = earlier.actor
            spoke = earlier.kind == "comment" or (earlier.kind == "created" and self._answers(index))
            spoke = spoke and not earlier.by_bot
            if spoke and actor is not None and actor.id != speaker:
                return actor
        owner, reporter = timeline.before(index).owner, timeline.issue.reporter
        return owner if owner is not None and reporter is not None and owner.id == reporter.id else None

    def _answers(self, index: int) -> bool:
        """Whether a comment is of the owner, or of somebody who owns issues of the project as well."""
        actor, owner = self._timeline.events[index].actor, self._timeline.before(index).owner
        if actor is None:
            return False
        return actor.id in self._timeline.colleagues or (owner is not None and actor.id == owner.id)

    def _people(self) -> Mapping[str, Person]:
        """Everybody the timeline names, by id; and by name those whom a name tells apart."""
        if self._known is None:
            self._known = {}
            for person in self._timeline.people():
                self._known[person.id] = person
                for name in {
                    person.name.casefold(),
                    person.name.split(" ")[0].casefold(),
                    person.id.casefold(),
                }:
                    if len(name) > 1:
                        other = self._names.setdefault(name, person)
                        if other is not None and other.id != person.id:
                            self._names[name] = None  # two people are called so
        return self._known


def _stranger(text: str) -> Person | None:
    """Who is greeted by name at the start and has no part in the issue: "Hi Ingo, ...", "@QE please ..."."""
    found = _STRANGER.match(text[:_OPENING])
    if found is None or _OF_AFTER.match(text, found.end()) is not None:
        return None
    name: str = found[1] or found[2]
    return Person(f"@{name}", name) if name.casefold() not in _NO_NAMES else None


def _to_all(text: str) -> bool:
    """Whether a comment greets everybody, or a group: "Hi all, ...", "Fellow reviewers! ..."."""
    return _ALL.match(text[:_OPENING]) is not None


def _is_spoken_to(text: str, name: str) -> bool:
    """Whether one mention of a name speaks to them."""
    mention = f"@{name}" if f"@{name}" in text else UNNAMED
    at = text.find(mention)
    while at >= 0:
        end = at + len(mention)
        if _OF_BEFORE.search(text[max(0, at - 20) : at]) is None and _OF_AFTER.match(text, end) is None:
            return True
        at = text.find(mention, end)
    return False
