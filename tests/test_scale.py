"""Very many issues: what each further one costs a sync and an audit of the mirror stays as small as it is."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jira_server import start
from ownership_audit.config import Settings
from ownership_audit.reading import Library, Reading
from ownership_audit.trackers.file import FileSource
from ownership_audit.trackers.interface import Found, Progress, Record
from payloads import at, issue, write

NOW = "2026-06-01 12:00"

FEW, MANY = 1_000, 5_000
MOST_MEMORY = 6_000  # bytes for each further issue; 100,000 then stay far below 1 GB
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


def test_a_search_whose_tokens_expire_goes_on_where_it_stands(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the beginning it would read everything again, and never get past the second page."""
    records = [issue(f"WEB-{n}", updated=f"2026-03-02T09:{n:02d}:00.000+0000") for n in range(1, 30)]
    config = tmp_path / "ownership-audit.yaml"
    with start("cloud", records, token_ttl=0, search_page=4) as site:
        config.write_text(
            f"trackers:\n  site:\n    url: {site.url}\n    mirror: {tmp_path / 'mirror.sqlite'}\n",
            encoding="utf-8",
        )
        monkeypatch.setenv("JIRA_EMAIL", site.options.email)
        monkeypatch.setenv("JIRA_TOKEN", site.options.token)
        outcome = run("sync", "site", "--config", config)
    assert (outcome.code, outcome.err) == (0, "")
    assert "29 issues, 29 fetched" in outcome.out


def test_a_record_that_packing_would_change_waits_as_it_is(tmp_path: Path) -> None:
    """A parent waits for its sub-tasks, packed; a number that packing can't hold changes nothing in that."""
    path = write(tmp_path, issue("WEB-1", subtasks=[{"key": "WEB-2"}]), issue("WEB-2"))
    told = [
        [draft.issue.key for draft, _ in reading(path, strange).timelines(at(NOW), constant_owner=False)]
        for strange in (None, 2**70, float("nan"))
    ]
    assert told == [["WEB-2", "WEB-1"]] * 3


class _Strange(FileSource):
    """A file whose records hold one more value."""

    value: Any = None

    def records(self, progress: Progress | None = None) -> Iterator[Found]:
        for found in super().records(progress):
            if isinstance(found, Record) and self.value is not None:
                found.data["fields"]["customfield_1"] = self.value
            yield found


def reading(path: Path, value: Any) -> Reading:
    source = _Strange(path)
    source.value = value
    return Reading(source, Settings(), Library(frozenset(("subtask",))))


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
