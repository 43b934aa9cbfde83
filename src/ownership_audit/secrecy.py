"""Secrets: the keyring they can be kept in, and the only hosts that they may reach in the clear."""

from __future__ import annotations

from typing import Final

from ownership_audit.errors import ConfigError

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""This machine: what goes there in the clear meets nobody on its way."""


def from_keyring(what: str, service: str, account: str, place: str) -> str:
    """A secret of the operating system's keyring, called ``what``; raises ConfigError without one."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise ConfigError(
            f"{place}: a {what} in the keyring needs the package keyring; install ownership-audit[keyring]"
        ) from None
    try:
        found = keyring.get_password(service, account)
    except KeyringError as problem:
        raise ConfigError(
            f"{place}: the keyring can't be read ({type(problem).__name__}); unlock it"
        ) from None
    if not found:
        raise ConfigError(
            f"{place}: the keyring holds no {what} for {service!r}, {account!r};"
            f" put it there: keyring set {service} {account}"
        )
    return found
