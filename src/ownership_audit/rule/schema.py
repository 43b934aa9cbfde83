"""The JSON Schema of a rule file, made of the same word tables the loader checks by."""

from __future__ import annotations

from typing import Any

from ownership_audit.rule import words

_TEXT = {"type": "string", "minLength": 1}
_DURATION = {
    "type": "string",
    "pattern": r"^(at once|[0-9]+(\.[0-9]+)? (working )?(minutes?|hours?|days?|weeks?))$",
}


def _object(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        schema |= {"type": "object", "required": list(required)}
    return schema


def _one_or_more(item: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _shape(shape: Any) -> dict[str, Any]:
    if shape == "flag":
        return {"type": "boolean"}
    if shape == "duration":
        return _DURATION
    return _one_or_more({"enum": list(shape)})


def _pattern(place: str) -> dict[str, Any]:
    duration, states = {"$ref": "#/$defs/duration"}, {"$ref": "#/$defs/states"}
    companions = _one_or_more({"$ref": "#/$defs/companion"})
    beside: dict[str, dict[str, Any]] = {
        **dict.fromkeys(("before", "after", "around", "in", "apart"), duration),
        "since": {"enum": ["owner", "creation"]},
        "same-save": {"type": "boolean"},
        "at-least": {"type": "integer", "minimum": 1},
        "with": companions,
        "without": companions,
        "none-between": _one_or_more({"$ref": "#/$defs/between"}),
        "given": states,
        "while": states,
        "expect": _one_or_more({"$ref": "#/$defs/answer"}),
        "within": {"$ref": "#/$defs/within"},
        "severity": {"enum": list(words.SEVERITY_WORDS)},
        "owed-by": {"enum": list(words.DEBTORS)},
        "obligation": _object(
            {"rule": _one_or_more(_TEXT), "opened-by": _one_or_more({"enum": list(words.ROLES)})}, ("rule",)
        ),
    }
    kinds = [kind for kind in words.EVENT_KINDS if kind != "becomes" or place == "opening"]
    properties: dict[str, Any] = {
        kind: _object({name: _shape(shape) for name, shape in words.CONSTRAINTS[kind].items()})
        for kind in kinds
        if kind != "becomes"
    }
    if "becomes" in kinds:
        properties["becomes"] = {"$ref": "#/$defs/state"}
    properties |= {name: beside[name] for name in words.PLACES[place]}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in kinds],
    }


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a rule file, for editors and checks outside the tool."""
    distance = rf"^(none|passed|({'|'.join(words.LADDER)}) [0-9]+ working days?)$"
    ladder = {"type": "object", "patternProperties": {distance: _DURATION}, "additionalProperties": False}
    properties: dict[str, Any] = {
        "id": {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"},
        "title": _TEXT,
        "category": {"enum": list(words.CATEGORIES)},
        "severity": {"enum": list(words.SEVERITY_WORDS)},
        "status": {"enum": list(words.STATUSES)},
        "why": _TEXT,
        "when": _one_or_more({"$ref": "#/$defs/opening"}),
        "expect": _one_or_more({"$ref": "#/$defs/answer"}),
        "within": {"$ref": "#/$defs/within"},
        "ahead": _DURATION,
        "by": {"const": words.PROMISED},
        "grace": _DURATION,
        "while": {"$ref": "#/$defs/states"},
        "unless": _one_or_more({"$ref": "#/$defs/end"}),
        "until": _one_or_more({"anyOf": [_DURATION, {"$ref": "#/$defs/end"}]}),
        "owed-by": {"enum": list(words.DEBTORS)},
        "clears": _TEXT,
        "remedy": _TEXT,
        "false-positives": _one_or_more(_TEXT),
        "story": _TEXT,
        "subsumes": _one_or_more(_TEXT),
        "about": {"enum": list(words.ABOUT)},
        "info-when": {"$ref": "#/$defs/states"},
        "examples": {"type": "array", "items": {"type": "object"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ownership-audit rule",
        **_object(properties, words.REQUIRED),
        "$defs": {
            "duration": _DURATION,
            "within": {"anyOf": [_DURATION, _object({"by-deadline": ladder}, ("by-deadline",))]},
            "state": _object({name: _shape(shape) for name, shape in words.STATES.items()})
            | {"type": "object", "minProperties": 1},
            "states": _one_or_more({"$ref": "#/$defs/state"}),
            **{place: _pattern(place) for place in words.PLACES},
        },
    }
