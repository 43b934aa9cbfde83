"""The tool's comments, labels, flag and property on Jira issues. Each comment carries its mark as a property.

Every comment is internal, so that customers never read it: also where its issue is moved to a service desk.
Where the kind of a project can't be told, nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from ownership_audit.document import Document
from ownership_audit.errors import TrackerError, WriteError
from ownership_audit.trackers.jira.rest.access import CLOUD
from ownership_audit.trackers.jira.rest.channel import ForbiddenError, NotThereError
from ownership_audit.trackers.jira.rest.client import JiraSite
from ownership_audit.trackers.jira.rest.search import moment_of
from ownership_audit.trackers.jira.rest.writes import NotThereWriteError, WriteChannel
from ownership_audit.trackers.jira.values import as_list, mapping, mappings
from ownership_audit.trackers.jira.writing import to_adf, to_wiki
from ownership_audit.trackers.marker import KEY, Marker
from ownership_audit.trackers.posts import Posted, Standing, note_digest

_PAGE: Final = 100
_KINDS: Final = ("service_desk", "software", "business", "product_discovery")
_NEEDED: Final = "ADD_COMMENTS"
_INTERNAL: Final = {"key": "sd.public.comment", "value": {"internal": True}}
_UNSEEN: Final = (NotThereError, ForbiddenError)


class JiraPosts:
    """What the tool's account holds on a site's issues; see Posts.

    ``visibility`` restricts comments by project: to a ``role`` or a ``group`` by its name.
    """

    def __init__(
        self, site: JiraSite, writes: WriteChannel, visibility: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        self._site = site
        self._writes = writes
        self._visibility = visibility or {}
        self._kinds: dict[str, str | None] = {}
        self._allowed: dict[str, bool] = {}
        self._readers: dict[str, object] = {}
        self.spoke = False

    # -- reading -------------------------------------------------------------------------------------------

    def standing(self, key: str) -> Standing:
        """See Posts."""
        site = self._site
        flag = site.fields.flagged
        wanted = ",".join(filter(None, ("updated", "labels", "project", "security", "comment", flag)))
        try:
            issue = mapping(site.channel.get(f"{site.api}/issue/{key}", fields=wanted, properties=KEY))
            fields = mapping(issue.get("fields"))
            comments = self._comments(key) if self._may_hold_mine(fields.get("comment")) else []
        except _UNSEEN:
            return Standing(writable="the issue is gone, or the account may not see it", restricted=True)
        self.spoke = self.spoke or bool(comments)
        return Standing(
            comments=tuple(comments),
            labels=frozenset(map(str, as_list(fields.get("labels")))),
            flagged=bool(flag and fields.get(flag)),
            note=note_digest(mapping(issue.get("properties")).get(KEY)),
            writable=self._reason_not_to_write(mapping(fields.get("project"))),
            restricted=bool(fields.get("security")),
            version=_version(fields),
        )

    def version(self, key: str) -> str | None:
        """See Posts."""
        try:
            found = self._site.channel.get(f"{self._site.api}/issue/{key}", fields="updated,project")
        except _UNSEEN:
            return "gone"
        return _version(mapping(mapping(found).get("fields")))

    def _may_hold_mine(self, block: object) -> bool:
        """Whether a comment of the account may be there, by what an issue shows of its comments."""
        told = mapping(block)
        shown, total = mappings(told.get("comments")), told.get("total")
        return not isinstance(total, int) or total > len(shown) or any(map(self._is_mine, shown))

    def _comments(self, key: str) -> list[Posted]:
        """The tool's comments on an issue, with their marks."""
        site = self._site
        path = f"{site.api}/issue/{key}/comment"
        found: list[Posted] = []
        start, total = 0, 1
        while start < total:
            query = {"startAt": start, "maxResults": _PAGE, "orderBy": "created", "expand": "properties"}
            page = mapping(site.channel.get(path, **query))
            entries = mappings(page.get("comments"))
            for entry in filter(self._is_mine, entries):
                marker = Marker.read(self._property(entry))
                if marker is not None:
                    id_ = str(entry.get("id"))
                    found.append(Posted(id_, moment_of(entry.get("created")), marker))
                    self._readers[id_] = entry.get("visibility")
            start += len(entries)
            count = page.get("total")
            total = count if isinstance(count, int) and entries else 0
        return sorted(found, key=lambda posted: (posted.created, len(posted.id), posted.id))

    def _is_mine(self, comment: Mapping[str, Any]) -> bool:
        author, me = mapping(comment.get("author")), self._site.me
        return any(
            author.get(name) and author.get(name) == me.get(name) for name in ("accountId", "key", "name")
        )

    def _property(self, comment: Mapping[str, Any]) -> object:
        """The mark of a comment; asked for where the list of comments does not hold it."""
        properties = comment.get("properties")
        if isinstance(properties, list):
            return next((p.get("value") for p in mappings(properties) if p.get("key") == KEY), None)
        try:
            path = f"{self._site.api}/comment/{comment.get('id')}/properties/{KEY}"
            return mapping(self._site.channel.get(path)).get("value")
        except NotThereError:
            return None

    def read_property(self, key: str, name: str) -> object:
        """See Posts."""
        try:
            found = self._site.channel.get(f"{self._site.api}/issue/{key}/properties/{name}")
        except NotThereError:
            return None
        return mapping(found).get("value")

    def _reason_not_to_write(self, project: Mapping[str, Any]) -> str | None:
        key = str(project.get("key") or "")
        if self._kind(key, project) is None:
            return f"the kind of project {key or '?'} can't be told, so customers might read a comment"
        if not self._may_comment(key):
            return f"the account may not comment in {key}; see ownership-audit doctor"
        return None

    def _kind(self, key: str, project: Mapping[str, Any]) -> str | None:
        if key not in self._kinds:
            kind = project.get("projectTypeKey")
            if kind not in _KINDS:
                try:
                    told = self._site.channel.get(f"{self._site.api}/project/{key}")
                    kind = mapping(told).get("projectTypeKey")
                except (TrackerError, *_UNSEEN):
                    kind = None
            self._kinds[key] = kind if kind in _KINDS else None
        return self._kinds[key]

    def _may_comment(self, key: str) -> bool:
        if key not in self._allowed:
            query = {"permissions": _NEEDED, "projectKey": key}
            try:
                answer = mapping(self._site.channel.get(f"{self._site.api}/mypermissions", **query))
            except _UNSEEN:
                answer = {}
            permission = mapping(mapping(answer.get("permissions")).get(_NEEDED))
            self._allowed[key] = bool(permission.get("havePermission"))
        return self._allowed[key]

    # -- writing -------------------------------------------------------------------------------------------

    def comment(self, key: str, document: Document, marker: Marker) -> str:
        """See Posts."""
        path = f"{self._site.api}/issue/{key}/comment"
        self.spoke = True
        answer = self._writes.send("POST", path, self._body(key, document, marker))
        return str(mapping(answer).get("id") or "")

    def edit(self, key: str, comment: str, document: Document, marker: Marker) -> None:
        """See Posts."""
        path = f"{self._site.api}/issue/{key}/comment/{comment}"
        body = self._body(key, document, marker)
        readers = mapping(self._readers.get(comment))
        if readers and "visibility" not in body:  # left out, the comment would be everybody's from now on
            body["visibility"] = {
                name: readers[name] for name in ("type", "value", "identifier") if readers.get(name)
            }
        self._writes.send("PUT", path, body)

    def delete(self, key: str, comment: str) -> None:
        """See Posts."""
        with suppress(NotThereWriteError):
            self._writes.send("DELETE", f"{self._site.api}/issue/{key}/comment/{comment}")

    def change_labels(self, key: str, add: Sequence[str], remove: Sequence[str]) -> None:
        """See Posts."""
        changes = [{"add": label} for label in add] + [{"remove": label} for label in remove]
        self._writes.send("PUT", f"{self._site.api}/issue/{key}", {"update": {"labels": changes}})

    def set_flag(self, key: str, *, flagged: bool) -> None:
        """See Posts."""
        field = self._site.fields.flagged
        if field is None:
            raise WriteError(f"{key}: the site has no flag; take it out of the configuration")
        value = [{"value": "Impediment"}] if flagged else None
        self._writes.send("PUT", f"{self._site.api}/issue/{key}", {"fields": {field: value}})

    def set_note(self, key: str, value: object) -> None:
        """See Posts."""
        self.set_property(key, KEY, value)

    def set_property(self, key: str, name: str, value: object) -> None:
        """See Posts."""
        path = f"{self._site.api}/issue/{key}/properties/{name}"
        if value is not None:
            self._writes.send("PUT", path, value)
            return
        with suppress(NotThereWriteError):
            self._writes.send("DELETE", path)

    def _body(self, key: str, document: Document, marker: Marker) -> dict[str, Any]:
        project = key.rpartition("-")[0]
        if self._kind(project, {}) is None:
            raise WriteError(f"{key}: the kind of its project can't be told; nothing was written")
        body: dict[str, Any] = {
            "body": to_adf(document) if self._site.deployment == CLOUD else to_wiki(document),
            "properties": [{"key": KEY, "value": marker.as_json()}, _INTERNAL],
        }
        restricted = self._visibility.get(project)
        if restricted is not None:
            body["visibility"] = {"type": restricted[0], "value": restricted[1]}
        return body


def _version(fields: Mapping[str, Any]) -> str:
    """What is another after any change of the issue, its comments and its place."""
    return f"{mapping(fields.get('project')).get('key')} {fields.get('updated')}"
