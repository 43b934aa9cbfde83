"""What cannot stand any more: obligations that the last change of the issue's state, or time, has ended.

An audit without history only tells what stands. On an issue that was closed long ago that is next to nothing,
and finding out takes one look at each rule instead of all its openings, and no text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ownership_audit.evaluate.closings import first_met
from ownership_audit.evaluate.compiled import CompiledRule, Starter
from ownership_audit.evaluate.scene import Opening, Scene


class Past:
    """What happened before the last change of an issue's state, and the rules for which that is over.

    ``before`` is the index of that change. A rule is over when no ``while`` of it holds after that: whatever
    opened an obligation of it before has ended by then. ``spoken_of`` are the ids of rules whose obligations
    others may still speak of; of them nothing is over.
    """

    __slots__ = ("_over", "_scene", "_spoken_of", "before")

    def __init__(self, scene: Scene, spoken_of: Collection[str]) -> None:
        states = scene.timeline.states
        self.before = next(
            (i for i in range(len(scene.events) - 1, -1, -1) if states[i + 1] is not states[i]), 0
        )
        self._scene = scene
        self._spoken_of = spoken_of
        self._over: dict[str, bool] = {}

    def left(self, starters: Sequence[Starter]) -> list[Starter]:
        """Those of the starters whose rules are not over."""
        return [starter for starter in starters if not self.is_over(starter.rule)]

    def is_over(self, rule: CompiledRule) -> bool:
        """Whether nothing stands of what a rule has opened before the last change of state."""
        id_ = rule.rule.id
        found = self._over.get(id_)
        if found is None:
            found = self._over[id_] = id_ not in self._spoken_of and not self._holds(rule)
        return found

    def is_settled(self, starter: Starter, opening: Opening) -> bool:
        """Whether what an opening would oblige to was met or has lapsed, as far as a glance can tell."""
        rule, scene = starter.rule.rule, self._scene
        if rule.id in self._spoken_of:
            return False
        if rule.until_after is not None and scene.calendar.add(opening.at, rule.until_after) <= scene.now:
            return True
        return bool(starter.quick) and first_met(scene, starter.quick, opening) is not None

    def _holds(self, rule: CompiledRule) -> bool:
        scene, index = self._scene, self.before
        state, at = scene.timeline.after(index), scene.events[index].at
        return any(holds(scene, state, at) for holds in rule.holds)


def spoken_of(scene: Scene, later: Mapping[str, Sequence[Starter]]) -> frozenset[str]:
    """The rules whose obligations may count for other rules, whatever has ended them since.

    A rule speaks of obligations that were open just before its opening; so those that the last change of
    state has ended count for what opens in the save of that change.
    """
    past = Past(scene, ())
    first = scene.timeline.first[past.before]
    last = {event.kind for event in scene.events[first:]}
    return frozenset(
        id_
        for kind, starters in later.items()
        for starter in starters
        if kind in last or not past.is_over(starter.rule)
        for id_ in starter.rule.rule.refers_to
    )
