"""How fast a site is asked: few requests at a time, fewer when it says so, and pauses that all keep."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

from ownership_audit.errors import TrackerError

LEAST_WAIT: Final = 1.0
"""Seconds that are always waited before a request is tried again."""

_CALM: Final = 20  # answers in a row after which one more request at a time is allowed again


@dataclass(frozen=True, slots=True)
class Clock:
    """Running seconds, and a way to wait for some; given from outside, so that tests need not wait."""

    seconds: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Policy:
    """When to give up: after ``tries`` of one request, or when it would take more than ``patience`` seconds.

    ``connect`` and ``silence`` are the seconds to wait for a connection and between two pieces of an
    answer; ``whole`` those that one answer may take in all. ``slowest`` caps the waits that nobody asked for.
    """

    tries: int = 8
    patience: float = 1800.0
    connect: float = 10.0
    silence: float = 60.0
    whole: float = 300.0
    slowest: float = 60.0
    workers: int = 4

    @classmethod
    def for_somebody_who_waits(cls) -> Policy:
        """Few tries and no long pauses: somebody sits before the terminal and wants to know."""
        return cls(tries=3, patience=30.0, silence=20.0)


@dataclass(slots=True)
class Pace:
    """Lets requests through: at most ``policy.workers`` at a time, none while the site wants a pause."""

    policy: Policy
    clock: Clock
    chance: random.Random = field(default_factory=random.Random)
    _gate: threading.Condition = field(default_factory=threading.Condition)
    _allowed: int = 0
    _running: int = 0
    _calm: int = 0
    _not_before: float = 0.0

    def __post_init__(self) -> None:
        self._allowed = self.policy.workers

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a request may be sent; it runs until the block is left.

        Raises TrackerError where the site wants a longer pause than there is patience for.
        """
        with self._gate:
            while self._running >= self._allowed:
                self._gate.wait()
            self._running += 1
        try:
            wait = self._not_before - self.clock.seconds()
            while wait > 0:
                if wait > self.policy.patience:
                    raise TrackerError(f"the site asks for a long pause ({wait:.0f} s); run again later")
                self.clock.sleep(wait)
                wait = self._not_before - self.clock.seconds()
            yield
        finally:
            with self._gate:
                self._running -= 1
                self._gate.notify()

    def slow_down(self, seconds: float) -> None:
        """The site wants a pause: nobody asks before it is over, and then half as many at a time."""
        with self._gate:
            self._not_before = max(self._not_before, self.clock.seconds() + seconds)
            self._allowed = max(1, self._allowed // 2)
            self._calm = 0

    def answered(self) -> None:
        """A request was answered well; after some of them one more at a time may run again."""
        with self._gate:
            self._calm += 1
            if self._calm >= _CALM and self._allowed < self.policy.workers:
                self._allowed, self._calm = self._allowed + 1, 0
                self._gate.notify()

    def backoff(self, tried: int) -> float:
        """Seconds to wait after so many tries where the site names none: doubled each time, with jitter.

        The method is the "equal jitter" of Brooker, "Exponential Backoff and Jitter" (AWS, 2015).
        """
        longest = min(self.policy.slowest, LEAST_WAIT * 2.0 ** min(tried, 16))
        return max(LEAST_WAIT, longest / 2 + self.chance.uniform(0, longest / 2))


def asked_pause(retry_after: str | None, date: str | None) -> float | None:
    """The seconds a ``Retry-After`` header asks to wait, in either form; None where it says nothing.

    A date is measured against the answer's own ``Date``, so that no clock here matters.
    """
    text = (retry_after or "").strip()
    if not text:
        return None
    try:
        seconds = float(text) if text[0].isdecimal() else _until(text, date)
    except (ValueError, OverflowError):
        return None
    return max(LEAST_WAIT, seconds) if seconds is not None and isfinite(seconds) else None


def _until(text: str, date: str | None) -> float | None:
    end, now = _moment(text), _moment(date)
    if end is None or now is None:
        return None
    return (end - now).total_seconds()


def _moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
