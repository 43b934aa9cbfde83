"""The examples in rule files: small timelines in one line per save, with the findings they must give.

They are read here, run against the rules, and every difference is reported with file and line:
an expectation that nothing meets, and a finding that nothing expects.
"""

from ownership_audit.examples.check import check_rules, run_example
from ownership_audit.examples.read import Example, Expected, read_examples

__all__ = ["Example", "Expected", "check_rules", "read_examples", "run_example"]
