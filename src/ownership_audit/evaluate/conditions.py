"""State words to tests: does the issue stand like this at a moment?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from ownership_audit.calendars import Duration
from ownership_audit.evaluate.dialogue import Dialogue
from ownership_audit.evaluate.scene import Scene
from ownership_audit.rule import Condition
from ownership_audit.timeline import Event, State

Test = Callable[[Scene, State, datetime], bool]


def _open(wanted: bool) -> Test:
    return lambda scene, state, at: (state.status.status_class != "done") is wanted


def _owner(wanted: frozenset[str]) -> Test:
    def test(scene: Scene, state: State, at: datetime) -> bool:
        owner = state.owner
        if owner is None:
            return "none" in wanted
        return "anyone" in wanted or owner.kind in wanted

    return test


def _deadline(wanted: frozenset[str]) -> Test:
    def test(scene: Scene, state: State, at: datetime) -> bool:
        if state.deadline is None:
            return "none" in wanted
        return "set" in wanted or ("passed" in wanted and scene.close(state.deadline) <= at)

    return test


def _deadline_in(limit: Duration) -> Test:
    def test(scene: Scene, state: State, at: datetime) -> bool:
        return state.deadline is not None and at < scene.close(state.deadline) <= scene.calendar.add(
            at, limit
        )

    return test


def _priority(wanted: frozenset[str]) -> Test:
    ranks = wanted | {"crisis"} if "high" in wanted else wanted
    return lambda scene, state, at: state.priority_rank in ranks


def whose_turn(state: State) -> str:
    """Who moves next, by the state alone: ``owner``, ``other`` (reviewer, awaited party), ``lead`` or
    ``nobody``. What was said may pass the owner's turn on, see ``turn_at``.
    """
    if not state.is_open:
        return "nobody"
    if state.owner is None:
        return "lead"
    return "other" if state.status.status_class in ("review", "waiting") else "owner"


def turn_at(dialogue: Dialogue, state: State, at: datetime) -> str:
    """Who moves next at a moment: an owner who waits for somebody's answer has passed the turn to them."""
    turn = whose_turn(state)
    return "other" if turn == "owner" and dialogue.awaited(at) is not None else turn


_ONE_SITTING: Final = timedelta(minutes=30)


def _carried(limit: Duration) -> Test:
    """The last two updates, made on two occasions, are one person's and lie within the limit."""

    def test(scene: Scene, state: State, at: datetime) -> bool:
        last: Event | None = None
        for index in range(scene.timeline.index_after(at) - 1, -1, -1):
            event = scene.events[index]
            if event.actor is None or event.by_bot or not scene.is_update(index):
                continue
            if scene.calendar.add(event.at, limit) < at:
                return False
            if last is None or last.actor is None:
                last = event
            elif last.actor.id != event.actor.id:
                return False
            elif last.at - event.at > _ONE_SITTING:
                return True
        return False

    return test


_TESTS: Final[dict[str, Callable[[Any], Test]]] = {
    "open": _open,
    "owner": _owner,
    "owner-chosen": lambda wanted: lambda scene, state, at: (state.owner_event > 0) is wanted,
    "status-class": lambda wanted: lambda scene, state, at: state.status.status_class in wanted,
    "scheduled": lambda wanted: lambda scene, state, at: state.scheduled is wanted,
    "parked": lambda wanted: lambda scene, state, at: state.parked is wanted,
    "priority": _priority,
    "deadline": _deadline,
    "deadline-in": _deadline_in,
    "replanned": lambda wanted: lambda scene, state, at: state.replanned is wanted,
    "support": lambda wanted: lambda scene, state, at: scene.issue.support is wanted,
    "subtask": lambda wanted: lambda scene, state, at: scene.issue.subtask is wanted,
    "turn": lambda wanted: lambda scene, state, at: turn_at(scene.dialogue, state, at) in wanted,
    "awaits-answer": lambda wanted: (
        lambda scene, state, at: (scene.dialogue.awaited(at) is not None) is wanted
    ),
    "carried": _carried,
}


def _all_of(tests: Sequence[Test]) -> Test:
    """A test that holds when all do; the usual lengths are written out, as it is tried on every event."""
    match tests:
        case []:
            return lambda scene, state, at: True
        case [one]:
            return one
        case [one, two]:
            return lambda scene, state, at: one(scene, state, at) and two(scene, state, at)
        case [one, two, three]:
            return lambda scene, state, at: (
                one(scene, state, at) and two(scene, state, at) and three(scene, state, at)
            )
        case _:
            head, rest = _all_of(tests[:3]), _all_of(tests[3:])
            return lambda scene, state, at: head(scene, state, at) and rest(scene, state, at)


def _tests(condition: Condition) -> list[Test]:
    return [_TESTS[word](value) for word, value in condition.items()]


def compile_condition(condition: Condition) -> Test:
    """A test that holds when every word of the condition holds."""
    return _all_of(_tests(condition))


def compile_conditions(conditions: Sequence[Condition]) -> Test | None:
    """A test that holds when any of the conditions holds; None when there are none."""
    if not conditions:
        return None
    tests = [compile_condition(condition) for condition in conditions]
    if len(tests) == 1:
        return tests[0]
    return lambda scene, state, at: any(test(scene, state, at) for test in tests)


def compile_all(alternatives: Sequence[Sequence[Condition]]) -> Test:
    """A test that holds when each of the alternatives holds; it always holds when there are none.

    The same alternatives give the same test, so that what it says of an issue can be kept.
    """
    return _compile_all(tuple(tuple(tuple(condition.items()) for condition in some) for some in alternatives))


@cache
def _compile_all(alternatives: tuple[tuple[tuple[tuple[str, Any], ...], ...], ...]) -> Test:
    tests: list[Test] = []
    for items in alternatives:
        conditions = [dict(condition) for condition in items]
        if len(conditions) == 1:
            tests += _tests(conditions[0])
        elif (test := compile_conditions(conditions)) is not None:
            tests.append(test)
    return _all_of(tests)
