"""Hypothesis strategies for whole Jira issues: random histories, and current fields that agree with them.

A ``Story`` is what happens, in local times; ``records`` writes it as Jira REST JSON, shifted by whole weeks
if asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from ownership_audit.config import CalendarSpec, PersonSettings, ProjectSettings, Settings

Json = dict[str, Any]

START = datetime(2026, 2, 2, 9, 0)  # noqa: DTZ001 - local: the story's zone is added when it is written
PERSONS = ("Ann Lee", "Bob Stone", "Cid Moor", "Dee Hall", "Lena Lead")
CAST = (*PERSONS, "Build Bot", "Support Queue", None)
BOT = CAST.index("Build Bot")
OWNER = -1
"""As an actor: whoever owns the issue then."""
NOISE = -2
"""As an actor: a bot whose entries take their ids from a range of their own, so that no other id changes."""
STATUSES = (
    ("To Do", "new"), ("In Progress", "indeterminate"), ("In Review", "indeterminate"), ("Done", "done"),
    ("Waiting for customer", "indeterminate"), ("Blocked", "indeterminate"), ("Reopened", "new"),
    ("Triage", "new"),
)  # fmt: skip
PRIORITIES = ("Medium", "High", "Blocker", "Low")
TYPES = ("Task", "Bug", "Epic", "Sub-task")
RELEASES = ("1.0", "1.1", "2.0", "Backlog")
SPRINTS = (None, "Sprint 1", "Sprint 2")
TEXTS = (
    "The import runs, the export is left.", "Thanks!", "any news?", "Bob, can you look at this?", "+1", None,
    "[~bob] I'm blocked, the vendor has not answered.", "I will have it done by Friday.",
)  # fmt: skip
GAPS = (0, 1, 4, 20, 7 * 60, 45 * 60, 3 * 3600, 86_400, 2 * 86_400, 6 * 86_400, 13 * 86_400, 40 * 86_400)
"""Seconds between saves: within one save, within one working day, and beyond most rules' times."""

CHANGES = (
    "assign", "status", "due", "priority", "release", "sprint", "flag", "worklog", "attach", "label", "type",
    "summary", "description", "link", "commit", "estimate", "reporter", "move", "parent",
)  # fmt: skip
QUIET = ("comment", "worklog", "attach", "label", "link", "description", "commit")
"""What changes no state that a rule reads."""


@dataclass(frozen=True)
class Save:
    """What one actor does at once, ``gap`` seconds after the save before."""

    gap: int
    actor: int
    actions: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Plan:
    """One issue: how it was created, and its saves. ``child`` makes it a sub-task of the first issue."""

    gap: int
    creator: int
    owner: int | None
    status: int
    due: int | None
    priority: int
    saves: tuple[Save, ...]
    child: bool = False


@dataclass(frozen=True)
class Story:
    """Some issues of one project, and how its team works."""

    plans: tuple[Plan, ...]
    cloud: bool
    settings: Settings

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.calendar.zone)

    def records(self, weeks: int = 0) -> list[Json]:
        """The issues as Jira sends them, everything ``weeks`` weeks later on the local clock."""
        releases = [_Writer(self, 0, weeks).catalogue()]
        return releases + [_Writer(self, number, weeks).write() for number in range(1, len(self.plans) + 1)]


# -- writing --------------------------------------------------------------------------------------------


