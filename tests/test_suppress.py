"""Baselines: written, read back, applied, and refused when they are something else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.errors import SuppressError
from ownership_audit.finding import Finding, Party, fingerprint
from ownership_audit.suppress import Baseline, write_baseline

AS_OF = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def lapse(issue: str, rule: str = "unowned", anchor: str = "1") -> Finding:
    """A finding as an audit gives it."""
    return Finding(
        rule=rule,
        severity="warning",
        issue=issue,
        url=None,
        status="open",
        owed_by=Party("lead"),
        opened=AS_OF - timedelta(days=5),
        due=AS_OF - timedelta(days=3),
        met=None,
        working_time="3 working days",
        title="Nobody's",
        evidence=(),
        clears="An owner.",
        remedy="Name one.",
        fingerprint=fingerprint(rule, issue, anchor),
    )


FIRST, SECOND, TENTH = lapse("SUP-1"), lapse("SUP-2", "abandoned"), lapse("SUP-10")


def test_what_is_in_the_baseline_is_left_out_and_the_rest_counted(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [FIRST, SECOND], AS_OF)
    assert Baseline.read(path).apply([FIRST, TENTH]) == ((TENTH,), 1, 1)
    assert Baseline.read(path).apply([]) == ((), 0, 2)


def test_the_file_reads_well_and_never_depends_on_the_order(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    write_baseline(one, [TENTH, FIRST, SECOND], AS_OF)
    write_baseline(other, [SECOND, TENTH, FIRST, FIRST], AS_OF.astimezone())
    assert one.read_bytes() == other.read_bytes()
    document = json.loads(one.read_text(encoding="utf-8"))
    assert document["version"] == 1
    assert document["as_of"] == "2026-04-01T12:00:00Z"
    assert document["findings"] == [
        {"fingerprint": finding.fingerprint, "rule": finding.rule, "issue": finding.issue}
        for finding in (FIRST, SECOND, TENTH)
    ]
    assert one.read_text(encoding="utf-8").startswith('{\n "version": 1,\n')


def test_an_earlier_baseline_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [FIRST], AS_OF)
    write_baseline(path, [], AS_OF)
    assert Baseline.read(path).fingerprints == frozenset()
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    write_baseline(link, [FIRST], AS_OF)
    assert link.is_symlink()
    assert Baseline.read(target).fingerprints == {FIRST.fingerprint}


def test_names_that_are_no_text_are_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    odd = lapse("SUP-\ud800")
    write_baseline(path, [odd], AS_OF)
    assert Baseline.read(path).apply([odd]) == ((), 1, 0)


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SuppressError, match=r"can't be written .*check folder and rights"):
        write_baseline(tmp_path / "missing" / "baseline.json", [FIRST], AS_OF)


def test_a_folder_in_the_place_of_the_file_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.mkdir()
    with pytest.raises(SuppressError, match="can't be written"):
        write_baseline(path, [FIRST], AS_OF)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"\.json:1: not a baseline"),
        (b'{\n "version": 1,\n "findings": [x]}', r"\.json:3: not a baseline"),
        (b"<html></html>", r"\.json:1: not a baseline"),
        (b'"\xff\xfe"', r"\.json:1: not a baseline"),
        (b"[" * 100_000, r"\.json:1: not a baseline"),
        (b"[]", "not a baseline; write one"),
        (b'{"findings": {}}', "not a baseline; write one"),
        (b'{"version": 2, "findings": []}', "version 2 is not known here"),
        (b'{"findings": []}', "version None is not known here"),
        (b'{"version": 1, "findings": [{"fingerprint": "a"}, {"rule": "b"}]}', "entry 2 has no fingerprint"),
        (b'{"version": 1, "findings": ["a"]}', "entry 1 has no fingerprint"),
    ],
)
def test_another_file_is_refused_with_the_place(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content)
    with pytest.raises(SuppressError, match=words):
        Baseline.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SuppressError, match=r"nowhere\.json: can't be read"):
        Baseline.read(tmp_path / "nowhere.json")


@given(then=st.sets(st.integers(0, 20)), now=st.sets(st.integers(0, 20)))
def test_every_finding_and_every_entry_is_accounted_for(then: set[int], now: set[int]) -> None:
    baseline = Baseline(frozenset(lapse(f"SUP-{number}").fingerprint for number in then))
    kept, suppressed, unused = baseline.apply(lapse(f"SUP-{number}") for number in sorted(now))
    assert [finding.issue for finding in kept] == [f"SUP-{number}" for number in sorted(now - then)]
    assert suppressed == len(now & then)
    assert unused == len(then - now)
