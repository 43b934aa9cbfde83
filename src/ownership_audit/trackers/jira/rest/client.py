"""A Jira site as a tracker: Cloud's and Data Center's ways to search, and what both have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from ownership_audit.errors import TrackerError
from ownership_audit.trackers.interface import Fetched, Known, Mirrored
from ownership_audit.trackers.jira.rest.access import CLOUD, DATA_CENTER
from ownership_audit.trackers.jira.rest.channel import Channel, NotThereError
from ownership_audit.trackers.jira.rest.complete import Completion
from ownership_audit.trackers.jira.rest.fields import Fields, discover, name_custom_fields
from ownership_audit.trackers.jira.rest.search import FIRST, Record, Walk, updated
from ownership_audit.trackers.jira.values import as_list, mapping, mappings, text_or_none

_PAGE: Final = 100  # issues with all their fields
_IDS: Final = {CLOUD: 5000, DATA_CENTER: 1000}
_PROJECTS: Final = 50


@dataclass(frozen=True, slots=True)
class Scope:
    """Which issues of a site to read; without projects and JQL all that the account may see.

    ``fields`` are ids or names of further fields that settings speak of, ``place`` where they are written.
    """

    place: str
    projects: tuple[str, ...] = ()
    jql: str | None = None
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = []
        if self.projects:
            parts.append(f"project in ({', '.join(map(_quoted, self.projects))})")
        if self.jql:
            parts.append(f"({self.jql})" if self.projects else self.jql)
        return " AND ".join(parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class JiraSite:
    """One site, read through a channel. ``url`` is the address that people use, for links.

    ``deployment`` is one of DEPLOYMENTS; None asks the site. Methods may raise TrackerError or RefusedError.
    """

    def __init__(self, url: str, channel: Channel, scope: Scope, deployment: str | None = None) -> None:
        self.identity = url
        self.where = scope
        self.channel = channel
        if deployment is not None:
            self.deployment = deployment

    @property
    def scope(self) -> str:
        """The JQL of what is read."""
        return str(self.where)

    @cached_property
    def server(self) -> Mapping[str, Any]:
        """What the site says of itself."""
        return mapping(self.channel.get("/rest/api/2/serverInfo"))

    @cached_property
    def deployment(self) -> str:
        """Cloud or Data Center (and Server, which speaks as that does)."""
        return CLOUD if self.server.get("deploymentType") == "Cloud" else DATA_CENTER

    @cached_property
    def api(self) -> str:
        """The path in front of everything."""
        return "/rest/api/3" if self.deployment == CLOUD else "/rest/api/2"

    @cached_property
    def me(self) -> Mapping[str, Any]:
        """The account."""
        return mapping(self.channel.get(f"{self.api}/myself"))

    @cached_property
    def fields(self) -> Fields:
        """The site's fields; raises ConfigError for a configured one that it does not have."""
        return discover(self.channel.get(f"{self.api}/field"), self.where.fields, self.where.place)

    # -- the tracker's interface ---------------------------------------------------------------------------

    def changed(self, since: datetime | None, mirrored: Mirrored) -> Iterator[Sequence[Fetched]]:
        """See Tracker."""
        for issues in self._walk().since(since or FIRST):
            held = mirrored.known([str(issue.get("id")) for issue in issues])
            yield self._whole([issue for issue in issues if not _is_held(issue, held)])

    def by_id(self, ids: Sequence[str]) -> Iterator[Sequence[Fetched]]:
        """See Tracker."""
        for start in range(0, len(ids), _PAGE):
            part = list(ids[start : start + _PAGE])
            if self.deployment == CLOUD:
                body: dict[str, object] = {
                    "issueIdsOrKeys": part,
                    "fields": list(self.fields.wanted),
                    "expand": ["changelog"],
                }
                found = self.channel.read_by_post(f"{self.api}/issue/bulkfetch", body)
                yield self._whole(_issues(found))
            else:
                yield from map(self._whole, self._searched(part))

    def _searched(self, ids: list[str]) -> Iterator[list[Record]]:
        """These issues from Data Center, which may give fewer at a time than it is asked for."""
        while ids:
            body = {
                "jql": f"id in ({', '.join(ids)})",
                "fields": list(self.fields.wanted),
                "expand": ["changelog"],
                "maxResults": _PAGE,
                "validateQuery": False,  # else one id that is gone would cost all others
            }
            page = mapping(self.channel.read_by_post(f"{self.api}/search", body))
            issues, total = _issues(page), page.get("total")
            if issues:
                yield issues
            there = {str(issue.get("id")) for issue in issues}
            left = [id_ for id_ in ids if id_ not in there]
            is_all = not isinstance(total, int) or total <= len(issues)
            ids = [] if is_all or len(left) == len(ids) else left

    def size(self) -> int | None:
        """See Tracker: Cloud knows it roughly."""
        if self.deployment == CLOUD:
            body = {"jql": self.scope or 'updated >= "1970/01/01"'}
            count = mapping(self.channel.read_by_post(f"{self.api}/search/approximate-count", body)).get(
                "count"
            )
        else:
            query: dict[str, object] = {"jql": self.scope, "maxResults": 0}
            count = mapping(self.channel.read_by_post(f"{self.api}/search", query)).get("total")
        return count if isinstance(count, int) else None

    def ids(self) -> Iterator[Sequence[str]]:
        """See Tracker."""
        # Cloud gives big pages of ids alone; by number a walk needs the times of change to go on safely.
        fields = ("id",) if self.deployment == CLOUD else ("updated",)
        search = _Search(self, fields, _IDS[self.deployment], changes=False)
        walk = Walk(search, self.scope, self._zone, by_number=self.deployment != CLOUD)
        for issues in walk.since(FIRST):
            yield [str(issue.get("id")) for issue in issues]

    def about(self) -> Mapping[str, Any]:
        """See Tracker: ``projects`` by key with lead and type, ``fields`` the ids by custom name."""
        return {
            "projects": {str(project.get("key")): _project(project) for project in self._projects()},
            "fields": dict(self.fields.names),
            "sprint": self.fields.sprint,
            "development": self.fields.development,
        }

    # -- how -----------------------------------------------------------------------------------------------

    @property
    def _zone(self) -> str | None:
        return text_or_none(self.me.get("timeZone"))

    def _walk(self) -> Walk:
        search = _Search(self, self.fields.wanted, _PAGE, changes=True)
        return Walk(search, self.scope, self._zone, by_number=self.deployment != CLOUD)

    def _whole(self, records: Sequence[Record]) -> Sequence[Fetched]:
        missing = self._completion.complete(records) if records else {}
        found = []
        for record in records:
            id_, key = str(record.get("id") or ""), record.get("key")
            if not id_ or not isinstance(key, str):
                raise TrackerError(
                    f"{self.identity}: an issue without id or key came from the search; run again"
                )
            if self.deployment != CLOUD:
                name_custom_fields(record, self.fields.names)
            record["self"] = f"{self.identity}{self.api}/issue/{id_}"
            known = _known(record)
            found.append(
                Fetched(id_, key, known.updated, record, missing.get(id_), known.changes, known.comments)
            )
        return found

    @cached_property
    def _completion(self) -> Completion:
        return Completion(self.channel, self.api, bulk=self.deployment == CLOUD)

    def _projects(self) -> Iterator[Mapping[str, Any]]:
        wanted = self.where.projects
        if wanted:
            for key in wanted:
                try:
                    yield mapping(self.channel.get(f"{self.api}/project/{key}", expand="lead"))
                except NotThereError:
                    continue
        elif self.deployment != CLOUD:
            yield from mappings(self.channel.get(f"{self.api}/project", expand="lead"))
        else:
            start, is_last = 0, False
            while not is_last:
                page = mapping(
                    self.channel.get(
                        f"{self.api}/project/search", expand="lead", startAt=start, maxResults=_PROJECTS
                    )
                )
                values = mappings(page.get("values"))
                yield from values
                start += len(values)
                is_last = bool(page.get("isLast", True)) or not values


