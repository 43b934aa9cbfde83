"""Labels and the flag: what a comment's mark claims of them, and how that is put on and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ownership_audit.finding import Finding
from ownership_audit.reconcile.settings import Marks
from ownership_audit.reconcile.steps import FLAG, LABELS, Case, Step
from ownership_audit.trackers.marker import OPEN, Marker

AS_CONFIGURED: Final = "as configured for what was found"
NOTHING: Final = Marker(OPEN, {}, "")
"""The mark that claims nothing."""


def wanted_marks(marks: Mapping[str, Marks], told: Iterable[Finding]) -> Marks:
    """What the settings want for these findings, by severity and by rule, together."""
    found = [
        wanted
        for finding in told
        for name in (finding.severity, finding.rule)
        if (wanted := marks.get(name)) is not None
    ]
    return Marks(
        tuple(sorted({label for marks in found for label in marks.add})),
        tuple(sorted({label for marks in found for label in marks.remove})),
        any(marks.flag for marks in found),
    )


def claimed(case: Case, wanted: Marks, before: Marker) -> Marks:
    """Of what is wanted, only what the tool itself changes or has changed: others' labels stay theirs."""
    labels = case.standing.labels
    added = [
        label
        for label in wanted.add
        if label in before.added or (label not in labels and label not in before.removed)
    ]
    removed = [
        label
        for label in wanted.remove
        if label in before.removed or (label in labels and label not in before.added)
    ]
    flagged = wanted.flag and (before.flagged or not case.standing.flagged)
    return Marks(tuple(added), tuple(removed), flagged)


def put_on(case: Case, marker: Marker) -> list[Step]:
    """Do what a mark claims: after it is written, lest a stop leaves what nobody claims."""
    labels = case.standing.labels
    steps = _labels(case, set(marker.added) - labels, set(marker.removed) & labels, AS_CONFIGURED)
    if marker.flagged and not case.standing.flagged:
        steps.append(Step(case.key, FLAG, AS_CONFIGURED, flagged=True))
    return steps


def given_back(case: Case, marker: Marker, after: Marker, why: str) -> list[Step]:
    """Undo what a mark claims and will claim no more: before it is changed, lest a stop forgets it."""
    labels = case.standing.labels
    add = set(marker.removed) - set(after.removed) - labels
    remove = (set(marker.added) - set(after.added)) & labels
    steps = _labels(case, add, remove, why)
    if marker.flagged and not after.flagged and case.standing.flagged:
        steps.append(Step(case.key, FLAG, why, flagged=False))
    return steps


def _labels(case: Case, add: set[str], remove: set[str], why: str) -> list[Step]:
    if not add and not remove:
        return []
    return [Step(case.key, LABELS, why, add=tuple(sorted(add)), remove=tuple(sorted(remove)))]
