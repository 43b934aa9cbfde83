"""Broken input of every kind: a clear message with its place, the rest audited, the right exit code."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.config import load
from ownership_audit.demo import AS_OF, CONFIG, SOURCE
from ownership_audit.errors import RuleError
from ownership_audit.examples import check_rules
from ownership_audit.finding import Finding, Report
from ownership_audit.reports.interface import FORMATS, render
from ownership_audit.rule import load_rule, shipped_rules
from ownership_audit.run import Auditor, Options, choose_rules, load_signals
from ownership_audit.trackers.file import FileSource
from ownership_audit.yamlfile import read_yaml

Json = dict[str, Any]

LINES = SOURCE.read_bytes().splitlines()
ISSUES: list[Json] = [json.loads(line) for line in LINES]
SETTINGS = load(CONFIG)
SIGNALS = load_signals()
AUDITOR = Auditor(SETTINGS, choose_rules(SETTINGS), SIGNALS)
OPTIONS = Options(as_of=AS_OF)


def audit_words(source: Path, *more: object) -> tuple[object, ...]:
    return ("audit", source, "--config", CONFIG, "--as-of", AS_OF.isoformat(), "--format", "json", *more)


def write_lines(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


DEMO = [(f.issue, f.rule, f.fingerprint) for f in AUDITOR.audit(FileSource(SOURCE), OPTIONS).findings]


def names(findings: list[Json]) -> list[tuple[str, str, str]]:
    return [(f["issue"], f["rule"], f["fingerprint"]) for f in findings]


# ---------------------------------------------------------------- records

CREATED = {"created": "2026-03-02T09:00:00.000+0000"}
BAD_LINES: dict[str, tuple[bytes, str]] = {
    "a truncated line": (LINES[0][:200], "the line looks truncated"),
    "a page of HTML": (b"<!DOCTYPE html><html><body>Log in</body></html>", "this is a page of HTML"),
    "invalid UTF-8": (b'{"key": "X-1", "fields": {"summary": "\xff"}}', "not valid UTF-8"),
    "an issue without fields": (
        b'{"key": "X-1"}',
        "X-1: the issue has no fields; export it with fields=*all",
    ),
    "an issue without a key": (b'{"fields": {"created": "2026-01-01"}}', "no Jira issue (it has no key)"),
    "10 MB in one line": (b"x" * 10_000_000, "not valid JSON"),
    "a list of a number": (b"[1]", "expected a JSON object (an issue), found a number"),
    "too deep": (b"[" * 100_000, "not valid JSON"),
    "no creation date": (
        b'{"key": "X-1", "fields": {"summary": "x"}}',
        "X-1: the creation date is not a time",
    ),
    "an impossible creation date": (
        b'{"key": "X-1", "fields": {"created": "2026-02-30T09:00:00.000+0000"}}',
        "X-1: the creation date is not a time: '2026-02-30T09:00:00.000+0000'",
    ),
    "a creation date in the year 9999": (
        b'{"key": "X-1", "fields": {"created": "9999-12-31T23:59:59.000+0000"}}',
        "the year must be from 1970 to 2199",
    ),
    "a creation date in the year 1": (
        b'{"key": "X-1", "fields": {"created": "0001-01-01T00:00:00.000+1400"}}',
        "X-1: the creation date is not a time",
    ),
    "a key twice": (LINES[0], "stands in the source already"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_told_with_its_place_and_the_rest_is_audited(
    name: str, tmp_path: Path, run: Any
) -> None:
    bad, message = BAD_LINES[name]
    source = write_lines(tmp_path / "issues.jsonl", *LINES, bad)
    outcome = run(*audit_words(source))
    assert outcome.code == 3
    assert outcome.err.startswith(f"Unreadable: {source}:{len(LINES) + 1}")
    assert message in outcome.err
    assert len(outcome.err) < 1000
    assert names(outcome.findings) == DEMO
    assert json.loads(outcome.out)["coverage"]["unreadable"] == 1


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("duedate",), "2026-02-30", "the due date '2026-02-30' is no date (day is out of range for month)"),
        (
            ("duedate",),
            "9999-12-31",
            "the due date '9999-12-31' is no date (the year must be from 1970 to 2199)",
        ),
        (("resolutiondate",), "soon", "the resolution date is not a time: 'soon'"),
        (
            ("comment", "comments", 0, "created"),
            "2026-13-01T00:00:00.000+0000",
            "the time of a comment is not a time",
        ),
    ],
)
def test_an_impossible_date_inside_an_issue(
    path: tuple[Any, ...], value: str, message: str, tmp_path: Path, run: Any
) -> None:
    """The issue is kept, the rules that need the part are not evaluated on it, and the run says so."""
    issue = next(copy.deepcopy(issue) for issue in ISSUES if issue["key"] == "ENG-2")
    put(issue["fields"], path, value)
    lines = [line for line in LINES if json.loads(line)["key"] != "ENG-2"]
    source = write_lines(tmp_path / "issues.jsonl", json.dumps(issue).encode(), *lines)
    outcome = run(*audit_words(source))
    assert outcome.code == 3
    assert outcome.err.startswith(f"Unreadable: {source}:1: ENG-2: {message}")
    assert names(outcome.findings) == [found for found in DEMO if found[0] != "ENG-2"]
    document = json.loads(outcome.out)
    assert document["coverage"]["partial"] == 1
    assert sum(document["coverage"]["not_evaluated"].values()) > 0


def test_many_bad_lines_are_not_all_told(tmp_path: Path, run: Any) -> None:
    outcome = run(*audit_words(write_lines(tmp_path / "issues.jsonl", *LINES, *[b"{"] * 70)))
    assert outcome.code == 3
    assert outcome.err.count("Unreadable: ") == 50
    assert "... and 20 more unreadable records." in outcome.err


def test_a_whole_page_of_html_instead_of_the_data(tmp_path: Path, run: Any) -> None:
    source = tmp_path / "issues.json"
    source.write_text("<html>\n<body>Log in</body>\n</html>\n", encoding="utf-8")
    outcome = run(*audit_words(source))
    assert outcome.code == 3
    assert f"{source}: this is a page of HTML" in outcome.err
    assert outcome.findings == []


def test_messages_about_bad_records_cannot_steer_the_terminal(tmp_path: Path, run: Any) -> None:
    bad = json.dumps({"key": "X-\x1b]0;owned\x07\u202e1", "fields": {"created": "\x1b[2J"}}).encode()
    outcome = run(*audit_words(write_lines(tmp_path / "issues.jsonl", bad)))
    assert outcome.code == 3
    assert outcome.err.removesuffix("\n").isprintable()


# ---------------------------------------------------------------- sources, options, settings


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("audit", "nowhere.jsonl"), 3, "nowhere.jsonl: no such file or folder; check the path"),
        (("explain", "nowhere.jsonl", "A-1"), 3, "nowhere.jsonl: no such file or folder"),
        (
            ("explain", "demo", "ENG-99"),
            3,
            "no issue ENG-99 as of 2026-04-01 12:00 UTC; did you mean 'ENG-9'?",
        ),
        (("audit", "demo", "--as-of", "soon"), 2, "--as-of soon: not a time"),
        (("audit", "demo", "--as-of", "2026-02-30"), 2, "--as-of 2026-02-30: not a time"),
        (("audit", "demo", "--as-of", "9999-12-31"), 2, "the year must be from 1970 to 2190"),
        (("audit", "demo", "--as-of", "0001-01-01T00:00+14:00"), 2, "the year must be from 1970 to 2190"),
        (
            ("audit", "demo", "--select", "unownd"),
            2,
            "--select unownd: no such rule; did you mean 'unowned'?",
        ),
        (
            ("audit", "demo", "--ignore", "unownd"),
            2,
            "--ignore unownd: no such rule; did you mean 'unowned'?",
        ),
        (("audit", "demo", "--rules", "nowhere"), 2, "nowhere: no such file or folder of rules"),
        (("audit", "demo", "--config", "nowhere.yaml"), 2, "nowhere.yaml: can't be read"),
        (("audit", "demo", "--baseline", "nowhere.json"), 2, "nowhere.json: can't be read"),
        (
            ("audit", "demo", "--output", "nowhere/report.txt"),
            2,
            "--output nowhere/report.txt: can't be written",
        ),
        (("audit", "demo", "--write-baseline", "nowhere/base.json"), 2, "the baseline can't be written"),
        (("audit", "demo", "--baseline", "a", "--write-baseline", "b"), 2, "give one of them"),
        (("audit", "demo", "--format", "xml"), 2, "'xml' is not one of 'table', 'json'"),
        (("audit",), 2, "Missing argument 'SOURCE'"),
        (("audit", "demo", "--colour"), 2, "No such option"),
        (("rules", "show", "unownd"), 2, "did you mean 'unowned'?"),
        (("rules", "test", "nowhere"), 2, "nowhere: no such file or folder of rules"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_words_on_the_command_line(
    words: tuple[str, ...], code: int, message: str, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run(*words)
    assert outcome.code == code
    assert message in outcome.err
    assert outcome.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("calendar: {zone: Europe/Berlinn}\n", ":1: "),
        ("calendar:\n  zone: Nowhere/At-all\n", ":2: "),
        ("people:\n  ann:\n    absent: [2026-02-30]\n", ":3: '2026-02-30' is not a date"),
        ("calendar: {days-off: [2026-02-30]}\n", ":1: '2026-02-30' is not a date"),
        ("calender: {zone: UTC}\n", ":1: unknown key 'calender'; did you mean 'calendar'?"),
        ("rules:\n  unownd: {off: true}\n", ":2: rules: no rule 'unownd'; did you mean 'unowned'?"),
        ("calendar: {zone: UTC\n", "not valid YAML"),
        ("a: " + "[" * 3000 + "]" * 3000, "levels"),
        ("a: &a [*a]", "contains itself"),
    ],
)
def test_wrong_settings(text: str, message: str, tmp_path: Path, run: Any) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    outcome = run("audit", "demo", "--config", path)
    assert outcome.code == 2
    assert outcome.err.startswith(f"Error: {path}")
    assert message in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not a baseline"),
        (b"\xff", "not a baseline"),
        (b"[]", "not a baseline; write one with --write-baseline"),
        (b'{"version": 99, "findings": []}', "baseline version 99 is not known"),
        (b'{"version": 1, "findings": [{}]}', "entry 1 has no fingerprint"),
    ],
)
def test_a_wrong_baseline(content: bytes, message: str, tmp_path: Path, run: Any) -> None:
    path = tmp_path / "base.json"
    path.write_bytes(content)
    outcome = run("audit", "demo", "--baseline", path)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"Error: {path}")
    assert message in outcome.err


# ---------------------------------------------------------------- rule files: a typo in each key


def keys(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Every key of a YAML document: the keys above and itself, its line and column."""
    if value.is_mapping:
        for name, key, item in value.pairs():
            mark = key.node.start_mark
            yield (*above, name), mark.line, mark.column
            yield from keys(item, (*above, name))
    elif value.is_list:
        for item in value.items():
            yield from keys(item, above)


