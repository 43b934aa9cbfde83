"""The report as a table that a lead understands at once: whose turn, since when, in the record's words.

Text from the tracker is shown, never obeyed: control characters don't reach the terminal.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from tabulate import tabulate

from ownership_audit.finding import SEVERITIES, Coverage, Finding, Report, plain, shortened
from ownership_audit.reports.group import sections
from ownership_audit.reports.interface import DEFAULT_WIDTH

_LONGEST: Final = 160  # characters shown of a text from the tracker; the rest stands in the issue
_LEAST: Final = 14  # columns for a title: "(experimental)" in one piece
_GAP: Final = 2  # columns between two cells


def render(report: Report, group_by: str | None = None, width: int = DEFAULT_WIDTH) -> str:
    """The table, or one for each group under a heading, then the totals and what could not be looked at."""
    blocks: list[str] = []
    history = any(finding.status != "open" for finding in report.findings)
    if group_by is None:
        if report.findings:
            blocks.append(_table(report.findings, history, width))
    else:
        for heading, findings in sections(report.findings, group_by):
            title = shortened(heading, width)
            blocks.append(f"{title}\n{'=' * len(title)}\n{_table(findings, history, width)}")
    closing = [_totals(report), *_coverage(report.coverage)]
    blocks.append("\n".join(_wrapped(line, width) for line in closing))
    return "\n\n".join(blocks) + "\n"


# ---------------------------------------------------------------- words


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, max(width, 20), subsequent_indent="  ", break_on_hyphens=False)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


# ---------------------------------------------------------------- the table


def _evidence(finding: Finding) -> str:
    quoted = next((item for item in finding.evidence if item.quote), None)
    item = quoted or next(iter(finding.evidence), None)
    if item is None:
        return ""
    actor = shortened(item.actor, 40) if item.actor else ""
    words = f'"{shortened(item.quote, _LONGEST)}"' if item.quote else shortened(item.event, _LONGEST)
    return f"{item.at:%Y-%m-%d} {actor}: {words}" if actor else f"{item.at:%Y-%m-%d} {words}"


def _cells(finding: Finding) -> dict[str, str]:
    title = shortened(finding.title, _LONGEST)
    return {
        "Issue": shortened(finding.issue, 40),
        "Severity": finding.severity,
        "What": f"{title} (experimental)" if finding.experimental else title,
        "Whose turn": shortened(finding.owed_by.label_with_part, 60),
        "Since": f"{finding.due:%Y-%m-%d},\n{shortened(finding.working_time, 40)}",
        "Status": f"{finding.status}\n{finding.met:%Y-%m-%d}" if finding.met else finding.status,
        "Evidence": _evidence(finding),
    }


def _widths(rows: Sequence[Mapping[str, str]], width: int) -> dict[str, int]:
    """Columns for each cell: short ones take what they need up to a limit, long ones share the rest."""
    limits = {"Issue": 14, "Severity": 8, "Whose turn": 14, "Since": 15, "Status": 10}
    widths = {
        name: max(len(name), min(limits[name], max(len(row[name]) for row in rows)))
        for name in rows[0]
        if name in limits
    }
    rest = max(width - sum(widths.values()) - _GAP * (len(rows[0]) - 1), 2 * _LEAST)
    what = max(_LEAST, rest * 2 // 5)
    return {name: widths.get(name, what if name == "What" else rest - what) for name in rows[0]}


def _table(findings: Sequence[Finding], history: bool, width: int) -> str:
    rows = [_cells(finding) for finding in findings]
    if not history:
        rows = [{name: cell for name, cell in row.items() if name != "Status"} for row in rows]
    widths = _widths(rows, width)
    lines: list[Sequence[str]] = [list(widths), ["-" * columns for columns in widths.values()]]
    for row in rows:
        folded = (_folded(cell, widths[name]) for name, cell in row.items())
        lines += [*zip_longest(*folded, fillvalue=""), [""] * len(row)]  # an empty line between findings
    text = tabulate(lines[:-1], tablefmt="plain", disable_numparse=True)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _folded(cell: str, width: int) -> list[str]:
    lines: list[str] = []
    for part in cell.split("\n"):
        lines += [part] if len(part) <= width else textwrap.wrap(part, width, break_on_hyphens=False)
    return lines


# ---------------------------------------------------------------- below the table


def _totals(report: Report) -> str:
    issues = _count(report.coverage.issues, "issue")
    moment = f"{report.as_of:%Y-%m-%d %H:%M} UTC"
    if not report.findings:
        return f"No findings on {issues} as of {moment}: whatever could be checked was taken care of."
    counts = Counter(finding.severity for finding in report.findings)
    parts = [
        _count(counts[severity], severity, "info" if severity == "info" else None)
        for severity in reversed(SEVERITIES)
        if counts[severity]
    ]
    touched = len({finding.issue for finding in report.findings})
    total = f"{_count(len(report.findings), 'finding')} ({', '.join(parts)})"
    return f"{total} on {touched} of {issues} as of {moment}."


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{plain(name)} {number}" for name, number in sorted(counts.items()) if number)


def _coverage(coverage: Coverage) -> Iterable[str]:
    """One line for each thing that was left out, and why."""
    pairs = sum(coverage.not_evaluated.values())
    if pairs:
        yield f"Not evaluated: {_count(pairs, 'pair')} of issue and rule ({_listed(coverage.not_evaluated)})."
    if any(coverage.rules_not_evaluated.values()):
        yield f"Rules not evaluated, with the number of issues: {_listed(coverage.rules_not_evaluated)}."
    if coverage.partial:
        yield f"Partial: the history of {_count(coverage.partial, 'issue')} is not complete."
    if coverage.unreadable:
        yield f"Unreadable: {_count(coverage.unreadable, 'record')}; the messages say which."
    if coverage.containers:
        yield f"Left out: {_count(coverage.containers, 'container')} (epics and the like)."
    if coverage.ignored:
        yield f"Left out: {_count(coverage.ignored, 'issue')} with an ignore label."
    if coverage.suppressed:
        yield f"Suppressed: {_count(coverage.suppressed, 'finding')} by the baseline."
    if coverage.unused_baseline:
        entries = _count(coverage.unused_baseline, "entry", "entries")
        yield f"Baseline: {entries} matched nothing any more; write it anew to remove them."
    yield from (f"Note: {plain(note)}" for note in coverage.notes)
