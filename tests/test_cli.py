"""The command line: every option on the demo, exit codes, and what a process may and may not do."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ownership_audit.demo import AS_OF, CONFIG, SOURCE
from ownership_audit.rule import load_rules, shipped_rules
from ownership_audit.trackers.file import FileSource

Json = dict[str, Any]

COMMAND = Path(sys.executable).with_name("ownership-audit")
LINES = SOURCE.read_text(encoding="utf-8").splitlines()
RULES = {rule.id: rule for rule in load_rules(shipped_rules(), with_examples=False)}
SEVERITIES = ("info", "warning", "error")
CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def demo_findings() -> list[Json]:
    from ownership_audit.config import load
    from ownership_audit.run import Auditor, Options, choose_rules, load_signals

    settings = load(CONFIG)
    report = Auditor(settings, choose_rules(settings), load_signals()).audit(
        FileSource(SOURCE), Options(as_of=AS_OF)
    )
    return [
        {"issue": found.issue, "rank": SEVERITIES.index(found.severity), "counts": not found.experimental}
        for found in report.findings
    ]


DEMO = demo_findings()


def process(
    *words: object, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """The installed command in a process of its own."""
    assert COMMAND.exists(), "install the project first: make test does"
    return subprocess.run(
        [COMMAND, *map(str, words)],
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **environment},
    )


def stories() -> dict[str, list[str]]:
    """What STORIES.md says that each issue of the demo shows, rules of later versions left out."""
    shown = {}
    for line in SOURCE.with_name("STORIES.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and re.fullmatch(r"[A-Z]+-\d+", cells[0]):
            shown[cells[0]] = [rule for rule in cells[2].split(", ") if rule in RULES]
    return shown


STORIES = stories()


# ---------------------------------------------------------------- the demo


def test_the_demo_finds_what_its_stories_tell_and_nothing_else(run: Any) -> None:
    findings = run("audit", "demo", "--format", "json").findings
    found: dict[str, set[str]] = {}
    for finding in findings:
        assert finding["status"] == "open"
        found.setdefault(finding["issue"], set()).update([finding["rule"], *finding["stages"]])
    assert found == {key: set(rules) for key, rules in STORIES.items() if rules}
    assert {rule for rules in found.values() for rule in rules} == set(RULES)


def test_the_main_rule_of_a_story_stands_on_top(run: Any) -> None:
    first = {key: rules[0] for key, rules in STORIES.items() if rules}
    found: dict[str, list[str]] = {}
    for finding in run("audit", "demo", "--format", "json").findings:
        found.setdefault(finding["issue"], []).append(finding["rule"])
    assert all(first[key] in rules for key, rules in found.items())


def test_the_demos_table(run: Any) -> None:
    outcome = run("audit", "demo")
    assert outcome.code == 1  # OFF-5 is an error
    assert outcome.err == ""
    head = outcome.out.splitlines()[0].split()
    assert head == ["Issue", "Severity", "What", "Whose", "turn", "Since", "Evidence"]
    assert all(len(line) <= 100 for line in outcome.out.splitlines())
    assert re.search(r"^OFF-5 +error +The date came and", outcome.out, re.MULTILINE)
    assert "Marta Kowalska" in outcome.out
    assert f"of {len(LINES)} issues as of 2026-04-01 12:00 UTC." in outcome.out


def test_the_shape_of_the_json(run: Any) -> None:
    document = run("audit", "demo", "--format", "json", "--history").document
    assert list(document) == ["as_of", "coverage", "findings"]
    assert document["as_of"] == "2026-04-01T12:00:00Z"
    assert document["coverage"]["issues"] == len(LINES)
    text, texts = (str,), (str, type(None))
    for finding in document["findings"]:
        assert list(finding)[:15] == [
            "rule",
            "severity",
            "issue",
            "url",
            "status",
            "owed_by",
            "opened",
            "due",
            "met",
            "working_time",
            "title",
            "evidence",
            "clears",
            "remedy",
            "fingerprint",
        ]
        for name in (
            "rule",
            "severity",
            "issue",
            "status",
            "opened",
            "due",
            "working_time",
            "title",
            "clears",
        ):
            assert isinstance(finding[name], text), name
        assert finding["severity"] in SEVERITIES
        assert finding["url"].endswith(f"/browse/{finding['issue']}")
        assert list(finding["owed_by"]) == ["role", "name", "id"]
        assert isinstance(finding["owed_by"]["role"], text)
        assert re.fullmatch(r"[0-9a-f]{16}", finding["fingerprint"])
        assert re.fullmatch(r"\d+(\.\d+)? working (minutes?|hours?|days?)", finding["working_time"])
        assert finding["opened"] <= finding["due"] < document["as_of"]
        assert finding["evidence"]
        for item in finding["evidence"]:
            assert list(item) == ["at", "actor", "event", "quote"]
            assert item["at"] <= document["as_of"]
            assert isinstance(item["actor"], texts)
            assert isinstance(item["quote"], texts)
    # In a history, a stage that is over and the one that stands are the same lapse.
    standing = [finding["fingerprint"] for finding in document["findings"] if finding["status"] == "open"]
    assert len(set(standing)) == len(standing)


def test_two_runs_are_byte_identical() -> None:
    for words in (
        ("audit", "demo"),
        ("audit", "demo", "--format", "json", "--history"),
        ("explain", "demo", "OPS-4"),
    ):
        one = process(*words, PYTHONHASHSEED="1")
        two = process(*words, PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
        assert one.stdout == two.stdout
        assert len(one.stdout) > 500
        assert (one.stderr, two.stderr) == (b"", b"")
        assert one.returncode == two.returncode == (words[0] == "audit")


def test_the_demo_as_a_file_with_its_settings_is_the_demo(run: Any, tmp_path: Path) -> None:
    as_file = run("audit", SOURCE, "--config", CONFIG, "--as-of", AS_OF.isoformat())
    assert as_file.out == run("audit", "demo").out
    page = tmp_path / "page.json"
    page.write_text(json.dumps({"issues": [json.loads(line) for line in reversed(LINES)]}), encoding="utf-8")
    assert run("audit", page, "--config", CONFIG, "--as-of", AS_OF.isoformat()).out == as_file.out


# ---------------------------------------------------------------- options


def test_as_of(run: Any) -> None:
    assert run("audit", "demo", "--as-of", "2026-03-26").out != run("audit", "demo").out
    documents = [
        run("audit", "demo", "--format", "json", "--as-of", moment).document
        for moment in ("2026-03-31T10:00Z", "2026-03-31 10:00", "2026-03-31T12:00+02:00")
    ]
    assert documents[0] == documents[1] == documents[2]
    assert documents[0]["as_of"] == "2026-03-31T10:00:00Z"
    early = run("audit", "demo", "--format", "json", "--as-of", "2001-01-01").document
    assert (early["coverage"]["issues"], early["findings"]) == (0, [])


def test_a_time_without_a_zone_is_in_the_configured_one(run: Any, tmp_path: Path) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text("calendar: {zone: America/New_York}\n", encoding="utf-8")
    words = ("audit", "demo", "--format", "json", "--config", config, "--as-of", "2026-03-31T10:00")
    assert run(*words).document["as_of"] == "2026-03-31T14:00:00Z"


def test_without_as_of_it_is_now(run: Any) -> None:
    from datetime import UTC, datetime

    before = datetime.now(UTC).isoformat(timespec="seconds")
    document = run("audit", SOURCE, "--format", "json").document
    assert before[:19] <= document["as_of"][:19] <= datetime.now(UTC).isoformat()


def test_settings_in_the_folder_are_found(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ownership-audit.yaml").write_text("rules: {unowned: {off: true}}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = ("audit", SOURCE, "--as-of", AS_OF.isoformat(), "--format", "json")
    with_settings = {finding["rule"] for finding in run(*words).findings}
    monkeypatch.chdir(tmp_path.parent)
    assert {finding["rule"] for finding in run(*words).findings} - with_settings == {"unowned"}


def test_project(run: Any) -> None:
    everything = run("audit", "demo", "--format", "json").findings
    some = run("audit", "demo", "--format", "json", "--project", "eng", "--project", "OPS")
    assert some.findings == [f for f in everything if f["project"] in ("ENG", "OPS")]
    assert some.findings == run("audit", "demo", "--format", "json", "--project", "eng,ops").findings
    assert some.document["coverage"]["issues"] == sum(key.startswith(("ENG", "OPS")) for key in STORIES)
    nothing = run("audit", "demo", "--project", "NOPE")
    assert nothing.code == 0
    assert nothing.out.startswith("No findings on 0 issues")


def test_select_and_ignore(run: Any) -> None:
    everything = {f["rule"] for f in run("audit", "demo", "--format", "json").findings}
    selected = run(
        "audit", "demo", "--format", "json", "--select", "unowned,ping-pong", "--select", "serial-slip"
    )
    assert {f["rule"] for f in selected.findings} == {"unowned", "ping-pong", "serial-slip"}
    ignored = run("audit", "demo", "--format", "json", "--ignore", "serial-slip")
    assert {f["rule"] for f in ignored.findings} == everything - {"serial-slip"}
    both = run("audit", "demo", "--format", "json", "--select", "unowned", "--ignore", "unowned")
    assert both.findings == []


OWN_RULE = """\
id: no-attachment
title: Nothing is attached
category: outcomes
severity: error
status: experimental
why: It is only a test.
when: {created: {}}
expect: {attachment: {}}
within: 1 working day
owed-by: reporter
clears: An attachment.
remedy: Attach something.
examples:
  - name: nothing attached
    now: 2026-03-20 10:00
    timeline:
      - 2026-03-02 09:00 created by ann
    finds: {owed-by: ann}
