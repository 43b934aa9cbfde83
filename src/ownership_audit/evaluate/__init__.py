"""The evaluator: rules over timelines to obligations."""

from ownership_audit.evaluate.clock import Calendars
from ownership_audit.evaluate.conditions import whose_turn
from ownership_audit.evaluate.engine import Evaluation, RuleSet, evaluate
from ownership_audit.evaluate.obligation import Obligation

__all__ = ["Calendars", "Evaluation", "Obligation", "RuleSet", "evaluate", "whose_turn"]
