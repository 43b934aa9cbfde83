"""What tests of writing to live sites share: a site with findings, applies to it, their traces."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from jira_server import Server, start
from live import QUICK, Record, Waits, environment_of, in_form_of, site_of, synced
from ownership_audit.acting import Prepared, prepare, prepare_retraction
from ownership_audit.calendars import Duration
from ownership_audit.config import Settings, load
from ownership_audit.demo import AS_OF, CONFIG, SOURCE
from ownership_audit.errors import AuditError
from ownership_audit.mirror import MirrorSource, Store
from ownership_audit.reconcile.apply import Result, apply
from ownership_audit.reconcile.replies import Tool
from ownership_audit.reconcile.settings import Actions, Marks, Wording
from ownership_audit.reconcile.steps import Step
from ownership_audit.run import Auditor, Options, choose_rules, load_signals
from ownership_audit.sites import as_bot, open_writes, with_fields
from ownership_audit.trackers.configure import TrackerSettings
from ownership_audit.trackers.jira.rest.access import Login
from ownership_audit.trackers.jira.rest.pace import Clock, Policy
from ownership_audit.trackers.marker import KEY

TOLD = ("OFF-5", "ENG-2", "OPS-6", "OPS-3", "OPS-5", "SUP-3")
"""The demo's issues on which something is worth a comment: an error, and five warnings."""

CALM = Policy(silence=20.0, connect=10.0)
FREE = Actions(
    most_writes=None,
    most_per_issue=None,
    most_per_person=None,
    cool_down=Duration.ZERO,
    working_hours=False,
    property=True,
    marks={"error": Marks(("late",), ("fine",), flag=True), "warning": Marks(("look",))},
)
"""Without limits, and with everything that can be written."""

SETTINGS = replace(load(CONFIG), actions=FREE)
_SIGNALS = load_signals()


@cache
def _rules() -> Any:
    return choose_rules(SETTINGS)


def copies(mode: str, count: int, names: Sequence[str] = TOLD) -> list[Record]:
    """Issues on each of which one thing is found, with labels of others, in that kind of site's form."""
    known = {record["key"]: record for record in in_form_of(mode, SOURCE)}
    found = []
    for number in range(count):
        record = known[names[number % len(names)]]
        project = record["key"].rpartition("-")[0]
        text = json.dumps(record).replace(str(record["id"]), str(60_000 + number))
        made = json.loads(re.sub(rf"\b{record['key']}\b", f"{project}-{100 + number}", text))
        made["fields"]["labels"] = ["fine", "theirs"]
        made["fields"].pop("subtasks", None)
        found.append(made)
    return found


@dataclass
class Run:
    """One apply: what was planned, what came of it, or the error that ended it."""

    prepared: Prepared | None = None
    result: Result | None = None
    error: AuditError | None = None
    log: list[tuple[Step, str]] = field(default_factory=list)

    @property
    def steps(self) -> tuple[Step, ...]:
        assert self.prepared is not None
        return self.prepared.plan.steps


class Site:
    """A server, its mirror as it was once synced, and applies to it."""

    def __init__(self, server: Server, folder: Path, settings: Settings = SETTINGS) -> None:
        self.server, self.settings = server, settings
        self.mirror, self._whole = folder / "m", folder / "whole"
        self.sync(self._whole)

    def sync(self, path: Path | None = None) -> None:
        outcome = synced(self.server, path or self.mirror, settings=self.settings, policy=CALM, at=AS_OF)
        assert outcome.problems == []

    def restore(self) -> None:
        """The server and the mirror as they were."""
        self.server.reset()
        for path in self.mirror.parent.glob("m*"):
            path.unlink()
        shutil.copy(self._whole, self.mirror)

    def planned(
        self,
        *,
        clock: Clock | None = None,
        policy: Policy = QUICK,
        settings: Settings | None = None,
        retract: bool = False,
    ) -> tuple[Prepared, Any]:
        """A plan by what the mirror holds, and what it would be carried out on."""
        settings = settings or self.settings
        with Store(self.mirror) as store:
            own = with_fields(settings, store.note("about") or {})
            site = site_of(self.server, clock or Waits().clock, policy, settings=own)
            told = TrackerSettings("here", "here", self.server.url, self.server.url, Login("here"))
            posts = open_writes(told, own, site, environment_of(self.server))
            account = str(site.me.get("accountId") or site.me.get("name"))
            own = as_bot(own, account)
            auditor = Auditor(own, _rules(), _SIGNALS)
            work = prepare_retraction if retract else prepare
            options = Options(as_of=AS_OF, history=True)
            tool = Tool(account, frozenset({"ownership-audit"}))
            return work(auditor, MirrorSource("here", store), options, posts, tool), posts

    def apply(self, **how: Any) -> Run:
        """Plan and carry out."""
        run = Run()
        try:
            run.prepared, posts = self.planned(**how)
            run.result = apply(run.prepared.plan, posts, lambda step, said: run.log.append((step, said)))
        except AuditError as problem:
            run.error = problem
        return run

    def rerun(self, **how: Any) -> Run:
        """Sync, plan and apply without any fault."""
        self.server.configure(faults=[])
        self.sync()
        return self.apply(policy=CALM, **how)

    def stands(self, keys: Iterable[str]) -> dict[str, Any]:
        """What stands on issues; the tool's comments without what differs from run to run."""
        return {key: standing(self.server, key) for key in keys}


