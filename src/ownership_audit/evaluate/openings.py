"""What opens obligations: events with what stands around them, counted events, times before deadlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from ownership_audit.calendars import Duration
from ownership_audit.evaluate.compiled import Starter
from ownership_audit.evaluate.matching import Matcher, window
from ownership_audit.evaluate.scene import Opening, Scene
from ownership_audit.timeline import Timeline
from ownership_audit.timeline.build import CHOSEN_AT_CREATION


def openings(
    scene: Scene, by_kind: Mapping[str, Sequence[Starter]], moments: Sequence[Starter]
) -> Iterator[tuple[Starter, Opening]]:
    """Every event and moment that opens an obligation, with the pattern it opens.

    ``by_kind`` are the patterns that events of a kind can open, ``moments`` those that time opens.
    """
    timeline = scene.timeline
    creation_save = timeline.last[0]
    for index, event in enumerate(scene.events):
        starters = by_kind.get(event.kind)
        # A bot's events open nothing; but an issue that a bot filed is there, and stands as it stands.
        if not starters or (event.by_bot and index > 0):
            continue
        opening: Opening | None = None
        state = timeline.states[timeline.last[index] + 1]
        # What is set in the creation save is how the issue was created, not a change of it.
        at_creation = (
            0 < index <= creation_save and timeline.first[index] == 0 and event.id != CHOSEN_AT_CREATION
        )
        if at_creation and event.kind != "comment":
            continue
        if event.kind == "assigned" and state.owner != event.new:
            continue  # taken back in the same save
        for starter in starters:
            if event.by_bot and starter.pattern.kind != "becomes":
                continue
            # The state first: it rules most openings out, and costs least.
            if not starter.stands(scene, state, event.at):
                continue
            if opening is None:
                opening = Opening.of_event(timeline, index)
            if starter.matcher.fits(scene, index, opening) and _has_companions(scene, starter, opening):
                counted = _counted(scene, starter, opening)
                if counted is not None:
                    yield starter, replace(opening, counted=counted) if counted else opening
    if moments:
        yield from _moments(scene, moments)


def _has_companions(scene: Scene, starter: Starter, opening: Opening) -> bool:
    """Whether any of what must stand around the opening stands there, and none of what must not."""
    if starter.with_ and not any(_has_companion(scene, matcher, opening) for matcher in starter.with_):
        return False
    return not any(_has_companion(scene, matcher, opening) for matcher in starter.without)


def _has_companion(scene: Scene, matcher: Matcher, opening: Opening) -> bool:
    pattern = matcher.pattern
    if pattern.same_save:
        save = (i for i in range(opening.first, opening.last + 1) if scene.timeline.first[i] == opening.first)
        return any(matcher(scene, i, opening) for i in save if i != opening.index)
    events = scene.events
    start, end = window(scene, pattern, opening.at)
    low = 0
    if pattern.since == "owner":
        low = scene.timeline.first[opening.before.owner_event]
    high = len(events) if pattern.after is not None else opening.first
    for index in range(low, high):
        event = events[index]
        if index == opening.index or (start is not None and event.at < start):
            continue
        if end is not None and event.at > end:
            break
        if pattern.before is None and pattern.since is None and index <= opening.last:
            continue
        if matcher(scene, index, opening):
            return True
    return False


def _counted(scene: Scene, starter: Starter, opening: Opening) -> tuple[int, ...] | None:
    """The matching events up to this one when there are enough of them; None when there are not."""
    pattern = starter.pattern
    if pattern.at_least == 1 or opening.index is None:
        return ()
    counted = [opening.index]
    for index in range(opening.index - 1, -1, -1):
        event = scene.events[index]
        if pattern.in_ is not None and scene.calendar.add(event.at, pattern.in_) < opening.at:
            break
        if event.kind in starter.matcher.kinds:
            earlier = Opening.of_event(scene.timeline, index)
            if starter.matcher(scene, index, earlier) and _first_in_save(scene, index, counted):
                counted.append(index)
                continue
        if any(_breaks_count(scene, matcher, starter, index, opening) for matcher in starter.none_between):
            break
    return tuple(reversed(counted)) if len(counted) >= pattern.at_least else None


def _first_in_save(scene: Scene, index: int, counted: Sequence[int]) -> bool:
    first = scene.timeline.first
    return all(first[index] != first[other] for other in counted)


def _breaks_count(scene: Scene, matcher: Matcher, starter: Starter, index: int, opening: Opening) -> bool:
    """Whether an event between the counted ones starts the count anew: not one close to an event of the
    counted kind.
    """
    if not matcher(scene, index, opening):
        return False
    apart = matcher.pattern.apart
    if apart is None:
        return True
    at = scene.events[index].at
    low, high = scene.calendar.subtract(at, apart), scene.calendar.add(at, apart)
    kinds = starter.matcher.kinds
    return not any(event.kind in kinds and low <= event.at <= high for event in scene.events)


def _moments(scene: Scene, starters: Sequence[Starter]) -> Iterator[tuple[Starter, Opening]]:
    """Openings at times before, or at, each deadline while it is in force."""
    timeline = scene.timeline
    if timeline.end.deadline is None and not any(event.kind == "deadline" for event in scene.events):
        return
    for day, set_at, until in _deadlines(timeline):
        if scene.calendar.day_start(day) - timedelta(days=400) > scene.now:
            continue  # so far ahead that no window of it has begun
        close = scene.close(day)
        for starter in starters:
            ahead = starter.moment or Duration.ZERO
            at = close if ahead == Duration.ZERO else scene.calendar.subtract(close, ahead)
            if at < set_at or at > scene.now or (until is not None and at >= until):
                continue  # set inside the window, still to come, or moved before
            opening = Opening.of_moment(timeline, at)
            if opening.state.deadline != day or not starter.stands(scene, opening.state, at):
                continue
            if _has_companions(scene, starter, opening):
                yield starter, opening


def _deadlines(timeline: Timeline) -> Iterator[tuple[date, datetime, datetime | None]]:
    """Each deadline with the time it was set, and the time it was changed."""
    events = timeline.events
    setters = [0, *(index for index, event in enumerate(events) if event.kind == "deadline")]
    for position, index in enumerate(setters):
        day = timeline.states[index + 1].deadline
        if day is not None:
            following = setters[position + 1 : position + 2]
            yield day, events[index].at, events[following[0]].at if following else None
