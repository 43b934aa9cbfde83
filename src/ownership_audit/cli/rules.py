"""The commands below ``rules``."""

from __future__ import annotations

from pathlib import Path

import click

from ownership_audit.cli.shared import EXIT_FINDINGS


@click.group()
def rules() -> None:
    """List, show and test the rules, or print their JSON Schema."""


@rules.command("list")
@click.option("--rules", "rules_dir", type=click.Path(path_type=Path), help="A folder of your own rules.")
def rules_list(rules_dir: Path | None) -> int:
    """All rules with severity and what they find."""
    from tabulate import tabulate

    from ownership_audit.config import Settings
    from ownership_audit.run import choose_rules

    rows = [
        (
            rule.id,
            rule.severity,
            rule.category,
            rule.title + (" (experimental)" if rule.is_experimental else ""),
        )
        for rule in choose_rules(Settings(), folder=rules_dir)
    ]
    click.echo(tabulate(rows, headers=("Rule", "Severity", "Category", "What it finds"), tablefmt="simple"))
    return 0


@rules.command("show")
@click.argument("rule_id", metavar="RULE")
@click.option("--rules", "rules_dir", type=click.Path(path_type=Path), help="A folder of your own rules.")
def rules_show(rule_id: str, rules_dir: Path | None) -> int:
    """Print one rule: its documentation, what opens, meets and cancels it."""
    from ownership_audit.config import Settings
    from ownership_audit.run import choose_rules

    rule = choose_rules(Settings(), folder=rules_dir, select=(rule_id,))[0]
    text = Path(rule.path).read_text(encoding="utf-8")
    click.echo(text.partition("\nexamples:")[0])
    return 0


@rules.command("test")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def rules_test(path: Path | None) -> int:
    """Run the examples of the shipped rules, or of a rule file or folder."""
    from ownership_audit.examples import check_rules
    from ownership_audit.rule import check_stories, load_rules, shipped_rules
    from ownership_audit.run import load_signals

    shipped = load_rules(shipped_rules())
    own = load_rules(path) if path is not None else []
    own = [rule for rule in own if Path(rule.path).resolve().parent != shipped_rules().resolve()]
    check_stories([*shipped, *own])
    chosen = [] if path is None else [rule.id for rule in load_rules(path)]
    count, problems = check_rules([*shipped, *own], load_signals(), chosen)
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"{count - len(problems)} passed, {len(problems)} failed")
    return EXIT_FINDINGS if problems else 0


@rules.command("schema")
def rules_schema() -> int:
    """Print the JSON Schema of a rule file, for editors."""
    import json

    from ownership_audit.rule import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
    return 0
