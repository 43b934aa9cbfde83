"""The report as one JSON document for other programs: stable keys, UTC times, always valid UTF-8."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ownership_audit.finding import Coverage, Evidence, Finding, Report
from ownership_audit.reports.interface import DEFAULT_WIDTH

# JSON allows them as they are, but a terminal that shows the document could take them for commands.
_UNSAFE: Final = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def render(report: Report, group_by: str | None = None, width: int = DEFAULT_WIDTH) -> str:
    """The document, indented by two; findings in the report's order, whatever the grouping."""
    del group_by, width
    document = {
        "as_of": _time(report.as_of),
        "coverage": _coverage(report.coverage),
        "findings": [_finding(finding) for finding in report.findings],
    }
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", _dumped(document))


def _dumped(document: dict[str, Any]) -> str:
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    try:
        return orjson.dumps(document, option=options).decode()
    except TypeError:  # half a surrogate pair in some text of the tracker
        return orjson.dumps(_well_formed(document), option=options).decode()


def _time(moment: datetime) -> str:
    spec = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "issues": coverage.issues,
        "unreadable": coverage.unreadable,
        "partial": coverage.partial,
        "containers": coverage.containers,
        "ignored": coverage.ignored,
        "suppressed": coverage.suppressed,
        "unused_baseline": coverage.unused_baseline,
        "not_evaluated": dict(sorted(coverage.not_evaluated.items())),
        "rules_not_evaluated": dict(sorted(coverage.rules_not_evaluated.items())),
        "notes": list(coverage.notes),
        "problems": list(coverage.problems),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    party = finding.owed_by
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "issue": finding.issue,
        "url": finding.url,
        "status": finding.status,
        "owed_by": {"role": party.role, "name": party.name, "id": party.id},
        "opened": _time(finding.opened),
        "due": _time(finding.due),
        "met": None if finding.met is None else _time(finding.met),
        "working_time": finding.working_time,
        "title": finding.title,
        "evidence": [_evidence(item) for item in finding.evidence],
        "clears": finding.clears,
        "remedy": finding.remedy,
        "fingerprint": finding.fingerprint,
        "experimental": finding.experimental,
        "stages": list(finding.stages),
        "summary": finding.summary,
        "project": finding.project,
        "owner": finding.owner,
        "team": finding.team,
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    return {"at": _time(item.at), "actor": item.actor, "event": item.event, "quote": item.quote}


def _well_formed(value: Any) -> Any:
    """The same document with U+FFFD for each half of a surrogate pair that stands alone."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_well_formed(item) for item in value]
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(item) for key, item in value.items()}
    return value
