"""What an apply never does: speak to customers, repeat what few may read, touch what is not its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from applying import (
    CALM,
    EDITED,
    FREE,
    KEY,
    SETTINGS,
    Site,
    blind_repeats,
    copies,
    is_write,
    mine,
    site_at,
    standing,
)
from jira_server import Server, start
from live import Record, Waits
from openapi_check import Checker
from ownership_audit.demo import AS_OF

INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
MODES = ["cloud", "dc"]
ACTIONS = replace(FREE, property=False, marks={})
QUIET = replace(SETTINGS, actions=ACTIONS)
WORDS = replace(QUIET, actions=replace(ACTIONS, wordings=EDITED.wordings))
"""Without labels, flag and property; the second with other words, by which comments are edited."""


@pytest.fixture(scope="module", params=MODES)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with start(request.param, copies(request.param, 6), now=AS_OF.isoformat()) as found:
        yield found


@pytest.fixture
def site(server: Server, tmp_path: Path) -> Site:
    server.reset()
    found = Site(server, tmp_path, QUIET)
    found.restore()
    return found


KEYS = [record["key"] for record in copies("cloud", 6)]
OFF, ENG, OPS, _, _, SUP = KEYS


def writes(server: Server) -> list[dict[str, Any]]:
    return [entry for entry in server.requests() if is_write(entry)]


def comment_of(server: Server, key: str) -> Record:
    return next(iter(mine(server, server.issue(key))))


def change(server: Server, key: str, **fields: Any) -> None:
    """Somebody changes fields of an issue: the change is of a later moment."""
    record = server.issue(key)
    record["fields"].update(fields, updated="2026-03-31T17:59:59.000+0000")
    server.put(record)


# -- customers


def test_comments_are_internal_at_the_beginning_and_after_edits(site: Site) -> None:
    site.server.configure(project_types={"SUP": "service_desk"})
    site.apply(policy=CALM)
    for number in (1, 2):
        for key in KEYS:
            assert INTERNAL in comment_of(site.server, key)["properties"], (key, number)
        assert comment_of(site.server, SUP)["jsdPublic"] is False
        run = site.rerun(settings=WORDS)
        assert [step.kind for step in run.steps] == (["edit"] * 6 if number == 1 else [])
    sent = [entry["body"] for entry in writes(site.server) if "/comment" in entry["path"]]
    assert len(sent) == 12
    assert all(INTERNAL in body["properties"] for body in sent)


def test_a_project_that_becomes_a_desk_between_plan_and_apply(site: Site) -> None:
    from ownership_audit.reconcile.apply import apply

    prepared, posts = site.planned(policy=CALM)
    site.server.configure(project_types={"OFF": "service_desk"})
    apply(prepared.plan, posts, lambda *_: None)
    assert comment_of(site.server, OFF)["jsdPublic"] is False


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"project_types": {"OFF": "unheard-of"}}, "can't be told, so customers might read"),
        ({"permissions": {"ADD_COMMENTS": False}}, "may not comment in OFF"),
        ({"forbidden": ["GET .*/mypermissions"]}, "may not comment in OFF"),
        ({"forbidden": ["GET .*/issue/OFF-100$"]}, "may not see it"),
    ],
)
def test_where_it_may_not_write_the_plan_says_so(options: Any, reason: str, site: Site) -> None:
    site.server.configure(**options)
    project = site.server.issue(OFF)["fields"]["project"]
    if "project_types" in options:
        project["projectTypeKey"] = options["project_types"]["OFF"]
    change(site.server, OFF, project=project)
    run = site.apply(policy=CALM)
    assert run.prepared is not None
    assert [held.why for held in run.prepared.plan.held if held.key == OFF and reason in held.why]
    assert not [entry for entry in writes(site.server) if OFF in entry["path"]]


@pytest.mark.parametrize("how", ["forbidden", "500", "404"])
def test_a_kind_of_project_that_is_not_told(how: str, tmp_path: Path) -> None:
    """Neither by the issue nor by the project: nothing is written there, and elsewhere all is."""
    records = copies("cloud", 2)
    with start("cloud", records, now=AS_OF.isoformat()) as server:
        site = Site(server, tmp_path, QUIET)
        site.restore()
        server.configure(project_types={"OFF": ""})
        told = server.issue(OFF)
        told["fields"]["project"].pop("projectTypeKey", None)
        server.put(told)
        if how == "forbidden":
            server.configure(forbidden=["GET .*/project/OFF"])
        elif how == "500":
            server.configure(faults=[{"kind": "500", "path": "/project/OFF$"}])
        run = site.apply(policy=CALM)
        assert run.error is None
        assert {entry["path"].split("/")[5] for entry in writes(server)} == {ENG}


# -- readers


def restrict(server: Server, key: str, words: str) -> None:
    """Let only few read the last comment of an issue, and put words into it."""
    record = server.issue(key)
    comment = record["fields"]["comment"]["comments"][-1]
    comment["visibility"] = {"type": "role", "value": "Administrators"}
    comment["body"] = json.loads(
        re.sub(r'("text": )"[^"]*"', rf'\1"{words}"', json.dumps(comment["body"]))
    ) if server.mode == "cloud" else words  # fmt: skip
    server.put(record)


def test_what_few_may_read_is_never_repeated(site: Site) -> None:
    for key in KEYS:
        if site.server.issue(key)["fields"]["comment"]["comments"]:
            restrict(site.server, key, "I have the secret of it, tomorrow")
    site.sync()
    site.server.reset_log()
    run = site.apply(policy=CALM)
    assert run.steps
    sent = json.dumps([entry["body"] for entry in writes(site.server)])
    assert "secret" not in sent
    assert not any("secret" in step.document.plain() for step in run.steps if step.document is not None)


def test_readers_of_a_comment_stay(site: Site) -> None:
    """As configured, at the beginning and after edits; and where the configuration forgets it."""
    few = {"OFF": ("role", "Developers"), "ENG": ("group", "staff")}
    site.apply(policy=CALM, settings=replace(QUIET, actions=replace(ACTIONS, visibility=few)))
    wanted = {OFF: {"type": "role", "value": "Developers"}, ENG: {"type": "group", "value": "staff"}}
    for settings in (
        replace(QUIET, actions=replace(WORDS.actions, visibility=few)),
        QUIET,
        replace(QUIET, actions=replace(ACTIONS, comment=None)),
    ):
        for key in KEYS:
            assert comment_of(site.server, key).get("visibility") == wanted.get(key)
        site.server.reset_log()
        assert site.rerun(settings=settings).steps
        for entry in writes(site.server):
            key = entry["path"].split("/")[5]
            assert entry["body"].get("visibility") == wanted.get(key), key


# -- what is not its own


def test_others_are_never_touched(site: Site) -> None:
    """A comment of another account with the mark, and one of the tool's account without."""
    site.apply(policy=CALM)
    record = site.server.issue(OFF)
    own = json.loads(json.dumps(comment_of(site.server, OFF)))
    forged = {**own, "id": "7770001", "author": record["fields"]["reporter"]}
    plain = {**own, "id": "7770002", "properties": []}
    strange = {**own, "id": "7770003", "properties": [{"key": KEY, "value": {"version": 99}}]}
    others = [forged, plain, strange]
    record["fields"]["comment"]["comments"][:0] = others
    record["fields"]["comment"]["total"] = len(record["fields"]["comment"]["comments"])
    site.server.put(record)
    for how in (
        {"settings": WORDS},
        {"settings": replace(QUIET, actions=replace(ACTIONS, comment=None))},
        {"retract": True},
    ):
        site.rerun(**how)
        there = site.server.issue(OFF)["fields"]["comment"]["comments"]
        for other in others:
            assert other in there
    assert "theirs" in site.server.issue(OFF)["fields"]["labels"]
    touched = {entry["path"] for entry in writes(site.server)}
    assert not any(path.endswith(other["id"]) for path in touched for other in others)


