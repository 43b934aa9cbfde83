"""The commands plan and apply on files: what is planned is what happens, and nothing else ever is."""

from __future__ import annotations

import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from commands import Outcome
from ownership_audit.config import load
from ownership_audit.demo import AS_OF, CONFIG, SOURCE
from ownership_audit.trackers.marker import KEY, Marker
from payloads import ANN, comment

Json = dict[str, Any]
SUMMARY = re.compile(
    r"^(\d+) writes? on (\d+) issues, (\d+) held back, (\d+) left alone on request;", re.MULTILINE
)


class Desk:
    """A copy of the demo, its settings, and the commands on it."""

    def __init__(self, run: Any, folder: Path) -> None:
        self.run, self.folder = run, folder
        self.file, self.config, self.log = folder / "issues.jsonl", folder / "s.yaml", folder / "writes.jsonl"
        self.file.write_bytes(SOURCE.read_bytes())
        self.actions("")

    def actions(self, text: str) -> None:
        """Settings with what stands below ``actions``, one key a line."""
        lines = "".join(f"  {line}\n" for line in text.splitlines())
        more = f"actions:\n{lines}" if lines else ""
        self.config.write_text(CONFIG.read_text(encoding="utf-8") + more, encoding="utf-8")

    def __call__(self, command: str, *words: object, as_of: str = AS_OF.isoformat()) -> Outcome:
        more = ("--log", self.log, "--yes") if command == "apply" else ()
        outcome: Outcome = self.run(
            command, self.file, "--config", self.config, "--as-of", as_of, *more, *words
        )
        return outcome

    @property
    def issues(self) -> dict[str, Json]:
        lines = self.file.read_text(encoding="utf-8").splitlines()
        return {record["key"]: record for record in map(json.loads, lines)}

    @property
    def comments(self) -> dict[str, list[Json]]:
        """The tool's comments by issue."""
        found = {
            key: [c for c in record["fields"]["comment"]["comments"] if c.get("properties")]
            for key, record in self.issues.items()
        }
        return {key: comments for key, comments in found.items() if comments}

    def logged(self, outcome: str = "done") -> list[Json]:
        entries = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [entry for entry in entries if entry["outcome"] == outcome]


@pytest.fixture
def desk(run: Any, tmp_path: Path) -> Desk:
    return Desk(run, tmp_path)


def steps(outcome: Outcome) -> int:
    found = SUMMARY.search(outcome.out)
    assert found is not None
    return int(found[1])


# ---------------------------------------------------------------- plan


def test_plan_prints_the_exact_words_and_writes_nothing(desk: Desk) -> None:
    before = desk.file.read_bytes()
    outcome = desk("plan")
    assert (outcome.code, outcome.err) == (0, "")
    assert desk.file.read_bytes() == before
    assert outcome.out.startswith(
        "OFF-5\n"
        "  new comment: deadline-passed-in-silence (error)\n"
        "    | @Marta Kowalska: The date came and went without a word (31 March).\n"
        "    | > Marta Kowalska, 18 March: \u201cI have the list of names: 58, and two spare ones.\u201d\n"
        "    | What helps: Say how it stands and by when it will be done now; if that is not known, say when"
        " you will know.\n"
    )
    assert outcome.out.rstrip().endswith("26 findings stand.")
    assert outcome.out == desk("plan").out
    assert desk.run("plan", "demo").out == outcome.out


def test_plan_and_apply_say_the_same_and_it_is_what_stands_afterwards(desk: Desk) -> None:
    desk.actions(
        "max-writes: none\nexperimental: true\ncomment: info\nproperty: true\n"
        "marks: {warning: {add-labels: [stalled], flag: true}}"
    )
    planned = desk("plan")
    done = desk("apply")
    assert done.out.startswith(planned.out.rstrip())
    assert (done.code, done.err) == (0, "")
    written = desk.logged()
    assert steps(planned) == len(written) == len(desk.logged("begun")) > 40
    posted = {entry["issue"] for entry in written if entry["write"] == "comment"}
    assert posted == set(desk.comments)
    for key, comments in desk.comments.items():
        (one,) = comments
        marker = Marker.read(one["properties"][0]["value"])
        assert marker is not None
        assert one["properties"][0]["key"] == KEY
        labels = desk.issues[key]["fields"].get("labels") or []
        assert all(label in labels for label in marker.added)
        assert bool(desk.issues[key]["fields"].get("flagged")) == marker.flagged
        assert set(desk.issues[key]["properties"][KEY]["findings"]) == set(marker.findings)
    again = desk("apply")
    assert steps(again) == 0
    assert len(desk.logged()) == len(written)


