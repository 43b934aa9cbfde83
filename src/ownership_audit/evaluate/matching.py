"""Patterns to matchers: does this event fit, seen from an opening?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ownership_audit.calendars import Duration
from ownership_audit.evaluate.conditions import compile_condition
from ownership_audit.evaluate.roles import has_role
from ownership_audit.evaluate.said import Wording, answers, comment_to, unanswered
from ownership_audit.evaluate.scene import Check, Opening, Scene
from ownership_audit.rule import OF_WHAT_IS_SAID, Pattern
from ownership_audit.timeline import SIGNS, UPDATES, Person

# Per state word the kinds of events that can change it; creation brings every state about.
_CHANGED_BY: Final[dict[str, frozenset[str]]] = {
    "open": frozenset({"status"}),
    "owner": frozenset({"assigned"}),
    "owner-chosen": frozenset({"assigned"}),
    "status-class": frozenset({"status"}),
    "scheduled": frozenset({"release", "deadline", "priority", "status"}),
    "parked": frozenset({"release"}),
    "priority": frozenset({"priority"}),
    "deadline": frozenset({"deadline"}),
    "deadline-in": frozenset({"deadline"}),
    "replanned": frozenset({"release", "sprint", "deadline"}),
    "turn": frozenset({"status", "assigned"}),
}

_UNDERLYING: Final = {
    "sign": SIGNS,
    "update": UPDATES,
    "done": frozenset({"status"}),
    "reopened": frozenset({"status"}),
    "reassigned": frozenset({"assigned"}),
}


def kinds_of(pattern: Pattern) -> frozenset[str]:
    """The kinds of recorded events that can match a pattern."""
    if pattern.kind == "becomes":
        kinds = (_CHANGED_BY.get(word, frozenset()) for word in pattern.words["becomes"])
        return frozenset({"created"}).union(*kinds)
    return _UNDERLYING.get(pattern.kind, frozenset({pattern.kind}))


def _not(make: Callable[[Any, bool], Check]) -> Callable[[Any, bool], Check]:
    """The words that ask for the opposite."""

    def negated(value: Any, companion: bool) -> Check:
        check = make(value, companion)
        return lambda scene, index, opening: not check(scene, index, opening)

    return negated


# -- roles, assignments, statuses ----------------------------------------------------------------------


def _by(roles: frozenset[str], companion: bool) -> Check:
    if len(roles) == 1:
        (role,) = roles
        return lambda scene, index, opening: has_role(role, scene, index, opening, companion)
    return lambda scene, index, opening: any(has_role(r, scene, index, opening, companion) for r in roles)


def _holds(
    holder: str, person: Person | None, other: Person | None, scene: Scene, index: int, opening: Opening
) -> bool:
    if person is None:
        return holder == "nobody"
    match holder:
        case "opener":
            return opening.actor is not None and person.id == opening.actor.id
        case "anyone":
            return person.kind != "bot"
        case "person" | "queue":
            return person.kind == holder
        case "tester":
            return person.tester
        case "team":
            return person.team is not None and other is not None and other.team not in (None, person.team)
        case "former-owner":
            current = scene.timeline.before(index).owner
            return any(p.id == person.id for p in scene.timeline.former_owners(index)) and (
                current is None or current.id != person.id
            )
        case "former-team":
            current = scene.timeline.before(index).owner
            return (
                person.team is not None
                and any(p.team == person.team for p in scene.timeline.former_owners(index))
                and (current is None or current.team != person.team)
            )
        case _:
            return False


def _assigned_to(holders: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        return any(_holds(holder, event.new, event.old, scene, index, opening) for holder in holders)

    return check


def _assigned_from(holders: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        return any(_holds(holder, event.old, event.new, scene, index, opening) for holder in holders)

    return check


def _status_to(classes: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        return event.new.status_class in classes and event.old.status_class not in classes

    return check


def _status_from(classes: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        return event.old.status_class in classes and event.new.status_class not in classes

    return check


def _lasting(limit: Duration, companion: bool) -> Check:
    """Neither undone within the time nor itself the undoing of a change within it."""

    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        end = scene.calendar.add(event.at, limit)
        for later in scene.events[index + 1 :]:
            if later.at > end:
                break
            if later.kind == event.kind and later.new == event.old and later.old == event.new:
                return False
        for earlier in reversed(scene.events[:index]):
            if earlier.kind == event.kind:
                undone = earlier.old == event.new and earlier.new == event.old
                return not (undone and scene.calendar.add(earlier.at, limit) >= event.at)
        return True

    return check


def _flag_set(wanted: bool, companion: bool) -> Check:
    return lambda scene, index, opening: bool(scene.events[index].new) is wanted


def _priority_to(wanted: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        old, new = scene.timeline.states[index].priority_rank, scene.timeline.states[index + 1].priority_rank
        return old != new and (new in wanted or (new == "crisis" and "high" in wanted))

    return check


# -- deadlines -------------------------------------------------------------------------------------


def _moved(directions: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        if event.old is None or event.new is None or event.old == event.new:
            return False
        return ("later" if event.new > event.old else "earlier") in directions

    return check


def _relative_to_old(wanted: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        if event.old is None:
            return False
        last_day = scene.calendar.local_day(scene.close(event.old))
        late = scene.calendar.local_day(event.at) >= last_day
        return ("on its last working day or after" if late else "before its last working day") in wanted

    return check


def _old_set(wanted: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        set_at = scene.events[scene.timeline.before(index).deadline_event].at
        same = scene.calendar.local_day(set_at) == scene.calendar.local_day(scene.events[index].at)
        return ("the same day" if same else "on an earlier day") in wanted

    return check


def _owner_since(wanted: frozenset[str], companion: bool) -> Check:
    def check(scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        if event.old is None:
            return False
        since = scene.events[scene.timeline.before(index).owner_event].at
        earlier = scene.calendar.local_day(since) < scene.calendar.local_day(scene.close(event.old))
        return ("before the old date's day" if earlier else "the old date's day or later") in wanted

    return check


def _set(wanted: bool, companion: bool) -> Check:
    return lambda scene, index, opening: (scene.events[index].old is None) is wanted


def _removed(wanted: bool, companion: bool) -> Check:
    return lambda scene, index, opening: (scene.events[index].new is None) is wanted


# -- states ------------------------------------------------------------------------------


def _becomes(condition: Mapping[str, Any], companion: bool) -> Check:
    test = compile_condition(condition)

    def check(scene: Scene, index: int, opening: Opening) -> bool:
        if not test(scene, opening.state, opening.at):
            return False
        return opening.first == 0 or not test(scene, opening.before, opening.at)

    return check


def _lacks(signals: frozenset[str], companion: bool) -> Check:
    return lambda scene, index, opening: not scene.dialogue.says(index, signals)


_CONSTRAINTS: Final[dict[str, Callable[[Any, bool], Check]]] = {
    "by": _by,
    "not-by": _not(_by),
    "set": _set,
    "removed": _removed,
    "moved": _moved,
    "relative-to-old": _relative_to_old,
    "old-set": _old_set,
    "owner-since": _owner_since,
    "lasting": _lasting,
    "becomes": _becomes,
    "lacks": _lacks,
    "answers": answers,
    "unanswered": unanswered,
}
_COSTLY: Final = ("to", "not-to", "answers", "says", "lacks", "unanswered")
"""Constraints that read text, in the order in which they are tried, after all others."""

_TEXT: Final = frozenset({"comment", "sign", "update"})
"""Patterns that comments can match."""

_BY_KIND: Final[dict[tuple[str, str], Callable[[Any, bool], Check]]] = {
    ("assigned", "to"): _assigned_to,
    ("assigned", "from"): _assigned_from,
    ("assigned", "not-to"): _not(_assigned_to),
    ("assigned", "not-from"): _not(_assigned_from),
    ("reassigned", "not-to"): _not(_assigned_to),
    ("reassigned", "not-from"): _not(_assigned_from),
    ("reassigned", "to"): _assigned_to,
    ("reassigned", "from"): _assigned_from,
    ("status", "to"): _status_to,
    ("status", "from"): _status_from,
    ("priority", "to"): _priority_to,
    ("comment", "to"): comment_to,
    ("comment", "not-to"): _not(comment_to),
    ("flagged", "set"): _flag_set,
}
MOMENT_WORDS: Final = frozenset({"in", "reached"})
"""Words of a deadline pattern that speak of a moment in time, not of a recorded event."""

_KIND_CHECKS: Final[dict[str, Check]] = {
    "update": lambda scene, index, opening: scene.is_update(index),
    "done": lambda scene, index, opening: (
        scene.events[index].new.is_done and not scene.events[index].old.is_done
    ),
    "reopened": lambda scene, index, opening: (
        scene.events[index].old.is_done and not scene.events[index].new.is_done
    ),
    "reassigned": lambda scene, index, opening: scene.events[index].old is not None,
}


@dataclass(frozen=True, slots=True)
class Matcher:
    """A compiled pattern: the kinds it can match, and every check that must hold.

    ``wording`` is what it asks of the words of a comment, which the checks hold as well.
    """

    kinds: frozenset[str]
    checks: tuple[Check, ...]
    pattern: Pattern
    bots: bool = False
    wording: Wording | None = None

    def __call__(self, scene: Scene, index: int, opening: Opening) -> bool:
        event = scene.events[index]
        if event.kind not in self.kinds or (event.by_bot and not self.bots):
            return False
        return self.fits(scene, index, opening)

    def fits(self, scene: Scene, index: int, opening: Opening) -> bool:
        """Whether every constraint holds for an event whose kind is known to be right."""
        for check in self.checks:  # noqa: SIM110  # a loop is twice as fast as all() here
            if not check(scene, index, opening):
                return False
        return True


def compile_pattern(pattern: Pattern, *, companion: bool = False, bots: bool = False) -> Matcher:
    """The matcher of a pattern's kind and constraints. In a companion, ``owner`` is the owner at the opening.

    ``bots``: whether a bot's event may match (it may end things, never open or meet them).
    """
    words = [word for word in pattern.words if not (pattern.kind == "deadline" and word in MOMENT_WORDS)]
    wording = Wording.of(pattern.words) if "says" in words else None
    of_record = [word for word in words if word not in (*_COSTLY, *OF_WHAT_IS_SAID)]
    plain = [_check(pattern, word, companion) for word in of_record]
    costly = [
        wording.is_said if word == "says" and wording is not None else _check(pattern, word, companion)
        for word in _COSTLY
        if word in words
    ]
    kind = [_KIND_CHECKS[pattern.kind]] if pattern.kind in _KIND_CHECKS else []
    # Whether a comment is an update shows in its text, which is looked at after the roles.
    cheap = [*plain, *kind] if pattern.kind == "update" else [*kind, *plain]
    return Matcher(kinds_of(pattern), (*cheap, *costly), pattern, bots, wording)


def _check(pattern: Pattern, word: str, companion: bool) -> Check:
    make = _BY_KIND.get((pattern.kind, word)) or _CONSTRAINTS[word]
    return make(pattern.words[word], companion)


def reads_text(pattern: Pattern) -> bool:
    """Whether a pattern asks for what a text says, which costs more than all else."""
    return pattern.kind in _TEXT and any(word in pattern.words for word in _COSTLY)


def window(scene: Scene, pattern: Pattern, at: datetime) -> tuple[datetime | None, datetime | None]:
    """The bounds that ``before`` and ``after`` put around an opening, each None where unbounded."""
    start = scene.calendar.subtract(at, pattern.before) if pattern.before is not None else None
    end = scene.calendar.add(at, pattern.after) if pattern.after is not None else None
    return start, end
