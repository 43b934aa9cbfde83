"""Digests of a Jira site: the record on its issues, what goes wrong between, and runs killed anywhere."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jira_server import Server, start
from jira_server.issue import read_records
from live import environment_of, hurried
from mailing import Hook, webhook
from ownership_audit.demo import SOURCE
from ownership_audit.digest.record import KEY

COMMAND = "from ownership_audit.cli import main; main()"
WORDS = ("digest", "here", "--as-of", "2026-04-01T12:00Z", "--send", "--yes")
SECRET = "s3cret-in-the-address"
PRIYA, GRACE = "person:priya nair", "person:grace okonkwo"
ISSUES = {"OPS-3": PRIYA, "OPS-5": PRIYA, "OPS-6": GRACE}

SETTINGS = """
trackers:
  here: {{url: {url}, mirror: {mirror}}}
projects:
  OPS: {{lead: Grace Okonkwo}}
digest:
  projects: [OPS]
  to:
    Priya Nair: {{env: PRIYA}}
    Grace Okonkwo: {{env: GRACE}}
"""


@pytest.fixture(scope="module", params=["cloud", "dc"])
def one(request: pytest.FixtureRequest) -> Iterator[Server]:
    records = [record for record in read_records(SOURCE) if record["key"] in ISSUES]
    with start(request.param, records, project_leads={"OPS": ""}) as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as found:
        yield found


@pytest.fixture
def site(one: Server, hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    one.reset()
    monkeypatch.chdir(tmp_path)
    environment = {**environment_of(one), "PRIYA": hook.address("priya", SECRET)}
    environment["GRACE"] = hook.address("grace", SECRET)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("ownership_audit.cli.live.running_clock", lambda: hurried(1000))
    text = SETTINGS.format(url=one.url, mirror=tmp_path / "m")
    (tmp_path / "ownership-audit.yaml").write_text(text, encoding="utf-8")
    return one


def states(site: Server) -> dict[str, str]:
    """What the issues tell of their reader."""
    found = {}
    for key, reader in ISSUES.items():
        record = site.issue_properties(key).get(KEY, {"readers": {}})
        for entry in record["readers"].get(reader, {}).values():
            found[key] = entry["state"]
    return found


# -- the record on the issues


def test_messages_are_noted_on_the_issues_and_sent_once(run: Any, site: Server, hook: Hook) -> None:
    first = run(*WORDS)
    assert (first.code, first.err) == (0, "")
    assert states(site) == dict.fromkeys(ISSUES, "sent")
    assert SECRET not in json.dumps(site.issue_properties("OPS-3"))
    assert sorted(where for where, _ in hook.came) == ["/grace", "/priya"]
    again = run(*WORDS, "--again")
    assert again.code == 0
    assert again.out.startswith("0 messages")
    assert len(hook.came) == 2
    assert not [one for one in site.requests() if one["path"].endswith("/comment") and one["method"] != "GET"]


def test_an_issue_with_a_security_level_is_left_out(run: Any, site: Server, hook: Hook) -> None:
    record = site.issue("OPS-6")
    record["fields"]["security"] = {"id": "10", "name": "Board only"}
    site.put(record)
    found = run(*WORDS)
    assert "1 restricted issues" in found.out
    assert hook.texts("grace") == []
    assert "OPS-6" not in states(site)


def test_an_issue_that_is_hidden_after_the_sync_is_left_out(run: Any, site: Server, hook: Hook) -> None:
    assert run("sync", "here").code == 0
    site.hide("OPS-6")
    found = run("digest", "here", "--as-of", "2026-04-01T12:00Z", "--no-sync")
    assert found.code == 0
    assert "OPS-6" not in found.out
    assert "1 restricted issues" in found.out


def test_where_nothing_can_be_written_nothing_is_sent(run: Any, site: Server, hook: Hook) -> None:
    site.configure(faults=[{"kind": "429", "path": f"OPS-[36]/properties/{KEY}$", "method": "PUT"}])
    found = run(*WORDS)
    assert found.code == 3
    assert "Not well: OPS-6: not told, as it can't be written on the issue" in found.err
    (text,) = hook.texts("priya")
    assert "OPS-5" in text
    assert "OPS-3" not in text
    assert hook.texts("grace") == []
    site.configure(faults=[])
    later = run(*WORDS[:3], "2026-04-02T12:01Z", *WORDS[4:])
    assert later.code == 0
    assert "OPS-3" in hook.texts("priya")[1]
    assert states(site) == dict.fromkeys(ISSUES, "sent")


@pytest.mark.parametrize("kind", ["drop-after", "500"])
def test_a_lost_answer_is_looked_after(kind: str, run: Any, site: Server, hook: Hook) -> None:
    site.configure(faults=[{"kind": kind, "path": f"OPS-6/properties/{KEY}$", "method": "PUT", "nth": 1}])
    found = run(*WORDS)
    came = hook.texts("grace")
    if kind == "drop-after":  # it was written
        assert found.code == 0
        assert len(came) == 1
    else:
        assert found.code == 3
        assert "OPS-6: not told, as it does not stand on the issue" in found.err
        assert came == []


def test_a_confirmation_that_can_not_be_written_is_told(run: Any, site: Server, hook: Hook) -> None:
    site.configure(faults=[{"kind": "500", "path": f"OPS-6/properties/{KEY}$", "method": "PUT", "nth": 2}])
    found = run(*WORDS)
    assert found.code == 3
    assert "Not well: OPS-6: sent, but that can't be written on the issue" in found.err
    site.configure(faults=[])
    assert "OPS-6\n  perhaps not sent on 2026-04-01" in run(*WORDS).out
    assert len(hook.texts("grace")) == 1


def test_another_run_at_the_same_time(
    run: Any, site: Server, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another run noted between plan and sending is seen."""
    from ownership_audit.digest import send as module

    sent: list[str] = []
    original = module.send

    def later(*words: Any) -> Any:
        if not sent:
            sent.append("by the other")
            assert original(*words).failed == []
        return original(*words)

    monkeypatch.setattr(module, "send", later)
    found = run(*WORDS)
    assert found.code == 3
    assert "OPS-6: another run is telling it at the same time" in found.err
    assert len(hook.came) == 2


