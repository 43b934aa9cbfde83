"""An answer that is no success, in Jira's form."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """Ends a request with a status and Jira's error collection."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(*messages)
        self.status = status
        self.body: dict[str, Any] = {"errorMessages": list(messages), "errors": errors or {}}
        self.headers = headers or {}


def no_issue() -> ApiError:
    """What Jira says of an issue that is not there, and of one that the account may not see."""
    return ApiError(404, "Issue does not exist or you do not have permission to see it.")
