"""The issues a server holds, and who and what is in them; what happens to them from outside the API."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from jira_server.convert import Record
from jira_server.errors import ApiError, no_issue
from jira_server.issue import Issue, jira_time
from jira_server.options import Options


class State:
    """All that a server knows. Whoever reads or changes it holds ``lock``."""

    def __init__(self, records: Iterable[Record | Issue], options: Options, *, cloud: bool) -> None:
        self.sorted: dict[object, list[Issue]] | None = None
        """Issues by their order, where nothing can change it: then a page needs no new search."""
        self.options, self.cloud = options, cloud
        self.lock = threading.RLock()
        self.by_id: dict[int, Issue] = {}
        self.by_key: dict[str, int] = {}
        self.hidden_comments: set[str] = set()
        self.last_id = 9_000_000
        self.made_fields: dict[str, str] = {}
        """Names by id of fields that no record has, as of the flag before anything is flagged."""
        self._people: dict[str, Record] = {}
        for record in records:
            if isinstance(record, Issue):
                self.sorted = {}
                self.by_id[record.id], self.by_key[record.key.upper()] = record, record.id
            else:
                self.put(record)

    # -- the clock and new ids

    def now(self) -> datetime:
        """The server's time."""
        told = self.options.now
        start = datetime.fromisoformat(told) if told else datetime.now(UTC)
        if start.tzinfo is None:
            start = start.replace(tzinfo=UTC)
        return start.astimezone(UTC) + timedelta(seconds=self.options.clock_offset)

    def new_id(self) -> str:
        """An id that nothing has."""
        self.last_id += 1
        return str(self.last_id)

    # -- issues

    def issues(self) -> list[Issue]:
        """The issues that the account may see."""
        return [issue for issue in self.by_id.values() if not issue.hidden]

    def find(self, id_or_key: str) -> Issue | None:
        """The issue of an id, a key, or a key that it had once, if the account may see it."""
        id_ = int(id_or_key) if id_or_key.isdecimal() else self.by_key.get(id_or_key.upper())
        issue = self.by_id.get(id_) if id_ is not None else None
        return issue if issue is not None and not issue.hidden else None

    def get(self, id_or_key: str) -> Issue:
        """The issue, or Jira's 404."""
        issue = self.find(id_or_key)
        if issue is None:
            raise no_issue()
        return issue

    def any(self, id_or_key: str) -> Issue:
        """The issue even if it is hidden; for the control endpoint."""
        id_ = int(id_or_key) if id_or_key.isdecimal() else self.by_key[id_or_key.upper()]
        return self.by_id[id_]

    def visible_comments(self, issue: Issue) -> list[Record]:
        """The comments that the account may see: Jira leaves out the others without a word."""
        return [entry for entry in issue.comments if str(entry["id"]) not in self.hidden_comments]

    # -- what happens from outside

    def put(self, record: Record) -> None:
        """Add an issue, or replace the one with its id."""
        issue = Issue(record, cloud=self.cloud)
        old = self.by_id.get(issue.id)
        if old is not None:
            issue.properties, issue.hidden = old.properties, old.hidden
        self.by_id[issue.id] = issue
        self.by_key[issue.key.upper()] = issue.id
        self._people.clear()

    def delete(self, key: str) -> None:
        """Take an issue away with all keys it ever had."""
        id_ = self.any(key).id
        del self.by_id[id_]
        self.by_key = {key: other for key, other in self.by_key.items() if other != id_}

    def hide(self, key: str, *, hidden: bool = True) -> None:
        """Take from the account the right to see an issue, or give it back."""
        self.any(key).hidden = hidden

    def hide_comment(self, id_: str, *, hidden: bool = True) -> None:
        """Take from the account the right to see a comment, or give it back."""
        (self.hidden_comments.add if hidden else self.hidden_comments.discard)(id_)

    def move(self, key: str, new_key: str) -> None:
        """Give an issue a new key in another project or the same; the old key still finds it."""
        issue = self.any(key)
        old_key, old_project = issue.key, issue.project
        record, project = issue.record, new_key.rpartition("-")[0]
        known = next((other for other in self.by_id.values() if other.project == project), None)
        record["key"] = new_key
        self.by_key[new_key.upper()] = issue.id
        items = [{"field": "Key", "fromString": old_key, "toString": new_key, "from": None, "to": None}]
        if project != old_project:
            old = record["fields"].get("project") or {}
            new = dict(known.fields.get("project") or {}) if known else {"id": self.new_id(), "key": project}
            record["fields"]["project"] = {**new, "key": project}
            items.insert(
                0,
                {
                    "field": "project",
                    "from": old.get("id"),
                    "fromString": old.get("name"),
                    "to": new.get("id"),
                    "toString": new.get("name", project),
                },
            )
        self.changed(issue, [{"fieldtype": "jira", **item} for item in items])

    def changed(self, issue: Issue, items: list[Record]) -> None:
        """Note a change of the issue by the account, with an entry of the changelog for its items."""
        now = jira_time(self.now())
        if items:
            entry = {"id": self.new_id(), "author": self.account(), "created": now, "items": items}
            log = issue.record["changelog"]
            log["histories"].append(entry)
            for count in ("total", "maxResults"):
                if count in log:
                    log[count] = len(log["histories"])
        issue.record["fields"]["updated"] = now

    # -- people and projects

    def account(self) -> Record:
        """The user object of the account that the credentials belong to."""
        options = self.options
        common = {
            "displayName": options.account_display,
            "active": True,
            "timeZone": options.time_zone,
        }
        if self.cloud:
            return {
                "self": f"{self.site()}/rest/api/3/user?accountId={options.account_id}",
                "accountId": options.account_id,
                "accountType": options.account_type,
                **common,
            }
        name = options.account_name
        return {
            "self": f"{self.site()}/rest/api/2/user?username={name}",
            "name": name,
            "key": f"JIRAUSER{len(name)}",
            "emailAddress": options.email,
            **common,
        }

    def site(self) -> str:
        """The address that the site gives as its own."""
        return (self.options.base_url or "http://127.0.0.1").rstrip("/")

    def people(self) -> dict[str, Record]:
        """All users of all issues, and the account, by accountId, or by name and key."""
        if not self._people:
            for issue in self.by_id.values():
                for user in issue.users():
                    self._meet(user)
        self._meet(self.account())
        return self._people

    def _meet(self, user: Record) -> None:
        for name in ("accountId",) if self.cloud else ("key", "name"):
            if user.get(name):
                self._people[str(user[name])] = user

    def projects(self) -> dict[str, Record]:
        """The projects in which the account sees issues, by key, with lead and type."""
        found: dict[str, Record] = {}
        owners: dict[str, Counter[str]] = {}
        for issue in self.issues():
            project = issue.fields.get("project") or {}
            known = found.setdefault(issue.project, {"id": str(10_000 + len(found)), "name": issue.project})
            known.update(
                {name: project[name] for name in ("id", "name", "projectTypeKey") if name in project}
            )
            owner = issue.record["fields"].get("assignee")
            if owner:
                owners.setdefault(issue.project, Counter())[str(owner.get("accountId") or owner["name"])] += 1
        for key, known in found.items():
            lead = self.options.project_leads.get(key)
            if lead is None and key in owners:
                lead = min(owners[key].items(), key=lambda pair: (-pair[1], pair[0]))[0]
            known["key"] = key
            known["projectTypeKey"] = self.project_type(key, known.get("projectTypeKey"))
            known["lead"] = self.people().get(lead or "")
        return found

    def project_type(self, key: str, told: object = None) -> str:
        """``software``, ``service_desk`` or ``business``: as set, as the records tell, or software."""
        if key in self.options.project_types:
            return self.options.project_types[key]
        if told is None:
            told = next(
                (
                    (issue.fields.get("project") or {}).get("projectTypeKey")
                    for issue in self.by_id.values()
                    if issue.project == key
                ),
                None,
            )
        return str(told or "software")

    def find_comment(self, id_: str) -> tuple[Issue, Record]:
        """A visible comment by its id, with its issue."""
        if re.fullmatch(r"\d+", id_):
            for issue in self.issues():
                for entry in self.visible_comments(issue):
                    if str(entry["id"]) == id_:
                        return issue, entry
        raise ApiError(404, f"Can not find a comment for the id: {id_}.")
