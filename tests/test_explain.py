"""What `explain` tells: events, whose turn it is, what became of each obligation, what was not judged."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ownership_audit.config import load
from ownership_audit.demo import AS_OF, CONFIG, SOURCE
from ownership_audit.explain import explain
from ownership_audit.run import Auditor, Options, choose_rules, find_issue, load_signals
from ownership_audit.trackers.file import FileSource

Json = dict[str, Any]

ISSUES: dict[str, Json] = {
    issue["key"]: issue for issue in map(json.loads, SOURCE.read_text(encoding="utf-8").splitlines())
}
SETTINGS = load(CONFIG)
AUDITOR = Auditor(SETTINGS, choose_rules(SETTINGS), load_signals())
FOUND = AUDITOR.audit(FileSource(SOURCE), Options(as_of=AS_OF)).findings


def told(source: Path, key: str, now: datetime = AS_OF, *, constant_owner: bool = False) -> str:
    options = Options(as_of=now, constant_owner=constant_owner)
    timeline = find_issue(FileSource(source), AUDITOR, key, options)
    evaluation = AUDITOR.evaluation(timeline, now)
    found = AUDITOR.findings(timeline, evaluation, options)
    return explain(timeline, evaluation, found, AUDITOR.calendars, AUDITOR.rules.signals, now)


def told_of(folder: Path, issue: Json, **options: Any) -> str:
    source = folder / "issue.json"
    source.write_text(json.dumps(issue), encoding="utf-8")
    return told(source, issue["key"], **options)


def section(text: str, heading: str) -> list[str]:
    """The lines below a heading, up to the next empty line."""
    lines = text.splitlines()
    below = lines[lines.index(heading) + 1 :]
    return below[: below.index("")] if "" in below else below


def test_an_account_has_its_parts_in_order() -> None:
    text = told(SOURCE, "OPS-4")
    lines = text.splitlines()
    assert lines[0].split(maxsplit=1) == ["OPS-4", ISSUES["OPS-4"]["fields"]["summary"]]
    assert lines[1] == "https://tracker.example/browse/OPS-4"
    assert lines[2] == "Owner Tomás Rivera, status To Do (todo), priority Medium"
    headings = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Timeline (UTC):", "Obligations:", "Findings:"]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_events_breaches_and_turns_are_in_order_of_time() -> None:
    timeline = section(told(SOURCE, "OPS-4"), "Timeline (UTC):")
    times = [line[2:18] for line in timeline if not line.strip().startswith(("turn:", "says:"))]
    assert times == sorted(times)
    moved = "2026-03-20 14:00 Tomás Rivera owner Tomás Rivera → Sven Dahl"
    assert moved in [" ".join(line.split()) for line in timeline]
    turns = [line.split("turn: ")[1] for line in timeline if line.strip().startswith("turn:")]
    assert turns[:4] == ["the lead", "Tomás Rivera", "Sven Dahl", "Tomás Rivera"]
    breach = next(line for line in timeline if "ping-pong breached" in line)
    assert breach.strip().startswith("2026-03-26 11:00")


def test_a_comment_is_quoted() -> None:
    assert 'commented: "The scanner files are fine, as said."' in told(SOURCE, "OPS-4")


def test_each_obligation_says_what_became_of_it() -> None:
    obligations = "\n".join(section(told(SOURCE, "OPS-4"), "Obligations:"))
    assert re.search(
        r"dropped-handoff: .*\n +opened 2026-03-20 14:00 \(Tomás Rivera owner .*\), owed by Sven Dahl, "
        r"due 2026-03-24 14:00: met 2026-03-23 15:29 \(Sven Dahl commented\)",
        obligations,
    )
    assert ": met late 2026-03-30 13:59 (Sven Dahl commented)" in obligations
    assert "owed by Grace Okonkwo, due 2026-03-26 11:00: open, " in obligations
    assert "working days past due (warning)" in obligations
    assert ": pending" in obligations


def test_every_finding_of_the_demo_is_told_with_its_remedy() -> None:
    for finding in FOUND:
        findings = section(told(SOURCE, finding.issue), "Findings:")
        assert any(
            line.strip().startswith(f"{finding.severity}: {finding.title} [{finding.rule}]")
            for line in findings
        )
        assert finding.remedy in [line.strip() for line in findings]


@pytest.mark.parametrize("key", ISSUES)
def test_every_issue_of_the_demo_can_be_told_at_any_time(key: str) -> None:
    text = told(SOURCE, key)
    findings = [finding for finding in FOUND if finding.issue == key]
    assert ("No findings." in text) is (not findings)
    created = datetime.fromisoformat(ISSUES[key]["fields"]["created"]).astimezone(UTC)
    at_first = section(told(SOURCE, key, created), "Timeline (UTC):")
    assert "created the issue" in at_first[0]
    assert all(line.startswith(f"  {created:%Y-%m-%d %H:%M}") or "turn:" in line for line in at_first)


def test_a_closed_issue_is_nobodys_turn() -> None:
    timeline = section(told(SOURCE, "OPS-11"), "Timeline (UTC):")
    assert [line for line in timeline if "turn:" in line][-1].endswith("turn: nobody")


def test_sub_task_activity_stands_in_the_parents_timeline() -> None:
    assert "worked on sub-task ENG-15" in told(SOURCE, "ENG-14")


def test_what_was_not_judged_is_told_with_the_reason(tmp_path: Path) -> None:
    issue = copy.deepcopy(ISSUES["OPS-4"])
    del issue["changelog"]
    text = told_of(tmp_path, issue)
    assert "Incomplete changes: the record has no change history" in text
    skipped = section(text, "Not evaluated:")
    assert [line.split(":")[0].strip() for line in skipped] == sorted(rule.id for rule in AUDITOR.rules.rules)
    assert all(line.endswith("changes: the record has no change history") for line in skipped)
    assert "No findings." in text


def test_hidden_comments_are_told(tmp_path: Path) -> None:
    issue = copy.deepcopy(ISSUES["OPS-4"])
    issue["fields"]["comment"]["total"] += 3
    comments = len(issue["fields"]["comment"]["comments"])
    text = told_of(tmp_path, issue)
    reason = f"{comments} of {comments + 3} comments are in the record"
    assert f"Incomplete comments: {reason}" in text
    assert f"  unacknowledged: comments: {reason}" in section(text, "Not evaluated:")


def test_an_assumed_history_says_so(tmp_path: Path) -> None:
    issue = copy.deepcopy(ISSUES["OPS-4"])
    del issue["changelog"]
    text = told_of(tmp_path, issue, constant_owner=True)
    assert "No history in the record: the present owner is taken for all times." in text
    assert "  ping-pong: changes: opened by changes that are not in the record" in section(
        text, "Not evaluated:"
    )


def test_a_container_owes_nothing(tmp_path: Path) -> None:
    issue = copy.deepcopy(ISSUES["OPS-6"])
    issue["fields"]["issuetype"]["name"] = "Epic"
    text = told_of(tmp_path, issue)
    assert "A container (Epic): it owes nothing itself." in text
    assert section(text, "Obligations:") == ["  none"]
    assert text.endswith("No findings.\n")


def test_a_record_of_almost_nothing_can_be_told(tmp_path: Path) -> None:
    text = told_of(tmp_path, {"key": "X-1", "fields": {"created": "2026-03-02T09:00:00.000+0000"}})
    assert "Owner nobody" in text
    assert "somebody created the issue" in text
    assert "https" not in text


def test_what_is_said_is_marked_and_passes_the_turn(tmp_path: Path) -> None:
    ann, bob = (
        {"accountId": f"5b10:{n}", "displayName": n, "accountType": "atlassian"} for n in ("Ann", "Bob")
    )

    def comment(number: int, at: str, who: Any, body: str) -> Any:
        return {"id": str(number), "author": who, "created": f"2026-03-{at}:00.000+0000", "body": body}

    comments = [
        comment(1, "03T10:00", bob, "Ann, which version do you use?\nI will fix the pump by Friday."),
        comment(2, "04T10:00", ann, "It is 2.1."),
        comment(3, "05T10:00", {**bob, "accountType": "app", "displayName": "Robo Bot"}, "I will fix it."),
    ]
    record = {
        "id": "1",
        "key": "SUP-1",
        "fields": {
            "summary": "The pump",
            "created": "2026-03-02T09:00:00.000+0000",
            "reporter": ann,
            "assignee": bob,
            "project": {"key": "SUP"},
            "status": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
            "comment": {"comments": comments, "total": 3},
        },
        "changelog": {"histories": [], "total": 0},
    }
    path = tmp_path / "issues.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    now = datetime(2026, 3, 6, 10, tzinfo=UTC)
    timeline = find_issue(FileSource(path), AUDITOR, "SUP-1", Options(as_of=now))
    told = explain(
        timeline, AUDITOR.evaluation(timeline, now), [], AUDITOR.calendars, AUDITOR.rules.signals, now
    )
    lines = [line.strip() for line in told.splitlines()]
    says = [line for line in lines if line.startswith("says: ")]
    assert len(says) in (1, 2)  # the robot's words are not read
    assert 'question "' in says[0]
    assert 'promise "I will fix' in says[0]
    turns = [line for line in lines if line.startswith("turn: ")]
    assert turns == ["turn: Bob", "turn: Ann, who was asked", "turn: Bob"]
