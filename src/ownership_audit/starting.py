"""A first configuration: what a site tells of itself, and the commented file that is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from ownership_audit.config import Settings
from ownership_audit.plain import plain
from ownership_audit.sites import open_site
from ownership_audit.trackers.configure import TrackerSettings
from ownership_audit.trackers.jira.rest.access import CLOUD, Login, check_address

if TYPE_CHECKING:
    from ownership_audit.trackers.jira.rest.pace import Clock


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a site; what is None or empty is left for people to fill in."""

    name: str
    url: str
    projects: tuple[str, ...] = ()
    deployment: str | None = None
    zone: str | None = None
    known_projects: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    leads: Mapping[str, str] | None = None

    def with_projects(self, projects: tuple[str, ...]) -> Found:
        """The same with these projects chosen."""
        return replace(self, projects=projects)


def look_around(
    name: str, url: str, projects: tuple[str, ...], environment: Mapping[str, str], clock: Clock
) -> Found:
    """Ask a site what it is. Raises ConfigError, TrackerError or RefusedError."""
    from ownership_audit.trackers.jira.rest.pace import Policy

    address = check_address(url, "the address")
    login = Login("the environment")
    tracker = TrackerSettings(name, "the command line", address, address, login, projects=projects)
    site = open_site(tracker, Settings(), environment, clock, Policy.for_somebody_who_waits())
    told = site.about()["projects"]
    zone = str(site.me.get("timeZone"))
    return Found(
        name,
        address,
        projects,
        deployment=site.deployment,
        zone=zone if zone in available_timezones() else None,
        known_projects=tuple(sorted(told)),
        support=tuple(sorted(key for key, p in told.items() if p.get("projectTypeKey") == "service_desk")),
        leads={
            key: plain(str(p["lead"].get("displayName")))
            for key, p in told.items()
            if isinstance(p.get("lead"), dict)
        },
    )


def render(found: Found, today: date) -> str:
    """The configuration file, with comments on what can be changed."""
    projects = f"[{', '.join(found.projects)}]" if found.projects else "[]   # empty: all it may see"
    login = (
        "    user-env: JIRA_EMAIL      # the variable with the account's e-mail\n"
        "    token-env: JIRA_TOKEN     # the variable with its API token; never write the token here"
        if found.deployment == CLOUD
        else "    token-env: JIRA_TOKEN     # the variable with the access token; never write it here"
    )
    told = f"deployment: {found.deployment}"
    deployment = (
        told if found.deployment else "# deployment: cloud        # or data-center; else the site is asked"
    )
    lines = [
        f"# Settings of ownership-audit, begun on {today}. All keys: docs/configuration.md",
        "trackers:",
        f"  {found.name}:",
        "    type: jira",
        f"    url: {found.url}",
        f"    {deployment}",
        login,
        f"    projects: {projects}",
        "    # jql: labels not in (archived)     # narrows what is read",
        "",
        "# Working time: nothing is due at night, at weekends or on holidays.",
        "calendar:",
        f"  zone: {found.zone or 'UTC'}",
        '  hours: {mon-fri: "09:00-17:00"}',
        "  # country: DE              # public holidays by country code",
        "",
        "# Projects with settings of their own: support desks owe the first sign sooner.",
        *_projects(found),
        "",
        "# People by account id, user name or display name.",
        "# people:",
        "#   Build Bot: {bot: true}",
        "#   Ann Lee: {absent: 2026-12-21 to 2027-01-02}",
        "",
        "# Rules can be tuned or switched off.",
        "# rules:",
        "#   unowned: {off: true}",
        "#   silent-in-progress: {severity: info}",
        "",
    ]
    return "\n".join(lines)


def _projects(found: Found) -> list[str]:
    keys = found.projects or found.known_projects
    lines = []
    for key in keys[:30]:
        lead = json.dumps((found.leads or {}).get(key, "Ann Lee"), ensure_ascii=False)
        lines.append(
            f"  {key}: {{support: true}}" if key in found.support else f"  # {key}: {{lead: {lead}}}"
        )
    has_settings = any(not line.lstrip().startswith("#") for line in lines)
    return [("projects:" if has_settings else "# projects:"), *(lines or ["#   SUP: {support: true}"])]
