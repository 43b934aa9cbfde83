"""The section ``trackers`` of the configuration: live sites by a name of the team's own, without a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ownership_audit.trackers.jira.rest.access import DEPLOYMENTS, GATEWAY, Login, check_address
from ownership_audit.yamlfile import Value

_TRACKER: Final = (
    "type", "url", "deployment", "user-env", "token-env", "token-keyring", "cloud-id", "api-url",
    "projects", "jql", "mirror",
)  # fmt: skip
_LOGIN: Final = {"user-env": "user_env", "token-env": "token_env", "token-keyring": "keyring"}
_TRACKER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """One live tracker: where it is, how the account gets in, what is read, and where its mirror lies.

    ``url`` is the address people use; ``api_url`` the one requests go to, where that differs.
    """

    name: str
    place: str
    url: str
    api_url: str
    login: Login
    deployment: str | None = None
    projects: tuple[str, ...] = ()
    jql: str | None = None
    mirror: Path | None = None


def trackers_of(value: Value) -> dict[str, TrackerSettings]:
    """The trackers in a section; raises ConfigError with ``file:line``."""
    return {name: _tracker(name, key, entry) for name, key, entry in value.pairs(None, "trackers by name")}


def _tracker(name: str, key: Value, value: Value) -> TrackerSettings:
    found = value.mapping(_TRACKER, "a tracker")
    if not _TRACKER_NAME.fullmatch(name):
        raise key.fail(f"{name!r} is no name for a tracker; write letters, digits, - and _")
    if "url" not in found:
        raise key.fail("key 'url' is missing; write the site's address, such as https://jira.example.org")
    if "type" in found:
        found["type"].choice(("jira",))
    url = check_address(found["url"].string(), found["url"].place)
    api_url = url
    if "cloud-id" in found:
        api_url = f"{GATEWAY}/{found['cloud-id'].string()}"
    if "api-url" in found:
        api_url = check_address(found["api-url"].string(), found["api-url"].place)
    given = {word: found[key].string() for key, word in _LOGIN.items() if key in found}
    return TrackerSettings(
        name=name,
        place=value.place,
        url=url,
        api_url=api_url,
        login=Login(value.place, **given),
        deployment=found["deployment"].choice(DEPLOYMENTS) if "deployment" in found else None,
        projects=found["projects"].names() if "projects" in found else (),
        jql=found["jql"].string() if "jql" in found else None,
        mirror=Path(found["mirror"].string()) if "mirror" in found else None,
    )
