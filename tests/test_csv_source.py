"""Jira's CSV export as a source: its forms, what can be wrong with it, and that it says what JSON says."""

from __future__ import annotations

import gzip
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporting import CLOUD, Cells, export, table
from ownership_audit.timeline import Conventions, Draft
from ownership_audit.trackers.file import Problem, Record, records
from ownership_audit.trackers.jira import JiraReader
from payloads import at

REASON = "a CSV export holds no change history"
ROW: Cells = {
    "Summary": "The lift, again",
    "Issue key": "OFF-1",
    "Issue id": "10001",
    "Issue Type": "Task",
    "Status": "In Progress",
    "Status Category": "In Progress",
    "Project key": "OFF",
    "Priority": "High",
    "Assignee": "Bob Stone",
    "Assignee Id": "5b10:bob",
    "Reporter": "Ann Lee",
    "Reporter Id": "5b10:ann",
    "Created": "02/Mar/26 9:00 AM",
    "Due date": "10/Mar/26 12:00 AM",
    "Comment": ["03/Mar/26 9:12 AM;5b10:bob;Ordered; they come on Monday."],
}
NAMES = {"Assignee Id", "Reporter Id"}


def write(folder: Path, *rows: Cells, name: str = "export.csv", delimiter: str = ",") -> Path:
    path = folder / name
    content = table(rows, delimiter).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(
    source: Path, conventions: Conventions | None = None, **options: Any
) -> tuple[list[Draft], list[str]]:
    """The drafts of a source, and the messages on what can't be read."""
    reader = JiraReader(conventions or Conventions())
    drafts, messages = [], []
    for found in records(source, **options):
        if isinstance(found, Problem):
            messages.append(found.message)
        else:
            drafts.append(reader.draft(found.data, found.place))
            messages += reader.unreadable
    return drafts, messages


def one(folder: Path, row: Cells, conventions: Conventions | None = None, **options: Any) -> Draft:
    """The draft of a file with one row, all of which can be read."""
    drafts, messages = read(write(folder, row), conventions, **options)
    assert messages == []
    assert len(drafts) == 1
    return drafts[0]


def comments(draft: Draft) -> list[tuple[datetime, str | None, str]]:
    events = [event for event in draft.events if event.kind == "comment"]
    found: list[tuple[datetime, str | None, str]] = []
    for event in events:
        assert isinstance(event.at, datetime)
        assert event.body is not None
        found.append((event.at, event.actor.id if event.actor else None, event.body.raw))
    return found


# -- what is read ------------------------------------------------------------------------------------------


def test_the_command_reads_an_export(run: Any, tmp_path: Path) -> None:
    source = write(tmp_path, ROW)
    words = ("audit", source, "--as-of", "2026-03-20", "--format", "json")
    plain = run(*words)
    assert (plain.code, plain.findings) == (0, [])
    assert plain.document["coverage"]["partial"] == 1
    assert set(plain.document["coverage"]["not_evaluated"]) == {"changes"}

    assumed = run(*words, "--assume", "constant-owner")
    assert assumed.code == 1
    assert [(f["rule"], f["issue"]) for f in assumed.findings] == [("deadline-not-replanned", "OFF-1")]
    assert assumed.findings[0]["stages"] == ["deadline-passed-in-silence"]
    assert assumed.findings[0]["owed_by"]["name"] == "Bob Stone"

    told = run("explain", source, "OFF-1", "--as-of", "2026-03-20")
    assert f"Incomplete changes: {REASON}" in told.out


