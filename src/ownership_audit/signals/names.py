"""The names of the signals. Kept apart, so that rules can be checked without reading any lexicon."""

from typing import Final

SIGNALS: Final = (
    "asks-for-orders", "blocked", "chase", "disclaims", "handover", "next-step", "promise",
    "promise-for-others", "proposal-to-close", "question", "still-fails", "update",
)  # fmt: skip
"""What the words of a comment can say. ``bump`` is a kind of its own, as it says nothing."""

SPEAKERS: Final = ("owner", "reporter", "other")
"""Who speaks, as a pattern may ask for it: the issue's owner, its reporter, or anybody else."""

ASKING: Final = frozenset({"question", "proposal-to-close"})
"""What passes the turn to the one it is said to, until they answer."""

PUSHING: Final = frozenset({"chase"})
"""What answers nothing, unless it comes together with INFORMING."""

INFORMING: Final = frozenset({"update"})
