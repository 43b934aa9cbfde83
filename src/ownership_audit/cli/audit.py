"""The commands ``audit`` and ``explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ownership_audit.cli.auditing import Chosen, auditing, takes_choice, takes_source, tell_problems
from ownership_audit.cli.shared import EXIT_FINDINGS, EXIT_INCOMPLETE
from ownership_audit.errors import ConfigError

if TYPE_CHECKING:
    from ownership_audit.finding import Report


@click.command()
@takes_choice
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file.")
@click.option(
    "--fail-on",
    type=click.Choice(["none", "info", "warning", "error"]),
    default="error",
    show_default=True,
    help="Exit with 1 when a finding is at least this grave.",
)
@click.option(
    "--group-by", type=click.Choice(["issue", "rule", "owner", "team"]), help="Sections in the table."
)
@click.option("--mine", metavar="NAME", help="Only what waits for this person.")
@click.option("--history", is_flag=True, help="Also breaches that were met late or have ended.")
@click.option(
    "--write-baseline", type=click.Path(path_type=Path, dir_okay=False), help="Remember today's findings."
)
def audit(
    chosen: Chosen,
    format_name: str,
    output: Path | None,
    fail_on: str,
    group_by: str | None,
    mine: str | None,
    history: bool,
    write_baseline: Path | None,
) -> int:
    """Audit SOURCE: a configured tracker, demo, or a file or folder of issues (.json, .jsonl, .csv, .gz).

    A CSV export holds no change history; see --assume.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage or configuration,
    3 records that could not be read.
    """
    import gc

    from ownership_audit.reports.interface import render
    from ownership_audit.run import Auditor
    from ownership_audit.suppress import write_baseline as write

    if chosen.baseline is not None and write_baseline is not None:
        raise ConfigError(
            "--baseline and --write-baseline: give one of them; what is written is everything found"
        )
    gc.disable()  # timelines hold no cycles; collecting would only cost time
    with auditing(chosen, history=history, mine=mine) as work:
        report = work.read(Auditor.audit)
    if write_baseline is not None:
        standing = [finding for finding in report.findings if finding.status == "open"]
        write(write_baseline, standing, report.as_of)
        click.echo(f"{len(standing)} findings written to {write_baseline}.", err=True)
    _write(render(report, format_name, group_by, _width()), output)
    tell_problems(report.coverage.problems)
    return _exit_code(report, "none" if write_baseline is not None else fail_on)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ConfigError(
            f"--output {output}: can't be written ({problem.strerror}); choose another path"
        ) from None


def _exit_code(report: Report, fail_on: str) -> int:
    from ownership_audit.severity import severity_rank

    if report.coverage.unreadable:
        return EXIT_INCOMPLETE
    if fail_on == "none":
        return 0
    least = severity_rank(fail_on)
    grave = any(
        finding.status == "open" and not finding.experimental and severity_rank(finding.severity) >= least
        for finding in report.findings
    )
    return EXIT_FINDINGS if grave else 0


@click.command()
@takes_source
@click.argument("key")
def explain(chosen: Chosen, key: str) -> int:
    """Tell the history of one issue of SOURCE: events, whose turn, and what became of each obligation."""
    from ownership_audit.explain import explain as account
    from ownership_audit.run import find_issue

    with auditing(chosen) as work:
        auditor, options = work.auditor, work.options
        timeline = find_issue(work.source, auditor, key, options)
        evaluation = auditor.evaluation(timeline, options.as_of)
        found = auditor.findings(timeline, evaluation, options)
        told = account(timeline, evaluation, found, auditor.calendars, auditor.rules.signals, options.as_of)
        click.echo(told, nl=False)
    return 0