def test_the_form_is_that_of_the_issue(desk: Desk) -> None:
    desk("apply")
    bodies = {key: comments[0]["body"] for key, comments in desk.comments.items()}
    assert isinstance(bodies["OPS-3"], str)
    assert bodies["OPS-3"].startswith("[~")
    assert "*What helps:* Take it" in bodies["OPS-3"]
    assert bodies["OFF-5"]["type"] == "doc"
    assert bodies["OFF-5"]["content"][0]["content"][0]["type"] == "mention"


def test_the_tools_own_comments_count_for_nothing(desk: Desk) -> None:
    before = desk.run(
        "audit", desk.file, "--config", desk.config, "--as-of", "2026-04-01T13:00Z", "--format", "json"
    )
    desk("apply")
    config = desk.config.read_text(encoding="utf-8") + "people: {ownership-audit: {bot: true}}\n"
    desk.config.write_text(config, encoding="utf-8")
    after = desk.run(
        "audit", desk.file, "--config", desk.config, "--as-of", "2026-04-01T13:00Z", "--format", "json"
    )
    assert [f["fingerprint"] for f in after.findings] == [f["fingerprint"] for f in before.findings]


def test_select_ignore_and_project(desk: Desk) -> None:
    assert [*desk_keys(desk("plan", "--project", "OPS"))] == ["OPS-6", "OPS-3", "OPS-5"]
    assert [*desk_keys(desk("plan", "--select", "unowned"))] == ["OFF-6", "OPS-6"]
    assert "OPS-6" not in desk_keys(desk("plan", "--ignore", "unowned"))


def desk_keys(outcome: Outcome) -> list[str]:
    return re.findall(r"^([A-Z]+-\d+)$", outcome.out, re.MULTILINE)


def test_rules_that_are_left_out_leave_their_comments_alone(desk: Desk) -> None:
    desk("apply")
    for words in (("--select", "unowned"), ("--ignore", "unacknowledged,silent-in-progress")):
        outcome = desk("plan", *words)
        assert "edit comment" not in outcome.out
        assert "a rule could not be judged this time, so its comment stays as it is" in outcome.out
    desk.config.write_text(
        desk.config.read_text(encoding="utf-8") + "rules: {unacknowledged: {off: true}}\n", encoding="utf-8"
    )
    assert desk_keys(desk("plan")) == ["SUP-3"]  # switched off for good: it is taken back


def test_an_ignored_issue_is_not_told_and_what_stands_on_it_is_taken_back(desk: Desk) -> None:
    desk("apply")
    label(desk, "SUP-3", "ownership-ignore")
    outcome = desk("plan")
    assert desk_keys(outcome) == ["SUP-3"]
    assert "| Left alone: it has the label ownership-ignore." in outcome.out
    assert desk_keys(desk("plan", "--retract-all")) == sorted(desk.comments)
    desk("apply")
    assert steps(desk("plan")) == 0


def label(desk: Desk, key: str, name: str) -> None:
    """Somebody puts a label on an issue."""
    issues = desk.issues
    issues[key]["fields"]["labels"] = [name]
    desk.file.write_text("".join(json.dumps(record) + "\n" for record in issues.values()), encoding="utf-8")


def test_a_baseline_is_not_told(desk: Desk) -> None:
    base = desk.folder / "base.json"
    desk.run("audit", desk.file, "--config", desk.config, "--as-of", "2026-03-31", "--write-baseline", base)
    told, rest = desk_keys(desk("plan")), desk_keys(desk("plan", "--baseline", base))
    assert set(rest) < set(told)
    assert {"ENG-2", "OPS-6"} <= set(told) - set(rest)
    desk("apply")
    # What is told and then known is taken back: nobody wants to hear of it any more.
    assert "edit comment" in desk("plan", "--baseline", base).out


def test_what_is_held_back_is_said(desk: Desk) -> None:
    outcome = desk("plan", as_of="2026-04-01T20:00Z")
    assert "not now: it is outside the working hours of Marta Kowalska" in outcome.out
    assert steps(outcome) == 0


# ---------------------------------------------------------------- apply


