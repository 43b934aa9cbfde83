"""What people answer the tool: "@ownership-audit snooze 2w". Only who answers for an issue can.

An answer is about what the tool's last comment before it said, and about nothing that comes up later.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ownership_audit.plain import plain
from ownership_audit.reconcile.settings import Actions
from ownership_audit.timeline import Event, Timeline
from ownership_audit.timeline.describe import spoken_day
from ownership_audit.trackers.posts import Posted

_WORD: Final = re.compile(
    r"(?P<handled>(?:is )?(?:handled|done|settled|solved|tracked) elsewhere|dismiss(?:ed)?\b)"
    r"|snoozed?[ ,:]+(?:for |until )?(?:(?P<count>\d{1,3}) ?(?P<unit>days?|weeks?|months?|[dwm])\b"
    r"|(?P<day>\d{4}-\d{2}-\d{2})\b)"
    r"|not ours?\b[,:;]? ?(?P<owner>.*)",
    re.IGNORECASE,
)
_DAYS: Final = {"d": 1, "w": 7, "m": 30}
_LONGEST: Final = 60
_NAMELESS: Final = "someone"  # how prose has a mention without a name
_AROUND: Final = " \t*_\u2013-"
_BETWEEN: Final = " \t,;:.!*_\"'\u201c\u201d\u2013\u2014-"


@dataclass(frozen=True, slots=True)
class Tool:
    """The tool's own account: its id, and the names by which people may speak to it."""

    id: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wants: to hear no more of these findings, for a while or at all. Times are UTC."""

    by: str
    at: datetime
    said: str
    findings: frozenset[str]
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is still in force."""
        return self.until is None or now < self.until

    @property
    def why(self) -> str:
        """The reason, as the plan and the comment tell it."""
        at, until = self.at, self.until
        end = f", until {spoken_day(until, at)}" if until is not None else ""
        return f"{self.by} answered \u201c{self.said}\u201d on {spoken_day(at, at)}{end}"


def answers(timeline: Timeline, posted: Sequence[Posted], actions: Actions, tool: Tool) -> list[Answer]:
    """The answers on an issue, oldest first, to one of the tool's names or to a mention of its account."""
    if not posted:
        return []
    return [
        answer
        for index, event in enumerate(timeline.events)
        if event.kind == "comment" and event.body is not None and not event.by_bot
        if _may_answer(timeline, index, event, actions)
        for answer in _read(event, posted, tool)
    ]


def dismissed(found: Sequence[Answer], now: datetime) -> Mapping[str, str]:
    """By fingerprint, why it is left alone at ``now``: the last answer about it counts."""
    last: dict[str, Answer] = {}
    for answer in found:
        last.update(dict.fromkeys(answer.findings, answer))
    return {fingerprint: answer.why for fingerprint, answer in last.items() if answer.holds(now)}


def _may_answer(timeline: Timeline, index: int, event: Event, actions: Actions) -> bool:
    """Whether who speaks is the owner, the lead, or somebody whom the configuration names."""
    actor = event.actor
    if actor is None:
        return False
    owner, lead = timeline.before(index).owner, timeline.issue.lead
    if actor.id in {person.id for person in (owner, lead) if person is not None}:
        return True
    known = {actor.id.lower(), actor.name.lower(), *((actor.team.lower(),) if actor.team else ())}
    return bool(known & actions.answers_from)


def _read(event: Event, posted: Sequence[Posted], tool: Tool) -> Iterator[Answer]:
    before = [comment for comment in posted if comment.created <= event.at]
    if not before or event.body is None:
        return
    findings = frozenset(before[-1].marker.findings)
    prose = event.body.prose
    mentioned = zip(prose.mentions, prose.names, strict=True)
    called = {
        *tool.names,
        tool.id.lower(),
        *(name.lower() for id_, name in mentioned if id_ == tool.id and name),  # a mention may give no name
        *(_NAMELESS for id_ in prose.mentions[:1] if id_ == tool.id),
    }
    for line in prose.text.splitlines():
        rest = _addressed(line.strip(_AROUND), called)
        found = _WORD.match(rest) if rest is not None else None
        if found is None:
            continue
        actor = event.actor.name if event.actor is not None else "somebody"
        said = plain(found[0]).rstrip(".!")[:_LONGEST]
        yield Answer(actor, event.at, said, findings, _end(found, event.at))
        return


def _addressed(line: str, names: Collection[str]) -> str | None:
    """What a line says to the tool; None where it speaks to nobody or to somebody else."""
    lowered = line.lower()
    for name in sorted(names, key=len, reverse=True):
        rest = line[len(name) + 1 :]
        if lowered.startswith(f"@{name}") and not rest[:1].isalnum():
            rest = rest.lstrip(_BETWEEN)
            return rest[len("please") :].lstrip(_BETWEEN) if rest.lower().startswith("please") else rest
    return None


def _end(found: re.Match[str], at: datetime) -> datetime | None:
    if found["day"]:
        try:
            day = date.fromisoformat(found["day"])
        except ValueError:
            return at
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    if found["count"]:
        return at + timedelta(days=int(found["count"]) * _DAYS[found["unit"][0].lower()])
    return None
