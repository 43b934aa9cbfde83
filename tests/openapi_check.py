"""Checks requests and answers of the log against Atlassian's OpenAPI documents and the ADF schema.

The documents say less than what Jira does in some places; each deviation that is let pass stands in this
module with its reason.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT4, DRAFT202012

_PLATFORM: Final = "jira-platform-v3_2026-07-10.json"
_DESK: Final = "jira-service-management_2025-09-17.json"
_ADF: Final = "adf-schema-57.7.22-full.json"

# Statuses that Jira answers with although the operation does not list them.
_EVERYWHERE: Final = frozenset((401, 403, 404, 410, 415, 429, 500, 502, 503))
# Null where the documents know only a text: real sites give it for what was or is empty, or isn't told.
_NULLS: Final = {
    "ChangeDetails": ("from", "to", "fromString", "toString"),
    "UserDetails": ("timeZone",),
    "User": ("timeZone",),
}
# A number of milliseconds where the document has a date-time: the bulk changelog's own answers.
_NUMBERS: Final = {"Changelog": ("created",)}
_GATEWAY: Final = re.compile(r"^/ex/jira/[^/]+")
_PARTS: Final = frozenset(("description", "environment"))


class Checker:
    """Finds what the documents don't allow in entries of a server's log."""

    def __init__(self, folder: Path) -> None:
        self._documents = [_document(folder / name) for name in (_PLATFORM, _DESK)]
        self._adf = folder / _ADF
        self._seen: dict[str, Any] = {}

    def problems(self, entries: Iterable[dict[str, Any]]) -> list[str]:
        """What is wrong, one line each; entries that never reached the API are passed over."""
        return [
            f"{entry['method']} {entry['path']}: {wrong}" for entry in entries for wrong in self._of(entry)
        ]

    def request_problems(self, entries: Iterable[dict[str, Any]]) -> list[str]:
        """The same for the requests alone: what a client sent."""
        return [
            f"{entry['method']} {entry['path']}: {wrong}"
            for entry in entries
            if (found := self._operation(entry)) is not None
            for wrong in self._request(found, entry)
        ]

    def _of(self, entry: dict[str, Any]) -> Iterator[str]:
        found = self._operation(entry)
        if found is None:
            if entry["status"] not in (404, 405, 410) and entry["path"] != "/rest/api/2/serverInfo":
                yield "no such operation"
            return
        yield from self._request(found, entry)
        yield from self._response(found, entry)

    def _operation(self, entry: dict[str, Any]) -> _Operation | None:
        path = _GATEWAY.sub("", entry["path"])
        return next((one for known in self._documents if (one := known.find(entry["method"], path))), None)

    # -- requests

    def _request(self, found: _Operation, entry: dict[str, Any]) -> Iterator[str]:
        known = {one["name"]: one for one in found.told.get("parameters", []) if one["in"] == "query"}
        for name, values in entry["query"].items():
            if name not in known:
                yield f"unknown parameter {name}"
                continue
            schema = known[name].get("schema", {})
            for value in _read(schema, values):
                yield from found.document.errors(schema, value, f"parameter {name}")
        for name, told in known.items():
            if told.get("required") and name not in entry["query"]:
                yield f"parameter {name} is missing"
        body = found.told.get("requestBody")
        if entry["body"] is None:
            if body and body.get("required"):
                yield "the body is missing"
            return
        if body is None:
            yield "a body where none is known"
            return
        schema = body["content"].get("application/json", {}).get("schema", {})
        yield from found.document.errors(schema, entry["body"], "request body")
        if found.path.startswith("/rest/api/3/") and "/properties" not in found.path:
            yield from self._documents_in(entry["body"])

    # -- responses

    def _response(self, found: _Operation, entry: dict[str, Any]) -> Iterator[str]:
        status, body = entry["status"], entry.get("response")
        if status is None or str(entry["fault"]).startswith("html"):
            return  # nothing was answered, or by something in front of the API
        told = found.told["responses"].get(str(status))
        if told is None:
            if status not in _EVERYWHERE:
                yield f"status {status} is not among those of the operation"
            return
        schema = told.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None and body is not None:
            yield from found.document.errors(schema, body, f"response {status}")
        elif status >= 400:
            errors = {"$ref": "#/components/schemas/ErrorCollection"}
            if found.path.startswith("/rest/api/3/"):
                yield from found.document.errors(errors, body, f"response {status}")
        if status < 400 and found.path.startswith("/rest/api/3/") and "/properties" not in found.path:
            yield from self._documents_in(body)

    def _documents_in(self, value: Any) -> Iterator[str]:
        """Wrong documents anywhere in a body: each comment, description, environment and worklog has one."""
        if isinstance(value, list):
            for entry in value:
                yield from self._documents_in(entry)
        elif isinstance(value, dict):
            if value.get("type") == "doc" and "version" in value:
                yield from self.adf_problems(value)
                return
            if "body" in value and "author" in value and not isinstance(value["body"], dict):
                yield "a comment's body is no document"
            for name, entry in value.items():
                if name in _PARTS and isinstance(entry, str) and "summary" in value:
                    yield f"{name} is no document"
                if isinstance(entry, (dict, list)):
                    yield from self._documents_in(entry)

    def adf_problems(self, document: Any) -> Iterator[str]:
        """What the ADF schema doesn't allow in a document; the same one is read only once."""
        same = json.dumps(document, sort_keys=True)
        if same not in self._seen:
            wrong = list(_adf(self._adf).iter_errors(document))
            self._seen[same] = [f"document: {one.message[:200]}" for one in wrong]
        yield from self._seen[same]


