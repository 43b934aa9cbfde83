"""Jira's payloads, from Server 5 to Cloud, read to drafts and timelines; broken and partial ones too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ownership_audit.errors import DataError
from ownership_audit.timeline import Conventions, Timeline, build
from ownership_audit.timeline.addressee import Addressees
from ownership_audit.trackers.jira import JiraReader, parse_day
from payloads import (
    ANN,
    BOB,
    CID,
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
    server,
    sure,
    timeline,
)

SERVER_ANN, SERVER_BOB = server("alee", "Ann Lee"), server("bstone", "Bob Stone")


def owners(found: Timeline) -> list[str | None]:
    """The owner's name in each state, repeats left out."""
    names: list[str | None] = []
    for state in found.states:
        name = state.owner.name if state.owner else None
        if not names or names[-1] != name:
            names.append(name)
    return names


# -- identity -------------------------------------------------------------------------------------------


def test_what_identifies_an_issue() -> None:
    found = draft(issue("WEB-7", reporter=ANN, creator=BOB, summary="Login fails"))
    assert (found.issue.id, found.issue.key, found.issue.summary) == ("107", "WEB-7", "Login fails")
    assert found.issue.url == "https://jira.example.org/browse/WEB-7"
    assert found.issue.reporter is not None
    assert found.issue.reporter.name == "Ann Lee"
    assert found.creator is not None
    assert found.creator.name == "Bob Stone"
    assert found.project == "WEB"


def test_a_url_below_a_path_and_no_url() -> None:
    record = issue("WEB-7")
    record["self"] = "https://example.org/jira/rest/api/latest/issue/107"
    assert draft(record).issue.url == "https://example.org/jira/browse/WEB-7"
    del record["self"]
    assert draft(record).issue.url is None


def test_the_creator_stands_in_for_a_missing_reporter() -> None:
    found = draft(issue(reporter=None, creator=BOB))
    assert found.issue.reporter is not None
    assert found.issue.reporter.name == "Bob Stone"


def test_service_desks_and_subtasks_are_known_by_their_fields() -> None:
    assert draft(issue(project={"key": "WEB", "projectTypeKey": "service_desk"})).issue.support
    assert not draft(issue(project={"key": "WEB", "projectTypeKey": "software"})).issue.support
    assert draft(issue(), Conventions(support=frozenset({"WEB"}))).issue.support
    assert draft(issue(issuetype={"name": "Sub-task", "subtask": True})).issue.subtask


def test_the_lead_is_the_configured_one_else_the_projects() -> None:
    project = {"key": "WEB", "lead": CID}
    lead = draft(issue(project=project)).issue.lead
    assert lead is not None
    assert lead.id == CID["accountId"]
    # a configured name is matched to the account that carries it
    record = issue(project=project, comments=[comment("2026-03-02T10:00:00.000+0000", BOB, "x")])
    lead = draft(record, Conventions(leads={"WEB": "Bob Stone"})).issue.lead
    assert lead is not None
    assert lead.id == BOB["accountId"]
    lead = draft(issue(project=project), Conventions(leads={"WEB": "Somebody Else"})).issue.lead
    assert lead is not None
    assert lead.name == "Somebody Else"


# -- times and days -------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T12:00:00.000+0000",
        "2026-03-02T12:00:00.000Z",
        "2026-03-02T04:00:00.000-0800",
        "2026-03-02T17:30:00+05:30",
        "2026-03-02 13:00:00+01:00",
        "2026-03-02T13:00:00.000",  # without a zone: the configured one
        "2026-03-02 13:00",
        1772452800,
        1772452800000,
        1772452800.0,
        "1772452800000",
    ],
)
def test_every_way_to_write_a_time(written: object) -> None:
    conventions = Conventions(zone="Europe/Berlin")
    record = issue(
        created=written,
        changes=[change(written, BOB, item("summary", "a", "b"))],
        comments=[comment(written, BOB, "Hello there")],
    )
    found = timeline(record, conventions=conventions)
    assert [event.at for event in found.events] == [NOON] * 3
    assert {event.at.tzinfo for event in found.events} == {UTC}
    assert found.incomplete == {}


