"""What a team wants of digests: for which projects, to whom by which address, how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ownership_audit.calendars import Duration
from ownership_audit.errors import ConfigError
from ownership_audit.secrecy import from_keyring

LEAD: Final = "lead"
"""Stands in ``to`` for the leads that have no address of their own; ``sup/lead`` for that of one project."""

ACCOUNT: Final = "address"
"""The account under which a keyring's service holds an address."""

_ONE_DAY: Final = Duration.parse("1 working day")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a notification address is kept: it holds secrets, so it is never in a file, nor shown."""

    place: str
    env: str | None = None
    keyring: str | None = None

    @property
    def label(self) -> str:
        """How messages speak of it."""
        return f"the variable {self.env}" if self.env is not None else f"the keyring's {self.keyring}"

    def read(self, environment: Mapping[str, str]) -> str:
        """The address itself; raises ConfigError that says which variable or entry is missing."""
        if self.keyring is not None:
            return from_keyring("notification address", self.keyring, ACCOUNT, self.place)
        found = environment.get(self.env or "", "").strip()
        if not found:
            raise ConfigError(
                f"{self.place}: no address: the environment variable {self.env} is not set; put a"
                " notification address there, such as mailtos://user:password@host?to=ann@example.org"
            )
        return found


@dataclass(frozen=True, slots=True)
class Digest:
    """How findings are told in messages. Names in ``to`` are lower-case, ``projects`` upper-case keys.

    ``least`` is the least severity that is told. ``most_messages`` counts those of a run, ``most_issues``
    those in one message; the rest waits for the next.
    """

    to: Mapping[str, Address] = field(default_factory=dict)
    projects: frozenset[str] = frozenset()
    least: str = "warning"
    experimental: bool = False
    at_most_every: Duration = _ONE_DAY
    working_hours: bool = True
    escalate_after: Duration | None = None
    most_messages: int | None = 50
    most_issues: int | None = 20