class _Operation:
    def __init__(self, document: _Document, path: str, told: dict[str, Any]) -> None:
        self.document, self.path, self.told = document, path, told


class _Document:
    """One OpenAPI document; validators are made when they are first needed."""

    def __init__(self, told: dict[str, Any]) -> None:
        for name, fields in _NULLS.items():
            _loosen(told, name, fields, {"nullable": True})
        for name, fields in _NUMBERS.items():
            _loosen(told, name, fields, {"type": ["string", "integer"]})
        _nullable(told["components"]["schemas"])
        self.uri = "urn:document"
        resource = DRAFT202012.create_resource(told)
        self._registry: Registry[Any] = Registry().with_resource(self.uri, resource)
        self._paths = [
            (re.compile(re.sub(r"\{[^/]+\}", "[^/]+", path)), path, operations)
            for path, operations in sorted(told["paths"].items(), key=lambda pair: pair[0].count("{"))
        ]
        self._validators: dict[str, Any] = {}

    def find(self, method: str, path: str) -> _Operation | None:
        for pattern, name, operations in self._paths:
            if pattern.fullmatch(path) and method.lower() in operations:
                return _Operation(self, name, operations[method.lower()])
        return None

    def errors(self, schema: dict[str, Any], value: Any, what: str) -> Iterator[str]:
        same = json.dumps(schema, sort_keys=True)
        if same not in self._validators:
            absolute = json.loads(same.replace('"#/', f'"{self.uri}#/'))
            self._validators[same] = jsonschema.Draft202012Validator(absolute, registry=self._registry)
        for wrong in self._validators[same].iter_errors(value):
            place = "/".join(map(str, wrong.absolute_path))
            yield f"{what}: {place}: {wrong.message[:200]}"


def _read(schema: dict[str, Any], values: list[str]) -> Iterator[Any]:
    """The values of a query parameter as the schema's type, where they look like it."""
    for value in values:
        kind = schema.get("type")
        if kind == "array":
            yield [found for part in value.split(",") for found in _read(schema.get("items", {}), [part])]
        elif kind == "integer" and re.fullmatch(r"-?\d+", value):
            yield int(value)
        elif kind == "boolean" and value in ("true", "false"):
            yield value == "true"
        else:
            yield value


def _loosen(told: dict[str, Any], name: str, fields: Iterable[str], more: dict[str, Any]) -> None:
    schema = told["components"]["schemas"].get(name)
    for field in fields if schema else ():
        schema["properties"][field].update(more)


def _nullable(value: Any) -> None:
    """Say ``nullable`` as JSON Schema does: with null among the types."""
    if isinstance(value, list):
        for entry in value:
            _nullable(entry)
    elif isinstance(value, dict):
        if value.get("nullable") is True and isinstance(value.get("type"), str):
            value["type"] = [value["type"], "null"]
            if "enum" in value:
                value["enum"] = [*value["enum"], None]
        for entry in value.values():
            if isinstance(entry, (dict, list)):
                _nullable(entry)


@functools.cache
def _document(path: Path) -> _Document:
    return _Document(json.loads(path.read_bytes()))


@functools.cache
def _adf(path: Path) -> Any:
    schema = json.loads(path.read_bytes())
    resource = DRAFT4.create_resource(schema)
    registry: Registry[Any] = Registry().with_resource("urn:adf", resource)
    return jsonschema.Draft4Validator({"$ref": "urn:adf"}, registry=registry)