@pytest.mark.parametrize(
    "written", [None, "", "yesterday", "2026-13-01T00:00:00Z", [], {}, True, 1e300, -1e300]
)
def test_without_a_creation_date_there_is_nothing_to_audit(written: object) -> None:
    with pytest.raises(DataError, match=r"test\.jsonl:1: WEB-1: the creation date is not a time"):
        draft(issue(created=written))


@pytest.mark.parametrize("written", [None, "soon", "2026-02-30T00:00:00Z"])
def test_a_change_or_comment_without_a_time_makes_its_part_incomplete(written: object) -> None:
    found = timeline(issue(changes=[change(written, BOB, item("summary", "a", "b"))]))
    assert kinds(found) == ["created"]
    assert "the time of a change is not a time" in found.incomplete["changes"]
    found = timeline(issue(comments=[comment(written, BOB, "x")]))
    assert kinds(found) == ["created"]
    assert "the time of a comment is not a time" in found.incomplete["comments"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("2010-09-01",), "2010-09-01"),
        (("2010-09-01 00:00:00.0",), "2010-09-01"),
        (("2010-09-01T00:00:00.000+0200",), "2010-09-01"),
        (("28/Feb/13",), "2013-02-28"),
        (("1/Mar/2013",), "2013-03-01"),
        (("28/FEB/13 12:00 AM",), "2013-02-28"),
        ((None, "28/Feb/13"), "2013-02-28"),
        (("", "2010-09-01 00:00:00.0"), "2010-09-01"),
        (("2010-09-01", "1/Sep/10"), "2010-09-01"),
        ((None, None), None),
        ((), None),
    ],
)
def test_every_way_to_write_a_day(values: tuple[object, ...], expected: str | None) -> None:
    assert parse_day(*values) == (day(expected) if expected else None)


@pytest.mark.parametrize("written", ["2010-02-30", "30/Feb/13", "1/Foo/13", "next week", "00/Jan/12", 7])
def test_an_impossible_day(written: object) -> None:
    with pytest.raises(ValueError) as problem:
        parse_day(written)
    assert "tuple" not in str(problem.value)


def test_a_due_date_nobody_can_read_makes_the_changes_incomplete() -> None:
    found = draft(issue(duedate="2010-02-30"))
    assert found.deadline is None
    assert "the due date '2010-02-30' is no date" in found.incomplete["changes"]
    record = issue(changes=[change("2026-03-03T10:00:00Z", BOB, item("duedate", None, "31/Feb/13"))])
    assert "a change of 'duedate' on 2026-03-03" in draft(record).incomplete["changes"]


# -- people ---------------------------------------------------------------------------------------------


def test_the_id_of_an_account() -> None:
    ids = [
        draft(issue(reporter=account)).creator
        for account in (
            cloud("Bob Stone"),
            {"key": "JIRAUSER10100", "name": "bstone", "displayName": "Bob Stone"},
            server("bstone", "Bob Stone"),
            {"displayName": "Bob Stone"},
            {"name": "bstone"},
        )
    ]
    assert [(p.id, p.name) for p in ids if p] == [
        ("5b10:bob", "Bob Stone"),
        ("bstone", "Bob Stone"),
        ("bstone", "Bob Stone"),
        ("Bob Stone", "Bob Stone"),
        ("bstone", "bstone"),
    ]


@pytest.mark.parametrize("account", [None, {}, "bstone", [], {"displayName": ""}])
def test_nobody(account: Any) -> None:
    record = issue(reporter=account, assignee=account)
    found = timeline(record)
    assert found.issue.reporter is None
    assert found.states[0].owner is None
    assert found.events[0].actor is None


def test_a_deleted_user_is_nobody_and_the_rest_is_read() -> None:
    record = issue(
        assignee=BOB,
        changes=[change("2026-03-03T10:00:00.000+0000", None, assign(None, BOB))],
        comments=[comment("2026-03-03T11:00:00.000+0000", None, "An old note.")],
    )
    found = timeline(record)
    assert [event.actor and event.actor.name for event in found.events] == ["Ann Lee", None, None]
    assert owners(found) == [None, "Bob Stone"]
    assert found.incomplete == {}


