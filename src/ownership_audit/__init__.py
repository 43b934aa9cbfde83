"""ownership-audit finds where ownership was dropped in the history of tracker issues."""

__version__ = "0.1.0"