def wordings(words: str) -> dict[str, Wording]:
    """Words of a team's own for all that is told here."""
    rules = (
        "deadline-passed-in-silence",
        "silent-in-progress",
        "unowned",
        "dropped-handoff",
        "deadline-not-replanned",
        "unacknowledged",
    )
    return {rule: Wording(helps=words) for rule in rules}


EDITED = replace(
    FREE,
    wordings=wordings("Say it."),
    marks={"error": Marks(("seen",)), "warning": Marks(("seen",), ("fine",))},
)
"""Other words, labels and no flag: each comment is edited, and what was marked before is taken back."""

GENERATIONS: dict[str, dict[str, Any]] = {
    "first": {},
    "edited": {"actions": EDITED},
    "replaced": {"actions": EDITED, "readdress": True},
    "retracted": {"actions": replace(FREE, comment=None)},
    "deleted": {"actions": replace(FREE, comment=None, delete_settled=True)},
    "all retracted": {"retract": True},
}
"""What an apply meets and wants: nothing stands; or the comments of the first one, and something changed."""


@contextmanager
def site_at(mode: str, count: int, generation: str, folder: Path) -> Iterator[tuple[Site, dict[str, Any]]]:
    """A site as an apply of that generation meets it, and the options of that apply."""
    told = GENERATIONS[generation]
    records = copies(mode, count)
    if generation != "first":
        records = after_first(mode, records, folder / "first", readdress=told.get("readdress", False))
    settings = replace(SETTINGS, actions=told.get("actions", FREE))
    names = {"customfield_10021": "Flagged"}
    folder.mkdir(exist_ok=True)
    with start(mode, records, now=AS_OF.isoformat(), field_names=names) as server:
        yield Site(server, folder, settings), {"retract": told.get("retract", False)}


def after_first(mode: str, records: list[Record], folder: Path, *, readdress: bool) -> list[Record]:
    """The issues after a first apply; with ``readdress`` the comments spoke to somebody else."""
    folder.mkdir(parents=True)
    with start(mode, records, now=AS_OF.isoformat()) as server:
        site = Site(server, folder)
        site.restore()
        run = site.apply(policy=CALM)
        assert run.result is not None
        assert not run.result.failed
        found = []
        for record in records:
            made = server.issue(record["key"])
            made["properties"] = server.issue_properties(record["key"])
            for comment in mine(server, made) if readdress else ():
                for one in comment["properties"]:
                    for told in one["value"].get("findings", {}).values():
                        told["to"] = "somebody-else"
            found.append(made)
    return found


def mine(server: Server, record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The comments of the tool's account."""
    name, value = (
        ("accountId", server.options.account_id)
        if server.mode == "cloud"
        else ("name", server.options.account_name)
    )
    for comment in record["fields"]["comment"]["comments"]:
        if comment["author"].get(name) == value:
            yield comment


def standing(server: Server, key: str) -> dict[str, Any]:
    record = server.issue(key)
    flag = next(
        (
            value
            for name, value in record["fields"].items()
            if name.startswith("customfield")
            and value
            and isinstance(value, list)
            and isinstance(value[0], dict)
            and value[0].get("value") == "Impediment"
        ),
        None,
    )
    kept = ("body", "properties", "jsdPublic", "visibility")
    return {
        "comments": [{name: c.get(name) for name in kept} for c in mine(server, record)],
        "others": len(record["fields"]["comment"]["comments"]) - len(list(mine(server, record))),
        "labels": sorted(record["fields"]["labels"]),
        "flagged": flag is not None,
        "properties": server.issue_properties(key),
    }


def marker_of(body: Any) -> str | None:
    """The mark in a comment's body as it is sent, as text."""
    found = [one["value"] for one in (body or {}).get("properties", []) if one["key"] == KEY]
    return json.dumps(found[0], sort_keys=True) if found else None


def blind_repeats(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Comments that were sent twice without a look at the issue's comments in between, but for a 429."""
    sent: dict[tuple[str, str], bool] = {}
    found = []
    for entry in entries:
        issue = re.search(r"/issue/([^/]+)", entry["path"])
        if issue is None:
            continue
        key = issue[1]
        fields = ",".join(entry["query"].get("fields", []))
        if entry["method"] == "GET" and (entry["path"].endswith("/comment") or "comment" in fields):
            sent = {pair: pair[0] != key and open_ for pair, open_ in sent.items()}
        elif entry["method"] == "POST" and entry["path"].endswith("/comment"):
            pair = key, str(marker_of(entry["body"]))
            if sent.get(pair):
                found.append(f"{key}: {pair[1]}")
            sent[pair] = entry["fault"] != "429"
    return found


def is_write(entry: Mapping[str, Any]) -> bool:
    path = entry["path"]
    return entry["method"] in ("PUT", "DELETE") or (entry["method"] == "POST" and path.endswith("/comment"))
