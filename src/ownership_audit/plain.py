"""Text of a tracker made safe to show: in one line, without what could steer a terminal, and not too long."""

from __future__ import annotations

import re
from typing import Final

_UNSAFE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters, among them the escape that starts a terminal's commands
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that reverse the direction of text
    r"\ud800-\udfff]"  # halves of surrogate pairs, which no terminal can print
)


def plain(text: str) -> str:
    """The text in one line, without anything a terminal could take for a command."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def shortened(text: str, longest: int) -> str:
    """The same, cut where it has more than ``longest`` characters; a megabyte costs no more."""
    safe = plain(text[: 4 * longest])
    if len(safe) <= longest and len(text) <= 4 * longest:
        return safe
    return f"{safe[: longest - 1].rstrip()}\u2026"