@dataclass
class _Writer:
    """Writes one plan as a record, its state going along."""

    story: Story
    number: int
    weeks: int
    now: datetime = START
    items: list[Json] = field(default_factory=list)
    histories: list[Json] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    worklogs: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    ids: int = 0
    noises: int = 0
    noisy: bool = False

    def write(self) -> Json:
        plan = self.story.plans[self.number - 1]
        self.wait(plan.gap)
        created = self.now
        self.at = created
        self.author = self.account(plan.creator)
        self.state: dict[str, Any] = {
            "assignee": None if plan.owner is None else self.account(plan.owner),
            "reporter": self.author, "status": STATUSES[plan.status], "duedate": self.day(plan.due),
            "priority": PRIORITIES[plan.priority], "releases": [], "sprint": None, "labels": [],
            "flag": False,
            "type": "Sub-task" if plan.child else "Task", "summary": f"Summary {self.number}",
            "description": "",
            "parent": "AA-1" if plan.child else None, "resolved": None,
        }  # fmt: skip
        for save in plan.saves:
            self.wait(save.gap)
            self.at = self.now
            self.author = self.state["assignee"] if save.actor == OWNER else self.account(save.actor)
            self.noisy = save.actor == NOISE
            self.items, id_ = [], self.new_id()
            for kind, value in save.actions:
                getattr(self, f"do_{kind}")(value)
            if self.items:
                self.history(id_)
        return self.record(created)

    def history(self, id_: str) -> None:
        entry: Json = {"id": id_, "created": self.stamp(self.at), "items": self.items}
        self.histories.append(self.signed(entry))

    def signed(self, entry: Json) -> Json:
        if self.author is not None:
            entry["author"] = self.author
        return entry

    def record(self, created: datetime) -> Json:
        state, number = self.state, self.number
        fields: Json = {
            "project": {"id": "10", "key": "AA", "name": "Alpha"}, "created": self.stamp(created),
            "updated": self.stamp(self.now), "creator": self.account(self.story.plans[number - 1].creator),
            "status": self.status(), "priority": {"name": state["priority"]},
            "issuetype": {"name": state["type"], "subtask": state["type"] == "Sub-task"},
            "fixVersions": [self.version(name) for name in state["releases"]], "labels": state["labels"],
            "customfield_10020": [self.sprint(state["sprint"])] if state["sprint"] else None,
            "resolutiondate": state["resolved"] and self.stamp(state["resolved"]),
            "comment": {"total": len(self.comments), "comments": self.comments},
            "worklog": {"total": len(self.worklogs), "worklogs": self.worklogs}, "attachment": self.files,
            "parent": state["parent"] and {"id": "1", "key": state["parent"]}, "issuelinks": [],
            "subtasks": self.children(),
        }  # fmt: skip
        fields |= {
            name: state[name] for name in ("assignee", "reporter", "duedate", "summary", "description")
        }
        return {
            "id": str(number), "key": f"AA-{number}", "self": f"https://tracker.example/rest/api/2/issue/{number}",
            "fields": fields, "changelog": {"total": len(self.histories), "histories": self.histories},
        }  # fmt: skip

    def children(self) -> list[Json]:
        if self.number != 1:
            return []
        made = (
            p.child or any(a[0] == "parent" for s in p.saves for a in s.actions) for p in self.story.plans
        )
        return [{"id": str(n), "key": f"AA-{n}"} for n, child in enumerate(made, 1) if child and n > 1]

    def catalogue(self) -> Json:
        """An old, done issue with every release and sprint, so that their days are known at any time."""
        self.state = {
            "assignee": None, "reporter": None, "status": STATUSES[3], "duedate": None,
            "priority": "Medium",
            "releases": list(RELEASES), "sprint": "Sprint 1", "labels": [],
            "type": "Task", "summary": "Catalogue",
            "description": "", "parent": None, "resolved": None,
        }  # fmt: skip
        record = self.record(START - timedelta(days=100))
        record["fields"]["customfield_10020"] = [self.sprint(name) for name in SPRINTS if name]
        return record

    # -- small parts -------------------------------------------------------------------------------

    def wait(self, seconds: int) -> None:
        """Go on, and past the night: local times that a clock change skips or repeats are left out."""
        self.now += timedelta(seconds=seconds)
        if not 6 <= self.now.hour < 22:
            day = self.now.date() + timedelta(days=self.now.hour >= 22)
            self.now = datetime.combine(day, self.now.time().replace(hour=6))

    def stamp(self, local: datetime) -> str:
        moved = (local + timedelta(weeks=self.weeks)).replace(tzinfo=self.story.zone)
        return moved.strftime("%Y-%m-%dT%H:%M:%S.000%z")

    def day(self, ahead: int | None) -> str | None:
        if ahead is None:
            return None
        return (self.now.date() + timedelta(days=ahead, weeks=self.weeks)).isoformat()

    def new_id(self) -> str:
        if self.noisy:
            self.noises += 1
            return str(self.number * 1000 + 900 + self.noises)
        self.ids += 1
        return str(self.number * 1000 + self.ids)

    def account(self, index: int) -> Json | None:
        name = CAST[BOT if index == NOISE else index]
        if name is None:
            return None
        login = name.split()[0].lower()
        if self.story.cloud:
            return {"accountId": f"5b10:{login}", "accountType": "atlassian", "displayName": name}
        return {"name": login, "displayName": name}

    def status(self) -> Json:
        name, category = self.state["status"]
        return {"name": name, "statusCategory": {"key": category}} if self.story.cloud else {"name": name}

    def version(self, name: str) -> Json:
        day = date(2026, 3, 2) + timedelta(weeks=3 * RELEASES.index(name) + self.weeks)
        return {"id": f"2{RELEASES.index(name)}", "name": name, "releaseDate": day.isoformat()}

    def sprint(self, name: str) -> Json:
        day = date(2026, 3, 6) + timedelta(weeks=2 * SPRINTS.index(name) + self.weeks)
        return {
            "id": SPRINTS.index(name),
            "name": name,
            "state": "active",
            "boardId": 1,
            "endDate": f"{day}T12:00:00Z",
        }

    def change(self, name: str, old: object, new: object, from_: object = None, to: object = None) -> None:
        self.items.append({"field": name, "from": from_, "fromString": old, "to": to, "toString": new})

    # -- actions -----------------------------------------------------------------------------------

    def do_comment(self, value: int) -> None:
        entry: Json = {"id": self.new_id(), "created": self.stamp(self.at + timedelta(seconds=value % 5))}
        text = TEXTS[value % len(TEXTS)]
        if text is not None:
            entry["body"] = text
        self.comments.append(self.signed(entry))

    def do_assign(self, value: int) -> None:
        old = self.state["assignee"]
        new = None if value % len(CAST) == BOT else self.account(value % len(CAST))
        if new == old:
            return
        ids = [user and (user.get("accountId") or user["name"]) for user in (old, new)]
        self.change("assignee", old and old["displayName"], new and new["displayName"], *ids)
        self.state["assignee"] = new

    def do_reporter(self, value: int) -> None:
        old, new = self.state["reporter"], self.account(value % len(PERSONS))
        if new != old:
            ids = [user.get("accountId") or user["name"] for user in (old, new)]
            self.change("reporter", old["displayName"], new["displayName"], *ids)
            self.state["reporter"] = new

    def do_status(self, value: int) -> None:
        old, new = self.state["status"], STATUSES[value % len(STATUSES)]
        if new == old:
            return
        self.change("status", old[0], new[0], str(STATUSES.index(old)), str(STATUSES.index(new)))
        self.state["status"] = new
        self.state["resolved"] = self.at if new[0] == "Done" else None

    def do_due(self, value: int) -> None:
        old, new = self.state["duedate"], self.day(value % 40) if value % 7 else None
        if new == old:
            return
        shown = [day and f"{day} 00:00:00.0" for day in (old, new)]
        self.change("duedate", *shown, *((old, new) if self.story.cloud else (None, None)))
        self.state["duedate"] = new

    def do_priority(self, value: int) -> None:
        old, new = self.state["priority"], PRIORITIES[value % len(PRIORITIES)]
        if new != old:
            self.change("priority", old, new, "1", "2")
            self.state["priority"] = new

    def do_release(self, value: int) -> None:
        name, present = RELEASES[value % len(RELEASES)], self.state["releases"]
        if name in present:
            self.release(name, None)
        else:
            self.release(present[0] if value % 3 and present else None, name)

    def release(self, old: str | None, new: str | None) -> None:
        """Take one release away, add another, in an item each."""
        if old is not None:
            self.change("Fix Version", old, None, self.version(old)["id"], None)
        if new is not None:
            self.change("Fix Version", None, new, None, self.version(new)["id"])
        kept = [name for name in self.state["releases"] if name != old]
        self.state["releases"] = kept if new is None else [*kept, new]

    def do_sprint(self, value: int) -> None:
        old, new = self.state["sprint"], SPRINTS[value % len(SPRINTS)]
        if new != old:
            self.change("Sprint", old or "", new or "", "", "")
            self.state["sprint"] = new

    def do_label(self, value: int) -> None:
        old = self.state["labels"]
        new = sorted({*old} ^ {f"label{value % 3}"})
        self.change("labels", " ".join(old), " ".join(new))
        self.state["labels"] = new

    def do_type(self, value: int) -> None:
        old, new = self.state["type"], TYPES[value % 3]
        if old not in (new, "Sub-task"):
            self.change("issuetype", old, new, "1", "2")
            self.state["type"] = new

    def do_parent(self, value: int) -> None:
        if self.number > 1 and self.state["parent"] is None:
            self.change("Parent", None, "AA-1", None, "1")
            self.change("issuetype", self.state["type"], "Sub-task", "1", "5")
            self.state |= {"parent": "AA-1", "type": "Sub-task"}

    def do_summary(self, value: int) -> None:
        new = f"Summary {self.number}.{value}"
        self.change("summary", self.state["summary"], new)
        self.state["summary"] = new

    def do_description(self, value: int) -> None:
        new = f"Description {value}"
        self.change("description", self.state["description"], new)
        self.state["description"] = new

    def do_flag(self, value: int) -> None:
        new = not self.state["flag"]
        self.change("Flagged", "" if new else "Impediment", "Impediment" if new else "")
        self.state["flag"] = new

    def do_worklog(self, value: int) -> None:
        self.change("timespent", None, "3600", None, "3600")
        stamp = self.stamp(self.at + timedelta(seconds=value % 3))
        self.worklogs.append(self.signed({"id": self.new_id(), "created": stamp, "started": stamp}))

    def do_attach(self, value: int) -> None:
        id_ = self.new_id()
        self.change("Attachment", None, "log.txt", None, id_)
        early = timedelta(seconds=value % 3)
        self.files.append(
            self.signed({"id": id_, "filename": "log.txt", "created": self.stamp(self.at - early)})
        )

    def do_link(self, value: int) -> None:
        self.change("Link", None, f"This issue relates to BB-{value}", None, f"BB-{value}")

    def do_commit(self, value: int) -> None:
        self.change("RemoteIssueLink", None, f"This issue links to commit {value}", None, "7")

    def do_estimate(self, value: int) -> None:
        self.change("timeestimate", None, str(value * 60), None, str(value * 60))

    def do_move(self, value: int) -> None:
        self.change("project", "Old home", "Alpha", "9", "10")


