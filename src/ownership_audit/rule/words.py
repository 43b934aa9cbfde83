"""The words of the rule language: the loader checks by them, the JSON Schema is made of them."""

from __future__ import annotations

from typing import Final

from ownership_audit.severity import SEVERITIES
from ownership_audit.timeline import KINDS, STATUS_CLASSES

ROLES: Final = (
    "owner", "new-owner", "former-owner", "reporter", "opener", "same", "lead", "reviewer", "tester", "other",
    "anyone",
)  # fmt: skip
"""Who did something. ``owner`` is read just before the event; ``opener`` and ``same`` did the opening
event; ``new-owner`` is the owner it brought; ``other`` is any known person but the owner."""

DEBTORS: Final = ("owner", "new-owner", "opener", "reporter", "lead", "reviewer")
"""Who can owe the next move."""

HOLDERS: Final = ("anyone", "person", "queue", "nobody", "former-owner", "former-team", "tester", "team")
"""Whom an assignment leaves or reaches: anyone is a person or a queue, team another team than
before, former-owner and former-team had it and passed it on."""

EVENT_KINDS: Final = tuple(sorted(KINDS | {"sign", "update", "done", "reopened", "reassigned", "becomes"}))

# Per kind of value: how a word's value is read.
#   flag: true/false; duration; role(s); one of the words in brackets
_ACTORS: Final = {"by": ROLES, "not-by": ROLES}
CONSTRAINTS: Final[dict[str, dict[str, object]]] = {
    kind: dict(_ACTORS) for kind in EVENT_KINDS if kind not in ("becomes", "unblocked")
}
CONSTRAINTS["unblocked"] = {}
CONSTRAINTS["comment"] |= {"to": ("owner", "lead", "reporter")}
for _kind in ("assigned", "reassigned"):
    CONSTRAINTS[_kind] |= {
        "from": HOLDERS,
        "to": HOLDERS,
        "not-from": HOLDERS,
        "not-to": HOLDERS,
        "lasting": "duration",
    }
CONSTRAINTS["status"] |= {"from": STATUS_CLASSES, "to": STATUS_CLASSES, "lasting": "duration"}
CONSTRAINTS["priority"] |= {"to": ("high", "crisis", "normal")}
CONSTRAINTS["flagged"] |= {"set": "flag"}
CONSTRAINTS["deadline"] |= {
    "in": "duration",
    "reached": "flag",
    "set": "flag",
    "moved": ("later", "earlier"),
    "removed": "flag",
    "relative-to-old": ("on its last working day or after", "before its last working day"),
    "old-set": ("on an earlier day", "the same day"),
    "owner-since": ("before the old date's day", "the old date's day or later"),
}

STATES: Final[dict[str, object]] = {
    "open": "flag",
    "owner": ("none", "person", "queue", "anyone"),
    "owner-chosen": "flag",
    "status-class": (*STATUS_CLASSES, "unknown"),
    "scheduled": "flag",
    "parked": "flag",
    "priority": ("high", "crisis"),
    "deadline": ("none", "set", "passed"),
    "deadline-in": "duration",
    "replanned": "flag",
    "support": "flag",
    "subtask": "flag",
    "turn": ("owner", "other", "lead", "nobody"),
    "carried": "duration",
}
"""State words. ``owner-chosen`` tells that the owner was not simply there from creation on.
``deadline-in`` holds when a deadline lies ahead by at most this; ``carried`` when the last two updates
are one person's and lie within this time before the audit."""

PLACES: Final[dict[str, tuple[str, ...]]] = {
    "opening": (
        "with", "without", "at-least", "in", "none-between",
        "given", "while", "expect", "within", "severity", "owed-by",
    ),
    "companion": ("before", "after", "around", "since", "same-save"),
    "answer": ("before", "after", "around"),
    "end": ("before", "after", "around"),
    "between": ("apart",),
}  # fmt: skip
"""What may stand beside an event, by the pattern's place: in ``when``; in ``with`` and ``without``; in
``expect``; in ``unless`` and ``until``; in ``none-between``. What has no effect there is an error."""

MOMENT_WORDS: Final = ("in", "reached")
"""Words of a ``deadline`` pattern that speak of a moment in time, not of a recorded change."""

LADDER: Final = ("more than", "at least", "less than")
"""Steps of a deadline ladder that name a distance; ``none`` and ``passed`` stand beside them."""

RULE_KEYS: Final = (
    "id", "title", "category", "severity", "status", "why", "when", "expect", "within", "ahead", "while",
    "unless", "until", "owed-by", "clears", "remedy", "false-positives", "story", "subsumes",
    "about", "info-when", "examples",
)  # fmt: skip
REQUIRED: Final = (
    "id",
    "title",
    "category",
    "severity",
    "why",
    "when",
    "owed-by",
    "clears",
    "remedy",
    "examples",
)
CATEGORIES: Final = ("handoffs", "silence", "deadlines", "promises", "blockers", "outcomes", "leadership")
STATUSES: Final = ("experimental", "stable")
ABOUT: Final = ("opening", "deadline")
SEVERITY_WORDS: Final = SEVERITIES
