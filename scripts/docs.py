"""Writes the documentation that follows from the product: rules, command line, a week of comments, and two
blocks of the README.

usage: python scripts/docs.py [--check]

Nothing else in the documents is touched. With --check nothing is written, and the exit code is 1 when a
document differs from what would be.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner
from week import transcript

from ownership_audit.cli import app
from ownership_audit.examples import read_examples
from ownership_audit.rule import Rule, load_rules, shipped_rules
from ownership_audit.severity import SEVERITIES

_ROOT = Path(__file__).resolve().parents[1]
_NAME = "ownership-audit"
_WIDTH = 100  # columns of the demo's output, as on a terminal of usual size
_EXCERPT = 20  # lines of it, before the cut
_COLUMN = 110  # where prose is wrapped
_GENERATED = "<!-- Written by scripts/docs.py (make docs); edit its source instead. -->"
_LOGIC = ("when", "expect", "ahead", "within", "while", "unless", "until", "info-when", "owed-by")
_RULES_INTRODUCTION = """\
Each rule is one file in the folder `rules`; what stands here is taken from it. The words are explained in
[The rule language](rule-language.md). A team can change severity and time of a rule, limit it to projects or
switch it off: see [Configuration](configuration.md#rules).
"""
_WEEK_INTRODUCTION = """\
Some issues of the demo, a week further on: what people do on them, and every comment of the tool as a reader
sees it. It looks once a day, with `ownership-audit apply`. The lead is told as well after three working days;
all else is as it is without settings ([Configuration](configuration.md#actions)).
"""
_KEY = re.compile(r"^(?=[a-z])", re.MULTILINE)


def documents() -> dict[Path, str]:
    """Every document that is generated, wholly or in part, as it should be."""
    rules = load_rules(shipped_rules())
    readme = _ROOT / "README.md"
    text = _with_block(readme.read_text(encoding="utf-8"), "demo", _fenced(_demo(), "text"))
    return {
        readme: _with_block(text, "rules", _rule_table(rules)),
        _ROOT / "docs" / "rules.md": _rules_page(rules),
        _ROOT / "docs" / "command-line.md": _command_page(),
        _ROOT / "docs" / "week.md": _week_page(),
    }


def _with_block(text: str, name: str, content: str) -> str:
    """The text with everything between ``<!-- name -->`` and ``<!-- /name -->`` replaced."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(start) != 1 or text.count(end) != 1:
        sys.exit(f"README.md: {start} and {end} must each stand there once")
    head, _, rest = text.partition(start)
    return f"{head}{start}\n{content}{end}{rest.partition(end)[2]}"


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


# -- demo -----------------------------------------------------------------------------------------------


def _demo() -> str:
    """What ``make demo`` prints: the first findings, and what stands below the table."""
    code = "from ownership_audit.cli import main; main()"
    command = [sys.executable, "-c", code, "audit", "demo", "--fail-on", "none"]
    environment = {**os.environ, "COLUMNS": str(_WIDTH), "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True)
    *findings, closing = run.stdout.rstrip().split("\n\n")
    kept: list[str] = []
    for finding in findings:
        if len("\n\n".join([*kept, finding]).splitlines()) > _EXCERPT:
            break
        kept.append(finding)
    cut = ["..."] if len(kept) < len(findings) else []
    return "\n\n".join([*kept, *cut, closing])


# -- rules ----------------------------------------------------------------------------------------------


def _severities(rule: Rule) -> str:
    """The severities a finding of the rule can have, the gravest first."""
    found = {pattern.severity or rule.severity for pattern in rule.when}
    found |= {"info"} if rule.info_when else set()
    return " or ".join(severity for severity in reversed(SEVERITIES) if severity in found)


def _rule_table(rules: list[Rule]) -> str:
    lines = ["| rule | severity | what it finds |", "| --- | --- | --- |"]
    for rule in rules:
        mark = " (experimental)" if rule.is_experimental else ""
        lines.append(f"| [{rule.id}](docs/rules.md#{rule.id}) | {_severities(rule)} | {rule.title}{mark} |")
    return "\n".join(lines) + "\n"


def _rules_page(rules: list[Rule]) -> str:
    categories = list(dict.fromkeys(rule.category for rule in rules))
    parts = [f"# The rules\n\n{_GENERATED}\n", _RULES_INTRODUCTION]
    for category in sorted(categories):
        parts.append(f"## {category.capitalize()}\n")
        parts += [_rule_section(rule) for rule in rules if rule.category == category]
    return "\n".join(parts)


def _rule_section(rule: Rule) -> str:
    facts = [f"Severity: {_severities(rule)}.", f"Status: {rule.status}."]
    if rule.story:
        facts.append(f"Story: {rule.story}.")
    if rule.subsumes:
        links = ", ".join(f"[{id_}](#{id_})" for id_ in rule.subsumes)
        facts.append(f"When these are breached too, they are its evidence: {links}.")
    found, fine = _example_names(rule)
    notes = [f"What clears it: {rule.clears}", f"What to do: {rule.remedy}"]
    if rule.false_positives:
        notes.append(f"Where it may be wrong: {' '.join(rule.false_positives)}")
    notes.append(f"Examples that are found: {'; '.join(found)}.")
    notes.append(f"Examples that are fine: {'; '.join(fine)}.")
    notes.append(f"Source: [rules/{rule.id}.yaml](../rules/{rule.id}.yaml)")
    parts = [
        f"### {rule.id}",
        _wrapped(f"**{rule.title}.** {rule.why}"),
        _wrapped(" ".join(facts)),
        _fenced(_logic(rule), "yaml").rstrip(),
        "\n".join(_wrapped(f"- {note}", "  ") for note in notes),
    ]
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, _COLUMN, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _example_names(rule: Rule) -> tuple[list[str], list[str]]:
    examples = read_examples(rule)
    return [e.name for e in examples if e.expected], [e.name for e in examples if not e.expected]


def _logic(rule: Rule) -> str:
    """What opens, meets and ends it, as the file has it, in a fixed order."""
    blocks = _KEY.split(Path(rule.path).read_text(encoding="utf-8"))
    by_key = {block.partition(":")[0]: block.rstrip() for block in blocks}
    return "\n".join(by_key[key] for key in _LOGIC if key in by_key)


# -- a week of comments ---------------------------------------------------------------------------------


def _week_page() -> str:
    parts = [f"# A week of comments\n\n{_GENERATED}", _WEEK_INTRODUCTION.rstrip(), *transcript()]
    return "\n\n".join(parts) + "\n"


# -- command line ---------------------------------------------------------------------------------------


def _command_page() -> str:
    parts = [
        f"# The command line\n\n{_GENERATED}\n",
        "Every command answers `--help`; this is what they say.\n",
    ]
    for path, _ in _commands(app, ()):
        words = [*path, "--help"]
        result = CliRunner().invoke(app, words, prog_name=_NAME, env={"COLUMNS": str(_WIDTH)})
        if result.exit_code:
            sys.exit(f"{_NAME} {' '.join(words)}: exit code {result.exit_code}\n{result.output}")
        parts.append(f"## {' '.join([_NAME, *path])}\n\n{_fenced(result.output, 'text')}")
    return "\n".join(parts)


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _commands(child, (*path, name))


# -- writing --------------------------------------------------------------------------------------------


def _difference(path: Path, wanted: str) -> str:
    current = path.read_text(encoding="utf-8") if path.exists() else ""
    name = str(path.relative_to(_ROOT))
    lines = difflib.unified_diff(
        current.splitlines(keepends=True), wanted.splitlines(keepends=True), name, f"{name} (generated)"
    )
    return "".join(lines)


def main(arguments: list[str]) -> int:
    """Write what changed, or with --check show it; the exit code."""
    if set(arguments) - {"--check"}:
        print(__doc__, file=sys.stderr)
        return 2
    changed = 0
    for path, text in documents().items():
        difference = _difference(path, text)
        if not difference:
            continue
        changed += 1
        if "--check" in arguments:
            print(difference)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(_ROOT)} written")
    if changed and "--check" in arguments:
        print(f"{changed} documents are out of date; run: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
