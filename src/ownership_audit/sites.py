"""From a tracker's settings to its live site and its mirror, and to the source of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownership_audit.config import Settings
from ownership_audit.trackers.configure import TrackerSettings
from ownership_audit.trackers.jira.rest.access import host_of

if TYPE_CHECKING:
    from ownership_audit.trackers.jira.rest.client import JiraSite
    from ownership_audit.trackers.jira.rest.pace import Clock, Policy
    from ownership_audit.trackers.jira.rest.posts import JiraPosts


def open_site(
    tracker: TrackerSettings,
    settings: Settings,
    environment: Mapping[str, str],
    clock: Clock,
    policy: Policy | None = None,
    *,
    projects: tuple[str, ...] = (),
    jql: str | None = None,
) -> JiraSite:
    """The live site; ``projects`` and ``jql`` narrow what is read. Nothing is asked of it yet.

    Raises ConfigError where the credentials are missing.
    """
    from ownership_audit.trackers.jira.rest.channel import Channel
    from ownership_audit.trackers.jira.rest.client import JiraSite, Scope
    from ownership_audit.trackers.jira.rest.pace import Pace, Policy

    credentials = tracker.login.credentials(environment)
    channel = Channel(tracker.api_url, credentials, Pace(policy or Policy(), clock))
    both = " AND ".join(f"({part})" for part in (tracker.jql, jql) if part)
    fields = (
        settings.owner_field,
        settings.reviewer_field,
        settings.sprint_field,
        settings.development_field,
    )
    scope = Scope(tracker.place, projects or tracker.projects, both or None, tuple(filter(None, fields)))
    return JiraSite(tracker.url, channel, scope, tracker.deployment)


def mirror_path(tracker: TrackerSettings) -> Path:
    """Where a tracker's mirror lies: as configured, else among the user's caches."""
    from platformdirs import user_cache_path

    if tracker.mirror is not None:
        return tracker.mirror
    return user_cache_path("ownership-audit", False) / f"{tracker.name}-{host_of(tracker.url)}.sqlite"


def open_writes(
    tracker: TrackerSettings, settings: Settings, site: JiraSite, environment: Mapping[str, str]
) -> JiraPosts:
    """What the tool writes through on a site, with the site's own pace."""
    from ownership_audit.trackers.jira.rest.posts import JiraPosts
    from ownership_audit.trackers.jira.rest.writes import WriteChannel

    credentials = tracker.login.credentials(environment)
    writes = WriteChannel(tracker.api_url, credentials, site.channel.pace)
    return JiraPosts(site, writes, settings.actions.visibility)


def as_bot(settings: Settings, account: str) -> Settings:
    """The settings in which the tool's own account is a bot: what it writes opens, meets and ends nothing."""
    note = replace(settings.person(account), kind="bot")
    return replace(settings, people={**settings.people, account.lower(): note})


def with_fields(settings: Settings, about: Mapping[str, Any]) -> Settings:
    """The settings with ids instead of the names of fields, as the site knows them."""
    names: Mapping[str, str] = about.get("fields") or {}

    def id_of(name: str | None) -> str | None:
        return names.get(name, name) if name is not None else None

    return replace(
        settings,
        owner_field=names.get(settings.owner_field, settings.owner_field),
        reviewer_field=id_of(settings.reviewer_field),
        sprint_field=id_of(settings.sprint_field) or about.get("sprint"),
        development_field=id_of(settings.development_field) or about.get("development"),
    )
