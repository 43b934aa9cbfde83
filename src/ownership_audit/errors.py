"""Every error the tool raises on purpose: one root, one child per port.

A message says what happened, where (``file:line`` or issue key) and what to do about it.
"""

from __future__ import annotations


class AuditError(Exception):
    """Root of all expected errors; its text is shown to the user as it is."""


class DataError(AuditError):
    """A record or a source file can't be read as tracker data."""


class RuleError(AuditError):
    """A rule or lexicon file is wrong."""


class ConfigError(AuditError):
    """The configuration, or a value given on the command line, is wrong."""


class SuppressError(AuditError):
    """A baseline file can't be read or written."""


class TrackerError(AuditError):
    """A tracker can't be read now; what was read before stays. The message says what to do."""


class RefusedError(AuditError):
    """A tracker does not let this account in, or not to this; trying again without a change is no use."""


class MirrorError(AuditError):
    """A mirror's file can't be used."""


class WriteError(AuditError):
    """A write was not done: the tracker refused it. Nothing was changed."""


class UnknownWriteError(AuditError):
    """Nobody knows whether a write was done: its answer was lost. Look before writing again."""


class DeliveryError(AuditError):
    """A message was not confirmed by the service it was given to. Nobody knows whether it came."""
