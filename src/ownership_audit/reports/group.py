"""Sections of a report. Persons stand in alphabetical order and carry no counts: nobody is ranked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ownership_audit.finding import Finding

_Key = tuple[bool, str, str, str]


def _by_issue(finding: Finding) -> tuple[_Key, str]:
    heading = f"{finding.issue}: {finding.summary}" if finding.summary else finding.issue
    return (False, "", finding.issue, ""), heading


def _by_rule(finding: Finding) -> tuple[_Key, str]:
    return (False, finding.rule, "", ""), finding.rule


def _by_owner(finding: Finding) -> tuple[_Key, str]:
    """Under the person whose turn it is; where nobody is known, under the role, after the persons."""
    party = finding.owed_by
    if party.name is None:
        return (True, party.role.casefold(), party.role, ""), party.label
    return (False, party.name.casefold(), party.name, party.id or ""), party.name


def _by_team(finding: Finding) -> tuple[_Key, str]:
    if not finding.team:
        return (True, "", "", ""), "no team"
    return (False, finding.team.casefold(), finding.team, ""), finding.team


_GROUPINGS: Final[Mapping[str, Callable[[Finding], tuple[_Key, str]]]] = {
    "issue": _by_issue,
    "rule": _by_rule,
    "owner": _by_owner,
    "team": _by_team,
}


def sections(findings: Iterable[Finding], group_by: str) -> list[tuple[str, list[Finding]]]:
    """``(heading, findings)`` of each group: issues in the report's order, all else in alphabetical order."""
    key_of = _GROUPINGS[group_by]
    groups: dict[_Key, tuple[str, list[Finding]]] = {}
    for finding in findings:
        key, heading = key_of(finding)
        groups.setdefault(key, (heading, []))[1].append(finding)
    if group_by == "issue":
        return list(groups.values())
    return [groups[key] for key in sorted(groups)]
