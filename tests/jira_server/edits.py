"""``PUT issue/{key}``: labels, the flag and plain fields, each change with its changelog item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jira_server import adf
from jira_server.convert import Record
from jira_server.errors import ApiError
from jira_server.http import Request, Response
from jira_server.issue import Issue
from jira_server.views import Views

_IMPEDIMENT: Final = {"id": "10019", "value": "Impediment"}


def edit(views: Views, request: Request, key: str) -> Response:
    """Change fields; all changes of one request make one entry of the changelog."""
    issue, sent = views.state.get(key), request.sent()
    if not request.flag("notifyUsers", default=True) and not views.options.admin:
        raise ApiError(
            403, "To discard the user notification either admin or project admin permissions are required."
        )
    update, fields = sent.get("update") or {}, sent.get("fields") or {}
    both = set(update) & set(fields)
    if both:
        raise ApiError(400, errors=dict.fromkeys(both, "Field appears in both 'fields' and 'update'"))
    planned: list[tuple[str, Any]] = []
    errors: dict[str, str] = {}
    for name, told in [*update.items(), *((name, [{"set": value}]) for name, value in fields.items())]:
        try:
            planned.append((name, _value(views, issue, name, told)))
        except ValueError as problem:
            errors[name] = str(problem)
    if errors:
        raise ApiError(400, errors=errors)
    items = [item for name, value in planned if (item := _set(views, issue, name, value)) is not None]
    if items:
        views.state.changed(issue, items)
    if request.flag("returnIssue", default=False):
        return Response(body=views.issue(issue, ["*all"], request.words("expand"), []))
    return Response(204)


def _value(views: Views, issue: Issue, name: str, operations: Any) -> Any:
    """The field's new value after the operations; ValueError tells what is wrong."""
    if not isinstance(operations, list):
        raise ValueError("A list of operations is needed.")
    old = issue.record["fields"].get(name)
    if name == "labels":
        return _listed(old or [], operations, _label)
    if name == views.fields.flag:
        return _listed(old or [], operations, _flag)
    if len(operations) != 1 or list(operations[0]) != ["set"]:
        raise ValueError(f"Field '{name}' supports only the 'set' operation here.")
    value = operations[0]["set"]
    checks: dict[str, Callable[[Any], Any]] = {
        "summary": _summary,
        "duedate": _day,
        "assignee": lambda told: _person(views, told),
        "reporter": lambda told: _person(views, told),
        "priority": lambda told: {"name": told["name"]} if told else None,
        "description": lambda told: _description(views, told),
    }
    if name not in checks:
        raise ValueError(f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.")
    return checks[name](value)


def _listed(old: list[Any], operations: list[Any], check: Callable[[Any], Any]) -> list[Any]:
    found = list(old)
    for operation in operations:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise ValueError("An operation has exactly one verb.")
        verb, told = next(iter(operation.items()))
        if verb == "set":
            found = [check(one) for one in told or []]
        elif verb == "add":
            value = check(told)
            if value not in found:
                found.append(value)
        elif verb == "remove":
            value = check(told)
            found = [one for one in found if one != value]
        else:
            raise ValueError(f"The verb '{verb}' is not supported.")
    return found


def _label(told: Any) -> str:
    if not isinstance(told, str) or not told:
        raise ValueError("A label has to be a text.")
    if " " in told:
        raise ValueError(f"The label '{told}' contains spaces which is invalid.")
    if len(told) > 255:
        raise ValueError("The label exceeds 255 characters.")
    return told


def _flag(told: Any) -> Record:
    given = told if isinstance(told, dict) else {}
    if given.get("value") != _IMPEDIMENT["value"] and given.get("id") != _IMPEDIMENT["id"]:
        raise ValueError(f"Option value '{given.get('value')}' is not valid")
    return dict(_IMPEDIMENT)


def _summary(told: Any) -> str:
    if not isinstance(told, str) or not told.strip():
        raise ValueError("You must specify a summary of the issue.")
    return told


def _day(told: Any) -> str | None:
    if told is not None and not (isinstance(told, str) and len(told) == 10 and told.count("-") == 2):
        raise ValueError("Error parsing date string")
    return told


def _person(views: Views, told: Any) -> Record | None:
    if told is None:
        return None
    by = "accountId" if views.state.cloud else "name"
    id_ = told.get(by) if isinstance(told, dict) else None
    if id_ is None:
        return None
    found = views.state.people().get(str(id_))
    if found is None:
        raise ValueError(f"User '{id_}' does not exist.")
    return found


def _description(views: Views, told: Any) -> Any:
    if told is None or (isinstance(told, str) and not views.state.cloud):
        return told
    wrong = adf.problem(told) if views.state.cloud else "a text is needed"
    if wrong is not None:
        raise ValueError(f"Operation value must be an Atlassian Document ({wrong})")
    return told


def _set(views: Views, issue: Issue, name: str, value: Any) -> Record | None:
    """Set the field; the changelog item, or None where nothing is changed."""
    fields = issue.record["fields"]
    old = fields.get(name)
    fields[name] = value if value != [] or name == "labels" else None
    if (old or None) == (value or None):
        return None
    custom = name == views.fields.flag
    item: Record = {
        "field": "Flagged" if custom else name,
        "fieldtype": "custom" if custom else "jira",
        "from": _raw(old),
        "fromString": _shown(old),
        "to": _raw(value),
        "toString": _shown(value),
    }
    if views.state.cloud:
        item["fieldId"] = name
    return item


def _raw(value: Any) -> str | None:
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            return f"[{', '.join(str(one.get('id')) for one in value)}]"
        return ""
    if isinstance(value, dict) and value.get("type") != "doc":
        return next((str(value[name]) for name in ("accountId", "key", "id") if value.get(name)), None)
    return value if isinstance(value, str) and value[4:5] == "-" else None


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(one["value"]) if isinstance(one, dict) else str(one) for one in value)
    if isinstance(value, dict):
        return (
            adf.to_wiki(value)
            if value.get("type") == "doc"
            else str(value.get("displayName") or value.get("name") or "")
        )
    return "" if value is None else str(value)
