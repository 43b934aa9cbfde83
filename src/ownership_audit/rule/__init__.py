"""Rules as data: the model, the language's words, the strict loader and the JSON Schema."""

from ownership_audit.rule.load import check_stories, load_rule, load_rules, shipped_rules, silent_rules
from ownership_audit.rule.model import Condition, Owing, Pattern, Rule, Step
from ownership_audit.rule.schema import json_schema
from ownership_audit.rule.words import OF_WHAT_IS_SAID

__all__ = [
    "OF_WHAT_IS_SAID",
    "Condition",
    "Owing",
    "Pattern",
    "Rule",
    "Step",
    "check_stories",
    "json_schema",
    "load_rule",
    "load_rules",
    "shipped_rules",
    "silent_rules",
]
