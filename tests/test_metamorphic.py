"""Metamorphic properties: what a change of the input may change in the findings, and what it never may."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ownership_audit.config import PersonSettings, Settings
from ownership_audit.evaluate import Obligation, RuleSet
from ownership_audit.examples import Example, read_examples
from ownership_audit.finding import Finding
from ownership_audit.reading import Library, Reading
from ownership_audit.reports.json import render
from ownership_audit.rule import Rule, load_rules, shipped_rules, silent_rules
from ownership_audit.run import Auditor, Options, load_signals
from ownership_audit.stories import closure, findings
from ownership_audit.timeline import Body, Event, Person, Timeline, build
from ownership_audit.trackers.file import FileSource
from strategies import (
    NOISE,
    PERSONS,
    QUIET,
    Save,
    Story,
    absences,
    moments,
    saves,
    stories,
    times,
)  # fmt: skip

RULES = load_rules(shipped_rules())
SIGNALS = load_signals()
LATER = timedelta(days=90)
"""After the last event: by then most rules' times have passed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("metamorphic")


def written(folder: Path, records: Sequence[dict[str, Any]]) -> Path:
    source = folder / "issues.jsonl"
    source.write_bytes(b"\n".join(map(orjson.dumps, records)))
    return source


def audited(folder: Path, records: Sequence[dict[str, Any]], settings: Settings, options: Options) -> Any:
    """The JSON report of an audit."""
    auditor = Auditor(settings, RULES, SIGNALS)
    return json.loads(render(auditor.audit(FileSource(written(folder, records)), options)))


def judged(
    folder: Path, records: Sequence[dict[str, Any]], settings: Settings, now: datetime
) -> Iterator[tuple[Timeline, Obligation]]:
    """Every obligation of every issue, with its timeline."""
    auditor = Auditor(settings, RULES, SIGNALS)
    reading = Reading(FileSource(written(folder, records)), settings, Library(auditor.rules.kinds()))
    for _, timeline in reading.timelines(now, constant_owner=False):
        for obligation in auditor.evaluation(timeline, now).obligations:
            yield timeline, obligation


# -- time and order -------------------------------------------------------------------------------------

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!T)")


def shifted(report: object, story: Story, weeks: int) -> object:
    """The report with each time moved on the local clock, and each day in words."""
    by = timedelta(weeks=weeks)

    def time(found: re.Match[str]) -> str:
        local = datetime.fromisoformat(found[0]).astimezone(story.zone).replace(tzinfo=None)
        moved = (local + by).replace(tzinfo=story.zone).astimezone(UTC)
        return moved.isoformat().replace("+00:00", "Z")

    def day(found: re.Match[str]) -> str:
        return (date.fromisoformat(found[0]) + by).isoformat()

    text = json.dumps(report)
    return json.loads(_DAY.sub(day, _MOMENT.sub(time, text)))


@given(
    story=stories(days_off=False, zones=("UTC", "Asia/Kolkata", "Europe/Berlin", "America/New_York")),
    weeks=st.integers(1, 60),
    history=st.booleans(),
)
def test_shifting_all_local_times_by_weeks_shifts_the_findings_and_nothing_else(
    folder: Path, story: Story, weeks: int, history: bool
) -> None:
    records = story.records()
    now = times(records)[-1] + LATER
    local = now.astimezone(story.zone).replace(tzinfo=None) + timedelta(weeks=weeks)
    later = local.replace(tzinfo=story.zone).astimezone(UTC)
    here = audited(folder, records, story.settings, Options(now, history=history))
    there = audited(folder, story.records(weeks), story.settings, Options(later, history=history))
    assert there == shifted(here, story, weeks)


@given(story=stories(most=4, longest=6), moment=moments, seed=st.integers(0, 999))
def test_the_order_of_issues_and_of_entries_within_an_issue_changes_nothing(
    folder: Path, story: Story, moment: Any, seed: int
) -> None:
    records = story.records()
    options = Options(moment(records), history=True)
    before = audited(folder, records, story.settings, options)
    chance = random.Random(seed)
    chance.shuffle(records)
    for record in records:
        fields = record["fields"]
        for entries in (record["changelog"]["histories"], fields["comment"]["comments"],
                        fields["worklog"]["worklogs"], fields["attachment"]):  # fmt: skip
            chance.shuffle(entries)
    assert audited(folder, records, story.settings, options) == before