# -- strategies -----------------------------------------------------------------------------------------

_VALUES = st.integers(0, 83)


THEMES = (
    (*CHANGES, "comment", "comment", "assign", "status", "due"),
    ("assign", "assign", "comment"),
    ("due", "comment"),
    ("assign", "status", "due", "comment"),
    ("status", "status", "comment", "assign"),
)
"""What an issue's saves are about: anything, or a few kinds that rules count."""


def saves(kinds: tuple[str, ...]) -> st.SearchStrategy[Save]:
    """One save of these kinds: mostly one action, at times several."""
    actions = st.lists(st.tuples(st.sampled_from(kinds), _VALUES), min_size=1, max_size=3).map(tuple)
    actors = st.sampled_from((*range(len(CAST)), OWNER, OWNER, OWNER, OWNER))
    return st.builds(Save, st.sampled_from(GAPS), actors, actions)


def plans(longest: int) -> st.SearchStrategy[Plan]:
    """One issue's plan, created by anyone."""
    return st.sampled_from(THEMES).flatmap(lambda kinds: _plans(kinds, longest))


def _plans(kinds: tuple[str, ...], longest: int) -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan,
        gap=st.sampled_from(GAPS),
        creator=st.integers(0, BOT),
        owner=st.none() | st.integers(0, len(PERSONS) + 1).filter(lambda index: index != BOT),
        status=st.sampled_from((0, 0, 1, 1, 4, 7)),
        due=st.none() | st.integers(0, 40),
        priority=st.sampled_from((0, 0, 1)),
        saves=st.lists(saves(kinds), min_size=longest // 3, max_size=longest).map(tuple),
        child=st.booleans(),
    )


