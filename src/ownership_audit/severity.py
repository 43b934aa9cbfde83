"""How grave a finding is: three levels, in order."""

from __future__ import annotations

from typing import Final

SEVERITIES: Final = ("info", "warning", "error")
"""From the mildest to the gravest."""


def severity_rank(severity: str) -> int:
    """0 for info, 1 for warning, 2 for error."""
    return SEVERITIES.index(severity)
