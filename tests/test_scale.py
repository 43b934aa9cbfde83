"""Very many issues: what each further one costs a sync and an audit of the mirror stays as small as it is."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

FEW, MANY = 1_000, 5_000
MOST_MEMORY = 9_000  # bytes for each further issue: with what a start takes, 100,000 stay below 1 GB
LINEAR = 1.6  # how much dearer an issue may be among five times as many; machines are shared


@pytest.fixture
def scripts(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a script."""
    monkeypatch.syspath_prepend(str(root / "scripts"))
    return importlib.import_module


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["cloud", "dc"])
def test_memory_and_time_grow_by_little_with_the_issues(scripts: Any, tmp_path: Path, mode: str) -> None:
    """Commands in processes of their own, on a site served over HTTP."""
    scale = scripts("scale")
    found = {}
    for count in (FEW, MANY):
        folder = tmp_path / str(count)
        folder.mkdir()
        found[count] = scale.measure(count, mode, folder)
    for few, many in zip(found[FEW], found[MANY], strict=True):
        told = f"{few}, then {many}"
        assert (many.megabytes - few.megabytes) * 1e6 / (MANY - FEW) < MOST_MEMORY, told
        assert many.cpu / MANY < LINEAR * few.cpu / FEW, told
    sync = found[MANY][0].said
    assert f"{MANY} issues, {MANY} fetched" in sync
    assert int(sync.split("; ")[1].split()[0]) < MANY / 50  # requests: pages of a hundred, and few besides


def test_invented_issues_are_the_same_for_a_seed(scripts: Any) -> None:
    """And in both forms of the same life."""
    synthetic = scripts("synthetic")
    first, again = (list(synthetic.issues(60, 7)) for _ in range(2))
    assert first == again != list(synthetic.issues(60, 8))
    other = list(synthetic.issues(60, 7, cloud=False))
    for cloud, server in zip(first, other, strict=True):
        assert cloud["key"] == server["key"]
        assert cloud["changelog"]["total"] == server["changelog"]["total"]
        assert 2 <= cloud["changelog"]["total"] <= 30
        assert 0 <= cloud["fields"]["comment"]["total"] <= 15
    assert any(issue["fields"]["subtasks"] for issue in first)
    assert any("inwardIssue" in link for issue in first for link in issue["fields"]["issuelinks"])