def absences(least: int = 0) -> st.SearchStrategy[tuple[tuple[date, date], ...]]:
    """Up to two spells of somebody's absence, from START on; at least ``least``."""
    span = st.tuples(st.integers(0, 80), st.integers(0, 12)).map(
        lambda s: (START.date() + timedelta(days=s[0]), START.date() + timedelta(days=s[0] + s[1]))
    )
    return st.lists(span, min_size=least, max_size=2).map(tuple)


@st.composite
def settings_(
    draw: st.DrawFn, *, days_off: bool = True, zones: tuple[str, ...] = ("UTC", "Europe/Berlin")
) -> Settings:
    """How the team works: zone, days off, lead, desk, teams, absences, and what counts as a deadline."""
    off = draw(st.sets(st.integers(0, 90), max_size=4)) if days_off else set()
    calendar = CalendarSpec(
        zone=draw(st.sampled_from(zones)),
        country=draw(st.sampled_from((None, "DE"))) if days_off else None,
        days_off=tuple(sorted(START.date() + timedelta(days=n) for n in off)),
    )
    away = (
        {name.lower(): draw(absences()) for name in PERSONS[:2]} if days_off and draw(st.booleans()) else {}
    )
    teams = {name.lower(): "red" if n < 2 else "blue" for n, name in enumerate(PERSONS[:4])}
    people = {
        name: PersonSettings(team=team, tester=name == "dee hall", absences=away.get(name, ()))
        for name, team in teams.items()
    }
    lead = draw(st.sampled_from((None, "Lena Lead")))
    return Settings(
        calendar=calendar,
        projects={"AA": ProjectSettings(support=draw(st.booleans()), lead=lead)},
        people=people if draw(st.booleans()) or away else {},
        deadline_sources=draw(
            st.sampled_from((("due-date",), ("due-date",), ("due-date", "release", "sprint")))
        ),
        default_owner_counts=draw(st.booleans()),
    )


