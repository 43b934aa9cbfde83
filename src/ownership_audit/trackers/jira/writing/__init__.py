"""The tool's documents in Jira's formats: ADF on Cloud, wiki markup on Data Center."""

from ownership_audit.trackers.jira.writing.adf import to_adf
from ownership_audit.trackers.jira.writing.wiki import to_wiki

__all__ = ["to_adf", "to_wiki"]
