"""The command ``digest``: what would be told to whom in messages, and sending them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ownership_audit.cli.shared import (
    EXIT_INCOMPLETE,
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
    from ownership_audit.digesting import Digests
    from ownership_audit.reconcile.settings import Actions

_LOG = "ownership-audit-writes.jsonl"
_SHOWN = 20


@click.command("digest")
@source_options
@click.option("--project", "projects", multiple=True, metavar="KEY", help="Only these projects.")
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Leave out what stands in this file."
)
@click.option("--again", is_flag=True, help="Tell also what was perhaps not sent before.")
@click.option(
    "--send/--dry-run", "sends", help="Send the messages and note that on the issues; or only print them."
)
@click.option("--yes", is_flag=True, help="Do not ask; for CI.")
@click.option(
    "--log",
    "log_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_LOG,
    show_default=True,
    help="A file that every message and write is added to.",
)
def digest_command(  # noqa: PLR0913  # one parameter an option is how click hands them over
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
    again: bool,
    sends: bool,
    yes: bool,
    log_file: Path,
) -> int:
    """Print the messages to those whom the issues of SOURCE wait for; with --send, send them.

    Only projects that the configuration names under digest are told so. Each message is sent at most once.

    Exit codes: 0 all is well, 2 usage or configuration, 3 something could not be read, sent or noted.
    """
    import os
    from uuid import uuid4

    from ownership_audit.digest.notify import open_line
    from ownership_audit.digest.send import Way, send
    from ownership_audit.digesting import prepare_digests
    from ownership_audit.run import Options
    from ownership_audit.suppress import Baseline

    if sends and no_sync:
        raise ConfigError("--no-sync: --send needs the present state of the tracker; leave the option out")
    if sends and not yes and not sys.stdin.isatty():
        raise ConfigError("--send asks before it sends, and there is no terminal; give --yes, or --dry-run")
    settings = settings_of(config, source)
    moment = moment_of(as_of, source, settings.calendar.zone)
    with source_of(source, settings, synced=not no_sync) as opened:
        door = opened.door(moment)
        auditor = auditor_of(door.settings, rules_dir, select, ignore, opened.memory)
        with progress_of("Reading", opened.source.size) as progress:
            found = Options(
                as_of=moment,
                projects=frozenset(word.upper() for word in words_of(projects)),
                history=True,
                constant_owner=assume is not None,
                narrowed=bool(projects or select or ignore),
                baseline=Baseline.read(baseline) if baseline is not None else None,
                progress=progress,
            )
            digests = prepare_digests(auditor, opened.source, found, door.posts, door.tool, again=again)
        for problem in digests.problems[:_SHOWN]:
            tell(f"Unreadable: {problem}")
        actions = settings.actions
        click.echo(_shown(digests, actions))
        code = EXIT_INCOMPLETE if digests.problems else 0
        if not sends or not digests.plan.messages:
            return code
        if digests.plan.exceeds is None and not yes and not click.confirm("Send this?"):
            return code
        with _log_to(log_file) as log:
            way = Way(open_line, os.environ, uuid4().hex, log)
            result = send(digests.plan, door.posts, way, actions, moment)
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


@contextmanager
def _log_to(path: Path) -> Iterator[Callable[[str, str, str], None]]:
    """A log of messages and writes: one JSON object a line."""
    import json

    try:
        file = path.open("a", encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"--log {path}: can't be written ({problem.strerror}); name another") from None
    with file:

        def log(about: str, what: str, outcome: str) -> None:
            at = now().isoformat(timespec="milliseconds")
            file.write(json.dumps({"at": at, "about": about, "write": what, "outcome": outcome}) + "\n")
            file.flush()

        yield log
