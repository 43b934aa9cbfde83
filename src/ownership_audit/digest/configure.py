"""The section ``digest`` of the configuration. What might be an address is never repeated in an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ownership_audit.calendars import Duration
from ownership_audit.digest.settings import Address, Digest
from ownership_audit.errors import ConfigError
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
    addresses: dict[str, Address] = {}
    for name, key, entry in value.pairs(None, "addresses by person, team or lead"):
        lowered = " ".join(name.split()).lower()
        if "://" in lowered:
            raise key.fail(_NO_ADDRESS)
        if lowered in addresses:
            raise key.fail(f"{name!r} is written twice, in different letters; keep one")
        addresses[lowered] = _address(entry)
    return addresses


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


def _projects(value: Value) -> frozenset[str]:
    return frozenset(item.string().upper() for item in value.items())


def _duration(value: Value) -> Duration:
    try:
        return Duration.parse(value.string())
    except ConfigError as problem:
        raise value.fail(str(problem)) from None


def _limit(value: Value) -> int | None:
    return None if value.text() == "none" else value.integer(1)


_KEYS: Final[Mapping[str, tuple[str, Callable[[Value], object]]]] = {
    "projects": ("projects", _projects),
    "to": ("to", _to),
    "least": ("least", lambda v: v.choice(SEVERITIES)),
    "experimental": ("experimental", Value.boolean),
    "at-most-every": ("at_most_every", _duration),
    "working-hours": ("working_hours", Value.boolean),
    "escalate-after": ("escalate_after", _duration),
    "max-messages": ("most_messages", _limit),
    "max-issues": ("most_issues", _limit),
}