# -- killed


def begin(folder: Path) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *WORDS],
        cwd=folder,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> str:
    """Kill it without a word; what it printed."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    return process.communicate(timeout=10)[0]


def wait_for(what: Any, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 20
    while not what() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)


def check_after_kill(run: Any, site: Server, hook: Hook) -> None:
    """After a kill anywhere: nothing comes twice, and what did not come is sent now or told as unsure."""
    before = {path: len(hook.texts(path)) for path in ("priya", "grace")}
    told = states(site)
    found = run(*WORDS)
    assert found.code == 0
    for path, reader in (("priya", PRIYA), ("grace", GRACE)):
        count = len(hook.texts(path))
        keys = [key for key, whose in ISSUES.items() if whose == reader]
        unsure = [key for key in keys if told.get(key) == "sending"]
        for key in unsure:
            assert f"{key}\n  perhaps not sent on 2026-04-01 to {reader}" in found.out
        if before[path]:
            assert count == before[path] == 1, "never twice"
        elif not unsure:
            assert count == 1, "never lost without a word"
    mentioned = [key for _, body in hook.came for key in ISSUES if f"{key}:" in body["message"]]
    assert len(mentioned) == len(set(mentioned))


def kill_at_request(run: Any, site: Server, hook: Hook, folder: Path, number: int) -> str:
    """Kill it while it waits for the answer to its n-th request to a property."""
    site.reset()
    hook.came.clear()
    fault = {"kind": "timeout", "path": f"properties/{KEY}$", "nth": number, "seconds": 2}
    site.configure(faults=[fault])
    process = begin(folder)

    def reached() -> bool:
        asked = [one for one in site.requests() if one["path"].endswith(f"properties/{KEY}")]
        return len(asked) >= number

    wait_for(reached, process)
    out = end(process)
    assert process.returncode == -signal.SIGKILL
    site.configure(faults=[])
    check_after_kill(run, site, hook)
    return out


@pytest.mark.parametrize("number", [4, 6, 13])
def test_a_run_that_is_killed_never_sends_twice(
    number: int, run: Any, site: Server, hook: Hook, tmp_path: Path
) -> None:
    assert SECRET not in kill_at_request(run, site, hook, tmp_path, number)


@pytest.mark.slow
def test_a_run_that_is_killed_at_any_request_never_sends_twice(
    run: Any, site: Server, hook: Hook, tmp_path: Path
) -> None:
    assert run(*WORDS).code == 0
    count = len([one for one in site.requests() if one["path"].endswith(f"properties/{KEY}")])
    assert count >= 20
    for number in range(1, count + 1):
        kill_at_request(run, site, hook, tmp_path, number)


def test_a_run_that_is_killed_while_a_message_is_sent(
    run: Any, site: Server, hook: Hook, tmp_path: Path
) -> None:
    hook.hold.clear()
    process = begin(tmp_path)
    wait_for(lambda: hook.came, process)
    end(process)
    hook.hold.set()
    assert len(hook.came) == 1
    first = hook.came[0][0].strip("/")
    check_after_kill(run, site, hook)
    assert len(hook.texts(first)) == 1
    assert run(*WORDS, "--again").code == 0
    assert len(hook.texts(first)) == 2
    assert states(site) == dict.fromkeys(ISSUES, "sent")
    assert run(*WORDS, "--again").out.startswith("0 messages")
