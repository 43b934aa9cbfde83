"""Requests that read: tried again where that can help, with the site's own pauses, and clear errors.

Only what reads may pass here: a write must never be repeated blindly.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from ownership_audit.errors import RefusedError, TrackerError
from ownership_audit.trackers.jira.rest.access import Credentials
from ownership_audit.trackers.jira.rest.pace import Pace, asked_pause
from ownership_audit.trackers.jira.rest.session import open_session

_LOG: Final = logging.getLogger(__name__)
_BUSY: Final = frozenset({429, 503})
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 524})


class NotThereError(RefusedError):
    """The site knows no such thing, or the account may not see it."""


class ForbiddenError(RefusedError):
    """The account may not read this; it may still read other things."""


class GoneError(RefusedError):
    """The site has no such part any more, or knows a page token no more."""


class BadRequestError(TrackerError):
    """The site does not understand a request: most often the JQL, or a page token that is too old."""


class _PassingError(Exception):
    """What may be well when tried again; ``pause`` are the seconds the site asks to wait at least."""

    def __init__(self, what: str, pause: float | None = None) -> None:
        super().__init__(what)
        self.pause = pause


class Channel:
    """Reads JSON from one site's REST interface. Safe for several threads.

    ``base`` is the address that paths are appended to; ``requests`` counts what was sent.
    """

    def __init__(self, base: str, credentials: Credentials, pace: Pace) -> None:
        self.base = base
        self.pace = pace
        self.requests = 0
        self._session = open_session(credentials, pace, 2 * pace.policy.workers)

    def get(self, path: str, **query: object) -> Any:
        """The JSON that a GET answers with. Raises TrackerError or RefusedError."""
        return self._read("GET", path, query, None)

    def read_by_post(self, path: str, body: Mapping[str, object]) -> Any:
        """The JSON of a POST that only reads, as searches do."""
        return self._read("POST", path, {}, body)

    def head(self, path: str) -> Mapping[str, str]:
        """The headers of a GET's answer: what the site says of limits and of its clock."""
        return self._retried("GET", path, {}, None)[0]

    def _read(
        self, method: str, path: str, query: Mapping[str, object], body: Mapping[str, object] | None
    ) -> Any:
        return self._retried(method, path, query, body)[1]

    def _retried(
        self, method: str, path: str, query: Mapping[str, object], body: Mapping[str, object] | None
    ) -> tuple[Mapping[str, str], Any]:
        policy = self.pace.policy

        def is_enough(state: RetryCallState) -> bool:
            waits = state.idle_for + state.upcoming_sleep
            return state.attempt_number >= policy.tries or waits > policy.patience

        attempts = Retrying(
            retry=retry_if_exception_type(_PassingError),
            wait=self._wait,
            stop=is_enough,
            sleep=self.pace.clock.sleep,
            reraise=True,
        )
        try:
            return attempts(self._once, method, path, query, body)
        except _PassingError as problem:
            tried = attempts.statistics["attempt_number"]
            times = f"asked {tried} times" if tried >= policy.tries else "it asks for a long pause"
            raise TrackerError(f"{self.base}{path}: {problem} ({times}); run again later") from None

    def _wait(self, state: RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome is not None else None
        asked = problem.pause if isinstance(problem, _PassingError) else None
        return max(self.pace.backoff(state.attempt_number), asked or 0.0)

    def _once(
        self, method: str, path: str, query: Mapping[str, object], body: Mapping[str, object] | None
    ) -> tuple[Mapping[str, str], Any]:
        """One request: its answer's headers and JSON.

        Raises _PassingError for what may be well next time, else what the status means.
        """
        with self.pace.turn():
            self.requests += 1
            try:
                response = self._session.request(
                    method,
                    self.base + path,
                    params={name: value for name, value in query.items() if value is not None},
                    data=None if body is None else orjson.dumps(body),
                    headers=_JSON,
                    allow_redirects=False,  # who asks, and for what, is no other site's business
                    hooks={"response": partial(self._judge, path)},
                )
            except requests.exceptions.SSLError:
                raise TrackerError(
                    f"{self.base}: its certificate can't be verified; name its authority's file in"
                    " REQUESTS_CA_BUNDLE"
                ) from None
            except requests.Timeout:
                raise _PassingError("no answer in time") from None
            except requests.RequestException as problem:  # its text can hold the whole address
                raise _PassingError(f"the connection failed ({type(problem).__name__})") from None
        found = self._json(response)
        self.pace.answered()
        return response.headers, found

    def _judge(self, path: str, response: requests.Response, **_: object) -> None:
        """Raise for an answer that is none: here, before the session reads the bodies of refusals."""
        place = f"{self.base}{path}"
        if response.status_code >= 400:
            self._fail(path, response)
        if response.status_code >= 300:
            to = urlsplit(response.headers.get("Location", ""))
            where = f"{to.scheme}://{to.hostname}{to.path}"[:200] if to.hostname else to.path[:200]
            raise RefusedError(
                f"{place}: the site redirects to {where or 'nowhere'}, perhaps a login page or its new"
                " address; check the address and the token"
            )
        if response.headers.get("X-Seraph-LoginReason", "").startswith(_NOBODY):
            raise RefusedError(f"{place}: {_UNKNOWN}")  # what follows would be an empty site

    @staticmethod
    def _json(response: requests.Response) -> Any:
        """What an answer holds; raises for one that is no JSON, whatever its status says."""
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            what = "a page of HTML" if response.content.lstrip()[:1] == b"<" else "no JSON"
            raise _PassingError(f"the answer is {what}, perhaps of a proxy or a login") from None

    def _fail(self, path: str, response: requests.Response) -> None:
        status, headers = response.status_code, response.headers
        if status in _PASSING:
            pause = asked_pause(headers.get("Retry-After"), headers.get("Date"))
            if status in _BUSY:
                reason = headers.get("RateLimit-Reason")
                _LOG.warning(
                    "%s: the site is busy (%s%s)%s",
                    urlsplit(self.base).hostname,
                    status,
                    f", {reason[:80]}" if reason else "",
                    f"; it asks to wait {pause:.0f} s" if pause else "",
                )
                self.pace.slow_down(pause or self.pace.backoff(1))
            raise _PassingError(f"the site answers {status}", pause if status in _BUSY else None)
        place = f"{self.base}{path}"
        if status == 401:
            raise RefusedError(f"{place}: {_UNKNOWN}")
        if status == 403:
            raise ForbiddenError(
                f"{place}: the account may not read this (403); give it the permission to browse projects,"
                " or the token the scope read:jira-work"
            )
        if status == 404:
            raise NotThereError(
                f"{place}: not there (404); check the address, and that the account may see it"
            )
        if status == 410:
            raise GoneError(f"{place}: this part of the interface is gone (410); write deployment: cloud")
        raise BadRequestError(
            f"{place}: the site answers {status}{_told(response)}; check the projects and the JQL"
        )


_JSON: Final = {"Content-Type": "application/json"}
_NOBODY: Final = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")
_UNKNOWN: Final = (
    "the site does not accept the credentials (401); check that the token is valid and not expired, and on"
    " Cloud that the e-mail belongs to it"
)


def _told(response: requests.Response) -> str:
    """What Jira says is wrong, cut short."""
    try:
        said = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return ""
    messages = said.get("errorMessages") if isinstance(said, dict) else None
    return f": {str(messages[0])[:200]}" if isinstance(messages, list) and messages else ""
