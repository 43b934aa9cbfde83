"""Requests that write: sent once. Only a refusal that says "not now" (429) is waited out and sent again."""

from __future__ import annotations

from typing import Any, Final

import orjson
import requests

from ownership_audit.errors import RefusedError, UnknownWriteError, WriteError
from ownership_audit.trackers.jira.rest.access import Credentials
from ownership_audit.trackers.jira.rest.pace import Pace, asked_pause
from ownership_audit.trackers.jira.rest.session import open_session

_JSON: Final = {"Content-Type": "application/json"}
_TRIES: Final = 4
_APART: Final = 0.2  # seconds between two writes: a site allows few a second on one issue


class NotThereWriteError(WriteError):
    """What was to be written to is gone, or the account may not see it."""


class _RefusalError(Exception):
    """An answer that is a refusal; its status and headers say all, its body is not read."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class WriteChannel:
    """Writes to one site's REST interface, one request after the other."""

    def __init__(self, base: str, credentials: Credentials, pace: Pace, apart: float = _APART) -> None:
        self.base = base
        self._pace = pace
        self._apart = apart
        self._session = open_session(credentials, pace, 1)
        self.requests = 0

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of the answer, None where there is none.

        Raises WriteError where nothing was changed, UnknownWriteError where that can't be told,
        RefusedError where the account is not let in.
        """
        response = self._once(method, path, body)
        waited = 0.0
        for tried in range(1, _TRIES):
            if response.status_code != 429:
                break
            asked = asked_pause(response.headers.get("Retry-After"), response.headers.get("Date"))
            pause = asked or self._pace.backoff(tried)
            waited += pause
            self._pace.slow_down(pause)  # also where that is too long: then nobody asks in the meantime
            if waited > self._pace.policy.patience:
                break
            response = self._once(method, path, body)
        return self._judged(path, response)

    def _once(self, method: str, path: str, body: object) -> requests.Response:
        with self._pace.turn():
            self.requests += 1
            self._pace.clock.sleep(self._apart)
            try:
                return self._session.request(
                    method,
                    self.base + path,
                    data=None if body is None else orjson.dumps(body),
                    headers=_JSON,
                    allow_redirects=False,  # followed, a write would be sent twice, perhaps elsewhere
                    hooks={"response": _refuse},
                )
            except _RefusalError as problem:
                return problem.response
            except requests.exceptions.ConnectTimeout:
                raise WriteError(f"{self.base}{path}: no connection; run again later") from None
            except requests.RequestException as problem:
                name = type(problem).__name__
                raise UnknownWriteError(f"{self.base}{path}: the answer was lost ({name})") from None

    def _judged(self, path: str, response: requests.Response) -> Any:
        status, place = response.status_code, f"{self.base}{path}"
        if status < 300:
            if not response.content:
                return None
            try:
                return orjson.loads(response.content)
            except orjson.JSONDecodeError:
                raise UnknownWriteError(f"{place}: the answer is no JSON, perhaps of a proxy") from None
        if status == 401:
            raise RefusedError(f"{place}: the site does not accept the credentials (401); check the token")
        if status >= 500 or status == 408:
            raise UnknownWriteError(f"{place}: the site answers {status}")
        if status < 400:
            raise WriteError(
                f"{place}: the site redirects ({status}), perhaps to a login; nothing was changed"
            )
        if status == 404:
            raise NotThereWriteError(f"{place}: not there any more (404); nothing was changed")
        if status == 403:
            raise WriteError(f"{place}: the account may not write this (403); see ownership-audit doctor")
        raise WriteError(f"{place}: the site answers {status}; nothing was changed")


def _refuse(response: requests.Response, **_: object) -> None:
    """Raise for a refusal: here, before the session makes a text of whatever its body holds."""
    if response.status_code >= 400:
        response.close()
        raise _RefusalError(response)
