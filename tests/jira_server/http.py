"""A request and an answer as the API's parts see them, apart from sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jira_server.errors import ApiError


@dataclass
class Request:
    """What was asked; ``path`` is without the prefix of a scoped token's gateway."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any = None

    def text(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def number(self, name: str, default: int) -> int:
        """A parameter that is a number, from the query or from the body."""
        value: object = self.query[name][-1] if name in self.query else self.mapping().get(name)
        if value is None:
            return default
        try:
            number = int(str(value))
        except ValueError:
            raise ApiError(400, f"The parameter '{name}' is no number: {value}") from None
        if number < 0:
            raise ApiError(400, f"The parameter '{name}' is below 0: {number}")
        return number

    def words(self, name: str) -> list[str]:
        """A parameter that is a list: repeated, or separated by commas, or a list in the body."""
        given = self.query[name] if name in self.query else self.mapping().get(name)
        if given is None:
            return []
        parts = given if isinstance(given, list) else [given]
        return [word.strip() for part in parts for word in str(part).split(",") if word.strip()]

    def flag(self, name: str, *, default: bool) -> bool:
        """A parameter that is true or false."""
        return self.text(name, str(default)).lower() == "true"

    def mapping(self) -> dict[str, Any]:
        """The body where it is an object, else an empty one."""
        return self.body if isinstance(self.body, dict) else {}

    def sent(self) -> dict[str, Any]:
        """The body, which has to be an object."""
        if not isinstance(self.body, dict):
            raise ApiError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        return self.body


@dataclass
class Response:
    """What is answered: JSON unless ``raw`` is given; a body of None is none."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
