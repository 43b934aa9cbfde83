"""The rule language: every word of it at work on a small timeline, and what a mistake in a file answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ownership_audit.calendars import Duration
from ownership_audit.config import load
from ownership_audit.errors import ConfigError, RuleError
from ownership_audit.examples import check_rules
from ownership_audit.rule import Rule, check_stories, json_schema, load_rule, load_rules, words
from ownership_audit.run import choose_rules, load_signals
from ownership_audit.signals import SIGNALS, Signals
from ownership_audit.timeline import STATUS_CLASSES
from ownership_audit.trackers.file import FileSource

Json = dict[str, Any]

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
BASE: Json = {
    "id": "own",
    "title": "A rule of our own",
    "category": "silence",
    "severity": "warning",
    "why": "It is only a test.",
    "when": {"flagged": {}},
    "expect": {"link": {}},
    "within": "1 working day",
    "owed-by": "owner",
    "clears": "A link.",
    "remedy": "Link it.",
    "examples": [],
}
MADE = "02 09:00 created by ann, owner bob"
NEWS = '"The pump runs again since noon."'


@pytest.fixture(scope="module")
def signals() -> Signals:
    return load_signals()


def write(folder: Path, rule: Json) -> Path:
    path = folder / f"{rule['id']}.yaml"
    path.write_text(yaml.safe_dump(rule, sort_keys=False), encoding="utf-8")
    return path


# ---------------------------------------------------------------- each word at work


@dataclass(frozen=True)
class Case:
    """A rule (what differs from BASE) with timelines it must find something in, and others it must not."""

    name: str
    rule: Json
    hits: tuple[tuple[str, ...], ...]
    misses: tuple[tuple[str, ...], ...]
    finds: Json
    world: Json


CASES: list[Case] = []


def case(
    name: str,
    rule: str,
    *,
    hit: str = "",
    miss: str = "",
    finds: str = "{}",
    world: str = "{}",
    made: str = MADE,
) -> None:
    """Timelines are lines ``DAY TIME what`` of March 2026, several timelines with an empty line between."""

    def timelines(text: str) -> tuple[tuple[str, ...], ...]:
        blocks = [block.strip() for block in text.split("\n\n")]
        return tuple(
            (made, *(line.strip() for line in block.splitlines() if line.strip()))
            for block in blocks
            if block or text == " "
        )

    CASES.append(
        Case(
            name,
            yaml.safe_load(rule),
            timelines(hit),
            timelines(miss),
            yaml.safe_load(finds),
            yaml.safe_load(world),
        )
    )


# Who did it.
case("by owner", "when: {comment: {by: owner}}", hit=f"03 10:00 bob: {NEWS}", miss=f"03 10:00 ann: {NEWS}")
case(
    "by new-owner",
    "when: {assigned: {by: new-owner}}",
    made="02 09:00 created by ann",
    hit="03 10:00 bob takes it",
    miss="03 10:00 ann assigns bob",
)
case(
    "by former-owner",
    "when: {comment: {by: former-owner}}",
    hit=f"03 10:00 bob assigns cid\n03 11:00 bob: {NEWS}",
    miss=f"03 10:00 bob assigns cid\n03 11:00 cid: {NEWS}",
)
case(
    "by reporter",
    "when: {comment: {by: reporter}}",
    hit=f"03 10:00 ann: {NEWS}",
    miss=f"03 10:00 bob: {NEWS}",
)
case(
    "by opener",
    "expect: {comment: {by: opener}}",
    hit=f"03 10:00 bob flags it\n03 11:00 ann: {NEWS}",
    miss=f"03 10:00 bob flags it\n03 11:00 bob: {NEWS}",
)
case(
    "by same, in the same save",
    "when: {flagged: {}, with: {comment: {by: same}, same-save: true}}",
    hit=f"03 10:00 bob flags it; {NEWS}",
    miss=f"03 10:00 bob flags it\n03 10:00:30 bob: {NEWS}",
)
case(
    "by lead",
    "when: {comment: {by: lead}}",
    world="lead: zoe",
    hit=f"03 10:00 zoe: {NEWS}",
    miss=f"03 10:00 cid: {NEWS}\n03 11:00 bob: {NEWS}",
)
case(
    "by reviewer",
    "when: {comment: {by: reviewer}}",
    hit=f"03 10:00 cid: {NEWS}",
    miss=f"03 10:00 bob: {NEWS}",
)
case(
    "by tester",
    "when: {comment: {by: tester}}",
    world="people: {tim: tester}",
    hit=f"03 10:00 tim: {NEWS}",
    miss=f"03 10:00 cid: {NEWS}",
)
case("by other", "when: {comment: {by: other}}", hit=f"03 10:00 cid: {NEWS}", miss=f"03 10:00 bob: {NEWS}")
case(
    "by anyone, but no bot",
    "when: {comment: {by: anyone}}",
    world="people: {ci: bot}",
    hit=f"03 10:00 cid: {NEWS}",
    miss=f"03 10:00 ci: {NEWS}",
)
case(
    "by one of several",
    "when: {comment: {by: [reporter, owner]}}",
    hit=f"03 10:00 ann: {NEWS}\n\n03 10:00 bob: {NEWS}",
    miss=f"03 10:00 cid: {NEWS}",
)
case("not-by", "when: {comment: {not-by: owner}}", hit=f"03 10:00 ann: {NEWS}", miss=f"03 10:00 bob: {NEWS}")
case(
    "comment to owner",
    "when: {comment: {to: owner}}",
    hit='03 10:00 ann: "Bob, does it run?"',
    miss='03 10:00 ann: "Cid, does it run?"',
)
case(
    "comment to lead",
    "when: {comment: {to: lead}}",
    world="lead: zoe",
    hit='03 10:00 bob: "Zoe, please decide on the pump."',
    miss='03 10:00 bob: "Ann, please decide on the pump."',
)
case(
    "comment to reporter",
    "when: {comment: {to: reporter}}",
    hit='03 10:00 bob: "Ann: which pump is it?"',
    miss='03 10:00 cid: "Bob: which pump is it?"',
)

# Who owes it.
case("owed by owner", "owed-by: owner", hit="03 10:00 ann flags it", finds="{owed-by: bob}")
case(
    "owed by new-owner",
    "{when: {assigned: {}}, owed-by: new-owner}",
    hit="03 10:00 bob assigns cid",
    miss="03 10:00 bob assigns nobody",
    finds="{owed-by: cid}",
)
case("owed by opener", "owed-by: opener", hit="03 10:00 cid flags it", finds="{owed-by: cid}")
case("owed by reporter", "owed-by: reporter", hit="03 10:00 cid flags it", finds="{owed-by: ann}")
case("owed by lead", "owed-by: lead", hit="03 10:00 cid flags it", finds="{owed-by: zoe}", world="lead: zoe")
case("owed by an unknown lead", "owed-by: lead", hit="03 10:00 cid flags it", finds="{owed-by: lead}")
case("owed by reviewer", "owed-by: reviewer", hit="03 10:00 cid flags it", finds="{owed-by: reviewer}")

# Assignments.
for holder, reached, missed in (
    ("anyone", "bob assigns cid", "bob assigns nobody"),
    ("person", "bob assigns cid", "bob assigns desk"),
    ("queue", "bob assigns desk", "bob assigns cid"),
    ("nobody", "bob assigns nobody", "bob assigns cid"),
    (
        "former-owner",
        "bob assigns cid\n03 12:00 cid assigns bob",
        "bob assigns cid\n03 12:00 cid assigns dee",
    ),
    (
        "former-team",
        "bob assigns cid\n03 12:00 cid assigns dee",
        "bob assigns cid\n03 12:00 cid assigns desk",
    ),
    ("tester", "bob assigns tim", "bob assigns cid"),
    ("team", "bob assigns cid", "bob assigns dee"),
):
    people = "people: {desk: queue, tim: tester, bob: {team: red}, dee: {team: red}, cid: {team: blue}}"
    case(
        f"assigned to {holder}",
        f"{{when: {{assigned: {{to: {holder}}}}}, owed-by: reporter}}",
        world=people,
        hit=f"03 10:00 {reached}",
        miss=f"03 10:00 {missed}",
    )
    case(
        f"reassigned not-to {holder}",
        f"{{when: {{reassigned: {{not-to: {holder}}}}}, owed-by: reporter}}",
        world=people,
        hit=f"03 10:00 {missed}",
    )
case(
    "assigned from",
    "{when: {assigned: {from: [nobody, queue]}}, owed-by: new-owner}",
    made="02 09:00 created by ann",
    world="people: {desk: queue}",
    hit="03 10:00 ann assigns bob",
    miss=" ",
)
case(
    "assigned not-from",
    "when: {assigned: {not-from: [nobody, queue]}}",
    made="02 09:00 created by ann",
    hit="03 10:00 ann assigns bob\n03 11:00 bob assigns cid",
    miss="03 10:00 ann assigns bob",
)
case(
    "reassigned from",
    "when: {reassigned: {from: tester, not-from: queue}}",
    world="people: {bob: tester}",
    hit="03 10:00 bob assigns cid",
    miss="03 10:00 bob assigns nobody\n03 11:00 ann assigns cid",
)
case(
    "assigned, lasting",
    "when: {assigned: {to: person, lasting: 10 minutes}}",
    hit="03 10:00 bob assigns cid\n03 10:11 bob takes it",
    miss="03 10:00 bob assigns cid\n03 10:10 bob takes it",
)

# Statuses, priorities, flags.
STATUSES = {
    "todo": "To Do",
    "doing": "In Progress",
    "review": "In Review",
    "waiting": "Waiting for customer",
    "blocked": "Blocked",
    "done": "Done",
}
for status_class, status in STATUSES.items():
    start = (
        f"02 09:00 created by ann, owner bob, status {'To Do' if status_class == 'doing' else 'In Progress'}"
    )
    other = "Blocked" if status_class == "review" else "In Review"
    case(
        f"status to {status_class}",
        f"{{when: {{status: {{to: {status_class}}}}}, while: []}}",
        made=start,
        hit=f"03 10:00 bob moves to {status}",
        miss=f"03 10:00 bob moves to {other}",
    )
    case(
        f"status from {status_class}",
        f"{{when: {{status: {{from: {status_class}}}}}, while: []}}",
        made=start,
        hit=f"03 10:00 bob moves to {status}\n03 11:00 bob moves to {other}",
        miss=f"03 10:00 bob moves to {status}",
    )
    case(
        f"given status-class {status_class}",
        f"{{when: {{flagged: {{}}, given: {{status-class: {status_class}}}}}, while: []}}",
        made=start,
        hit=f"03 10:00 bob moves to {status}\n03 11:00 bob flags it",
        miss=f"03 10:00 bob moves to {other}\n03 11:00 bob flags it",
    )
case(
    "given an unknown status-class",
    "when: {flagged: {}, given: {status-class: unknown}}",
    hit="03 10:00 bob moves to Zzyzx\n03 11:00 bob flags it",
    miss="03 11:00 bob flags it",
)
case(
    "status, lasting",
    "when: {status: {to: doing, lasting: 1 working hour}}",
    hit="03 10:00 bob moves to In Progress",
    miss="03 10:00 bob moves to In Progress\n03 10:30 bob moves to Open",
)
case(
    "priority to high",
    "when: {priority: {to: high}}",
    hit="03 10:00 ann sets priority High",
    miss="03 10:00 ann sets priority Low",
)
case(
    "priority to normal",
    "when: {priority: {to: normal}}",
    made="02 09:00 created by ann, owner bob, priority High",
    hit="03 10:00 ann sets priority Low",
    miss="03 10:00 ann sets priority Highest",
)
case(
    "flagged set", "when: {flagged: {set: true}}", hit="03 10:00 bob flags it", miss="03 10:00 bob unflags it"
)
case(
    "flag lifted",
    "when: {flagged: {set: false}}",
    hit="03 10:00 bob unflags it",
    miss="03 10:00 bob flags it",
)

# Deadlines.
DATED = "02 09:00 created by ann, owner bob, due 2026-03-10"
case(
    "deadline in",
    "{when: {deadline: {in: 2 working days}}, within: at once}",
    made=DATED,
    hit=" ",
    finds="{opened: 2026-03-06 17:00, due: 2026-03-06 17:00}",
    miss="09 08:00 bob links OPS-1",
)
case(
    "deadline set inside the window",
    "{when: {deadline: {in: 2 working days}}, within: at once}",
    miss="10 12:00 bob sets due 2026-03-11",
)
case(
    "ahead",
    "{when: {deadline: {reached: true}}, ahead: 2 working days, within: }",
    made=DATED,
    hit="05 10:00 bob links OPS-1",
    miss="09 10:00 bob links OPS-1",
    finds="{due: 2026-03-10 17:00}",
)
case(
    "deadline reached",
    "when: {deadline: {reached: true}}",
    made=DATED,
    hit=" ",
    finds="{opened: 2026-03-10 17:00, due: 2026-03-12 09:00}",
    miss="06 10:00 bob clears due",
)
case(
    "deadline set",
    "when: {deadline: {set: true}}",
    hit="03 10:00 bob sets due 2026-05-04",
    miss=" ",
)
case(
    "deadline not newly set",
    "when: {deadline: {set: false}}",
    hit="03 10:00 bob sets due 2026-05-04\n03 11:00 bob sets due 2026-05-05",
    miss="03 10:00 bob sets due 2026-05-04",
)
case(
    "deadline removed",
    "when: {deadline: {removed: true}}",
    made=DATED,
    hit="03 10:00 bob clears due",
    miss="03 10:00 bob sets due 2026-05-05",
)
case(
    "deadline moved later",
    "when: {deadline: {moved: later}}",
    made=DATED,
    hit="03 10:00 bob sets due 2026-05-05",
    miss="03 10:00 bob sets due 2026-03-09\n\n03 10:00 bob clears due",
)
case(
    "deadline moved earlier",
    "when: {deadline: {moved: earlier}}",
    made=DATED,
    hit="03 10:00 bob sets due 2026-03-09",
    miss="03 10:00 bob sets due 2026-05-05",
)
case(
    "deadline moved late",
    "when: {deadline: {relative-to-old: on its last working day or after}}",
    made=DATED,
    hit="10 09:00 bob sets due 2026-05-05",
    miss="09 16:59 bob sets due 2026-05-05",
)
case(
    "deadline moved in time",
    "when: {deadline: {relative-to-old: before its last working day}}",
    made=DATED,
    hit="09 16:59 bob sets due 2026-05-05",
    miss="10 09:00 bob sets due 2026-05-05",
)
case(
    "old date set on an earlier day",
    "when: {deadline: {old-set: on an earlier day, moved: later}}",
    made=DATED,
    hit="03 10:00 bob sets due 2026-05-05",
    miss="02 10:00 bob sets due 2026-05-05",
)
case(
    "old date set the same day",
    "when: {deadline: {old-set: the same day, moved: later}}",
    made=DATED,
    hit="02 10:00 bob sets due 2026-05-05",
    miss="03 10:00 bob sets due 2026-05-05",
)
case(
    "owner since before",
    'when: {deadline: {moved: later, owner-since: "before the old date\'s day"}}',
    made=DATED,
    hit="09 10:00 bob assigns cid\n10 10:00 cid sets due 2026-05-05",
    miss="10 09:00 bob assigns cid\n10 10:00 cid sets due 2026-05-05",
)
case(
    "owner since that day",
    'when: {deadline: {moved: later, owner-since: "the old date\'s day or later"}}',
    made=DATED,
    hit="10 09:00 bob assigns cid\n10 10:00 cid sets due 2026-05-05",
    miss="09 10:00 bob assigns cid\n10 10:00 cid sets due 2026-05-05",
)

# Every other kind of event the examples can tell.
for kind, action in {
    "summary": "edits summary",
    "description": "edits description",
    "link": "links OPS-4",
    "worklog": "logs work",
    "attachment": "attaches log.txt",
    "estimate": "estimates",
    "labels": "labels x",
    "commit": "commits",
    "pull-request": "offers a pull request",
    "moved": "moves to project OPS",
    "release": "sets release 1.2",
    "sprint": "sets sprint S1",
    "other": "votes",
    "sign": "edits summary",
    "update": "commits",
    "done": "moves to Done",
    "reassigned": "assigns cid",
    "deadline": "sets due 2026-05-05",
    "priority": "sets priority Low",
    "status": "moves to Blocked",
    "assigned": "assigns cid",
}.items():
    case(
        f"event {kind}",
        f"{{when: {{{kind}: {{by: owner}}}}, while: [], expect: {{flagged: {{}}}}}}",
        hit=f"03 10:00 bob {action}",
        miss=f"03 10:00 ann {action}\n\n03 10:00 bob {action}\n04 10:00 ann flags it",
    )
case(
    "event created",
    "{when: {created: {by: reporter}}, expect: {flagged: {}}}",
    hit=" ",
    miss="03 08:00 bob flags it",
)
case(
    "event reopened",
    "when: {reopened: {by: reporter}}",
    hit="03 10:00 bob moves to Done\n03 11:00 ann moves to Reopened",
    miss="03 10:00 bob moves to Done",
)
case(
    "an update is more than a bump",
    "{when: {update: {by: reporter}}, expect: {flagged: {}}}",
    hit=f"03 10:00 ann: {NEWS}",
    miss='03 10:00 ann: "Thanks!"\n\n03 10:00 ann logs work',
)
case(
    "becomes",
    "{when: {becomes: {owner: none, priority: high}}, owed-by: lead}",
    hit="03 10:00 bob sets priority High\n03 11:00 bob assigns nobody",
    miss="03 10:00 bob assigns nobody\n\n03 10:00 bob sets priority High",
)

# States.
for name, state, before, without in (
    ("open", "{open: true}", "", "03 09:00 bob moves to Done"),
    ("not open", "{open: false}", "03 09:00 bob moves to Done", ""),
    ("owner none", "{owner: none}", "03 09:00 bob assigns nobody", ""),
    ("owner person", "{owner: person}", "", "03 09:00 bob assigns desk"),
    ("owner queue", "{owner: queue}", "03 09:00 bob assigns desk", ""),
    ("owner anyone", "{owner: anyone}", "03 09:00 bob assigns desk", "03 09:00 bob assigns nobody"),
    ("owner-chosen", "{owner-chosen: true}", "03 09:00 ann assigns cid", ""),
    ("owner not chosen", "{owner-chosen: false}", "", "03 09:00 ann assigns cid"),
    ("scheduled", "{scheduled: true}", "03 09:00 bob sets release 1.2", "03 09:00 bob sets release Backlog"),
    ("parked", "{parked: true}", "03 09:00 bob sets release Backlog", "03 09:00 bob sets release 1.2"),
    ("priority high", "{priority: high}", "03 09:00 ann sets priority Highest", ""),
    ("deadline none", "{deadline: none}", "", "03 09:00 bob sets due 2026-03-31"),
    ("deadline set", "{deadline: set}", "03 09:00 bob sets due 2026-03-31", ""),
    (
        "deadline passed",
        "{deadline: passed}",
        "03 09:00 bob sets due 2026-03-02",
        "03 09:00 bob sets due 2026-03-03",
    ),
    (
        "deadline-in",
        "{deadline-in: 2 working days}",
        "03 09:00 bob sets due 2026-03-04",
        "03 09:00 bob sets due 2026-03-05",
    ),
    (
        "replanned",
        "{replanned: true}",
        "03 09:00 bob sets due 2026-03-31\n03 09:30 bob sets release Backlog",
        "03 09:00 bob sets due 2026-03-31",
    ),
    ("no support desk", "{support: false}", "", None),
    ("no sub-task", "{subtask: false}", "", None),
    ("turn owner", "{turn: owner}", "", "03 09:00 bob moves to In Review"),
    ("turn other", "{turn: other}", "03 09:00 bob moves to In Review", ""),
    ("turn lead", "{turn: lead}", "03 09:00 bob assigns nobody", ""),
    ("turn nobody", "{turn: nobody}", "03 09:00 bob moves to Done", ""),
    (
        "carried",
        "{carried: 1 working day}",
        f"02 15:00 bob: {NEWS}\n03 09:00 bob: {NEWS}",
        (
            f"02 15:00 bob: {NEWS}\n03 09:00 ann: {NEWS}\n\n"
            f"02 09:10 bob: {NEWS}\n03 09:00 bob: {NEWS}\n03 10:10 ann flags it"
        ),
    ),
):
    flag = "\n03 10:30 ann flags it"
    case(
        f"given {name}",
        f"{{when: {{flagged: {{}}, given: {state}}}, while: [], owed-by: reporter}}",
        world="people: {desk: queue}",
        hit=before + flag,
        miss="" if without is None else "\n\n".join(block + flag for block in without.split("\n\n")),
    )
case(
    "given a support desk",
    "when: {flagged: {}, given: {support: true}}",
    world="support: true",
    hit="03 10:00 ann flags it",
)
case(
    "given any of several states",
    "when: {flagged: {}, given: [{owner: none}, {priority: high}]}",
    hit="03 09:00 bob sets priority High\n03 10:00 ann flags it",
    miss="03 10:00 ann flags it",
)

# What stands around it: windows and companions.
case(
    "companion before",
    "when: {flagged: {}, with: {comment: {}, before: 2 working hours}}",
    hit=f"03 10:00 ann: {NEWS}\n03 12:00 bob flags it",
    miss=f"03 10:00 ann: {NEWS}\n03 12:01 bob flags it\n\n03 12:00 bob flags it\n03 12:30 ann: {NEWS}",
)
case(
    "companion after",
    "when: {flagged: {}, without: {comment: {by: same}, after: 2 working hours}}",
    hit=f"03 10:00 bob flags it\n03 12:01 bob: {NEWS}",
    miss=f"03 10:00 bob flags it\n03 12:00 bob: {NEWS}",
)
case(
    "companion around",
    "when: {flagged: {}, without: {comment: {by: same}, around: 1 working hour}}",
    hit=f"03 10:00 bob flags it\n03 11:01 bob: {NEWS}",
    miss=f"03 10:00 bob flags it\n03 11:00 bob: {NEWS}\n\n03 09:00 bob: {NEWS}\n03 10:00 bob flags it",
)
case(
    "companion since the owner came",
    "when: {flagged: {}, without: {sign: {by: owner}, since: owner}}",
    hit=f"03 09:00 cid: {NEWS}\n03 10:00 bob assigns cid\n03 12:00 ann flags it",
    miss=f"03 10:00 bob assigns cid\n03 11:00 cid: {NEWS}\n03 12:00 ann flags it",
)
case(
    "companion since creation",
    "when: {flagged: {}, with: {comment: {}, since: creation}}",
    hit=f"02 09:30 ann: {NEWS}\n12 10:00 bob flags it",
    miss="12 10:00 bob flags it",
)
case(
    "an answer before",
    "expect: {link: {by: owner}, before: 1 working day}",
    hit="02 09:59 bob links OPS-1\n03 10:00 ann flags it",
    miss="02 10:00 bob links OPS-1\n03 10:00 ann flags it",
)
case(
    "an answer up to some time after",
    "expect: {link: {}, after: 1 working hour}",
    hit="03 10:00 ann flags it\n03 11:01 bob links OPS-1",
    miss="03 10:00 ann flags it\n03 11:00 bob links OPS-1",
)
case(
    "an answer around",
    "expect: {link: {}, around: 1 working hour}",
    hit="03 10:00 ann flags it\n03 11:01 bob links OPS-1",
    miss="03 09:00 bob links OPS-1\n03 10:00 ann flags it",
)
case(
    "unless",
    "unless: [{reassigned: {}}, {worklog: {}, after: 1 working hour}]",
    hit="03 10:00 ann flags it\n03 11:01 bob logs work",
    miss="03 10:00 ann flags it\n03 12:00 bob assigns cid\n\n03 10:00 ann flags it\n03 11:00 bob logs work",
)
case(
    "a broken while",
    "while: {priority: high, open: true}",
    made="02 09:00 created by ann, owner bob, priority High",
    hit="03 10:00 ann flags it",
    miss="03 10:00 ann flags it\n03 12:00 ann sets priority Low",
)

# Counts.
case(
    "at-least, in",
    "when: {flagged: {}, at-least: 2, in: 10 days}",
    hit="03 10:00 ann flags it\n13 10:00 ann flags it",
    miss="03 10:00 ann flags it\n13 10:01 ann flags it",
)
case(
    "none-between",
    "when: {flagged: {}, at-least: 2, none-between: {comment: {by: owner}}}",
    hit=f"03 10:00 ann flags it\n03 11:00 ann: {NEWS}\n04 10:00 ann flags it",
    miss=f"03 10:00 ann flags it\n03 11:00 bob: {NEWS}\n04 10:00 ann flags it",
)
case(
    "none-between, apart",
    "when: {flagged: {}, at-least: 2, none-between: {comment: {}, apart: 30 minutes}}",
    hit=f"03 10:00 ann flags it\n03 10:30 bob: {NEWS}\n04 10:00 ann flags it",
    miss=f"03 10:00 ann flags it\n03 10:31 bob: {NEWS}\n04 10:00 ann flags it",
)

# What a single opening may say for itself.
case(
    "overrides",
    """
    when: [{flagged: {}, within: 2 working days, severity: error, owed-by: reporter, expect: {comment: {}}}]
    expect: {link: {}}""",
    hit="03 10:00 bob flags it\n03 11:00 bob links OPS-1",
    miss=f"03 10:00 bob flags it\n05 10:00 bob: {NEWS}",
    finds="{owed-by: ann, severity: error, due: 2026-03-05 10:00}",
)
case(
    "a pattern's own while",
    "when: [{flagged: {}, while: {owner: person}}]",
    hit="03 10:00 ann flags it",
    miss="03 10:00 ann flags it\n03 11:00 ann assigns nobody",
)

# Times.
LADDER = """within: {by-deadline: {none: 5 working days, more than 10 working days: 4 working days,
    at least 5 working days: 3 working days, less than 5 working days: 2 working days,
    passed: 1 working day}}"""
for due, expected in (
    ("", "2026-03-10 10:00"),
    ("bob sets due 2026-04-30", "2026-03-09 10:00"),
    ("bob sets due 2026-03-10", "2026-03-06 10:00"),
    ("bob sets due 2026-03-09", "2026-03-05 10:00"),
    ("bob sets due 2026-03-02", "2026-03-04 10:00"),
):
    case(
        f"by-deadline: {due or 'none'}",
        LADDER,
        finds=f"{{due: {expected}}}",
        hit=(f"03 09:30 {due}\n" if due else "") + "03 10:00 ann flags it",
    )
case(
    "by-deadline, at least, on the edge",
    LADDER,
    finds="{due: 2026-03-06 09:00}",
    hit="02 09:30 bob sets due 2026-03-09\n02 17:00 ann flags it",
)
case("at once", "within: at once", hit="03 10:00 ann flags it", finds="{due: 2026-03-03 10:00}")
case(
    "until, by default",
    "{until: [], expect: , within: at once}",
    hit="09 10:00 ann flags it",
    miss="03 10:00 ann flags it",
)
case(
    "until a time or an event",
    "{until: [3 working days, comment: {by: owner}], expect: , within: at once}",
    hit="18 10:00 ann flags it",
    miss=f"16 10:00 ann flags it\n\n18 10:00 ann flags it\n19 10:00 bob: {NEWS}",
)
case(
    "until the date is reached",
    "{until: [20 working days, deadline: {reached: true}], expect: , within: at once}",
    made="02 09:00 created by ann, owner bob, due 2026-03-19",
    hit="19 18:00 ann flags it",
    miss="18 10:00 ann flags it",
)
case(
    "unless the date is reached",
    "{unless: [deadline: {reached: true}], within: 3 working days}",
    made=DATED,
    hit="12 10:00 ann flags it",
    miss="03 10:00 ann flags it\n\n09 10:00 ann flags it",
)
case(
    "info-when",
    "info-when: [{owner: none}, {status-class: waiting}]",
    hit="03 10:00 ann flags it\n04 12:00 bob moves to Waiting for customer",
    finds="{severity: info}",
)
case(
    "info-when not",
    "info-when: {status-class: waiting}",
    hit="03 10:00 ann flags it",
    finds="{severity: warning}",
)
case("experimental", "status: experimental", hit="03 10:00 ann flags it")
case(
    "about the deadline, with a story",
    "{when: {deadline: {reached: true}}, about: deadline, story: plans, false-positives: [x]}",
    made=DATED,
    hit=" ",
)

# What is said. Each signal's own sentences are tested with the lexicons; here is one of each.
SPOKEN = {
    "asks-for-orders": "What should I do now?",
    "blocked": "I am blocked by the vendor.",
    "chase": "Any news on this?",
    "disclaims": "This is not our department.",
    "handover": "Cid, can you take this over?",
    "next-step": "Please try the new version.",
    "promise": "I will fix the pump.",
    "promise-for-others": "The network team will open the port.",
    "proposal-to-close": "Can we close this?",
    "question": "Which version do you use?",
    "still-fails": "It still fails on the latest build.",
    "update": "I have fixed the pump.",
}
for signal, sentence in SPOKEN.items():
    case(
        f"says {signal}",
        f"when: {{comment: {{says: {signal}}}}}",
        hit=f'03 10:00 dee: "{sentence}"',
        miss='03 10:00 dee: "The sky is blue."',
    )
case(
    "lacks",
    "when: {comment: {lacks: [promise, chase]}}",
    hit='03 10:00 bob: "The pump is red."',
    miss=f'03 10:00 bob: "The pump is red. {SPOKEN["promise"]}"\n\n03 10:00 dee: "{SPOKEN["chase"]}"',
)
case(
    "says and lacks on an update",
    "{when: {flagged: {}}, expect: {update: {by: owner, lacks: blocked}}}",
    hit=f'03 10:00 ann flags it\n03 11:00 bob: "{SPOKEN["blocked"]}"',
    miss="03 10:00 ann flags it\n03 11:00 bob moves to In Progress",
)
case(
    "code and quotes are not said",
    "when: {comment: {says: promise}}",
    hit=f'03 10:00 bob: "{SPOKEN["promise"]}"',
    miss=f'03 10:00 bob: "{{quote}}{SPOKEN["promise"]}{{quote}} Noted."\n\n'
    f'03 10:00 bob: "{{code}}{SPOKEN["promise"]}{{code}} as it stands there."',
)
case(
    "timed",
    "when: {comment: {says: promise, timed: true}}",
    hit='03 10:00 bob: "I will fix the pump by Friday."',
    miss='03 10:00 bob: "I will fix the pump soon."',
)
case(
    "plainly",
    "when: {comment: {says: question, plainly: true}}",
    hit='03 10:00 ann: "Which pump is it?"',
    miss='03 10:00 ann: "Maybe the pump?"',
)
case(
    "not plainly",
    "when: {comment: {says: question, plainly: false}}",
    hit='03 10:00 ann: "Maybe the pump?"',
    miss='03 10:00 ann: "Which pump is it?"',
)
case(
    "plainly and timed in one sentence",
    """{when: {comment: {says: promise, plainly: true, timed: true}}, within: , by: promised time,
        expect: {update: {by: opener}}}""",
    hit='03 10:00 bob: "I will look at the pump on Thursday. I hope to fix it by Monday."',
    miss='03 10:00 bob: "I will look at the pump. I hope to fix it by Monday."',
    finds="{due: 2026-03-05 17:00}",
)
case(
    "not timed",
    "when: {comment: {says: promise, timed: false}}",
    hit='03 10:00 bob: "I will fix the pump soon."',
    miss='03 10:00 bob: "I will fix the pump by Friday."',
)
case(
    "by the promised time, with grace",
    """{when: {comment: {says: promise, timed: true}}, within: , by: promised time, grace: 2 working hours,
        expect: {update: {by: opener}}}""",
    hit='03 10:00 bob: "I will fix the pump tomorrow."',
    miss='03 10:00 bob: "I will fix the pump tomorrow."\n05 11:00 bob: "It runs."',
    finds="{due: 2026-03-05 11:00}",
)
case(
    "by the promised time, the latest of two, without grace",
    "{when: {comment: {says: promise, timed: true}}, within: , by: promised time, owed-by: opener}",
    hit='03 10:00 dee: "I will look at the pump tomorrow. I will fix it by Monday."',
    finds="{due: 2026-03-09 17:00, owed-by: dee}",
)
case(
    "waits-for",
    "when: {comment: {says: blocked, waits-for: person}}",
    hit='03 10:00 bob: "I am waiting for the vendor."',
    miss='03 10:00 bob: "Waiting for the build."',
)
case(
    "not-waits-for",
    "when: {comment: {says: blocked, not-waits-for: automation}}",
    hit='03 10:00 bob: "I am waiting for the vendor."',
    miss='03 10:00 bob: "Waiting for the build."',
)
ASKED = f'03 10:00 bob: "{SPOKEN["question"]}"'
case(
    "answers",
    "when: {comment: {answers: owner}}",
    hit=f'{ASKED}\n03 11:00 ann: "It is 2.1."',
    miss=f'{ASKED}\n03 11:00 dee: "It is green."\n\n'
    f'{ASKED}\n03 11:00 bob: "I found it, it is 2.1."\n03 12:00 ann: "It is 2.1."\n\n'
    f'{ASKED}\n03 11:00 ann: "{SPOKEN["chase"]}"',
)
case(
    "awaits-answer",
    "when: {flagged: {}, given: {awaits-answer: true}}",
    hit=f"{ASKED}\n03 11:00 ann flags it",
    miss=f'03 11:00 ann flags it\n\n{ASKED}\n03 10:30 ann: "It is 2.1."\n03 11:00 dee flags it\n\n'
    f"{ASKED}\n03 10:30 zoe assigns cid\n03 11:00 dee flags it",
)
case(
    "while an answer is awaited",
    "{while: {awaits-answer: true}, within: 3 working days}",
    hit=f"{ASKED}\n03 11:00 dee flags it",
    miss=f'{ASKED}\n03 11:00 dee flags it\n04 10:00 ann: "It is 2.1."',
)
case(
    "turn, passed on by a question",
    "when: {flagged: {}, given: {turn: other}}",
    hit=f"{ASKED}\n03 11:00 dee flags it",
    miss=f'{ASKED}\n03 10:30 ann: "It is 2.1."\n03 11:00 dee flags it',
)
case(
    "to nobody",
    "when: {comment: {to: nobody}}",
    hit='19 10:00 dee: "The pump is red."',
    miss='03 10:00 dee: "Bob, the pump is red."',
    world="{now: 2026-03-24 10:00}",
)
case(
    "to new-owner",
    """when: {assigned: {to: person}, with: {comment: {to: new-owner}}}""",
    hit='03 10:00 ann: "Cid, the pump is red."\n03 11:00 zoe assigns cid',
    miss='03 10:00 cid: "Hm, red."\n03 10:10 ann: "Bob, the pump is red."\n03 11:00 zoe assigns cid',
)
case(
    "to opener, a reply",
    "expect: {comment: {to: opener}}",
    hit='03 10:00 dee: "Hm."\n03 11:00 ann flags it\n03 12:00 bob: "Dee, it is red."',
    miss='03 10:00 dee: "Hm."\n03 11:00 ann flags it\n03 12:00 bob: "Ann, it is red."',
)
case(
    "not-to named-other",
    "when: {comment: {not-to: named-other, by: other}}",
    hit='03 10:00 ann: "The pump is red."\n\n03 10:00 ann: "Bob, the pump is red."',
    miss='03 11:00 ann: "[~cid] the pump is red."',
)
case(
    "to named-owner",
    "when: {comment: {to: named-owner, by: other}}",
    hit='03 10:00 ann: "Bob, the pump is red."',
    miss='03 10:00 bob: "Hm."\n03 11:00 ann: "The pump is red."',
)
case(
    "by named-lead",
    "when: {comment: {by: named-lead}}",
    world="{lead: zoe}",
    hit=f"03 10:00 zoe: {NEWS}",
    miss=f"03 10:00 dee: {NEWS}",
)
case("by named-lead, unknown", "when: {comment: {by: named-lead}}", miss=f"03 10:00 zoe: {NEWS}")
case(
    "by colleague, of one team",
    "when: {comment: {by: colleague}}",
    world="{people: {bob: {team: red}, cid: {team: red}, dee: {team: blue}}}",
    hit=f"03 10:00 cid: {NEWS}",
    miss=f"03 10:00 dee: {NEWS}\n\n03 10:00 bob: {NEWS}",
)
case(
    "by colleague, who has owned it",
    "when: {comment: {by: colleague}}",
    hit=f"03 10:00 ann assigns cid\n03 11:00 bob: {NEWS}",
    miss=f"03 11:00 cid: {NEWS}\n\n03 10:00 ann assigns nobody\n03 11:00 bob: {NEWS}",
)
case(
    "by awaited",
    "{when: {comment: {by: owner, says: question}}, expect: {comment: {by: awaited}}}",
    hit='03 10:00 bob: "Ann, which version do you use?"\n03 11:00 dee: "It is green."',
    miss='03 10:00 bob: "Ann, which version do you use?"\n03 11:00 ann: "It is 2.1."',
)
case(
    "unanswered",
    "when: {flagged: {}, with: {comment: {says: question, unanswered: true}}}",
    hit=f'{ASKED}\n03 11:00 ann: "+1"\n03 12:00 dee flags it',
    miss=f'{ASKED}\n03 11:00 ann: "It is 2.1."\n03 12:00 dee flags it\n\n'
    f"{ASKED}\n03 11:00 ann attaches a file\n03 12:00 dee flags it\n\n"
    f'{ASKED}\n03 11:00 bob: "I have found it."\n03 12:00 dee flags it',
)
case(
    "by awaited, whoever it is",
    "{when: {flagged: {}}, expect: {comment: {by: awaited}}}",
    hit=f"03 10:00 ann flags it\n03 11:00 ann: {NEWS}",
    miss=f"03 10:00 ann flags it\n03 11:00 dee: {NEWS}",
)
case(
    "from opener",
    "unless: {assigned: {from: opener}}",
    hit="03 10:00 ann flags it\n03 11:00 ann assigns cid",
    miss="03 10:00 bob flags it\n03 11:00 ann assigns cid",
)
case(
    "counted only so far apart",
    "when: {flagged: {}, at-least: 2, apart: 1 working hour}",
    hit="03 10:00 ann flags it\n03 11:00 ann flags it",
    miss="03 10:00 ann flags it\n03 10:59 ann flags it",
)


def rule_of(found: Case) -> Json:
    rule = {key: value for key, value in (BASE | found.rule).items() if value is not None}
    shared = {"now": "2026-03-20 10:00", **found.world}
    for finds, timelines in ((found.finds, found.hits), ("nothing", found.misses)):
        for number, lines in enumerate(timelines):
            rule["examples"] = [
                *rule["examples"],
                {
                    "name": f"{finds} {number}",
                    **shared,
                    "timeline": [f"2026-03-{line}" for line in lines],
                    "finds": finds,
                },
            ]
    return rule


@pytest.mark.parametrize("found", CASES, ids=[found.name for found in CASES])
def test_each_word_does_what_it_says(found: Case, tmp_path: Path, signals: Signals) -> None:
    rule = rule_of(found)
    assert rule["examples"]
    VALIDATOR.validate(rule)
    count, problems = check_rules([load_rule(write(tmp_path, rule))], signals)
    assert (count, problems) == (len(rule["examples"]), [])


def words_used(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every key, with the one above it, and every word in a value, with its key."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield key, name
            yield from words_used(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from words_used(item, key)
    elif isinstance(value, str):
        yield key, value


# The little language of the examples can't tell these; tests with whole records do.
UNTOLD_KINDS = {"parent", "resolution", "reviewer", "type", "subtask", "unblocked"}
UNTOLD_WORDS = {("priority", "crisis"), ("to", "crisis"), ("subtask", "true")}


def test_no_word_of_the_language_is_left_out() -> None:
    used = {pair for found in CASES for pair in words_used(BASE | found.rule)}
    names = {name for _, name in used}
    # What names other rules has tests of its own.
    assert set(words.RULE_KEYS) - {"subsumes"} <= names
    assert {word for place in words.PLACES.values() for word in place} - {"obligation"} <= names
    assert set(words.EVENT_KINDS) - UNTOLD_KINDS <= names
    assert set(words.STATES) <= names
    assert {constraint for table in words.CONSTRAINTS.values() for constraint in table} <= names
    by_key = {
        "by": (*words.ROLES, words.PROMISED),
        "says": SIGNALS,
        "owed-by": words.DEBTORS,
        "to": ({*words.HOLDERS, *words.ADDRESSEES} - {"named-other", "named-owner"})
        | {*STATUS_CLASSES, "high", "normal"},
        **{name: shape for name, shape in words.STATES.items() if isinstance(shape, tuple)},
        **{
            name: shape
            for name, shape in words.CONSTRAINTS["deadline"].items()
            if isinstance(shape, tuple) and name not in ("by", "not-by")
        },
    }
    expected = {(key, word) for key, valid in by_key.items() for word in valid} - UNTOLD_WORDS
    assert expected <= used


# ---------------------------------------------------------------- kinds only whole records tell


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("Epic Link", "parent"),
        ("resolution", "resolution"),
        ("reviewer", "reviewer"),
        ("issuetype", "type"),
    ],
)
def test_kinds_from_the_change_history(field: str, kind: str, tmp_path: Path, signals: Signals) -> None:
    changed = record("OPS-1", ("2026-03-03T10:00:00.000+0000", field, "x"))
    assert audited(tmp_path, {"when": {kind: {"by": "owner"}}}, signals, changed) == ["OPS-1"]
    assert audited(tmp_path, {"when": {kind: {"by": "reporter"}}}, signals, changed) == []


def test_work_on_a_subtask_is_an_event_of_its_parent(tmp_path: Path, signals: Signals) -> None:
    parent = record("OPS-1")
    parent["fields"]["subtasks"] = [{"key": "OPS-2"}]
    child = record("OPS-2", ("2026-03-03T10:00:00.000+0000", "status", "Blocked"))
    child["fields"] |= {"issuetype": {"name": "Sub-task", "subtask": True}, "parent": {"key": "OPS-1"}}
    rule = {"when": {"subtask": {"by": "owner"}}}
    assert audited(tmp_path, rule, signals, parent, child) == ["OPS-1"]
    only_children = {"when": {"created": {}, "given": {"subtask": True}}}
    assert audited(tmp_path, only_children, signals, parent, child) == ["OPS-2"]


def test_a_blocking_issue_done_is_an_event_of_the_blocked_one(tmp_path: Path, signals: Signals) -> None:
    blocked = record("OPS-1")
    blocked["fields"]["issuelinks"] = [{"type": {"inward": "is blocked by"}, "inwardIssue": {"key": "OPS-2"}}]
    blocker = record("OPS-2", ("2026-03-03T10:00:00.000+0000", "status", "Done"))
    assert audited(tmp_path, {"when": {"unblocked": {}}}, signals, blocked, blocker) == ["OPS-1"]


def test_a_crisis_is_a_priority_of_the_settings(tmp_path: Path, signals: Signals) -> None:
    raised = record("OPS-1", ("2026-03-03T10:00:00.000+0000", "priority", "Fire"))
    settings = "priorities: {crisis: [Fire]}"
    for rule in ({"when": {"priority": {"to": "crisis"}}}, {"when": {"becomes": {"priority": "crisis"}}}):
        assert audited(tmp_path, rule, signals, raised, settings=settings) == ["OPS-1"]
        assert audited(tmp_path, rule, signals, raised) == []


def record(key: str, *changes: tuple[str, str, str]) -> Json:
    """An issue of ann's that bob owns and changes, as Jira gives it."""
    ann, bob = ({"accountId": name, "displayName": name.title()} for name in ("ann", "bob"))
    status = next((to for _, field, to in changes if field == "status"), "Open")
    return {
        "id": key.rpartition("-")[2],
        "key": key,
        "fields": {
            "created": "2026-03-02T09:00:00.000+0000",
            "reporter": ann,
            "assignee": bob,
            "status": {"name": status},
            "priority": {"name": "Fire"},
            "comment": {"comments": [], "total": 0},
            "project": {"key": "OPS"},
        },
        "changelog": {
            "total": len(changes),
            "histories": [
                {
                    "id": str(number),
                    "created": at,
                    "author": bob,
                    "items": [
                        {"field": field, "from": None, "fromString": "Open", "to": "1", "toString": to}
                    ],
                }
                for number, (at, field, to) in enumerate(changes, 1)
            ],
        },
    }