"""


def test_rules_of_ones_own(run: Any, tmp_path: Path) -> None:
    (tmp_path / "no-attachment.yaml").write_text(OWN_RULE, encoding="utf-8")
    outcome = run("audit", "demo", "--format", "json", "--rules", tmp_path, "--select", "no-attachment")
    assert {f["rule"] for f in outcome.findings} == {"no-attachment"}
    assert all(f["experimental"] for f in outcome.findings)
    assert outcome.code == 0  # an experimental rule never counts for --fail-on
    table = run("audit", "demo", "--rules", tmp_path, "--select", "no-attachment").out
    assert "(experimental)" in table
    assert "no-attachment" in run("rules", "list", "--rules", tmp_path).out
    assert run("rules", "show", "no-attachment", "--rules", tmp_path).out.startswith("id: no-attachment\n")
    tested = run("rules", "test", tmp_path)
    assert (tested.code, tested.out) == (0, "1 passed, 0 failed\n")


def test_config_tunes_rules(run: Any, tmp_path: Path) -> None:
    config = tmp_path / "settings.yaml"
    rules = (
        "rules:\n  unowned: {severity: info, projects: [OPS]}\n  ping-pong: {off: true}\n"
        "  abandoned: {within: 40 working days}\n"
    )
    config.write_text(CONFIG.read_text(encoding="utf-8") + rules, encoding="utf-8")
    before = run("audit", "demo", "--format", "json").findings
    after = run("audit", "demo", "--format", "json", "--config", config).findings
    assert {(f["issue"], f["severity"]) for f in after if f["rule"] == "unowned"} == {("OPS-6", "info")}
    assert {f["rule"] for f in before} - {f["rule"] for f in after} == {"ping-pong", "abandoned"}


def test_output(run: Any, tmp_path: Path) -> None:
    for name in ("table", "json"):
        path = tmp_path / f"report.{name}"
        outcome = run("audit", "demo", "--format", name, "--output", path)
        assert (outcome.code, outcome.out, outcome.err) == (1, "", "")
        assert path.read_text(encoding="utf-8") == run("audit", "demo", "--format", name).out


@pytest.mark.parametrize("fail_on", ["none", *SEVERITIES])
@pytest.mark.parametrize("worst", [None, *SEVERITIES])
def test_fail_on(fail_on: str, worst: str | None, run: Any, tmp_path: Path) -> None:
    """The demo's findings of one severity and those below it."""
    rank = -1 if worst is None else SEVERITIES.index(worst)
    keys = {found["issue"] for found in DEMO if found["rank"] > rank}
    source = tmp_path / "issues.jsonl"
    source.write_text(
        "\n".join(line for line in LINES if json.loads(line)["key"] not in keys), encoding="utf-8"
    )
    outcome = run("audit", source, "--config", CONFIG, "--as-of", AS_OF.isoformat(), "--fail-on", fail_on)
    left = [found["rank"] for found in DEMO if found["issue"] not in keys and found["counts"]]
    assert outcome.code == (fail_on != "none" and max(left, default=-1) >= SEVERITIES.index(fail_on))
    if fail_on == "error":
        default = run("audit", source, "--config", CONFIG, "--as-of", AS_OF.isoformat())
        assert default.code == outcome.code


