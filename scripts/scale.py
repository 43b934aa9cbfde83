"""Measures a sync and an audit of very many invented issues: seconds and memory of the command alone.

usage: python scripts/scale.py N [--mode cloud|dc] [--seed N] [--keep FOLDER]

The issues are served by the test server, in a process of its own whose use is not counted. The mirror is then
audited with all rules and without asking the site again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT / "src"), str(_ROOT / "tests"), str(_ROOT / "scripts")]

import synthetic  # noqa: E402  # it lies where the line above points

from jira_server import Server, start  # noqa: E402  # it lies where the line above points

_RUN = "import sys; from ownership_audit.cli import main; sys.argv[0] = 'ownership-audit'; main()"


@dataclass(frozen=True)
class Use:
    """What one command used: seconds by the clock, seconds of CPU, the peak of its memory, its output."""

    wall: float
    cpu: float
    megabytes: float
    said: str

    def __str__(self) -> str:
        return f"{self.wall:.0f} s ({self.cpu:.0f} s CPU), peak {self.megabytes:.0f} MB"


def measured(words: list[str], environment: dict[str, str]) -> Use:
    """Run the command in a process of its own."""
    path = os.pathsep.join([str(_ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment, "PYTHONPATH": path},
    )
    assert process.stdout is not None
    with process.stdout as out:
        said = out.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begin
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: exit code {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Use(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, said.strip())


def secrets(server: Server) -> dict[str, str]:
    """The environment in which the command finds its token."""
    if server.mode == "dc":
        return {"JIRA_TOKEN": server.options.pat}
    return {"JIRA_EMAIL": server.options.email, "JIRA_TOKEN": server.options.token}


def measure(count: int, mode: str, folder: Path, seed: int = 1) -> tuple[Use, Use]:
    """What a sync of so many issues and an audit of their mirror use."""
    issues, config = folder / f"{mode}.jsonl", folder / f"{mode}.yaml"
    mirror = folder / f"{mode}.sqlite"
    synthetic.write(issues, count, seed, cloud=mode == "cloud")
    with start(mode, issues, stored=True, log_bodies=False) as server:
        config.write_text(
            f"trackers:\n  site:\n    url: {server.url}\n    mirror: {mirror}\n", encoding="utf-8"
        )
        sync = measured(["sync", "site", "--config", str(config)], secrets(server))
    audit = ["audit", "site", "--no-sync", "--as-of", "2026-06-01", "--config", str(config)]
    report = ["--format", "json", "--output", os.devnull, "--fail-on", "none"]
    return sync, measured([*audit, *report], {})


def main(words: list[str]) -> None:
    """Measure each kind of site, or the one that is named."""
    options = dict(zip(words[1::2], words[2::2], strict=True))
    count, seed = int(words[0]), int(options.get("--seed", 1))
    modes = [options["--mode"]] if "--mode" in options else ["cloud", "dc"]
    keep = options.get("--keep")
    for mode in modes:
        with tempfile.TemporaryDirectory() if keep is None else nullcontext(keep) as folder:
            sync, audit = measure(count, mode, Path(folder), seed)
            size = (Path(folder) / f"{mode}.sqlite").stat().st_size
        print(f"{mode}: sync {sync}; {sync.said}")
        print(f"{mode}: audit {audit}; the mirror has {size / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
