"""The shipped rules: each example holds, each rule has those it needs, and none has code of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from ownership_audit.examples import Example, check_rules, read_examples, run_example
from ownership_audit.rule import check_stories, load_rules, shipped_rules
from ownership_audit.run import load_signals
from ownership_audit.signals import SIGNALS as SIGNAL_NAMES

SIGNALS = load_signals()
RULES = {rule.id: rule for rule in load_rules(shipped_rules())}
EXAMPLES = {rule.id: read_examples(rule) for rule in RULES.values()}
FIRST_MILESTONE = {
    "unacknowledged", "dropped-handoff", "ping-pong", "deadline-passed-in-silence", "deadline-not-replanned",
    "serial-slip", "silent-handoff", "silent-in-progress", "silent-before-deadline",
    "not-started-near-deadline", "late-warning", "deadline-without-owner", "unowned", "abandoned",
    "reopened-again",
}  # fmt: skip
MOST_LINES = 60

each_rule = pytest.mark.parametrize("id_", RULES)
each_example = pytest.mark.parametrize(
    "example",
    [pytest.param(e, id=f"{id_}/{e.name}") for id_, examples in EXAMPLES.items() for e in examples],
)


@each_example
def test_example(example: Example) -> None:
    assert run_example(example, RULES, SIGNALS) is None


def test_they_are_all_there_and_run_together() -> None:
    assert set(RULES) >= FIRST_MILESTONE
    check_stories(list(RULES.values()))
    count, problems = check_rules(list(RULES.values()), SIGNALS)
    assert (count, problems) == (sum(map(len, EXAMPLES.values())), [])


@each_rule
def test_a_rule_has_a_hit_and_a_pass_and_names_them_once(id_: str) -> None:
    examples = EXAMPLES[id_]
    assert any(example.expected for example in examples)
    assert any(not example.expected for example in examples)
    names = [example.name for example in examples]
    assert len(set(names)) == len(names)


@each_rule
def test_nothing_is_found_at_the_due_time_itself_and_a_moment_later_it_is(id_: str) -> None:
    """The edge of every hit, so that each rule is looked at exactly there."""
    checked = 0
    for example in EXAMPLES[id_]:
        if len(example.expected) != 1 or example.expected[0].due is None or len(example.rules) > 1:
            continue
        due = example.expected[0].due
        if any(event.at > due for event in example.draft.events):
            continue  # what happens later is part of the story
        checked += 1
        assert run_example(replace(example, now=due, expected=()), RULES, SIGNALS) is None, example.name
        # How grave it is may depend on how long it stood.
        expected = (replace(example.expected[0], severity=None),)
        later = replace(example, now=due + timedelta(microseconds=1), expected=expected)
        assert run_example(later, RULES, SIGNALS) is None, example.name
    assert checked


@each_rule
def test_the_file_is_named_like_the_rule_and_short(id_: str, rules_dir: Path) -> None:
    path = rules_dir / f"{id_}.yaml"
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["id"] == id_
    part = path.read_text(encoding="utf-8").partition("\nexamples:")[0]
    assert len(part.splitlines()) <= MOST_LINES


@each_rule
def test_texts_are_sentences_about_the_issue(id_: str) -> None:
    rule = RULES[id_]
    assert not rule.title.endswith(".")
    assert rule.clears.endswith(".")
    assert rule.remedy.endswith(".")
    assert rule.why.endswith(".")
    assert rule.false_positives
    assert not re.search(r"\bfail(?:ed|s|ure)?\b", f"{rule.title} {rule.clears} {rule.remedy}".lower())


def test_the_evaluator_names_no_rule(root: Path) -> None:
    source = root / "src" / "ownership_audit"
    sources = [*(source / "evaluate").glob("*.py"), *(source / "rule").glob("*.py"), source / "stories.py"]
    names = {*RULES, *(name.replace("-", "_") for name in RULES)} - {"abandoned", "unowned"}
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert not [name for name in names if name in text], path
        assert not re.search(r"""["'](?:abandoned|unowned)["']""", text), path


def test_the_evaluator_names_no_signal(root: Path) -> None:
    """What a signal means is the rules' and the lexicons' business. Two names have another meaning too."""
    also_kinds = {"update", "blocked"}  # a kind of event, a class of statuses
    for path in (root / "src" / "ownership_audit" / "evaluate").glob("*.py"):
        strings = re.findall(r"""["']([a-z-]+)["']""", path.read_text(encoding="utf-8"))
        assert not (set(strings) & set(SIGNAL_NAMES)) - also_kinds, path
