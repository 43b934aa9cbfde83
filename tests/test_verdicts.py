"""The tool against hand-made verdicts on real histories; the bars are those the project promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_it_agrees_with_fair_readers(root: Path, shared: Path) -> None:
    data = shared / "data"
    script = root / "scripts" / "verdicts.py"
    command = [sys.executable, str(script), str(data / "duraspace.jsonl.gz"), str(data / "verdicts.jsonl")]
    printed = subprocess.run([*command, "--details"], check=True, capture_output=True, text=True).stdout

    def pair(line: str) -> tuple[int, int]:
        found = re.search(rf"{line}:\s+(\d+) of (\d+)", printed)
        assert found, printed
        return int(found[1]), int(found[2])

    found, agreed = pair("agreed clear findings")
    supported, raised = pair("warnings and errors")
    assert agreed > 20
    assert found >= 0.8 * agreed, printed
    assert raised > 15
    assert supported >= 0.9 * raised, printed
    assert re.search(r"named traps hit:\s+0$", printed, re.MULTILINE), printed
