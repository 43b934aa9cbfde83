"""The words of a message: the issues that wait for its reader, each as a comment on it would tell it.

It speaks about issues, never about how anybody does; nothing in it is a figure of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ownership_audit.digest.plan import Item, Message, by_issue
from ownership_audit.document import Block, Document, Inline, Link, Paragraph, Text
from ownership_audit.plain import plain, shortened
from ownership_audit.reconcile.settings import Actions
from ownership_audit.reconcile.wording import about

_LONGEST: Final = 120  # characters of an issue's title
_SHOWN: Final = 20  # issues that were told before


def title_of(message: Message) -> str:
    """The subject; it holds no word of the tracker."""
    count = len(message.keys)
    return f"{count} {'issue waits' if count == 1 else 'issues wait'} for a word"


def document_of(message: Message, actions: Actions) -> Document:
    """The message."""
    reader = message.reader
    own = [item for item in message.items if not item.escalated]
    long = [item for item in message.items if item.escalated]
    blocks: list[Block] = []
    if own:
        whom = f"the team {plain(reader.name)}" if reader.several else "you"
        blocks.append(_paragraph(f"For {whom}: these issues wait for a word or a next step."))
        blocks += _issues(own, actions, named=reader.several)
    if long:
        words = "These have stood for a while; perhaps they need a decision, or somebody with time for them."
        blocks.append(_paragraph(words))
        blocks += _issues(long, actions, named=True)
    if message.waiting:
        more = "1 more issue follows" if message.waiting == 1 else f"{message.waiting} more issues follow"
        blocks.append(_paragraph(f"{more} in the next message."))
    if message.before:
        shown = ", ".join(map(plain, message.before[:_SHOWN]))
        rest = len(message.before) - _SHOWN
        blocks.append(_paragraph(f"Told before, and still open: {shown}{f' and {rest} more' * (rest > 0)}."))
    if any(item.after is not None for item in message.items):
        blocks.append(
            _paragraph("Perhaps you had some of this before: an earlier message may not have come.")
        )
    blocks.append(Paragraph((Text(_closing(actions), "emphasis"),)))
    return Document(tuple(blocks))


def _issues(items: Sequence[Item], actions: Actions, *, named: bool) -> list[Block]:
    """The issues; ``named`` says of each whose turn it is, where that is not the reader."""
    blocks: list[Block] = []
    for case, group in by_issue(items):
        title = f"{plain(case.key)}: {shortened(case.summary, _LONGEST)}"
        heading: Inline = Link(title, case.url) if case.url else Text(title, "strong")
        blocks.append(Paragraph((heading,)))
        for item in group:
            to = Text(shortened(item.finding.owed_by.label, _LONGEST), "strong") if named else None
            blocks += about(item.finding, to, actions, case.calendar)
    return blocks


def _paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def _closing(actions: Actions) -> str:
    return (
        "This is about issues, not about anybody. If something is not right, answer on the issue:"
        f" @{actions.handle} handled elsewhere, or @{actions.handle} snooze 2w."
    )
