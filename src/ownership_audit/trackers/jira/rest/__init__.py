"""Reads a Jira site over its REST interface: Cloud (v3) and Data Center (v2). It writes nothing."""