def test_every_field_of_a_row(tmp_path: Path) -> None:
    row: Cells = {
        **ROW,
        "Creator": "Cid Moor",
        "Creator Id": "5b10:cid",
        "Project type": "service_desk",
        "Project lead": "Zoe Hart",
        "Project lead id": "5b10:zoe",
        "Resolved": "05/Mar/26 4:30 PM",
        "Labels": ["lift", "ground-floor"],
        "Fix versions": ["2.0", "2.1"],
        "Sprint": ["Sprint 1", "Sprint 2"],
        "Inward issue link (Blocks)": ["OFF-8", "OFF-9"],
        "Outward issue link (Blocks)": ["OFF-7"],
        "Inward issue link (Relates)": "OFF-6",
        "Log Work": ["Looked; at it;04/Mar/26 10:00 AM;5b10:bob;3600", ";04/Mar/26 11:00 AM;5b10:ann;60"],
        "Attachment": ["04/Mar/26 12:00 PM;5b10:ann;a;b.png;https://tracker.example/secure/1/a.png"],
    }
    draft = one(tmp_path, row, Conventions(deadline_sources=("due-date", "sprint")))
    issue = draft.issue
    assert (issue.id, issue.key, issue.summary) == ("10001", "OFF-1", "The lift, again")
    people = (issue.reporter, draft.owner, draft.creator, issue.lead)
    assert [(p.id, p.name) for p in people if p] == [
        ("5b10:ann", "Ann Lee"), ("5b10:bob", "Bob Stone"), ("5b10:cid", "Cid Moor"),
        ("5b10:zoe", "Zoe Hart"),
    ]  # fmt: skip
    assert (draft.created, draft.resolved) == (at("2026-03-02 09:00"), at("2026-03-05 16:30"))
    assert str(draft.deadline) == "2026-03-10"
    assert (draft.status.name, draft.status.status_class) == ("In Progress", "doing")
    assert (draft.priority, draft.type, draft.project, issue.support) == ("High", "Task", "OFF", True)
    assert draft.labels == {"lift", "ground-floor"}
    assert draft.releases == {"2.0", "2.1"}
    assert draft.sprints == {"Sprint 1", "Sprint 2"}
    assert draft.blockers == ("OFF-8", "OFF-9")
    told = [(e.kind, e.at, e.actor and e.actor.name) for e in draft.events]
    assert told == [
        ("comment", at("2026-03-03 09:12"), "Bob Stone"),
        ("worklog", at("2026-03-04 10:00"), "Bob Stone"),
        ("worklog", at("2026-03-04 11:00"), "Ann Lee"),
        ("attachment", at("2026-03-04 12:00"), "Ann Lee"),
    ]
    assert draft.incomplete == {"changes": REASON}
    assert draft.no_history == REASON


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.csv.gz", "a.txt", "a.jsonl"])
def test_delimiters_names_and_gzip(tmp_path: Path, name: str, delimiter: str) -> None:
    drafts, messages = read(write(tmp_path, ROW, name=name, delimiter=delimiter))
    assert messages == []
    assert [body for draft in drafts for _, _, body in comments(draft)] == ["Ordered; they come on Monday."]


def test_a_byte_order_mark_and_lines_of_windows(tmp_path: Path) -> None:
    content = table([{**ROW, "Summary": "Zoé"}]).replace("\n", "\r\n").encode("utf-8-sig")
    for name in ("a.csv", "b.txt"):
        (tmp_path / name).write_bytes(content)
        drafts, messages = read(tmp_path / name)
        assert ([draft.issue.summary for draft in drafts], messages) == (["Zoé"], [])


def test_exports_in_a_folder_beside_json(tmp_path: Path) -> None:
    write(tmp_path, ROW, name="a.csv")
    write(tmp_path, {**ROW, "Issue key": "OFF-2"}, name="b.csv.gz")
    (tmp_path / "c.jsonl").write_text('{"key": "OFF-3", "fields": {"created": "2026-03-02"}}')
    (tmp_path / "d.txt").write_text("no export")
    assert [draft.issue.key for draft in read(tmp_path)[0]] == ["OFF-1", "OFF-2", "OFF-3"]


def test_names_of_columns_in_older_and_newer_versions(tmp_path: Path) -> None:
    renamed = {
        "Work item key": "OFF-2", "Work item id": "10002", "Work type": "Sub-task", "Fix Version/s": ["2.0"],
        "Due Date": "2026-03-10", "CREATED": "2026-03-02 9:00", "Custom field (Sprint)": "Sprint 1",
        "Assignee": "", "Status": "To Do",
    }  # fmt: skip
    draft = one(tmp_path, renamed, Conventions(deadline_sources=("sprint",)))
    assert (draft.issue.key, draft.issue.id, draft.issue.subtask) == ("OFF-2", "10002", True)
    assert (draft.releases, draft.sprints, str(draft.deadline)) == ({"2.0"}, {"Sprint 1"}, "2026-03-10")
    assert draft.owner is None


