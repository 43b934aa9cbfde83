"""Where a site is and how an account gets in. Secrets come from the environment or the OS keyring only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ownership_audit.errors import ConfigError
from ownership_audit.secrecy import LOOPBACK, from_keyring

CLOUD, DATA_CENTER = "cloud", "data-center"
DEPLOYMENTS: Final = (CLOUD, DATA_CENTER)
"""The two kinds of Jira; Server speaks as Data Center does."""

GATEWAY: Final = "https://api.atlassian.com/ex/jira"
"""Where tokens with scopes are taken, by the site's cloud id."""

_AFTER_BRACKET: Final = re.compile(r"\][^:]")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account's secret: with ``user`` an API token of Cloud, without a personal access token."""

    token: str = field(repr=False)
    user: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """Where the credentials are kept: names of environment variables, or a service of the OS keyring."""

    place: str
    user_env: str = "JIRA_EMAIL"
    token_env: str = "JIRA_TOKEN"  # noqa: S105  # the name of a variable
    keyring: str | None = None

    def credentials(self, environment: Mapping[str, str]) -> Credentials:
        """The credentials; raises ConfigError that says which variable or entry is missing."""
        user = environment.get(self.user_env) or None
        if self.keyring is not None:
            return Credentials(from_keyring("token", self.keyring, user or "token", self.place), user)
        token = environment.get(self.token_env, "")
        if not token:
            raise ConfigError(
                f"{self.place}: no token: the environment variable {self.token_env} is not set; put a token"
                f" there (Cloud: with the account's e-mail in {self.user_env}; Data Center: a personal access"
                " token alone)"
            )
        if any(character.isspace() for character in token):
            raise ConfigError(
                f"{self.place}: the token in {self.token_env} holds white space; copy it again without"
            )
        return Credentials(token, user)


def check_address(url: str, place: str) -> str:
    """The address without what follows the path; raises ConfigError for one that would leak the token."""
    try:
        parts = urlsplit(url)
        is_odd = parts.port == 0 or _AFTER_BRACKET.search(parts.netloc) is not None
    except ValueError:
        parts, is_odd = urlsplit(""), True
    if is_odd or parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigError(f"{place}: {url!r} is no address; write https://jira.example.org")
    if parts.username or parts.password:
        raise ConfigError(f"{place}: the address holds a user or password; keep them in the environment")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ConfigError(f"{place}: {url!r} would send the token in the clear; write https://")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def host_of(url: str) -> str:
    """The name of a site's host."""
    return urlsplit(url).hostname or url
