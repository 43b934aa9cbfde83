"""What opens obligations: events with what stands around them, counted events, times before deadlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from ownership_audit.calendars import Duration
from ownership_audit.evaluate.compiled import Starter
from ownership_audit.evaluate.matching import Matcher, window
from ownership_audit.evaluate.obligation import Obligation
from ownership_audit.evaluate.past import Past
from ownership_audit.evaluate.roles import has_role
from ownership_audit.evaluate.scene import Opening, Scene
from ownership_audit.rule import Owing
from ownership_audit.timeline import Timeline
from ownership_audit.timeline.build import CHOSEN_AT_CREATION


def openings(
    scene: Scene,
    by_kind: Mapping[str, Sequence[Starter]],
    moments: Sequence[Starter],
    past: Past | None,
) -> Iterator[tuple[Starter, Opening]]:
    """Every event and moment that opens an obligation, with the pattern it opens.

    ``by_kind`` are the patterns that events of a kind can open, ``moments`` those that time opens. What is
    over by ``past`` is left out.
    """
    timeline = scene.timeline
    creation_save = timeline.last[0]
    in_past = {kind: past.left(starters) for kind, starters in by_kind.items()} if past is not None else {}
    for index, event in enumerate(scene.events):
        is_past = past is not None and timeline.last[index] < past.before
        starters = in_past.get(event.kind) if is_past else by_kind.get(event.kind)
        # A bot's events open nothing; but an issue that a bot filed is there, and stands as it stands.
        if not starters or (event.by_bot and index > 0):
            continue
        opening: Opening | None = None
        state = timeline.states[timeline.last[index] + 1]
        # What is set in the creation save is how the issue was created, not a change of it.
        at_creation = (
            0 < index <= creation_save and timeline.first[index] == 0 and event.id != CHOSEN_AT_CREATION
        )
        if (at_creation and event.kind != "comment") or timeline.is_imported(index):
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
            found = _opened(scene, starter, opening, past)
            if found is not None:
                yield starter, found
    if moments:
        yield from _moments(scene, moments, past)


def _opened(scene: Scene, starter: Starter, opening: Opening, past: Past | None) -> Opening | None:
    """The opening with all that the pattern asks for beside it; None where that is missing, or it is over."""
    if past is not None and past.is_settled(starter, opening):
        return None
    index = opening.index
    if index is not None and not starter.matcher.fits(scene, index, opening):
        return None
    owing = None
    if starter.pattern.owing is not None:
        owing = next((o for o in scene.owed if _is_owing(scene, starter.pattern.owing, o, opening)), None)
        if owing is None:
            return None
    beside = _companions(scene, starter, opening)
    counted = _counted(scene, starter, opening) if beside is not None else None
    if beside is None or counted is None:
        return None
    if not (counted or beside or owing):
        return opening
    return replace(opening, counted=counted, beside=beside, owing=owing)


def _is_owing(scene: Scene, wanted: Owing, owed: Obligation, opening: Opening) -> bool:
    """Whether an obligation of another rule is open just before an opening's save."""
    if owed.rule.id not in wanted.rules or owed.opener is None or owed.opener >= opening.first:
        return False
    closings = ((owed.met, owed.met_by), (owed.ended, owed.ended_by))
    for at, by in closings:
        if at is not None and (at < opening.at if by is None else by < opening.first):
            return False
    return any(has_role(role, scene, owed.opener, opening, companion=True) for role in wanted.opened_by)


def _companions(scene: Scene, starter: Starter, opening: Opening) -> tuple[int, ...] | None:
    """What stands around the opening as asked for; None when nothing does, or what must not stand there.

    A comment that was imported may be what must not stand there, and is never what is asked for.
    """
    if any(_companion(scene, matcher, opening) is not None for matcher in starter.without):
        return None
    if not starter.with_:
        return ()
    found = (_companion(scene, matcher, opening, imported=False) for matcher in starter.with_)
    first = next((index for index in found if index is not None), None)
    return (first,) if first is not None else None


def _companion(scene: Scene, matcher: Matcher, opening: Opening, *, imported: bool = True) -> int | None:
    """The first event around the opening that a companion matches; with imported comments, or without."""
    pattern = matcher.pattern
    if pattern.same_save:
        save = (i for i in range(opening.first, opening.last + 1) if scene.timeline.first[i] == opening.first)
        beside = (i for i in save if i != opening.index and matcher(scene, i, opening))
        return next((i for i in beside if imported or not scene.timeline.is_imported(i)), None)
    events = scene.events
    start, end = window(scene, pattern, opening.at)
    low = 0
    if pattern.since == "owner":
        low = scene.timeline.first[opening.before.owner_event]
    elif start is not None:
        low = scene.timeline.index_from(start)
    high = len(events) if pattern.after is not None else opening.first
    for index in range(low, high):
        event = events[index]
        if index == opening.index or (start is not None and event.at < start):
            continue
        if end is not None and event.at > end:
            break
        is_only_after = pattern.after is not None and pattern.before is None and pattern.since is None
        if is_only_after and index <= opening.last:
            continue
        if not imported and scene.timeline.is_imported(index):
            continue
        if matcher(scene, index, opening):
            return index
    return None


def _counted(scene: Scene, starter: Starter, opening: Opening) -> tuple[int, ...] | None:
    """The matching events up to this one when there are enough of them; None when there are not.

    Each needs its own companions.
    """
    pattern = starter.pattern
    if pattern.at_least == 1 or opening.index is None:
        return ()
    counted = [opening.index]
    for index in range(opening.index - 1, -1, -1):
        event = scene.events[index]
        if pattern.in_ is not None and scene.calendar.add(event.at, pattern.in_) < opening.at:
            break
        if event.kind in starter.matcher.kinds and not scene.timeline.is_imported(index):
            earlier = Opening.of_event(scene.timeline, index)
            fits = starter.matcher(scene, index, earlier) and _companions(scene, starter, earlier) is not None
            if fits and _is_another(scene, index, counted, pattern.apart):
                counted.append(index)
                continue
        if any(_breaks_count(scene, matcher, starter, index, opening) for matcher in starter.none_between):
            break
    return tuple(reversed(counted)) if len(counted) >= pattern.at_least else None


def _is_another(scene: Scene, index: int, counted: Sequence[int], apart: Duration | None) -> bool:
    """Whether an event counts besides the later ones: of another save, and as far apart as asked for."""
    first = scene.timeline.first
    if any(first[index] == first[other] for other in counted):
        return False
    return apart is None or scene.calendar.add(scene.events[index].at, apart) <= scene.events[counted[-1]].at


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


def _moments(
    scene: Scene, starters: Sequence[Starter], past: Past | None
) -> Iterator[tuple[Starter, Opening]]:
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
            if past is not None and opening.last < past.before and past.is_over(starter.rule):
                continue
            found = _opened(scene, starter, opening, past)
            if found is not None:
                yield starter, found


def _deadlines(timeline: Timeline) -> Iterator[tuple[date, datetime, datetime | None]]:
    """Each deadline with the time it was set, and the time it was changed."""
    events = timeline.events
    setters = [0, *(index for index, event in enumerate(events) if event.kind == "deadline")]
    for position, index in enumerate(setters):
        day = timeline.states[index + 1].deadline
        if day is not None:
            following = setters[position + 1 : position + 2]
            yield day, events[index].at, events[following[0]].at if following else None
