"""Whole audits of files: coverage, completeness, linked issues, settings per project and person."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ownership_audit.calendars import Duration
from ownership_audit.config import CalendarSpec, PersonSettings, ProjectSettings, RuleTuning, Settings
from ownership_audit.errors import ConfigError, DataError
from ownership_audit.finding import Report
from ownership_audit.run import Auditor, Options, choose_rules, find_issue, load_signals
from ownership_audit.suppress import Baseline
from ownership_audit.timeline import Timeline
from ownership_audit.trackers.file import FileSource
from payloads import ANN, BOB, CID, Record, assign, at, audit, change, cloud, comment, day, issue, item, write

PROMISED: dict[str, Any] = {"assignee": BOB, "duedate": "2026-03-12"}  # a Thursday
STARTED: dict[str, Any] = {
    "assignee": BOB,
    "status": "In Progress",
    "category": "indeterminate",
    "changes": [change("2026-03-03T10:00:00Z", BOB, item("status", "To Do", "In Progress"), id_="1")],
}
EVENT_RULES = 29


def lapses(report: Report) -> list[tuple[str, str]]:
    return [(finding.issue, finding.rule) for finding in report.findings]


def found_issue(source: Path, key: str, as_of: str = "2026-06-01 12:00", **options: Any) -> Timeline:
    settings = Settings()
    auditor = Auditor(settings, choose_rules(settings), load_signals())
    return find_issue(FileSource(source), auditor, key, Options(at(as_of), **options))


# -- coverage -------------------------------------------------------------------------------------------


def test_a_healthy_issue_and_an_unhealthy_one(tmp_path: Path) -> None:
    kept = issue(
        "WEB-2",
        assignee=BOB,
        status="Done",
        category="done",
        changes=[change("2026-03-04T10:00:00Z", BOB, item("status", "To Do", "Done"))],
    )
    report = audit(write(tmp_path, issue(**PROMISED), kept), "2026-03-16 10:00")
    assert lapses(report) == [("WEB-1", "deadline-not-replanned")]
    coverage = report.coverage
    assert (coverage.issues, coverage.unreadable, coverage.partial) == (2, 0, 0)
    assert (coverage.not_evaluated, coverage.rules_not_evaluated, coverage.notes) == ({}, {}, ())
    assert report.as_of == at("2026-03-16 10:00")


def test_an_issue_created_later_is_not_counted(tmp_path: Path) -> None:
    report = audit(write(tmp_path, issue(created="2026-04-01T10:00:00Z"), issue("WEB-2")), "2026-03-16 10:00")
    assert report.coverage.issues == 1


def test_one_bad_record_never_costs_the_others(tmp_path: Path) -> None:
    no_date = issue("WEB-3", created=None)
    source = write(tmp_path, {"hello": 1}, issue(**PROMISED), no_date, issue("WEB-1"))
    report = audit(source, "2026-03-16 10:00")
    assert lapses(report) == [("WEB-1", "deadline-not-replanned")]
    assert (report.coverage.issues, report.coverage.unreadable) == (1, 3)
    places = [problem.partition(": ")[0].rpartition(":")[2] for problem in report.coverage.problems]
    assert places == ["1", "3", "4"]
    assert "WEB-1 stands in the source already" in report.coverage.problems[2]


def test_only_the_projects_asked_for(tmp_path: Path) -> None:
    source = write(tmp_path, issue(**PROMISED), issue("OPS-1", **PROMISED))
    report = audit(source, "2026-03-16 10:00", projects=frozenset({"OPS"}))
    assert lapses(report) == [("OPS-1", "deadline-not-replanned")]
    assert report.coverage.issues == 1


def test_containers_are_counted_and_owe_nothing(tmp_path: Path) -> None:
    source = write(tmp_path, issue(issuetype={"name": "Epic"}, **PROMISED))
    report = audit(source, "2026-03-16 10:00")
    assert (lapses(report), report.coverage.containers) == ([], 1)
    assert lapses(audit(source, "2026-03-16 10:00", settings=Settings(audit_containers=True)))


def test_a_label_silences_an_issue_from_its_day_on(tmp_path: Path) -> None:
    labelled = change("2026-03-17T10:00:00Z", ANN, item("labels", "", "ownership-ignore web"))
    source = write(tmp_path, issue(labels=["ownership-ignore", "web"], changes=[labelled], **PROMISED))
    assert len(audit(source, "2026-03-16 10:00").findings) == 1
    report = audit(source, "2026-03-18 10:00")
    assert (lapses(report), report.coverage.ignored, report.coverage.issues) == ([], 1, 1)
    other = Settings(ignore_labels=frozenset({"quiet"}))
    assert len(audit(source, "2026-03-18 10:00", settings=other).findings) == 1


def test_findings_stand_in_order_of_project_and_number(tmp_path: Path) -> None:
    records = [issue(key, **PROMISED) for key in ("WEB-10", "WEB-9", "OPS-2", "WEB-1")]
    report = audit(write(tmp_path, *records), "2026-03-16 10:00")
    assert [finding.issue for finding in report.findings] == ["OPS-2", "WEB-1", "WEB-9", "WEB-10"]


def test_a_baseline_silences_what_stood_and_counts_what_is_gone(tmp_path: Path) -> None:
    source = write(tmp_path, issue(**PROMISED), issue("WEB-2", **PROMISED))
    before = audit(source, "2026-03-16 10:00")
    baseline = Baseline(frozenset({before.findings[0].fingerprint, "0" * 16}))
    report = audit(source, "2026-04-16 10:00", baseline=baseline)
    assert [finding.issue for finding in report.findings] == ["WEB-2"]
    assert (report.coverage.suppressed, report.coverage.unused_baseline) == (1, 1)


@pytest.mark.parametrize("name", ["Bob Stone", "bob stone", "5b10:bob"])
def test_only_mine(tmp_path: Path, name: str) -> None:
    source = write(tmp_path, issue(**PROMISED), issue("WEB-2", assignee=CID, duedate="2026-03-12"))
    assert [f.issue for f in audit(source, "2026-03-16 10:00", mine=name).findings] == ["WEB-1"]


# -- what cannot be judged ------------------------------------------------------------------------------


def test_a_missing_changelog_leaves_every_rule_unevaluated_that_needs_it(tmp_path: Path) -> None:
    record = issue(**PROMISED)
    del record["changelog"]
    report = audit(write(tmp_path, record, issue("WEB-2")), "2026-03-16 10:00")
    assert lapses(report) == []
    assert report.coverage.partial == 1
    assert report.coverage.not_evaluated == {"changes": EVENT_RULES}
    assert set(report.coverage.rules_not_evaluated.values()) == {1}


@pytest.mark.parametrize("part", ["missing", "truncated"])
def test_missing_comments_leave_only_those_rules_unevaluated_that_read_them(
    tmp_path: Path, part: str
) -> None:
    record = issue(**PROMISED)
    if part == "missing":
        del record["fields"]["comment"]
    else:
        record["fields"]["comment"]["total"] = 1
    report = audit(write(tmp_path, record), "2026-03-16 10:00")
    # no comment can meet this one, so it is judged; whether the owner spoke is not known
    assert lapses(report) == [("WEB-1", "deadline-not-replanned")]
    assert report.findings[0].severity == "warning"
    skipped = report.coverage.rules_not_evaluated
    assert {"deadline-passed-in-silence", "silent-in-progress", "unacknowledged"} <= set(skipped)
    assert not {"deadline-not-replanned", "abandoned"} & set(skipped)
    assert report.coverage.not_evaluated == {"comments": len(skipped)}


def test_each_reason_is_counted(tmp_path: Path) -> None:
    both = issue(**PROMISED)
    del both["changelog"]
    del both["fields"]["comment"]
    bare = issue("WEB-2", **PROMISED)
    del bare["changelog"]
    report = audit(write(tmp_path, both, bare), "2026-03-16 10:00")
    assert report.coverage.partial == 2
    assert sum(report.coverage.not_evaluated.values()) == 2 * EVENT_RULES
    assert set(report.coverage.rules_not_evaluated.values()) == {2}


def test_a_constant_owner_judges_what_creation_and_comments_open(tmp_path: Path) -> None:
    records = [issue(assignee=BOB), issue("WEB-2", **PROMISED)]
    for record in records:
        del record["changelog"]
    source = write(tmp_path, *records)
    assert lapses(audit(source, "2026-03-30 10:00")) == []
    report = audit(source, "2026-03-30 10:00", constant_owner=True)
    assert lapses(report) == [("WEB-1", "unacknowledged"), ("WEB-2", "deadline-not-replanned")]
    assert report.coverage.partial == 0
    # what only changes can open stays unjudged, and the line says what was assumed
    assert {"ping-pong", "dropped-handoff", "abandoned"} <= set(report.coverage.rules_not_evaluated)
    assert "unacknowledged" not in report.coverage.rules_not_evaluated
    assert set(report.coverage.not_evaluated) == {"changes"}
    assert "2 issues without history" in report.coverage.notes[0]


def test_a_constant_owner_judges_the_time_before_the_resolution(tmp_path: Path) -> None:
    record = issue(
        assignee=BOB,
        status="Done",
        category="done",
        duedate="2026-03-12",
        resolutiondate="2026-03-20T10:00:00.000+0000",
    )
    del record["changelog"]
    source = write(tmp_path, record)
    standing = audit(source, "2026-03-18 10:00", constant_owner=True)
    assert ("WEB-1", "deadline-not-replanned") in lapses(standing)
    assert lapses(audit(source, "2026-03-23 10:00", constant_owner=True)) == []
    history = audit(source, "2026-03-23 10:00", constant_owner=True, history=True)
    (overdue,) = [finding for finding in history.findings if finding.rule == "deadline-not-replanned"]
    assert (overdue.status, overdue.met) == ("ended", at("2026-03-20 10:00"))


def test_an_owner_who_is_not_in_the_record_is_not_taken_for_nobody(tmp_path: Path) -> None:
    record = issue(fixVersions=[{"name": "1.2"}])
    del record["changelog"]
    del record["fields"]["assignee"]
    report = audit(write(tmp_path, record), "2026-06-01 10:00", constant_owner=True)
    assert (lapses(report), report.coverage.notes) == ([], ())
    assert report.coverage.not_evaluated == {"changes": EVENT_RULES}


# -- linked issues --------------------------------------------------------------------------------------

BLOCKED = issue(
    "WEB-1",
    assignee=BOB,
    issuelinks=[
        {
            "type": {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
            "inwardIssue": {"key": "OPS-1"},
        }
    ],
)
BLOCKING = issue(
    "OPS-1",
    assignee=CID,
    status="Done",
    category="done",
    changes=[change("2026-03-10T10:00:00Z", CID, item("status", "To Do", "Done"), id_="3")],
)


@pytest.mark.parametrize("order", [(BLOCKED, BLOCKING), (BLOCKING, BLOCKED)])
def test_an_issue_is_unblocked_when_the_blocking_one_is_done(
    tmp_path: Path, order: tuple[Record, Record]
) -> None:
    source = write(tmp_path, *order)
    timeline = found_issue(source, "WEB-1")
    event = timeline.events[-1]
    assert (event.kind, event.at, event.actor, event.new) == (
        "unblocked",
        at("2026-03-10 10:00"),
        None,
        "OPS-1",
    )
    assert [e.kind for e in found_issue(source, "WEB-1", "2026-03-09 10:00").events] == ["created"]
    assert [e.kind for e in found_issue(source, "OPS-1").events] == ["created", "status"]


def test_without_the_blocking_issue_nothing_is_known_of_it(tmp_path: Path) -> None:
    assert [e.kind for e in found_issue(write(tmp_path, BLOCKED), "WEB-1").events] == ["created"]


def family() -> list[Record]:
    """A silent parent in progress whose owner works on a sub-task, and an issue that is no sub-task."""
    subtask = {"name": "Sub-task", "subtask": True}
    parent = issue("WEB-1", **STARTED, subtasks=[{"key": "WEB-2"}])
    child = issue(
        "WEB-2",
        assignee=BOB,
        issuetype=subtask,
        parent={"key": "WEB-1"},
        created="2026-03-03T11:00:00Z",
        comments=[
            comment("2026-03-16T10:00:00Z", BOB, "The reader works.", id_="1"),
            comment("2026-03-17T10:00:00Z", cloud("Build Bot", accountType="app"), "Green.", id_="2"),
        ],
    )
    story = issue(
        "WEB-3", parent={"key": "WEB-1"}, comments=[comment("2026-03-05T10:00:00Z", BOB, "Other work.")]
    )
    return [parent, child, story]


def test_work_on_a_sub_task_is_an_update_of_its_parent_in_any_order(tmp_path: Path) -> None:
    records = family()
    for seed in range(4):
        random.Random(seed).shuffle(records)
        source = write(tmp_path, *records)
        timeline = found_issue(source, "WEB-1")
        subtasks = [event for event in timeline.events if event.kind == "subtask"]
        assert [(e.at, e.new, e.actor and e.actor.name) for e in subtasks] == [
            (at("2026-03-16 10:00"), "WEB-2", "Bob Stone"),
            (at("2026-03-17 10:00"), "WEB-2", "Build Bot"),
        ]
        # without the sub-task: due on the 17th; with it: ten working days after the 16th
        report = audit(source, "2026-03-30 10:00", "silent-in-progress", history=True)
        assert lapses(report) == []
        report = audit(source, "2026-03-30 10:01", "silent-in-progress")
        assert lapses(report) == [("WEB-1", "silent-in-progress")]


def test_sub_tasks_of_projects_left_out_still_count(tmp_path: Path) -> None:
    source = write(tmp_path, *family())
    report = audit(source, "2026-03-27 10:00", "silent-in-progress", projects=frozenset({"WEB"}))
    assert lapses(report) == []


def test_the_order_of_a_file_changes_nothing(tmp_path: Path) -> None:
    records = [*family(), BLOCKING, issue("WEB-9", **PROMISED), issue("OPS-4", fixVersions=[{"name": "1.2"}])]
    first = audit(write(tmp_path, *records), "2026-05-04 10:00", history=True)
    assert len(first.findings) > 3
    for seed in range(3):
        random.Random(seed).shuffle(records)
        assert audit(write(tmp_path, *records), "2026-05-04 10:00", history=True).findings == first.findings


def test_release_dates_are_known_from_the_whole_source(tmp_path: Path) -> None:
    # WEB-1 left release 1.2; only WEB-2 still tells its date
    moved = issue(
        assignee=BOB,
        changes=[change("2026-03-25T10:00:00Z", ANN, item("Fix Version", "1.2", None, "12", None))],
    )
    other = issue(
        "WEB-2", fixVersions=[{"name": "1.2", "releaseDate": "2026-03-12"}], status="Done", category="done"
    )
    settings = Settings(deadline_sources=("due-date", "release"))
    for records in ((moved, other), (other, moved)):
        source = write(tmp_path, *records)
        report = audit(source, "2026-03-16 10:00", "deadline-not-replanned", settings=settings)
        assert [(f.issue, f.due) for f in report.findings] == [("WEB-1", at("2026-03-16 09:00"))]
        assert lapses(audit(source, "2026-03-26 10:00", "deadline-not-replanned", settings=settings)) == []


def test_one_issue_of_a_source(tmp_path: Path) -> None:
    source = write(tmp_path, issue(**PROMISED), issue("WEB-2"))
    assert found_issue(source, "web-1").issue.key == "WEB-1"
    with pytest.raises(DataError, match="no issue WEB-7 as of 2026-06-01 12:00 UTC"):
        found_issue(source, "WEB-7")
    with pytest.raises(DataError, match="no issue WEB-1 as of 2026-03-01"):
        found_issue(source, "WEB-1", "2026-03-01 10:00")


# -- settings -------------------------------------------------------------------------------------------


def test_two_projects_with_their_own_calendars(tmp_path: Path) -> None:
    sunday_to_thursday = CalendarSpec(
        zone="Asia/Jerusalem",
        hours=(*[((540, 1020),)] * 4, (), (), ((540, 1020),)),
        days_off=(day("2026-03-15"),),
    )
    settings = Settings(projects={"OPS": ProjectSettings(calendar=sunday_to_thursday)})
    source = write(tmp_path, issue(**PROMISED), issue("OPS-1", **PROMISED))
    report = audit(source, "2026-03-18 10:00", "deadline-not-replanned", settings=settings)
    # WEB: Thursday 17:00 UTC and one working day; OPS: Friday, Saturday and the day off do not count
    assert {f.issue: f.due for f in report.findings} == {
        "WEB-1": at("2026-03-16 09:00"),
        "OPS-1": at("2026-03-17 07:00"),
    }


def test_times_without_a_zone_are_in_the_configured_one(tmp_path: Path) -> None:
    record = issue(
        assignee=BOB,
        status="In Progress",
        category="indeterminate",
        created="2026-01-12T09:00:00.000",
        changes=[change("2026-01-13T10:00:00.000", BOB, item("status", "To Do", "In Progress"))],
    )
    settings = Settings(calendar=CalendarSpec(zone="America/New_York"))
    report = audit(write(tmp_path, record), "2026-02-16 10:00", "silent-in-progress", settings=settings)
    assert report.findings[0].opened == at("2026-01-13 15:00")


def test_an_absence_moves_the_due_time(tmp_path: Path) -> None:
    source = write(tmp_path, issue(**PROMISED))
    for name in ("bob stone", "5b10:bob"):
        away = PersonSettings(absences=((day("2026-03-13"), day("2026-03-13")),), team="Core")
        settings = Settings(people={name: away})
        finding = audit(source, "2026-03-18 10:00", "deadline-not-replanned", settings=settings).findings[0]
        assert (finding.due, finding.team) == (at("2026-03-17 09:00"), "Core")


def test_a_configured_lead_owes_what_leads_owe(tmp_path: Path) -> None:
    record = issue(
        fixVersions=[{"name": "1.2"}], comments=[comment("2026-03-02T10:00:00Z", CID, "Whose is it?")]
    )
    settings = Settings(projects={"WEB": ProjectSettings(lead="Cid Moor")})
    finding = audit(write(tmp_path, record), "2026-03-13 10:00", "unowned", settings=settings).findings[0]
    assert (finding.owed_by.role, finding.owed_by.id) == ("lead", "5b10:cid")


def test_a_configured_status_stops_the_clock(tmp_path: Path) -> None:
    source = write(tmp_path, issue(**STARTED))
    assert len(audit(source, "2026-04-01 10:00", "silent-in-progress").findings) == 1
    settings = Settings(statuses={"in progress": "waiting"})
    assert lapses(audit(source, "2026-04-01 10:00", "silent-in-progress", settings=settings)) == []


def test_waiting_and_review_stop_the_owners_clock(tmp_path: Path) -> None:
    for name in ("Waiting for customer", "In Review"):
        record = issue(
            assignee=BOB,
            status=name,
            category="indeterminate",
            changes=[change("2026-03-03T10:00:00Z", BOB, item("status", "To Do", name))],
        )
        assert lapses(audit(write(tmp_path, record), "2026-05-04 10:00", "silent-in-progress")) == []


def test_queues_and_bots_are_not_asked(tmp_path: Path) -> None:
    desk = cloud("Support Queue")
    source = write(tmp_path, issue(assignee=desk, duedate="2026-03-12"))
    assert "deadline-not-replanned" not in {rule for _, rule in lapses(audit(source, "2026-03-18 10:00"))}
    source = write(tmp_path, issue(assignee=cloud("Sync", accountType="app"), duedate="2026-03-12"))
    report = audit(source, "2026-03-18 10:00")
    assert [f for f in report.findings if f.owed_by.name == "Sync"] == []


def test_a_rule_tuned_for_a_team(tmp_path: Path) -> None:
    source = write(tmp_path, issue(**STARTED), issue("OPS-1", **STARTED))
    longer = RuleTuning("x:1", severity="error", within=Duration.parse("12 working days"))
    settings = Settings(rules={"silent-in-progress": longer})
    report = audit(source, "2026-03-20 10:00", "silent-in-progress", settings=settings)
    assert [(f.severity, f.due) for f in report.findings] == [("error", at("2026-03-19 10:00"))] * 2
    only = Settings(rules={"silent-in-progress": RuleTuning("x:1", projects=frozenset({"OPS"}))})
    report = audit(source, "2026-03-20 10:00", "silent-in-progress", settings=only)
    assert lapses(report) == [("OPS-1", "silent-in-progress")]
    off = Settings(rules={"silent-in-progress": RuleTuning("x:1", off=True)})
    assert lapses(audit(source, "2026-03-20 10:00", settings=off)) == []


def test_a_rule_limited_to_other_projects_is_not_counted_as_unevaluated(tmp_path: Path) -> None:
    records = [issue(), issue("OPS-1")]
    for record in records:
        del record["changelog"]
    settings = Settings(rules={"silent-in-progress": RuleTuning("x:1", projects=frozenset({"OPS"}))})
    report = audit(write(tmp_path, *records), "2026-03-20 10:00", settings=settings)
    assert report.coverage.rules_not_evaluated["silent-in-progress"] == 1
    assert report.coverage.rules_not_evaluated["abandoned"] == 2


@pytest.mark.parametrize("wrong", [{"select": ["silent-in-progres"]}, {"ignore": ["silent-in-progres"]}])
def test_a_rule_nobody_has(wrong: dict[str, list[str]]) -> None:
    with pytest.raises(ConfigError, match="did you mean 'silent-in-progress'"):
        choose_rules(Settings(), **wrong)  # type: ignore[arg-type]  # one name at a time


def test_a_tuned_rule_nobody_has() -> None:
    settings = Settings(rules={"silence": RuleTuning("conf.yaml:7")})
    with pytest.raises(ConfigError, match=r"conf\.yaml:7: .*no rule 'silence'"):
        choose_rules(settings)


def test_select_and_ignore() -> None:
    everything = {rule.id for rule in choose_rules(Settings())}
    assert len(everything) == EVENT_RULES
    assert {rule.id for rule in choose_rules(Settings(), select=["unowned", "ping-pong"])} == {
        "unowned",
        "ping-pong",
    }
    assert everything - {rule.id for rule in choose_rules(Settings(), ignore=["unowned"])} == {"unowned"}


# -- replay in the small --------------------------------------------------------------------------------


def test_the_audit_of_then_is_the_audit_of_what_was_there_then(tmp_path: Path) -> None:
    whole = issue(
        assignee=CID,
        duedate="2026-03-25",
        changes=[
            change("2026-03-05T10:00:00Z", ANN, assign(None, BOB), id_="1"),
            change(
                "2026-03-17T10:00:00Z",
                BOB,
                assign(BOB, CID),
                item("duedate", "2026-03-12", "2026-03-25"),
                id_="2",
            ),
        ],
        comments=[comment("2026-03-20T10:00:00Z", CID, "Half of it works.", id_="1")],
    )
    then = issue(
        assignee=BOB,
        duedate="2026-03-12",
        changes=[change("2026-03-05T10:00:00Z", ANN, assign(None, BOB), id_="1")],
    )
    sources = [write(tmp_path, record, name=f"{n}.jsonl") for n, record in enumerate((whole, then))]
    moment = at("2026-03-02 10:00")
    while moment < at("2026-03-17 10:00"):
        as_of = moment.strftime("%Y-%m-%d %H:%M")
        one, other = (audit(source, as_of, history=True) for source in sources)
        assert replace(one, coverage=other.coverage) == other
        moment += timedelta(hours=13)
