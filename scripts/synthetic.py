"""Writes invented Jira issues as JSON lines, as many as wanted, always the same ones for a seed.

usage: python scripts/synthetic.py N FILE [--seed N] [--form cloud|dc]

Changelogs have 2 to 30 entries, comments are 0 to 15 with promises, questions and plain news; some issues
have sub-tasks, some are blocked by others, four of five are done. Everything in them is made up.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

Record = dict[str, Any]

_START: Final = datetime(2025, 1, 6, 8, 0, tzinfo=UTC)
_SPAN: Final = timedelta(days=400)
_PER_PROJECT: Final = 2_500
_BLOCK: Final = 10  # issues of which the first can be the parent of the next ones
_FIRST: Final = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jon", "Kira", "Leo")
_LAST: Final = ("Abel", "Brandt", "Costa", "Dahl", "Egger", "Falk", "Grau", "Holm", "Ivanov", "Jansen")
_STATUSES: Final = {
    "To Do": ("1", "new"),
    "In Progress": ("3", "indeterminate"),
    "In Review": ("5", "indeterminate"),
    "Waiting for customer": ("6", "indeterminate"),
    "Blocked": ("7", "indeterminate"),
    "Done": ("9", "done"),
}
_PRIORITIES: Final = {"Highest": "1", "High": "2", "Medium": "3", "Low": "4"}
_THINGS: Final = (
    "the export of bookings", "the nightly import", "the login page", "the price list", "the mail gateway",
    "the report for March", "the search index", "the form for returns", "the backup of the file store",
    "the label printer", "the stock figures", "the old archive", "the access of the new colleagues",
)  # fmt: skip
_SAYINGS: Final = (
    "I'll send the numbers for {thing} by Friday.",
    "I will look at {thing} tomorrow and write here what I find.",
    "@ which version does the customer run?",
    "@ can you tell me who needs {thing}?",
    "Any news on {thing}?",
    "Blocked: we wait for the supplier's answer about {thing}.",
    "Done with the first half of {thing}. Next I check the rest against the list.",
    "I tried {thing} again with the new settings; it fails at the same place as before.",
    "The log of last night holds 212 lines about it, all alike.",
    "Changed the order of the two steps; the first run took nine minutes, the second eight.",
    "Both offices see the same figures now.",
    "The list has 340 entries, 12 of them twice.",
    "Compared it with the version of last year: only the header differs.",
    "The table was copied to the test system, with names taken out.",
    "Two of the five cases pass, the other three stop at the second page.",
    "The customer sent a picture of the screen; it shows the old logo.",
    "The cause is a missing row in the table of units. A fix is in review.",
    "Thanks.",
    "We will get back to the customer next week.",
    "@ please take over, I am away until Monday.",
    "This is not ours; the desk in the other building looks after {thing}.",
    "Talked with the warehouse: {thing} can wait, the delivery comes on the 12th.",
    "Reproduced with 40 rows. It takes four minutes where it took ten seconds.",
    "+1",
    "The new build is on the test system. What should I do about {thing}?",
    "It works for me now, so I would close this unless somebody sees it again.",
)


class _Site:
    """What all issues of one file share."""

    def __init__(self, count: int, seed: int, *, cloud: bool) -> None:
        self.count, self.seed, self.cloud = count, seed, cloud
        self.api = f"https://tracker.example/rest/api/{3 if cloud else 2}"
        self.people = [self._user(first, last) for first in _FIRST for last in _LAST]

    def _user(self, first: str, last: str) -> Record:
        name, display = f"{first}.{last}".lower(), f"{first} {last}"
        if self.cloud:
            id_ = f"712020:{name}"
            return {"self": f"{self.api}/user?accountId={id_}", "accountId": id_, "displayName": display,
                    "active": True, "accountType": "atlassian", "timeZone": "Etc/UTC"}  # fmt: skip
        return {"self": f"{self.api}/user?username={name}", "name": name, "key": name, "displayName": display,
                "active": True, "timeZone": "Etc/UTC"}  # fmt: skip

    def id_of(self, user: Record) -> str:
        return str(user["accountId" if self.cloud else "key"])

    def key(self, number: int) -> str:
        project, place = divmod(number, _PER_PROJECT)
        return f"{self.project(project)}-{place + 1}"

    @staticmethod
    def project(number: int) -> str:
        return f"P{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}"

    def draw(self, number: int, most: int, salt: int) -> int:
        """A number below ``most`` for an issue, known to others too."""
        return ((number * 2_654_435_761 + self.seed * 40_503 + salt * 97_531) >> 7) % most

    def parent(self, number: int) -> int | None:
        first = number - number % _BLOCK
        few = self.draw(first, 10, 1)
        return first if few < 4 and 0 < number - first <= few + 1 else None

    def children(self, number: int) -> list[int]:
        return [n for n in range(number + 1, min(number + _BLOCK, self.count)) if self.parent(n) == number]

    def blocker(self, number: int) -> int | None:
        """The issue that blocks this one; of the same project."""
        if self.draw(number, 8, 2):
            return None
        other = number - 1 - self.draw(number, 20, 3)
        return other if other // _PER_PROJECT == number // _PER_PROJECT and other >= 0 else None

    def blocked(self, number: int) -> list[int]:
        return [n for n in range(number + 1, min(number + 22, self.count)) if self.blocker(n) == number]

    def text(self, text: str, mentioned: Record) -> object:
        """A body in the site's markup; ``@`` in front stands for a mention."""
        ask = text.startswith("@ ")
        if not self.cloud:
            return f"[~{mentioned['name']}] {text[2:]}" if ask else text
        content: list[Record] = []
        if ask:
            attributes = {"id": mentioned["accountId"], "text": f"@{mentioned['displayName']}"}
            content.append({"type": "mention", "attrs": attributes})
            text = text[1:]
        content.append({"type": "text", "text": text})
        return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": content}]}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class _Life:
    """One issue from its creation on."""

    def __init__(self, site: _Site, number: int) -> None:
        self.site, self.number = site, number
        self.chance = random.Random(f"{site.seed}-{number}")
        self.id = 100_000 + number
        self.at = _START + _SPAN * (number / site.count) + timedelta(seconds=self.chance.randrange(3_000))
        self.created = self.at
        self.team = self.chance.sample(site.people, 4)
        self.reporter = self.team[0]
        self.owner: Record | None = self.chance.choice((None, *self.team))
        self.status, self.priority, self.due = "To Do", "Medium", None
        self.labels: list[str] = []
        self.thing = self.chance.choice(_THINGS)
        self.histories: list[Record] = []
        self.comments: list[Record] = []

    def live(self) -> None:
        changes, comments = min(2 + int(self.chance.expovariate(0.12)), 29), self.chance.randrange(16)
        steps = ["change"] * changes + ["comment"] * comments
        self.chance.shuffle(steps)
        for step in [*steps, "done"]:
            self.at += timedelta(seconds=60 + int(self.chance.expovariate(1 / 150_000)))
            who = self.chance.choice(self.team)
            if step == "comment":
                self.comment(who)
            elif step == "change":
                self.note(who, self.change())
            elif self.status != "Done" and self.chance.randrange(5):
                self.note(who, self.move("Done"))

    def note(self, who: Record, item: Record) -> None:
        entry = {"id": str(self.id * 100 + len(self.histories)), "author": who, "created": _written(self.at)}
        self.histories.append({**entry, "items": [item]})

    def move(self, new: str) -> Record:
        old, self.status = self.status, new
        return self.item("status", old, new, _STATUSES[old][0], _STATUSES[new][0])

    def comment(self, who: Record) -> None:
        id_ = str(self.id * 100 + 50 + len(self.comments))
        sayings = self.chance.sample(_SAYINGS, self.chance.randint(1, 3))
        sayings.sort(key=lambda saying: not saying.startswith("@"))
        text = " ".join([sayings[0], *(saying.removeprefix("@ ").capitalize() for saying in sayings[1:])])
        text = text.format(thing=self.thing)
        at = _written(self.at)
        self.comments.append({
            "self": f"{self.site.api}/issue/{self.id}/comment/{id_}", "id": id_, "author": who,
            "body": self.site.text(text, self.chance.choice(self.team)), "updateAuthor": who,
            "created": at, "updated": at,
        })  # fmt: skip

    def change(self) -> Record:
        kind = self.chance.choices(
            ("status", "assignee", "duedate", "priority", "labels", "summary"), (8, 4, 3, 1, 1, 1)
        )[0]
        if kind == "status":
            return self.move(self.chance.choice([name for name in _STATUSES if name != self.status]))
        if kind == "assignee":
            before, self.owner = self.owner, self.chance.choice([u for u in self.team if u is not self.owner])
            names = [user and user["displayName"] for user in (before, self.owner)]
            return self.item(kind, *names, *(user and self.site.id_of(user) for user in (before, self.owner)))
        if kind == "duedate":
            last = self.due
            self.due = f"{self.at + timedelta(days=self.chance.randrange(3, 60)):%Y-%m-%d}"
            texts = [due and f"{due} 00:00:00.0" for due in (last, self.due)]
            return self.item(kind, *texts, last, self.due)
        if kind == "priority":
            old = self.priority
            self.priority = self.chance.choice([name for name in _PRIORITIES if name != old])
            return self.item(kind, old, self.priority, _PRIORITIES[old], _PRIORITIES[self.priority])
        if kind == "labels":
            had = " ".join(self.labels)
            self.labels = [f"area-{self.chance.randrange(30)}"]
            return self.item(kind, had, self.labels[0], None, None)
        return self.item(kind, f"About {self.thing}", f"More about {self.thing}", None, None)

    def item(self, field: str, old: object, new: object, from_: object, to: object) -> Record:
        found = {"field": field, "fieldtype": "jira", "from": from_, "fromString": old}
        more = {"fieldId": field} if self.site.cloud else {}
        return {**found, **more, "to": to, "toString": new}

    def record(self) -> Record:
        site, number = self.site, self.number
        parent = site.parent(number)
        done = self.status == "Done"
        project = number // _PER_PROJECT
        fields: Record = {
            "summary": f"Something about {self.thing}",
            "issuetype": {"id": "5" if parent is not None else "3", "subtask": parent is not None,
                          "name": "Sub-task" if parent is not None else "Task"},
            "project": {"id": str(10_000 + project), "key": site.project(project),
                        "name": f"Project {project}", "projectTypeKey": "software"},
            "status": self.status_field(self.status),
            "priority": {"id": _PRIORITIES[self.priority], "name": self.priority},
            "reporter": self.reporter, "creator": self.reporter, "assignee": self.owner,
            "created": _written(self.created), "updated": _written(self.at), "duedate": self.due,
            "resolution": {"id": "1", "name": "Done"} if done else None,
            "resolutiondate": _written(self.at) if done else None,
            "labels": self.labels, "fixVersions": [], "attachment": [],
            "issuelinks": self.links(),
            "subtasks": [self.other(child) for child in site.children(number)],
            "description": site.text(f"It is about {self.thing}.", self.reporter),
            "comment": {"comments": self.comments, "maxResults": len(self.comments),
                        "total": len(self.comments), "startAt": 0},
        }  # fmt: skip
        if parent is not None:
            fields["parent"] = self.other(parent)
        histories = {"startAt": 0, "maxResults": len(self.histories), "total": len(self.histories)}
        return {
            "expand": "changelog", "id": str(self.id), "self": f"{site.api}/issue/{self.id}",
            "key": site.key(number), "fields": fields,
            "changelog": {**histories, "histories": self.histories},
        }  # fmt: skip

    def links(self) -> list[Record]:
        kind = {"id": "10", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
        blocker = self.site.blocker(self.number)
        found = [] if blocker is None else [("inwardIssue", blocker)]
        found += [("outwardIssue", other) for other in self.site.blocked(self.number)]
        return [
            {"id": str(self.id * 100 + place), "type": kind, side: self.other(other)}
            for place, (side, other) in enumerate(found)
        ]

    def other(self, number: int) -> Record:
        """An issue as others show it."""
        id_ = str(100_000 + number)
        fields = {"summary": "Another", "status": self.status_field("To Do")}
        return {
            "id": id_,
            "key": self.site.key(number),
            "self": f"{self.site.api}/issue/{id_}",
            "fields": fields,
        }

    @staticmethod
    def status_field(name: str) -> Record:
        id_, category = _STATUSES[name]
        return {"id": id_, "name": name, "statusCategory": {"key": category}}


def issues(count: int, seed: int = 1, *, cloud: bool = True) -> Iterator[Record]:
    """Invented issues, in the form of Cloud or of Data Center."""
    site = _Site(count, seed, cloud=cloud)
    for number in range(count):
        life = _Life(site, number)
        life.live()
        yield life.record()


def write(path: Path, count: int, seed: int = 1, *, cloud: bool = True) -> None:
    """Write a file of invented issues, one a line."""
    with path.open("wb") as out:
        for record in issues(count, seed, cloud=cloud):
            out.write(orjson.dumps(record) + b"\n")


def main(words: list[str]) -> None:
    """Write the file that the command line names."""
    seed = int(words[words.index("--seed") + 1]) if "--seed" in words else 1
    form = words[words.index("--form") + 1] if "--form" in words else "cloud"
    write(Path(words[1]), int(words[0]), seed, cloud=form == "cloud")


if __name__ == "__main__":
    main(sys.argv[1:])
