"""Applies to a site that fails at any request: after a clean rerun exactly what was planned stands, once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from applying import CALM, GENERATIONS, Site, blind_repeats, site_at
from live import Policy, paths

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "429", "retry_after": 120},
    "500, not done": {"kind": "500"},
    "500, done": {"kind": "500", "work": True},
    "503": {"kind": "503", "retry_after": 60},
    "timeout": {"kind": "timeout", "seconds": 0.6},
    "dropped before": {"kind": "drop-before"},
    "dropped after": {"kind": "drop-after"},
    "truncated": {"kind": "truncated"},
    "HTML, done": {"kind": "html-200", "work": True},
    "HTML, not done": {"kind": "html-200"},
    "HTML of a proxy": {"kind": "html-502"},
}
PATIENT = Policy(silence=20.0, connect=20.0)  # a busy machine must not add faults of its own
HASTY = Policy(silence=0.3, connect=20.0)


class Matrix:
    """One site and generation: what a clean apply asks and leaves, and applies with one fault each."""

    def __init__(self, site: Site, how: dict[str, Any]) -> None:
        self.site, self.how = site, how
        self.met: Counter[str] = Counter()
        site.restore()
        run = site.apply(**how)
        assert run.error is None
        assert run.result is not None
        assert not run.result.failed
        self.entries = site.server.requests()
        self.keys = sorted({step.key for step in run.steps})
        self.clean = site.stands(self.keys)
        again = site.rerun(**how)
        assert again.steps == (), "a plan that was carried out is planned again"

    def case(self, number: int, name: str) -> None:
        """One fault at one request, then a clean rerun; what is wrong fails with the place."""
        place = f"{name} at request {number}: {paths(self.entries)[number - 1]}"
        site = self.site
        site.restore()
        rule = {**FAULTS[name], "nth": number}
        site.server.configure(faults=[rule])
        run = site.apply(policy=HASTY if name == "timeout" else PATIENT, **self.how)
        assert run.error is None, f"{place}: {run.error}"
        faulty = site.server.requests()
        assert any(entry["fault"] for entry in faulty), place
        self.met[name] += 1
        site.rerun(**self.how)
        log = site.server.requests()
        assert blind_repeats(log) == [], place
        assert site.stands(self.keys) == self.clean, place
        calm, _ = site.planned(policy=CALM, **self.how)
        assert calm.plan.steps == (), place

    def run(self, cases: Iterator[tuple[int, str]]) -> None:
        for number, name in cases:
            self.case(number, name)


def every(matrix: Matrix, stride: int = 1) -> Iterator[tuple[int, str]]:
    """Each fault at each request; with a stride only every so many of these."""
    pairs = [(number, name) for number in range(1, len(matrix.entries) + 1) for name in FAULTS]
    return iter(pairs[::stride])


@pytest.mark.parametrize("mode", ["cloud", "dc"])
@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_slice_of_the_matrix(mode: str, generation: str, tmp_path: Path) -> None:
    with site_at(mode, 1, generation, tmp_path / "s") as (site, how):
        matrix = Matrix(site, how)
        matrix.run(every(matrix, 41))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["cloud", "dc"])
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_fault_at_every_request(mode: str, generation: str, tmp_path: Path) -> None:
    with site_at(mode, 2 if generation == "first" else 1, generation, tmp_path / "s") as (site, how):
        matrix = Matrix(site, how)
        matrix.run(every(matrix))
    told = f"{len(matrix.entries)} requests, {matrix.met.total()} cases, all well"
    print(f"Fault matrix, {mode}, {generation}: {told}")  # noqa: T201  # a figure for the reader of a run


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "offset"), [("cloud", 0), ("dc", 1)])
def test_a_fault_at_every_third_request_of_thirty_issues(mode: str, offset: int, tmp_path: Path) -> None:
    """Each kind of fault in turn; both kinds of site meet other requests."""
    with site_at(mode, 30, "first", tmp_path / "s") as (site, how):
        matrix = Matrix(site, how)
        names = itertools.cycle(FAULTS)
        matrix.run((number, next(names)) for number in range(1 + offset, len(matrix.entries) + 1, 3))
    told = f"{len(matrix.entries)} requests, {matrix.met.total()} cases, all well"
    print(f"Fault matrix, {mode}, 30 issues: {told}")  # noqa: T201  # a figure for the reader of a run
