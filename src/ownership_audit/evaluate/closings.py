"""What an opening obliges to: who owes it, by when, what met it, and what cancelled or ended it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from ownership_audit.calendars import Duration
from ownership_audit.evaluate.compiled import Starter
from ownership_audit.evaluate.matching import MOMENT_WORDS, Matcher, window
from ownership_audit.evaluate.obligation import Obligation
from ownership_audit.evaluate.scene import Opening, Scene
from ownership_audit.rule import Rule, Step
from ownership_audit.timeline import Person


def obligation(scene: Scene, starter: Starter, opening: Opening) -> Obligation | None:
    """What an opening obliges to, and what became of it; None when nobody is there who could owe it."""
    rule, pattern = starter.rule.rule, starter.pattern
    role = pattern.owed_by or rule.owed_by
    subject = _subject(scene, role, opening)
    if (subject is None and role in ("owner", "new-owner", "opener")) or (
        subject is not None and subject.kind == "bot"
    ):
        return None  # nobody is there who could owe it
    due = _due(scene, starter, opening, subject)
    met = None if rule.owes_nothing else first_met(scene, starter.expect, opening)
    ended = _first_end(scene, starter, opening)
    owed = Obligation(
        rule=rule,
        severity=pattern.severity or rule.severity,
        role="owner" if role == "new-owner" else role,
        subject=subject,
        opened=opening.at,
        opener=opening.index,
        anchor=_anchor(scene, rule, opening),
        due=due,
        met=scene.events[met].at if met is not None else None,
        met_by=met,
        ended=ended[0] if ended else None,
        ended_by=ended[1] if ended else None,
        counted=opening.counted,
        beside=opening.beside,
        owing=opening.owing.opener if opening.owing is not None else None,
        spoken=_spoken(scene, starter, opening),
    )
    if starter.rule.info_when is not None and owed.severity != "info" and owed.is_breached(scene.now):
        # As it stood while the breach stood, before what closed it.
        at = owed.closed or scene.now
        state = scene.timeline.state_before(at) if owed.closed else scene.timeline.end
        if starter.rule.info_when(scene, state, at):
            return replace(owed, severity="info")
    return owed


def _subject(scene: Scene, role: str, opening: Opening) -> Person | None:
    match role:
        case "owner":
            return opening.state.owner
        case "new-owner":
            return opening.new_owner
        case "opener":
            return opening.actor
        case "reporter":
            return scene.issue.reporter
        case "lead":
            return scene.issue.lead
        case _:
            return scene.issue.reviewer


def _anchor(scene: Scene, rule: Rule, opening: Opening) -> str:
    if rule.about == "deadline" or opening.index is None:
        return scene.events[opening.state.deadline_event].id
    return scene.events[opening.index].id


def _spoken(scene: Scene, starter: Starter, opening: Opening) -> Mapping[int, tuple[int, int]]:
    """The sentence that opened it, per comment that the rule heard: the first that says what it asks for."""
    found: dict[int, tuple[int, int]] = {}
    heard = [(starter.matcher, index) for index in {opening.index, *opening.counted} if index is not None]
    heard += [(matcher, index) for matcher in starter.with_ for index in opening.beside]
    for matcher, index in heard:
        wording = matcher.wording
        said = next(wording.sentences(scene, index), None) if wording is not None else None
        if said is not None:
            found.setdefault(index, scene.dialogue.quotable(index, said))
    return found


def _due(scene: Scene, starter: Starter, opening: Opening, subject: Person | None) -> datetime:
    rule, pattern = starter.rule.rule, starter.pattern
    within = pattern.within if pattern.within is not None else rule.within
    if rule.grace is not None and within is None:
        due = _promised(scene, starter, opening, subject, rule.grace)
    elif rule.ahead is not None and starter.moment is not None and opening.state.deadline is not None:
        due = scene.calendars.due(subject, scene.project, scene.close(opening.state.deadline), Duration.ZERO)
    else:
        if within is None:
            within = Duration.ZERO
        elif not isinstance(within, Duration):
            within = _step(scene, within, opening)
        due = scene.calendars.due(subject, scene.project, opening.at, within)
    if opening.owing is not None and isinstance(within, Duration):
        due = max(due, _after_owed(scene, opening.owing, subject, within))
    # A due time before the end of a companion's window could be taken back by what follows.
    for matcher in (*starter.with_, *starter.without, *starter.rule.unless):
        if matcher.pattern.after is not None:
            due = max(due, scene.calendar.add(opening.at, matcher.pattern.after))
    lasting = pattern.words.get("lasting")
    return max(due, scene.calendar.add(opening.at, lasting)) if lasting is not None else due


def _promised(
    scene: Scene, starter: Starter, opening: Opening, subject: Person | None, grace: Duration
) -> datetime:
    """The promised time with what comes on top of it; an absence then puts it off."""
    wording = starter.matcher.wording
    at = None
    if wording is not None and opening.index is not None:
        at = wording.promised(scene, opening.index)
    return scene.calendars.due(subject, scene.project, at or opening.at, grace)


def _after_owed(scene: Scene, owed: Obligation, subject: Person | None, within: Duration) -> datetime:
    """The time counted from when the other obligation was due, its grace not counted."""
    grace = owed.rule.grace
    at = scene.calendar.subtract(owed.due, grace) if grace is not None else owed.due
    return scene.calendars.due(subject, scene.project, at, within)


def _step(scene: Scene, ladder: tuple[Step, ...], opening: Opening) -> Duration:
    """The time a deadline ladder gives at this opening; a date overtaken by replanning counts as none."""
    day = opening.state.deadline
    if day is None or opening.state.replanned:
        return next(step.within for step in ladder if step.test == "none")
    close = scene.close(day)
    if close <= opening.at:
        return next(step.within for step in ladder if step.test == "passed")
    days = scene.calendar.working_days(opening.at, close)
    above = [
        s
        for s in ladder
        if (s.test == "more than" and days > s.days) or (s.test == "at least" and days >= s.days)
    ]
    if above:
        return max(above, key=lambda step: step.days).within
    below = [step for step in ladder if step.test == "less than"]
    return min(below, key=lambda step: step.days).within


def first_met(scene: Scene, expect: Iterable[Matcher], opening: Opening) -> int | None:
    """The first event that meets an expectation: after the opening's save, or from a window before it on."""
    found: int | None = None
    for matcher in expect:
        start, end = window(scene, matcher.pattern, opening.at)
        low = scene.timeline.index_from(start) if start is not None else opening.last + 1
        for index in range(low, len(scene.events) if found is None else found):
            if end is not None and scene.events[index].at > end:
                break
            if index != opening.index and matcher(scene, index, opening):
                found = index
                break
    return found