class _Search:
    """One kind of search on a site, page by page."""

    def __init__(self, site: JiraSite, fields: Sequence[str], size: int, *, changes: bool) -> None:
        self._site = site
        self._body: dict[str, object] = {"fields": list(fields), "maxResults": size}
        if changes:
            self._body["expand"] = "changelog" if site.deployment == CLOUD else ["changelog"]

    def page(self, jql: str, cursor: object) -> tuple[Sequence[Record], object]:
        """See Results; a cursor is a page token on Cloud, the number of the first issue on Data Center."""
        read, api = self._site.channel.read_by_post, self._site.api
        body = {"jql": jql, **self._body}
        if self._site.deployment == CLOUD:
            if cursor is not None:
                body["nextPageToken"] = cursor
            page = mapping(read(f"{api}/search/jql", body))
            token = page.get("nextPageToken")
            issues = _issues(page)
            return issues, None if page.get("isLast") or not token else token
        start = cursor if isinstance(cursor, int) else 0
        page = mapping(read(f"{api}/search", {**body, "startAt": start}))
        issues = _issues(page)
        following, total = start + len(issues), page.get("total")
        is_last = not issues or (isinstance(total, int) and following >= total)
        return issues, None if is_last else following


def _issues(page: object) -> list[Record]:
    """The issues of a page."""
    return [issue for issue in as_list(mapping(page).get("issues")) if isinstance(issue, dict)]


def _is_held(issue: Record, held: Mapping[str, Known]) -> bool:
    """Whether the mirror has the issue as it is: changed then, with as many changes and comments."""
    return held.get(str(issue.get("id"))) == _known(issue)


def _known(issue: Record) -> Known:
    return Known(
        updated(issue),
        _total(issue.get("changelog"), "histories"),
        _total(mapping(issue.get("fields")).get("comment"), "comments"),
    )


def _total(block: object, entries: str) -> int:
    """How many changes or comments there are, by what a record's block says of itself."""
    found = mapping(block)
    total = found.get("total")
    held = len(as_list(found.get(entries)))
    return max(total, held) if isinstance(total, int) else held


def _project(project: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: project[name] for name in ("lead", "projectTypeKey") if project.get(name)}
