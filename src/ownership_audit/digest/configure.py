"""The section ``digest`` of the configuration. What might be an address is never repeated in an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ownership_audit.calendars import duration_of
from ownership_audit.digest.settings import Address, Digest
from ownership_audit.severity import SEVERITIES
from ownership_audit.yamlfile import Value

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_ADDRESS: Final = (
    "an address holds secrets and never stands here; write the name of what holds it:"
    " {env: ANN_DIGEST}, or {keyring: ann-digest}"
)


def digest_of(value: Value) -> Digest:
    """The settings in a section; raises ConfigError with ``file:line``."""
    found = value.mapping(_KEYS, "what is told in digests")
    changed = {_KEYS[name][0]: _KEYS[name][1](entry) for name, entry in found.items()}
    return replace(Digest(), **changed)  # type: ignore[arg-type]  # each gives its field


def _to(value: Value) -> dict[str, Address]:
    what = "addresses by person, team or lead"
    for name, key, _ in value.pairs(None, what):
        if "://" in name:
            raise key.fail(_NO_ADDRESS)
    return {name: _address(entry) for name, entry in value.by_name(what).items()}


def _address(value: Value) -> Address:
    if not value.is_mapping:
        raise value.fail(_NO_ADDRESS)
    found = value.mapping(("env", "keyring"), "where the address is kept")
    if len(found) != 1:
        raise value.fail("name one: env (a variable) or keyring (a service of the OS keyring)")
    kind, entry = next(iter(found.items()))
    name = entry.string()
    if "://" in name or (kind == "env" and not _VARIABLE.fullmatch(name)):
        raise entry.fail(_NO_ADDRESS)
    return Address(value.place, **{kind: name})


_KEYS: Final[Mapping[str, tuple[str, Callable[[Value], object]]]] = {
    "projects": ("projects", lambda v: frozenset(name.upper() for name in v.names())),
    "to": ("to", _to),
    "least": ("least", lambda v: v.choice(SEVERITIES)),
    "experimental": ("experimental", Value.boolean),
    "at-most-every": ("at_most_every", duration_of),
    "working-hours": ("working_hours", Value.boolean),
    "escalate-after": ("escalate_after", duration_of),
    "max-messages": ("most_messages", Value.limit),
    "max-issues": ("most_issues", Value.limit),
}
