"""A local cache of a tracker's payloads, which can be deleted at any time: that only costs time."""

from ownership_audit.mirror.source import MirrorSource
from ownership_audit.mirror.store import Store
from ownership_audit.mirror.sync import SWEEP_EVERY, Outcome, sync

__all__ = ["SWEEP_EVERY", "MirrorSource", "Outcome", "Store", "sync"]
