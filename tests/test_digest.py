"""The command ``digest`` on a file: what goes to whom by mail and webhook, once, and what never goes out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import Outcome
from mailing import Hook, Mailbox, mail_server, webhook
from ownership_audit.demo import CONFIG, SOURCE

MOMENT = "2026-04-01T12:00Z"
LATER = "2026-04-02T12:01Z"
PRIYA, GRACE, SVEN = "Priya Nair", "Grace Okonkwo", "Sven Dahl"

USUAL = """
  projects: [OPS]
  to:
    Priya Nair: {env: PRIYA}
    Grace Okonkwo: {env: GRACE}
"""


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with webhook() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, box: Mailbox, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the demo's issues, its settings with digests, and addresses in the environment."""
    box.mails.clear()
    box.refuse.clear()
    hook.came.clear()
    hook.statuses.clear()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "issues.jsonl").write_bytes(SOURCE.read_bytes())
    monkeypatch.setenv("PRIYA", box.address("priya@example.org"))
    monkeypatch.setenv("GRACE", hook.address("grace"))
    configure(tmp_path, USUAL)
    return tmp_path


def configure(folder: Path, digest: str, more: str = "") -> None:
    text = f"{CONFIG.read_text(encoding='utf-8')}{more}digest:{digest}"
    (folder / "ownership-audit.yaml").write_text(text, encoding="utf-8")


def change(folder: Path, key: str, how: Callable[[dict[str, Any]], None]) -> None:
    """Change the record of an issue."""
    path = folder / "issues.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    how(next(record for record in records if record["key"] == key))
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")


def properties(folder: Path, key: str) -> dict[str, Any]:
    lines = (folder / "issues.jsonl").read_text(encoding="utf-8").splitlines()
    record = next(record for record in map(json.loads, lines) if record["key"] == key)
    found: dict[str, Any] = record.get("properties", {})
    return found


def states(folder: Path, key: str, reader: str) -> list[str]:
    told = properties(folder, key)["ownership-audit-digest"]["readers"].get(reader, {})
    return [entry["state"] for entry in told.values()]


@pytest.fixture
def digest(run: Any, folder: Path) -> Callable[..., Outcome]:
    def command(*words: str, as_of: str = MOMENT) -> Outcome:
        found = run("digest", "issues.jsonl", "--as-of", as_of, *words)
        assert isinstance(found, Outcome)
        assert "s3cret" not in found.out + found.err
        return found

    return command


# -- what goes to whom


def test_nothing_is_sent_or_written_unless_asked(digest: Any, folder: Path, box: Mailbox, hook: Hook) -> None:
    before = (folder / "issues.jsonl").read_bytes()
    found = digest()
    assert (found.code, found.err) == (0, "")
    assert f"To {PRIYA}, by the variable PRIYA: 2 issues wait for a word" in found.out
    assert f"To {GRACE}, by the variable GRACE: 1 issue waits for a word" in found.out
    assert "  | OPS-3: Move the label printers to the new network\n  | https://tracker.example" in found.out
    assert found.out.endswith("2 messages, 0 held back, 0 left alone on request; 6 findings stand.\n")
    assert (folder / "issues.jsonl").read_bytes() == before
    assert (box.mails, hook.came) == ([], [])
    assert not (folder / "ownership-audit-writes.jsonl").exists()
    assert digest("--dry-run").out == found.out


