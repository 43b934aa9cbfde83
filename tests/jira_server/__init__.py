"""A Jira for tests: a real HTTP server on loopback that holds issues from a file, Cloud or Data Center.

It answers what a tool needs that reads histories and writes comments, labels and flags, with the limits,
the odd ways and, on demand, the failures of the real one. It shares no code with the tool it tests.
"""

from jira_server.client import Server, start
from jira_server.convert import account_id, cloud_record, server_record

__all__ = ["Server", "account_id", "cloud_record", "server_record", "start"]
