"""Issues, comments and changes as answers show them, with their limits."""

from __future__ import annotations

from typing import Any, Final

from jira_server.convert import Record
from jira_server.errors import ApiError
from jira_server.fields import Fields
from jira_server.http import Request
from jira_server.issue import Issue, milliseconds
from jira_server.state import State

_EXPANDS: Final = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
IDS: Final = frozenset(("id", "key", "issuekey"))


class Views:
    """What answers are made of."""

    def __init__(self, state: State, fields: Fields) -> None:
        self.state, self.fields, self.options = state, fields, state.options

    def issue(self, issue: Issue, wanted: list[str], expand: list[str], properties: list[str]) -> Record:
        """One issue with the fields wanted."""
        record = issue.record
        found: Record = {"expand": _EXPANDS, "id": str(issue.id), "self": record["self"], "key": issue.key}
        if not wanted or not IDS.issuperset(wanted):
            values = self.fields.select(issue, wanted)
            if "comment" in values:
                values["comment"] = self._inline_comments(issue)
            found["fields"] = values
        if "changelog" in expand:
            found["changelog"] = self._inline_changes(issue)
        if "names" in expand:
            known = {entry["id"]: entry["name"] for entry in self.fields.listed()}
            found["names"] = {name: known.get(name, name) for name in found.get("fields", {})}
        if properties:
            given = issue.properties
            every = "*all" in properties
            found["properties"] = {name: given[name] for name in given if every or name in properties}
        return found

    def _inline_comments(self, issue: Issue) -> Record:
        visible = self.state.visible_comments(issue)
        limit = self.options.inline_comments
        if limit is None:
            limit = 20 if self.state.cloud else len(visible)
        block = {
            "comments": [self.comment(entry) for entry in visible[:limit]],
            "maxResults": min(limit, len(visible)),
            "total": self.comment_total(issue, visible),
            "startAt": 0,
        }
        return {"self": f"{issue.record['self']}/comment", **block} if self.state.cloud else block

    def _inline_changes(self, issue: Issue) -> Record:
        histories = issue.histories
        total = len(histories) + self.options.changelog_total_excess.get(issue.key, 0)
        if self.state.cloud:
            histories = histories[::-1][: self.options.inline_changes]
        return {"startAt": 0, "maxResults": len(histories), "total": total, "histories": histories}

    def comment_total(self, issue: Issue, visible: list[Record]) -> int:
        """How many comments the answer says that there are."""
        return len(visible) + self.options.comment_total_excess.get(issue.key, 0)

    @staticmethod
    def comment(entry: Record, expand: list[str] | None = None) -> Record:
        """One comment; its properties only where they are asked for."""
        shown = {name: value for name, value in entry.items() if name != "properties"}
        if "properties" in (expand or ()):
            shown["properties"] = entry.get("properties", [])
        return shown

    def comments(self, issue: Issue, request: Request) -> Record:
        """A page of an issue's comments."""
        visible = list(self.state.visible_comments(issue))
        order = request.text("orderBy", "created")
        if order.lstrip("+-") != "created":
            raise ApiError(400, f"The field '{order}' can't be ordered by.")
        visible.sort(key=lambda entry: (milliseconds(entry["created"]), int(entry["id"])))
        if order.startswith("-"):
            visible.reverse()
        start, size = paging(request, 100 if self.state.cloud else 1_000_000, self.options.comment_page)
        expand = request.words("expand")
        return {
            "startAt": start,
            "maxResults": size,
            "total": self.comment_total(issue, visible),
            "comments": [self.comment(entry, expand) for entry in visible[start : start + size]],
        }

    def page(self, request: Request, values: list[Any], default: int, most: int) -> Record:
        """A page of anything, in the form with ``values`` and ``isLast``."""
        start, size = paging(request, default, most)
        return {
            "self": f"{self.state.site()}{request.path}",
            "maxResults": size,
            "startAt": start,
            "total": len(values),
            "isLast": start + size >= len(values),
            "values": values[start : start + size],
        }


def paging(request: Request, default: int, most: int) -> tuple[int, int]:
    """``startAt`` and the size of the page: what is asked for, down to the most that is given."""
    return request.number("startAt", 0), min(request.number("maxResults", default), most)
