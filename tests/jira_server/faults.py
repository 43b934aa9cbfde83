"""Which request meets which fault: by rules, and by chance from a seed."""

from __future__ import annotations

import hashlib
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = (
    "429",
    "500",
    "503",
    "timeout",
    "truncated",
    "html-200",
    "html-502",
    "drop-before",
    "drop-after",
    "slow",
)
_WORKING: Final = frozenset(("timeout", "truncated", "drop-after", "slow"))
_READING_POSTS: Final = re.compile(
    r"/(search|search/jql|search/approximate-count|(issue|changelog)/bulkfetch)$"
)


def is_read(method: str, path: str) -> bool:
    """True for a request that changes nothing: GET, and the POSTs that search and fetch."""
    return method == "GET" or (method == "POST" and _READING_POSTS.search(path) is not None)


@dataclass(frozen=True)
class Fault:
    """What happens to one request.

    ``work`` tells whether the request is carried out in spite of it; ``seconds`` is how long a ``timeout``
    holds the answer or a ``slow`` one drips.
    """

    kind: str
    work: bool
    seconds: float = 0.5
    retry_after: float | str = 1
    http_date: bool = False
    reason: str = "jira-burst-based"


_RULE_KEYS: Final = frozenset(
    [
        "kind",
        "method",
        "path",
        "nth",
        "every",
        "rate",
        "times",
        "seed",
        "work",
        "seconds",
        "retry_after",
        "http_date",
        "reason",
    ]
)


class _Rule:
    def __init__(self, told: dict[str, Any]) -> None:
        unknown = set(told) - _RULE_KEYS
        if unknown:
            raise ValueError(f"no such keys in a fault rule: {sorted(unknown)}")
        self.told = told
        self.fault = _fault(told["kind"], told)
        self.method = re.compile(told.get("method", ""))
        self.path = re.compile(told.get("path", ""))
        nth = told.get("nth")
        self.nth = [nth] if isinstance(nth, int) else nth
        self.random = random.Random(told.get("seed", 0))
        self.met = self.done = 0

    def hits(self, method: str, path: str) -> bool:
        if not (self.method.fullmatch(method) or not self.method.pattern) or not self.path.search(path):
            return False
        self.met += 1
        if self.done >= self.told.get("times", 1 << 30):
            return False
        if self.nth is not None and self.met not in self.nth:
            return False
        if self.met % self.told.get("every", 1):
            return False
        if "rate" in self.told and self.random.random() >= self.told["rate"]:
            return False
        self.done += 1
        return True


def _fault(kind: str, told: dict[str, Any]) -> Fault:
    if kind not in KINDS:
        raise ValueError(f"no such kind of fault: {kind}; there are {', '.join(KINDS)}")
    more = {name: told[name] for name in ("seconds", "retry_after", "http_date", "reason") if name in told}
    return Fault(kind, told.get("work", kind in _WORKING), **more)


class Faults:
    """Chooses the fault of each request.

    Rules are asked in their order. Chance is a function of the seed, the request and how often it came
    before, so that it does not depend on the order of requests that are sent at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._random: dict[str, Any] = {}
        self._came: Counter[str] = Counter()
        self._in_a_row: Counter[str] = Counter()

    def set_rules(self, rules: list[dict[str, Any]]) -> None:
        """Replace the rules; they count anew."""
        made = [_Rule(rule) for rule in rules]
        with self._lock:
            self._rules = made

    def set_random(self, told: dict[str, Any] | None) -> None:
        """Replace the random faults: ``rate``, ``kinds``, ``seed``, ``consecutive``, ``writes``, details."""
        told = dict(told or {})
        if told.get("kinds", "all") == "all":
            told["kinds"] = list(KINDS)
        for kind in told["kinds"]:
            _fault(kind, told)
        with self._lock:
            self._random = told
            self._came.clear()
            self._in_a_row.clear()

    def choose(self, method: str, path: str, identity: str) -> Fault | None:
        """The fault of a request; ``identity`` is the same for repetitions of one request."""
        with self._lock:
            chosen = None
            for rule in self._rules:
                if rule.hits(method, path) and chosen is None:
                    chosen = rule.fault
            return chosen or self._by_chance(method, path, identity)

    def _by_chance(self, method: str, path: str, identity: str) -> Fault | None:
        told = self._random
        if not told.get("rate") or not (told.get("writes") or is_read(method, path)):
            return None
        self._came[identity] += 1
        text = f"{told.get('seed', 0)}|{identity}|{self._came[identity]}"
        dice = random.Random(hashlib.sha256(text.encode()).digest())
        most = told.get("consecutive")
        if dice.random() >= told["rate"] or (most is not None and self._in_a_row[identity] >= most):
            self._in_a_row[identity] = 0
            return None
        self._in_a_row[identity] += 1
        return _fault(dice.choice(told["kinds"]), told)