# -- absences -------------------------------------------------------------------------------------------


@given(story=stories(days_off=False), who=st.sampled_from(PERSONS), away=absences(least=1))
def test_an_absence_moves_due_times_later_and_removes_no_obligation(
    folder: Path, story: Story, who: str, away: tuple[tuple[date, date], ...]
) -> None:
    records = story.records()
    now = times(records)[-1] + LATER
    person = story.settings.people.get(who.lower(), PersonSettings())
    people = {**story.settings.people, who.lower(): replace(person, absences=away)}
    present = list(judged(folder, records, story.settings, now))
    absent = list(judged(folder, records, replace(story.settings, people=people), now))

    def owed(found: list[tuple[Timeline, Obligation]]) -> list[tuple[object, ...]]:
        return sorted((t.issue.key, o.rule.id, o.role, o.opened, o.opener or -1, o.anchor) for t, o in found)

    assert owed(absent) == owed(present)
    dues: dict[tuple[object, ...], list[datetime]] = {}
    for timeline, obligation in present:
        key = timeline.issue.key, obligation.rule.id, obligation.opened, obligation.opener, obligation.anchor
        dues.setdefault(key, []).append(obligation.due)
    for timeline, obligation in absent:
        key = timeline.issue.key, obligation.rule.id, obligation.opened, obligation.opener, obligation.anchor
        before = dues[key].pop(0)
        away_one = obligation.subject is not None and obligation.subject.name == who
        assert obligation.due >= before if away_one else obligation.due == before


# -- bots -----------------------------------------------------------------------------------------------


@given(story=stories(), at=st.integers(0, 20), noise=st.lists(saves(QUIET), min_size=1, max_size=3))
def test_what_a_bot_says_or_attaches_changes_no_finding(
    folder: Path, story: Story, at: int, noise: list[Save]
) -> None:
    quiet = [replace(save, gap=0, actor=NOISE) for save in noise]
    plan = story.plans[0]
    place = at % (len(plan.saves) + 1)
    busy = replace(plan, saves=(*plan.saves[:place], *quiet, *plan.saves[place:]))
    noisy = replace(story, plans=(busy, *story.plans[1:]))
    now = times(story.records())[-1] + LATER
    options = Options(now, history=True)

    before = audited(folder, story.records(), story.settings, options)
    after = audited(folder, noisy.records(), story.settings, options)
    assert after["findings"] == before["findings"]


@given(story=stories(most=3))
def test_nothing_a_bot_does_opens_meets_or_counts(folder: Path, story: Story) -> None:
    """Save that an issue filed by a bot is there, and may need an owner as any other does."""
    records = story.records()
    for timeline, obligation in judged(folder, records, story.settings, times(records)[-1] + LATER):
        involved = [obligation.opener or None, obligation.met_by, *obligation.counted]
        assert not any(timeline.events[index].by_bot for index in involved if index is not None)
        assert obligation.subject is None or obligation.subject.kind != "bot"


# -- meeting an expectation -----------------------------------------------------------------------------

OUTSIDER = Person("olga", "Olga Outsider")
WORD = "The pump runs again since noon. As a workaround, use the old key."


def hits() -> Iterator[Any]:
    """Every example of a shipped rule that owes something and in which the rule finds exactly one thing."""
    for rule in RULES:
        if rule.owes_nothing:
            continue
        for example in read_examples(rule):
            if [expected.rule for expected in example.expected] == [rule.id]:
                yield pytest.param(rule, example, id=f"{rule.id}: {example.name}")


def found_in(
    rule: Rule, example: Example, extra: Sequence[Event] = ()
) -> tuple[Timeline, list[Obligation], list[Finding]]:
    draft = replace(example.draft, events=[*example.draft.events, *extra])
    timeline = build(draft, example.conventions, example.now)
    assert timeline is not None
    in_force = [rule, *silent_rules([rule], RULES)]
    obligations = RuleSet(in_force, SIGNALS).evaluate(timeline, example.calendars, example.now).obligations
    found = findings(timeline, obligations, closure([rule]), example.calendars, example.now)
    return timeline, list(obligations), found


def debtor(timeline: Timeline, obligation: Obligation) -> Person:
    """The party that owes; where only its role is known, somebody who is neither owner nor reporter."""
    return obligation.subject or OUTSIDER