def test_each_reader_gets_one_message_with_their_own(
    digest: Any, folder: Path, box: Mailbox, hook: Hook
) -> None:
    found = digest("--send", "--yes")
    assert (found.code, found.err) == (0, "")
    assert found.out.endswith("Sent: 2.\n")
    (plain, html), *others = box.parts("priya@example.org")
    assert not others
    (text,) = hook.texts("grace")
    for part in (plain, html):
        assert set(re.findall(r"OPS-\d", part)) == {"OPS-3", "OPS-5"}
        assert "https://tracker.example/browse/OPS-3" in part
        assert "Hall D is being cleared for the check." in part
        assert "What helps" in part
        assert "(since 25 March)" in part
    assert '<a href="https://tracker.example/browse/OPS-3">' in html
    assert set(re.findall(r"OPS-\d", text)) == {"OPS-6"}
    assert box.mails[0][1]["Subject"] == "2 issues wait for a word"
    assert states(folder, "OPS-3", "person:priya nair") == ["sent"]
    assert states(folder, "OPS-6", "person:grace okonkwo") == ["sent"]
    log = [json.loads(line) for line in Path("ownership-audit-writes.jsonl").read_text().splitlines()]
    assert [(entry["about"], entry["write"]) for entry in log if entry["about"] == "OPS-6"] == [
        ("OPS-6", "record: sending"),
        ("OPS-6", "record: sent"),
    ]


def test_a_rerun_sends_nothing_twice(digest: Any, folder: Path, box: Mailbox, hook: Hook) -> None:
    assert digest("--send", "--yes").code == 0
    after = (folder / "issues.jsonl").read_bytes()
    for moment in (MOMENT, LATER):
        found = digest("--send", "--yes", "--again", "--project", "OPS", as_of=moment)
        assert found.code == 0
        assert found.out.startswith("0 messages")
    assert len(box.mails) == len(hook.came) == 1
    assert (folder / "issues.jsonl").read_bytes() == after


def test_what_is_new_comes_a_working_day_later_with_a_word_on_the_rest(
    digest: Any, folder: Path, box: Mailbox
) -> None:
    assert digest("--send", "--yes", "--select", "dropped-handoff").code == 0
    soon = digest("--send", "--yes")
    assert f"{PRIYA}\n  not now: the last message is not 1 working day old" in soon.out
    assert len(box.mails) == 1
    assert digest("--send", "--yes", as_of=LATER).code == 0
    second, _ = box.parts("priya@example.org")[1]
    assert "Overdue, and no new date" in second
    assert "Handed over, and nobody picked it up" not in second
    assert "Told before, and still open: OPS-3." in second


def test_a_reader_who_is_off_work_or_absent_waits(
    digest: Any, folder: Path, box: Mailbox, hook: Hook
) -> None:
    night = digest("--send", "--yes", as_of="2026-04-01T22:00Z")
    assert f"{PRIYA}\n  not now: it is outside the working hours of {PRIYA}" in night.out
    assert (box.mails, hook.came) == ([], [])
    configure(folder, USUAL, "people:\n  Priya Nair: {absent: [2026-04-01]}\n")
    day = digest("--send", "--yes")
    assert f"outside the working hours of {PRIYA}" in day.out
    assert box.mails == []
    assert len(hook.came) == 1
    configure(folder, f"{USUAL}  working-hours: false\n")
    assert digest("--send", "--yes", as_of="2026-04-02T03:00Z").code == 0
    assert len(box.mails) == 1


def test_a_team_has_one_message_that_says_whose_turn_it_is(digest: Any, folder: Path, hook: Hook) -> None:
    team = "\n  projects: [OPS]\n  experimental: true\n  to: {Depot: {env: GRACE}}\n"
    people = "people:\n  Priya Nair: {team: Depot}\n  Sven Dahl: {team: Depot}\n"
    configure(folder, team, people)
    found = digest("--send", "--yes")
    (text,) = hook.texts("grace")
    assert set(re.findall(r"OPS-\d", text)) == {"OPS-3", "OPS-5", "OPS-7"}
    assert text.startswith("For the team Depot: ")
    assert "Sven Dahl: A blocker was reported and nothing says what happens next" in text
    assert "OPS-6\n  not now: no address is configured for Grace Okonkwo, their team, or as lead" in found.out
    assert list(properties(folder, "OPS-7")["ownership-audit-digest"]["readers"]) == ["team:depot"]


