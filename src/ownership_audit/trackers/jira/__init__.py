"""Jira REST issues (v2 wiki or v3 ADF, Server 5 to Cloud) to drafts: dated events and current values.

It parses records already read; it asks no server and writes nothing.
"""

from ownership_audit.trackers.jira.reader import JiraReader
from ownership_audit.trackers.jira.values import parse_day

__all__ = ["JiraReader", "parse_day"]
