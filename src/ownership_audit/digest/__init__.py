"""Digests: one message per owner, team or lead about the issues that wait for them, instead of comments."""