def test_a_lead_hears_of_theirs_and_of_what_has_stood_for_long(
    digest: Any, folder: Path, box: Mailbox, hook: Hook
) -> None:
    lead = "  escalate-after: 2 working days\n"
    configure(folder, USUAL.replace("Grace Okonkwo", "lead") + lead)
    assert digest("--send", "--yes").code == 0
    (text,) = hook.texts("grace")
    own, _, long = text.partition("These have stood for a while")
    assert set(re.findall(r"OPS-\d", own)) == {"OPS-6"}
    assert "OPS-3" in long
    assert "Priya Nair: Handed over" in long
    assert len(box.mails) == 1
    assert digest("--send", "--yes", as_of=LATER).out.startswith("0 messages")


def test_only_a_lead_who_is_configured_hears_of_others(digest: Any, folder: Path, hook: Hook) -> None:
    text = CONFIG.read_text(encoding="utf-8").replace("  OPS: {lead: Grace Okonkwo}\n", "")
    digests = USUAL.replace("Grace Okonkwo", "lead")
    more = f"{text}digest:{digests}  escalate-after: 1 working day\n"
    (folder / "ownership-audit.yaml").write_text(more, encoding="utf-8")
    found = digest()
    assert "These have stood for a while" not in found.out
    configured = more.replace("    lead:", "    ops/lead:")
    (folder / "ownership-audit.yaml").write_text(configured, encoding="utf-8")
    assert "These have stood for a while" in digest().out


# -- what is left out


def test_restricted_issues_and_words_never_go_out(
    digest: Any, folder: Path, box: Mailbox, hook: Hook
) -> None:
    secret = "Hall D is being cleared"
    change(folder, "OPS-3", lambda record: record["fields"].update(security={"name": "Board only"}))

    def restrict(record: dict[str, Any]) -> None:
        for comment in record["fields"]["comment"]["comments"]:
            comment["visibility"] = {"type": "role", "value": "Managers"}

    change(folder, "OPS-5", restrict)
    found = digest("--send", "--yes")
    assert found.code == 0
    everything = found.out + json.dumps(hook.came) + str(box.mails)
    assert secret not in everything
    assert "label printers" not in everything
    assert box.mails == []
    assert "1 restricted issues, 1 findings that rest on restricted comments." in found.out
    assert "ownership-audit-digest" not in properties(folder, "OPS-3")


def test_what_the_tracker_holds_is_never_markup_nor_calls_everybody(
    digest: Any, folder: Path, box: Mailbox, hook: Hook
) -> None:
    nasty = "</p><script>alert(1)</script> @channel <!here> \x1b[31m"
    change(folder, "OPS-3", lambda record: record["fields"].update(summary=nasty))
    change(folder, "OPS-6", lambda record: record["fields"].update(summary=nasty))
    found = digest("--send", "--yes")
    _, html = box.parts("priya@example.org")[0]
    (text,) = hook.texts("grace")
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "@channel" not in text
    assert "\x1b" not in text + html + found.out


def test_severity_experimental_rules_baseline_answers_and_labels(digest: Any, folder: Path, run: Any) -> None:
    assert "2 messages" in digest().out
    configure(folder, f"{USUAL}  least: error\n")
    assert digest().out.startswith("0 messages")
    configure(folder, f"{USUAL}  experimental: true\n")
    assert "Passed round in circles" in digest().out
    run("audit", "issues.jsonl", "--as-of", MOMENT, "--write-baseline", "known.json")
    assert digest("--baseline", "known.json").out.startswith("0 messages")
    configure(folder, USUAL, "actions: {dismiss-labels: [left-alone]}\n")
    change(folder, "OPS-6", lambda record: record["fields"].update(labels=["left-alone"]))
    assert "1 message," in digest().out


MENTION = {"type": "mention", "attrs": {"id": "ownership-audit"}}  # by the account alone, as editors do
MENTIONED = [{"type": "paragraph", "content": [MENTION, {"type": "text", "text": " snooze 2w"}]}]


