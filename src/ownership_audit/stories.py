"""Obligations to findings: breaches to episodes, rules of one story to one finding, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ownership_audit.evaluate import Calendars, Obligation
from ownership_audit.finding import Evidence, Finding, Party, fingerprint
from ownership_audit.rule import Rule
from ownership_audit.severity import severity_rank
from ownership_audit.timeline import SIGNS, Event, Timeline
from ownership_audit.timeline.describe import describe, quote


def closure(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """Per rule id every rule it subsumes, directly or through another."""
    direct = {rule.id: set(rule.subsumes) for rule in rules}

    def reach(start: str) -> frozenset[str]:
        found: set[str] = set()
        stack = [start]
        while stack:
            for below in direct.get(stack.pop(), ()):
                if below not in found and below != start:
                    found.add(below)
                    stack.append(below)
        return frozenset(found)

    return {id_: reach(id_) for id_ in direct}


@dataclass(slots=True)
class _Episode:
    """Breaches of one rule with nothing meeting them in between."""

    obligations: list[Obligation]
    below: list[_Episode] = field(default_factory=list)

    @property
    def rule(self) -> Rule:
        return self.obligations[0].rule

    @property
    def head(self) -> Obligation:
        """The obligation that opened the episode."""
        return self.obligations[0]

    @property
    def due(self) -> datetime:
        return min(o.due for o in self.obligations)

    @property
    def closed(self) -> datetime | None:
        """When the last of it was met or ended; None while one stands."""
        times = [o.closed for o in self.obligations]
        return None if None in times else max(time for time in times if time is not None)

    @property
    def severity(self) -> str:
        """The highest among what stands; among all when nothing does."""
        standing = [o for o in self.obligations if o.closed is None] or self.obligations
        return max((o.severity for o in standing), key=severity_rank)

    def overlaps(self, other: _Episode) -> bool:
        """Whether both stood in breach at one time."""
        mine, theirs = self.closed, other.closed
        return (theirs is None or self.due < theirs) and (mine is None or other.due < mine)


def _episodes(obligations: Sequence[Obligation]) -> list[_Episode]:
    by_rule: dict[str, list[_Episode]] = {}
    for obligation in obligations:  # in the order they opened
        episodes = by_rule.setdefault(obligation.rule.id, [])
        if episodes:
            closed = episodes[-1].closed
            if closed is None or obligation.opened < closed:
                episodes[-1].obligations.append(obligation)
                continue
        episodes.append(_Episode([obligation]))
    return [episode for episodes in by_rule.values() for episode in episodes]


def _tops(episodes: Sequence[_Episode], subsumed: Mapping[str, frozenset[str]]) -> list[_Episode]:
    """The latest stages; each weaker one that breached together with it stands below it."""
    tops: list[_Episode] = []
    # A rule that subsumes more comes later in its story.
    for episode in sorted(episodes, key=lambda e: (-len(subsumed[e.rule.id]), e.head.opened, e.rule.id)):
        above = next(
            (top for top in tops if episode.rule.id in subsumed[top.rule.id] and top.overlaps(episode)), None
        )
        (tops if above is None else above.below).append(episode)
    return tops


def findings(
    timeline: Timeline,
    obligations: Sequence[Obligation],
    subsumed: Mapping[str, frozenset[str]],
    calendars: Calendars,
    now: datetime,
    *,
    history: bool = False,
) -> list[Finding]:
    """The findings of one issue at ``now``; with ``history`` also the breaches that were met or ended late.

    ``subsumed`` is the closure of the rules in force. A standing story keeps to what stands: an
    earlier breach that was met is not its evidence.
    """
    breached = [o for o in obligations if o.is_breached(now)]
    standing = [o for o in breached if o.closed is None]
    groups = [standing]
    if history:
        groups.append([o for o in breached if o.closed is not None])
    return [
        _finding(timeline, top, calendars, now)
        for group in groups
        for top in _tops(_episodes(group), subsumed)
    ]


def _finding(timeline: Timeline, top: _Episode, calendars: Calendars, now: datetime) -> Finding:
    head, rule, issue = top.head, top.rule, timeline.issue
    closed = top.closed
    severity = max((top.severity, *(e.severity for e in top.below)), key=severity_rank)
    calendar = calendars.person(head.subject, timeline.end.project)
    subject = head.subject
    owner = timeline.end.owner
    status = "open" if closed is None else next(o.status(now) for o in top.obligations if o.closed == closed)
    return Finding(
        rule=rule.id,
        severity=severity,
        issue=issue.key,
        url=issue.url,
        status=status,
        owed_by=Party(head.role, subject.name if subject else None, subject.id if subject else None),
        opened=head.opened,
        due=top.due,
        met=closed,
        working_time=calendar.describe(calendar.between(head.opened, closed or now)),
        title=_title(timeline, head),
        evidence=tuple(_evidence(timeline, top, now)),
        clears=rule.clears,
        remedy=rule.remedy,
        fingerprint=_fingerprint(timeline, top),
        experimental=rule.is_experimental,
        stages=tuple(sorted({e.rule.id for e in top.below})),
        summary=issue.summary,
        project=timeline.end.project,
        owner=owner.name if owner else None,
        team=owner.team if owner else None,
    )


def _title(timeline: Timeline, head: Obligation) -> str:
    """The rule's title, with the date where it is about one."""
    if head.rule.about != "deadline":
        return head.rule.title
    return f"{head.rule.title} ({timeline.state_at(head.opened).deadline})"


