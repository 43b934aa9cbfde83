"""The words of the rule language: the loader checks by them, the JSON Schema is made of them."""

from __future__ import annotations

from typing import Final

from ownership_audit.severity import SEVERITIES
from ownership_audit.signals import SIGNALS
from ownership_audit.timeline import KINDS, STATUS_CLASSES

ROLES: Final = (
    "owner", "new-owner", "former-owner", "reporter", "opener", "same", "lead", "named-lead", "reviewer",
    "tester", "colleague", "awaited", "other", "anyone",
)  # fmt: skip
"""Who did something. ``owner`` is read just before the event; ``opener`` and ``same`` did the opening
event; ``new-owner`` is the owner it brought; ``other`` is any known person but the owner; ``awaited``
is whom the opening comment is for. ``lead`` is read generously where none is known, ``named-lead`` never."""

ADDRESSEES: Final = (
    "owner",
    "new-owner",
    "lead",
    "reporter",
    "opener",
    "nobody",
    "named-owner",
    "named-other",
)
"""Whom a comment is for; ``opener`` makes it a reply. ``named-owner`` and ``named-other`` are
mentioned, or named at the start; the others may also be meant without a name."""

DEBTORS: Final = ("owner", "new-owner", "opener", "reporter", "lead", "reviewer")
"""Who can owe the next move."""

HOLDERS: Final = (
    "anyone", "person", "queue", "nobody", "former-owner", "former-team", "tester", "team", "opener",
)  # fmt: skip
"""Whom an assignment leaves or reaches: anyone is a person or a queue, team another team than
before, former-owner and former-team had it and passed it on, opener did the opening event."""

WAITS: Final = ("person", "automation")
"""What somebody can wait for, as the lexicons tell it."""

EVENT_KINDS: Final = tuple(sorted(KINDS | {"sign", "update", "done", "reopened", "reassigned", "becomes"}))

# Per kind of value: how a word's value is read.
#   flag: true/false; duration; role(s); one of the words in brackets
_ACTORS: Final = {"by": ROLES, "not-by": ROLES}
CONSTRAINTS: Final[dict[str, dict[str, object]]] = {
    kind: dict(_ACTORS) for kind in EVENT_KINDS if kind not in ("becomes", "unblocked")
}
CONSTRAINTS["unblocked"] = {}
for _kind in ("comment", "update", "sign"):
    CONSTRAINTS[_kind] |= {"says": SIGNALS, "lacks": SIGNALS, "answers": ("owner",)}
CONSTRAINTS["comment"] |= {
    "to": ADDRESSEES,
    "not-to": ADDRESSEES,
    "plainly": "flag",
    "timed": "flag",
    "unanswered": "flag",
    "waits-for": WAITS,
    "not-waits-for": WAITS,
}
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
    "awaits-answer": "flag",
    "carried": "duration",
}
"""State words. ``owner-chosen`` tells that the owner was not simply there from creation on.
``deadline-in`` holds when a deadline lies ahead by at most this; ``carried`` when the last two updates
are one person's and lie within this time before the audit."""

PLACES: Final[dict[str, tuple[str, ...]]] = {
    "opening": (
        "with", "without", "at-least", "in", "apart", "none-between",
        "given", "while", "expect", "within", "severity", "owed-by", "obligation",
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

OF_WHAT_IS_SAID: Final = ("plainly", "timed", "waits-for", "not-waits-for")
"""Constraints on the sentences that say what ``says`` asks for."""

OWING: Final = ("rule", "opened-by")
"""What an ``obligation`` beside an opening is known by: its rule, and who opened it."""

PROMISED: Final = "promised time"
"""The one value of ``by``: the obligation is due when the opening comment promises."""

LADDER: Final = ("more than", "at least", "less than")
"""Steps of a deadline ladder that name a distance; ``none`` and ``passed`` stand beside them."""

RULE_KEYS: Final = (
    "id", "title", "category", "severity", "status", "why", "when", "expect", "within", "ahead", "by",
    "grace", "while", "unless", "until", "owed-by", "clears", "remedy", "false-positives", "story",
    "subsumes", "about", "info-when", "examples",
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
