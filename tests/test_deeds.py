"""What somebody did, as a sentence: for what is left of a comment whose matter is settled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ownership_audit.timeline import Event, Person, Status
from ownership_audit.timeline.describe import deed

ANN, BOB = Person("a", "Ann Lee"), Person("b", "Bob Stone")
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "old", "new", "words"),
    [
        ("comment", None, None, "Ann Lee wrote a comment"),
        ("assigned", None, BOB, "Ann Lee gave it to Bob Stone"),
        ("assigned", BOB, ANN, "Ann Lee took it"),
        ("assigned", BOB, None, "Ann Lee left it without an owner"),
        ("status", Status("To Do", "todo"), Status("Done", "done"), "Ann Lee set it to Done"),
        ("status", Status("To Do", "todo"), Status("", "unknown"), "Ann Lee changed its status"),
        ("deadline", None, date(2026, 4, 3), "Ann Lee set the date to 3 April"),
        ("deadline", date(2026, 4, 1), date(2027, 1, 3), "Ann Lee moved the date to 3 January 2027"),
        ("deadline", date(2026, 4, 1), None, "Ann Lee took the date away"),
        ("worklog", None, None, "Ann Lee logged work"),
        ("priority", "Low", "High", "Ann Lee changed the priority"),
        ("flagged", False, True, "Ann Lee flagged the issue"),
        ("unblocked", None, "WEB-2", "blocking issue WEB-2 was done"),
    ],
)
def test_a_deed(kind: str, old: Any, new: Any, words: str) -> None:
    assert deed(Event(AT, kind, ANN, "1", old, new)) == words


def test_without_an_actor_it_was_somebody() -> None:
    assert deed(Event(AT, "comment", None, "1", None, None)) == "somebody wrote a comment"
