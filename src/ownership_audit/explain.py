"""One issue's history as a person reads it: events, whose turn, and what became of each obligation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from ownership_audit.evaluate import Calendars, Dialogue, Evaluation, Obligation, turn_at, whose_turn
from ownership_audit.finding import Finding
from ownership_audit.plain import plain as one_line
from ownership_audit.signals import Signals
from ownership_audit.timeline import Event, State, Timeline
from ownership_audit.timeline.describe import describe, quote

_INDENT: Final = " " * 20


def explain(
    timeline: Timeline,
    evaluation: Evaluation,
    found: Sequence[Finding],
    calendars: Calendars,
    signals: Signals,
    now: datetime,
) -> str:
    """The whole account of one issue at ``now``, ending with a newline."""
    dialogue = Dialogue(timeline, signals)
    lines = [
        *_head(timeline),
        "",
        *_events(timeline, dialogue, evaluation, now),
        "",
        *_obligations(timeline, evaluation, calendars, now),
    ]
    if evaluation.not_evaluated:
        lines += ["", "Not evaluated:"]
        lines += _not_evaluated(timeline, evaluation)
    lines += ["", *_findings(found)]
    return "\n".join(lines) + "\n"


def plain(line: str) -> str:
    """The line without anything a terminal could take for a command; its indent stays."""
    return line[: len(line) - len(line.lstrip(" "))] + one_line(line)


def _not_evaluated(timeline: Timeline, evaluation: Evaluation) -> Iterator[str]:
    assumed = "opened by changes that are not in the record"
    for rule, parts in sorted(evaluation.not_evaluated.items()):
        yield plain(f"  {rule}: " + "; ".join(f"{p}: {timeline.incomplete.get(p, assumed)}" for p in parts))


def _head(timeline: Timeline) -> Iterator[str]:
    issue, end = timeline.issue, timeline.end
    yield plain(f"{issue.key}  {issue.summary}")
    if issue.url:
        yield plain(issue.url)
    owner = end.owner.name if end.owner else "nobody"
    status = f"{end.status.name} ({end.status.status_class})"
    deadline = f", due {end.deadline}" if end.deadline else ""
    yield plain(f"Owner {owner}, status {status}, priority {end.priority or 'none'}{deadline}")
    if timeline.container:
        yield f"A container ({plain(end.type)}): it owes nothing itself."
    if timeline.assumed:
        yield "No history in the record: the present owner is taken for all times."
    for part, reason in sorted(timeline.incomplete.items()):
        yield plain(f"Incomplete {part}: {reason}")


def _turn(dialogue: Dialogue, state: State, at: datetime) -> str:
    turn = turn_at(dialogue, state, at)
    if turn == "owner" and state.owner is not None:
        return state.owner.name
    asked = dialogue.awaited(at)
    if turn == "other" and asked is not None and whose_turn(state) == "owner":
        return f"{asked.name}, who was asked"
    return {"other": "reviewer or awaited party", "lead": "the lead", "nobody": "nobody"}.get(turn, turn)


def _events(timeline: Timeline, dialogue: Dialogue, evaluation: Evaluation, now: datetime) -> Iterator[str]:
    """The events with, between them, the moments at which obligations were breached or opened by time."""
    notes = _notes(evaluation, now)
    yield "Timeline (UTC):"
    shown_turn = ""
    for index, event in enumerate(timeline.events):
        while notes and notes[0][0] < event.at:
            yield _note(*notes.pop(0))
        actor = event.actor.name if event.actor is not None else "somebody"
        if event.by_bot:
            actor += " (bot)"
        line = f"  {event.at:%Y-%m-%d %H:%M}  {actor} {describe(event)}"
        words = quote(event)
        yield plain(f'{line}: "{words}"' if words else line)
        yield from _said(dialogue, index, event)
        turn = _turn(dialogue, timeline.states[index + 1], event.at)
        if turn != shown_turn and timeline.last[index] == index:
            shown_turn = turn
            yield plain(f"{_INDENT}turn: {turn}")
    for note in notes:
        yield _note(*note)


def _said(dialogue: Dialogue, index: int, event: Event) -> Iterator[str]:
    """The signals read in a comment, each with its words."""
    reading = None if event.by_bot else dialogue.reading(index)
    marked = [f'{s.signal} "{quote(event, reading.span(s))}"' for s in reading.all()] if reading else []
    if marked:
        yield plain(f"{_INDENT}says: {', '.join(marked)}")


def _notes(evaluation: Evaluation, now: datetime) -> list[tuple[datetime, str]]:
    notes = [(o.due, f"{o.rule.id} breached") for o in evaluation.obligations if o.is_breached(now)]
    return sorted(set(notes))


def _note(at: datetime, text: str) -> str:
    return f"  {at:%Y-%m-%d %H:%M}  ! {text}"


def _obligations(
    timeline: Timeline, evaluation: Evaluation, calendars: Calendars, now: datetime
) -> Iterator[str]:
    yield "Obligations:"
    if not evaluation.obligations:
        yield "  none"
    by_rule: dict[str, list[Obligation]] = defaultdict(list)
    for obligation in evaluation.obligations:
        by_rule[obligation.rule.id].append(obligation)
    for rule, obligations in sorted(by_rule.items()):
        yield f"  {rule}: {obligations[0].rule.title}"
        for o in obligations:
            yield plain(f"    {_story(timeline, o, calendars, now)}")


def _story(timeline: Timeline, o: Obligation, calendars: Calendars, now: datetime) -> str:
    who = o.subject.name if o.subject is not None else f"the {o.role}"
    status = o.status(now)
    opened = f"opened {o.opened:%Y-%m-%d %H:%M}{_by(timeline, o.opener)}"
    text = f"{opened}, owed by {who}, due {o.due:%Y-%m-%d %H:%M}: {status}"
    if status in ("met", "met late") and o.met is not None:
        return f"{text} {o.met:%Y-%m-%d %H:%M}{_by(timeline, o.met_by)}"
    if status in ("cancelled", "ended") and o.ended is not None:
        return f"{text} {o.ended:%Y-%m-%d %H:%M}{_by(timeline, o.ended_by) or ' by time'}"
    if status == "open":
        calendar = calendars.person(o.subject, timeline.end.project)
        return f"{text}, {calendar.describe(calendar.between(o.due, now))} past due ({o.severity})"
    return text


def _by(timeline: Timeline, index: int | None) -> str:
    if index is None:
        return ""
    event = timeline.events[index]
    actor = event.actor.name if event.actor is not None else "somebody"
    return f" ({actor} {describe(event)})"


def _findings(found: Sequence[Finding]) -> Iterator[str]:
    if not found:
        yield "No findings."
        return
    yield "Findings:"
    for finding in found:
        stages = f" (with {', '.join(finding.stages)})" if finding.stages else ""
        turn = f"{finding.owed_by.label_with_part}'s turn"
        yield plain(f"  {finding.severity}: {finding.title} [{finding.rule}]{stages}; {turn}")
        yield plain(f"    {finding.remedy}")
