"""The commands ``plan`` and ``apply``: what would be written on the issues, and writing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ownership_audit.cli.auditing import Chosen, auditing_to_write, takes_choice, tell_problems
from ownership_audit.cli.shared import EXIT_INCOMPLETE, EXIT_USAGE, tell
from ownership_audit.cli.writing import check_writes, log_to, takes_writes
from ownership_audit.errors import ConfigError
from ownership_audit.plain import plain

if TYPE_CHECKING:
    from ownership_audit.acting import Prepared
    from ownership_audit.reconcile.apply import Result
    from ownership_audit.reconcile.steps import Step
    from ownership_audit.trackers.posts import Posts

_retract_all = click.option("--retract-all", is_flag=True, help="Take back everything the tool ever wrote.")


@click.command("plan")
@takes_choice
@_retract_all
def plan_command(chosen: Chosen, retract_all: bool) -> int:
    """Print what apply would write on the issues of SOURCE, word for word. Nothing is written.

    Exit codes: 0 a plan, 2 usage or configuration, 3 something could not be read.
    """
    with _prepared(chosen, retract_all) as (prepared, _):
        click.echo(_shown(prepared))
        return EXIT_INCOMPLETE if prepared.problems else 0


@click.command("apply")
@takes_choice
@_retract_all
@takes_writes
def apply_command(chosen: Chosen, retract_all: bool, yes: bool, log_file: Path) -> int:
    """Write on the issues of SOURCE what plan shows: comments, labels, flags, as configured.

    Exit codes: 0 all is written, 2 usage or configuration, 3 something could not be read or written.
    """
    from ownership_audit.reconcile.apply import apply

    if chosen.source == "demo" and chosen.config is None:
        raise ConfigError("the demo is not written to; use plan demo, or name a .jsonl file or a tracker")
    check_writes("apply", "use plan", yes=yes, no_sync=chosen.no_sync)
    with _prepared(chosen, retract_all) as (prepared, posts):
        click.echo(_shown(prepared))
        steps = prepared.plan.steps
        if not steps or (prepared.plan.exceeds is None and not yes and not click.confirm("Write this?")):
            return EXIT_INCOMPLETE if prepared.problems else 0
        with log_to(log_file) as log:
            result = apply(prepared.plan, posts, lambda step, outcome: log(_entry(step, outcome)))
    click.echo(_summary(result))
    for step, reason in result.failed:
        tell(f"Not written: {step.key}: {reason}")
    if result.stopped is not None:
        tell(f"Error: {result.stopped}. What is left is planned again by the next run.")
        return EXIT_USAGE
    return EXIT_INCOMPLETE if result.failed or prepared.problems else 0


@contextmanager
def _prepared(chosen: Chosen, retract_all: bool) -> Iterator[tuple[Prepared, Posts]]:
    """The plan for a source, and what it is to be carried out on."""
    from ownership_audit.acting import prepare, prepare_retraction

    make = prepare_retraction if retract_all else prepare
    with auditing_to_write(chosen, up_to_now=retract_all, with_ignored=True) as (work, door):
        prepared = work.read(partial(make, posts=door.posts, tool=door.tool))
        tell_problems(prepared.problems)
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
    from ownership_audit.reconcile.steps import COMMENT, DELETE, EDIT, FLAG, LABELS, NOTE

    titles = {
        COMMENT: "new comment",
        EDIT: f"edit comment {step.comment}",
        DELETE: f"delete comment {step.comment}",
        LABELS: f"labels {' '.join(map(plain, _changes(step)))}",
        FLAG: "set the flag" if step.flagged else "take the flag",
        NOTE: "set the issue's property" if step.note is not None else "take away the issue's property",
    }
    return titles[step.kind]


def _summary(result: Result) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(result.done.items()))
    return f"Written: {kinds or 'nothing'}." + (f" Failed: {len(result.failed)}." if result.failed else "")


def _entry(step: Step, outcome: str) -> dict[str, object]:
    """A step as the log has it."""
    return {
        "issue": step.key,
        "write": step.kind,
        "comment": step.comment,
        "labels": _changes(step),
        "why": step.why,
        "outcome": outcome,
    }


def _changes(step: Step) -> list[str]:
    return [*(f"+{label}" for label in step.add), *(f"-{label}" for label in step.remove)]
