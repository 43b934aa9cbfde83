"""What the commands that audit a source share: their options, and from those all that an audit needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from ownership_audit.cli.shared import (
    moment_of,
    now,
    progress_of,
    settings_of,
    source_of,
    tell,
    words_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from ownership_audit.cli.shared import Door, Opened
    from ownership_audit.config import Settings
    from ownership_audit.run import Auditor, Options
    from ownership_audit.trackers.interface import Source

_SHOWN: Final = 50  # problems that are told one by one

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for: a source, a moment, settings, rules; and what of it to look at."""

    source: str
    as_of: str | None
    config: Path | None
    rules_dir: Path | None
    assume: str | None
    no_sync: bool
    projects: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: Path | None = None


_SOURCE: Final = (
    click.argument("source"),
    click.option("--as-of", metavar="TIME", help="The moment to judge at (ISO date or time; default: now)."),
    click.option(
        "--config", type=click.Path(path_type=Path), help="Settings (default: ownership-audit.yaml)."
    ),
    click.option("--rules", "rules_dir", type=click.Path(path_type=Path), help="A folder of your own rules."),
    click.option(
        "--assume", type=click.Choice(["constant-owner"]), help="For archives without change history."
    ),
    click.option("--no-sync", is_flag=True, help="Take a tracker's mirror as it is."),
)
_CHOICE: Final = (
    click.option("--project", "projects", multiple=True, metavar="KEY", help="Only these projects."),
    click.option("--select", multiple=True, metavar="RULE", help="Only these rules."),
    click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules."),
    click.option(
        "--baseline",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Leave out what stands in this file.",
    ),
)


def takes_source(command: Callable[..., int]) -> Callable[..., Any]:
    """Give a command the options that name a source, as one Chosen in front of its own."""
    return _packed(command, _SOURCE)


def takes_choice(command: Callable[..., int]) -> Callable[..., Any]:
    """Give a command the options that name a source and what of it to look at, as one Chosen."""
    return _packed(command, (*_SOURCE, *_CHOICE))


def _packed(command: Callable[..., int], options: tuple[Callable[[Any], Any], ...]) -> Callable[..., Any]:
    names = {field.name for field in fields(Chosen)}

    @wraps(command)
    def unpacked(**words: Any) -> int:
        chosen = Chosen(**{name: words.pop(name) for name in names & words.keys()})
        return command(chosen, **words)

    for option in reversed(options):
        unpacked = option(unpacked)
    return unpacked


class Auditing(NamedTuple):
    """All that an audit needs."""

    auditor: Auditor
    source: Source
    options: Options

    def read(self, work: Callable[[Auditor, Source, Options], _Found]) -> _Found:
        """What comes of going through the source; on a terminal with a progress bar."""
        with progress_of("Reading", self.source.size) as progress:
            return work(self.auditor, self.source, replace(self.options, progress=progress))


@contextmanager
def auditing(chosen: Chosen, **more: Any) -> Iterator[Auditing]:
    """What was chosen, opened to be read; ``more`` are further Options."""
    with _opened(chosen) as (opened, moment):
        yield _auditing(chosen, opened.settings, opened, moment, more)


@contextmanager
def auditing_to_write(
    chosen: Chosen, *, up_to_now: bool = False, **more: Any
) -> Iterator[tuple[Auditing, Door]]:
    """The same with what is written through; ``up_to_now`` sees all that was written, wherever it looks."""
    with _opened(chosen) as (opened, moment):
        moment = max(now(), moment) if up_to_now else moment
        door = opened.door(moment)
        yield _auditing(chosen, door.settings, opened, moment, more), door


@contextmanager
def _opened(chosen: Chosen) -> Iterator[tuple[Opened, datetime]]:
    settings = settings_of(chosen.config, chosen.source)
    moment = moment_of(chosen.as_of, chosen.source, settings.calendar.zone)
    with source_of(chosen.source, settings, synced=not chosen.no_sync) as opened:
        yield opened, moment


def _auditing(
    chosen: Chosen, settings: Settings, opened: Opened, moment: datetime, more: dict[str, Any]
) -> Auditing:
    from ownership_audit.run import Auditor, Options, choose_rules, load_signals
    from ownership_audit.suppress import Baseline

    options = Options(
        as_of=moment,
        projects=frozenset(word.upper() for word in words_of(chosen.projects)),
        constant_owner=chosen.assume is not None,
        narrowed=bool(chosen.projects or chosen.select or chosen.ignore),
        baseline=Baseline.read(chosen.baseline) if chosen.baseline is not None else None,
        **more,
    )
    select, ignore = words_of(chosen.select), words_of(chosen.ignore)
    rules = choose_rules(settings, folder=chosen.rules_dir, select=select, ignore=ignore)
    signals = load_signals()
    if opened.memory is not None:
        signals = signals.with_memory(opened.memory)
    return Auditing(Auditor(settings, rules, signals), opened.source, options)


def tell_problems(problems: Sequence[str]) -> None:
    """Say what could not be read, the first of it one by one."""
    for problem in problems[:_SHOWN]:
        tell(f"Unreadable: {problem}")
    if len(problems) > _SHOWN:
        tell(f"... and {len(problems) - _SHOWN} more unreadable records.")
