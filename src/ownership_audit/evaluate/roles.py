"""Who somebody is on an issue, seen from an opening: its owner, its lead, a colleague, the one awaited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ownership_audit.evaluate.scene import Opening, Scene
from ownership_audit.timeline import Person

_Test = Callable[[Scene, int, Opening, Person, Person | None], bool]
"""Whether the actor of event ``index`` has a role; the last two are that actor and the owner meant."""


def has_role(role: str, scene: Scene, index: int, opening: Opening, companion: bool) -> bool:
    """Whether who did event ``index`` had a role; in a companion, ``owner`` is the owner at the opening."""
    actor = scene.events[index].actor
    if actor is None:
        return role == "anyone"
    owner = opening.before.owner if companion else scene.timeline.before(index).owner
    return _ROLES[role](scene, index, opening, actor, owner)


def _same(actor: Person, other: Person | None) -> bool:
    return other is not None and actor.id == other.id


def _is_lead(scene: Scene, index: int, opening: Opening, actor: Person, owner: Person | None) -> bool:
    """The lead; where unknown, anyone but the owner, the reporter or a bot."""
    if scene.issue.lead is not None:
        return actor.id == scene.issue.lead.id
    if _same(actor, scene.issue.reporter):
        return False
    return actor.kind != "bot" and not _same(actor, owner)


def _is_reviewer(scene: Scene, index: int, opening: Opening, actor: Person, owner: Person | None) -> bool:
    """The reviewer; where unknown, anyone but the owner."""
    reviewer = scene.issue.reviewer
    return actor.id == reviewer.id if reviewer is not None else not _same(actor, owner)


def _is_colleague(scene: Scene, index: int, opening: Opening, actor: Person, owner: Person | None) -> bool:
    """Of the owner's team, or named by the owner; without teams, who has owned issues of the project."""
    if owner is None or actor.id == owner.id or actor.kind != "person":
        return False
    if actor.team is not None and actor.team == owner.team:
        return True
    if actor.team is not None and owner.team is not None:
        return scene.dialogue.was_named(actor, owner, index)
    known = scene.timeline.colleagues
    since = known.get(actor.id) or known.get(actor.name)
    if since is not None and since <= scene.events[index].at:
        return True
    if any(actor.id == former.id for former in scene.timeline.former_owners(index)):
        return True
    return scene.dialogue.was_named(actor, owner, index)


def _is_awaited(scene: Scene, index: int, opening: Opening, actor: Person, owner: Person | None) -> bool:
    """Whom the opening comment mentions or names; anybody but its author where it names nobody."""
    if _same(actor, opening.actor):
        return False
    named = scene.dialogue.addressees.named(opening.index) if opening.index is not None else None
    return named is None or actor.id == named.id


def _is_opener(scene: Scene, index: int, opening: Opening, actor: Person, owner: Person | None) -> bool:
    return _same(actor, opening.actor)


_ROLES: Final[dict[str, _Test]] = {
    "owner": lambda scene, index, opening, actor, owner: _same(actor, owner),
    "new-owner": lambda scene, index, opening, actor, owner: _same(actor, opening.new_owner),
    "opener": _is_opener,
    "same": _is_opener,
    "reporter": lambda scene, index, opening, actor, owner: _same(actor, scene.issue.reporter),
    "lead": _is_lead,
    "named-lead": lambda scene, index, opening, actor, owner: _same(actor, scene.issue.lead),
    "reviewer": _is_reviewer,
    "former-owner": lambda scene, index, opening, actor, owner: any(
        actor.id == former.id for former in scene.timeline.former_owners(index)
    ),
    "tester": lambda scene, index, opening, actor, owner: actor.tester,
    "colleague": _is_colleague,
    "awaited": _is_awaited,
    "other": lambda scene, index, opening, actor, owner: not _same(actor, owner),
    "anyone": lambda scene, index, opening, actor, owner: True,
}
