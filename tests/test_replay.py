"""Replay: the audit as of a moment equals the audit of the record as it stood then."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cutting import cut_all
from ownership_audit.config import Settings
from ownership_audit.reports.json import render
from ownership_audit.run import Auditor, Options, choose_rules, load_signals
from ownership_audit.trackers.file import FileSource
from strategies import Story, moments, stories

RULES = choose_rules(Settings())
SIGNALS = load_signals()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replay")


def audited(folder: Path, records: Sequence[dict[str, Any]], settings: Settings, options: Options) -> str:
    source = folder / "issues.jsonl"
    source.write_bytes(b"\n".join(map(orjson.dumps, records)))
    return render(Auditor(settings, RULES, SIGNALS).audit(FileSource(source), options))


@given(story=stories(), moment=moments, history=st.booleans())
def test_the_audit_as_of_a_moment_equals_the_audit_of_what_stood_then(
    folder: Path, story: Story, moment: Any, history: bool
) -> None:
    records = story.records()
    at = moment(records)
    options = Options(at, history=history)
    then = cut_all(records, at)
    assume(len(then) > 1)
    assert audited(folder, records, story.settings, options) == audited(folder, then, story.settings, options)


DATES = ("2009-06-01", "2011-06-01", "2012-06-01", "2013-06-01", "2014-06-01")


@pytest.mark.slow
@pytest.mark.parametrize("day", DATES)
def test_real_issues_audited_as_of_a_day_equal_what_stood_then(shared: Path, folder: Path, day: str) -> None:
    source = shared / "data" / "duraspace.jsonl.gz"
    with gzip.open(source) as lines:
        records = [orjson.loads(line) for line in lines]
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    then = folder / f"{day}.jsonl"
    then.write_bytes(b"\n".join(map(orjson.dumps, cut_all(records, at))))
    auditor = Auditor(Settings(), RULES, SIGNALS)
    for history in (False, True):
        options = Options(at, history=history)
        whole = auditor.audit(FileSource(source), options)
        assert len(whole.findings) > 20
        assert render(whole) == render(auditor.audit(FileSource(then), options))
