"""``plan`` and ``apply`` of a live site as commands: killed, two at once, within limits, and heard later."""

from __future__ import annotations

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

from applying import blind_repeats, copies, is_write, mine, standing
from jira_server import Server, start
from live import chance, environment_of
from ownership_audit.demo import AS_OF, CONFIG

COMMAND = "from ownership_audit.cli import main; main()"
MOMENT = AS_OF.isoformat()
FREE = """
actions:
  max-writes: none
  max-per-issue: none
  max-per-person: none
  cool-down: 0 minutes
  working-hours: false
  property: true
  marks:
    error: {add-labels: [late], remove-labels: [fine], flag: true}
    warning: {add-labels: [look]}
"""


def configure(site: Server, folder: Path, actions: str = FREE) -> None:
    folder.mkdir(exist_ok=True)
    tracker = f"trackers:\n  here: {{url: {site.url}, mirror: {folder / 'm'}}}\n"
    text = f"{tracker}{CONFIG.read_text(encoding='utf-8')}{actions}"
    (folder / "ownership-audit.yaml").write_text(text, encoding="utf-8")


def begin(site: Server, folder: Path) -> subprocess.Popen[str]:
    """An apply in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "apply", "here", "--yes", "--as-of", MOMENT],
        cwd=folder,
        env={**os.environ, **environment_of(site)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return process.returncode, out + err


def stand(site: Server, keys: list[str]) -> dict[str, Any]:
    return {key: standing(site, key) for key in keys}


@pytest.fixture(params=["cloud", "dc"])
def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    records = copies(request.param, 2)
    with start(request.param, records, now=MOMENT) as server:
        for name, value in environment_of(server).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        configure(server, tmp_path)
        yield server


KEYS = [record["key"] for record in copies("cloud", 2)]


# -- killed


def kill_at_request(process: subprocess.Popen[str], site: Server, number: int) -> bool:
    """Kill it while it waits for the answer to its n-th request."""
    end = time.monotonic() + 60
    while len(site.requests()) < number and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def check_kills(mode: str, points: int, count: int, tmp_path: Path) -> int:
    """Kill an apply at so many requests, spread over the run; each time a clean one follows."""
    keys = [record["key"] for record in copies(mode, count)]
    hits = 0
    with start(mode, copies(mode, count), now=MOMENT) as site:
        configure(site, tmp_path / "clean")
        assert finish(begin(site, tmp_path / "clean"))[0] == 0
        requests, clean = len(site.requests()), stand(site, keys)
        first = next(n for n, one in enumerate(site.requests(), 1) if is_write(one))
        dice = chance(points)
        for point in range(points):
            # Most of them at writes: there something can be half done.
            number = 1 + dice.randrange(requests) if point % 5 == 0 else dice.randint(first, requests)
            site.reset()
            done = point % 2 == 0
            rule = {"kind": "drop-after" if done else "drop-before", "nth": number}
            site.configure(faults=[{**rule, "kind": "timeout", "work": done, "seconds": 1}])
            folder = tmp_path / str(point)
            configure(site, folder)
            hits += kill_at_request(begin(site, folder), site, number)
            site.configure(faults=[])
            code, told = finish(begin(site, folder))
            assert code == 0, (point, told)
            assert stand(site, keys) == clean, (point, number)
            assert blind_repeats(site.requests()) == [], point
    return hits


def test_an_apply_that_is_killed(tmp_path: Path) -> None:
    assert check_kills("cloud", 1, 1, tmp_path) == 1


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["cloud", "dc"])
def test_an_apply_that_is_killed_anywhere(mode: str, tmp_path: Path) -> None:
    hits = check_kills(mode, 30, 2, tmp_path)
    print(f"Kills, {mode}: {hits} of 30 while it ran, all well after one clean run")  # noqa: T201  # a figure for the reader of a run
    assert hits == 30


# -- two at once


@pytest.mark.parametrize(
    "together", [pytest.param(True, id="one mirror", marks=pytest.mark.slow), pytest.param(False, id="two")]
)
def test_two_at_once(together: bool, site: Server, tmp_path: Path) -> None:
    """However they meet: after one more run there is one comment each."""
    folders = [tmp_path / "a", tmp_path / ("a" if together else "b")]
    for folder in folders:
        configure(site, folder)
    for process in [begin(site, folder) for folder in folders]:
        assert finish(process)[0] in (0, 3)
    assert finish(begin(site, folders[0]))[0] == 0
    for key in KEYS:
        found = standing(site, key)
        assert len(found["comments"]) == 1, key
        assert "theirs" in found["labels"]
    site.reset_log()
    assert finish(begin(site, folders[0]))[0] == 0
    assert not any(map(is_write, site.requests()))


# -- locked out


def test_a_token_that_expires_on_the_way(site: Server, tmp_path: Path) -> None:
    """The command ends at once and says why; its log tells what was done, and the next run does the rest."""
    process = begin(site, tmp_path)
    end = time.monotonic() + 60
    while not any(map(is_write, site.requests())) and time.monotonic() < end:
        time.sleep(0.01)
    site.configure(credentials_expired=True)
    code, told = finish(process)
    assert code == 2
    assert "the site does not accept the credentials (401)" in told
    assert "What is left is planned again by the next run." in told
    assert [one["status"] for one in site.requests()].count(401) == 1
    log = [json.loads(line) for line in (tmp_path / "ownership-audit-writes.jsonl").read_text().splitlines()]
    assert log[-1]["outcome"].startswith("stopped: ")
    assert "Written: 1 comment" in told
    site.configure(credentials_expired=False)
    assert finish(begin(site, tmp_path))[0] == 0
    assert [len(standing(site, key)["comments"]) for key in KEYS] == [1] * len(KEYS)


# -- limits


def test_a_plan_beyond_its_limit_writes_nothing(run: Any, site: Server, tmp_path: Path) -> None:
    configure(site, tmp_path, FREE.replace("max-writes: none", "max-writes: 3"))
    found = run("apply", "here", "--yes", "--as-of", MOMENT)
    assert found.code == 2
    assert "more than 3; nothing was written" in found.err
    assert site.requests()
    assert not any(map(is_write, site.requests()))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["cloud", "dc"])
def test_a_thousand_findings(mode: str, tmp_path: Path) -> None:
    from applying import CALM, Site

    records = copies(mode, 1000)
    with start(mode, records, now=MOMENT, log_bodies=False) as server:
        site = Site(server, tmp_path)
        site.restore()
        began = time.monotonic()
        prepared, _ = site.planned(policy=CALM)
        planned, asked = time.monotonic() - began, len(server.requests())
        run = site.apply(policy=CALM)
        took = time.monotonic() - began - planned
        assert run.steps == prepared.plan.steps, "the order is not stable"
        assert run.result is not None
        assert not run.result.failed
        assert run.result.done["comment"] == 1000
        sent = len(server.requests()) - asked
        assert blind_repeats(server.requests()) == []
        for record in records:
            assert len(list(mine(server, server.issue(record["key"])))) == 1
        assert site.rerun().steps == ()
    print(  # noqa: T201  # a figure for the reader of a run
        f"1,000 findings, {mode}: planned in {planned:.0f} s with {asked} requests; planned again and applied"
        f" ({len(run.steps)} writes) in {took:.0f} s with {sent} requests"
    )


# -- heard later


ASKING = """
  wordings:
    deadline-passed-in-silence: {says: "$who, can you tell us when it will be done?"}
    silent-in-progress: {says: "$who, can you tell us when it will be done?"}
