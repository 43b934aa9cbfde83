"""The command line: parsing, progress and exit codes only. What is heavy is imported when a command runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ownership_audit import __version__
from ownership_audit.errors import AuditError, ConfigError, DataError

if TYPE_CHECKING:
    from ownership_audit.config import Settings
    from ownership_audit.finding import Report
    from ownership_audit.run import Auditor, Options

EXIT_FINDINGS: Final = 1
EXIT_USAGE: Final = 2
EXIT_INCOMPLETE: Final = 3
_SHOWN_PROBLEMS: Final = 50
_YEARS: Final = (1970, 2190)  # calendars reach a little farther on both sides

_Command = TypeVar("_Command", bound=Callable[..., Any])


def main() -> None:
    """The command's entry point: expected errors become one clear line and an exit code."""
    try:
        code = app(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        code = 130
    except click.ClickException as problem:
        problem.show()
        code = problem.exit_code
    except AuditError as problem:
        _tell(f"Error: {problem}")
        code = EXIT_INCOMPLETE if isinstance(problem, DataError) else EXIT_USAGE
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code or 0)


def _tell(message: str) -> None:
    """A message on standard error; what it quotes from files can't steer the terminal."""
    from ownership_audit.finding import plain

    click.echo(plain(message), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ownership-audit")
def app() -> None:
    """Finds where ownership was dropped in the history of issues, with the evidence and the next step.

    Nothing is ever written to a tracker. Try: ownership-audit audit demo
    """


# -- options that several commands share -------------------------------------------------------------------


def _source_options(command: _Command) -> _Command:
    options = (
        click.argument("source"),
        click.option(
            "--as-of", metavar="TIME", help="The moment to judge at (ISO date or time; default: now)."
        ),
        click.option(
            "--config", type=click.Path(path_type=Path), help="Settings (default: ownership-audit.yaml)."
        ),
        click.option(
            "--rules", "rules_dir", type=click.Path(path_type=Path), help="A folder of your own rules."
        ),
        click.option(
            "--assume", type=click.Choice(["constant-owner"]), help="For archives without change history."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _settings(config: Path | None, source: str) -> Settings:
    from ownership_audit.config import DEFAULT_FILE, load

    if config is None and source == "demo":
        from ownership_audit.demo import CONFIG

        return load(CONFIG)
    default = Path(DEFAULT_FILE)
    return load(config if config is not None else default if default.exists() else None)


def _source(source: str) -> Path:
    if source == "demo":
        from ownership_audit.demo import SOURCE

        return SOURCE
    return Path(source)


def _moment(text: str | None, source: str, zone: str) -> datetime:
    """The audit's moment in UTC; a time without a zone is in the configured one. The only clock reading."""
    from zoneinfo import ZoneInfo

    if text is None:
        if source == "demo":
            from ownership_audit.demo import AS_OF

            return AS_OF
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise ConfigError(
            f"--as-of {text}: not a time ({problem}); write 2026-03-31 or 2026-03-31T12:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ConfigError(f"--as-of {text}: the year must be from {_YEARS[0]} to {_YEARS[1]}")
    return moment.astimezone(UTC)


def _auditor(
    settings: Settings, rules_dir: Path | None, select: tuple[str, ...], ignore: tuple[str, ...]
) -> Auditor:
    from ownership_audit.run import Auditor, choose_rules, load_signals

    rules = choose_rules(settings, folder=rules_dir, select=_words(select), ignore=_words(ignore))
    return Auditor(settings, rules, load_signals())


def _words(values: tuple[str, ...]) -> list[str]:
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


@contextmanager
def _progress(source: Path) -> Iterator[Callable[[int], None] | None]:
    """A progress bar over the bytes read, on a terminal only."""
    if not (sys.stderr.isatty() and sys.stdout.isatty()):
        yield None
        return
    from ownership_audit.trackers.file import size

    with click.progressbar(length=size(source) or 0, label="Reading", file=sys.stderr) as bar:
        yield bar.update


# -- audit -------------------------------------------------------------------------------------------------


@app.command()
@_source_options
@click.option("--project", "projects", multiple=True, metavar="KEY", help="Only these projects.")
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
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
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Leave out what stands in this file."
)
def audit(  # noqa: PLR0913, PLR0917  # one parameter an option is how click hands them over
    source: str,
    as_of: str | None,
    config: Path | None,
    rules_dir: Path | None,
    assume: str | None,
    projects: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    format_name: str,
    output: Path | None,
    fail_on: str,
    group_by: str | None,
    mine: str | None,
    history: bool,
    write_baseline: Path | None,
    baseline: Path | None,
) -> int:
    """Audit SOURCE: demo, or a file or folder of Jira issues (.json, .jsonl, .gz, search-result pages).

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage or configuration,
    3 records that could not be read.
    """
    import gc

    from ownership_audit.reports.interface import render
    from ownership_audit.run import Options
    from ownership_audit.suppress import Baseline
    from ownership_audit.suppress import write_baseline as write

    if baseline is not None and write_baseline is not None:
        raise ConfigError(
            "--baseline and --write-baseline: give one of them; what is written is everything found"
        )
    gc.disable()  # timelines hold no cycles; collecting would only cost time
    settings = _settings(config, source)
    auditor = _auditor(settings, rules_dir, select, ignore)
    path = _source(source)
    with _progress(path) as progress:
        options = Options(
            as_of=_moment(as_of, source, settings.calendar.zone),
            projects=frozenset(word.upper() for word in _words(projects)),
            history=history,
            constant_owner=assume is not None,
            mine=mine,
            narrowed=bool(projects or select or ignore),
            baseline=Baseline.read(baseline) if baseline is not None else None,
            progress=progress,
        )
        report = auditor.audit(path, options)
    if write_baseline is not None:
        standing = [finding for finding in report.findings if finding.status == "open"]
        write(write_baseline, standing, report.as_of)
        click.echo(f"{len(standing)} findings written to {write_baseline}.", err=True)
    _write(render(report, format_name, group_by, _width()), output)
    _tell_problems(report.coverage.problems)
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


def _tell_problems(problems: tuple[str, ...]) -> None:
    for problem in problems[:_SHOWN_PROBLEMS]:
        _tell(f"Unreadable: {problem}")
    if len(problems) > _SHOWN_PROBLEMS:
        click.echo(f"... and {len(problems) - _SHOWN_PROBLEMS} more unreadable records.", err=True)


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


# -- explain -----------------------------------------------------------------------------------------------


@app.command()
@_source_options
@click.argument("key")
def explain(
    source: str, key: str, as_of: str | None, config: Path | None, rules_dir: Path | None, assume: str | None
) -> int:
    """Tell the history of one issue of SOURCE: events, whose turn, and what became of each obligation."""
    from ownership_audit.explain import explain as tell
    from ownership_audit.run import Options, find_issue

    settings = _settings(config, source)
    auditor = _auditor(settings, rules_dir, (), ())
    moment = _moment(as_of, source, settings.calendar.zone)
    options: Options = Options(as_of=moment, history=False, constant_owner=assume is not None)
    timeline = find_issue(_source(source), auditor, key, options)
    evaluation = auditor.evaluation(timeline, moment)
    found = auditor.findings(timeline, evaluation, options)
    click.echo(tell(timeline, evaluation, found, auditor.calendars, moment), nl=False)
    return 0


# -- rules -------------------------------------------------------------------------------------------------


@app.group()
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