def test_a_comment_of_two_megabytes(tmp_path: Path) -> None:
    draft = one(tmp_path, {**ROW, "Comment": "03/Mar/26 9:12 AM;5b10:bob;" + "long " * 400_000})
    assert len(comments(draft)[0][2]) == 2_000_000


# -- other issues ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["Parent", "Parent id", "Parent key"])
def test_parents_by_id_or_key(tmp_path: Path, column: str) -> None:
    parent = "OFF-1" if column == "Parent key" else "10001"
    child: Cells = {
        **ROW,
        "Issue key": "OFF-2",
        "Issue id": "10002",
        "Issue Type": "Sub-task",
        column: parent,
    }
    lost: Cells = {**ROW, "Issue key": "OFF-3", "Issue id": "10003", column: "99"}
    first, second, third = read(write(tmp_path, ROW, child, lost))[0]
    assert (second.parent, second.issue.subtask) == ("OFF-1", True)
    assert (third.parent, third.issue.subtask) == (None, False)
    assert (first.subtasks, second.subtasks) == (("OFF-2",), ())


def test_subtasks_and_links_by_id_or_key(tmp_path: Path) -> None:
    parent: Cells = {**ROW, "Sub-task": ["10002", "OFF-4"], "Inward issue link (Blocks)": ["10002", "77"]}
    child: Cells = {**ROW, "Issue key": "OFF-2", "Issue id": "10002"}
    first = read(write(tmp_path, parent, child))[0][0]
    assert first.subtasks == ("OFF-2", "OFF-4")
    assert first.blockers == ("OFF-2", "77")


# -- people ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "author", ["5b10:bob", "~accountid:5b10:bob", "[~accountid:5b10:bob]", "accountid:5b10:bob", "Bob Stone"]
)
def test_an_author_by_id_mention_or_name(tmp_path: Path, author: str) -> None:
    draft = one(tmp_path, {**ROW, "Comment": f"03/Mar/26 9:12 AM;{author};Done."})
    assert comments(draft) == [(at("2026-03-03 09:12"), "5b10:bob", "Done.")]
    assert "comments" not in draft.incomplete


def test_names_only(tmp_path: Path) -> None:
    """As Data Center exports: user names in all columns, and no ids."""
    row: Cells = {title: cell for title, cell in ROW.items() if title not in NAMES}
    row |= {"Assignee": "bob", "Reporter": "ann@example.org"}
    row["Comment"] = [
        "03/Mar/26 9:12 AM;bob;One",
        "04/Mar/26 9:12 AM;ann@example.org;Two",
        "05/Mar/26;[~cid];3",
    ]
    draft = one(tmp_path, row)
    assert draft.owner is not None
    assert draft.issue.reporter is not None
    assert draft.owner.id == "bob"
    assert [who for _, who, _ in comments(draft)] == ["bob", draft.issue.reporter.id, "cid"]
    assert "comments" not in draft.incomplete


def test_authors_that_no_column_explains_are_nobodys(run: Any, tmp_path: Path) -> None:
    """Owners by name and authors by id: whether the owner said something can't be told."""
    row: Cells = {title: cell for title, cell in ROW.items() if title not in NAMES}
    draft = one(tmp_path, row)
    assert "'Assignee Id'" in draft.incomplete["comments"]
    words = ("audit", tmp_path, "--as-of", "2026-03-20", "--assume", "constant-owner", "--format", "json")
    found = run(*words)
    assert found.code == 0
    assert [(f["rule"], f["stages"]) for f in found.findings] == [("deadline-not-replanned", [])]
    assert "comments" in found.document["coverage"]["not_evaluated"]


