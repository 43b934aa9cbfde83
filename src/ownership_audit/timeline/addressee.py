"""Whom a comment is for: the one it mentions, else names at its start, else the one who spoke before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

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
_OPENING: Final = 80  # characters in which a name is looked for


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
        if self._timeline.events[index].body is None:
            return None
        return self.named(index) or self._spoken_before(index)

    def named(self, index: int) -> Person | None:
        """Whom comment ``index`` mentions, or names at its start."""
        body = self._timeline.events[index].body
        if body is None:
            return None
        prose = body.prose
        return (
            self._mentioned(prose.mentions[0], prose.names[0]) if prose.mentions else self._named(prose.text)
        )

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
            if person is not None and (is_called or _NAME_ENDS.match(opening[len(head) :])):
                return person
        return None

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
