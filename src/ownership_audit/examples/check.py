"""Running the examples of rules, and telling what differs from the findings they expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ownership_audit.errors import RuleError
from ownership_audit.evaluate import RuleSet
from ownership_audit.examples.read import Example, Expected, read_examples
from ownership_audit.finding import Finding
from ownership_audit.rule import Rule, silent_rules
from ownership_audit.signals import Signals
from ownership_audit.stories import closure, findings
from ownership_audit.timeline import build
from ownership_audit.yamlfile import nearest


def check_rules(rules: Sequence[Rule], signals: Signals, only: Sequence[str] = ()) -> tuple[int, list[str]]:
    """Run every example of ``rules`` (of those named in ``only``, if any): how many ran, and what differs.

    A rule without examples counts as one that failed. Raises RuleError for an example that can't be read.
    """
    by_id = {rule.id: rule for rule in rules}
    count, problems = 0, []
    for rule in rules:
        if only and rule.id not in only:
            continue
        examples = read_examples(rule)
        if not examples:
            count += 1
            problems.append(
                f"{rule.path}: no examples; every rule needs a hit, a pass and each way it is cancelled"
            )
        for example in examples:
            unknown = [id_ for id_ in example.rules if id_ not in by_id]
            if unknown:
                raise RuleError(
                    f"{example.place}: {example.name}: unknown rule {unknown[0]!r} in 'also'; "
                    + nearest(unknown[0], by_id)
                )
            count += 1
            problem_text = run_example(example, by_id, signals)
            if problem_text:
                problems.append(problem_text)
    return count, problems


def run_example(example: Example, rules: Mapping[str, Rule], signals: Signals) -> str | None:
    """None when the example holds, else what differs, with file and line."""
    chosen = [rules[id_] for id_ in example.rules]
    timeline = build(example.draft, example.conventions, example.now)
    if timeline is None:
        return f"{example.place}: {example.name}: 'now' lies before the issue was created"
    in_force = [*chosen, *silent_rules(chosen, rules.values())]
    obligations = RuleSet(in_force, signals).evaluate(timeline, example.calendars, example.now).obligations
    found = findings(timeline, obligations, closure(chosen), example.calendars, example.now)
    left = list(found)
    missing: list[Expected] = []
    for expected in example.expected:
        match = next((finding for finding in left if expected.matches(finding)), None)
        if match is None:
            missing.append(expected)
        else:
            left.remove(match)
    if not missing and not left:
        return None
    parts = [f"expected, not found: {_show_expected(e)}" for e in missing]
    parts += [f"found, not expected: {_show_finding(f)}" for f in left]
    if not parts[len(missing) :] and obligations:
        states = ", ".join(
            f"{o.rule.id} {o.status(example.now)} due {o.due:%m-%d %H:%M}" for o in obligations[:4]
        )
        parts.append(f"obligations: {states}")
    return f"{example.place}: {example.name}: " + "; ".join(parts)


def _show_expected(expected: Expected) -> str:
    pairs = [
        ("owed by", expected.owed_by),
        ("opened", expected.opened),
        ("due", expected.due),
        ("", expected.severity),
    ]
    shown = [f"{name} {value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else f"{name} {value}".strip()
             for name, value in pairs if value is not None]  # fmt: skip
    return " ".join([expected.rule, *shown])


def _show_finding(finding: Finding) -> str:
    owed = finding.owed_by.name or finding.owed_by.role
    times = f"opened {finding.opened:%Y-%m-%d %H:%M} due {finding.due:%Y-%m-%d %H:%M}"
    return f"{finding.rule} owed by {owed} {times} {finding.severity}"