def test_two_people_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    other: Cells = {**ROW, "Issue key": "OFF-2", "Assignee Id": "5b10:bob2"}
    row: Cells = {**ROW, "Comment": ["03/Mar/26 9:12 AM;5b10:bob2;One", "04/Mar/26 9:12 AM;Bob Stone;Two"]}
    drafts = read(write(tmp_path, row, other))[0]
    assert [draft.owner and draft.owner.id for draft in drafts] == ["5b10:bob", "5b10:bob2"]
    assert [who for _, who, _ in comments(drafts[0])] == ["5b10:bob2", "Bob Stone"]


def test_watchers_tell_names_of_authors(tmp_path: Path) -> None:
    row: Cells = {
        **ROW,
        "Watchers": ["Ann Lee", "Dora Field"],
        "Watchers Id": ["5b10:ann", "5b10:dora"],
        "Comment": "03/Mar/26 9:12 AM;5b10:dora;Seen.",
    }
    event = one(tmp_path, row).events[0]
    assert event.actor is not None
    assert event.actor.name == "Dora Field"
    row["Watchers"] = "Dora Field"  # whose id is the second one; nothing says so
    event = one(tmp_path, row).events[0]
    assert event.actor is not None
    assert event.actor.name == "5b10:dora"


def test_a_deleted_author_and_no_owner(tmp_path: Path) -> None:
    row: Cells = {**ROW, "Assignee": "", "Assignee Id": "", "Comment": "03/Mar/26 9:12 AM;;Gone."}
    draft = one(tmp_path, row)
    assert draft.owner is None
    assert comments(draft) == [(at("2026-03-03 09:12"), None, "Gone.")]


def test_the_owner_in_a_custom_field(tmp_path: Path) -> None:
    row: Cells = {**ROW, "Custom field (Case Owner)": "Ann Lee", "Custom field (Checker)": ""}
    conventions = Conventions(owner_field="Case Owner", reviewer_field="Checker")
    draft = one(tmp_path, row, conventions)
    assert draft.owner is not None
    assert (draft.owner.id, draft.issue.reviewer) == ("5b10:ann", None)
    unknown = one(tmp_path, ROW, Conventions(owner_field="customfield_10101"))
    assert "customfield_10101" in unknown.incomplete["changes"]


# -- what is missing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "part", "reason"),
    [
        ({"Comment"}, "comments", "the record has no comments field"),
        ({"Assignee", "Assignee Id"}, "changes", "the record has no field 'assignee'"),
        ({"Status"}, "changes", "the record has no status"),
    ],
)
def test_without_a_column_its_part_is_incomplete(
    tmp_path: Path, columns: set[str], part: str, reason: str
) -> None:
    draft = one(tmp_path, {title: cell for title, cell in ROW.items() if title not in columns})
    assert draft.incomplete[part] == reason


def test_a_row_without_comments_is_complete(tmp_path: Path) -> None:
    silent: Cells = {**ROW, "Issue key": "OFF-2", "Comment": ""}
    assert [set(draft.incomplete) for draft in read(write(tmp_path, ROW, silent))[0]] == [{"changes"}] * 2


# -- times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown",
    [
        "17/Mar/26 9:12 AM", "17/Mar/2026 09:12", "2026-03-17 9:12", "2026/03/17 09:12:00",
        "03/17/2026 9:12 AM", "17.03.26 09:12", "17/03/2026 09:12", "17 March 2026, 9:12 am",
        "03/17/26 9:12\u202fAM", "2026-03-17T09:12:00.000+0100",
    ],
)  # fmt: skip
def test_times_as_sites_show_them(tmp_path: Path, shown: str) -> None:
    """Without a zone they are in the configured one, which is an hour ahead of UTC in March."""
    row: Cells = {**ROW, "Created": shown, "Due date": shown, "Comment": f"{shown};5b10:bob;Text"}
    draft = one(tmp_path, row, Conventions(zone="Europe/Berlin"))
    assert draft.created == comments(draft)[0][0] == at("2026-03-17 08:12")
    assert str(draft.deadline) == "2026-03-17"


