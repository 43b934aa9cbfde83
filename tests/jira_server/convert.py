"""Records in the form of one kind of Jira as the other kind would give them.

``cloud_record`` and ``server_record`` change nothing in what they are given, and give a record that is
in the form already as it is.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from jira_server import adf

Record = dict[str, Any]

_NAMESPACE: Final = uuid.UUID("6f0cbe3e-0ac0-5b0a-9f6f-6a1b4f0f2d55")
_PEOPLE: Final = frozenset(("assignee", "reporter"))
_HIDDEN: Final = frozenset(("name", "key", "emailAddress", "email"))

FIELD_IDS: Final = {
    "Attachment": "attachment",
    "Comment": "comment",
    "Component": "components",
    "Fix Version": "fixVersions",
    "Key": "issuekey",
    "Link": "issuelinks",
    "Parent": "parent",
    "Project": "project",
    "RemoteIssueLink": "issuelinks",
    "Version": "versions",
    "issuetype": "issuetype",
    "assignee": "assignee",
    "description": "description",
    "duedate": "duedate",
    "environment": "environment",
    "labels": "labels",
    "priority": "priority",
    "project": "project",
    "reporter": "reporter",
    "resolution": "resolution",
    "status": "status",
    "summary": "summary",
    "timeestimate": "timeestimate",
    "timeoriginalestimate": "timeoriginalestimate",
    "timespent": "timespent",
}
"""The id of the field by what a changelog item calls it."""


def account_id(name: str, display: str | None = None) -> str:
    """The account that a user's key or name becomes, always the same one.

    A name that is an e-mail address may be shared by many people: the displayed name counts with it.
    """
    told = f"{name} ({display})" if "@" in name and display else name
    return f"712020:{uuid.uuid5(_NAMESPACE, told)}"


def is_user(value: object) -> bool:
    """True for a user object in either form."""
    return isinstance(value, dict) and "displayName" in value and ("active" in value or "accountId" in value)


def cloud_record(record: Record) -> Record:
    """The record as Cloud (v3) gives it: accounts by accountId, bodies as documents, no login names."""
    return _Cloud(record).convert()


class _Cloud:
    """Converts one record; ``names`` knows the people in it, as mentions may call them."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.names: dict[str, tuple[str, str]] = {}
        self.is_cloud = False  # its names are accountIds already
        self._meet(record)

    def _meet(self, value: object) -> None:
        if isinstance(value, list):
            for entry in value:
                self._meet(entry)
        elif isinstance(value, dict):
            if is_user(value):
                display = str(value["displayName"])
                known = (self._id(value), display)
                self.is_cloud = self.is_cloud or "accountId" in value
                for name in (value.get("name"), value.get("key"), value.get("accountId")):
                    if name and "@" not in str(name):
                        self.names[str(name)] = known
            else:
                for entry in value.values():
                    if isinstance(entry, (dict, list)):
                        self._meet(entry)

    def convert(self) -> Record:
        found: Record = self._value(self.record)
        fields: Record = found["fields"]
        for name in ("description", "environment"):
            if isinstance(fields.get(name), str):
                fields[name] = self._document(fields[name]) if fields[name].strip() else None
        comments = fields.get("comment")
        for comment in comments.get("comments", []) if isinstance(comments, dict) else []:
            comment["body"] = self._document(comment.get("body"))
        logs = fields.get("worklog")
        for log in logs.get("worklogs", []) if isinstance(logs, dict) else []:
            if "comment" in log:
                log["comment"] = self._document(log["comment"])
        for entry in found.get("changelog", {}).get("histories", []):
            entry["items"] = [self._item(item) for item in entry.get("items", [])]
        return found

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(entry) for entry in value]
        if isinstance(value, dict):
            if is_user(value):
                return self._user(value)
            return {name: self._value(entry) for name, entry in value.items()}
        if isinstance(value, str) and "/rest/api/2/" in value and value.startswith("http"):
            return value.replace("/rest/api/2/", "/rest/api/3/")
        return value

    @staticmethod
    def _id(user: Record) -> str:
        if user.get("accountId"):
            return str(user["accountId"])
        return account_id(str(user.get("key") or user.get("name")), str(user["displayName"]))

    def _user(self, user: Record) -> Record:
        id_ = self._id(user)
        site = str(user.get("self") or "https://tracker.example/").partition("/rest/")[0]
        found = {
            "self": f"{site}/rest/api/3/user?accountId={id_}",
            "accountId": id_,
            "displayName": user["displayName"],
            "active": user.get("active", True),
            "accountType": user.get("accountType", "atlassian"),
            "timeZone": user.get("timeZone", "Etc/UTC"),
        }
        more = {name: value for name, value in user.items() if name not in found and name not in _HIDDEN}
        return {**found, **more}

    def _document(self, body: object) -> Record:
        return body if isinstance(body, dict) else adf.to_adf(str(body or ""), self._mention)

    def _mention(self, name: str) -> Record:
        id_, display = self.names.get(name) or (self._account_of(name, name), name)
        return {"id": id_, "text": f"@{display}"}

    def _item(self, item: Record) -> Record:
        item = dict(item)
        field = str(item.get("field"))
        if "fieldId" not in item and item.get("fieldtype") != "custom" and field in FIELD_IDS:
            item["fieldId"] = FIELD_IDS[field]
        if field in _PEOPLE:
            for side in ("from", "to"):
                if item.get(side):
                    name, display = str(item[side]), str(item.get(f"{side}String") or "")
                    item[side] = self._account_of(name, display)
        return item

    def _account_of(self, name: str, display: str) -> str:
        if name in self.names:
            return self.names[name][0]
        return name if self.is_cloud else account_id(name, display)


def server_record(record: Record) -> Record:
    """The record as Data Center (v2) gives it: accounts by name and key, bodies as wiki text."""
    found: Record = _server_value(record)
    fields: Record = found["fields"]
    for name in ("description", "environment"):
        if isinstance(fields.get(name), dict):
            fields[name] = adf.to_wiki(fields[name])
    for block, entries, body in (("comment", "comments", "body"), ("worklog", "worklogs", "comment")):
        listed = fields.get(block)
        for entry in listed.get(entries, []) if isinstance(listed, dict) else []:
            if isinstance(entry.get(body), dict):
                entry[body] = adf.to_wiki(entry[body])
            if isinstance(entry.get(body), str):
                entry[body] = entry[body].replace("[~accountid:", "[~")
    return found


def _server_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_server_value(entry) for entry in value]
    if isinstance(value, dict):
        if is_user(value) and "accountId" in value:
            id_ = value["accountId"]
            site = str(value.get("self") or "https://tracker.example/").partition("/rest/")[0]
            return {
                "self": f"{site}/rest/api/2/user?username={id_}",
                "name": id_,
                "key": id_,
                "displayName": value["displayName"],
                "active": value.get("active", True),
                "timeZone": value.get("timeZone"),
            }
        return {name: _server_value(entry) for name, entry in value.items()}
    if isinstance(value, str) and "/rest/api/3/" in value and value.startswith("http"):
        return value.replace("/rest/api/3/", "/rest/api/2/")
    return value
