"""What people answer the tool, and for how long it then leaves what alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cases import MONDAY
from ownership_audit.reconcile.replies import Answer, Tool, answers, dismissed
from ownership_audit.reconcile.settings import Actions
from ownership_audit.timeline import Conventions, PersonNote, Timeline
from ownership_audit.trackers.marker import MOVED, OPEN, SETTLED, Marker, Told
from ownership_audit.trackers.posts import Posted
from payloads import ANN, BOB, CID, ZOE, assign, change, comment, issue, timeline

TOOL = "tool-1"
US = Tool(TOOL, frozenset({"ownership-audit", "ownership audit", "nudge"}))
AT = "2026-03-03T10:00:00.000+0000"
LEAD = Conventions(leads={"WEB": "Zoe Hart"})


def posted(*findings: str, at: datetime = MONDAY, state: str = OPEN, id_: str = "1") -> Posted:
    """A comment of the tool that speaks of findings."""
    return Posted(id_, at, Marker(state, {name: Told("unacknowledged", "warning") for name in findings}, ""))


def history(*bodies: object, by: Any = BOB, at: str = AT, conventions: Conventions = LEAD) -> Timeline:
    return timeline(
        issue(assignee=BOB, comments=[comment(at, by, body, str(n)) for n, body in enumerate(bodies)]),
        conventions=conventions,
    )


def read(body: object, *, actions: Actions | None = None, by: Any = BOB) -> list[Answer]:
    return answers(history(body, by=by), [posted("f1")], actions or Actions(), US)


def doc(*inlines: dict[str, Any], kind: str = "paragraph") -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": [{"type": kind, "content": list(inlines)}]}


def text(words: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": words, "marks": [{"type": mark} for mark in marks]}


def mention(id_: str, name: str | None = None) -> dict[str, Any]:
    return {"type": "mention", "attrs": {"id": id_, **({"text": f"@{name}"} if name else {})}}


def day(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    "body",
    [
        "@ownership-audit handled elsewhere",
        "@ownership-audit: handled elsewhere.",
        "@Ownership-Audit, Handled ELSEWHERE!",
        "@ownership-audit \u2013 is handled elsewhere, see WEB-9",
        "@ownership-audit  tracked   elsewhere",
        "@ownership-audit please dismiss",
        "@ownership-audit dismissed",
        "@nudge done elsewhere",
        "@Ownership Audit settled elsewhere",
        "[~nudge] handled elsewhere",
        f"[~{TOOL}] handled elsewhere",
        f"[~accountid:{TOOL}] handled elsewhere",
        "*@ownership-audit handled elsewhere*",
        "- @ownership-audit handled elsewhere",
        "Hello all,\n\n@ownership-audit handled elsewhere\nBest, Bob",
        doc(text("@ownership-audit handled elsewhere")),
        doc(mention(TOOL), text(" handled elsewhere")),
        doc(mention(TOOL, "The Auditor"), text(": handled elsewhere")),
        doc(mention("other-id", "Ownership Audit"), text(" handled elsewhere")),
        "@ownership-audit not ours, Ann owns it",
        "@ownership-audit not our: ask Ann",
        "@ownership-audit Not ours.",
    ],
)
def test_an_answer_for_good(body: object) -> None:
    (answer,) = read(body)
    assert (answer.by, answer.findings, answer.until) == ("Bob Stone", frozenset({"f1"}), None)
    assert answer.holds(day("2036-01-01"))


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("snooze 2w", "2026-03-17 10:00"),
        ("snooze 3d", "2026-03-06 10:00"),
        ("snooze 1m", "2026-04-02 10:00"),
        ("Snooze: 2 weeks please", "2026-03-17 10:00"),
        ("snooze for 10 days", "2026-03-13 10:00"),
        ("snoozed for 2 Months.", "2026-05-02 10:00"),
        ("snooze until 2026-05-04", "2026-05-04 00:00"),
        ("SNOOZE UNTIL 2026-05-04!", "2026-05-04 00:00"),
        ("snooze 2026-05-04", "2026-05-04 00:00"),
    ],
)
def test_a_snooze_ends(words: str, until: str) -> None:
    (answer,) = read(f"@ownership-audit {words}")
    assert answer.until == day(until)
    assert answer.holds(day(until).replace(year=2025))
    assert not answer.holds(day(until))


@pytest.mark.parametrize(
    "body",
    [
        "handled elsewhere",
        "I told @ownership-audit handled elsewhere",
        "@ownership-auditor handled elsewhere",
        "@ownership-audit",
        "@ownership-audit thanks!",
        "@ownership-audit snooze",
        "@ownership-audit snooze 2 minutes",
        "@ownership-audit snooze 2026-05-041",
        "@ownership-audit unhandled elsewhere",
        "@ownership-audit dismissively said",
        "@someone handled elsewhere",
        "[~accountid:somebody] handled elsewhere",
        doc(mention("other"), text(" handled elsewhere")),
        "{quote}@ownership-audit handled elsewhere{quote}",
        "bq. @ownership-audit handled elsewhere",
        "{code}\n@ownership-audit handled elsewhere\n{code}",
        "{noformat}\n@ownership-audit snooze 2w\n{noformat}",
        "{{@ownership-audit handled elsewhere}}",
        doc(text("@ownership-audit handled elsewhere", "code")),
        doc(text("@ownership-audit handled elsewhere"), kind="codeBlock"),
        {
            "type": "doc",
            "version": 1,
            "content": [
                {
                    "type": "blockquote",
                    "content": doc(text("@ownership-audit handled elsewhere"))["content"],
                }
            ],
        },
        "> @ownership-audit handled elsewhere",
        "",
        None,
    ],
)
def test_no_answer(body: object) -> None:
    assert read(body) == []


def test_an_impossible_day_leaves_nothing_alone() -> None:
    (answer,) = read("@ownership-audit snooze until 2026-02-31")
    assert not answer.holds(answer.at)


def test_the_first_answer_of_a_comment_counts() -> None:
    (answer,) = read("@ownership-audit snooze 3d\n@ownership-audit handled elsewhere")
    assert answer.said == "snooze 3d"


def test_an_answer_is_told_in_words() -> None:
    (answer,) = read("@ownership-audit snooze 2w")
    assert answer.why == "Bob Stone answered \u201csnooze 2w\u201d on 3 March, until 17 March"
    (answer,) = read("@ownership-audit not ours, Ann \u202eowns it" + "!" * 200)
    assert len(answer.said) <= 60
    assert "\u202e" not in answer.why


# ---------------------------------------------------------------- who


def test_the_owner_and_the_lead_may_answer_and_others_not() -> None:
    assert len(read("@nudge handled elsewhere", by=BOB)) == 1
    assert len(read("@nudge handled elsewhere", by=ZOE)) == 1
    assert read("@nudge handled elsewhere", by=ANN) == []
    assert read("@nudge handled elsewhere", by=None) == []


@pytest.mark.parametrize("name", ["ann lee", "5b10:ann", "desk"])
def test_so_may_those_whom_the_configuration_names(name: str) -> None:
    actions = Actions(answers_from=frozenset({name}))
    team = Conventions(people={"ann lee": PersonNote(team="Desk")})
    found = history("@nudge handled elsewhere", by=ANN, conventions=team)
    assert len(answers(found, [posted("f1")], actions, US)) == 1
    assert read("@nudge handled elsewhere", by=CID, actions=actions) == []


def test_bots_do_not_answer() -> None:
    conventions = Conventions(people={"bob stone": PersonNote(kind="bot")})
    assert answers(history("@nudge dismiss", conventions=conventions), [posted("f1")], Actions(), US) == []


def test_the_owner_of_that_moment_counts() -> None:
    passed_on = change("2026-03-03T09:00:00.000+0000", ANN, assign(BOB, CID), id_="9")
    both = [comment(AT, BOB, "@nudge dismiss", "1"), comment(AT, CID, "@nudge snooze 1w", "2")]
    found = timeline(issue(assignee=CID, changes=[passed_on], comments=both))
    assert [a.by for a in answers(found, [posted("f1")], Actions(), US)] == ["Cid Moor"]


# ---------------------------------------------------------------- about what


def test_an_answer_is_about_the_last_comment_before_it_and_nothing_newer() -> None:
    said = [
        posted("old", at=day("2026-02-20 10:00"), state=SETTLED, id_="1"),
        posted("f1", "f2", state=MOVED, id_="2"),
        posted("f2", "f3", at=day("2026-03-04 10:00"), id_="3"),
    ]
    (answer,) = answers(history("@nudge dismiss"), said, Actions(), US)
    assert answer.findings == {"f1", "f2"}
    assert set(dismissed([answer], day("2026-03-05 10:00"))) == {"f1", "f2"}


def test_before_the_first_comment_there_is_nothing_to_answer() -> None:
    late = [posted("f1", at=day("2026-03-04 10:00"))]
    assert answers(history("@nudge dismiss"), late, Actions(), US) == []
    assert answers(history("@nudge dismiss"), [], Actions(), US) == []


def test_the_last_answer_about_a_finding_counts() -> None:
    found = timeline(
        issue(
            assignee=BOB,
            comments=[
                comment(AT, BOB, "@nudge handled elsewhere", "1"),
                comment("2026-03-04T10:00:00.000+0000", BOB, "@nudge snooze 1d", "2"),
            ],
        )
    )
    said = answers(found, [posted("f1")], Actions(), US)
    assert len(said) == 2
    assert set(dismissed(said, day("2026-03-05 09:00"))) == {"f1"}
    assert dismissed(said, day("2026-03-05 10:00")) == {}