@pytest.mark.parametrize(
    ("created", "day"), [("04/03/26 9:00 AM", "2026-03-04"), ("03/04/26 9:00 AM", "2026-03-04")]
)
def test_the_whole_file_tells_the_order_of_day_and_month(tmp_path: Path, created: str, day: str) -> None:
    day_first = created.startswith("04")
    other = "17/03/26 9:12 AM" if day_first else "03/17/26 9:12 AM"
    dates: Cells = {"Created": created, "Due date": "", "Comment": ""}
    for told in (
        {"Comment": f"{other};5b10:bob;x"},
        {"Log Work": f"x;{other};5b10:bob;60"},
        {"Due date": other},
    ):
        last: Cells = {**ROW, **dates, "Issue key": "OFF-2", **told}
        drafts, messages = read(write(tmp_path, {**ROW, **dates}, last))
        assert messages == []
        assert [str(draft.created.date()) for draft in drafts] == [day, day]


def test_an_order_nobody_can_tell_is_a_problem_until_it_is_configured(run: Any, tmp_path: Path) -> None:
    row: Cells = {**ROW, "Created": "02/03/26 9:00 AM", "Due date": "03/03/26", "Comment": ""}
    source = write(tmp_path, row)
    words = ("audit", source, "--as-of", "2026-05-01", "--config", tmp_path / "settings.yaml")
    settings = tmp_path / "settings.yaml"
    settings.write_text("calendar: {zone: UTC}\n")
    found = run(*words)
    assert found.code == 3
    assert f"{source}: the column 'Created' can be read in two ways ('02/03/26 9:00 AM')" in found.err
    assert "csv: {dates: day-first}" in found.err
    for order, expected in (("day-first", "2026-03-02"), ("month-first", "2026-02-03")):
        settings.write_text(f"csv: {{dates: {order}}}\n")
        told = run("explain", source, "OFF-1", *words[2:])
        assert f"{expected} 09:00 Ann Lee created the issue" in told.out


