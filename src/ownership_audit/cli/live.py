"""The commands that speak with a live tracker: ``sync`` and ``doctor``; and its mirror as a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ownership_audit.cli.shared import (
    EXIT_INCOMPLETE,
    Door,
    Opened,
    moment_of,
    now,
    progress_of,
    running_clock,
    settings_of,
    tell,
    words_of,
)
from ownership_audit.errors import ConfigError, DataError, TrackerError
from ownership_audit.plain import plain

if TYPE_CHECKING:
    from datetime import datetime

    from ownership_audit.config import Settings
    from ownership_audit.mirror import Outcome, Store
    from ownership_audit.trackers.configure import TrackerSettings
    from ownership_audit.trackers.jira.rest.client import JiraSite

_SHOWN: Final = 20


@contextmanager
def mirror_of(tracker: TrackerSettings, settings: Settings, *, synced: bool) -> Iterator[Opened]:
    """A tracker's mirror, brought up to date where ``synced``, and the settings in the site's own ids."""
    from ownership_audit.mirror import MirrorSource, Store
    from ownership_audit.signals.memory import Memory
    from ownership_audit.sites import as_bot, mirror_path, with_fields

    path = mirror_path(tracker)
    if not synced and not path.exists():
        raise DataError(
            f"{tracker.name}: there is no mirror at {path}; run: ownership-audit sync {tracker.name}"
        )
    doors: list[Door] = []
    with Store(path) as store:
        site = None
        if synced:
            site = _site(tracker, settings)
            with progress_of(f"Syncing {tracker.name}", _size_of(site)) as progress:
                _sync(store, site, progress=progress)
        # What texts say is written while the snapshot is read, so it goes through a door of its own.
        with store.snapshot(), Store(path) as shelf, Memory(shelf) as memory:
            own = with_fields(settings, store.note("about") or {})
            account = store.note("account")  # of the tool: what it wrote is nobody's update, whoever audits

            def door(_: datetime) -> Door:
                doors.append(_door(tracker, own, site or _site(tracker, settings)))
                return doors[-1]

            source = MirrorSource(tracker.name, store)
            yield Opened(source, as_bot(own, account) if account else own, door, memory)
        for opened in doors:
            if opened.posts.spoke:
                store.write(account=opened.tool.id)


def _door(tracker: TrackerSettings, settings: Settings, site: JiraSite) -> Door:
    """What the tool writes through on a live site."""
    import os

    from ownership_audit.reconcile.replies import Tool
    from ownership_audit.sites import as_bot, open_writes

    account = str(site.me.get("accountId") or site.me.get("name") or site.me.get("key") or "")
    names = {settings.actions.handle, str(site.me.get("displayName") or ""), account}
    posts = open_writes(tracker, settings, site, os.environ)
    known = frozenset(name.lower() for name in names if name)
    return Door(posts, Tool(account, known), as_bot(settings, account))


def _site(tracker: TrackerSettings, settings: Settings, **options: Any) -> JiraSite:
    import os

    from ownership_audit.sites import open_site

    return open_site(tracker, settings, os.environ, running_clock(), **options)


def _size_of(site: JiraSite) -> Callable[[], int | None]:
    """How many issues a site has, for the progress bar alone: what fails here, the sync itself tells."""

    def size() -> int | None:
        try:
            return site.size()
        except TrackerError:
            return None

    return size


def _sync(store: Store, site: JiraSite, **options: Any) -> Outcome:
    from ownership_audit.mirror import sync

    return sync(store, site, now(), **options)


def _tracker_of(name: str, settings: Settings) -> TrackerSettings:
    from ownership_audit.yamlfile import nearest

    if name not in settings.trackers:
        known = f"; {nearest(name, settings.trackers)}" if settings.trackers else ""
        raise ConfigError(f"no tracker {name!r} in the configuration{known}; write one: ownership-audit init")
    return settings.trackers[name]


@click.command("sync")
@click.argument("tracker")
@click.option("--config", type=click.Path(path_type=Path), help="Settings (default: ownership-audit.yaml).")
@click.option("--since", metavar="TIME", help="Read again what was changed from then on.")
@click.option("--project", "projects", multiple=True, metavar="KEY", help="Only these projects, this once.")
@click.option("--jql", help="Only what this search finds, this once.")
@click.option("--sweep", is_flag=True, help="Look now for what was deleted, moved or hidden.")
def sync_command(
    tracker: str,
    config: Path | None,
    since: str | None,
    projects: tuple[str, ...],
    jql: str | None,
    sweep: bool,
) -> int:
    """Bring the mirror of TRACKER (a name in the configuration) up to date. Nothing is audited.

    Exit codes: 0 the mirror is complete, 2 usage or configuration, 3 something could not be read.
    """
    from datetime import timedelta

    from ownership_audit.mirror import SWEEP_EVERY, Store
    from ownership_audit.sites import mirror_path

    settings = settings_of(config, tracker)
    found = _tracker_of(tracker, settings)
    narrowed = bool(projects or jql)
    start = moment_of(since, tracker, settings.calendar.zone, "--since") if since is not None else None
    site = _site(found, settings, projects=tuple(words_of(projects)), jql=jql)
    with Store(mirror_path(found)) as store, progress_of(f"Syncing {tracker}", _size_of(site)) as progress:
        outcome = _sync(
            store,
            site,
            since=start,
            narrowed=narrowed,
            progress=progress,
            sweep_every=timedelta(0) if sweep else SWEEP_EVERY,
        )
        count = store.count()
    for problem in outcome.problems[:_SHOWN]:
        tell(f"Not read: {problem}")
    if len(outcome.problems) > _SHOWN:
        tell(f"... and {len(outcome.problems) - _SHOWN} more.")
    removed = f", {outcome.removed} gone" if outcome.removed else ""
    click.echo(
        f"{tracker}: {count} issues, {outcome.fetched} fetched{removed}; {site.channel.requests} requests."
    )
    return EXIT_INCOMPLETE if outcome.problems else 0


@click.command()
@click.argument("tracker")
@click.option("--config", type=click.Path(path_type=Path), help="Settings (default: ownership-audit.yaml).")
def doctor(tracker: str, config: Path | None) -> int:
    """Check the connection to TRACKER: account, permissions, fields, clock, zone, limits. It writes nothing.

    Exit codes: 0 all is well, 2 usage or configuration, 3 something is not well.
    """
    from ownership_audit.checkup import checkup
    from ownership_audit.trackers.jira.rest.pace import Policy

    settings = settings_of(config, tracker)
    found = _tracker_of(tracker, settings)
    site = _site(found, settings, policy=Policy.for_somebody_who_waits())
    checks = list(checkup(site, found, settings, now()))
    for check in checks:
        click.echo(f"{'ok     ' if check.is_well else 'problem'}  {check.what}: {plain(check.found)}")
        if check.advice is not None:
            click.echo(f"         {plain(check.advice)}")
    return 0 if all(check.is_well for check in checks) else EXIT_INCOMPLETE
