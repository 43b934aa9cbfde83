"""An audit without history looks at less, and finds exactly what stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given

from ownership_audit.config import Settings
from ownership_audit.evaluate import Evaluation, RuleSet
from ownership_audit.examples import check_rules, read_examples
from ownership_audit.finding import Finding
from ownership_audit.rule import Rule, load_rule, load_rules, shipped_rules
from ownership_audit.run import Auditor, Options, choose_rules, load_signals
from ownership_audit.timeline import build
from ownership_audit.trackers.file import FileSource
from strategies import Story, moments, stories
from test_rule_language import BASE, CASES, Case, rule_of, write

SIGNALS = load_signals()
RULES = load_rules(shipped_rules())
AUDITED = choose_rules(Settings())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("standing")


def found(source: Path, settings: Settings, at: datetime, *, history: bool, **options: Any) -> list[Finding]:
    auditor = Auditor(settings, AUDITED, SIGNALS)
    report = auditor.audit(FileSource(source), Options(at, history=history, **options))
    return [finding for finding in report.findings if finding.status == "open"]


def standing(evaluation: Evaluation) -> Sequence[object]:
    return [owed for owed in evaluation.obligations if owed.closed is None]


def left_out(rules: RuleSet, rule: Rule) -> int:
    """How many obligations the shorter look leaves out, at all moments of a rule's examples.

    Tried just after each event, and long after the last.
    """
    count = 0
    for example in read_examples(rule):
        events = [event.at for event in example.draft.events]
        later = max([*events, example.now]) + timedelta(days=90)
        for at in {example.now, later, *(at + timedelta(seconds=1) for at in events)}:
            timeline = build(example.draft, example.conventions, at)
            if timeline is None:
                continue
            whole = rules.evaluate(timeline, example.calendars, at)
            less = rules.evaluate(timeline, example.calendars, at, standing=True)
            assert standing(less) == standing(whole), f"{example.name} at {at}"
            assert less.not_evaluated == whole.not_evaluated
            count += len(whole.obligations) - len(less.obligations)
    return count


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_example_of_a_shipped_rule(rule: Rule) -> None:
    assert left_out(RuleSet(RULES, SIGNALS), rule) > 0, "nothing was left out, so nothing was tried"


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_word_of_the_rule_language(case: Case, tmp_path: Path) -> None:
    rule = load_rule(write(tmp_path, rule_of(case)))
    left_out(RuleSet([rule], SIGNALS), rule)


def test_of_equal_obligations_of_one_event_the_first_counts(tmp_path: Path) -> None:
    """Also when it was met: then the second, which was not, is none."""
    told = {"by": "owner"}
    first = {"comment": told, "expect": {"comment": {"by": "reporter"}}}
    second = {"comment": told, "expect": {"comment": {"by": "lead"}}}
    example = {
        "name": "answered by the reporter",
        "now": "2026-03-20 10:00",
        "timeline": [
            "2026-03-02 09:00 created by ann, owner bob",
            '2026-03-03 10:00 bob: "The pump runs again since noon."',
            '2026-03-03 11:00 ann: "Good."',
        ],
        "finds": "nothing",
    }
    written = write(
        tmp_path,
        {**{k: v for k, v in BASE.items() if k != "expect"}, "when": [first, second], "examples": [example]},
    )
    rule = load_rule(written)
    assert check_rules([rule], SIGNALS) == (1, [])
    left_out(RuleSet([rule], SIGNALS), rule)


@given(story=stories(), moment=moments)
def test_any_story_at_any_moment(folder: Path, story: Story, moment: Any) -> None:
    records = story.records()
    source = folder / "issues.jsonl"
    source.write_bytes(b"\n".join(map(orjson.dumps, records)))
    at = moment(records)
    whole = found(source, story.settings, at, history=True)
    assert found(source, story.settings, at, history=False) == whole


@pytest.mark.slow
@pytest.mark.parametrize("year", [2010, 2012, 2014])
def test_real_issues(shared: Path, year: int) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC)
    source = shared / "data" / "duraspace.jsonl.gz"
    whole = found(source, Settings(), at, history=True)
    assert len(whole) > 20
    assert found(source, Settings(), at, history=False) == whole
