"""The commands below ``signals``: what is read in a text, and how well that agrees with labelled comments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ownership_audit.cli.shared import moment_of
from ownership_audit.errors import ConfigError

if TYPE_CHECKING:
    from ownership_audit.signals.scoring import Score


@click.group()
def signals() -> None:
    """Show what the lexicons read in a text, and measure them on labelled comments."""


@signals.command("show")
@click.argument("text", nargs=-1)
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Read the text from a file (- for standard input).",
)
@click.option(
    "--speaker",
    type=click.Choice(["owner", "reporter", "other"]),
    default="other",
    show_default=True,
    help="Who says it.",
)
@click.option("--said", metavar="TIME", help="When it was written, for promised times (default: now).")
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def signals_show(
    text: tuple[str, ...], file: Path | None, speaker: str, said: str | None, format_name: str
) -> int:
    """Print what is read in TEXT (Jira wiki text): each signal with its words and their place in the text."""
    import json

    from ownership_audit.calendars import Calendar
    from ownership_audit.run import load_signals
    from ownership_audit.showing import spans

    if (file is None) == (not text):
        raise click.UsageError("give a text, or --file with one")
    body = " ".join(text) if file is None else _text(file)
    found = list(spans(body, load_signals(), speaker, moment_of(said, "", "UTC", "--said"), Calendar()))
    if format_name == "json":
        click.echo(json.dumps([span.as_json() for span in found], indent=2))
    else:
        click.echo("\n".join(map(str, found)) if found else "No signals.")
    return 0


def _text(file: Path) -> str:
    from ownership_audit.errors import DataError

    try:
        with click.open_file(str(file), encoding="utf-8", errors="replace") as stream:
            return str(stream.read())
    except OSError as problem:
        raise DataError(f"{file}: can't be read ({problem.strerror}); check the path") from None


@signals.command("eval")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sample", metavar="NAME", help="Only comments of this sample.")
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def signals_eval(file: Path, sample: str | None, format_name: str) -> int:
    """Precision, recall and F1 per signal on FILE: labelled comments, one JSON object a line."""
    from ownership_audit.run import load_signals
    from ownership_audit.signals.scoring import read_labelled, score

    rows = read_labelled(file)
    if sample is not None:
        samples = sorted({row.sample for row in rows})
        rows = [row for row in rows if row.sample == sample]
        if not rows:
            raise ConfigError(f"{file}: no comment of sample {sample!r}; there are: {', '.join(samples)}")
    scores = score(rows, load_signals())
    click.echo(_as_json(scores) if format_name == "json" else _as_table(scores))
    return 0


def _as_json(scores: dict[str, Score]) -> str:
    import json

    return json.dumps({name: counts.as_json() for name, counts in scores.items()}, indent=2)


def _as_table(scores: dict[str, Score]) -> str:
    from tabulate import tabulate

    rows = [
        (name, f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}", c.tp, c.fp, c.fn)
        for name, c in scores.items()
    ]
    headers = ("Signal", "Precision", "Recall", "F1", "tp", "fp", "fn")
    return tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)
