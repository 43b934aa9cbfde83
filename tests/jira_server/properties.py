"""Properties of issues and comments: JSON values under keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from jira_server.convert import Record
from jira_server.errors import ApiError
from jira_server.http import Request, Response
from jira_server.views import Views

_LONGEST_KEY: Final = 255
_LONGEST_VALUE: Final = 32_768


def check_value(key: object, value: object) -> None:
    """Refuse a property whose key or value is too long."""
    if not isinstance(key, str) or not 1 <= len(key) <= _LONGEST_KEY:
        raise ApiError(400, f"The property key has to have 1 to {_LONGEST_KEY} characters.")
    if len(orjson.dumps(value).decode()) > _LONGEST_VALUE:
        raise ApiError(400, f"The property value is longer than {_LONGEST_VALUE} characters.")


def as_list(told: Any) -> list[Record]:
    """The properties in a body, each with key and value."""
    found = []
    for one in told or []:
        if not isinstance(one, dict) or "value" not in one:
            raise ApiError(400, "A property needs a key and a value.")
        check_value(one.get("key"), one["value"])
        found.append({"key": one["key"], "value": one["value"]})
    return found


class _Store:
    """The properties of one thing; ``changed`` keeps what was done to them."""

    def __init__(self, values: dict[str, Any], changed: Callable[[dict[str, Any]], None], path: str) -> None:
        self.values, self.changed, self.path = values, changed, path

    def answer(self, request: Request, key: str | None) -> Response:
        if key is None:
            keys = [{"self": f"{self.path}/{name}", "key": name} for name in self.values]
            return Response(body={"keys": keys})
        if request.method == "PUT":
            check_value(key, request.body)
            status = 200 if key in self.values else 201
            self.values[key] = request.body
            self.changed(self.values)
            return Response(status, {})
        if key not in self.values:
            raise ApiError(404, f"The property with key '{key}' does not exist.")
        if request.method == "DELETE":
            del self.values[key]
            self.changed(self.values)
            return Response(204)
        return Response(body={"key": key, "value": self.values[key]})


def of_issue(views: Views, request: Request, id_or_key: str, key: str | None) -> Response:
    """``issue/{key}/properties[/{key}]``; they change neither ``updated`` nor the changelog."""
    issue = views.state.get(id_or_key)
    path = f"{issue.record['self']}/properties"
    return _Store(issue.properties, lambda _: None, path).answer(request, key)


def of_comment(views: Views, request: Request, id_: str, key: str | None) -> Response:
    """``comment/{id}/properties[/{key}]``."""
    _, entry = views.state.find_comment(id_)

    def keep(values: dict[str, Any]) -> None:
        entry["properties"] = [{"key": name, "value": value} for name, value in values.items()]
        internal = values.get("sd.public.comment")
        if "jsdPublic" in entry and isinstance(internal, dict):
            entry["jsdPublic"] = internal.get("internal") is not True

    values = {one["key"]: one["value"] for one in entry.get("properties", [])}
    return _Store(values, keep, f"{entry['self']}/properties").answer(request, key)