@pytest.mark.parametrize("mode", MODES)
def test_labels_and_flags_of_others_stay(mode: str, tmp_path: Path) -> None:
    """A label that was there, and a flag that somebody set, are not the tool's to take."""
    with site_at(mode, 2, "first", tmp_path / "s") as (site, _):
        record = site.server.issue(OFF)
        record["fields"]["labels"] = ["late", "theirs"]
        record["fields"]["customfield_10021"] = [{"id": "10019", "value": "Impediment"}]
        site.server.put(record)
        site.sync()
        site.apply(policy=CALM)
        site.rerun(retract=True)
        found = standing(site.server, OFF)
        assert (found["comments"], found["labels"], found["flagged"]) == ([], ["late", "theirs"], True)
        assert standing(site.server, ENG)["labels"] == ["fine", "theirs"]
        assert standing(site.server, ENG)["properties"] == {}


def test_the_mark_survives_an_edit_beside_other_properties(site: Site) -> None:
    site.apply(policy=CALM)
    record = site.server.issue(OFF)
    comment = next(iter(mine(site.server, record)))
    comment["properties"].append({"key": "theirs", "value": 1})
    site.server.put(record)
    site.rerun(settings=WORDS)
    found = {one["key"]: one["value"] for one in comment_of(site.server, OFF)["properties"]}
    assert set(found) == {KEY, "theirs", "sd.public.comment"}
    assert found[KEY]["state"] == "open"


