"""What all tests share: hypothesis profiles, the folders of the checkout, the archives beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# No deadline: machines are shared, and a slow moment is no failure. The quick profile always tries the
# same examples, so that a red run is the change's; the thorough one looks further.
settings.register_profile("quick", deadline=None, max_examples=50, derandomize=True)
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