@pytest.mark.parametrize("group", ["issue", "rule", "owner", "team"])
def test_group_by(group: str, run: Any, tmp_path: Path) -> None:
    config = tmp_path / "settings.yaml"
    teams = "people:\n  Priya Nair: {team: Floor}\n  Elena Petrova: {team: Desk}\n"
    config.write_text(CONFIG.read_text(encoding="utf-8") + teams, encoding="utf-8")
    lines = run("audit", "demo", "--config", config, "--group-by", group).out.splitlines()
    headings = [line for line, below in pairwise(lines) if below and set(below) == {"="}]
    findings = run("audit", "demo", "--config", config, "--format", "json").findings
    if group == "issue":
        assert [heading.partition(":")[0] for heading in headings] == list(
            dict.fromkeys(f["issue"] for f in findings)
        )
    elif group == "rule":
        assert headings == sorted({f["rule"] for f in findings})
    elif group == "owner":
        assert headings == sorted({f["owed_by"]["name"] for f in findings}, key=str.casefold)
    else:
        assert headings == ["Desk", "Floor", "no team"]
    if group in ("owner", "team"):
        assert not any(character.isdigit() for heading in headings for character in heading)


def test_mine(run: Any) -> None:
    everything = run("audit", "demo", "--format", "json").findings
    for name in ("Priya Nair", "priya nair"):
        mine = run("audit", "demo", "--format", "json", "--mine", name).findings
        assert mine == [f for f in everything if f["owed_by"]["name"] == "Priya Nair"]
        assert len(mine) >= 2
    id_ = everything[0]["owed_by"]["id"]
    assert {f["owed_by"]["id"] for f in run("audit", "demo", "--format", "json", "--mine", id_).findings} == {
        id_
    }
    assert run("audit", "demo", "--format", "json", "--mine", "Nobody At All").findings == []