def test_without_a_terminal_it_asks_for_yes(desk: Desk) -> None:
    before = desk.file.read_bytes()
    outcome = desk.run("apply", desk.file, "--config", desk.config, "--log", desk.log)
    assert outcome.code == 2
    assert outcome.err == (
        "Error: apply asks before it writes, and there is no terminal; give --yes, or use plan\n"
    )
    assert desk.file.read_bytes() == before
    assert not desk.log.exists()


@pytest.mark.parametrize(("answer", "written"), [("y", 7), ("n", 0), ("", 0)])
def test_on_a_terminal_it_shows_the_plan_and_asks(
    answer: str, written: int, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    words = ("--config", desk.config, "--as-of", AS_OF.isoformat(), "--log", desk.log)
    outcome = desk.run("apply", desk.file, *words)
    assert outcome.code == 0
    assert "OFF-5\n  new comment: deadline-passed-in-silence" in outcome.out
    assert "Write this? [y/N]" in outcome.out
    assert len(desk.comments) == written


def test_no_sync_is_refused(desk: Desk) -> None:
    outcome = desk("apply", "--no-sync")
    assert outcome.code == 2
    assert "--no-sync: apply needs the present state" in outcome.err


def test_beyond_the_limit_nothing_is_written(desk: Desk) -> None:
    desk.actions("max-writes: 5")
    before = desk.file.read_bytes()
    assert "more than the 5 writes a run may do: apply would write nothing." in desk("plan").out
    outcome = desk("apply")
    assert outcome.code == 2
    assert "7 writes, more than 5; nothing was written" in outcome.err
    assert desk.file.read_bytes() == before


def test_the_log_tells_what_where_and_why_and_grows(desk: Desk) -> None:
    desk("apply")
    first = desk.logged()[0]
    assert {"issue": "OFF-5", "write": "comment", "outcome": "done"}.items() <= first.items()
    assert first["why"] == "deadline-passed-in-silence (error)"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first["at"])
    assert len(desk.logged("begun")) == 7
    desk("apply", "--retract-all")
    assert len(desk.logged()) == 14
    nowhere = desk.folder / "no" / "folder.jsonl"
    outcome = desk("apply", "--log", nowhere)
    assert outcome.code == 2
    assert f"--log {nowhere}: can't be written" in outcome.err
    assert desk.comments == {}


def test_everything_is_taken_back_exactly(desk: Desk) -> None:
    before, lines = desk.issues, desk.file.read_bytes().splitlines()
    desk.actions(
        "max-writes: none\nexperimental: true\nproperty: true\n"
        "marks: {warning: {add-labels: [stalled], flag: true}}"
    )
    desk("apply")
    touched = set(desk.comments)
    untouched = [line for line in lines if json.loads(line)["key"] not in touched]
    assert set(untouched) <= set(desk.file.read_bytes().splitlines())
    assert desk.issues != before
    outcome = desk("apply", "--retract-all")
    assert outcome.code == 0
    assert "delete comment" in outcome.out
    assert desk.issues == before
    assert steps(desk("plan", "--retract-all")) == 0


# ---------------------------------------------------------------- sources


def test_the_demo_is_not_written_to(run: Any) -> None:
    before = SOURCE.read_bytes()
    for words in (("apply", "demo", "--yes"), ("apply", "demo", "--yes", "--retract-all")):
        outcome = run(*words)
        assert outcome.code == 2
        assert outcome.err == (
            "Error: the demo is not written to; use plan demo, or name a .jsonl file or a tracker\n"
        )
    assert SOURCE.read_bytes() == before


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_what_can_not_be_written_to_says_so(command: str, run: Any, tmp_path: Path) -> None:
    packed = tmp_path / "issues.jsonl.gz"
    packed.write_bytes(gzip.compress(SOURCE.read_bytes()))
    more = ("--yes", "--log", tmp_path / "log") if command == "apply" else ()
    for source in (packed, tmp_path):
        outcome = run(command, source, *more)
        assert outcome.code == 2
        assert outcome.err == (
            f"Error: {source}: only a plain .jsonl file can be written to; name one, or a tracker\n"
        )
    outcome = run(command, tmp_path / "missing.jsonl", *more)
    assert outcome.code == 2
    assert outcome.err == (
        f"Error: {tmp_path / 'missing.jsonl'}: no such file, and no tracker of that name is configured\n"
    )


