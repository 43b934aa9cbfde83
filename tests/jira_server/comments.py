"""Writing and reading single comments, on the platform and on the service desk's side."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from jira_server import adf
from jira_server.convert import Record
from jira_server.errors import ApiError
from jira_server.http import Request, Response
from jira_server.issue import Issue, jira_time, milliseconds
from jira_server.properties import as_list
from jira_server.views import Views

_INTERNAL: Final = "sd.public.comment"
_LONGEST: Final = 32_767


def page(views: Views, request: Request, key: str) -> Response:
    """``GET issue/{key}/comment``."""
    return Response(body=views.comments(views.state.get(key), request))


def one(views: Views, request: Request, key: str, id_: str) -> Response:
    """``GET issue/{key}/comment/{id}``."""
    _, entry = _find(views, key, id_)
    return Response(body=views.comment(entry, request.words("expand")))


def add(views: Views, request: Request, key: str) -> Response:
    """``POST issue/{key}/comment``: the account's comment, with its properties at once."""
    issue, sent = views.state.get(key), request.sent()
    entry = _new(views, issue, _body(views, sent.get("body")))
    properties = as_list(sent.get("properties"))
    if properties:
        entry["properties"] = properties
    if "visibility" in sent:
        entry["visibility"] = _visibility(sent["visibility"])
    if views.state.project_type(issue.project) == "service_desk":
        told = {one["key"]: one["value"] for one in properties}.get(_INTERNAL)
        entry["jsdPublic"] = not (isinstance(told, dict) and told.get("internal") is True)
    _put(views, issue, entry)
    return Response(201, views.comment(entry, request.words("expand")))


def edit(views: Views, request: Request, key: str, id_: str) -> Response:
    """``PUT issue/{key}/comment/{id}``: one's own comment anew; what isn't sent stays."""
    issue, entry = _find(views, key, id_)
    _check_author(views, entry, "edit")
    sent = request.sent()
    entry["body"] = _body(views, sent.get("body"))
    if "visibility" in sent:
        entry["visibility"] = _visibility(sent["visibility"])
    if sent.get("properties"):
        known = {one["key"]: one for one in entry.get("properties", [])}
        known.update({one["key"]: one for one in as_list(sent["properties"])})
        entry["properties"] = list(known.values())
    entry["updated"], entry["updateAuthor"] = jira_time(views.state.now()), views.state.account()
    views.state.changed(issue, [])
    return Response(body=views.comment(entry, request.words("expand")))


def remove(views: Views, key: str, id_: str) -> Response:
    """``DELETE issue/{key}/comment/{id}``: one's own; the changelog keeps its text, as Jira does."""
    issue, entry = _find(views, key, id_)
    _check_author(views, entry, "delete")
    issue.comments.remove(entry)
    _count(issue)
    text = adf.to_wiki(entry["body"])
    item = {"field": "Comment", "fieldtype": "jira", "from": id_, "fromString": text, "to": None}
    views.state.changed(issue, [{**item, "toString": None}])
    return Response(204)


def _find(views: Views, key: str, id_: str) -> tuple[Issue, Record]:
    issue = views.state.get(key)
    for entry in views.state.visible_comments(issue):
        if str(entry["id"]) == id_:
            return issue, entry
    raise ApiError(404, f"Can not find a comment for the id: {id_}.")


def _check_author(views: Views, entry: Record, what: str) -> None:
    options = views.options
    name, mine = ("accountId", options.account_id) if views.state.cloud else ("name", options.account_name)
    if (entry.get("author") or {}).get(name) != mine:
        raise ApiError(400, f"You do not have the permission to {what} this comment.")


def _body(views: Views, body: Any) -> Any:
    """The body in the server's form: a document on Cloud, wiki text on Data Center; never empty."""
    if views.state.cloud:
        wrong = adf.problem(body)
        if wrong is None and adf.is_empty(body):
            wrong = "Comment body can not be empty!"
        if wrong is not None:
            raise ApiError(400, "INVALID_INPUT", errors={"comment": f"Comment body is not valid! ({wrong})"})
        return body
    if not isinstance(body, str):
        raise ApiError(400, "Can not deserialize instance of java.lang.String out of START_OBJECT token")
    if not body.strip():
        raise ApiError(400, errors={"comment": "Comment body can not be empty!"})
    if len(body) > _LONGEST:
        raise ApiError(
            400, errors={"comment": f"The entered text is too long. It exceeds {_LONGEST} letters."}
        )
    return body


