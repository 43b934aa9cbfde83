"""What all tests share: hypothesis profiles, the folders of the checkout, the archives beside it."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from commands import Outcome
from ownership_audit import cli

ROOT = Path(__file__).resolve().parent.parent

# No deadline: machines are shared, and a slow moment is no failure. The quick profile always tries the
# same examples, so that a red run is the change's, and where the slow tests run too it tries twice as many;
# the thorough one looks further.
_EXAMPLES = 50 if os.environ.get("SLOW") else 25
settings.register_profile("quick", deadline=None, max_examples=_EXAMPLES, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def rules_dir() -> Path:
    """The shipped rules and their signals."""
    return ROOT / "rules"


@pytest.fixture(scope="session")
def demo_dir() -> Path:
    """The demo data."""
    return ROOT / "src" / "ownership_audit" / "demo"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real archives beside the checkout; without it the test is skipped."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the archives of real issues are not here: ../shared/data beside the checkout is missing")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command in this process, from its words to its exit code."""
    monkeypatch.setenv("COLUMNS", "100")

    def command(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["ownership-audit", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        gc.enable()  # the command leaves it off, as its process ends
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Outcome(int(left.value.code or 0), told.out, told.err)

    return command