FREE = ("people", "status-classes")  # keys below are names
SHIPPED = sorted(shipped_rules().glob("*.yaml"))


def typos(path: Path) -> Iterator[tuple[str, str, int, str]]:
    """Per key of the file: the key, its typo, the line, the file's text with it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for names_, line, column in keys(read_yaml(path, RuleError)):
        key = names_[-1]
        if len(names_) > 1 and names_[-2] in FREE:
            continue
        typo = key[:-2] + key[-1] + key[-2] if len(key) > 3 and key[-1] != key[-2] else key + key[-1]
        text = lines[line]
        assert text[column : column + len(key)] == key
        changed = [*lines[:line], text[:column] + typo + text[column + len(key) :], *lines[line + 1 :]]
        yield key, typo, line + 1, "\n".join(changed) + "\n"


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_typo_in_each_key_of_each_rule(path: Path, tmp_path: Path) -> None:
    seen: set[str] = set()
    first_example = path.read_text(encoding="utf-8").partition("\nexamples:")[0].count("\n") + 3
    for key, typo, line, text in typos(path):
        if line > first_example and key in seen:
            continue  # the examples repeat the same few keys
        seen.add(key if line > first_example else "")
        wrong = tmp_path / path.name
        wrong.write_text(text, encoding="utf-8")
        with pytest.raises(RuleError) as caught:
            check_rules([load_rule(wrong)], SIGNALS)
        message = str(caught.value)
        assert message.startswith(f"{wrong}:{line}: "), (key, message)
        if "working day" in key or key in ("none", "passed"):  # a step of a ladder
            assert f"unknown distance {typo!r}" in message
        else:
            assert f"unknown key {typo!r}; did you mean {key!r}?" in message


TYPOS = {
    "top level": ("severity: warning", "severty: warning", "unknown key 'severty'; did you mean 'severity'?"),
    "pattern": ("- assigned: {from", "- asigned: {from", "unknown key 'asigned'; did you mean 'assigned'?"),
    "beside a pattern": ("    given: [", "    givn: [", "unknown key 'givn'; did you mean 'given'?"),
    "constraint": ("{from: [nobody", "{frmo: [nobody", "unknown key 'frmo'; did you mean 'from'?"),
    "state word": ("{status-class: doing}", "{status-clas: doing}", "did you mean 'status-class'?"),
    "value": ("not-by: new-owner", "not-by: new-ower", "unknown value 'new-ower'; did you mean 'new-owner'?"),
    "examples": ("\nexamples:", "\nexmples:", "unknown key 'exmples'; did you mean 'examples'?"),
}


@pytest.mark.parametrize("name", TYPOS)
def test_a_typo_stops_the_command_with_its_place(name: str, tmp_path: Path, run: Any) -> None:
    right, wrong, message = TYPOS[name]
    text = (shipped_rules() / "unacknowledged.yaml").read_text(encoding="utf-8")
    text = text.replace("id: unacknowledged", "id: mine", 1)
    assert right in text
    line = text[: text.index(right)].count("\n") + 1 + right.startswith("\n")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    for words in (
        ("audit", "demo", "--rules", tmp_path),
        ("rules", "list", "--rules", tmp_path),
        ("rules", "test", path),
    ):
        outcome = run(*words)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith(f"Error: {path}:{line}: ")
        assert message in outcome.err


def test_a_typo_in_an_example_stops_the_test_of_the_rules(tmp_path: Path, run: Any) -> None:
    text = (shipped_rules() / "unacknowledged.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(
        text.replace("id: unacknowledged", "id: mine").replace("finds:", "find:", 1), encoding="utf-8"
    )
    outcome = run("rules", "test", path)
    assert (outcome.code, outcome.out) == (2, "")
    assert "unknown key 'find'; did you mean 'finds'?" in outcome.err


def test_a_time_that_no_calendar_reaches_costs_only_what_needs_it(tmp_path: Path, run: Any) -> None:
    text = (shipped_rules() / "unacknowledged.yaml").read_text(encoding="utf-8").partition("\nexamples:")[0]
    rule = yaml.safe_load(text) | {"id": "mine", "examples": []}
    rule["when"] = {"comment": {}, "within": "999999 weeks"}
    rule["owed-by"] = "owner"
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(rule), encoding="utf-8")
    outcome = run("audit", "demo", "--rules", tmp_path, "--format", "json")
    assert outcome.code == 3
    assert "lies outside the years" in outcome.err
    assert set(names(outcome.findings)) <= set(DEMO)


# ---------------------------------------------------------------- absurd values anywhere

ABSURD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**53,
    1e308,
    "",
    "x",
    "\ud83d",
    "1" * 5000,
    "9999-12-31T23:59:59.000+0000",
    "0001-01-01T00:00:00.000+1400",
    "9999-12-31",
    "2026-02-30",
    "31/Feb/26",
    "31/Foo/26",
    [],
    {},
    [[]],
    [None],
    {"name": ["x"]},
    {"name": {}},
    {"key": ["x"]},
    {"accountId": [1], "displayName": {}},
    {"type": "doc", "content": 5},
    {"type": "doc", "content": [{"type": "text"}, None, {"content": {}}]},
    [{"name": "s", "state": "a", "endDate": "9999-12-31"}],
    ["com.atlassian.greenhopper.service.sprint[name=s,endDate=2026-99-99,x]"],
]


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if above:
        yield above
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from places(item, (*above, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


SICK = [
    issue for issue in ISSUES if issue["key"] in ("ENG-1", "ENG-14", "OPS-4", "OPS-12", "SUP-12", "ENG-7")
]
SICK_KEYS = {issue["key"] for issue in SICK}
OTHERS = [line for issue, line in zip(ISSUES, LINES, strict=True) if issue["key"] not in SICK_KEYS][:12]
ALL_PLACES = [(number, path) for number, issue in enumerate(SICK) for path in places(issue)]


def audit_lines(folder: Path, lines: list[bytes], auditor: Auditor, **options: Any) -> Report:
    source = FileSource(write_lines(folder / "absurd.jsonl", *lines))
    return auditor.audit(source, Options(as_of=AS_OF, history=True, **options))


def of_others(report: Report) -> list[Finding]:
    keys_ = {json.loads(line)["key"] for line in OTHERS}
    return [finding for finding in report.findings if finding.issue in keys_]


@pytest.fixture(scope="module")
def auditors(tmp_path_factory: pytest.TempPathFactory) -> list[Auditor]:
    """One with the demo's settings, one with every source of deadlines and a field for everything."""
    path = tmp_path_factory.mktemp("settings") / "settings.yaml"
    path.write_text(
        "deadline: {sources: [due-date, release, sprint]}\nfields: {reviewer: reporter, sprint: sprint}\n"
        "default-owner: {counts: true}\ncontainers: {audit: true}\n",
        encoding="utf-8",
    )
    settings = load(path)
    return [AUDITOR, Auditor(settings, choose_rules(settings), SIGNALS)]