def audited(folder: Path, rule: Json, signals: Signals, *issues: Json, settings: str = "{}") -> list[str]:
    """The keys of issues with a finding of the one rule."""
    from datetime import UTC, datetime

    from ownership_audit.run import Auditor, Options

    (folder / "settings.yaml").write_text(settings, encoding="utf-8")
    source = folder / "issues.jsonl"
    source.write_text("\n".join(map(json.dumps, issues)), encoding="utf-8")
    changed = BASE | {"while": [], "expect": {"attachment": {}}} | rule
    auditor = Auditor(load(folder / "settings.yaml"), [load_rule(write(folder, changed))], signals)
    report = auditor.audit(FileSource(source), Options(as_of=datetime(2026, 3, 20, tzinfo=UTC)))
    assert report.coverage.problems == ()
    return [finding.issue for finding in report.findings]


# ---------------------------------------------------------------- mistakes


def edited(change: Callable[[Json], object]) -> Json:
    rule = copy.deepcopy(BASE)
    change(rule)
    return rule


WRONG: dict[str, tuple[Json, str, bool]] = {
    # what is wrong: the rule, the message, whether the JSON Schema sees it as well
    "no title": (edited(lambda r: r.pop("title")), "the rule has no 'title'", True),
    "no examples": (edited(lambda r: r.pop("examples")), "the rule has no 'examples'", True),
    "empty title": (BASE | {"title": ""}, "expected a text, found nothing", True),
    "severity": (BASE | {"severity": "warn"}, "unknown value 'warn'; did you mean 'warning'?", True),
    "category": (BASE | {"category": "silense"}, "did you mean 'silence'?", True),
    "status": (BASE | {"status": "experimetal"}, "did you mean 'experimental'?", True),
    "debtor": (BASE | {"owed-by": "ower"}, "did you mean 'owner'?", True),
    "about": (BASE | {"about": "deadlines"}, "did you mean 'deadline'?", True),
    "role": (
        BASE | {"when": {"comment": {"by": "onwer"}}},
        "unknown value 'onwer'; did you mean 'owner'?",
        True,
    ),
    "holder": (BASE | {"when": {"assigned": {"to": "que"}}}, "did you mean 'queue'?", True),
    "status class": (BASE | {"when": {"status": {"to": "doin"}}}, "did you mean 'doing'?", True),
    "state": (BASE | {"while": {"opn": True}}, "unknown key 'opn'; did you mean 'open'?", True),
    "state's value": (BASE | {"while": {"turn": "owners"}}, "did you mean 'owner'?", True),
    "nothing after a key": (
        BASE | {"while": None},
        "'while' is empty; write its value or remove the key",
        True,
    ),
    "empty state": (BASE | {"while": {}}, "a state is needed here; valid: open,", True),
    "empty becomes": (BASE | {"when": {"becomes": {}}}, "a state is needed here", True),
    "flag": (BASE | {"while": {"open": "yes"}}, "unknown value 'yes'; valid here: false, true", True),
    "empty list of words": (BASE | {"when": {"comment": {"by": []}}}, "expected one of owner", False),
    "signal": (BASE | {"when": {"comment": {"says": "promises"}}}, "did you mean 'promise'?", True),
    "timed what": (BASE | {"when": {"comment": {"timed": True}}}, "'timed' needs 'says' beside it", False),
    "waits for what": (
        BASE | {"when": {"comment": {"waits-for": "person"}}},
        "'waits-for' needs 'says' beside it",
        False,
    ),
    "grace alone": (BASE | {"grace": "1 working hour"}, "'grace' comes on top of 'by: promised time'", False),
    "by and within": (
        BASE | {"by": "promised time", "when": {"comment": {"says": "promise", "timed": True}}},
        "'within' and 'by' both say when it is due",
        False,
    ),
    "by another time": (BASE | {"by": "friday"}, "unknown value 'friday'", True),
    "by a time that nothing says": (
        edited(lambda r: (r.pop("within"), r.update(by="promised time"))),
        "'by: promised time' needs openings that say when",
        False,
    ),
    "obligation of what": (
        BASE | {"when": {"flagged": {}, "obligation": {"opened-by": "owner"}}},
        "the obligation names no 'rule'",
        True,
    ),
    "two events": (
        BASE | {"when": {"comment": {}, "link": {}}},
        "one event kind; 'comment' is already there",
        True,
    ),
    "no event": (
        BASE | {"when": {"at-least": 2}},
        "the pattern names no event; valid events: assigned",
        True,
    ),
    "a word as pattern": (BASE | {"when": ["comment"]}, "expected an event pattern", True),
    "empty when": (BASE | {"when": []}, "'when' is empty", False),
    "no expect": (BASE | {"expect": []}, "the rule has no 'expect'", False),
    "expect and until": (BASE | {"until": "3 days"}, "a rule with 'until' owes nothing", False),
    "no time": (edited(lambda r: r.pop("within")), "the rule has no time; add 'within'", False),
    "ahead of an event": (
        edited(lambda r: (r.pop("within"), r.update(ahead="1 working day"))),
        "the rule has no time",
        False,
    ),
    "duration": (
        BASE | {"within": "3 moons"},
        "'3 moons': unknown unit 'moons'; valid: working minutes,",
        True,
    ),
    "duration of a list": (BASE | {"within": ["1 working day"]}, "expected a text, found a list", True),
    "window": (BASE | {"expect": {"link": {}, "before": "soon"}}, "'soon' is not a duration", True),
    "count": (
        BASE | {"when": {"flagged": {}, "at-least": 0}},
        "a whole number of at least 1, found '0'",
        True,
    ),
    "since": (
        BASE | {"when": {"flagged": {}, "with": {"link": {}, "since": "birth"}}},
        "unknown value 'birth'",
        True,
    ),
    "ladder": (
        BASE | {"within": {"by-deadline": {"none": "1 day"}}},
        "'by-deadline' needs the steps none, passed",
        False,
    ),
    "ladder's key": (
        BASE | {"within": {"by-deadlin": {}}},
        "unknown key 'by-deadlin'; did you mean 'by-deadline'?",
        True,
    ),
    "ladder's step": (BASE | {"within": {"by-deadline": {"soon": "1 day"}}}, "unknown distance 'soon'", True),
    "id in capitals": (BASE | {"id": "Own"}, "must be lower-case words joined by hyphens", True),
    # words that would have no effect where they stand
    "same-save in expect": (
        BASE | {"expect": {"link": {}, "same-save": True}},
        "unknown key 'same-save'",
        True,
    ),
    "with in expect": (BASE | {"expect": {"link": {}, "with": {"comment": {}}}}, "unknown key 'with'", True),
    "window in when": (BASE | {"when": {"flagged": {}, "before": "1 day"}}, "unknown key 'before'", True),
    "within in unless": (BASE | {"unless": {"link": {}, "within": "1 day"}}, "unknown key 'within'", True),
    "apart in expect": (BASE | {"expect": {"link": {}, "apart": "1 day"}}, "unknown key 'apart'", True),
    "becomes in unless": (
        BASE | {"unless": {"becomes": {"open": True}}},
        "'becomes' can only open a rule",
        True,
    ),
    "a moment in expect": (BASE | {"expect": {"deadline": {"reached": True}}}, "it can't stand here", False),
    "a moment with a role": (
        BASE | {"when": {"deadline": {"reached": True, "by": "lead"}}},
        "nothing can stand beside it",
        False,
    ),
    "a moment that isn't": (
        BASE | {"when": {"deadline": {"reached": False}}},
        "'reached' can only be true",
        False,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    rule, message, by_schema = WRONG[name]
    path = write(tmp_path, rule)
    with pytest.raises(RuleError) as caught:
        load_rule(path)
    place, _, text = str(caught.value).partition(": ")
    assert place.startswith(f"{path}:")
    assert place.rpartition(":")[2].isdecimal()
    assert message in text
    assert VALIDATOR.is_valid(rule) is not by_schema


def test_the_place_is_the_line_of_the_mistake(tmp_path: Path) -> None:
    text = yaml.safe_dump(BASE, sort_keys=False).replace(
        "when:\n  flagged: {}", "when:\n  - flagged:\n      buy: owner"
    )
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    line = 1 + text.splitlines().index("      buy: owner")
    with pytest.raises(RuleError, match="unknown key 'buy'; did you mean 'by'") as caught:
        load_rule(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("- 1\n- 2\n", ":1: expected a rule (key: value lines), found a list"),
        ("hello", ":1: expected a rule (key: value lines), found 'hello'"),
        ("id: [", "not valid YAML"),
        ("id: own\n\tid: x", ":2: not valid YAML"),
        ("id: own\nid: own\n", ":2: key 'id' is written twice; keep one"),
        (
            "id: own\nwhen: &again\n  - comment: {}\n    with: *again\n",
            ":2: this contains itself by an alias",
        ),
        ("id: " + "[" * 3000 + "]" * 3000, "levels; write it with fewer"),
        ("id: own\x00\n", "not valid YAML"),
        ("id: !!python/object/apply:os.system [x]\n", ":1: the rule has no 'title'"),
    ],
)
def test_what_is_no_rule_file_at_all(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        load_rule(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_text_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(b"id: \xff\xfe")
    for with_examples in (True, False):
        with pytest.raises(RuleError, match="check the path and that it is UTF-8"):
            load_rule(path, with_examples=with_examples)
    with pytest.raises(RuleError, match="no such file or folder of rules"):
        load_rules(tmp_path / "none")
    path.unlink()
    with pytest.raises(RuleError, match="no rule files"):
        load_rules(tmp_path)


def test_the_id_is_the_files_name(tmp_path: Path) -> None:
    write(tmp_path, BASE).rename(tmp_path / "other.yaml")
    with pytest.raises(RuleError, match=r":1: the id 'own' must be the file's name \('other'\)"):
        load_rule(tmp_path / "other.yaml")


# ---------------------------------------------------------------- the schema


def test_the_schema_is_one_and_accepts_every_shipped_rule(rules_dir: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    paths = sorted(rules_dir.glob("*.yaml"))
    assert paths
    for path in paths:
        # The base loader keeps times as text, as editors do; flags and numbers are then read again.
        VALIDATOR.validate(yaml.load(path.read_text(encoding="utf-8"), Loader=_Plain))


class _Plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C parser is quick
    """YAML without its dates: they are text in JSON."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


# ---------------------------------------------------------------- folders, stories, tuning


def test_stories_need_rules_that_exist_once(tmp_path: Path) -> None:
    rule = load_rule(write(tmp_path, BASE | {"subsumes": ["other"]}))
    other = load_rule(write(tmp_path, BASE | {"id": "other"}))
    check_stories([rule, other])
    with pytest.raises(RuleError, match=r"own\.yaml: subsumes 'other': no such rule; valid here: own"):
        check_stories([rule])
    with pytest.raises(RuleError, match="rule 'own' is already defined in"):
        check_stories([rule, other, rule])
    with pytest.raises(RuleError, match="subsumes 'other': no such rule"):
        check_stories([load_rule(write(tmp_path, BASE | {"id": "other", "subsumes": "other"}))])


SPEAKING = {"flagged": {}, "obligation": {"rule": "first", "opened-by": "owner"}}


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ([], "obligation: rule 'first': no such rule"),
        (
            [
                BASE | {"id": "first", "when": {"flagged": {}, "obligation": {"rule": "second"}}},
                BASE | {"id": "second"},
            ],
            "'first' speaks of obligations itself",
        ),
    ],
)
def test_obligations_are_those_of_rules_that_exist(others: list[Json], message: str, tmp_path: Path) -> None:
    own = [load_rule(write(tmp_path, rule)) for rule in (BASE | {"when": SPEAKING}, *others)]
    with pytest.raises(RuleError, match=message):
        check_stories(own)


FIRST = BASE | {"id": "first", "when": {"comment": {}}, "within": "2 working days", "owed-by": "opener"}


@pytest.mark.parametrize(
    ("lines", "finds"),
    [
        ([f"03 10:00 bob: {NEWS}", "03 11:00 ann flags it"], {"due": "2026-03-06 10:00"}),  # after the first
        ([f"03 10:00 bob: {NEWS}", "09 11:00 ann flags it"], {"due": "2026-03-10 11:00"}),  # the opening
        ([f"03 10:00 dee: {NEWS}", "03 11:00 ann flags it"], None),  # somebody else's
        ([f"03 10:00 bob: {NEWS}", "03 10:30 ann links", "03 11:00 ann flags it"], None),  # met before
        ([f"03 10:00 bob: {NEWS}", "03 11:00 ann flags it; moves to Done"], None),  # the rule's own while
        ([f"03 10:00:00 bob: {NEWS}", "03 10:00:02 bob flags it"], None),  # opened in the same save
    ],
)
def test_a_rule_speaks_of_an_open_obligation(
    lines: list[str], finds: Json | None, tmp_path: Path, signals: Signals
) -> None:
    rule = BASE | {"when": SPEAKING}
    rule["examples"] = [
        {
            "name": "x",
            "now": "2026-03-20 10:00",
            "timeline": [f"2026-03-{line}" for line in (MADE, *lines)],
            "finds": finds or "nothing",
        }
    ]
    VALIDATOR.validate(rule)
    loaded = [load_rule(write(tmp_path, each)) for each in (rule, FIRST)]
    check_stories(loaded)
    assert check_rules(loaded, signals, ["own"]) == (1, [])


def test_rules_of_one_story_are_one_finding(tmp_path: Path, signals: Signals) -> None:
    timeline = [f"2026-03-{MADE}", "2026-03-03 10:00 ann flags it"]
    example = {
        "name": "both",
        "now": "2026-03-20 10:00",
        "also": ["weak"],
        "timeline": timeline,
        "finds": {"rule": "own", "severity": "error"},
    }
    strong = load_rule(write(tmp_path, BASE | {"subsumes": "weak", "examples": [example]}))
    alone = example | {"also": [], "finds": {"rule": "weak"}}
    weak = load_rule(write(tmp_path, BASE | {"id": "weak", "severity": "error", "examples": [alone]}))
    assert check_rules([strong, weak], signals) == (2, [])


def own(folder: Path, **changes: Any) -> Path:
    folder.mkdir(exist_ok=True)
    write(folder, BASE | changes)
    return folder


def choose(beside: Path, settings: str = "{}", **options: Any) -> dict[str, Rule]:
    path = beside.parent / "settings.yaml"
    path.write_text(settings, encoding="utf-8")
    return {rule.id: rule for rule in choose_rules(load(path), **options)}


def test_a_folder_of_ones_own_rules_joins_the_shipped_ones(tmp_path: Path) -> None:
    folder = own(tmp_path / "rules", subsumes=["unowned"])
    rules = choose(folder, folder=folder)
    assert {"own", "unowned"} <= set(rules)
    assert set(choose(folder, folder=folder, select=["own"])) == {"own"}
    assert set(rules) - set(choose(folder, folder=folder, ignore=["own"])) == {"own"}
    own(folder, id="unowned")
    with pytest.raises(RuleError, match="rule 'unowned' is already defined in"):
        choose(folder, folder=folder)


@pytest.mark.parametrize(
    ("options", "settings", "message"),
    [
        ({"select": ["unownd"]}, "{}", "--select unownd: no such rule; did you mean 'unowned'?"),
        ({"ignore": ["unownd"]}, "{}", "--ignore unownd: no such rule; did you mean 'unowned'?"),
        (
            {},
            "rules: {unownd: {off: true}}",
            "settings.yaml:1: rules: no rule 'unownd'; did you mean 'unowned'?",
        ),
    ],
)
def test_a_rule_that_does_not_exist(options: Json, settings: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        choose(tmp_path / "rules", settings, **options)
    assert message in str(caught.value)


def test_tuning_replaces_what_single_patterns_say(tmp_path: Path) -> None:
    shipped = choose(tmp_path / "x")["unowned"]
    assert any(pattern.severity for pattern in shipped.when)
    assert any(pattern.within for pattern in shipped.when)
    tuned = choose(tmp_path / "x", "rules: {unowned: {severity: error, within: 7 working days}}")["unowned"]
    assert tuned.severity == "error"
    assert tuned.within == Duration.parse("7 working days")
    assert all(pattern.severity is None and pattern.within is None for pattern in tuned.when)
    assert "unowned" not in choose(tmp_path / "x", "rules: {unowned: {off: true}}")


# ---------------------------------------------------------------- examples


TOLD: Json = {
    "name": "one",
    "now": "2026-03-20 10:00",
    "timeline": [f"2026-03-{MADE}", "2026-03-03 10:00 ann flags it"],
    "finds": {},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nwo": 1}, "unknown key 'nwo'; did you mean 'now'?"),
        ({"finds": {"owed": "bob"}}, "unknown key 'owed'; did you mean 'owed-by'?"),
        ({"finds": "nothin"}, "did you mean 'nothing'?"),
        ({"now": "soon"}, "'soon' is not a time"),
        ({"timeline": ["2026-03-02 09:00 bob flags it"]}, "the first line must say 'created by NAME'"),
        ({"timeline": ["yesterday"]}, "'yesterday' is no timeline line"),
        ({"timeline": ["2026-02-30 09:00 created by ann"]}, "'2026-02-30 09:00' is not a time"),
        (
            {"timeline": ["2026-03-02 09:00 created by ann, onwer bob"]},
            "unknown word 'onwer' after 'created by'",
        ),
        ({"timeline": [f"2026-03-{MADE}", "2026-03-03 10:00 bob sings"]}, "unknown action 'sings'"),
        ({"timeline": [f"2026-03-{MADE}", "2026-03-03 10:00 bob sets due soon"]}, "'soon' is not a date"),
        ({"people": {"bob": "robot"}}, "unknown value 'robot'; did you mean 'bot'?"),
        ({"people": {"bob": {"away": 1}}}, "unknown key 'away'"),
        ({"people": {"bob": {"absent": ["2026-02-30"]}}}, "'2026-02-30' is not a day"),
        ({"people": {"bob": {"absent": ["2026-03-04 to 2026-03-03"]}}}, "ends before it starts"),
        ({"holidays": ["2026-02-30"]}, "'2026-02-30' is not a date"),
        ({"status-classes": {"Parts": "waitin"}}, "unknown value 'waitin'; did you mean 'waiting'?"),
        ({"also": ["onw"]}, "unknown rule 'onw' in 'also'; did you mean 'own'?"),
    ],
)
def test_an_example_that_cannot_be_read(change: Json, message: str, tmp_path: Path, signals: Signals) -> None:
    path = write(tmp_path, BASE | {"examples": [TOLD | change]})
    with pytest.raises(RuleError) as caught:
        check_rules([load_rule(path)], signals)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


@pytest.mark.parametrize(
    ("finds", "message"),
    [
        (
            "nothing",
            "found, not expected: own owed by bob opened 2026-03-03 10:00 due 2026-03-04 10:00 warning",
        ),
        ({"owed-by": "ann"}, "expected, not found: own owed by ann"),
        ([{}, {}], "expected, not found: own"),
        ({"due": "2026-03-04 11:00"}, "expected, not found: own due 2026-03-04 11:00"),
        ({"severity": "error"}, "expected, not found: own error"),
    ],
)
def test_an_example_that_fails_says_what_differs(
    finds: Any, message: str, tmp_path: Path, signals: Signals
) -> None:
    path = write(tmp_path, BASE | {"examples": [TOLD, TOLD | {"name": "two", "finds": finds}]})
    count, problems = check_rules([load_rule(path)], signals)
    assert count == 2
    assert len(problems) == 1
    assert message in problems[0]
    assert problems[0].startswith(f"{path}:")
    assert ": two: " in problems[0]


def test_a_rule_needs_examples(tmp_path: Path, signals: Signals) -> None:
    count, problems = check_rules([load_rule(write(tmp_path, BASE))], signals)
    assert (count, len(problems)) == (1, 1)
    assert "no examples" in problems[0]


def test_an_example_before_its_own_beginning(tmp_path: Path, signals: Signals) -> None:
    path = write(tmp_path, BASE | {"examples": [TOLD | {"now": "2026-03-01 10:00"}]})
    assert "'now' lies before the issue was created" in check_rules([load_rule(path)], signals)[1][0]


def test_the_examples_may_stand_anywhere_in_the_file(tmp_path: Path) -> None:
    rule = {"examples": [TOLD], **{key: value for key, value in BASE.items() if key != "examples"}}
    for order in (rule, rule | {"examples": []}, BASE):
        path = write(tmp_path, order | {"unless": {"worklog": {}}})
        for with_examples in (True, False):
            loaded = load_rule(path, with_examples=with_examples)
            assert [pattern.kind for pattern in loaded.unless] == ["worklog"]