def test_apps_and_customers() -> None:
    app = cloud("Deploy Hook", accountType="app")
    record = issue(
        reporter=cloud("Jane Doe", accountType="customer"),
        comments=[comment("2026-03-03T11:00:00.000+0000", app, "Deployed.")],
    )
    found = timeline(record)
    assert found.issue.reporter is not None
    assert found.issue.reporter.is_person
    assert only(found, "comment").by_bot


def test_data_center_names_people_by_key_in_items_and_by_login_in_mentions() -> None:
    bob = {"key": "JIRAUSER10100", "name": "bstone", "displayName": "Bob Stone"}
    record = issue(
        assignee=bob,
        changes=[
            change(
                "2026-03-03T10:00:00Z", SERVER_ANN, item("assignee", None, "Bob Stone", None, "JIRAUSER10100")
            )
        ],
        comments=[comment("2026-03-03T11:00:00Z", SERVER_ANN, "[~bstone] can you take it?")],
    )
    found = timeline(record)
    assigned = only(found, "assigned").new
    assert assigned.id == sure(found.states[-1].owner).id
    assert Addressees(found).of(2) == assigned


def test_a_login_that_is_a_mail_address_does_not_hide_the_account() -> None:
    bob = {"key": "JIRAUSER10100", "name": "bob@example.org", "displayName": "Bob Stone"}
    renamed = {**bob, "displayName": "Bob Miller"}
    record = issue(
        assignee=renamed,
        changes=[
            change("2026-03-03T10:00:00Z", ANN, item("assignee", None, "Bob Stone", None, "JIRAUSER10100"))
        ],
        comments=[comment("2026-03-03T11:00:00Z", renamed, "I have it.")],
    )
    found = timeline(record)
    assert only(found, "assigned").new.id == sure(only(found, "comment").actor).id == "JIRAUSER10100"


def test_a_mail_address_shared_by_many_people_is_many_people() -> None:
    shared = "noreply@example.org"
    ann, bob = server(shared, "Ann Lee"), server(shared, "Bob Stone")
    record = issue(
        reporter=ann,
        assignee=bob,
        changes=[
            change("2026-03-03T10:00:00Z", ann, item("assignee", "Ann Lee", "Bob Stone", shared, shared)),
        ],
        comments=[comment("2026-03-03T11:00:00Z", bob, "I have it.")],
    )
    found = timeline(record)
    assigned = only(found, "assigned")
    assert assigned.old.id != assigned.new.id
    assert assigned.old.id == sure(found.issue.reporter).id
    assert assigned.new.id == sure(only(found, "comment").actor).id
    assert owners(found) == ["Ann Lee", "Bob Stone"]


def test_a_renamed_user_is_one_person() -> None:
    record = issue(
        assignee=cloud("Bob Miller"),
        changes=[
            change("2026-03-03T10:00:00Z", ANN, item("assignee", None, "Bob Stone", None, "5b10:bob")),
            change("2026-03-04T10:00:00Z", cloud("Bob Miller"), item("summary", "a", "b")),
        ],
    )
    found = timeline(record)
    assert only(found, "assigned").new.id == sure(only(found, "summary").actor).id
    assert owners(found) == [None, "Bob Miller"]


def test_old_servers_name_people_only_by_their_display_name() -> None:
    record = issue(
        reporter=SERVER_ANN,
        assignee=SERVER_BOB,
        changes=[
            change("2012-03-03T10:00:00.000+0000", SERVER_ANN, item("assignee", None, "Bob Stone")),
            change("2012-03-04T10:00:00.000+0000", SERVER_BOB, item("assignee", "Bob Stone", "Cid Moor")),
            change("2012-03-05T10:00:00.000+0000", SERVER_ANN, item("assignee", "Cid Moor", None)),
            change("2012-03-06T10:00:00.000+0000", SERVER_ANN, item("assignee", None, "Bob Stone")),
        ],
        created="2012-03-02T10:00:00.000+0000",
    )
    found = timeline(record)
    assert owners(found) == [None, "Bob Stone", "Cid Moor", None, "Bob Stone"]
    assert {state.owner.id for state in found.states if state.owner} == {"bstone", "Cid Moor"}


