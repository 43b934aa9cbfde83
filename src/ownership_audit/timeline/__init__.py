"""The timeline: one issue's history as frozen events and states, whatever tracker it came from."""

from ownership_audit.timeline.build import Draft, build
from ownership_audit.timeline.conventions import Conventions, PersonNote
from ownership_audit.timeline.model import (
    CHANGES,
    DERIVED,
    KINDS,
    LINKED,
    SIGNS,
    STATUS_CLASSES,
    UPDATES,
    Body,
    Event,
    Issue,
    Person,
    State,
    Status,
    Timeline,
)

__all__ = [
    "CHANGES",
    "DERIVED",
    "KINDS",
    "LINKED",
    "SIGNS",
    "STATUS_CLASSES",
    "UPDATES",
    "Body",
    "Conventions",
    "Draft",
    "Event",
    "Issue",
    "Person",
    "PersonNote",
    "State",
    "Status",
    "Timeline",
    "build",
]
