"""Answers read to their end within a time: one that comes byte by byte would hold a run for ever."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter


class WholeAnswers(HTTPAdapter):
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