def _fingerprint(timeline: Timeline, top: _Episode) -> str:
    """The fingerprint of the stage that was breached first, so that a later stage keeps the name."""
    story = _story(top)
    stages = [episode for episode in (top, *top.below) if _story(episode) == story]
    owed = [obligation for episode in stages for obligation in episode.obligations]
    first = min(owed, key=lambda obligation: (obligation.due, obligation.opened, obligation.rule.id))
    return fingerprint(story, timeline.issue.id, first.anchor)


def _story(episode: _Episode) -> str:
    return episode.rule.story or episode.rule.id


def _evidence(timeline: Timeline, top: _Episode, now: datetime) -> Iterable[Evidence]:
    """What opened it, what it is about, the last word on the issue, then the weaker stages."""
    head = top.head
    shown: set[int] = set()
    anchor = next((i for i, event in enumerate(timeline.events) if event.id == head.anchor), None)
    openers = [head.owing, *head.counted, head.opener, *head.beside, anchor]
    indices = [index for index in openers if index is not None]
    if head.beside:  # what was said beside it tells more than the change itself
        indices.sort()
    for index in indices:
        if index not in shown:
            shown.add(index)
            yield _of_event(timeline, index, timeline.events[index], head.spoken.get(index))
    if head.opener is None:
        deadline = timeline.state_at(head.opened).deadline
        yield Evidence(head.opened, None, f"due date {deadline} in force")
    last = _last_sign(timeline, head, top.closed)
    if last is not None and last not in shown:
        event = timeline.events[last]
        whose = "last sign of the one it waits for" if head.subject is not None else "last sign on the issue"
        text = f"{whose}: {describe(event)}"
        yield Evidence(event.at, _name(event), text, quote(event), _is_restricted(event))
    elif last is None and head.subject is not None:
        yield Evidence(head.due, None, f"no sign of {head.subject.name} so far")
    for below in top.below:
        yield Evidence(below.due, None, f"also: {below.rule.title} ({below.rule.id})")


def _of_event(timeline: Timeline, index: int, event: Event, part: tuple[int, int] | None) -> Evidence:
    text = describe(event)
    if event.kind == "created":
        state = timeline.after(index)
        text += f" for {state.owner.name}" if state.owner is not None else " without an owner"
        if state.deadline is not None:
            text += f", due {state.deadline}"
    return Evidence(event.at, _name(event), text, quote(event, part), _is_restricted(event))


def _is_restricted(event: Event) -> bool:
    return event.body is not None and event.body.restricted


def _name(event: Event) -> str | None:
    return event.actor.name if event.actor is not None else None


def _last_sign(timeline: Timeline, head: Obligation, closed: datetime | None) -> int | None:
    """The index of the last sign before the end: of the one who owes it, or of anybody for a mere role."""
    for index in range(len(timeline.events) - 1, -1, -1):
        event = timeline.events[index]
        if event.kind not in SIGNS or event.actor is None or not event.actor.is_person:
            continue
        if closed is not None and event.at >= closed:
            continue
        if head.subject is None or event.actor.id == head.subject.id:
            return index
    return None