# -- between plan and apply


def test_what_somebody_changed_in_between_is_left(site: Site) -> None:
    from ownership_audit.reconcile.apply import apply

    prepared, posts = site.planned(policy=CALM)
    change(site.server, OFF, status={**site.server.issue(OFF)["fields"]["status"], "name": "Done"})
    site.server.hide(ENG)
    site.server.move(OPS, "SUP-900")
    site.server.delete(SUP)
    result = apply(prepared.plan, posts, lambda *_: None)
    assert [step.key for step, _ in result.failed] == [
        key for key in prepared.plan.keys if key in (OFF, ENG, OPS, SUP)
    ]
    assert {entry["path"].split("/")[5] for entry in writes(site.server)} == {KEYS[3], KEYS[4]}


@pytest.mark.parametrize("generation", ["edited", "deleted"])
@pytest.mark.parametrize("mode", MODES)
def test_a_comment_that_is_deleted_in_between(mode: str, generation: str, tmp_path: Path) -> None:
    """By somebody, in the very moment: an edit fails, a deletion is done; nothing is posted."""
    from ownership_audit.reconcile.apply import apply

    with site_at(mode, 1, generation, tmp_path / "s") as (site, how):
        site.restore()
        prepared, posts = site.planned(policy=CALM, **how)
        record = site.server.issue(OFF)
        record["fields"]["comment"]["comments"] = record["fields"]["comment"]["comments"][:-1]
        site.server.put(record)  # its version is what it was
        result = apply(prepared.plan, posts, lambda *_: None)
        assert bool(result.failed) == (generation == "edited")
        assert not any(entry["method"] == "POST" for entry in writes(site.server))


def test_a_number_that_looks_like_a_status(tmp_path: Path) -> None:
    """A refusal on an issue with 404 in its key is no comment that is gone."""
    text = json.dumps(copies("cloud", 1)).replace("OFF-100", "OFF-404")
    with start("cloud", json.loads(text), now=AS_OF.isoformat()) as server:
        site = Site(server, tmp_path, QUIET)
        site.restore()
        site.apply(policy=CALM)
        server.configure(forbidden=["DELETE .*/comment/.*"])
        run = site.rerun(retract=True)
        assert run.result is not None
        assert run.result.failed


# -- the account