def test_history_adds_what_was_met_late_or_has_ended(run: Any) -> None:
    everything = run("audit", "demo", "--format", "json").findings
    history = run("audit", "demo", "--format", "json", "--history").findings
    assert [f for f in history if f["status"] == "open"] == everything
    past = [f for f in history if f["status"] != "open"]
    assert {f["status"] for f in past} <= {"met late", "ended"}
    assert past
    assert all(f["due"] < f["met"] <= "2026-04-01T12:00:00Z" for f in past)
    assert all(f["met"] is None for f in everything)
    assert "Status" in run("audit", "demo", "--history").out.splitlines()[0]


def test_a_baseline_keeps_what_stood_silent_and_shows_what_is_new(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    earlier = run("audit", "demo", "--as-of", "2026-03-27T10:00Z", "--format", "json")
    written = run("audit", "demo", "--as-of", "2026-03-27T10:00Z", "--write-baseline", path)
    assert written.code == 0
    assert written.err == f"{len(earlier.findings)} findings written to {path}.\n"
    assert len(earlier.findings) > 3

    same = run(
        "audit",
        "demo",
        "--as-of",
        "2026-03-27T10:00Z",
        "--baseline",
        path,
        "--format",
        "json",
        "--fail-on",
        "info",
    )
    assert (same.code, same.findings) == (0, [])
    assert same.document["coverage"]["suppressed"] == len(earlier.findings)

    stood = {f["fingerprint"] for f in earlier.findings}
    today = run("audit", "demo", "--format", "json").findings
    new = run("audit", "demo", "--baseline", path, "--format", "json")
    assert new.findings == [f for f in today if f["fingerprint"] not in stood]
    assert new.findings
    gone = stood - {f["fingerprint"] for f in today}
    assert new.document["coverage"]["unused_baseline"] == len(gone)
    table = run("audit", "demo", "--baseline", path).out
    assert f"Suppressed: {len(stood) - len(gone)} finding" in table

    first = json.loads(path.read_text(encoding="utf-8"))
    first["findings"].append({"fingerprint": "0" * 16, "rule": "unowned", "issue": "OLD-1"})
    path.write_text(json.dumps(first), encoding="utf-8")
    unused = len(gone) + 1
    entries = "entry" if unused == 1 else "entries"
    assert (
        f"Baseline: {unused} {entries} matched nothing any more"
        in run("audit", "demo", "--baseline", path).out
    )


def test_an_archive_without_history_is_judged_only_where_asked(run: Any, tmp_path: Path) -> None:
    issues = [json.loads(line) for line in LINES]
    for issue in issues:
        del issue["changelog"]
    source = tmp_path / "archive.jsonl"
    source.write_text("\n".join(map(json.dumps, issues)), encoding="utf-8")
    words = ("audit", source, "--config", CONFIG, "--as-of", AS_OF.isoformat(), "--fail-on", "none")
    plain = run(*words, "--format", "json").document
    assert plain["findings"] == []
    assert plain["coverage"]["partial"] == len(LINES)
    assert plain["coverage"]["not_evaluated"] == {"changes": len(LINES) * len(RULES)}
    assert f"Not evaluated: {len(LINES) * len(RULES)} pairs of issue and rule (changes" in run(*words).out

    assumed = run(*words, "--format", "json", "--assume", "constant-owner").document
    assert assumed["findings"]
    assert f"{len(LINES)} issues without history were judged" in assumed["coverage"]["notes"][0]
    skipped = assumed["coverage"]["rules_not_evaluated"]
    assert skipped["ping-pong"] == len(LINES)
    assert set(skipped) < set(RULES)
    assert not {f["rule"] for f in assumed["findings"]} & set(skipped)
    assert "--assume constant-owner" in " ".join(run(*words, "--assume", "constant-owner").out.split())


# ---------------------------------------------------------------- explain and rules


def test_explain_tells_one_issue(run: Any) -> None:
    outcome = run("explain", "demo", "ops-4")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("OPS-4 ")
    assert "Passed round in circles [ping-pong]" in outcome.out
    assert "No findings." in run("explain", "demo", "OFF-2").out
    assert "ping-pong breached" not in run("explain", "demo", "OPS-4", "--as-of", "2026-03-20").out


def test_rules_list_show_and_schema(run: Any) -> None:
    lines = run("rules", "list").out.splitlines()
    assert lines[0].split() == ["Rule", "Severity", "Category", "What", "it", "finds"]
    assert [line.split()[0] for line in lines[2:]] == sorted(RULES)
    shown = run("rules", "show", "unowned").out
    assert shown.startswith("id: unowned\n")
    assert "examples:" not in shown
    assert json.loads(run("rules", "schema").out)["title"] == "ownership-audit rule"


def test_rules_test(run: Any, tmp_path: Path) -> None:
    everything = run("rules", "test")
    assert everything.code == 0
    assert re.fullmatch(r"\d{3} passed, 0 failed\n", everything.out)
    one = run("rules", "test", shipped_rules() / "unowned.yaml")
    assert one.code == 0
    assert int(one.out.split()[0]) < int(everything.out.split()[0])

    path = tmp_path / "no-attachment.yaml"
    path.write_text(OWN_RULE.replace("finds: {owed-by: ann}", "finds: nothing"), encoding="utf-8")
    unexpected = run("rules", "test", path)
    assert (unexpected.code, unexpected.out) == (1, "0 passed, 1 failed\n")
    assert f"{path}:14: nothing attached: found, not expected: no-attachment owed by ann" in unexpected.err
    path.write_text(
        OWN_RULE.replace("created by ann", "created by ann\n      - 2026-03-02 10:00 ann attaches x")
    )
    missing = run("rules", "test", path)
    assert missing.code == 1
    assert "expected, not found: no-attachment owed by ann" in missing.err
    path.write_text(OWN_RULE.partition("examples:")[0] + "examples: []\n")
    none = run("rules", "test", path)
    assert (none.code, none.out) == (1, "0 passed, 1 failed\n")
    assert "no examples" in none.err


# ---------------------------------------------------------------- what a process may do


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    heavy = (
        "yaml",
        "holidays",
        "orjson",
        "tabulate",
        "re2",
        "zoneinfo",
        "ownership_audit.run",
        "ownership_audit.rule",
        "ownership_audit.timeline",
        "ownership_audit.calendars",
    )
    script = (
        "import sys, time\nsys.argv[1:] = sys.argv[1:] or ['--help']\nfrom ownership_audit.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], time.process_time(), sep='\\n')"
    )
    for words in ([], ["audit", "--help"], ["rules", "--help"], ["--version"]):
        seconds = []
        for _ in range(3):
            done = subprocess.run(
                [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True
            )
            *_, modules, cpu = done.stdout.splitlines()
            assert modules == "[]"
            seconds.append(float(cpu))
            if seconds[-1] < 0.3:
                break
        assert min(seconds) < 0.3, seconds


def test_no_progress_and_no_colour_when_it_is_not_a_terminal() -> None:
    done = process("audit", "demo")
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout


def test_a_closed_pipe_is_no_error() -> None:
    running = subprocess.Popen([COMMAND, "audit", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    told = running.stderr.read()
    running.stderr.close()
    assert running.wait() in (0, 1)
    assert b"Traceback" not in told


def test_reading_never_writes(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "issues.jsonl").write_text("\n".join(LINES), encoding="utf-8")
    (folder / "ownership-audit.yaml").write_bytes(CONFIG.read_bytes())
    rules = folder / "own"
    rules.mkdir()
    (rules / "no-attachment.yaml").write_text(OWN_RULE, encoding="utf-8")

    def state() -> dict[str, tuple[str, int, int]]:
        return {
            str(path.relative_to(folder)): (
                hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
                path.stat().st_mtime_ns,
                path.stat().st_mode,
            )
            for path in [folder, *folder.rglob("*")]
        }

    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        before = state()
        moment = ("--as-of", AS_OF.isoformat())
        for words in (
            ("audit", ".", "--rules", "own", "--history", *moment),
            ("audit", "issues.jsonl", "--format", "json", *moment),
            ("explain", "issues.jsonl", "ENG-1", *moment),
            ("rules", "list", "--rules", "own"),
            ("rules", "test", "own"),
        ):
            done = process(*words, cwd=folder, HOME=str(tmp_path / "nowhere"))
            assert done.returncode in (0, 1), done.stderr
            assert done.stdout
        assert state() == before
        assert not (tmp_path / "nowhere").exists()
    finally:
        for path in [folder, rules]:
            path.chmod(0o755)


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066\r\x00x"


def hostile(value: Any, name: str = "") -> Any:
    """The same payload with control characters in every text that people write."""
    if isinstance(value, dict):
        return {key: hostile(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item, name) for item in value]
    texts = ("summary", "displayName", "text", "body", "toString", "fromString", "description", "self")
    return value + HOSTILE if isinstance(value, str) and name in texts else value


def test_text_from_the_tracker_cannot_steer_the_terminal(run: Any, tmp_path: Path) -> None:
    issues = [hostile(copy.deepcopy(json.loads(line))) for line in LINES]
    for issue in issues:
        issue["fields"]["status"]["name"] += HOSTILE
    issues[0]["key"] = f"ENG{HOSTILE}-1"
    source = tmp_path / "issues.jsonl"
    source.write_text("\n".join(map(json.dumps, issues)), encoding="utf-8")
    words = (source, "--config", CONFIG, "--as-of", AS_OF.isoformat())
    outputs = [
        run("audit", *words, "--history", "--group-by", group) for group in ("issue", "rule", "owner", "team")
    ]
    outputs += [run("audit", *words, "--format", "json")]
    outputs += [run("explain", source, issue["key"], *words[1:]) for issue in issues[1:]]
    outputs += [run("explain", source, f"ENG{HOSTILE}-99", *words[1:])]
    for outcome in outputs:
        assert len(outcome.out + outcome.err) > 100
        assert not CONTROL.findall(outcome.out + outcome.err)