def test_at_an_earlier_moment_names_belong_to_the_same_accounts() -> None:
    record = issue(
        reporter=SERVER_ANN,
        assignee=server("cmoor", "Cid Moor"),
        created="2012-03-02T10:00:00.000+0000",
        changes=[
            change("2012-03-03T10:00:00.000+0000", SERVER_ANN, item("assignee", None, "Bob Stone")),
            change("2012-03-06T10:00:00.000+0000", SERVER_ANN, item("assignee", "Bob Stone", "Cid Moor")),
        ],
        comments=[comment("2012-03-04T10:00:00.000+0000", SERVER_BOB, "I have it.")],
    )
    until = at("2012-03-05 10:00")
    found = build(JiraReader(Conventions(), until).draft(record, "x"), Conventions(), until)
    assert found is not None
    assert found.end.owner is not None
    assert sure(found.end.owner).id == sure(only(found, "comment").actor).id == "bstone"


# -- what each item becomes -----------------------------------------------------------------------------

WHEN = "2026-03-03T10:00:00.000+0000"


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (item("timeestimate", "3600", "7200"), "estimate"),
        (item("timeoriginalestimate", None, "7200"), "estimate"),
        (item("Story Points", None, "5", fieldtype="custom", fieldId="customfield_10016"), "estimate"),
        (item("Link", None, "This issue blocks WEB-9", None, "WEB-9"), "link"),
        (item("Epic Link", None, "WEB-2"), "parent"),
        (item("IssueParentAssociation", None, None, None, "10200"), "parent"),
        (item("summary", "a", "b"), "summary"),
        (item("description", None, "b"), "description"),
        (item("Attachment", None, "log.txt", None, "5"), "attachment"),
        (item("labels", "", "urgent"), "labels"),
        (item("timespent", None, "3600"), "worklog"),
        (item("resolution", None, "Fixed", None, "1"), "resolution"),
        (item("Project", "Old", "New", "1", "2"), "moved"),
        (item("issuetype", "Bug", "Task", "1", "2"), "type"),
        (item("priority", "Low", "High", "4", "2"), "priority"),
        (item("Rank", "", "Ranked higher"), "other"),
        (item("Comment", "an older text", None), "other"),
        (item("RemoteIssueLink", None, 'This issue links to "Pull request #12 (GitHub)"'), "pull-request"),
        (item("RemoteIssueLink", None, 'This issue links to "commit 3f2a (Git)"'), "commit"),
        (item("RemoteIssueLink", None, 'This issue links to "The manual (Wiki)"'), "link"),
        (item("Link", None, "https://git.example.org/web/pull/12"), "pull-request"),
        (item("Link", None, "https://git.example.org/web/-/merge_requests/12"), "pull-request"),
    ],
)
def test_the_kind_of_an_item(entry: dict[str, Any], kind: str) -> None:
    found = timeline(issue(changes=[change(WHEN, BOB, entry)]))
    assert kinds(found) == ["created", kind]
    assert sure(found.events[1].actor).name == "Bob Stone"
    assert found.incomplete == {}


def test_items_that_say_nothing_are_left_out() -> None:
    odd: list[Any] = [None, "x", {}, {"field": None}, {"field": ""}, {"fieldId": "summary"}]
    record = issue(changes=[{"created": WHEN, "author": BOB, "items": odd}, {"created": WHEN, "author": BOB}])
    assert kinds(timeline(record)) == ["created"]


def test_a_flag_set_and_removed() -> None:
    more = {"fieldtype": "custom", "fieldId": "customfield_10021"}
    record = issue(
        changes=[
            change(WHEN, BOB, item("Flagged", "", "Impediment", "", "[10019]", **more)),
            change("2026-03-04T10:00:00Z", BOB, item("Flagged", "Impediment", "", "[10019]", "", **more)),
        ]
    )
    found = timeline(record)
    assert [(event.kind, event.new) for event in found.events[1:]] == [
        ("flagged", "Impediment"),
        ("flagged", ""),
    ]


