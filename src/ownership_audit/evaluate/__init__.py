"""The evaluator: rules over timelines to obligations."""

from ownership_audit.evaluate.clock import Calendars
from ownership_audit.evaluate.conditions import turn_at, whose_turn
from ownership_audit.evaluate.dialogue import Dialogue
from ownership_audit.evaluate.engine import Evaluation, RuleSet, evaluate
from ownership_audit.evaluate.obligation import Obligation

__all__ = [
    "Calendars",
    "Dialogue",
    "Evaluation",
    "Obligation",
    "RuleSet",
    "evaluate",
    "turn_at",
    "whose_turn",
]
