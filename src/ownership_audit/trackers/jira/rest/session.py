"""The session that speaks with a site: it repeats nothing by itself, and reads each answer within a time.

An answer that comes byte by byte would else hold a run for ever, and the package repeats writes too.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import requests
import urllib3
from jira.resilientsession import ResilientSession
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from ownership_audit.trackers.jira.rest.access import Credentials
from ownership_audit.trackers.jira.rest.pace import Pace


def open_session(credentials: Credentials, pace: Pace, connections: int) -> ResilientSession:
    """The ``jira`` package's session without its retries, with the time limits of the pace's policy."""
    policy = pace.policy
    session = ResilientSession(timeout=(policy.connect, policy.silence), max_retries=0)
    # Set as an authentication, not as a header: else an entry of a .netrc file would replace it.
    session.auth = (
        HTTPBasicAuth(credentials.user.encode(), credentials.token.encode())
        if credentials.user is not None
        else _bearer(credentials.token)
    )
    session.headers["X-Atlassian-Token"] = "no-check"  # no secret: it names a check
    for scheme in ("https://", "http://"):
        session.mount(scheme, _WholeAnswers(pace.clock.seconds, policy.whole, connections))
    return session


def _bearer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def authenticate(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return authenticate


class _WholeAnswers(HTTPAdapter):
    """Reads each answer at once; one that takes longer than ``most`` seconds in all is given up."""

    def __init__(self, seconds: Callable[[], float], most: float, connections: int) -> None:
        super().__init__(pool_maxsize=connections)
        self._seconds = seconds
        self._most = most

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        response = super().send(request, **{**options, "stream": True})
        end = self._seconds() + self._most
        pieces = []
        try:
            # As much as has come, not as much as could: else a drip would hold it for ever.
            while piece := response.raw.read1(1 << 16, decode_content=True):
                pieces.append(piece)
                if self._seconds() > end:
                    raise requests.Timeout(request=request)
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            response.raw.close()
            if isinstance(problem, urllib3.exceptions.TimeoutError | requests.Timeout):
                raise requests.Timeout(request=request) from None
            raise requests.exceptions.ChunkedEncodingError(request=request) from None
        response.raw = io.BytesIO(b"".join(pieces))
        return response