@pytest.mark.parametrize(
    "body", ["@ownership-audit snooze 2w", {"type": "doc", "version": 1, "content": MENTIONED}]
)
def test_an_answer_to_a_message_is_respected(digest: Any, folder: Path, hook: Hook, body: object) -> None:
    def answer(record: dict[str, Any]) -> None:
        owner = record["fields"]["assignee"]
        moment = "2026-04-01T13:00:00.000+0000"
        comments = record["fields"]["comment"]["comments"]
        comments.append({"id": "990", "author": owner, "body": body, "created": moment, "updated": moment})
        record["fields"]["comment"]["total"] = len(comments)

    team = "\n  projects: [OPS]\n  to: {Depot: {env: GRACE}}\n"
    people = "people:\n  Priya Nair: {team: Depot}\n"
    change(folder, "OPS-5", answer)
    configure(folder, team, people)
    assert "OPS-5" in digest(as_of=LATER).out  # nothing was told of it yet, so it answers nothing
    configure(folder, USUAL)
    assert digest("--send", "--yes").code == 0
    configure(folder, team, people)
    found = digest("--send", "--yes", as_of=LATER)
    assert set(re.findall(r"OPS-\d:", hook.texts("grace")[1])) == {"OPS-3:"}
    assert "1 left alone on request" in found.out


# -- sending


