"""What cannot stand any more: obligations that the last change of the issue's state, or time, has ended.

An audit without history only tells what stands. On an issue that was closed long ago that is next to nothing,
and finding out takes one look at each rule instead of all its openings, and no text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ownership_audit.evaluate.closings import first_met
from ownership_audit.evaluate.compiled import CompiledRule, Starter
from ownership_audit.evaluate.conditions import Test
from ownership_audit.evaluate.scene import Opening, Scene

Speakers = Mapping[str, Sequence[CompiledRule]]
"""By the id of a rule: the rules that speak of its obligations."""


class Past:
    """What happened before the last change of an issue's state, and the rules for which that is over.

    ``before`` is the index of that change. A rule is over when no ``while`` of it holds after that: whatever
    opened an obligation of it before has ended by then. What other rules may still speak of is never over.
    """

    __slots__ = ("_held", "_over", "_scene", "_speakers", "before")

    def __init__(self, scene: Scene, speakers: Speakers) -> None:
        states = scene.timeline.states
        index = len(states) - 2
        while index > 0 and states[index + 1] is states[index]:
            index -= 1
        self.before = index
        self._scene = scene
        self._speakers = speakers
        self._held: dict[Test, bool] = {}
        self._over: dict[str, bool] = {}

    def left(self, starters: Sequence[Starter]) -> list[Starter]:
        """Those of the starters whose rules are not over."""
        return [starter for starter in starters if not self.is_over(starter.rule)]

    def is_over(self, rule: CompiledRule) -> bool:
        """Whether nothing counts of what a rule has opened before the last change of state."""
        id_ = rule.rule.id
        found = self._over.get(id_)
        if found is None:
            found = self._over[id_] = not self._holds(rule) and not self._is_spoken_of(id_)
        return found

    def is_settled(self, starter: Starter, opening: Opening) -> bool:
        """Whether what an opening would oblige to was met or has lapsed, as far as a glance can tell."""
        rule, scene = starter.rule.rule, self._scene
        if self._is_spoken_of(rule.id):
            return False
        if rule.until_after is not None and scene.calendar.add(opening.at, rule.until_after) <= scene.now:
            return True
        return bool(starter.quick) and first_met(scene, starter.quick, opening) is not None

    def _holds(self, rule: CompiledRule) -> bool:
        """Whether a ``while`` of the rule holds after the last change."""
        for test in rule.holds:
            found = self._held.get(test)
            if found is None:
                scene, index = self._scene, self.before
                found = test(scene, scene.timeline.after(index), scene.events[index].at)
                self._held[test] = found
            if found:
                return True
        return False

    def _is_spoken_of(self, id_: str) -> bool:
        """Whether what a rule opened may count for another rule that can still open, or has, something."""
        return any(self._holds(rule) for rule in self._speakers.get(id_, ()))