def answers(rule: Rule, timeline: Timeline, obligation: Obligation, at: datetime) -> list[Event]:
    """What meets a rule's expectation by its own words: a comment where one will do, else the change it
    asks for.
    """
    by = debtor(timeline, obligation)
    kinds = {pattern.kind for pattern in rule.expect} or {p.kind for w in rule.when for p in w.expect or ()}
    state = timeline.state_at(at)
    if kinds & {"update", "sign", "comment"}:
        return [Event(at, "comment", by, "c999999", body=Body(WORD))]
    if "deadline" in kinds:
        return [Event(at, "deadline", by, "h999999.0", state.deadline, date(2099, 1, 5))]
    assert "assigned" in kinds
    return [Event(at, "assigned", by, "h999999.0", state.owner, OUTSIDER)]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("rule", "example"), list(hits()))
def test_an_answer_of_the_one_who_owes_it_in_time_removes_the_finding(
    rule: Rule, example: Example, share: float
) -> None:
    timeline, obligations, found = found_in(rule, example)
    (finding,) = found
    standing = [o for o in obligations if o.is_open(example.now)]
    first = standing[0]
    # After the opening's own save, where there is time for it.
    soonest = min(first.opened + timedelta(seconds=6), first.due)
    at = soonest + (first.due - soonest) * share
    _, _, left = found_in(rule, example, answers(rule, timeline, first, at))
    assert finding.fingerprint not in {f.fingerprint for f in left}


def test_every_rule_that_owes_something_is_among_the_answered() -> None:
    answered = {parameters.values[0].id for parameters in hits()}
    assert answered == {rule.id for rule in RULES if not rule.owes_nothing}


@given(story=stories(most=1), share=st.floats(0, 1))
def test_an_answer_in_time_closes_the_obligation_in_any_history(
    folder: Path, story: Story, share: float
) -> None:
    records = story.records()
    now = times(records)[-1] + LATER
    auditor = Auditor(story.settings, RULES, SIGNALS)
    reading = Reading(FileSource(written(folder, records)), story.settings, Library(auditor.rules.kinds()))
    draft, timeline = list(reading.timelines(now, constant_owner=False))[-1]
    conventions = story.settings.conventions()
    for obligation in auditor.evaluation(timeline, now).obligations:
        rule = obligation.rule
        if rule.owes_nothing or not obligation.is_open(now):
            continue
        soonest = min(obligation.opened + timedelta(seconds=6), obligation.due)
        at = soonest + (obligation.due - soonest) * share
        answer = answers(rule, timeline, obligation, at)
        answered = build(
            replace(draft, events=[*draft.events, *answer]), conventions, now, ends=reading.ends
        )  # fmt: skip
        assert answered is not None
        for other in auditor.evaluation(answered, now).obligations:
            if (other.rule.id, other.opened, other.anchor) == (rule.id, obligation.opened, obligation.anchor):
                assert not other.is_open(now)


# -- fingerprints ---------------------------------------------------------------------------------------


@given(story=stories(most=1), moment=moments, days=st.sampled_from((0, 1, 5, 20, 90)))
def test_fingerprints_stay_while_what_they_stand_for_is_open(
    folder: Path, story: Story, moment: Any, days: int
) -> None:
    records = story.records()
    now = moment(records)
    later = now + timedelta(days=days)
    auditor = Auditor(story.settings, RULES, SIGNALS)
    source = written(folder, records)
    still = {
        (timeline.issue.key, o.rule.id, o.opened, o.due)
        for timeline, o in judged(folder, records, story.settings, later)
        if o.is_open(later)
    }
    before = [f for f in auditor.audit(FileSource(source), Options(now)).findings
              if (f.issue, f.rule, f.opened, f.due) in still]  # fmt: skip
    after = {(f.rule, f.fingerprint) for f in auditor.audit(FileSource(source), Options(later)).findings}
    stories_of = {rule.id: rule.story or rule.id for rule in RULES}
    tops = {(stories_of[rule], print_) for rule, print_ in after}
    for finding in before:
        own = stories_of[finding.rule]
        assume(any(story_ == own for story_, _ in tops))  # a later stage of another story may stand for it
        assert (own, finding.fingerprint) in tops
