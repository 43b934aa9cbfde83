"""The command ``digest``: what would be told to whom in messages, and sending them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ownership_audit.cli.auditing import Chosen, auditing_to_write, takes_choice, tell_problems
from ownership_audit.cli.shared import EXIT_INCOMPLETE, tell
from ownership_audit.cli.writing import check_writes, log_to, takes_writes
from ownership_audit.plain import plain

if TYPE_CHECKING:
    from ownership_audit.digesting import Digests
    from ownership_audit.reconcile.settings import Actions


@click.command("digest")
@takes_choice
@click.option("--again", is_flag=True, help="Tell also what was perhaps not sent before.")
@click.option(
    "--send/--dry-run", "sends", help="Send the messages and note that on the issues; or only print them."
)
@takes_writes
def digest_command(chosen: Chosen, *, again: bool, sends: bool, yes: bool, log_file: Path) -> int:
    """Print the messages to those whom the issues of SOURCE wait for; with --send, send them.

    Only projects that the configuration names under digest are told so. Each message is sent at most once.

    Exit codes: 0 all is well, 2 usage or configuration, 3 something could not be read, sent or noted.
    """
    import os
    from uuid import uuid4

    from ownership_audit.digest.notify import open_line
    from ownership_audit.digest.send import Way, send
    from ownership_audit.digesting import prepare_digests

    if sends:
        check_writes("--send", "--dry-run", yes=yes, no_sync=chosen.no_sync)
    with auditing_to_write(chosen, history=True) as (work, door):
        actions = door.settings.actions
        digests = work.read(partial(prepare_digests, posts=door.posts, tool=door.tool, again=again))
        tell_problems(digests.problems)
        click.echo(_shown(digests, actions))
        code = EXIT_INCOMPLETE if digests.problems else 0
        if not sends or not digests.plan.messages:
            return code
        if digests.plan.exceeds is None and not yes and not click.confirm("Send this?"):
            return code
        with log_to(log_file) as log:
            way = Way(
                open_line,
                os.environ,
                uuid4().hex,
                lambda about, what, outcome: log({"about": about, "write": what, "outcome": outcome}),
            )
            result = send(digests.plan, door.posts, way, actions, work.options.as_of)
    click.echo(f"Sent: {len(result.sent)}." + (f" Failed: {len(result.failed)}." if result.failed else ""))
    for who, reason in result.failed:
        tell(f"Not well: {who}: {reason}")
    return EXIT_INCOMPLETE if result.failed else code


def _shown(digests: Digests, actions: Actions) -> str:
    """The messages, word for word; then what waits, what is not sure, and the totals."""
    from ownership_audit.digest.message import document_of, title_of
    from ownership_audit.digest.render import to_text

    plan = digests.plan
    lines: list[str] = []
    for message in plan.messages:
        lines.append(
            f"To {plain(message.reader.name)}, by {message.reader.address.label}: {title_of(message)}"
        )
        lines += [f"  | {line}".rstrip() for line in to_text(document_of(message, actions)).splitlines()]
    for held in plan.held:
        lines.append(f"{plain(held.key)}\n  not now: {plain(held.why)}")
    for unsure in plan.unsure:
        lines.append(
            f"{plain(unsure.key)}\n  perhaps not sent on {unsure.at:%Y-%m-%d} to {plain(unsure.reader)}"
        )
    if plan.unsure:
        lines.append("What was perhaps not sent is not sent again, but with --again.")
    if plan.restricted or plan.quoted:
        lines.append(
            f"Left out, as not every reader may see them: {plan.restricted} restricted issues,"
            f" {plan.quoted} findings that rest on restricted comments."
        )
    count = len(plan.messages)
    lines.append(
        f"{count} {'message' if count == 1 else 'messages'}, {len(plan.held)} held back,"
        f" {len(digests.answers)} left alone on request; {digests.findings} findings stand."
    )
    if plan.exceeds is not None:
        lines.append(f"That is more than the {plan.exceeds} messages a run may send: none would be sent.")
    return "\n".join(lines)
