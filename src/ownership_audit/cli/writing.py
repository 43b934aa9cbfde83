"""What the commands that write share: the question before, and the log of every write."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ownership_audit.cli.shared import now
from ownership_audit.errors import ConfigError

_OPTIONS = (
    click.option("--yes", is_flag=True, help="Do not ask; for CI."),
    click.option(
        "--log",
        "log_file",
        type=click.Path(path_type=Path, dir_okay=False),
        default="ownership-audit-writes.jsonl",
        show_default=True,
        help="A file that every write is added to: what, where, when and why.",
    ),
)


def takes_writes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of writing."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_writes(what: str, instead: str, *, yes: bool, no_sync: bool) -> None:
    """Refuse to write by a mirror that may be old, and unasked where nobody can be asked."""
    if no_sync:
        raise ConfigError(f"--no-sync: {what} needs the present state of the tracker; leave the option out")
    if not yes and not sys.stdin.isatty():
        raise ConfigError(f"{what} asks before it writes, and there is no terminal; give --yes, or {instead}")


@contextmanager
def log_to(path: Path) -> Iterator[Callable[[dict[str, object]], None]]:
    """A log of writes: one JSON object a line, with the moment and what of the entry is not empty."""
    import json

    try:
        file = path.open("a", encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"--log {path}: can't be written ({problem.strerror}); name another") from None
    with file:

        def log(entry: dict[str, object]) -> None:
            told = {"at": now().isoformat(timespec="milliseconds"), **entry}
            file.write(json.dumps({name: value for name, value in told.items() if value}) + "\n")
            file.flush()

        yield log