@pytest.fixture(scope="module")
def alone(
    tmp_path_factory: pytest.TempPathFactory, auditors: list[Auditor]
) -> dict[tuple[int, bool], list[Finding]]:
    """What is found in the healthy issues when they are audited alone."""
    folder = tmp_path_factory.mktemp("alone")
    return {
        (which, assumed): of_others(audit_lines(folder, OTHERS, auditor, constant_owner=assumed))
        for which, auditor in enumerate(auditors)
        for assumed in (False, True)
    }


@given(
    st.lists(st.tuples(st.sampled_from(ALL_PLACES), st.sampled_from(ABSURD)), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([0, 1]),
)
def test_absurd_values_cost_only_their_own_issue(
    tmp_path_factory: pytest.TempPathFactory,
    auditors: list[Auditor],
    alone: dict[tuple[int, bool], list[Finding]],
    changes: list[tuple[tuple[int, tuple[Any, ...]], Any]],
    constant_owner: bool,
    which: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    sick = copy.deepcopy(SICK)
    for (number, path), value in changes:
        try:
            put(sick[number], path, copy.deepcopy(value))
        except (LookupError, TypeError):
            continue  # an earlier change took the place away
    lines = [json.dumps(issue).encode() for issue in sick]
    auditor = auditors[which]
    report = audit_lines(folder, [*lines, *OTHERS], auditor, constant_owner=constant_owner)
    assert of_others(report) == alone[which, constant_owner]
    assert len(report.coverage.problems) == report.coverage.unreadable
    for problem in report.coverage.problems:
        assert problem.startswith(str(folder))
    for name in FORMATS:
        assert render(report, name).encode("utf-8")


@pytest.mark.parametrize(
    "field", ["summary", "description", "created", "status", "comment", "assignee", "reporter"]
)
def test_a_field_of_nothing(field: str, tmp_path: Path) -> None:
    issue = copy.deepcopy(ISSUES[0])
    issue["fields"][field] = None
    report = audit_lines(tmp_path, [json.dumps(issue).encode(), *LINES[1:]], AUDITOR)
    assert report.coverage.issues + report.coverage.unreadable == len(ISSUES)


def test_deep_nesting_and_huge_comments(tmp_path: Path, run: Any) -> None:
    issue = copy.deepcopy(ISSUES[0])
    deep: Json = {"type": "text", "text": "bottom"}
    for _ in range(200):
        deep = {"type": "paragraph", "content": [deep]}
    comments = issue["fields"]["comment"]["comments"]
    first = (
        comments[0] if comments else {"id": "1", "created": "2026-03-20T10:00:00.000+0000", "author": None}
    )
    bodies: list[Any] = [
        {"type": "doc", "version": 1, "content": [deep]},
        "x" * 3_000_000,
        "{code}" * 50_000,
        "[" * 200_000,
        "{quote}" * 50_000 + "*" * 50_000,
        "<" * 200_000,
        "@" * 200_000,
        "[~" * 100_000,
        "\ud83d half an emoji",
    ]
    issue["fields"]["comment"] = {
        "total": len(bodies),
        "comments": [first | {"id": str(number), "body": body} for number, body in enumerate(bodies)],
    }
    source = write_lines(tmp_path / "issues.jsonl", json.dumps(issue).encode(), *LINES[1:])
    outcome = run(*audit_words(source, "--fail-on", "none"))
    assert (outcome.code, outcome.err) == (0, "")
    assert [found for found in names(outcome.findings) if found[0] != issue["key"]] == [
        found for found in DEMO if found[0] != issue["key"]
    ]
    explained = run("explain", source, issue["key"], "--as-of", AS_OF.isoformat())
    assert explained.code == 0
    assert len(explained.out) < 20_000
