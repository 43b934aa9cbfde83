"""A sync that is killed anywhere, and the next one: the mirror is as if nothing had happened."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jira_server import Server, start
from live import chance, environment_of, held, synced
from ownership_audit.demo import SOURCE

COMMAND = "from ownership_audit.cli import main; main()"


def begin(site: Server, folder: Path) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    (folder / "ownership-audit.yaml").write_text(
        f"trackers:\n  here: {{url: {site.url}, mirror: {folder / 'm'}}}\n", encoding="utf-8"
    )
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "sync", "here"],
        cwd=folder,
        env={**os.environ, **environment_of(site)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> bool:
    """End it without a word; whether it was still running."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    return process.wait(10) == -signal.SIGKILL


def kill_at_request(site: Server, folder: Path, number: int) -> bool:
    """Kill it while it waits for the answer to its n-th request."""
    site.configure(faults=[{"kind": "timeout", "nth": number, "seconds": 1.5}])
    process = begin(site, folder)
    end = time.monotonic() + 10
    while len(site.requests()) < number and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    return kill(process)


def kill_after(site: Server, folder: Path, seconds: float) -> bool:
    """Kill it some time after its first request, wherever it is then."""
    process = begin(site, folder)
    while not site.requests() and process.poll() is None:
        time.sleep(0.005)
    time.sleep(seconds)
    return kill(process)


def check(points: int, seed: int, tmp_path: Path) -> int:
    """Kill a sync at so many points, each in a new mirror or in that of the one before; how many it hit."""
    dice, hits = chance(seed), 0
    limits = {"search_page": 5, "inline_comments": 2, "inline_changes": 3, "log_bodies": False}
    with start("cloud", SOURCE, **limits) as site:
        assert synced(site, tmp_path / "whole").problems == []
        whole, requests = held(tmp_path / "whole"), len(site.requests())
        folder = tmp_path
        for point in range(points):
            if point % 3 == 0:  # then two more kills in the same mirror
                folder = tmp_path / str(point)
                folder.mkdir()
            site.reset()
            if point % 2:
                hits += kill_after(site, folder, dice.uniform(0, 0.25))
            else:
                hits += kill_at_request(site, folder, dice.randint(1, requests))
            site.configure(faults=[])
            if point % 3 == 2 or point == points - 1:
                assert synced(site, folder / "m").problems == [], point
                assert held(folder / "m") == whole, point
    return hits


def test_a_sync_that_is_killed_goes_on(tmp_path: Path) -> None:
    assert check(6, 1, tmp_path) >= 3


@pytest.mark.slow
def test_a_sync_that_is_killed_anywhere_goes_on(tmp_path: Path) -> None:
    assert check(50, 2, tmp_path) >= 30
