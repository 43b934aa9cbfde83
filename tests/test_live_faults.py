"""Sites that fail while they are read: the same result, or word of what is missing; never a false finding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jira_server import Server, start
from live import QUICK, audited_mirror, fingerprints, held, synced
from ownership_audit.config import load
from ownership_audit.demo import AS_OF, CONFIG, SOURCE
from ownership_audit.errors import RefusedError
from ownership_audit.mirror import Store
from ownership_audit.trackers.jira.rest.pace import Policy

SETTINGS = load(CONFIG)
LIMITS: dict[str, Any] = {
    "search_page": 20, "inline_comments": 1, "inline_changes": 3, "bulk_changes_page": 40, "comment_page": 4,
}  # fmt: skip
FAULTS: dict[str, Any] = {"rate": 0.2, "kinds": "all", "seconds": 0.8, "retry_after": 30}


@pytest.fixture(scope="module", params=["cloud", pytest.param("dc", marks=pytest.mark.slow)])
def one(request: pytest.FixtureRequest) -> Iterator[Server]:
    with start(request.param, SOURCE, log_bodies=False, **LIMITS) as server:
        yield server


@pytest.fixture
def site(one: Server) -> Server:
    one.reset()
    return one


@pytest.fixture(scope="module")
def whole(one: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """What a sync without faults holds, and the report on it."""
    one.reset()
    path = tmp_path_factory.mktemp("whole") / "m"
    assert synced(one, path, settings=SETTINGS).problems == []
    return held(path), audited_mirror(path, AS_OF, SETTINGS)


def check_no_more_than(report: str, full: str) -> None:
    assert fingerprints(report) <= fingerprints(full), "a finding that the whole data do not give"


def seeds(quick: int, all_: int) -> list[Any]:
    """Seeds, of which the quick tests take the first ones."""
    return [pytest.param(seed, marks=[pytest.mark.slow] if seed >= quick else []) for seed in range(all_)]


@pytest.mark.parametrize("seed", seeds(2, 12))
def test_every_fifth_request_fails(
    seed: int, site: Server, whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    site.configure(random_faults={**FAULTS, "seed": seed})
    outcome = synced(site, tmp_path / "m", settings=SETTINGS, policy=Policy(silence=0.5))
    assert sum(one["fault"] is not None for one in site.requests()) > 5
    assert outcome.problems == []
    assert held(tmp_path / "m") == whole[0]
    assert audited_mirror(tmp_path / "m", AS_OF, SETTINGS) == whole[1]


@pytest.mark.parametrize("seed", seeds(1, 8))
def test_a_site_that_fails_more_than_is_borne(
    seed: int, site: Server, whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    """With two tries only, much is not read: each run says so, finds nothing false, and gets further."""
    hasty, path = Policy(tries=2, silence=0.5), tmp_path / "m"
    kinds = ["429", "500", "503", "truncated", "html-200", "drop-before"]
    for run in range(12):
        site.configure(random_faults={**FAULTS, "kinds": kinds, "rate": 0.4, "seed": 100 * seed + run})
        outcome = synced(site, path, settings=SETTINGS, policy=hasty)
        report = audited_mirror(path, AS_OF, SETTINGS)
        check_no_more_than(report, whole[1])
        told = json.loads(report)["coverage"]["problems"]
        assert bool(told) == bool(outcome.problems)
        if not outcome.problems:
            break
    site.configure(random_faults=None)
    assert synced(site, path, settings=SETTINGS).problems == []
    assert held(path) == whole[0]
    assert audited_mirror(path, AS_OF, SETTINGS) == whole[1]


@pytest.mark.parametrize("kind", ["500", pytest.param("truncated", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "path",
    [r"/issue/50001/", r"changelog/bulkfetch$", r"/issue/500\d[05]/?", r"/search(/jql)?$#2", r"/field$"],
)
def test_what_can_never_be_read(
    path: str, kind: str, site: Server, whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    """One issue, all histories, several issues, the second page: no false finding, and the next run mends."""
    pattern, _, nth = path.partition("#")
    rule: dict[str, Any] = {"kind": kind, "path": pattern}
    if nth:
        rule["nth"] = list(range(int(nth) + (site.mode == "cloud"), 100))
    site.configure(faults=[rule])
    outcome = synced(site, tmp_path / "m", settings=SETTINGS, policy=Policy(tries=2))
    if not any(one["fault"] for one in site.requests()):
        pytest.skip("that kind of site is not asked for this")
    assert outcome.problems
    report = audited_mirror(tmp_path / "m", AS_OF, SETTINGS)
    check_no_more_than(report, whole[1])
    with Store(tmp_path / "m") as store:
        assert store.note("incomplete") == outcome.problems
    assert json.loads(report)["coverage"]["unreadable"] >= len(outcome.problems)
    site.configure(faults=[])
    assert synced(site, tmp_path / "m", settings=SETTINGS).problems == []
    assert held(tmp_path / "m") == whole[0]
    assert audited_mirror(tmp_path / "m", AS_OF, SETTINGS) == whole[1]


def test_one_issue_costs_the_others_nothing(
    site: Server, whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    site.configure(faults=[{"kind": "500", "path": "/issue/50001/comment"}], inline_comments=0)
    outcome = synced(site, tmp_path / "m", settings=SETTINGS, policy=QUICK)
    assert len(outcome.problems) == 1
    assert outcome.problems[0].startswith("ENG-1: ")
    assert len(held(tmp_path / "m")) == len(whole[0])


def test_an_account_that_is_locked_out_midway(
    site: Server, whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    """The run ends with the reason; the mirror knows that it is not whole."""

    def lock(_: int) -> None:
        site.configure(credentials_expired=True)

    with pytest.raises(RefusedError, match="does not accept the credentials"):
        synced(site, tmp_path / "m", progress=lock)
    report = audited_mirror(tmp_path / "m", AS_OF, SETTINGS)
    check_no_more_than(report, whole[1])
    told = json.loads(report)["coverage"]["problems"]
    assert told == ["here: the last sync was stopped before its end; sync again"]


def test_an_issue_that_vanishes_while_it_is_read(tmp_path: Path) -> None:
    with start("cloud", SOURCE, inline_comments=0) as site:
        site.configure(forbidden=[], actions=[])
        site.configure(faults=[{"kind": "drop-before", "path": "/issue/50001/comment", "nth": 1}])

        from live import Waits

        class Deleting(Waits):
            def sleep(self, seconds: float) -> None:
                super().sleep(seconds)
                if "ENG-1" in alive:
                    alive.remove("ENG-1")
                    site.delete("ENG-1")

        alive = ["ENG-1"]
        outcome = synced(site, tmp_path / "m", clock=Deleting().clock)
        assert outcome.problems == []
        assert "ENG-1" not in held(tmp_path / "m")


def test_what_the_account_may_not_read_costs_the_others_nothing(
    site: Server, whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    site.configure(forbidden=["GET .*/issue/50001/comment"], inline_comments=0)
    outcome = synced(site, tmp_path / "m", settings=SETTINGS)
    assert len(outcome.problems) == 1
    assert outcome.problems[0].startswith("ENG-1: ")
    assert "(403)" in outcome.problems[0]
    assert len(held(tmp_path / "m")) == len(whole[0])


def test_when_all_comments_fail_the_issues_are_kept_and_few_are_asked_for(
    site: Server, whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    site.configure(faults=[{"kind": "500", "path": "/issue/.*/comment"}], inline_comments=0, search_page=50)
    outcome = synced(site, tmp_path / "m", settings=SETTINGS, policy=Policy(tries=2))
    assert len(held(tmp_path / "m")) == len(whole[0])
    asked = {one["path"] for one in site.requests() if one["path"].endswith("/comment")}
    assert len(asked) < 30
    assert any("again and again" in problem for problem in outcome.problems)
    site.configure(faults=[], inline_comments=None)
    assert synced(site, tmp_path / "m", settings=SETTINGS).problems == []
    assert audited_mirror(tmp_path / "m", AS_OF, SETTINGS) == whole[1]
