"""Lexicons and rules against what people have read; the bars are those the project promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ownership_audit.run import load_signals
from ownership_audit.signals.scoring import Score, read_labelled, score

# Precision and recall, and below F1.
BARS = {
    "disclaims": (0.90, 0.75),
    "blocked": (0.90, 0.70),
    "promise": (0.90, 0.70),
    "chase": (0.90, 0.70),
    "handover": (0.90, 0.80),
    "promise-for-others": (0.85, 0.50),
}
F1 = {"question": 0.90, "update": 0.84, "next-step": 0.80}


@pytest.fixture(scope="module")
def scores(shared: Path) -> dict[str, Score]:
    path = shared / "signals" / "labelled.jsonl"
    if not path.exists():
        pytest.skip("the labelled comments are not here: ../shared/signals beside the checkout is missing")
    return score(read_labelled(path), load_signals())


@pytest.mark.slow
@pytest.mark.parametrize("signal", BARS)
def test_what_opens_a_finding_is_certain(signal: str, scores: dict[str, Score]) -> None:
    precision, recall = BARS[signal]
    assert scores[signal].precision >= precision
    assert scores[signal].recall >= recall


@pytest.mark.slow
@pytest.mark.parametrize("signal", F1)
def test_what_meets_it_is_seen(signal: str, scores: dict[str, Score]) -> None:
    assert scores[signal].f1 >= F1[signal]


@pytest.mark.slow
def test_comments_that_were_read_in_the_wild_are_mostly_right(root: Path, shared: Path) -> None:
    archives = [shared / "data" / f"{name}.jsonl.gz" for name in ("titanium", "duraspace")]
    command = [sys.executable, str(root / "scripts" / "readings.py"), "count", *map(str, archives)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    counts = re.findall(r"^(\S+) +(\d+) read and still flagged, (\d+) right$", printed, re.MULTILINE)
    assert counts, printed
    for signal, still, right in counts:
        assert int(still) >= 20, signal
        assert int(right) >= 0.9 * int(still), signal


@pytest.mark.slow
def test_findings_that_were_read_are_mostly_right(root: Path, shared: Path, tmp_path: Path) -> None:
    reports = []
    for name, options in (("duraspace", ()), ("titanium", ("--assume", "constant-owner"))):
        reports.append(str(tmp_path / f"{name}.json"))
        command = ["audit", str(shared / "data" / f"{name}.jsonl.gz"), "--history", "--as-of", "2021-01-01"]
        command += ["--format", "json", "--output", reports[-1], "--fail-on", "none", *options]
        tool = Path(sys.executable).with_name("ownership-audit")
        subprocess.run([tool, *command], check=True, capture_output=True)
    script = [sys.executable, str(root / "scripts" / "readings.py"), "findings", *reports]
    printed = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    line = r"^(\S+) +(\S+) +(\d+) findings; (\d+) right, (\d+) wrong, (\d+) arguable$"
    counts = {
        (rule, severity): tuple(map(int, figures))
        for rule, severity, *figures in re.findall(line, printed, re.MULTILINE)
    }
    for rule in ("unanswered-question", "chased"):  # the rules on words that are not experimental
        raised, right, _, _ = counts[rule, "warning"]
        assert right >= 20, printed
        assert right >= 0.9 * raised, printed  # what nobody has read counts as wrong
