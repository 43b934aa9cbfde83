"""Options, settings and messages that several commands share. The only place that reads the clock."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from ownership_audit.errors import ConfigError

if TYPE_CHECKING:
    from ownership_audit.config import Settings
    from ownership_audit.reconcile.replies import Tool
    from ownership_audit.signals.memory import Memory
    from ownership_audit.trackers.interface import Source
    from ownership_audit.trackers.jira.rest.pace import Clock
    from ownership_audit.trackers.posts import Posts

EXIT_FINDINGS: Final = 1
EXIT_USAGE: Final = 2
EXIT_INCOMPLETE: Final = 3
_YEARS: Final = (1970, 2190)  # calendars reach a little farther on both sides


def tell(message: str) -> None:
    """A message on standard error; what it quotes from files can't steer the terminal."""
    from ownership_audit.plain import plain

    click.echo(plain(message), err=True)


def settings_of(config: Path | None, source: str) -> Settings:
    """The settings of a file, of the default file where it is there, or the demo's."""
    from ownership_audit.config import DEFAULT_FILE, load

    if config is None and source == "demo":
        from ownership_audit.demo import CONFIG

        return load(CONFIG)
    default = Path(DEFAULT_FILE)
    return load(config if config is not None else default if default.exists() else None)


class Door(NamedTuple):
    """What the tool writes through, as whom; and the settings in which it knows its own account."""

    posts: Posts
    tool: Tool
    settings: Settings


class Opened(NamedTuple):
    """A source, the settings as it needs them, and what is remembered of its texts.

    ``door`` gives, for a moment, what is written through.
    """

    source: Source
    settings: Settings
    door: Callable[[datetime], Door]
    memory: Memory | None = None


@contextmanager
def source_of(name: str, settings: Settings, *, synced: bool = True) -> Iterator[Opened]:
    """The source of a name: a configured tracker, the demo, or a path.

    A tracker is read through its mirror, which is brought up to date first where ``synced``.
    """
    from ownership_audit.trackers.file import FileSource

    if name in settings.trackers:
        from ownership_audit.cli.live import mirror_of

        with mirror_of(settings.trackers[name], settings, synced=synced) as found:
            yield found
    elif name == "demo":
        from ownership_audit.demo import SOURCE

        yield Opened(FileSource(SOURCE), settings, lambda now: _file_door(SOURCE, settings, now))
    else:
        path = Path(name)
        source = FileSource(path, day_first=settings.day_first)
        yield Opened(source, settings, lambda now: _file_door(path, settings, now))


def _file_door(path: Path, settings: Settings, now: datetime) -> Door:
    from ownership_audit.reconcile.replies import Tool
    from ownership_audit.sites import as_bot
    from ownership_audit.trackers.jira.fileposts import ACCOUNT, NAME, FilePosts

    names = frozenset({settings.actions.handle, ACCOUNT, NAME.lower()})
    return Door(FilePosts(path, now), Tool(ACCOUNT, names), as_bot(settings, ACCOUNT))


def moment_of(text: str | None, source: str, zone: str, option: str = "--as-of") -> datetime:
    """The audit's moment in UTC; a time without a zone is in the configured one."""
    from zoneinfo import ZoneInfo

    if text is None:
        if source == "demo":
            from ownership_audit.demo import AS_OF

            return AS_OF
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise ConfigError(
            f"{option} {text}: not a time ({problem}); write 2026-03-31 or 2026-03-31T12:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ConfigError(f"{option} {text}: the year must be from {_YEARS[0]} to {_YEARS[1]}")
    return moment.astimezone(UTC)


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def running_clock() -> Clock:
    """Running seconds, and waiting, for what speaks with a site."""
    import time

    from ownership_audit.trackers.jira.rest.pace import Clock

    return Clock(time.monotonic, time.sleep)


def words_of(values: tuple[str, ...]) -> list[str]:
    """Values of an option that may be given several times, or joined by commas."""
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


@contextmanager
def progress_of(label: str, size: Callable[[], int | None]) -> Iterator[Callable[[int], None] | None]:
    """A progress bar over what is read, on a terminal only; ``size`` is asked for only then."""
    if not (sys.stderr.isatty() and sys.stdout.isatty()):
        yield None
        return
    with click.progressbar(length=size() or 0, label=label, file=sys.stderr) as bar:
        yield bar.update
