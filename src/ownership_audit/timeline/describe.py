"""Events in words, as a person reads them: for evidence and for explaining a timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from ownership_audit.text import first_sentence
from ownership_audit.timeline.model import DERIVED, Event, Person, Status


def _person(value: Person | None) -> str:
    return value.name if value is not None else "nobody"


def _status(value: Status) -> str:
    return value.name or "an unknown status"


def _names(value: frozenset[str]) -> str:
    return ", ".join(sorted(value)) or "none"


def _day(value: date | None) -> str:
    return value.isoformat() if value is not None else "none"


def _change(what: str, show: Callable[[Any], str]) -> Callable[[Event], str]:
    return lambda event: f"{what} {show(event.old)} → {show(event.new)}"


_WORDS: Final[dict[str, Callable[[Event], str]]] = {
    "created": lambda event: "created the issue",
    "comment": lambda event: "commented",
    "assigned": _change("owner", _person),
    "status": _change("status", _status),
    "deadline": _change("due date", _day),
    "release": _change("release", _names),
    "sprint": _change("sprint", _names),
    "labels": _change("labels", _names),
    "priority": _change("priority", lambda value: value or "none"),
    "moved": _change("project", lambda value: value or "none"),
    "type": _change("type", lambda value: value or "none"),
    "reviewer": _change("reviewer", lambda value: value or "nobody"),
    "flagged": lambda event: "flagged the issue" if event.new else "removed the flag",
    "summary": lambda event: "edited the summary",
    "description": lambda event: "edited the description",
    "worklog": lambda event: "logged work",
    "attachment": lambda event: "attached a file",
    "estimate": lambda event: "changed the estimate",
    "link": lambda event: "changed a link",
    "commit": lambda event: "linked a commit",
    "pull-request": lambda event: "linked a pull request",
    "parent": lambda event: "changed the parent",
    "subtask": lambda event: f"worked on sub-task {event.new}",
    "unblocked": lambda event: f"blocking issue {event.new} was done",
    "resolution": lambda event: "changed the resolution",
}


def describe(event: Event) -> str:
    """What the event did, without its actor and time."""
    words = _WORDS.get(event.kind)
    return words(event) if words else "changed another field"


def spoken_day(day: date, near: date) -> str:
    """A day as people say it, ``1 April``; with its year where that is not the one of the day beside it."""
    return f"{day.day} {day:%B}" if day.year == near.year else f"{day.day} {day:%B %Y}"


def deed(event: Event) -> str:
    """Who did what, as a sentence tells it: ``Ann Lee moved the date to 3 April``."""
    if event.kind in DERIVED:
        return describe(event)
    who = event.actor.name if event.actor is not None else "somebody"
    return f"{who} {_done(event)}"


def _done(event: Event) -> str:
    new = event.new
    if event.kind == "assigned":
        if new is None:
            return "left it without an owner"
        taken = event.actor is not None and event.actor.id == new.id
        return "took it" if taken else f"gave it to {new.name}"
    if event.kind == "deadline":
        if new is None:
            return "took the date away"
        return f"{'set' if event.old is None else 'moved'} the date to {spoken_day(new, event.at)}"
    if event.kind == "status":
        return f"set it to {new.name}" if new.name else "changed its status"
    if event.kind == "comment":
        return "wrote a comment"
    words = describe(event)
    return f"changed the {event.kind}" if "\u2192" in words else words


def quote(event: Event, part: tuple[int, int] | None = None) -> str | None:
    """A comment's first sentence, or ``part`` of its prose, on a line; None where there are no words."""
    if event.body is None:
        return None
    text = event.body.prose.text
    if part is None:
        return first_sentence(text) or None
    start, end = part
    words = " ".join("".join(c if c.isprintable() else " " for c in text[start:end]).split())
    is_cut_before = text[:start].rstrip(" ")[-1:].isalnum()
    is_cut_after = text[end - 1 : end].isalnum() and text[end : end + 1] not in ("", "\n")
    return f"{'…' if is_cut_before else ''}{words}{'…' if is_cut_after else ''}" or None
