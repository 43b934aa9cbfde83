"""The section ``actions`` of the configuration: what is done about findings, in which words and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from string import Template
from typing import Final

from ownership_audit.calendars import duration_of
from ownership_audit.reconcile.settings import PLACEHOLDERS, Actions, Marks, Wording
from ownership_audit.severity import SEVERITIES
from ownership_audit.yamlfile import Value, nearest


def _marks(value: Value) -> Marks:
    found = value.mapping(("add-labels", "remove-labels", "flag"), "marks")
    labels = {word: found[word].names() if word in found else () for word in ("add-labels", "remove-labels")}
    for word in labels:
        for item in found[word].items() if word in found else ():
            if any(character.isspace() for character in item.string()):
                raise item.fail("a label holds no white space; write it with - or _")
    return Marks(labels["add-labels"], labels["remove-labels"], "flag" in found and found["flag"].boolean())


def _wording(value: Value) -> Wording:
    found = value.mapping(("says", "helps"), "the words for a rule")
    for word in found.values():
        template = Template(word.string())
        if not template.is_valid():
            raise word.fail("a $ stands alone; write $$ for the sign itself")
        for name in template.get_identifiers():
            if name not in PLACEHOLDERS:
                raise word.fail(f"no placeholder ${name}; {nearest(name, PLACEHOLDERS)}")
    return Wording(**{name: word.string() for name, word in found.items()})


def _handle(value: Value) -> str:
    handle = value.string().lstrip("@").lower()
    if not handle or " " in handle:
        raise value.fail(f"{value.string()!r} is no name to call somebody by; write one word, such as audit")
    return handle


def _visibility(value: Value) -> tuple[str, str]:
    found = value.mapping(("role", "group"), "who may read")
    if len(found) != 1:
        raise value.fail("name one: a role or a group")
    kind, name = next(iter(found.items()))
    return kind, name.string()


_ACTIONS: Final[Mapping[str, tuple[str, Callable[[Value], object]]]] = {
    "comment": ("comment", lambda v: None if v.text() == "none" else v.choice(SEVERITIES)),
    "experimental": ("experimental", Value.boolean),
    "rules": ("only", lambda v: frozenset(v.names())),
    "settled": ("delete_settled", lambda v: v.choice(("edit", "delete")) == "delete"),
    "mention": ("mention", Value.boolean),
    "max-writes": ("most_writes", Value.limit),
    "max-per-issue": ("most_per_issue", Value.limit),
    "max-per-person": ("most_per_person", Value.limit),
    "cool-down": ("cool_down", duration_of),
    "working-hours": ("working_hours", Value.boolean),
    "handle": ("handle", _handle),
    "answers-from": ("answers_from", lambda v: frozenset(name.lower() for name in v.names())),
    "dismiss-labels": ("dismiss_labels", lambda v: frozenset(v.names())),
    "property": ("property", Value.boolean),
    "escalate-after": ("escalate_after", duration_of),
    "marks": ("marks", lambda v: {name: _marks(found) for name, _, found in v.pairs(None, "marks")}),
    "wordings": ("wordings", lambda v: {name: _wording(found) for name, _, found in v.pairs(None, "words")}),
    "visibility": (
        "visibility",
        lambda v: {name.upper(): _visibility(found) for name, _, found in v.pairs(None, "projects by key")},
    ),
}


def actions_of(value: Value) -> Actions:
    """The settings in a section; raises ConfigError with ``file:line``."""
    found = value.mapping(_ACTIONS, "what is done about findings")
    changed = {_ACTIONS[name][0]: _ACTIONS[name][1](entry) for name, entry in found.items()}
    changed["named"] = dict(_named_rules(found))
    return replace(Actions(), **changed)  # type: ignore[arg-type]  # each gives its field


def _named_rules(found: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """The rules that actions name, and where; whether there are such rules is for others to say."""
    for item in found["rules"].items() if "rules" in found else ():
        yield item.string(), item.place
    for word in ("marks", "wordings"):
        for name, key, _ in found[word].pairs(None, word) if word in found else ():
            rule = name.rpartition("/")[2] if word == "wordings" else name
            if word == "wordings" or rule not in SEVERITIES:
                yield rule, key.place