def test_a_token_that_expires_on_the_way(site: Site) -> None:
    """The run ends at once, says so, and knows what it did; the next one does the rest."""
    from ownership_audit.reconcile.apply import apply

    prepared, posts = site.planned(policy=CALM)
    told: list[str] = []

    def log(step: Any, outcome: str) -> None:
        told.append(f"{step.key} {outcome}")
        if len(told) == 4:  # two comments are written
            site.server.configure(credentials_expired=True)

    result = apply(prepared.plan, posts, log)
    assert result.stopped is not None
    assert "the site does not accept the credentials (401)" in result.stopped
    assert result.done == {"comment": 2}
    assert told[-1].startswith(f"{prepared.plan.steps[2].key} stopped: ")
    assert [entry["status"] for entry in site.server.requests()].count(401) == 1
    site.server.configure(credentials_expired=False)
    site.rerun()
    assert [len(list(mine(site.server, site.server.issue(key)))) for key in KEYS] == [1] * 6


# -- when the site is busy


@pytest.mark.parametrize("date", [False, True])
def test_a_long_pause_is_kept(date: bool, site: Site) -> None:
    waits = Waits()
    rule = {"kind": "429", "method": "POST", "path": "/comment$", "nth": [2, 3], "retry_after": 420}
    site.server.configure(faults=[{**rule, "http_date": date}])
    run = site.apply(clock=waits.clock)
    assert run.result is not None
    assert not run.result.failed
    assert [seconds for seconds in waits.slept if seconds > 100] == pytest.approx([420, 420], abs=2)
    assert blind_repeats(site.server.requests()) == []
    assert [len(list(mine(site.server, site.server.issue(key)))) for key in KEYS] == [1] * 6


def test_a_pause_beyond_patience_is_not_waited_for(site: Site) -> None:
    """Nothing is asked of the site any more."""
    waits = Waits()
    site.server.configure(
        faults=[{"kind": "429", "method": "POST", "path": "/comment$", "retry_after": 7200}]
    )
    run = site.apply(clock=waits.clock)
    assert run.result is not None
    assert len(run.result.failed) == 6
    assert len(writes(site.server)) == 1
    assert sum(waits.slept) < 60


# -- what is sent


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("generation", ["first", "edited", "replaced", "retracted", "deleted"])
def test_requests_are_ones_that_jira_knows(mode: str, generation: str, shared: Path, tmp_path: Path) -> None:
    checker = Checker(shared / "openapi")
    with site_at(mode, 6, generation, tmp_path / "s") as (site, how):
        site.restore()
        few = {"OFF": ("role", "Developers")}
        settings = replace(site.settings, actions=replace(site.settings.actions, visibility=few))
        assert site.apply(policy=CALM, settings=settings, **how).steps
        entries = site.server.requests()
        if mode == "dc":  # the document is Cloud's: its second version's paths are the third's
            entries = [{**one, "path": one["path"].replace("/api/2/", "/api/3/")} for one in entries]
            entries = [one for one in entries if "serverInfo" not in one["path"]]
        assert checker.request_problems(entries) == []
        for entry in entries if mode == "cloud" else ():
            if isinstance((entry["body"] or {}).get("body"), dict):
                assert list(checker.adf_problems(entry["body"]["body"])) == []


# -- an issue that can't be read


def test_one_issue_that_can_not_be_read_costs_the_others_nothing(site: Site) -> None:
    site.server.configure(faults=[{"kind": "500", "path": f"/issue/{ENG}$"}])
    run = site.apply(policy=CALM)
    assert run.error is None
    assert run.prepared is not None
    assert [problem.partition(":")[0] for problem in run.prepared.problems] == [ENG]
    assert "the site answers 500" in run.prepared.problems[0]
    assert {step.key for step in run.steps} == set(KEYS) - {ENG}


def test_a_site_that_answers_nothing_ends_the_run(site: Site) -> None:
    site.server.configure(faults=[{"kind": "500", "path": "/issue/"}])
    run = site.apply(policy=CALM)
    assert "the site answers 500" in str(run.error)
    assert writes(site.server) == []
    assert len(site.server.requests()) < 40