def test_old_due_dates_come_from_the_filled_strings() -> None:
    record = issue(
        duedate="2013-03-15",
        created="2013-02-01T10:00:00.000+0000",
        changes=[
            change(
                "2013-02-02T10:00:00.000+0000", BOB, item("duedate", "2013-02-10 00:00:00.0", "28/Feb/13")
            ),
            change(
                "2013-02-03T10:00:00.000+0000", BOB, item("Due Date", "28/Feb/13", "2013-03-15 00:00:00.0")
            ),
        ],
    )
    found = timeline(record)
    assert [(event.old, event.new) for event in found.events[1:]] == [
        (day("2013-02-10"), day("2013-02-28")),
        (day("2013-02-28"), day("2013-03-15")),
    ]
    assert found.states[0].deadline == day("2013-02-10")


def test_releases_changed_one_by_one_become_whole_sets() -> None:
    record = issue(
        fixVersions=[{"name": "1.2"}, {"name": "1.3"}],
        changes=[
            change(WHEN, BOB, item("Fix Version", None, "1.2", None, "12")),
            change(
                "2026-03-04T10:00:00Z",
                BOB,
                item("Fix Version", "1.1", None, "11", None),
                item("summary", "a", "b"),
                item("Fix Version", None, "1.3", None, "13"),
            ),
        ],
    )
    found = timeline(record)
    assert kinds(found) == ["created", "release", "release", "summary"]
    assert [sorted(state.releases) for state in found.states] == [
        ["1.1"],
        ["1.1"],
        ["1.1", "1.2"],
        ["1.2", "1.3"],
        ["1.2", "1.3"],
    ]
    assert (found.events[2].old, found.events[2].new) == ({"1.1", "1.2"}, {"1.2", "1.3"})


def test_sprints_of_cloud_and_of_greenhopper() -> None:
    modern = {
        "id": 4,
        "name": "Web 4",
        "state": "active",
        "boardId": 1,
        "endDate": "2026-03-13T16:00:00.000Z",
    }
    changes = [
        change(WHEN, BOB, item("Sprint", "", "Web 3", "", "3", fieldId="customfield_10020")),
        change("2026-03-04T10:00:00Z", BOB, item("Sprint", "Web 3", "Web 3, Web 4", "3", "3, 4")),
    ]
    record = issue(
        changes=changes,
        customfield_10020=[{"id": 3, "name": "Web 3", "state": "closed", "boardId": 1}, modern],
    )
    found = timeline(record)
    assert [set(state.sprints) for state in found.states[1:]] == [set(), {"Web 3"}, {"Web 3", "Web 4"}]
    old = (
        "com.atlassian.greenhopper.service.sprint.Sprint@1f39706[id=1,rapidViewId=1,state=ACTIVE,"
        "name=Web 4,goal=,startDate=2012-06-04T09:00:00.000-07:00,"
        "endDate=2012-06-15T17:00:00.000-07:00,completeDate=<null>]"
    )
    conventions = Conventions(deadline_sources=("due-date", "sprint"))
    found_old = draft(issue(customfield_10311=[old]), conventions)
    assert found_old.sprints == {"Web 4"}
    assert found_old.ends == {"sprint Web 4": day("2012-06-15")}


def test_a_sprint_ends_on_the_local_day() -> None:
    sprint = {"name": "S", "state": "active", "boardId": 1, "endDate": "2026-03-14T00:00:00.000Z"}
    west = Conventions(deadline_sources=("sprint",), zone="America/Los_Angeles")
    assert draft(issue(customfield_10020=[sprint]), west).ends == {"sprint S": day("2026-03-13")}


def test_a_sprint_field_can_be_named() -> None:
    found = draft(
        issue(customfield_1=[{"name": "Plan A"}], customfield_2=[{"name": "No", "state": "x", "boardId": 1}]),
        Conventions(sprint_field="customfield_1", deadline_sources=("sprint",)),
    )
    assert found.sprints == {"Plan A"}