def test_bad_lines_stay_and_cost_no_other_issue(desk: Desk) -> None:
    bad = b'[1]\n"text"\n{"key": "X-1"}\n{"key": "X-2", "fields": 7}\nnot json\n\n'
    desk.file.write_bytes(bad + desk.file.read_bytes())
    outcome = desk("apply")
    assert outcome.code == 3
    assert len(desk.logged()) == 7
    assert desk.file.read_bytes().startswith(bad)


def test_an_issue_inside_a_page_is_held_back(run: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.jsonl"
    found = [json.loads(line) for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    page.write_text(json.dumps({"issues": found}) + "\n", encoding="utf-8")
    outcome = run("plan", page, "--config", CONFIG, "--as-of", AS_OF.isoformat())
    assert "not now: it does not stand on a line of its own in the file" in outcome.out
    assert steps(outcome) == 0


def test_halves_of_surrogate_pairs_cost_nothing(desk: Desk) -> None:
    text = desk.file.read_text(encoding="utf-8")
    desk.file.write_text(text.replace("I have the list of names", "I \\ud83d have names"), encoding="utf-8")
    assert desk("apply").code == 0
    assert "OFF-5" in desk.comments
    assert "\\ud83d have names" in desk.file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        "[~all] {html}<b>now</b>{html} @everyone !http://evil.example/x.png! *bold*",
        "\u202egnp.exe {code}x{code} [click|http://evil.example] ||a||b||",
        "half \ud83d of a pair",
        "Word " * 4_000,
    ],
    ids=["markup", "marks", "surrogate", "long"],
)
def test_hostile_issues_are_told_like_others(words: str, desk: Desk) -> None:
    lines = []
    for record in desk.issues.values():
        fields = record["fields"]
        fields["summary"] = fields["description"] = words
        if fields["assignee"]:
            fields["assignee"]["displayName"] = words
        for entry in fields["comment"]["comments"]:
            entry["author"]["displayName"] = words
            entry["body"] = words
        lines.append(json.dumps(record) + "\n")
    desk.file.write_text("".join(lines), encoding="utf-8")
    before = desk.issues
    assert desk("apply").code == 0
    assert len(desk.comments) >= 4
    for key, comments in desk.comments.items():
        told = Marker.read(comments[0]["properties"][0]["value"])
        assert told is not None
        (addressee,) = {entry.to for entry in told.findings.values()}
        body = comments[0]["body"]
        assert re.findall(r"\[~([^\]]+)\]", body) == [addressee], key
        assert not re.search(r"\{(?!quote\})|<|\|\||!|://", body), body
        assert len(body) < 2500
    assert desk("apply", "--retract-all").code == 0
    assert desk.issues == before


# ---------------------------------------------------------------- answers


def answered(desk: Desk, key: str, words: str, at: str, by: str = "owner") -> None:
    """Somebody comments on an issue."""
    lines = []
    for record in desk.issues.values():
        if record["key"] == key:
            author = record["fields"]["assignee"] if by == "owner" else ANN
            block = record["fields"]["comment"]
            block["comments"].append(comment(at, author, words, f"answer-{at}"))
            block["total"] = len(block["comments"])
        lines.append(json.dumps(record) + "\n")
    desk.file.write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize("settled", ["edit", "delete"])
def test_an_answer_is_heard_and_what_it_was_about_is_told_again_after_its_end(
    desk: Desk, settled: str
) -> None:
    desk.actions(f"settled: {settled}\nrules: [unacknowledged]")
    desk("apply")
    answered(desk, "SUP-3", "@ownership-audit snooze 1w", "2026-04-01T14:00:00.000+0000", by="stranger")
    assert steps(desk("plan", as_of="2026-04-02T10:00Z")) == 0
    answered(desk, "SUP-3", "@Ownership Audit: snooze 1w", "2026-04-01T15:00:00.000+0000")
    outcome = desk("apply", as_of="2026-04-02T10:00Z")
    # The owner's words are a sign as well, so that nothing is left to be told; the answer says so once.
    assert "1 left alone on request" in outcome.out
    assert "an answer that matches nothing any more: Elena Petrova answered" in outcome.out
    (note,) = desk.comments["SUP-3"]
    assert "Left alone: Elena Petrova answered \u201csnooze 1w\u201d" in json.dumps(
        note["body"], ensure_ascii=False
    )
    assert steps(desk("plan", as_of="2026-04-03T10:00Z")) == 0


