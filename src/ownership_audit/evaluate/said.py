"""Checks of comments: to whom one speaks, what it says, and whether that was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ownership_audit.evaluate.scene import Check, Opening, Scene
from ownership_audit.timeline import Person

_NAMED: Final = frozenset({"named-owner", "named-other"})


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


def says(signals: frozenset[str], companion: bool) -> Check:
    """Whether a comment says one of these signals."""
    return lambda scene, index, opening: scene.dialogue.says(index, signals)


def answers(askers: frozenset[str], companion: bool) -> Check:
    """Whether a comment answers what the owner asked."""
    return lambda scene, index, opening: scene.dialogue.answers_owner(index)


def unanswered(wanted: bool, companion: bool) -> Check:
    """Whether nobody has answered what a comment asks by the time of the opening."""
    return lambda scene, index, opening: (
        scene.dialogue.is_unanswered(index, max(opening.first, index + 1)) is wanted
    )


def timed(signals: frozenset[str]) -> Callable[[Any, bool], Check]:
    """Whether what is said names the time at which it will be done."""

    def make(wanted: bool, companion: bool) -> Check:
        return lambda scene, index, opening: (scene.promised(index, signals) is not None) is wanted

    return make


def waits_for(signals: frozenset[str]) -> Callable[[Any, bool], Check]:
    """Whether one of the tags stands on what is said."""

    def make(tags: frozenset[str], companion: bool) -> Check:
        return lambda scene, index, opening: any(
            tags & said.tags for said in scene.dialogue.said(index, signals)
        )

    return make
