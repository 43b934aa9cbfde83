"""The commands ``plan`` and ``apply``: what would be written on the issues, and writing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ownership_audit.cli.shared import (
    EXIT_INCOMPLETE,
    EXIT_USAGE,
    auditor_of,
    moment_of,
    now,
    progress_of,
    settings_of,
    source_of,
    source_options,
    tell,
    words_of,
)
from ownership_audit.errors import ConfigError
from ownership_audit.plain import plain

if TYPE_CHECKING:
    from ownership_audit.acting import Prepared
    from ownership_audit.reconcile.apply import Result
    from ownership_audit.reconcile.steps import Step
    from ownership_audit.trackers.posts import Posts

_LOG = "ownership-audit-writes.jsonl"


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        source_options,
        click.option("--project", "projects", multiple=True, metavar="KEY", help="Only these projects."),
        click.option("--select", multiple=True, metavar="RULE", help="Only these rules."),
        click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules."),
        click.option(
            "--baseline",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Leave out what stands in this file.",
        ),
        click.option("--retract-all", is_flag=True, help="Take back everything the tool ever wrote."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("plan")
@_options
def plan_command(**options: Any) -> int:
    """Print what apply would write on the issues of SOURCE, word for word. Nothing is written.

    Exit codes: 0 a plan, 2 usage or configuration, 3 something could not be read.
    """
    with _prepared(**options) as (prepared, _):
        click.echo(_shown(prepared))
        return EXIT_INCOMPLETE if prepared.problems else 0


@click.command("apply")
@_options
@click.option("--yes", is_flag=True, help="Do not ask; for CI.")
@click.option(
    "--log",
    "log_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_LOG,
    show_default=True,
    help="A file that every write is added to: what, where, when and why.",
)
def apply_command(yes: bool, log_file: Path, **options: Any) -> int:
    """Write on the issues of SOURCE what plan shows: comments, labels, flags, as configured.

    Exit codes: 0 all is written, 2 usage or configuration, 3 something could not be read or written.
    """
    from ownership_audit.reconcile.apply import apply

    if options["no_sync"]:
        raise ConfigError("--no-sync: apply needs the present state of the tracker; leave the option out")
    if options["source"] == "demo" and options["config"] is None:
        raise ConfigError("the demo is not written to; use plan demo, or name a .jsonl file or a tracker")
    if not yes and not sys.stdin.isatty():
        raise ConfigError("apply asks before it writes, and there is no terminal; give --yes, or use plan")
    with _prepared(**options) as (prepared, posts):
        click.echo(_shown(prepared))
        steps = prepared.plan.steps
        if not steps or (prepared.plan.exceeds is None and not yes and not click.confirm("Write this?")):
            return EXIT_INCOMPLETE if prepared.problems else 0
        with _log_to(log_file) as log:
            result = apply(prepared.plan, posts, log)
    click.echo(_summary(result))
    for step, reason in result.failed:
        tell(f"Not written: {step.key}: {reason}")
    if result.stopped is not None:
        tell(f"Error: {result.stopped}. What is left is planned again by the next run.")
        return EXIT_USAGE
    return EXIT_INCOMPLETE if result.failed or prepared.problems else 0


@contextmanager
def _prepared(  # noqa: PLR0913  # one parameter an option is how click hands them over
    *,
    source: str,
    as_of: str | None,
    config: Path | None,
    rules_dir: Path | None,
    assume: str | None,
    no_sync: bool,
    projects: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    baseline: Path | None,
    retract_all: bool,
) -> Iterator[tuple[Prepared, Posts]]:
    """The plan for a source, and what it is to be carried out on."""
    from ownership_audit.acting import prepare, prepare_retraction
    from ownership_audit.run import Options
    from ownership_audit.suppress import Baseline

    settings = settings_of(config, source)
    moment = moment_of(as_of, source, settings.calendar.zone)
    if retract_all:
        moment = max(now(), moment)  # all that was ever written, wherever the audit looks
    with source_of(source, settings, synced=not no_sync) as opened:
        door = opened.door(moment)
        auditor = auditor_of(door.settings, rules_dir, select, ignore, opened.memory)
        with progress_of("Reading", opened.source.size) as progress:
            found = Options(
                as_of=moment,
                projects=frozenset(word.upper() for word in words_of(projects)),
                history=True,
                with_ignored=True,
                constant_owner=assume is not None,
                narrowed=bool(projects or select or ignore),
                baseline=Baseline.read(baseline) if baseline is not None else None,
                progress=progress,
            )
            work = prepare_retraction if retract_all else prepare
            prepared = work(auditor, opened.source, found, door.posts, door.tool)
        for problem in prepared.problems[:20]:
            tell(f"Unreadable: {problem}")
        yield prepared, door.posts


def _shown(prepared: Prepared) -> str:
    """The plan, issue by issue, with the exact words; then what is held back, and the totals."""
    plan = prepared.plan
    lines: list[str] = []
    for key in plan.keys:
        lines.append(key)
        for step in (step for step in plan.steps if step.key == key):
            lines.append(f"  {_titled(step)}: {plain(step.why)}")
            if step.document is not None:
                lines += [f"    | {line}" for line in step.document.plain().splitlines()]
    for held in plan.held:
        lines.append(f"{held.key}\n  not now: {plain(held.why)}")
    for key, answer in prepared.unused:
        lines.append(f"{key}\n  an answer that matches nothing any more: {plain(answer.why)}")
    writes = len(plan.steps)
    lines.append(
        f"{writes} {'write' if writes == 1 else 'writes'} on {len(plan.keys)} issues,"
        f" {len(plan.held)} held back, {len(prepared.answers)} left alone on request;"
        f" {prepared.findings} findings stand."
    )
    if plan.exceeds is not None:
        lines.append(f"That is more than the {plan.exceeds} writes a run may do: apply would write nothing.")
    return "\n".join(lines)


def _titled(step: Step) -> str:
    if step.kind == "labels":
        changes = [f"+{label}" for label in step.add] + [f"-{label}" for label in step.remove]
        return f"labels {' '.join(map(plain, changes))}"
    if step.kind == "flag":
        return "set the flag" if step.flagged else "take the flag"
    titles = {
        "comment": "new comment",
        "edit": f"edit comment {step.comment}",
        "delete": f"delete comment {step.comment}",
        "note": "set the issue's property" if step.note is not None else "take away the issue's property",
    }
    return titles[step.kind]


def _summary(result: Result) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(result.done.items()))
    return f"Written: {kinds or 'nothing'}." + (f" Failed: {len(result.failed)}." if result.failed else "")


@contextmanager
def _log_to(path: Path) -> Iterator[Callable[[Step, str], None]]:
    """A log of writes: one JSON object a line, begun and ended."""
    import json

    try:
        file = path.open("a", encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"--log {path}: can't be written ({problem.strerror}); name another") from None
    with file:

        def log(step: Step, outcome: str) -> None:
            entry = {
                "at": now().isoformat(timespec="milliseconds"),
                "issue": step.key,
                "write": step.kind,
                "comment": step.comment,
                "labels": [f"+{label}" for label in step.add] + [f"-{label}" for label in step.remove],
                "why": step.why,
                "outcome": outcome,
            }
            file.write(json.dumps({name: value for name, value in entry.items() if value}) + "\n")
            file.flush()

        yield log
