"""The command ``init``: writes a commented configuration, and asks only for what it can't find out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ownership_audit.cli.shared import now, running_clock, tell, words_of
from ownership_audit.errors import AuditError, ConfigError

if TYPE_CHECKING:
    from ownership_audit.starting import Found

_FILE: Final = "ownership-audit.yaml"


@click.command()
@click.option("--url", help="The site's address, such as https://example.atlassian.net.")
@click.option("--name", default="jira", show_default=True, help="What the tracker is called here.")
@click.option("--project", "projects", multiple=True, metavar="KEY", help="The projects to audit.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=_FILE, show_default=True)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(url: str | None, name: str, projects: tuple[str, ...], output: Path, force: bool) -> int:
    """Write a commented configuration for a Jira site.

    The credentials stay in the environment: JIRA_EMAIL and JIRA_TOKEN on Cloud, JIRA_TOKEN on Data Center.
    """
    import os

    from ownership_audit.starting import Found, look_around, render

    if output.exists() and not force:
        raise ConfigError(f"{output} is there already; edit it, or replace it with --force")
    address = url or os.environ.get("JIRA_URL") or _asked("The site's address", "--url")
    wanted = tuple(word.upper() for word in words_of(projects))
    try:
        found = look_around(name, address, wanted, os.environ, running_clock())
    except ConfigError:
        raise
    except AuditError as problem:
        tell(f"The site could not be asked: {problem}")
        tell("What it would have told is left open in the file.")
        found = Found(name, address, wanted)
    if not found.projects:
        found = found.with_projects(_chosen(found))
    try:
        output.write_text(render(found, now().date()), encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"{output}: can't be written ({problem.strerror}); choose another path") from None
    click.echo(f"{output} written. Next: ownership-audit doctor {name}, then ownership-audit audit {name}")
    return 0


def _chosen(found: Found) -> tuple[str, ...]:
    """The projects somebody chooses; without a terminal all of them."""
    if not sys.stdin.isatty():
        return ()
    known = ", ".join(found.known_projects[:30])
    answer = click.prompt(
        f"Projects to audit{f' (there are {known})' if known else ''}; empty for all",
        default="",
        show_default=False,
    )
    return tuple(word.upper() for word in words_of((answer,)))


def _asked(what: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigError(f"{what} is not known; give it with {option}")
    return str(click.prompt(what))
