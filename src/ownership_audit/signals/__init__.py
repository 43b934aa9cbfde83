"""Signals: what a comment's prose says, by lexicons that are data, and the times it promises."""

from ownership_audit.signals.bump import LONGEST_BUMP, BumpLexicon, load_bump
from ownership_audit.signals.names import ASKING, INFORMING, PUSHING, SIGNALS, SPEAKERS
from ownership_audit.signals.reader import Reading
from ownership_audit.signals.said import Said
from ownership_audit.signals.signals import Signals

__all__ = [
    "ASKING",
    "INFORMING",
    "LONGEST_BUMP",
    "PUSHING",
    "SIGNALS",
    "SPEAKERS",
    "BumpLexicon",
    "Reading",
    "Said",
    "Signals",
    "load_bump",
]