@st.composite
def stories(
    draw: st.DrawFn,
    *,
    days_off: bool = True,
    zones: tuple[str, ...] = ("UTC", "Europe/Berlin"),
    most: int = 2,
    longest: int = 12,
) -> Story:
    """Some issues with whatever may happen to them."""
    made = draw(st.lists(plans(longest=longest), min_size=1, max_size=most))
    made[0] = replace(made[0], child=False)
    return Story(tuple(made), draw(st.booleans()), draw(settings_(days_off=days_off, zones=zones)))


# -- moments --------------------------------------------------------------------------------------------


def times(records: list[Json]) -> list[datetime]:
    """Every time something happened in the records, in order, UTC."""
    found = set()
    for record in records:
        fields = record["fields"]
        entries = [*record["changelog"]["histories"], *fields["comment"]["comments"], fields,
                   *fields["worklog"]["worklogs"], *fields["attachment"]]  # fmt: skip
        found |= {datetime.fromisoformat(entry["created"]).astimezone(UTC) for entry in entries}
    return sorted(found)


OFFSETS = (0, 0, -1, 1, 3, 600, 5 * 3600, 3 * 86_400, 12 * 86_400, 60 * 86_400)

moments: st.SearchStrategy[Callable[[list[Json]], datetime]] = st.builds(
    lambda place, offset: (
        lambda records: (found := times(records))[place % len(found)] + timedelta(seconds=offset)
    ),
    st.integers(-25, -1),
    st.sampled_from(OFFSETS),
)
"""A moment at or near something that happened: call it with the records."""
