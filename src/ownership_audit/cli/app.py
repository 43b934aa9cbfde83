"""The entry point and the root of all commands. What is heavy is imported when a command runs."""

from __future__ import annotations

import sys

import click

from ownership_audit import __version__
from ownership_audit.cli.act import apply_command, plan_command
from ownership_audit.cli.audit import audit, explain
from ownership_audit.cli.digest import digest_command
from ownership_audit.cli.init import init
from ownership_audit.cli.live import doctor, sync_command
from ownership_audit.cli.rules import rules
from ownership_audit.cli.shared import EXIT_INCOMPLETE, EXIT_USAGE, tell
from ownership_audit.cli.signals import signals
from ownership_audit.errors import AuditError, DataError, TrackerError


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
        tell(f"Error: {problem}")
        code = EXIT_INCOMPLETE if isinstance(problem, (DataError, TrackerError)) else EXIT_USAGE
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code or 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ownership-audit")
def app() -> None:
    """Finds where ownership was dropped in the history of issues, with the evidence and the next step.

    Nothing is written to a tracker but by apply, and by digest --send. Try: ownership-audit audit demo
    """


for command in (
    audit, explain, plan_command, apply_command, digest_command, init, doctor, sync_command, rules, signals
):  # fmt: skip
    app.add_command(command)
