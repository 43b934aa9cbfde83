"""The timeline: order, initial values, states at a time, saves, derived events, what is assumed."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.evaluate import whose_turn
from ownership_audit.timeline import Conventions, Timeline, build
from ownership_audit.timeline.addressee import Addressees
from payloads import (
    ANN,
    BOB,
    CID,
    ZOE,
    Record,
    assign,
    at,
    change,
    cloud,
    comment,
    day,
    draft,
    issue,
    item,
    kinds,
    only,
    sure,
    timeline,
)

BOT = cloud("Build Bot", accountType="app")


def owner(found: Timeline, moment: str) -> str | None:
    person = found.owner_at(at(moment))
    return person.name if person else None


def status(old: str, new: str) -> Record:
    return item("status", old, new, "1", "2")


def due(old: str | None, new: str | None) -> Record:
    return item("duedate", old and f"{old} 00:00:00.0", new and f"{new} 00:00:00.0", old, new)


# -- what stood at creation -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "entry", "name", "first", "last"),
    [
        ({"assignee": BOB}, assign(CID, BOB), "owner", "Cid Moor", "Bob Stone"),
        ({"assignee": BOB}, assign(None, BOB), "owner", None, "Bob Stone"),
        ({"assignee": None}, assign(CID, None), "owner", "Cid Moor", None),
        ({"status": "Done", "category": "done"}, status("Open", "Done"), "status", "Open", "Done"),
        (
            {"duedate": "2026-04-01"},
            due("2026-03-20", "2026-04-01"),
            "deadline",
            day("2026-03-20"),
            day("2026-04-01"),
        ),
        ({"duedate": None}, due("2026-03-20", None), "deadline", day("2026-03-20"), None),
        ({"priority": {"name": "High"}}, item("priority", "Low", "High"), "priority", "Low", "High"),
        ({"labels": ["b"]}, item("labels", "a b", "b"), "labels", {"a", "b"}, {"b"}),
        ({"issuetype": {"name": "Epic"}}, item("issuetype", "Task", "Epic"), "type", "Task", "Epic"),
        ({"fixVersions": [{"name": "1.2"}]}, item("Fix Version", None, "1.2"), "releases", set(), {"1.2"}),
        ({"fixVersions": []}, item("Fix Version", "1.2", None), "releases", {"1.2"}, set()),
        ({}, item("Sprint", "S 1", "S 2"), "sprints", {"S 1"}, {"S 2"}),
    ],
)
def test_initial_values_come_from_the_first_change(
    fields: dict[str, Any], entry: Record, name: str, first: object, last: object
) -> None:
    found = timeline(issue(changes=[change("2026-03-05T10:00:00Z", ANN, entry)], **fields))
    values = [getattr(state, name) for state in (found.states[0], found.states[1], found.end)]
    shown = [value.name if hasattr(value, "name") else value for value in values]
    assert shown == [first, first, last]


def test_without_changes_the_current_values_held_from_the_start() -> None:
    record = issue(
        assignee=BOB, status="In Progress", duedate="2026-03-20", fixVersions=[{"name": "1.2"}], labels=["x"]
    )
    state = timeline(record).states[0]
    assert state.owner is not None
    assert (state.owner.name, state.status.name, state.deadline) == (
        "Bob Stone",
        "In Progress",
        day("2026-03-20"),
    )
    assert (state.priority, state.releases, state.labels) == ("Medium", {"1.2"}, {"x"})


# -- at a moment ----------------------------------------------------------------------------------------

LIFE = issue(
    assignee=CID,
    duedate="2026-03-25",
    changes=[
        change("2026-03-03T10:00:00Z", ANN, assign(BOB, None)),
        change("2026-03-04T10:00:00Z", ANN, assign(None, CID), due("2026-03-20", None)),
        change("2026-03-05T10:00:00Z", CID, due(None, "2026-03-25")),
    ],
)


def test_owner_and_deadline_at_a_moment() -> None:
    found = timeline(LIFE)
    assert owner(found, "2026-03-01 00:00") == "Bob Stone"  # before creation things stand as at creation
    assert owner(found, "2026-03-03 09:59") == "Bob Stone"
    assert owner(found, "2026-03-03 10:00") is None  # at its moment a change has happened
    assert owner(found, "2026-03-04 10:00") == "Cid Moor"
    deadlines = [found.state_at(at(f"2026-03-0{n} 12:00")).deadline for n in (3, 4, 5)]
    assert deadlines == [day("2026-03-20"), None, day("2026-03-25")]


def test_states_tell_which_event_set_owner_and_deadline() -> None:
    found = timeline(LIFE)
    assert kinds(found) == ["created", "assigned", "assigned", "deadline", "deadline"]
    assert [state.owner_event for state in found.states] == [0, 0, 1, 2, 2, 2]
    assert [state.deadline_event for state in found.states] == [0, 0, 0, 0, 3, 4]


def test_former_owners() -> None:
    found = timeline(LIFE)
    assert [person.name for person in found.former_owners(2)] == ["Bob Stone"]
    assert [person.name for person in found.former_owners(1)] == []


def test_the_timeline_ends_at_the_moment_asked_for() -> None:
    found = timeline(LIFE, at("2026-03-04 10:00"))
    assert kinds(found) == ["created", "assigned", "assigned", "deadline"]
    assert found.end.deadline is None
    assert build(draft(LIFE), Conventions(), at("2026-03-02 08:59")) is None
    assert build(draft(LIFE), Conventions(), at("2026-03-02 09:00")) is not None


@given(st.integers(0, 80))
def test_a_prefix_of_the_whole_is_the_timeline_of_then(hours: int) -> None:
    moment = at("2026-03-02 09:00") + timedelta(hours=hours)
    whole, then = timeline(LIFE), timeline(LIFE, moment)
    assert then.events == whole.events[: len(then.events)]
    assert then.states == whole.states[: len(then.states)]
    assert then.end == whole.state_at(moment)


# -- order ----------------------------------------------------------------------------------------------


def test_events_come_in_order_of_time_whatever_the_record_does() -> None:
    changes = [
        change(f"2026-03-{n:02}T10:00:00Z", ANN, status(f"S{n}", f"S{n + 1}"), id_=str(100 + n))
        for n in range(3, 9)
    ]
    comments = [comment(f"2026-03-{n:02}T11:00:00Z", BOB, f"Note {n}", id_=str(n)) for n in range(3, 9)]
    expected = timeline(issue(status="S9", changes=changes, comments=comments))
    for seed in range(5):
        shuffle = random.Random(seed).shuffle
        shuffle(changes)
        shuffle(comments)
        found = timeline(issue(status="S9", changes=changes, comments=comments))
        assert [event.id for event in found.events] == [event.id for event in expected.events]
        assert found.states == expected.states
    assert [state.status.name for state in expected.states[1::2]] == [f"S{n}" for n in range(3, 10)]


def test_at_one_time_creation_changes_comments_and_then_the_trackers_order() -> None:
    moment = "2026-03-02T09:00:00.000+0000"
    record = issue(
        status="C",
        comments=[comment(moment, ANN, "x", id_="2"), comment(moment, ANN, "y", id_="1")],
        changes=[
            change(moment, ANN, status("B", "C"), id_="100"),
            change(moment, ANN, status("A", "B"), item("summary", "a", "b"), id_="99"),
        ],
    )
    found = timeline(record)
    assert [event.id for event in found.events] == ["created", "h99.0", "h99.1", "h100.0", "c1", "c2"]
    assert [state.status.name for state in found.states] == ["A", "A", "B", "B", "C", "C", "C"]


def test_more_than_ten_items_of_one_change_keep_their_order() -> None:
    items = [status(f"S{n}", f"S{n + 1}") for n in range(12)]
    found = timeline(issue(status="S12", changes=[change("2026-03-03T10:00:00Z", ANN, *items, id_="5")]))
    assert [event.new.name for event in found.events[1:]] == [f"S{n}" for n in range(1, 13)]


def test_what_is_dated_before_creation_happens_at_creation() -> None:
    record = issue(
        assignee=BOB,
        changes=[change("2026-03-01T10:00:00Z", ANN, assign(None, BOB))],
        comments=[comment("2026-02-20T10:00:00Z", CID, "Moved over from the old tracker.")],
    )
    found = timeline(record)
    assert kinds(found) == ["created", "assigned", "comment"]
    assert {event.at for event in found.events} == {at("2026-03-02 09:00")}


# -- saves ----------------------------------------------------------------------------------------------


def saves(found: Timeline) -> list[tuple[int, int]]:
    return list(zip(found.first, found.last, strict=True))


def test_a_save_is_what_one_actor_does_within_five_seconds() -> None:
    record = issue(
        changes=[
            change(
                "2026-03-03T10:00:00.000Z", BOB, item("summary", "a", "b"), item("priority", "Low", "High")
            ),
            change("2026-03-03T10:00:05.001Z", BOB, item("summary", "b", "c")),
        ],
        comments=[comment("2026-03-03T10:00:05.000Z", BOB, "Said along.")],
    )
    assert saves(timeline(record)) == [(0, 0), (1, 3), (1, 3), (1, 3), (4, 4)]


def test_a_save_does_not_grow_without_end() -> None:
    comments = [comment(f"2026-03-03T10:00:{n:02}Z", BOB, str(n), id_=str(n)) for n in range(0, 12, 3)]
    assert saves(timeline(issue(comments=comments))) == [(0, 0), (1, 2), (1, 2), (3, 4), (3, 4)]


def test_interleaved_saves_of_two_actors() -> None:
    record = issue(
        comments=[
            comment("2026-03-03T10:00:00Z", BOB, "1"),
            comment("2026-03-03T10:00:01Z", CID, "2"),
            comment("2026-03-03T10:00:02Z", BOB, "3"),
            comment("2026-03-03T10:00:03Z", CID, "4"),
        ]
    )
    assert saves(timeline(record)) == [(0, 0), (1, 3), (2, 4), (1, 3), (2, 4)]


def test_what_nobody_known_did_is_no_save() -> None:
    record = issue(
        comments=[comment("2026-03-03T10:00:00Z", None, "1"), comment("2026-03-03T10:00:00Z", None, "2")]
    )
    assert saves(timeline(record)) == [(0, 0), (1, 1), (2, 2)]


def test_before_and_after_a_save() -> None:
    record = issue(
        assignee=CID,
        status="In Progress",
        changes=[
            change("2026-03-03T10:00:00Z", BOB, assign(BOB, CID)),
            change("2026-03-03T10:00:02Z", BOB, status("Open", "In Progress")),
        ],
        comments=[comment("2026-03-03T10:00:04Z", BOB, "Cid, it is yours.")],
    )
    found = timeline(record)
    for index in (1, 2, 3):
        before, after = found.before(index), found.after(index)
        assert (sure(before.owner).name, before.status.name) == ("Bob Stone", "Open")
        assert (sure(after.owner).name, after.status.name) == ("Cid Moor", "In Progress")


# -- deadlines from elsewhere ---------------------------------------------------------------------------


def version(name: str, day_: str | None = None) -> Record:
    return {"name": name} | ({"releaseDate": day_} if day_ else {})


@pytest.mark.parametrize(
    ("said", "imported"),
    [
        ([], 0),
        ([("09:00:03", ANN)], 0),  # with the form, by who files it
        ([("09:00:03", BOB)], 2),
        ([("09:00:00", ANN), ("09:00:14", ANN)], 3),
        ([("09:00:00", ANN), ("09:00:01", BOB), ("09:30:00", CID)], 3),
        ([("09:00:16", BOB)], 0),
        ([("09:00:00", BOT)], 0),
    ],
)
def test_comments_within_seconds_of_creation_were_imported(
    said: list[tuple[str, Record]], imported: int
) -> None:
    comments = [comment(f"2026-03-02T{time}Z", by, "Which version is it?") for time, by in said]
    found = timeline(issue(created="2026-03-02T09:00:00Z", reporter=ANN, comments=comments))
    assert found.imported == imported
    assert [found.is_imported(n) for n in range(len(found.events))] == [
        0 < n < imported for n in range(len(found.events))
    ]


def test_the_release_date_is_the_deadline_where_configured() -> None:
    record = issue(
        fixVersions=[version("1.3", "2026-04-20")],
        changes=[
            change(
                "2026-03-05T10:00:00Z",
                ANN,
                item("Fix Version", "1.2", None),
                item("Fix Version", None, "1.3"),
            )
        ],
    )
    conventions = Conventions(deadline_sources=("due-date", "release"))
    ends = {"release WEB/1.2": day("2026-03-20"), "release WEB/1.3": day("2026-04-20")}
    found = build(draft(record, conventions), conventions, ends=ends)
    assert found is not None
    moved = only(found, "deadline")
    assert (moved.at, moved.old, moved.new) == (at("2026-03-05 10:00"), day("2026-03-20"), day("2026-04-20"))
    assert moved.actor is not None
    assert moved.actor.name == "Ann Lee"
    assert timeline(record).end.deadline is None  # by default only the due date counts


def test_the_due_date_comes_first_and_then_the_earliest_end() -> None:
    conventions = Conventions(deadline_sources=("due-date", "release", "sprint"))
    sprint = {"name": "S 1", "state": "active", "boardId": 1, "endDate": "2026-03-13T15:00:00.000Z"}
    fields: dict[str, Any] = {
        "customfield_1": [sprint],
        "fixVersions": [version("1.2", "2026-04-20"), version("1.3")],
    }
    assert timeline(issue(**fields), conventions=conventions).end.deadline == day("2026-03-13")
    found = timeline(issue(duedate="2026-05-01", **fields), conventions=conventions)
    assert found.end.deadline == day("2026-05-01")


def test_setting_a_due_date_over_a_release_date_moves_the_deadline_in_force() -> None:
    conventions = Conventions(deadline_sources=("due-date", "release"))
    record = issue(
        duedate="2026-04-10",
        fixVersions=[version("1.2", "2026-03-20")],
        changes=[change("2026-03-05T10:00:00Z", ANN, due(None, "2026-04-10"))],
    )
    moved = only(timeline(record, conventions=conventions), "deadline")
    assert (moved.old, moved.new) == (day("2026-03-20"), day("2026-04-10"))


# -- planning -------------------------------------------------------------------------------------------


def planned(*changes: Record, **fields: Any) -> Timeline:
    return timeline(issue(changes=changes, **fields))


@pytest.mark.parametrize(
    ("old", "new", "replanned"),
    [
        ("1.1", "1.2", True),
        ("1.9", "1.10", True),
        ("1.2", "1.1", False),  # brought forward
        ("1.10", "1.9", False),
        ("1.1", "Backlog", True),
        ("1.1", "3.x", True),
        (None, "1.2", False),  # planned for the first time
        (None, "Backlog", True),
        ("1.1", None, True),  # no longer planned at all
        ("Spring", "Summer", True),
    ],
)
def test_another_release_after_the_date_was_set_is_replanning(
    old: str | None, new: str | None, replanned: bool
) -> None:
    items = ([item("Fix Version", old, None)] if old else []) + (
        [item("Fix Version", None, new)] if new else []
    )
    found = planned(
        change("2026-03-05T10:00:00Z", ANN, *items),
        duedate="2026-03-20",
        fixVersions=[{"name": new}] if new else [],
    )
    assert [state.replanned for state in found.states] == [False, False, replanned]


def test_a_new_date_ends_replanning() -> None:
    found = planned(
        change("2026-03-05T10:00:00Z", ANN, item("Sprint", "S 1", "S 2")),
        change("2026-03-06T10:00:00Z", ANN, due("2026-03-20", "2026-04-01")),
        duedate="2026-04-01",
    )
    assert [state.replanned for state in found.states] == [False, False, True, False]


def test_out_of_one_release_and_later_into_another_is_replanning() -> None:
    found = planned(
        change("2026-03-05T10:00:00Z", ANN, item("Fix Version", "1.1", None)),
        change("2026-03-06T10:00:00Z", ANN, item("Fix Version", None, "1.2")),
        duedate="2026-03-20",
        fixVersions=[{"name": "1.2"}],
    )
    assert [state.replanned for state in found.states] == [False, False, True, True]


@pytest.mark.parametrize(
    ("fields", "parked", "scheduled"),
    [
        ({}, False, False),
        ({"fixVersions": [{"name": "1.2"}]}, False, True),
        ({"fixVersions": [{"name": "3.x"}]}, True, False),
        ({"fixVersions": [{"name": "3.x"}, {"name": "1.2"}]}, False, True),
        ({"duedate": "2026-03-20"}, False, True),
        ({"fixVersions": [{"name": "Future"}], "duedate": "2026-03-20"}, True, True),
        ({"priority": {"name": "Blocker"}}, False, True),
        ({"priority": {"name": "Minor"}}, False, False),
        ({"priority": None}, False, False),
        (
            {"status": "Received", "fixVersions": [{"name": "1.2"}]},
            False,
            False,
        ),  # so far a wish of the reporter
        ({"status": "Received", "duedate": "2026-03-20"}, False, True),
    ],
)
def test_parked_and_scheduled(fields: dict[str, Any], parked: bool, scheduled: bool) -> None:
    state = timeline(issue(**fields)).end
    assert (state.parked, state.scheduled) == (parked, scheduled)


# -- whose turn, for whom -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "category", "holder", "turn"),
    [
        ("To Do", "new", BOB, "owner"),
        ("In Progress", "indeterminate", BOB, "owner"),
        ("Blocked", "indeterminate", BOB, "owner"),
        ("Nonsense", None, BOB, "owner"),
        ("In Review", "indeterminate", BOB, "other"),
        ("Waiting for customer", "indeterminate", BOB, "other"),
        ("In Progress", "indeterminate", None, "lead"),
        ("Waiting for customer", "indeterminate", None, "lead"),
        ("Done", "done", BOB, "nobody"),
        ("Done", "done", None, "nobody"),
    ],
)
def test_whose_turn(name: str, category: str | None, holder: Record | None, turn: str) -> None:
    assert whose_turn(timeline(issue(status=name, category=category, assignee=holder)).end) == turn


def said(*comments: tuple[str, Record | None, str], **fields: Any) -> Timeline:
    fields = {"assignee": BOB, **fields}
    return timeline(issue(comments=[comment(when, who, text) for when, who, text in comments], **fields))


def addressee(found: Timeline) -> str | None:
    person = Addressees(found).of(len(found.events) - 1)
    return person.name if person else None


def test_a_comment_is_for_the_mentioned_one() -> None:
    found = said(
        ("2026-03-03T10:00:00Z", ZOE, "The file is here."),
        ("2026-03-03T11:00:00Z", ANN, "Bob has it. [~accountid:5b10:zoe], see what he wrote."),
    )
    assert addressee(found) == "Zoe Hart"
    assert addressee(said(("2026-03-03T11:00:00Z", ANN, "[~accountid:5b10:new] please look"))) == "5b10:new"


@pytest.mark.parametrize(
    "text",
    [
        "Bob, see what [~accountid:5b10:zoe] wrote.",
        "Bob, as per [~accountid:5b10:zoe] it is green, is it?",
        "Bob: [~accountid:5b10:zoe] believes that it is green.",
        "Bob, asked [~accountid:5b10:zoe] and told [~accountid:5b10:zoe] to wait.",
    ],
)
def test_whom_it_only_speaks_of_it_is_not_for(text: str) -> None:
    before = ("2026-03-03T10:00:00Z", ZOE, "The file is here.")
    assert addressee(said(before, ("2026-03-03T11:00:00Z", ANN, text))) == "Bob Stone"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hi Ingo, is it done?", "Ingo"),
        ("@QE please test it.", "QE"),
        ("Hi All, is it done?", None),
        ("@everyone please test it.", None),
        ("Fellow reviewers! Is it done?", None),
        ("@bob believes that it is done. Is it?", "Zoe Hart"),
        ("Hi! Is it done?", "Zoe Hart"),
        ("Hi there, is it done?", "Zoe Hart"),
    ],
)
def test_a_greeting_is_for_the_one_who_is_named(text: str, wanted: str | None) -> None:
    before = ("2026-03-03T10:00:00Z", ZOE, "Hm.")
    assert addressee(said(before, ("2026-03-03T11:00:00Z", ANN, text))) == wanted


def test_a_text_of_nothing_but_mentions_costs_linear_time() -> None:
    many = " ".join(f"by [~u{number}]" for number in range(20_000))
    assert addressee(said(("2026-03-03T11:00:00Z", ANN, many))) is None


@pytest.mark.parametrize(
    "text",
    [
        "Bob, is it done?",
        "bob: is it done?",
        "Bob Stone, is it done?",
        "@Bob is it done?",
        "Hi Bob, is it done?",
        "Hello Bob Stone - is it done?",
        "Bob can you tell whether it is done?",
    ],
)
def test_else_for_the_name_it_opens_with(text: str) -> None:
    assert (
        addressee(said(("2026-03-03T10:00:00Z", ZOE, "Hm."), ("2026-03-03T11:00:00Z", ANN, text)))
        == "Bob Stone"
    )


def test_else_for_the_one_who_spoke_before() -> None:
    zoe = ("2026-03-03T10:00:00Z", ZOE, "Which version is it?")
    assert addressee(said(zoe, ("2026-03-04T10:00:00Z", ANN, "It is 1.2."))) == "Zoe Hart"
    assert addressee(said(zoe, ("2026-04-04T10:00:00Z", ANN, "It is 1.2."))) is None  # long ago
    again = ("2026-03-04T10:00:00Z", ZOE, "Still open.")
    assert addressee(said(zoe, again)) is None  # nobody spoke but her
    bob = ("2026-03-04T10:00:00Z", BOB, "Which version is it?")
    assert addressee(said(bob)) == "Ann Lee"  # the owner answers who opened the issue
    assert addressee(said(zoe, ("2026-03-03T12:00:00Z", ANN, "1.2"), again)) == "Ann Lee"
    bot = ("2026-03-03T11:00:00Z", BOT, "The build is green.")
    assert addressee(said(zoe, bot, ("2026-03-04T10:00:00Z", ANN, "It is 1.2."))) == "Zoe Hart"


def test_else_for_the_owner_who_is_the_reporter_too() -> None:
    late = ("2026-05-04T10:00:00Z", CID, "It breaks here as well.")
    assert addressee(said(late, assignee=ANN)) == "Ann Lee"
    assert addressee(said(late)) is None


def test_a_name_that_two_people_have_is_no_address() -> None:
    other = {**ZOE, "accountId": "5b10:bob2", "displayName": "Bob Ross"}
    spoke = ("2026-03-03T10:00:00Z", other, "Hm.")
    assert (
        addressee(said(spoke, ("2026-03-04T11:00:00Z", CID, "Bob, is it done?"))) == "Bob Ross"
    )  # spoke last
    third = ("2026-03-04T10:00:00Z", ZOE, "I see it too.")
    assert addressee(said(spoke, third, ("2026-03-04T11:00:00Z", CID, "Bob, is it done?"))) == "Zoe Hart"


def test_only_comments_have_an_addressee() -> None:
    assert Addressees(timeline(issue(assignee=ANN))).of(0) is None


# -- what is missing, what is assumed -------------------------------------------------------------------


def without_history(**fields: Any) -> Record:
    record = issue(**fields)
    del record["changelog"]
    return record


def test_without_history_the_resolution_is_known_and_nothing_before() -> None:
    record = without_history(
        assignee=BOB, status="Done", category="done", resolutiondate="2026-03-10T10:00:00.000+0000"
    )
    found = timeline(record)
    done = only(found, "status")
    assert (done.at, done.actor, done.old.status_class, done.new.name) == (
        at("2026-03-10 10:00"),
        None,
        "unknown",
        "Done",
    )
    assert "changes" in found.incomplete
    assert not found.assumed
    assert timeline(record, at("2026-03-09 10:00")).end.is_open


def test_a_resolution_date_of_an_open_issue_is_a_leftover() -> None:
    found = timeline(without_history(status="Reopened", resolutiondate="2026-03-10T10:00:00.000+0000"))
    assert kinds(found) == ["created"]
    assert found.end.is_open


def test_a_resolution_before_creation_happens_at_creation() -> None:
    found = timeline(without_history(status="Done", category="done", resolutiondate="2026-03-01T10:00:00Z"))
    assert only(found, "status").at == at("2026-03-02 09:00")


def test_a_constant_owner_stands_in_for_a_missing_history() -> None:
    record = without_history(
        assignee=BOB, status="Done", category="done", resolutiondate="2026-03-10T10:00:00Z"
    )
    found = timeline(record, constant_owner=True)
    assert found.assumed
    assert found.incomplete == {}
    assert owner(found, "2026-03-02 10:00") == "Bob Stone"
    truncated = issue(assignee=BOB)
    truncated["changelog"]["total"] = 12
    assert timeline(truncated, constant_owner=True).assumed


def test_a_constant_owner_changes_nothing_where_history_is_there() -> None:
    plain, assumed = timeline(LIFE), timeline(LIFE, constant_owner=True)
    assert not assumed.assumed
    assert plain.states == assumed.states


@pytest.mark.parametrize("field", ["assignee", "status"])
def test_an_owner_or_status_that_is_not_in_the_record_cannot_be_assumed(field: str) -> None:
    record = without_history(assignee=BOB)
    del record["fields"][field]
    found = timeline(record, constant_owner=True)
    assert not found.assumed
    assert field in found.incomplete["changes"]


def test_comments_stay_incomplete_when_a_constant_owner_is_assumed() -> None:
    record = without_history(assignee=BOB)
    del record["fields"]["comment"]
    found = timeline(record, constant_owner=True)
    assert found.assumed
    assert set(found.incomplete) == {"comments"}


def test_an_owner_from_creation_on_counts_as_chosen_where_configured() -> None:
    record = issue(assignee=BOB)
    assert kinds(timeline(record)) == ["created"]
    found = timeline(record, conventions=Conventions(default_owner_counts=True))
    assigned = only(found, "assigned")
    assert (assigned.old, assigned.new.name, assigned.at) == (None, "Bob Stone", at("2026-03-02 09:00"))
    assert found.end.owner_event == 1


# -- containers -----------------------------------------------------------------------------------------


def test_containers_by_their_type_at_that_time() -> None:
    record = issue(
        issuetype={"name": "Task"},
        changes=[change("2026-03-05T10:00:00Z", ANN, item("issuetype", "Epic", "Task"))],
    )
    assert timeline(record, at("2026-03-04 10:00")).container
    assert not timeline(record).container
    epic = issue(issuetype={"name": "Epic"})
    assert timeline(epic).container
    assert not timeline(epic, conventions=Conventions(audit_containers=True)).container
    assert timeline(issue(), conventions=Conventions(containers=frozenset({"task"}))).container
