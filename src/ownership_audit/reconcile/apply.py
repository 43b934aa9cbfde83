"""Carries out a plan, step by step. A write is never repeated blindly: after a lost answer it looks first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ownership_audit.errors import RefusedError, TrackerError, UnknownWriteError, WriteError
from ownership_audit.reconcile.steps import COMMENT, DELETE, EDIT, FLAG, LABELS, NOTE, Plan, Step
from ownership_audit.trackers.posts import Posts, Standing, note_digest

Log = Callable[[Step, str], None]
"""Takes each step before and after it is done: ``begun``, then ``done``, ``done already``, ``failed: why``
or ``stopped: why``.
"""

_CHANGED: Final = "failed: the issue was changed after the plan was made; the next run looks at it again"


@dataclass(slots=True)
class Result:
    """What was done: steps by kind, and what was not, with the reason.

    ``stopped`` is why the site lets the account in no more; what was planned after that is left.
    """

    done: dict[str, int] = field(default_factory=dict)
    failed: list[tuple[Step, str]] = field(default_factory=list)
    stopped: str | None = None

    @property
    def writes(self) -> int:
        """How many steps were done."""
        return sum(self.done.values())


def apply(plan: Plan, posts: Posts, log: Log) -> Result:
    """Carry out a plan that keeps its limits; one that breaks them is refused before the first write.

    What fails on one issue leaves the rest of that issue to the next run, and costs no other issue anything.
    An issue that somebody changed after the plan was made is left to the next run as well. An account that is
    not let in any more ends it all. Raises WriteError for a plan beyond its limit.
    """
    if plan.exceeds is not None:
        raise WriteError(
            f"the plan has {len(plan.steps)} writes, more than {plan.exceeds}; nothing was written."
            " Look at it with plan, then raise max-writes in the configuration or narrow the audit"
        )
    result = Result()
    given_up: set[str] = set()
    begun: set[str] = set()
    for step in plan.steps:
        if step.key in given_up:
            continue
        log(step, "begun")
        try:
            as_planned = step.key in begun or posts.version(step.key) == plan.versions.get(step.key)
            outcome = _tried(step, posts) if as_planned else _CHANGED
        except RefusedError as problem:
            result.stopped = str(problem)
            log(step, f"stopped: {problem}")
            return result
        except TrackerError as problem:
            outcome = f"failed: {problem}"
        begun.add(step.key)
        log(step, outcome)
        if outcome.startswith("failed"):
            given_up.add(step.key)
            result.failed.append((step, outcome.removeprefix("failed: ")))
        else:
            result.done[step.kind] = result.done.get(step.kind, 0) + 1
    return result


def _tried(step: Step, posts: Posts) -> str:
    try:
        _do(step, posts)
    except UnknownWriteError as problem:
        return _looked(step, posts, str(problem))
    except (WriteError, TrackerError) as problem:
        return f"failed: {problem}"
    return "done"


def _looked(step: Step, posts: Posts, problem: str) -> str:
    """Whether a write whose answer was lost is there; if not, the next run plans it again."""
    try:
        standing = posts.standing(step.key)
    except TrackerError as second:
        return f"failed: {problem}; and then: {second}"
    return "done already" if is_done(step, standing) else f"failed: {problem}"


def _do(step: Step, posts: Posts) -> None:
    if step.kind == COMMENT and step.document is not None and step.marker is not None:
        posts.comment(step.key, step.document, step.marker)
    elif step.kind == EDIT and step.document is not None and step.marker is not None:
        posts.edit(step.key, step.comment or "", step.document, step.marker)
    elif step.kind == DELETE:
        posts.delete(step.key, step.comment or "")
    elif step.kind == LABELS:
        posts.change_labels(step.key, step.add, step.remove)
    elif step.kind == FLAG:
        posts.set_flag(step.key, flagged=step.flagged)
    elif step.kind == NOTE:
        posts.set_note(step.key, step.note)


def is_done(step: Step, standing: Standing) -> bool:
    """Whether an issue stands as a step would leave it."""
    if step.kind == COMMENT:
        return any(posted.marker == step.marker for posted in standing.comments)
    if step.kind == EDIT:
        return any(p.id == step.comment and p.marker == step.marker for p in standing.comments)
    if step.kind == DELETE:
        return all(posted.id != step.comment for posted in standing.comments)
    if step.kind == LABELS:
        return set(step.add) <= standing.labels and not set(step.remove) & standing.labels
    if step.kind == FLAG:
        return standing.flagged == step.flagged
    return standing.note == note_digest(step.note)