def test_a_snooze_ends_and_it_is_told_again(desk: Desk) -> None:
    desk.actions("rules: [unowned]\nsettled: delete")
    desk("apply")
    record = desk.issues["OPS-6"]
    record["fields"]["comment"]["comments"].append(
        comment(
            "2026-04-01T14:00:00.000+0000",
            record["fields"]["reporter"],
            "@ownership-audit snooze 1w",
            "77",
        )
    )
    lines = [json.dumps(record if key == "OPS-6" else other) + "\n" for key, other in desk.issues.items()]
    desk.file.write_text("".join(lines), encoding="utf-8")
    assert "edit comment" in desk("apply", as_of="2026-04-02T10:00Z").out
    for day in ("2026-04-03", "2026-04-07"):
        assert steps(desk("apply", as_of=f"{day}T10:00Z")) == 0
    assert "new comment: unowned" in desk("apply", as_of="2026-04-09T10:00Z").out


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("coment: warning", "unknown key 'coment'; did you mean 'comment'?"),
        ("comment: warnig", "unknown value 'warnig'; did you mean 'warning'?"),
        ("experimental: yess", "unknown value 'yess'; valid here: false, true"),
        ("rules: [unownd]", "actions: no rule 'unownd'; did you mean 'unowned'?"),
        ("settled: delet", "unknown value 'delet'; did you mean 'delete'?"),
        ("mention: 1", "unknown value '1'; valid here: false, true"),
        ("max-writes: 0", "expected a whole number of at least 1, found '0'"),
        ("max-per-issue: many", "expected a whole number of at least 1, found 'many'"),
        ("max-per-person: -1", "expected a whole number of at least 1, found '-1'"),
        ("cool-down: soon", "soon"),
        ("working-hours: maybe", "unknown value 'maybe'; valid here: false, true"),
        ("handle: '@'", "'@' is no name to call somebody by; write one word, such as audit"),
        ("handle: the audit", "'the audit' is no name to call somebody by; write one word, such as audit"),
        ("answers-from: {a: b}", "expected a text, found a mapping"),
        ("dismiss-labels: [[a]]", "expected a text, found a list"),
        ("property: nope", "unknown value 'nope'; valid here: false, true"),
        ("escalate-after: 3 fortnights", "3 fortnights"),
        ("marks: {eror: {flag: true}}", "actions: no rule 'eror'; "),
        ("marks: {error: {add-label: [a]}}", "unknown key 'add-label'; did you mean 'add-labels'?"),
        ("marks: {error: {add-labels: [a b]}}", "a label holds no white space; write it with - or _"),
        ("marks: {error: {flag: on}}", "unknown value 'on'; valid here: false, true"),
        ("marks: [error]", "expected marks (key: value lines), found a list"),
        ("wordings: {unownd: {says: x}}", "actions: no rule 'unownd'; did you mean 'unowned'?"),
        ("wordings: {SUP/unownd: {says: x}}", "actions: no rule 'unownd'; did you mean 'unowned'?"),
        ("wordings: {unowned: {say: x}}", "unknown key 'say'; did you mean 'says'?"),
        ("wordings: {unowned: {says: $titel}}", "no placeholder $titel; did you mean 'title'?"),
        ("wordings: {unowned: {says: costs 5 $}}", "a $ stands alone; write $$ for the sign itself"),
        ("visibility: {SUP: {rol: x}}", "unknown key 'rol'; did you mean 'role'?"),
        ("visibility: {SUP: {role: x, group: y}}", "name one: a role or a group"),
        ("visibility: {SUP: {}}", "name one: a role or a group"),
    ],
)
def test_mistakes_in_the_settings_are_told_with_their_line(line: str, problem: str, desk: Desk) -> None:
    desk.actions(line)
    number = len(CONFIG.read_text(encoding="utf-8").splitlines()) + 2
    outcome = desk("plan")
    assert outcome.code == 2
    assert outcome.err.startswith(f"Error: {desk.config}:{number}: ")
    assert problem in outcome.err
    assert outcome.out == ""


def test_rules_of_ones_own_and_severities_may_be_named(desk: Desk) -> None:
    desk.actions(
        "rules: [unowned]\nmarks: {info: {flag: true}, unowned: {flag: true}}\n"
        "wordings: {OPS/unowned: {says: Hm}}"
    )
    assert desk("plan").code == 0
    named = load(desk.config).actions.named
    assert list(named) == ["unowned"]
