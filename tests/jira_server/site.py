"""What the site tells of itself: server, account, permissions, fields, projects, users."""

from __future__ import annotations

from typing import Any, Final

from jira_server.convert import Record
from jira_server.errors import ApiError
from jira_server.http import Request, Response
from jira_server.issue import jira_time
from jira_server.views import Views

_PERMISSIONS: Final = (
    "BROWSE_PROJECTS",
    "ADD_COMMENTS",
    "EDIT_OWN_COMMENTS",
    "DELETE_OWN_COMMENTS",
    "EDIT_ALL_COMMENTS",
    "DELETE_ALL_COMMENTS",
    "EDIT_ISSUES",
    "ADMINISTER",
)


def server_info(views: Views) -> Response:
    """``GET serverInfo``: open to everybody."""
    state, options = views.state, views.options
    version = "1001.0.0-SNAPSHOT" if state.cloud else options.version
    return Response(
        body={
            "baseUrl": state.site(),
            "version": version,
            "versionNumbers": [int(part) for part in version.partition("-")[0].split(".")],
            "deploymentType": "Cloud" if state.cloud else "Server",
            "buildNumber": 100290 if state.cloud else 912015,
            "buildDate": "2026-01-05T00:00:00.000+0000",
            "serverTime": jira_time(state.now()),
            "scmInfo": "0000000000000000000000000000000000000000",
            "serverTitle": "Jira",
            **({"serverTimeZone": options.server_zone} if state.cloud else {}),
        }
    )


def myself(views: Views) -> Response:
    """``GET myself``: the account."""
    account = {name: value for name, value in views.state.account().items() if value is not None}
    return Response(body={**account, "emailAddress": views.options.email})


def permissions(views: Views, request: Request, *, nobody: bool = False) -> Response:
    """``GET mypermissions``: which of the permissions asked for the account has."""
    asked = request.words("permissions")
    if views.state.cloud and not asked:
        raise ApiError(400, "The 'permissions' query parameter is required.")
    for name in ("issueKey", "issueId"):
        if request.text(name) and not nobody:
            views.state.get(request.text(name))
    project = request.text("projectKey")
    if project and not nobody and project not in views.state.projects():
        raise ApiError(404, f"No project could be found with key '{project}'.")
    told, admin = views.options.permissions, views.options.admin
    found = {}
    for number, name in enumerate(asked or _PERMISSIONS):
        if name not in _PERMISSIONS and name not in told:
            raise ApiError(400, f"Unrecognized permission: {name}")
        has = told.get(name, admin if name == "ADMINISTER" else name not in _PERMISSIONS[4:6])
        found[name] = {
            "id": str(number),
            "key": name,
            "name": name.replace("_", " ").capitalize(),
            "type": "GLOBAL" if name == "ADMINISTER" else "PROJECT",
            "description": "",
            "havePermission": has and not nobody,
        }
    return Response(body={"permissions": found})


def _project(views: Views, known: Record, *, full: bool) -> Record:
    version = 3 if views.state.cloud else 2
    shown = {
        "self": f"{views.state.site()}/rest/api/{version}/project/{known['id']}",
        "id": str(known["id"]),
        "key": known["key"],
        "name": known["name"],
        "projectTypeKey": known["projectTypeKey"],
    }
    if views.state.cloud:
        shown.update({"simplified": False, "style": "classic", "isPrivate": False})
    if full and known.get("lead"):
        shown["lead"] = _user(known["lead"])
    return shown


def _user(user: Record) -> Record:
    return {name: value for name, value in user.items() if value is not None}


def project_search(views: Views, request: Request) -> Response:
    """``GET project/search``: the projects, by key, leads on demand."""
    keys, expand = request.words("keys"), request.words("expand")
    every = sorted(views.state.projects().items())
    found = [_project(views, known, full="lead" in expand) for key, known in every if not keys or key in keys]
    return Response(body=views.page(request, found, 50, 100))


def project_list(views: Views, request: Request) -> Response:
    """``GET project`` on Data Center: all projects at once, leads on demand."""
    full = "lead" in request.words("expand")
    every = sorted(views.state.projects().items())
    return Response(body=[_project(views, known, full=full) for _, known in every])


def project(views: Views, key: str) -> Response:
    """``GET project/{key}``: one project with its lead and type."""
    for known in views.state.projects().values():
        if key in (known["key"], str(known["id"])):
            return Response(body=_project(views, known, full=True))
    raise ApiError(404, f"No project could be found with key '{key}'.")


def users(views: Views, request: Request) -> Response:
    """``GET user/bulk``: accounts by id; those that are unknown are left out."""
    wanted = request.words("accountId")
    if not wanted:
        raise ApiError(400, "The accountId query parameter is required.")
    people = views.state.people()
    found: list[Any] = [_user(people[id_]) for id_ in dict.fromkeys(wanted) if id_ in people]
    return Response(body=views.page(request, found, 10, 200))


def user(views: Views, request: Request) -> Response:
    """``GET user`` on Data Center: one user by name or key."""
    name = request.text("username") or request.text("key")
    if not name:
        raise ApiError(400, "Either the username or the key query parameter needs to be provided.")
    found = views.state.people().get(name)
    if found is None:
        raise ApiError(404, f"The user named '{name}' does not exist")
    return Response(body=_user(found))