def test_other_custom_fields_are_no_sprints() -> None:
    record = issue(
        customfield_1=[{"name": "Red", "id": 1}], customfield_2=["name=x"], customfield_3="greenhopper"
    )
    found = draft(record, Conventions(deadline_sources=("sprint",)))
    assert found.sprints == frozenset()


def test_statuses_take_the_category_where_the_record_gives_it() -> None:
    record = issue(
        status="Waiting for customer",
        category="indeterminate",
        changes=[
            change(WHEN, BOB, item("status", "Offen", "In Progress", "1", "3")),
            change(
                "2026-03-04T10:00:00Z", BOB, item("status", "In Progress", "Waiting for customer", "3", "4")
            ),
        ],
    )
    classes = [state.status.status_class for state in timeline(record).states]
    assert classes == ["unknown", "unknown", "doing", "waiting"]
    live = issue(status="Live", category="done", changes=[change(WHEN, BOB, item("status", "Open", "Live"))])
    assert [state.status.status_class for state in timeline(live).states] == ["todo", "todo", "done"]


def test_the_owner_may_be_kept_in_another_field() -> None:
    conventions = Conventions(owner_field="customfield_500")
    record = issue(
        assignee=ANN,
        customfield_500=[BOB],
        changes=[
            change(WHEN, ANN, assign(BOB, ANN)),
            change(
                "2026-03-04T10:00:00Z",
                ANN,
                item(
                    "Responsible", "Cid Moor", "Bob Stone", "5b10:cid", "5b10:bob", fieldId="customfield_500"
                ),
            ),
        ],
    )
    found = timeline(record, conventions=conventions)
    assert owners(found) == ["Cid Moor", "Bob Stone"]
    assert kinds(found) == ["created", "other", "assigned"]


def test_a_reviewer_field() -> None:
    conventions = Conventions(reviewer_field="customfield_600")
    for value in (CID, [CID]):
        reviewer = draft(issue(customfield_600=value), conventions).issue.reviewer
        assert reviewer is not None
        assert reviewer.name == "Cid Moor"
    assert draft(issue(customfield_600=None), conventions).issue.reviewer is None


# -- bodies ---------------------------------------------------------------------------------------------


def test_wiki_and_adf_say_the_same() -> None:
    adf = {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [
                    {"type": "mention", "attrs": {"id": "5b10:bob", "text": "@Bob Stone"}},
                    {"type": "text", "text": " the export waits for you.", "marks": [{"type": "strong"}]},
                ],
            },
            {"type": "codeBlock", "content": [{"type": "text", "text": "exit 1"}]},
        ],
    }
    wiki = "[~accountid:5b10:bob] *the export waits for you.*\n{code}exit 1{code}"
    proses = []
    for body in (adf, wiki):
        record = issue(assignee=BOB, comments=[comment(WHEN, ANN, body)])
        found = timeline(record)
        prose = sure(only(found, "comment").body).prose
        proses.append((prose.mentions, prose.text.partition(" the ")[2], prose.attached))
        assert sure(Addressees(found).of(1)).name == "Bob Stone"
    assert proses == [(("5b10:bob",), "export waits for you.", True)] * 2


@pytest.mark.parametrize("body", [None, "", {}, [], 5, {"type": "doc", "content": None}])
def test_a_comment_without_words_is_still_one(body: object) -> None:
    found = timeline(issue(comments=[comment(WHEN, BOB, body)]))
    assert sure(only(found, "comment").body).prose.text == ""
    bare = issue(comments=[{"created": WHEN, "author": BOB}])
    assert kinds(timeline(bare)) == ["created", "comment"]


# -- what is missing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"key": "A-1"},
        {"key": "A-1", "fields": {}},
        {"key": "A-1", "fields": None},
        {"key": 5},
        {"fields": {"a": 1}},
    ],
)
def test_a_record_that_is_no_issue(record: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"^test\.jsonl:1: "):
        draft(record)


def test_without_a_changelog_the_changes_are_incomplete() -> None:
    for changelog in (None, {}, {"total": 3}, {"histories": None}, []):
        record = issue()
        record["changelog"] = changelog
        assert draft(record).incomplete == {"changes": "the record has no change history"}
    del record["changelog"]
    assert draft(record).incomplete == {"changes": "the record has no change history"}