def test_an_order_that_is_none_is_refused(run: Any, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("csv:\n  dates: year-first\n")
    found = run("audit", write(tmp_path, ROW), "--config", settings)
    assert found.code == 2
    assert f"{settings}:2" in found.err
    settings.write_text("csv: {}\n")
    assert run("audit", tmp_path, "--as-of", "2026-03-20", "--config", settings).code == 0


def test_both_orders_in_one_file_are_a_problem(tmp_path: Path) -> None:
    row: Cells = {**ROW, "Created": "17/03/26 9:00 AM", "Due date": "03/31/26", "Comment": ""}
    source = write(tmp_path, row)
    drafts, (message,) = read(source)
    assert drafts == []
    assert "the column 'Created' has the day first" in message
    assert "'Due date' the month ('03/31/26')" in message
    drafts, (message,) = read(source, day_first=True)
    assert drafts[0].created == at("2026-03-17 09:00")
    assert "the due date '03/31/26' is no date" in message


def test_the_order_is_no_matter_where_day_and_month_are_equal(tmp_path: Path) -> None:
    draft = one(tmp_path, {**ROW, "Created": "03/03/26 9:00 AM", "Due date": "", "Comment": ""})
    assert draft.created == at("2026-03-03 09:00")


# -- what can't be read ------------------------------------------------------------------------------------


def bad(folder: Path, line: str) -> Path:
    """An export whose first comment has three lines, then a bad line, then a good row."""
    first: Cells = {**ROW, "Comment": "03/Mar/26 9:12 AM;5b10:bob;One\ntwo\nthree"}
    header, _, rest = table([first]).partition("\n")
    last = table([{**ROW, "Issue key": "OFF-3"}]).partition("\n")[2]
    path = folder / "bad.csv"
    path.write_bytes(f"{header}\n{rest}".encode() + line.encode("latin-1") + b"\n" + last.encode())
    return path


def cells(**changed: str) -> str:
    row: Cells = {**ROW, "Issue key": "OFF-2", **{k.replace("_", " "): v for k, v in changed.items()}}
    return table([row]).partition("\n")[2].rstrip("\n")


BAD = {
    "too few cells": ("A,B", "the row has 2 cells and the header 15"),
    "too many cells": (cells() + ",,x", "the row has 17 cells and the header 15"),
    "no key": (cells(Issue_key=" "), "the row has no issue key"),
    "no creation date": (cells(Created="soon"), "OFF-2: the creation date is not a time: 'soon'"),
    "an impossible day": (cells(Created="31/Feb/26 9:00 AM"), "the creation date is not a time: '31/Feb/26"),
    "not utf-8": (cells(Summary="Caf\xe9"), "not valid UTF-8; save the file as UTF-8"),
    "a stray quote": ('"A"B,' + cells(), "not valid CSV"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_row_costs_only_itself(run: Any, tmp_path: Path, name: str) -> None:
    line, message = BAD[name]
    source = bad(tmp_path, line)
    found = run("audit", source, "--as-of", "2026-03-20", "--format", "json")
    assert found.code == 3
    assert found.document["coverage"]["issues"] == 2
    assert found.err.count("Unreadable") == 1
    assert f"Unreadable: {source}:5: " in found.err
    assert message in found.err


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Comment": "Text without a date"}, "the time of a comment is not a time: 'Text without a date'"),
        ({"Comment": "99/Mar/26 9:12 AM;5b10:bob;x"}, "the time of a comment is not a time: '99/Mar/26 9:12"),
        ({"Due date": "tomorrow"}, "the due date 'tomorrow' is no date"),
        ({"Resolved": "13:00 PM"}, "the resolution date is not a time"),
        ({"Log Work": "x;then;5b10:bob;60"}, "the time of a worklog is not a time: 'then'"),
        ({"Log Work": "then"}, "the time of a worklog is not a time: 'then'"),
        ({"Attachment": "17/12/2;5b10:bob;a.png;x"}, "the time of a attachment is not a time: '17/12/2'"),
    ],
)
def test_a_value_that_cannot_be_read_costs_only_the_rules_that_need_it(
    tmp_path: Path, changed: Cells, message: str
) -> None:
    source = write(tmp_path, {**ROW, **changed}, {**ROW, "Issue key": "OFF-2"})
    drafts, messages = read(source)
    assert len(drafts) == 2
    assert len(messages) == 1
    assert messages[0].startswith(f"{source}:2: OFF-1: ")
    assert message in messages[0]


def test_a_row_broken_over_lines_is_one_problem(tmp_path: Path) -> None:
    source = bad(tmp_path, '"A\nB"C,\n1,2\n3')
    drafts, messages = read(source)
    assert [draft.issue.key for draft in drafts] == ["OFF-1", "OFF-3"]
    assert len(messages) == 1
    assert messages[0].startswith(f"{source}:5: not valid CSV")


def test_a_file_cut_short_within_a_comment(tmp_path: Path) -> None:
    source = write(tmp_path, ROW, {**ROW, "Comment": '03/Mar/26 9:12 AM;5b10:bob;He said "no"'})
    source.write_bytes(source.read_bytes()[:-6])
    drafts, messages = read(source)
    assert [draft.issue.key for draft in drafts] == ["OFF-1"]
    assert len(messages) == 1
    assert messages[0].startswith(f"{source}:3: a quote opens in this row and is never closed")


def test_gzip_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    noise = [f"{number * 7919 % 104729:x}" * 5 for number in range(5000)]
    rows = [{**ROW, "Issue key": f"OFF-{number}", "Summary": text} for number, text in enumerate(noise)]
    source = write(tmp_path, *rows, name="a.csv.gz")
    source.write_bytes(source.read_bytes()[:-2000])
    found = list(records(source))
    assert sum(isinstance(item, Record) for item in found) > 1000
    last = found[-1]
    assert not isinstance(last, Record)
    assert "the gzip data is damaged or cut short" in last.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b",,\n", "the file is empty"),
        (b"<!DOCTYPE html>", "a page of HTML, perhaps a login page"),
        ("Issue key,Created".encode("utf-16"), "UTF-16"),
        (b"Summary,Created\nA,B\n", "no column 'Issue key'"),
        (b"Issue key,Summary\nA,B\n", "no column 'Created' in its first line; export all fields as CSV"),
        (b"Issue key,Created\xff\n", "not valid UTF-8"),
        (b'"Issue key"x,Created\nOFF-1,2026-03-02\n', "not valid CSV"),
        (b"Vorgangsschl\xc3\xbcssel;Erstellt\n", "with Jira in English"),
    ],
)
def test_a_file_that_is_no_export(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    write(tmp_path, ROW, name="b.csv")
    drafts, messages = read(tmp_path)
    assert len(drafts) == 1
    assert len(messages) == 1
    assert messages[0].startswith(f"{tmp_path / 'a.csv'}")
    assert message in messages[0]
    assert messages[0].isprintable()


def test_json_under_the_name_of_an_export(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('{"key": "OFF-9", "fields": {"created": "2026-03-02"}}\n')
    assert [draft.issue.key for draft in read(tmp_path)[0]] == ["OFF-9"]


def test_a_key_that_stands_twice(run: Any, tmp_path: Path) -> None:
    source = write(tmp_path, ROW, ROW)
    found = run("audit", source, "--as-of", "2026-03-20")
    assert found.code == 3
    assert f"{source}:3: OFF-1 stands in the source already ({source}:2)" in found.err


@given(st.lists(st.binary(max_size=40) | st.just(b'"OFF-1",02/Mar/26,,') | st.just(b'"'), max_size=6))
def test_any_bytes_give_records_or_problems(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    source = tmp_path_factory.getbasetemp() / "any.csv"
    source.write_bytes(b"Issue key,Created,Comment,Log Work\n" + b"\n".join(lines))
    for found in records(source):
        if isinstance(found, Problem):
            assert found.message.startswith(f"{source}")
            assert found.message.isprintable()
        else:
            assert found.data["key"]


# -- the same as JSON --------------------------------------------------------------------------------------

MOMENTS = st.datetimes(
    at("2001-01-01 00:00").replace(tzinfo=None), at("2099-01-01 00:00").replace(tzinfo=None)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(';",\n\r\t'), max_size=60)


@given(
    st.lists(st.tuples(MOMENTS, TEXTS), min_size=1, max_size=4),
    st.sampled_from(",;\t"),
    st.sampled_from([CLOUD, "%Y-%m-%d %H:%M", "%d.%m.%y %H:%M"]),
)
def test_comments_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory,
    written: list[tuple[datetime, str]],
    delimiter: str,
    shown: str,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    cells = [f"{moment.strftime(shown)};5b10:bob;{text}" for moment, text in written]
    drafts, messages = read(write(folder, {**ROW, "Comment": cells}, name="back.csv", delimiter=delimiter))
    assert messages == []
    expected = [(at(moment.strftime("%Y-%m-%d %H:%M")), "5b10:bob", text) for moment, text in written]
    assert comments(drafts[0]) == expected


@pytest.mark.parametrize(("shown", "zone"), [(CLOUD, "UTC"), ("%m/%d/%Y %I:%M %p", "UTC")])
def test_the_demo_as_csv_has_the_findings_it_has_as_json(
    run: Any, tmp_path: Path, demo_dir: Path, shown: str, zone: str
) -> None:
    """Apart from what an export lacks: addresses of issues, ids of events (which fingerprints are made of)
    and the display names of mentions in a quote."""
    issues = [json.loads(line) for line in (demo_dir / "issues.jsonl").read_text("utf-8").splitlines()]
    for issue in issues:
        del issue["changelog"]
    as_json, as_csv = tmp_path / "demo.jsonl", tmp_path / "demo.csv"
    as_json.write_text("".join(json.dumps(issue) + "\n" for issue in issues), "utf-8")
    as_csv.write_text(export(issues, shown, zone), "utf-8")

    def reported(source: Path) -> dict[str, Any]:
        settings = demo_dir / "ownership-audit.yaml"
        options = ("--config", settings, "--as-of", "2026-04-01T12:00Z", "--assume", "constant-owner")
        found = run("audit", source, *options, "--format", "json", "--history")
        document: dict[str, Any] = found.document
        for finding in document["findings"]:
            del finding["fingerprint"], finding["url"]
            for evidence in finding["evidence"]:
                evidence["quote"] = re.sub(r"@(someone|\w+ \w+)", "@", evidence.get("quote") or "")
            document.setdefault("exit", found.code)
        return document

    expected = reported(as_json)
    assert len(expected["findings"]) > 10
    assert reported(as_csv) == expected
