"""The words of a comment: what is missing, in the record's own words, and what would settle it.

It speaks about the issue, never about a person; it says dates, not how late anybody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from string import Template
from typing import Final

from ownership_audit.calendars import Calendar
from ownership_audit.document import Block, Bullets, Document, Inline, Line, Mention, Paragraph, Quote, Text
from ownership_audit.finding import Evidence, Finding, Party, plain
from ownership_audit.reconcile.settings import Actions

_LONGEST: Final = 200  # characters of somebody's words
_LONGEST_NAME: Final = 80
_SETTLED: Final = "Settled: "
_MOVED: Final = "See the newer note below."


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
        words = "this has stood for a while; perhaps it needs a decision, or somebody with time for it."
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
    return Document((Paragraph((Text(f"{_SETTLED}{plain(why)[:_LONGEST]}.", "emphasis"),)),))


def moved() -> Document:
    """What remains of a comment that a newer one replaced."""
    return Document((Paragraph((Text(_MOVED, "emphasis"),)),))


def is_closed(text: str) -> bool:
    """Whether a comment of the tool, by its words, is one that is settled or replaced."""
    return text.strip().startswith((_SETTLED.strip(), _MOVED))


def _by_party(findings: Sequence[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: (f.due, f.rule, f.fingerprint)):
        groups.setdefault(finding.owed_by.id or finding.owed_by.label, []).append(finding)
    return list(groups.values())


def about(finding: Finding, to: Inline | None, actions: Actions, calendar: Calendar) -> list[Block]:
    """What is missing, in the record's own words, and what helps; ``to`` is whose turn it is."""
    own = actions.wording(finding.rule, finding.project)
    quoted = next((item for item in finding.evidence if item.quote and not item.restricted), None)
    words = {
        "title": finding.title,
        "since": _day(calendar.local_day(finding.opened)),
        "due": _day(calendar.local_day(finding.due)),
        "who": finding.owed_by.label,
        "quote": _shortened(quoted.quote or "") if quoted is not None else "",
        "clears": finding.clears,
        "remedy": finding.remedy,
    }
    usual = "$title." if finding.title.endswith(")") else "$title (since $since)."  # it has its date already
    says = Template(own.says or usual).safe_substitute(words)
    lead: tuple[Inline, ...] = (to, Text(": ")) if to is not None else ()
    blocks: list[Block] = [Paragraph((*lead, Text(_shortened(says, 2 * _LONGEST))))]
    if quoted is not None:
        blocks.append(Quote(_quoted(quoted, calendar)))
    helps = Template(own.helps or "$remedy").safe_substitute(words)
    settles: Line = (Text("What settles it: ", "strong"), Text(_shortened(finding.clears, 2 * _LONGEST)))
    blocks.append(Bullets(((Text("What helps: ", "strong"), Text(_shortened(helps, 2 * _LONGEST))), settles)))
    return blocks


def _quoted(item: Evidence, calendar: Calendar) -> Line:
    who = f"{plain(item.actor)[:_LONGEST_NAME]}, " if item.actor else ""
    return (
        Text(f"{who}{_day(calendar.local_day(item.at))}: "),
        Text(f"\u201c{_shortened(item.quote or '')}\u201d"),
    )


def _closing(actions: Actions) -> str:
    return (
        "This note is about the issue, not about anybody, and goes by itself when it is settled. If it is not"
        f" right, answer @{actions.handle} handled elsewhere, or @{actions.handle} snooze 2w."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _shortened(text: str, longest: int = _LONGEST) -> str:
    safe = plain(text[: 4 * longest])
    return safe if len(safe) <= longest else f"{safe[: longest - 1].rstrip()}\u2026"
