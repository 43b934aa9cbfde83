"""The command line: parsing, progress and exit codes only."""

from ownership_audit.cli.app import app, main

__all__ = ["app", "main"]
