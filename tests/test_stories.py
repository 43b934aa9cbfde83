"""Findings from obligations: one lapse is one finding, with evidence, quotes and a name that lasts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ownership_audit.finding import Finding
from ownership_audit.stories import closure
from payloads import ANN, BOB, CID, ZOE, Record, assign, at, audit, change, cloud, comment, issue, item, write

BOT = cloud("Build Bot", accountType="app")

# Thursday the 12th is the date; the 7th and 8th and the 14th and 15th are weekends.
PROMISED = {"assignee": BOB, "duedate": "2026-03-12"}


def found(folder: Path, record: Record, as_of: str, *select: str, **options: Any) -> list[Finding]:
    return list(audit(write(folder, record), as_of, *select, **options).findings)


def one(folder: Path, record: Record, as_of: str, *select: str, **options: Any) -> Finding:
    findings = found(folder, record, as_of, *select, **options)
    assert len(findings) == 1, [(finding.rule, finding.status) for finding in findings]
    return findings[0]


def words(finding: Finding) -> list[str]:
    return [evidence.event for evidence in finding.evidence]


# -- one lapse, one finding -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "rule", "severity", "stages"),
    [
        ("2026-03-10 17:00", None, None, ()),
        ("2026-03-11 09:01", "silent-before-deadline", "info", ("not-started-near-deadline",)),
        ("2026-03-13 12:00", "deadline-passed-in-silence", "error", ()),
        (
            "2026-03-16 09:01",
            "deadline-not-replanned",
            "error",
            ("deadline-passed-in-silence", "unacknowledged"),
        ),
        (
            "2026-04-16 10:00",
            "deadline-not-replanned",
            "error",
            ("deadline-passed-in-silence", "unacknowledged"),
        ),
    ],
)
def test_the_stages_of_a_date_that_passes_in_silence(
    tmp_path: Path, as_of: str, rule: str | None, severity: str | None, stages: tuple[str, ...]
) -> None:
    findings = found(tmp_path, issue(**PROMISED), as_of)
    assert [(f.rule, f.severity, f.stages) for f in findings] == ([(rule, severity, stages)] if rule else [])


def test_the_fingerprint_survives_the_next_stage_and_other_events(tmp_path: Path) -> None:
    chatter = [comment("2026-03-11T10:00:00Z", CID, "Which template do we use?")]
    fingerprints = {
        one(tmp_path, issue(comments=comments, **PROMISED), as_of).fingerprint
        for as_of in ("2026-03-11 09:00", "2026-03-13 12:00", "2026-03-16 10:00", "2026-05-04 10:00")
        for comments in ([], chatter)
    }
    assert len(fingerprints) == 1
    moved = issue(
        changes=[change("2026-03-03T10:00:00Z", BOB, item("duedate", "2026-03-06", "2026-03-12"), id_="7")],
        **PROMISED,
    )
    assert one(tmp_path, moved, "2026-05-04 10:00", "deadline-not-replanned").fingerprint not in fingerprints
    other = issue("WEB-2", **PROMISED)
    assert one(tmp_path, other, "2026-05-04 10:00").fingerprint not in fingerprints


def test_each_stage_stands_as_evidence(tmp_path: Path) -> None:
    finding = one(tmp_path, issue(**PROMISED), "2026-03-16 10:00")
    assert "also: The date came and went without a word (deadline-passed-in-silence)" in words(finding)


def test_a_rule_that_is_left_out_leaves_the_weaker_one(tmp_path: Path) -> None:
    findings = found(tmp_path, issue(**PROMISED), "2026-03-16 10:00", "deadline-passed-in-silence")
    assert [(f.rule, f.stages) for f in findings] == [("deadline-passed-in-silence", ())]


def test_lapses_of_different_stories_stay_apart(tmp_path: Path) -> None:
    moves = [
        change(
            f"2026-03-{n:02}T10:00:00Z", BOB, item("duedate", f"2026-03-{n + 3:02}", f"2026-03-{n + 7:02}")
        )
        for n in (3, 10)
    ]
    moves.append(change("2026-03-17T10:00:00Z", BOB, item("duedate", "2026-03-20", "2026-03-27")))
    findings = found(tmp_path, issue(assignee=BOB, duedate="2026-03-27", changes=moves), "2026-04-20 10:00")
    assert {"serial-slip", "deadline-not-replanned"} <= {finding.rule for finding in findings}


def test_a_standing_story_keeps_to_what_stands(tmp_path: Path) -> None:
    record = issue(
        comments=[comment("2026-03-13T15:00:00Z", BOB, "The import is left, I am at it.", id_="4")],
        **PROMISED,
    )
    finding = one(tmp_path, record, "2026-03-16 10:00")
    # the silence was broken, though late; what stands is that there is no new date
    assert (finding.rule, finding.severity, finding.stages) == ("deadline-not-replanned", "warning", ())


def test_closure_follows_the_chain() -> None:
    class Plain:
        def __init__(self, name: str, *subsumes: str) -> None:
            self.id, self.subsumes = name, subsumes

    rules: Any = [Plain("a", "b"), Plain("b", "c"), Plain("c"), Plain("d", "a", "x")]
    assert closure(rules) == {"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"a", "b", "c", "x"}}


# -- episodes and history -------------------------------------------------------------------------------

# In progress from the 3rd on; words on the 24th (late), again on the 25th, then silence.
SILENT = issue(
    assignee=BOB,
    status="In Progress",
    category="indeterminate",
    changes=[change("2026-03-03T10:00:00Z", BOB, item("status", "To Do", "In Progress"), id_="1")],
    comments=[
        comment("2026-03-24T10:00:00Z", BOB, "The writer works, the reader is left.", id_="1"),
        comment("2026-03-25T10:00:00Z", BOB, "The reader works too.", id_="2"),
    ],
)


def test_history_has_each_episode_with_its_times(tmp_path: Path) -> None:
    findings = found(tmp_path, SILENT, "2026-04-14 10:00", "silent-in-progress", history=True)
    assert [(f.status, f.opened, f.due, f.met) for f in findings] == [
        ("met late", at("2026-03-03 10:00"), at("2026-03-17 10:00"), at("2026-03-24 10:00")),
        ("open", at("2026-03-25 10:00"), at("2026-04-08 10:00"), None),
    ]
    assert len({finding.fingerprint for finding in findings}) == 2
    now = found(tmp_path, SILENT, "2026-04-14 10:00", "silent-in-progress")
    assert now == [finding for finding in findings if finding.status == "open"]


def test_history_has_what_ended_without_being_met(tmp_path: Path) -> None:
    record = issue(
        assignee=CID,
        status="In Progress",
        category="indeterminate",
        changes=[
            change("2026-03-03T10:00:00Z", BOB, item("status", "To Do", "In Progress"), id_="1"),
            change("2026-03-20T10:00:00Z", ANN, assign(BOB, CID), id_="2"),
        ],
    )
    finding = one(tmp_path, record, "2026-03-20 16:00", "silent-in-progress", history=True)
    assert (finding.status, finding.met) == ("ended", at("2026-03-20 10:00"))
    assert finding.owed_by.name == "Bob Stone"
    assert finding.working_time == "13 working days"


def test_what_was_met_in_time_is_no_finding(tmp_path: Path) -> None:
    record = issue(
        assignee=BOB,
        status="In Progress",
        category="indeterminate",
        changes=[change("2026-03-03T10:00:00Z", BOB, item("status", "To Do", "In Progress"))],
        comments=[comment("2026-03-17T10:00:00Z", BOB, "Half of it works.")],  # exactly at the due time
    )
    assert found(tmp_path, record, "2026-03-31 10:00", "silent-in-progress", history=True) == []


def test_two_openings_with_nothing_in_between_are_one_episode(tmp_path: Path) -> None:
    record = issue(
        assignee=BOB,
        priority={"name": "Blocker"},
        changes=[
            change("2026-03-03T10:00:00Z", ANN, assign(None, BOB), id_="1"),
            change("2026-03-04T10:00:00Z", ANN, item("priority", "Medium", "Blocker"), id_="2"),
        ],
    )
    finding = one(tmp_path, record, "2026-04-01 10:00", "unacknowledged", history=True)
    # the earliest opening, the earliest due time, the highest severity
    assert (finding.opened, finding.due) == (at("2026-03-03 10:00"), at("2026-03-06 10:00"))
    assert finding.severity == "warning"


# -- what a finding says --------------------------------------------------------------------------------


def test_a_finding_says_what_whose_since_when(tmp_path: Path) -> None:
    record = issue(
        summary="The export is empty",
        assignee=CID,
        changes=[
            change("2026-03-03T10:00:00Z", BOB, assign(BOB, CID), id_="31"),
        ],
        comments=[
            comment("2026-03-02T15:00:00Z", BOB, "Traced it to the filter.", id_="1"),
            comment(
                "2026-03-03T10:00:02Z",
                BOB,
                "Cid, the *filter* drops rows.\nSee {{dump.sql}}. More below.",
                id_="2",
            ),
        ],
    )
    finding = one(tmp_path, record, "2026-03-06 10:00", "dropped-handoff")
    assert (finding.issue, finding.url) == ("WEB-1", "https://jira.example.org/browse/WEB-1")
    assert (finding.summary, finding.project) == ("The export is empty", "WEB")
    assert (finding.owed_by.role, finding.owed_by.name, finding.owed_by.id) == (
        "owner",
        "Cid Moor",
        "5b10:cid",
    )
    assert (finding.owner, finding.team, finding.status) == ("Cid Moor", None, "open")
    assert (finding.opened, finding.due, finding.met) == (
        at("2026-03-03 10:00"),
        at("2026-03-05 10:00"),
        None,
    )
    assert finding.working_time == "3 working days"
    assert finding.remedy
    assert finding.clears
    first = finding.evidence[0]
    assert (first.at, first.actor, first.event) == (
        at("2026-03-03 10:00"),
        "Bob Stone",
        "owner Bob Stone → Cid Moor",
    )
    assert words(finding)[-1] == "no sign of Cid Moor so far"


def test_the_last_sign_is_quoted_in_the_records_own_words(tmp_path: Path) -> None:
    record = issue(
        comments=[
            comment(
                "2026-03-03T10:00:00Z",
                BOB,
                "h3. News\n{code}x = 1{code}\nThe *import* runs. The export is left.",
                id_="1",
            ),
            comment("2026-03-04T10:00:00Z", ANN, "Fine with me.", id_="2"),
            comment("2026-03-05T10:00:00Z", BOT, "Build 4 passed.", id_="3"),
        ],
        **PROMISED,
    )
    finding = one(tmp_path, record, "2026-03-13 12:00", "deadline-passed-in-silence")
    last = finding.evidence[-1]
    assert (last.actor, last.event) == ("Bob Stone", "last sign of the one it waits for: commented")
    assert last.quote is not None
    assert "The import runs." in last.quote
    assert "x = 1" not in last.quote
    assert finding.quote == last.quote
    assert words(finding)[1] == "due date 2026-03-12 in force"


def test_where_only_a_role_is_known_the_last_word_on_the_issue_is_shown(tmp_path: Path) -> None:
    record = issue(
        fixVersions=[{"name": "1.2"}],
        comments=[comment("2026-03-03T10:00:00Z", CID, "Who takes this?", id_="1")],
    )
    finding = one(tmp_path, record, "2026-03-13 12:00", "unowned")
    assert (finding.owed_by.role, finding.owed_by.name, finding.owed_by.label) == ("lead", None, "the lead")
    assert words(finding)[0] == "created the issue without an owner"
    assert (finding.evidence[-1].event, finding.evidence[-1].quote) == (
        "last sign on the issue: commented",
        "Who takes this?",
    )


def test_every_counted_event_is_evidence(tmp_path: Path) -> None:
    record = issue(
        status="Reopened",
        assignee=BOB,
        changes=[
            change(f"2026-03-{n:02}T10:00:00Z", who, item("status", old, new), id_=str(n))
            for n, who, old, new in (
                (3, BOB, "To Do", "Done"),
                (4, ANN, "Done", "Reopened"),
                (5, BOB, "Reopened", "Done"),
                (6, ANN, "Done", "Reopened"),
            )
        ],
    )
    finding = one(tmp_path, record, "2026-03-16 10:00", "reopened-again")
    assert words(finding)[:2] == ["status Done → Reopened"] * 2
    assert [evidence.at for evidence in finding.evidence[:2]] == [
        at("2026-03-04 10:00"),
        at("2026-03-06 10:00"),
    ]


def test_creation_tells_for_whom_and_until_when(tmp_path: Path) -> None:
    finding = one(tmp_path, issue(**PROMISED), "2026-04-01 10:00", "unacknowledged")
    assert words(finding)[0] == "created the issue for Bob Stone, due 2026-03-12"
    assert finding.quote is None


def test_an_experimental_rule_says_so_and_an_unknown_url_is_none(tmp_path: Path) -> None:
    record = issue(**PROMISED)
    del record["self"]
    finding = one(tmp_path, record, "2026-03-16 10:00", "deadline-not-replanned")
    assert finding.url is None
    assert isinstance(finding.experimental, bool)


def test_the_lead_who_decided_has_met_it(tmp_path: Path) -> None:
    moves = [
        change(f"2026-03-{n:02}T10:00:00Z", ANN, assign(old, new), id_=str(n))
        for n, old, new in ((3, BOB, CID), (4, CID, BOB), (5, BOB, CID))
    ]
    project = {"key": "WEB", "lead": ZOE}
    standing = issue(assignee=CID, project=project, changes=moves)
    finding = one(tmp_path, standing, "2026-03-16 10:00", "ping-pong")
    assert (finding.owed_by.role, finding.owed_by.name) == ("lead", "Zoe Hart")
    decided = issue(
        assignee=CID,
        project=project,
        changes=moves,
        comments=[comment("2026-03-06T10:00:00Z", ZOE, "Cid keeps it; Bob helps with the tests.")],
    )
    assert found(tmp_path, decided, "2026-03-16 10:00", "ping-pong", history=True) == []