"""
"""Words that would be a question to somebody if a person wrote them."""


def facts(run: Any) -> set[str]:
    found = run("audit", "here", "--as-of", "2026-04-09", "--format", "json", "--history")
    assert found.code in (0, 1), found.err
    names = ("fingerprint", "rule", "issue", "status", "owed_by", "opened", "due")
    return {json.dumps([one[name] for name in names]) for one in found.findings}


def test_its_own_comments_are_nobodys(run: Any, site: Server, tmp_path: Path) -> None:
    """An audit days after an apply finds what it would find without: the tool asks and answers nobody."""
    configure(site, tmp_path, FREE + ASKING)
    site.configure(account_display="Kim Reyes")  # nothing about it says that it is a tool
    before = facts(run)
    assert run("apply", "here", "--yes", "--as-of", MOMENT).code == 0
    assert any(list(mine(site, site.issue(key))) for key in KEYS)
    assert facts(run) == before
    assert run("plan", "here", "--as-of", MOMENT).out.startswith("0 writes")
    Path("m").unlink()  # as on another machine: there the first plan tells
    run("plan", "here", "--as-of", MOMENT)
    assert facts(run) == before
    assert run("apply", "here", "--yes", "--retract-all").code == 0
    assert not any(list(mine(site, site.issue(key))) for key in KEYS)
    assert facts(run) == before
