"""The report formats, on findings written by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.finding import Coverage, Evidence, Finding, Party, Report
from ownership_audit.reports.interface import FORMATS, GROUPS, render

AS_OF = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
BOB = Party("owner", "Bob Berg", "acc-7")

SILENT = Finding(
    rule="silent-in-progress",
    severity="warning",
    issue="SUP-2",
    url="https://tracker.example/browse/SUP-2",
    status="open",
    owed_by=BOB,
    opened=datetime(2026, 2, 27, 9, 30, tzinfo=UTC),
    due=datetime(2026, 3, 4, 9, 30, tzinfo=UTC),
    met=None,
    working_time="23 working days",
    title="In progress, no visible update",
    evidence=(
        Evidence(datetime(2026, 2, 27, 9, 30, tzinfo=UTC), "Ann Abt", "assigned to Bob Berg"),
        Evidence(
            datetime(2026, 2, 27, 9, 31, tzinfo=UTC), "Bob Berg", "comment", "I'll look at the printer."
        ),
    ),
    clears="A comment that tells how the work stands.",
    remedy="Say what you tried and what comes next.",
    fingerprint="0123456789abcdef",
    stages=("unacknowledged",),
    summary="Printer on floor 3",
    project="SUP",
    owner="Bob Berg",
    team="red",
)
UNOWNED = replace(
    SILENT,
    rule="unowned",
    severity="info",
    issue="SUP-10",
    owed_by=Party("lead"),
    title="Nobody's",
    evidence=(Evidence(datetime(2026, 3, 1, tzinfo=UTC), None, "created without an owner"),),
    experimental=True,
    summary="",
    owner=None,
    team=None,
)
LATE = replace(
    SILENT,
    rule="deadline-passed-in-silence",
    severity="error",
    status="met late",
    met=datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
    owed_by=Party("owner", "ann abt", "acc-3"),
    title="The deadline passed in silence",
    team="Blue",
)


def report(*findings: Finding, **coverage: Any) -> Report:
    """A report on forty issues."""
    return Report(AS_OF, Coverage(**{"issues": 40, **coverage}), findings)


def test_the_first_row_says_it_all() -> None:
    lines = render(report(SILENT), "table").splitlines()
    assert lines[0].split() == ["Issue", "Severity", "What", "Whose", "turn", "Since", "Evidence"]
    assert lines[2].startswith("SUP-2  warning   In progress, no ")
    assert "Bob Berg    2026-03-04,      2026-02-27 Bob Berg: \"I'll look" in lines[2]
    assert "23 working days" in lines[3]
    assert lines[-1] == "1 finding (1 warning) on 1 of 40 issues as of 2026-04-01 12:00 UTC."


def test_without_a_quote_the_first_event_speaks() -> None:
    text = render(report(UNOWNED), "table", width=140)
    assert "2026-03-01 created without an owner" in text
    assert "the lead" in text
    assert "(experimental)" in text


def test_the_part_is_told_where_the_issue_does_not_tell_it() -> None:
    def row(role: str) -> str:
        return render(report(replace(SILENT, owed_by=Party(role, "Bob Berg"))), "table")

    assert "(lead)" in row("lead")
    assert "(reviewer)" in row("reviewer")
    assert "(owner)" not in row("owner")


def test_without_evidence_the_row_still_stands() -> None:
    assert "SUP-2" in render(report(replace(SILENT, evidence=())), "table")


def test_totals_count_by_severity_and_issue() -> None:
    text = render(report(SILENT, LATE, UNOWNED), "table")
    assert "3 findings (1 error, 1 warning, 1 info) on 2 of 40 issues" in text
    assert "2 infos" not in render(report(UNOWNED, UNOWNED), "table")


def test_nothing_found_is_one_line() -> None:
    text = render(report(), "table")
    assert text.startswith("No findings on 40 issues as of 2026-04-01 12:00 UTC")
    assert text.count("\n") == 1
    assert render(report(), "table", "owner") == text


def test_the_status_is_shown_when_one_is_not_open() -> None:
    assert "Status" not in render(report(SILENT), "table")
    text = render(report(SILENT, LATE), "table", width=140)
    assert "Status" in text
    assert "met late" in text
    assert "2026-03-09" in text


def test_what_was_left_out_is_told() -> None:
    text = render(
        report(
            unreadable=1,
            partial=3,
            containers=2,
            ignored=1,
            suppressed=4,
            unused_baseline=1,
            not_evaluated={"no changelog": 10, "comments hidden": 2},
            rules_not_evaluated={"unowned": 12},
            notes=("present owner taken for all times",),
            problems=("SUP-9: no fields",),
        ),
        "table",
    )
    assert text.splitlines()[1:] == [
        "Not evaluated: 12 pairs of issue and rule (comments hidden 2, no changelog 10).",
        "Rules not evaluated, with the number of issues: unowned 12.",
        "Partial: the history of 3 issues is not complete.",
        "Unreadable: 1 record; the messages say which.",
        "Left out: 2 containers (epics and the like).",
        "Left out: 1 issue with an ignore label.",
        "Suppressed: 4 findings by the baseline.",
        "Baseline: 1 entry matched nothing any more; write it anew to remove them.",
        "Note: present owner taken for all times",
    ]
    assert "SUP-9" not in text


def headings(text: str) -> list[str]:
    lines = text.splitlines()
    return [line for line, below in pairwise(lines) if below and set(below) == {"="}]


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("issue", ["SUP-2: Printer on floor 3", "SUP-10"]),
        ("rule", ["deadline-passed-in-silence", "silent-in-progress", "unowned"]),
        ("owner", ["ann abt", "Bob Berg", "the lead"]),
        ("team", ["Blue", "red", "no team"]),
    ],
)
def test_groups_have_headings_and_no_counts(group_by: str, expected: list[str]) -> None:
    assert headings(render(report(SILENT, LATE, UNOWNED), "table", group_by)) == expected


def test_grouping_by_owner_never_ranks() -> None:
    findings = [SILENT, SILENT, SILENT, LATE]
    assert headings(render(report(*findings), "table", "owner")) == ["ann abt", "Bob Berg"]


HOSTILE = "\x1b[2J\x9b31m\u202eevil\u2066\nsecond line\r\x00\ud800 \x07\u2028end"


def test_text_of_the_tracker_never_commands_the_terminal() -> None:
    nasty = replace(
        SILENT,
        issue=HOSTILE,
        title=HOSTILE,
        working_time=HOSTILE,
        summary=HOSTILE,
        owed_by=Party("owner", HOSTILE),
        evidence=(Evidence(AS_OF, HOSTILE, HOSTILE, HOSTILE),),
        rule=HOSTILE,
        team=HOSTILE,
    )
    for group_by in (None, *GROUPS):
        text = render(report(nasty, notes=(HOSTILE,), not_evaluated={HOSTILE: 1}), "table", group_by, 200)
        assert not set(text) & set("\x1b\x9b\x00\x07\r\u202e\u2066\u2028\ud800")
        assert "�[2J�31m�evil� second" in text
        text.encode("utf-8")


def test_a_megabyte_in_a_comment_is_cut() -> None:
    long = replace(SILENT, evidence=(Evidence(AS_OF, "Bob", "comment", "word " * 200_000),))
    text = render(report(long), "table")
    assert len(text) < 3000
    assert "…" in text
    spaces = replace(SILENT, title=" " * 5_000_000 + "end")
    assert len(render(report(spaces), "table")) < 3000


@given(
    title=st.text(min_size=1, max_size=200),
    quote=st.text(max_size=400),
    name=st.text(min_size=1, max_size=80),
    width=st.integers(100, 200),
)
def test_rows_keep_to_the_width_whatever_the_text(title: str, quote: str, name: str, width: int) -> None:
    finding = replace(
        SILENT,
        title=title,
        owed_by=Party("owner", name),
        evidence=(Evidence(AS_OF, name, "comment", quote),),
    )
    text = render(report(finding, LATE), "table", None, width)
    assert all(len(line) <= width for line in text.split("\n"))


def test_json_has_the_promised_shape() -> None:
    document = json.loads(render(report(SILENT, LATE, not_evaluated={"no changelog": 1}), "json"))
    assert list(document) == ["as_of", "coverage", "findings"]
    assert document["as_of"] == "2026-04-01T12:00:00Z"
    assert document["coverage"]["issues"] == 40
    assert document["coverage"]["not_evaluated"] == {"no changelog": 1}
    assert document["findings"][0] == {
        "rule": "silent-in-progress",
        "severity": "warning",
        "issue": "SUP-2",
        "url": "https://tracker.example/browse/SUP-2",
        "status": "open",
        "owed_by": {"role": "owner", "name": "Bob Berg", "id": "acc-7"},
        "opened": "2026-02-27T09:30:00Z",
        "due": "2026-03-04T09:30:00Z",
        "met": None,
        "working_time": "23 working days",
        "title": "In progress, no visible update",
        "evidence": [
            {
                "at": "2026-02-27T09:30:00Z",
                "actor": "Ann Abt",
                "event": "assigned to Bob Berg",
                "quote": None,
            },
            {
                "at": "2026-02-27T09:31:00Z",
                "actor": "Bob Berg",
                "event": "comment",
                "quote": "I'll look at the printer.",
            },
        ],
        "clears": "A comment that tells how the work stands.",
        "remedy": "Say what you tried and what comes next.",
        "fingerprint": "0123456789abcdef",
        "experimental": False,
        "stages": ["unacknowledged"],
        "summary": "Printer on floor 3",
        "project": "SUP",
        "owner": "Bob Berg",
        "team": "red",
    }
    assert document["findings"][1]["met"] == "2026-03-09T08:00:00Z"


def test_json_keeps_letters_milliseconds_and_the_order_of_findings() -> None:
    odd = replace(UNOWNED, title="Prüfung \U0001f600", due=datetime(2026, 3, 4, 9, 30, 0, 123000, tzinfo=UTC))
    text = render(report(odd, SILENT), "json", "owner")
    assert text == render(report(odd, SILENT), "json")
    assert text.startswith('{\n  "as_of": ')
    assert text.endswith("}\n")
    assert "Prüfung \U0001f600" in text
    assert '"2026-03-04T09:30:00.123Z"' in text
    assert [finding["issue"] for finding in json.loads(text)["findings"]] == ["SUP-10", "SUP-2"]


def test_json_is_valid_even_where_the_tracker_cut_a_character_in_half() -> None:
    cut = replace(
        SILENT, title="cut \ud83d here", evidence=(Evidence(AS_OF, None, "x", "\udc00 \ud83d\ude00"),)
    )
    document = json.loads(render(report(cut, not_evaluated={"\ud800": 1}), "json").encode("utf-8"))
    assert document["findings"][0]["title"] == "cut � here"
    assert document["findings"][0]["evidence"][0]["quote"] == "� \U0001f600"
    assert document["coverage"]["not_evaluated"] == {"�": 1}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_renders_every_grouping(name: str) -> None:
    for group_by in (None, *GROUPS):
        text = render(report(SILENT, LATE, UNOWNED), name, group_by)
        assert text.endswith("\n")
        assert "SUP-10" in text
