"""The routes of both kinds of Jira, and the control endpoint beside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

from jira_server import comments, edits, properties, search, site
from jira_server.auth import authenticate, check_allowed, refused
from jira_server.errors import ApiError
from jira_server.fields import Fields
from jira_server.http import Request, Response
from jira_server.state import State
from jira_server.views import Views

Handler = Callable[[Views, Request, list[str]], Response]
Route = tuple[str, re.Pattern[str], Handler]

_ANY: Final = "/rest/api/(?:2|3|latest)"
_GONE: Final = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration"
    " guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


def _gone(_views: Views, _request: Request, _parts: list[str]) -> Response:
    raise ApiError(410, _GONE)


def _issue(views: Views, request: Request, parts: list[str]) -> Response:
    wanted = request.words("fields") or ["*all"]
    found = views.state.get(parts[0])
    return Response(body=views.issue(found, wanted, request.words("expand"), request.words("properties")))


def _routes(base: str, told: list[tuple[str, str, Handler]]) -> list[Route]:
    pattern = {"{}": "([^/]+)"}
    return [
        (
            method,
            re.compile((path if path.startswith("/") else f"{base}/{path}").replace("{}", pattern["{}"])),
            to,
        )
        for method, path, to in told
    ]


_WRITES: Final[list[tuple[str, str, Handler]]] = [
    ("PUT", "issue/{}", lambda v, r, p: edits.edit(v, r, p[0])),
    ("GET", "issue/{}/comment", lambda v, r, p: comments.page(v, r, p[0])),
    ("POST", "issue/{}/comment", lambda v, r, p: comments.add(v, r, p[0])),
    ("GET", "issue/{}/comment/{}", lambda v, r, p: comments.one(v, r, *p)),
    ("PUT", "issue/{}/comment/{}", lambda v, r, p: comments.edit(v, r, *p)),
    ("DELETE", "issue/{}/comment/{}", lambda v, r, p: comments.remove(v, *p)),
    ("GET", "issue/{}/properties", lambda v, r, p: properties.of_issue(v, r, p[0], None)),
    ("*", "issue/{}/properties/{}", lambda v, r, p: properties.of_issue(v, r, *p)),
    ("GET", "comment/{}/properties", lambda v, r, p: properties.of_comment(v, r, p[0], None)),
    ("*", "comment/{}/properties/{}", lambda v, r, p: properties.of_comment(v, r, *p)),
    ("GET", "/rest/servicedeskapi/request/{}/comment", lambda v, r, p: comments.desk_page(v, r, p[0])),
    ("POST", "/rest/servicedeskapi/request/{}/comment", lambda v, r, p: comments.desk_add(v, r, p[0])),
]
_BOTH: Final[list[tuple[str, str, Handler]]] = [
    ("GET", "myself", lambda v, r, p: site.myself(v)),
    ("GET", "mypermissions", lambda v, r, p: site.permissions(v, r)),
    ("GET", "field", lambda v, r, p: Response(body=v.fields.listed())),
    ("GET", "project/{}", lambda v, r, p: site.project(v, p[0])),
    ("GET", "issue/{}", _issue),
]
_CLOUD: Final = _routes(
    "/rest/api/3",
    [
        ("GET", "project/search", lambda v, r, p: site.project_search(v, r)),
        ("GET", "user/bulk", lambda v, r, p: site.users(v, r)),
        ("GET", "search/jql", lambda v, r, p: search.by_token(v, r)),
        ("POST", "search/jql", lambda v, r, p: search.by_token(v, r)),
        ("POST", "search/approximate-count", lambda v, r, p: search.count(v, r)),
        ("GET", f"{_ANY}/search", _gone),
        ("POST", f"{_ANY}/search", _gone),
        ("POST", "issue/bulkfetch", lambda v, r, p: search.bulk_issues(v, r)),
        ("POST", "changelog/bulkfetch", lambda v, r, p: search.bulk_changes(v, r)),
        ("GET", "issue/{}/changelog", lambda v, r, p: search.changes(v, r, v.state.get(p[0]))),
        # What doesn't hold texts is the same in version 2, which clients ask to find out the kind of site.
        *((method, f"{_ANY}/{path}", to) for method, path, to in _BOTH[:3]),
        *_BOTH[3:],
        *_WRITES,
    ],
)
_DATA_CENTER: Final = _routes(
    "/rest/api/(?:2|latest)",
    [
        ("GET", "project", lambda v, r, p: site.project_list(v, r)),
        ("GET", "user", lambda v, r, p: site.user(v, r)),
        ("GET", "search", lambda v, r, p: search.by_start(v, r)),
        ("POST", "search", lambda v, r, p: search.by_start(v, r)),
        *_BOTH,
        *_WRITES,
    ],
)
_INFO: Final = re.compile(f"{_ANY}/serverInfo")
_INFO_2: Final = re.compile("/rest/api/(?:2|latest)/serverInfo")


class Api:
    """Answers requests from the state."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.views = Views(state, Fields(state))
        self.routes = _CLOUD if state.cloud else _DATA_CENTER

    def refresh(self) -> None:
        """Make anew what is derived from records and options."""
        self.views = Views(self.state, Fields(self.state))

    def answer(self, request: Request) -> Response:
        """The answer to a request, errors too."""
        try:
            with self.state.lock:
                return self._answer(request)
        except ApiError as problem:
            return Response(problem.status, problem.body, problem.headers)

    def _answer(self, request: Request) -> Response:
        known = authenticate(request, self.state.options, cloud=self.state.cloud)
        if (_INFO if self.state.cloud else _INFO_2).fullmatch(request.path) and request.method == "GET":
            return site.server_info(self.views)
        found = [
            (method, match, to)
            for method, pattern, to in self.routes
            if (match := pattern.fullmatch(request.path)) is not None
        ]
        if not found:
            raise ApiError(404, "HTTP 404 Not Found")
        if not known:
            return self._for_nobody(request)
        check_allowed(request, self.state.options)
        allowed = {"GET", "PUT", "DELETE"}
        for method, match, to in found:
            if method == request.method or (method == "*" and request.method in allowed):
                return to(self.views, request, [unquote(part) for part in match.groups()])
        raise ApiError(405, "HTTP 405 Method Not Allowed")

    def _for_nobody(self, request: Request) -> Response:
        """What is told to nobody: little where the site is set so, and nothing otherwise."""
        options, cloud = self.state.options, self.state.cloud
        headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
        if options.bad_credentials == "anonymous":
            empty: dict[str, Any] = {
                "field": [],
                "project": [],
                "project/search": {"values": [], "total": 0, "startAt": 0, "maxResults": 50, "isLast": True},
                "search/jql": {"issues": [], "isLast": True},
                "search/approximate-count": {"count": 0},
                "search": {"issues": [], "total": 0, "startAt": 0, "maxResults": 50},
            }
            path = request.path.split("/", 4)[-1]
            if path == "mypermissions":
                answer = site.permissions(self.views, request, nobody=True)
                return Response(answer.status, answer.body, headers)
            if path in empty and not (cloud and path == "search"):
                return Response(200, empty[path], headers)
        raise refused(cloud=cloud)