def test_totals_above_what_is_present() -> None:
    record = issue(
        changes=[change(WHEN, BOB, item("summary", "a", "b"))],
        comments=[comment(WHEN, BOB, "One"), comment(WHEN, BOB, "Two")],
    )
    record["changelog"]["total"] = 41
    record["fields"]["comment"]["total"] = 22
    assert draft(record).incomplete == {
        "changes": "1 of 41 changes are in the record",
        "comments": "2 of 22 comments are in the record",
    }
    assert len(timeline(record).events) == 4  # what is there stays known


def test_comments_the_reader_may_not_see() -> None:
    record = issue()
    del record["fields"]["comment"]
    assert draft(record).incomplete == {"comments": "the record has no comments field"}
    record["fields"]["comment"] = {"total": 2, "comments": []}
    assert draft(record).incomplete == {"comments": "0 of 2 comments are in the record"}


def test_a_field_that_was_not_exported_is_not_known() -> None:
    record = issue()
    del record["fields"]["assignee"]
    assert "assignee" in draft(record).incomplete["changes"]
    record = issue()
    del record["fields"]["status"]
    assert "status" in draft(record).incomplete["changes"]


def test_most_fields_may_be_missing() -> None:
    record = {
        "key": "WEB-1",
        "fields": {
            "created": WHEN,
            "assignee": None,
            "status": {"name": "Open"},
            "comment": {"comments": []},
        },
        "changelog": {"histories": []},
    }
    found = timeline(record)
    assert found.incomplete == {}
    assert (found.issue.id, found.issue.key, found.issue.url) == ("WEB-1", "WEB-1", None)
    assert (found.end.priority, found.end.deadline, found.end.project) == (None, None, "WEB")


@pytest.mark.parametrize(
    "odd", [None, 5, "text", [], [None], {"name": None}, [5, "x", {}], {"comments": "x"}]
)
@pytest.mark.parametrize(
    "field",
    ["priority", "project", "issuetype", "fixVersions", "labels", "issuelinks", "subtasks",
     "parent", "worklog", "attachment", "resolutiondate", "reporter", "closedSprints", "sprint",
     "customfield_1", "comment", "status", "assignee", "duedate"],
)  # fmt: skip
def test_a_field_of_another_shape_never_breaks_the_reading(field: str, odd: object) -> None:
    found = timeline(
        issue(**{field: odd}), conventions=Conventions(deadline_sources=("due-date", "release", "sprint"))
    )
    assert found.events[0].kind == "created"


# -- worklogs and attachments ---------------------------------------------------------------------------


def test_work_logged_and_files_attached_count_once() -> None:
    record = issue(
        changes=[change("2026-03-03T10:00:02.000+0000", BOB, item("timespent", None, "3600"))],
        worklog={
            "worklogs": [
                {
                    "id": "1",
                    "author": BOB,
                    "created": "2026-03-03T10:00:00.000+0000",
                    "started": "2026-03-01T10:00:00Z",
                },
                {"id": "2", "author": BOB, "created": "2026-03-04T10:00:00.000+0000"},
            ]
        },
        attachment=[
            {"id": "7", "author": CID, "created": "2026-03-05T10:00:00.000+0000", "filename": "a.log"}
        ],
    )
    found = timeline(record)
    assert [(event.kind, event.at) for event in found.events[1:]] == [
        ("worklog", at("2026-03-03 10:00")),
        ("worklog", at("2026-03-04 10:00")),
        ("attachment", at("2026-03-05 10:00")),
    ]


# -- links ----------------------------------------------------------------------------------------------


def test_what_blocks_an_issue() -> None:
    kind = {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
    links = [
        {"type": kind, "inwardIssue": {"key": "OPS-1"}},
        {"type": kind, "outwardIssue": {"key": "OPS-2"}},
        {"type": {"name": "Relates", "inward": "relates to"}, "inwardIssue": {"key": "OPS-3"}},
        {"type": None, "inwardIssue": {"key": "OPS-4"}},
    ]
    assert draft(issue(issuelinks=links)).blockers == ("OPS-1",)
