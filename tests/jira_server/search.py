"""Searches and the reading of issues in bulk."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from typing import Any

import orjson

from jira_server import jql
from jira_server.convert import Record
from jira_server.errors import ApiError
from jira_server.http import Request, Response
from jira_server.issue import Issue, milliseconds
from jira_server.views import IDS, Views


def _token(query: str, values: Any) -> str:
    told = [hashlib.sha256(query.encode()).hexdigest()[:12], time.time(), values]
    return base64.urlsafe_b64encode(orjson.dumps(told)).decode()


def _values(views: Views, token: str, query: str) -> Any:
    """What a page token stands for; it has to be young enough and of the same query."""
    try:
        digest, issued, values = orjson.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError):
        raise ApiError(400, "The nextPageToken is invalid.") from None
    if time.time() - issued >= views.options.token_ttl:
        raise ApiError(views.options.token_expired_status, "The nextPageToken has expired.")
    if digest != hashlib.sha256(query.encode()).hexdigest()[:12]:
        raise ApiError(400, "The nextPageToken belongs to another query.")
    return values


def _jql(request: Request) -> str:
    text = request.text("jql") if request.method == "GET" else request.sent().get("jql", "")
    return str(text or "")


def _bounded(views: Views, text: str) -> jql.Query:
    query = jql.parse(text, views.state)
    if not query.conditions:
        raise ApiError(
            400,
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        )
    return query


def by_token(views: Views, request: Request) -> Response:
    """``GET|POST search/jql``: pages by token, without a total, only ids unless fields are named."""
    text, token = _jql(request), request.text("nextPageToken") or request.mapping().get("nextPageToken")
    query = _bounded(views, text)
    wanted, expand = request.words("fields"), request.words("expand")
    _check_reconcile(request)
    few = IDS.issuperset(wanted) and not expand
    most = views.options.search_page_ids if few else views.options.search_page
    size = min(request.number("maxResults", 50), 5000, most)
    found = query.find(views.state)
    start = query.after(found, _values(views, str(token), text)) if token else 0
    shown, more = found[start : start + size], len(found) > start + size
    answer: Record = {"issues": [_shown(views, issue, wanted, expand, request) for issue in shown]}
    if token and views.options.repeat_token:
        answer.update(nextPageToken=token, isLast=False)
    elif more and shown:
        answer.update(nextPageToken=_token(text, query.values(shown[-1])), isLast=False)
    else:
        answer["isLast"] = True
    return Response(body=answer)


def _check_reconcile(request: Request) -> None:
    if len(request.words("reconcileIssues")) > 50:
        raise ApiError(400, "At most 50 issues can be reconciled.")


def _shown(views: Views, issue: Issue, wanted: list[str], expand: list[str], request: Request) -> Record:
    if not wanted or wanted == ["id"]:
        found = views.issue(issue, ["id"], expand, request.words("properties"))
        return {name: value for name, value in found.items() if name not in ("expand", "self", "key")}
    return views.issue(issue, wanted, expand, request.words("properties"))


def count(views: Views, request: Request) -> Response:
    """``POST search/approximate-count``."""
    return Response(body={"count": len(_bounded(views, _jql(request)).find(views.state))})


def by_start(views: Views, request: Request) -> Response:
    """Data Center's ``GET|POST search``: pages by startAt, with a total."""
    query = jql.parse(_jql(request), views.state, strict=request.mapping().get("validateQuery") is not False)
    start = request.number("startAt", 0)
    size = min(request.number("maxResults", 50), views.options.search_page)
    found = query.find(views.state)
    wanted = request.words("fields") or ["*navigable"]
    expand = request.words("expand")
    issues = [views.issue(issue, wanted, expand, []) for issue in found[start : start + size]]
    return Response(
        body={
            "expand": "names,schema",
            "startAt": start,
            "maxResults": size,
            "total": len(found),
            "issues": issues,
        }
    )


def bulk_issues(views: Views, request: Request) -> Response:
    """``POST issue/bulkfetch``: up to 100 issues by id or key, in the order of their ids."""
    asked = request.sent().get("issueIdsOrKeys")
    if not isinstance(asked, list) or not 1 <= len(asked) <= 100:
        raise ApiError(400, "Between 1 and 100 issues can be fetched at once.")
    found: dict[int, Issue] = {}
    errors = []
    for name in asked:
        issue = views.state.find(str(name))
        if issue is None:
            message = "Issue does not exist or you do not have permission to see it."
            errors.append({"id": str(name), "errorMessage": message})
        else:
            found[issue.id] = issue
    wanted, expand = request.words("fields") or ["*navigable"], request.words("expand")
    issues = [
        views.issue(issue, wanted, expand, request.words("properties")) for _, issue in sorted(found.items())
    ]
    return Response(body={"issues": issues, "issueErrors": errors})


def bulk_changes(views: Views, request: Request) -> Response:
    """``POST changelog/bulkfetch``: the changes of up to 1000 issues; an issue's may span pages."""
    body = request.sent()
    asked, field_ids = body.get("issueIdsOrKeys"), body.get("fieldIds") or []
    if not isinstance(asked, list) or not 1 <= len(asked) <= 1000:
        raise ApiError(400, "Between 1 and 1000 issues can be asked for at once.")
    if len(field_ids) > 10:
        raise ApiError(400, "At most 10 fields can be asked for at once.")
    size = request.number("maxResults", 1000)
    if not 1 <= size <= 10_000:
        raise ApiError(400, "maxResults has to lie between 1 and 10000.")
    size = min(size, views.options.bulk_changes_page)
    same = orjson.dumps([sorted(map(str, asked)), sorted(field_ids)]).decode()
    token = body.get("nextPageToken")
    start = int(_values(views, str(token), same)) if token else 0
    chosen = {issue.id: issue for name in asked if (issue := views.state.find(str(name))) is not None}
    every = [
        (id_, entry)
        for id_, issue in sorted(chosen.items())
        for history in issue.histories
        if (entry := _of_fields(history, field_ids)) is not None
    ]
    logs: dict[int, list[Record]] = {}
    for id_, entry in every[start : start + size]:
        logs.setdefault(id_, []).append({**entry, "created": milliseconds(entry["created"])})
    answer: Record = {
        "issueChangeLogs": [{"issueId": str(id_), "changeHistories": log} for id_, log in logs.items()]
    }
    if token and views.options.repeat_token:
        answer["nextPageToken"] = token
    elif start + size < len(every):
        answer["nextPageToken"] = _token(same, start + size)
    return Response(body=answer)


def _of_fields(entry: Record, field_ids: list[str]) -> Record | None:
    if not field_ids:
        return entry
    items = [item for item in entry["items"] if item.get("fieldId") in field_ids]
    return {**entry, "items": items} if items else None


def changes(views: Views, request: Request, issue: Issue) -> Response:
    """``GET issue/{key}/changelog``: oldest first."""
    page = views.page(request, issue.histories, 100, views.options.history_page)
    page["total"] += views.options.changelog_total_excess.get(issue.key, 0)
    return Response(body=page)
