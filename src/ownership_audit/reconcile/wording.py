"""The words of a comment: what is missing, in the record's own words, and what would settle it.

It speaks about the issue, never about a person; it says dates, not how late anybody is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from string import Template
from typing import Final

from ownership_audit.calendars import Calendar
from ownership_audit.document import Block, Document, Inline, Mention, Paragraph, Quote, Text
from ownership_audit.finding import Finding, Party
from ownership_audit.plain import plain, shortened
from ownership_audit.reconcile.settings import Actions
from ownership_audit.timeline.describe import spoken_day

_LONGEST: Final = 160  # characters of somebody's words
_LONGEST_SENTENCE: Final = 200
_LONGEST_NAME: Final = 60
_SETTLED: Final = "Settled: "
_LEFT: Final = "Left alone: "
_MOVED: Final = "See the newer note below."
_DATE: Final = re.compile(r"\((\d{4}-\d{2}-\d{2})\)$")


def comment(
    findings: Sequence[Finding], actions: Actions, calendar: Calendar, lead: Party | None = None
) -> Document:
    """One comment on all open findings of an issue, grouped by whose turn it is; days are the calendar's.

    A ``lead`` is told as well, where the matter has stood for long.
    """
    blocks: list[Block] = []
    for group in _by_party(findings):
        to = _address(group[0].owed_by, actions)
        for number, finding in enumerate(group):
            blocks += about(finding, to if number == 0 else None, actions, calendar)
    if lead is not None:
        words = "this has been open for a while; perhaps it needs a decision, or somebody with time for it."
        blocks.append(Paragraph((_address(lead, actions), Text(f": {words}"))))
    blocks.append(Paragraph((Text(_closing(actions), "emphasis"),)))
    return Document(tuple(blocks))


def _address(party: Party, actions: Actions) -> Inline:
    """Somebody's name, as a mention where they are to be told."""
    if actions.mention and party.id is not None:
        return Mention(party.id, plain(party.name or party.id)[:_LONGEST_NAME])
    return Text(plain(party.label)[:_LONGEST_NAME], "strong")


def settled(why: str) -> Document:
    """What remains of a comment whose matter is settled."""
    return _one_line(f"{_SETTLED}{shortened(why, _LONGEST)}.")


def left_alone(why: str) -> Document:
    """What remains of a comment that somebody answered: the matter is theirs now."""
    return _one_line(f"{_LEFT}{shortened(why, _LONGEST)}.")


def moved() -> Document:
    """What remains of a comment that a newer one replaced."""
    return _one_line(_MOVED)


def _one_line(text: str) -> Document:
    return Document((Paragraph((Text(text, "emphasis"),)),))


def is_closed(text: str) -> bool:
    """Whether a comment of the tool, by its words, is one that is settled or replaced."""
    return text.strip(" _*").startswith((_SETTLED.strip(), _LEFT.strip(), _MOVED))


def _by_party(findings: Sequence[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: (f.due, f.rule, f.fingerprint)):
        groups.setdefault(finding.owed_by.id or finding.owed_by.label, []).append(finding)
    return list(groups.values())


def about(finding: Finding, to: Inline | None, actions: Actions, calendar: Calendar) -> list[Block]:
    """What is missing, in the record's own words, and what helps; ``to`` is whose turn it is."""
    own = actions.wording(finding.rule, finding.project)
    quoted = next((item for item in finding.evidence if item.quote and not item.restricted), None)
    due = calendar.local_day(finding.due)
    words = {
        "title": _DATE.sub(lambda found: f"({spoken_day(date.fromisoformat(found[1]), due)})", finding.title),
        "since": spoken_day(calendar.local_day(finding.opened), due),
        "due": spoken_day(due, due),
        "who": plain(finding.owed_by.label)[:_LONGEST_NAME],
        "quote": shortened(quoted.quote or "", _LONGEST) if quoted is not None else "",
        "clears": finding.clears,
        "remedy": finding.remedy,
    }
    usual = "$title." if finding.title.endswith(")") else "$title (since $since)."  # it has its date already
    says = Template(own.says or usual).safe_substitute(words)
    lead: tuple[Inline, ...] = (to, Text(": ")) if to is not None else ()
    blocks: list[Block] = [Paragraph((*lead, Text(shortened(says, _LONGEST_SENTENCE))))]
    if quoted is not None:
        who = f"{plain(quoted.actor)[:_LONGEST_NAME]}, " if quoted.actor else ""
        when = spoken_day(calendar.local_day(quoted.at), due)
        blocks.append(Quote((Text(f"{who}{when}: "), Text(f"\u201c{words['quote']}\u201d"))))
    helps = shortened(Template(own.helps or "$remedy").safe_substitute(words), _LONGEST_SENTENCE)
    return [*blocks, Paragraph((Text("What helps:", "strong"), Text(f" {helps}")))]


def _closing(actions: Actions) -> str:
    return (
        "This note goes by itself once that is done. Not right? Answer"
        f" \u201c@{actions.handle} handled elsewhere\u201d. Not now? \u201c@{actions.handle} snooze 2w\u201d."
    )