def _visibility(told: Any) -> Record:
    if not isinstance(told, dict) or told.get("type") not in ("group", "role"):
        raise ApiError(400, errors={"visibility": "The visibility has to be by group or role."})
    if not told.get("value") and not told.get("identifier"):
        raise ApiError(400, errors={"visibility": "A group or role has to be named."})
    return dict(told)


def _new(views: Views, issue: Issue, body: Any) -> Record:
    now, account, id_ = jira_time(views.state.now()), views.state.account(), views.state.new_id()
    return {
        "self": f"{issue.record['self']}/comment/{id_}",
        "id": id_,
        "author": account,
        "body": body,
        "updateAuthor": account,
        "created": now,
        "updated": now,
    }


def _put(views: Views, issue: Issue, entry: Record) -> None:
    issue.comments.append(entry)
    _count(issue)
    views.state.changed(issue, [])


def _count(issue: Issue) -> None:
    block = issue.record["fields"]["comment"]
    block["total"] = block["maxResults"] = len(issue.comments)


# -- the service desk's side


def _request(views: Views, key: str) -> Issue:
    issue = views.state.get(key)
    if views.state.project_type(issue.project) != "service_desk":
        raise ApiError(404, "The request does not exist or you do not have permission to view it.")
    return issue


def desk_page(views: Views, request: Request, key: str) -> Response:
    """``GET servicedeskapi/request/{key}/comment``: public ones, internal ones or both."""
    issue = _request(views, key)
    kinds = {True: request.flag("public", default=True), False: request.flag("internal", default=True)}
    every = [
        entry for entry in views.state.visible_comments(issue) if kinds[bool(entry.get("jsdPublic", True))]
    ]
    start, size = request.number("start", 0), min(request.number("limit", 50), 100)
    shown = every[start : start + size]
    address = f"{views.state.site()}{request.path}"
    return Response(
        body={
            "_expands": [],
            "size": len(shown),
            "start": start,
            "limit": size,
            "isLastPage": start + size >= len(every),
            "_links": {"self": address, "base": f"{views.state.site()}/rest/servicedeskapi", "context": ""},
            "values": [_desk_comment(views, entry, address) for entry in shown],
        }
    )


def desk_add(views: Views, request: Request, key: str) -> Response:
    """``POST servicedeskapi/request/{key}/comment``: plain text, public unless told otherwise."""
    issue, sent = _request(views, key), request.sent()
    text, public = sent.get("body"), sent.get("public", True)
    if not isinstance(text, str) or not text.strip():
        raise ApiError(400, "The comment body is empty.")
    body = adf.to_adf(text, lambda name: {"id": name, "text": f"@{name}"}) if views.state.cloud else text
    entry = _new(views, issue, body)
    entry["jsdPublic"] = public is not False
    entry["properties"] = [{"key": _INTERNAL, "value": {"internal": public is False}}]
    _put(views, issue, entry)
    return Response(201, _desk_comment(views, entry, f"{views.state.site()}{request.path}"))


def _desk_comment(views: Views, entry: Record, address: str) -> Record:
    author = {
        name: value
        for name, value in (entry.get("author") or {}).items()
        if name in ("accountId", "name", "key", "displayName", "active", "timeZone") and value is not None
    }
    moment = datetime.fromisoformat(entry["created"])
    return {
        "_expands": ["attachment", "renderedBody"],
        "id": str(entry["id"]),
        "body": adf.to_wiki(entry["body"]),
        "public": bool(entry.get("jsdPublic", True)),
        "author": author,
        "created": {
            "iso8601": moment.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "jira": entry["created"],
            "friendly": moment.strftime("%d/%b/%y"),
            "epochMillis": milliseconds(entry["created"]),
        },
        "_links": {"self": f"{address}/{entry['id']}"},
    }
