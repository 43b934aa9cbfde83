"""Checks of comments: to whom one speaks, what it says, and whether that was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ownership_audit.evaluate.scene import Check, Opening, Scene
from ownership_audit.signals import Said
from ownership_audit.timeline import Person

_NAMED: Final = frozenset({"named-owner", "named-other"})


@dataclass(frozen=True, slots=True)
class Wording:
    """What a pattern asks of the sentences of a comment: what they say, and how.

    ``plainly``, ``timed`` and ``waits_for`` must hold of one and the same sentence. With ``timed`` False,
    and by ``not_waits_for``, no sentence that says it may name a time, or wait for that.
    """

    signals: frozenset[str]
    plainly: bool | None
    timed: bool | None
    waits_for: frozenset[str] | None
    not_waits_for: frozenset[str] | None

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Wording:
        """The wording that a pattern's constraints ask for; ``says`` is among them."""
        about = (words.get(word) for word in ("plainly", "timed", "waits-for", "not-waits-for"))
        return cls(words["says"], *about)

    def sentences(self, scene: Scene, index: int) -> Iterator[Said]:
        """The sentences of comment ``index`` that say it so, in order for each signal."""
        every = scene.dialogue.said(index, self.signals)
        if self.timed is False or self.not_waits_for is not None:
            kept = list(every)
            if any(self._is_ruled_out(scene, index, said) for said in kept):
                return
            every = iter(kept)
        yield from (said for said in every if self._fits(scene, index, said))

    def _is_ruled_out(self, scene: Scene, index: int, said: Said) -> bool:
        if self.not_waits_for is not None and self.not_waits_for & said.tags:
            return True
        return self.timed is False and scene.named_time(index, said) is not None

    def _fits(self, scene: Scene, index: int, said: Said) -> bool:
        if self.plainly is not None and said.plain is not self.plainly:
            return False
        if self.waits_for is not None and not self.waits_for & said.tags:
            return False
        return not self.timed or scene.named_time(index, said) is not None

    def is_said(self, scene: Scene, index: int, opening: Opening) -> bool:
        """Whether comment ``index`` says it so."""
        return next(self.sentences(scene, index), None) is not None

    def promised(self, scene: Scene, index: int) -> datetime | None:
        """The time that these sentences name: the latest, in UTC."""
        times = (scene.named_time(index, said) for said in self.sentences(scene, index))
        return max((time for time in times if time is not None), default=None)


def comment_to(roles: frozenset[str], companion: bool) -> Check:
    """Whether a comment speaks to somebody of these roles, by name or by the course of the talk."""

    def check(scene: Scene, index: int, opening: Opening) -> bool:
        if not _NAMED.isdisjoint(roles):
            named, owner = scene.dialogue.addressees.named(index), scene.timeline.before(index).owner
            is_owner = named is not None and owner is not None and named.id == owner.id
            if named is not None and ("named-owner" if is_owner else "named-other") in roles:
                return True
        person = scene.dialogue.addressees.of(index)
        if person is None:
            return "nobody" in roles
        return any(_is_addressed(role, person, scene, index, opening) for role in roles)

    return check


def _is_addressed(role: str, person: Person, scene: Scene, index: int, opening: Opening) -> bool:
    match role:
        case "owner":
            named = scene.timeline.before(index).owner
        case "new-owner":
            named = opening.new_owner
        case "lead":
            named = scene.issue.lead
        case "reporter":
            named = scene.issue.reporter
        case "opener":
            named = opening.actor
        case _:
            return False
    return named is not None and named.id == person.id


def answers(askers: frozenset[str], companion: bool) -> Check:
    """Whether a comment answers what the owner asked."""
    return lambda scene, index, opening: scene.dialogue.answers_owner(index)


def unanswered(wanted: bool, companion: bool) -> Check:
    """Whether nobody has answered what a comment asks by the time of the opening."""
    return lambda scene, index, opening: (
        scene.dialogue.is_unanswered(index, max(opening.first, index + 1)) is wanted
    )