def test_without_a_terminal_sending_needs_a_yes(
    digest: Any, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    found = digest("--send")
    assert found.code == 2
    assert "there is no terminal; give --yes" in found.err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("click.confirm", lambda _: False)
    assert digest("--send").code == 0
    assert box.mails == []
    assert digest("--send", "--yes", "--no-sync").code == 2


def test_one_address_that_fails_stops_no_other(
    digest: Any, folder: Path, box: Mailbox, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.statuses["/grace"] = 500
    found = digest("--send", "--yes")
    assert found.code == 3
    assert "Not well: Grace Okonkwo: perhaps not sent: the service did not confirm it; --again" in found.err
    assert len(box.mails) == 1
    assert states(folder, "OPS-6", "person:grace okonkwo") == ["failed"]
    hook.statuses.clear()
    for _ in range(2):
        told = digest("--send", "--yes")
        assert told.out.startswith(
            "OPS-6\n  perhaps not sent on 2026-04-01 to person:grace okonkwo\nWhat was perhaps not sent"
        )
    assert len(hook.came) == 1
    assert digest("--send", "--yes", "--again").code == 0
    assert "Perhaps you had some of this before" in hook.texts("grace")[1]
    assert states(folder, "OPS-6", "person:grace okonkwo") == ["sent"]
    assert digest("--send", "--yes", "--again").out.startswith("0 messages")
    assert len(hook.came) == 2


def test_a_refused_mail_and_a_server_that_is_not_there(
    digest: Any, folder: Path, box: Mailbox, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.refuse.add("priya@example.org")
    monkeypatch.setenv("GRACE", "json://user:s3cret@127.0.0.1:1/grace")
    found = digest("--send", "--yes")
    assert found.code == 3
    assert found.out.endswith("Sent: 0. Failed: 2.\n")
    assert found.err.count("perhaps not sent: the service did not confirm it") == 2


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", r"ownership-audit.yaml:\d+: no address: the environment variable GRACE is not set"),
        ("s3cret", "what is kept there is no notification address"),
        ("https://s3cret@@:x", "what is kept there is no notification address"),
        ("json://user:s3cret@hooks.example.org/x", "the address would send in the clear"),
        ("mailto://me:s3cret@mail.example.org?to=a@b.org", "the address would send in the clear"),
    ],
)
def test_an_address_that_can_not_be_used_is_never_shown(
    address: str, message: str, digest: Any, folder: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRACE", address)
    found = digest("--send", "--yes")
    assert found.code == 3
    assert re.search(message, found.err)
    assert len(box.mails) == 1
    assert "ownership-audit-digest" not in properties(folder, "OPS-6"), "nothing was begun"
    assert "s3cret" not in Path("ownership-audit-writes.jsonl").read_text()


def test_limits_on_messages_and_issues(digest: Any, folder: Path, box: Mailbox, hook: Hook) -> None:
    configure(folder, f"{USUAL}  max-messages: 1\n")
    assert "more than the 1 messages a run may send" in digest().out
    refused = digest("--send", "--yes")
    assert refused.code == 2
    assert "nothing was sent" in refused.err
    assert (box.mails, hook.came) == ([], [])
    configure(folder, f"{USUAL}  max-issues: 1\n")
    assert digest("--send", "--yes").code == 0
    first, _ = box.parts("priya@example.org")[0]
    assert "1 more issue follows in the next message." in first
    assert digest("--send", "--yes", as_of=LATER).code == 0
    second, _ = box.parts("priya@example.org")[1]
    told = [set(re.findall(r"(OPS-\d):", part)) for part in (first, second)]
    assert told[0] | told[1] == {"OPS-3", "OPS-5"}
    assert not told[0] & told[1]


def test_a_record_of_another_kind_is_left_alone(digest: Any, folder: Path, hook: Hook) -> None:
    theirs = {"ownership-audit-digest": {"version": 9}}
    change(folder, "OPS-6", lambda record: record.update(properties=theirs))
    found = digest("--send", "--yes")
    assert "OPS-6\n  not now: what its property tells of digests can't be read" in found.out
    assert hook.came == []
    assert properties(folder, "OPS-6") == theirs


# -- with comments


def test_projects_that_are_told_by_digest_get_no_comments(digest: Any, folder: Path, run: Any) -> None:
    configure(folder, USUAL.replace("[OPS]", "[ENG]"))
    assert run("apply", "issues.jsonl", "--as-of", MOMENT, "--yes", "--project", "OPS").code == 0
    configure(folder, USUAL)
    found = run("plan", "issues.jsonl", "--as-of", MOMENT, "--project", "OPS")
    assert "new comment" not in found.out
    assert "Settled: whom it waits for is told in a message instead." in found.out


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("\n  to: {Priya Nair: {env: PRIYA}}\n", "no project is told by digest"),
        ("\n  projects: [OPS]\n", "nobody's address is configured"),
    ],
)
def test_a_digest_needs_projects_and_addresses(section: str, message: str, digest: Any, folder: Path) -> None:
    configure(folder, section)
    found = digest()
    assert found.code == 2
    assert message in found.err


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{lest: info}", "unknown key 'lest'; did you mean 'least'"),
        ("{least: warn}", "unknown value 'warn'; did you mean 'warning'"),
        ("{to: {Ann: 'slack://T0/s3cret'}}", "an address holds secrets and never stands here"),
        ("{to: {Ann: {env: 'json://u:s3cret@h'}}}", "an address holds secrets and never stands here"),
        ("{to: {Ann: {env: s3cret!}}}", "an address holds secrets and never stands here"),
        ("{to: {Ann: {keyring: 'json://u:s3cret@h'}}}", "an address holds secrets and never stands here"),
        ("{to: {'json://u:s3cret@h': {env: A}}}", "an address holds secrets and never stands here"),
        ("{to: {Ann: {envs: A}}}", "unknown key 'envs'; did you mean 'env'"),
        ("{to: {Ann: {env: A, keyring: b}}}", "name one: env"),
        ("{to: {Ann: {env: A}, ann: {env: B}}}", "'ann' is written twice"),
        ("{at-most-every: daily}", "write a number and a unit"),
        ("{max-messages: 0}", "expected a whole number of at least 1"),
    ],
)
def test_what_is_wrong_in_the_section(section: str, message: str, digest: Any, folder: Path) -> None:
    configure(folder, f" {section}\n")
    found = digest()
    assert found.code == 2
    assert re.match(r"Error: ownership-audit\.yaml:\d+: ", found.err)
    assert message in found.err
