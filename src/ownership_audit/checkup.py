"""What must be right between this tool and a site, checked one by one, each with what to do if it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ownership_audit.config import Settings
from ownership_audit.errors import AuditError, RefusedError
from ownership_audit.sites import mirror_path
from ownership_audit.trackers.configure import TrackerSettings
from ownership_audit.trackers.jira.rest.access import CLOUD
from ownership_audit.trackers.jira.rest.client import JiraSite

FOR_AUDIT: Final = ("BROWSE_PROJECTS",)
FOR_APPLY: Final = ("ADD_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS", "EDIT_ISSUES")
"""Jira's permissions, by the keys that both kinds of site give them."""

_MOST_APART: Final = 60  # seconds


@dataclass(frozen=True, slots=True)
class Check:
    """One thing checked: what, what was found, and what to do where it is not well."""

    what: str
    found: str
    is_well: bool = True
    advice: str | None = None


def checkup(site: JiraSite, tracker: TrackerSettings, settings: Settings, now: datetime) -> Iterator[Check]:
    """Every check in order; when the account is not let in, the rest is left out."""
    checks: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("connection", lambda: _connection(site)),
        ("account", lambda: _account(site)),
        ("permissions to audit", lambda: _permissions(site, FOR_AUDIT, "permissions to audit")),
        ("permissions to apply", lambda: _permissions(site, FOR_APPLY, "permissions to apply")),
        ("fields", lambda: _fields(site)),
        ("issues", lambda: _issues(site)),
        ("clock", lambda: _clock(site, now)),
        ("time zone", lambda: _zone(site, settings)),
        ("limits", lambda: _limits(site)),
        ("mirror", lambda: Check("mirror", str(mirror_path(tracker)))),
    )
    for what, check in checks:
        try:
            yield check()
        except AuditError as problem:
            found, _, advice = str(problem).partition("; ")
            yield Check(what, found, is_well=False, advice=advice or None)
            if what in ("connection", "account") or (isinstance(problem, RefusedError) and what == "fields"):
                return


def _connection(site: JiraSite) -> Check:
    info = site.server
    kind = "Cloud" if site.deployment == CLOUD else "Data Center"
    return Check("connection", f"{site.identity}, {kind} {info.get('version', '')}".strip())


def _account(site: JiraSite) -> Check:
    name = str(site.me.get("displayName") or site.me.get("name") or "?")
    if site.me.get("active") is False:
        return Check("account", f"{name} is not active", is_well=False, advice="Activate it, or use another.")
    return Check("account", name)


def _permissions(site: JiraSite, wanted: tuple[str, ...], what: str) -> Check:
    projects: tuple[str | None, ...] = site.where.projects or (None,)
    lacking = []
    for project in projects:
        query = {"permissions": ",".join(wanted), "projectKey": project}
        answer: Any = site.channel.get(f"{site.api}/mypermissions", **query).get("permissions")
        found: Mapping[str, Any] = answer if isinstance(answer, dict) else {}
        no = [name for name in wanted if not (found.get(name) or {}).get("havePermission")]
        if no:
            lacking.append(f"{', '.join(no)}{f' in {project}' if project else ''}")
    if not lacking:
        return Check(what, "all there")
    advice = "Ask an administrator to give them to the account, in each project's permission scheme."
    if wanted is FOR_APPLY:
        return Check(what, f"lacking: {'; '.join(lacking)}", advice=f"Only for comments. {advice}")
    return Check(what, f"lacking: {'; '.join(lacking)}", is_well=False, advice=advice)


def _fields(site: JiraSite) -> Check:
    fields = site.fields
    named = {"sprint": fields.sprint, "flag": fields.flagged, "development panel": fields.development}
    found = ", ".join(f"{name} {id_}" if id_ else f"no {name}" for name, id_ in named.items())
    own = [name for name in site.where.fields if name in fields.names]
    return Check("fields", found + "".join(f", {name} {fields.names[name]}" for name in own))


def _issues(site: JiraSite) -> Check:
    count = site.size()
    if not count:
        advice = "Check the projects and the JQL, and that the account may browse them."
        return Check("issues", "none found", is_well=False, advice=advice)
    return Check("issues", f"about {count}")


def _clock(site: JiraSite, now: datetime) -> Check:
    date = site.channel.head(f"{site.api}/serverInfo").get("Date")
    if not date:
        return Check("clock", "the site does not tell the time")
    apart = (parsedate_to_datetime(date) - now).total_seconds()
    if abs(apart) > _MOST_APART:
        advice = "Set the clock of this machine; due times would be off by as much."
        return Check("clock", f"{apart:+.0f} s from here", is_well=False, advice=advice)
    return Check("clock", f"{apart:+.0f} s from here")


def _zone(site: JiraSite, settings: Settings) -> Check:
    name = site.me.get("timeZone")
    if not name:
        return Check(
            "time zone", "the account has none", advice="Give it one: searches begin a day earlier without."
        )
    try:
        ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Check("time zone", f"{name!r} is unknown", is_well=False, advice="Install the package tzdata.")
    return Check("time zone", f"{name}; working hours in {settings.calendar.zone}")


def _limits(site: JiraSite) -> Check:
    headers = site.channel.head(f"{site.api}/serverInfo")
    names = ("X-RateLimit-Remaining", "X-RateLimit-Limit", "RateLimit-Reason")
    found = [f"{name} {headers[name]}" for name in names if name in headers]
    return Check("limits", ", ".join(found) or "the site tells none")