def _first_end(scene: Scene, starter: Starter, opening: Opening) -> tuple[datetime, int | None] | None:
    """When and by what it was first cancelled or lapsed: an ``unless`` or ``until`` event, a broken
    ``while``, time.
    """
    rule, ends = starter.rule, []
    for matcher in (*rule.unless, *rule.until):
        found = _first_ender(scene, matcher, opening)
        if found is not None:
            ends.append(found)
    index = _first_broken(scene, starter, opening)
    if index is not None:
        ends.append((scene.events[index].at, index))
    if rule.rule.until_after is not None:
        lapse = scene.calendar.add(opening.at, rule.rule.until_after)
        if lapse <= scene.now:
            ends.append((lapse, None))
    return min(ends, key=lambda end: end[0]) if ends else None


def _first_ender(scene: Scene, matcher: Matcher, opening: Opening) -> tuple[datetime, int | None] | None:
    pattern = matcher.pattern
    if pattern.kind == "deadline" and MOMENT_WORDS & set(pattern.words):
        day = opening.state.deadline
        if day is None:
            return None
        close = scene.close(day)
        return (close, None) if opening.at < close <= scene.now else None
    start, end = window(scene, pattern, opening.at)
    low = opening.last + 1 if start is None else scene.timeline.index_from(start)
    for index in range(low, len(scene.events)):
        event = scene.events[index]
        if end is not None and event.at > end:
            return None
        if index != opening.index and matcher(scene, index, opening):
            return max(event.at, opening.at), index
    return None


def _first_broken(scene: Scene, starter: Starter, opening: Opening) -> int | None:
    """The first event after whose save a ``while`` no longer holds."""
    timeline = scene.timeline
    states = timeline.states
    turns = scene.dialogue.turns() if starter.watches_turn else frozenset()
    for index in range(opening.last + 1, len(scene.events)):
        if states[index + 1] is states[index] and index not in turns:
            continue
        if not starter.holds(scene, timeline.after(index), scene.events[index].at):
            return index
    return None
