"""A live site audited like a file: same findings, complete issues, and as few requests as can be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from jira_server import Server, cloud_record, server_record, start
from live import audited, audited_mirror, environment_of, held, paths, site_of, synced, without_addresses
from openapi_check import Checker
from ownership_audit.checkup import checkup
from ownership_audit.config import Settings, load
from ownership_audit.demo import AS_OF, CONFIG, SOURCE
from ownership_audit.starting import look_around
from ownership_audit.trackers.configure import TrackerSettings
from ownership_audit.trackers.file import FileSource
from ownership_audit.trackers.jira.rest.access import Login
from payloads import change, comment, issue, item, server, write
from test_jira_server import minute

Record = dict[str, Any]
MODES = ("cloud", "dc")
ANN, BOB = server("ann", "Ann Lee", key="JIRAUSER1"), server("bob", "Bob Stone", key="JIRAUSER2")
QUIET = {"people": {}}
CALM = datetime(2026, 3, 20, 12, tzinfo=UTC)


def changes(count: int, first: int) -> list[Record]:
    return [
        change(minute(n), ANN, item("summary", f"{n}", f"{n + 1}"), id_=str(first + n)) for n in range(count)
    ]


def comments(count: int, first: int) -> list[Record]:
    found = [comment(minute(n), BOB, f"Number {n}.", str(first + n)) for n in range(count)]
    return [{**entry, "updated": entry["created"], "updateAuthor": BOB} for entry in found]


def long_records() -> list[Record]:
    """Issues on both sides of every limit: 40 changes, 20 and 100 comments, pages of the bulk changelog."""
    people: dict[str, Any] = {"reporter": ANN, "assignee": BOB}
    sizes = [(45, 5), (130, 21), (40, 20), (41, 101), (3, 130), (0, 0), (250, 1)]
    return [
        issue(
            f"WEB-{n}",
            changes=changes(many, 1000 * n),
            comments=comments(said, 1000 * n),
            updated=minute(n),
            **people,
        )
        for n, (many, said) in enumerate(sizes, 1)
    ]


def silent_record() -> Record:
    """An issue that its owner began to work on and never spoke of again."""
    return issue(
        "WEB-1",
        assignee=BOB,
        reporter=ANN,
        status="In Progress",
        category="indeterminate",
        changes=[change(minute(1), BOB, item("status", "To Do", "In Progress", "1", "3"), id_="1")],
        updated=minute(1),
    )


@pytest.fixture(scope="module", params=MODES)
def demo_site(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The demo on a site that tells of no leads, as the file doesn't."""
    with start(request.param, SOURCE, project_leads=dict.fromkeys(("SUP", "OPS", "OFF", "ENG"), "")) as site:
        yield site


@pytest.fixture
def demo(demo_site: Server) -> Server:
    demo_site.reset()
    return demo_site


def converted(mode: str, source: Path, folder: Path) -> Path:
    """The file in the form of that kind of site."""
    from jira_server.issue import read_records

    convert = cloud_record if mode == "cloud" else server_record
    return write(folder, *(convert(record) for record in read_records(source)), name="converted.jsonl")


# -- the same findings


def test_the_demo_is_judged_as_its_file_is(demo: Server, tmp_path: Path) -> None:
    settings = load(CONFIG)
    assert synced(demo, tmp_path / "m", settings=settings).problems == []
    from_file = audited(FileSource(converted(demo.mode, SOURCE, tmp_path)), AS_OF, settings)
    assert len(json.loads(from_file)["findings"]) > 30
    from_site = audited_mirror(tmp_path / "m", AS_OF, settings)
    assert without_addresses(from_site) == without_addresses(from_file)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_an_archive_is_judged_as_its_file_is(mode: str, shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "duraspace.jsonl.gz"
    as_of = datetime(2012, 7, 1, tzinfo=UTC)
    keys = {json.loads(line)["key"].rpartition("-")[0] for line in _lines(source)}
    with start(mode, source, project_leads=dict.fromkeys(keys, "")) as site:
        assert synced(site, tmp_path / "m").problems == []
    path = converted(mode, source, tmp_path) if mode == "cloud" else source
    from_file, from_site = audited(FileSource(path), as_of), audited_mirror(tmp_path / "m", as_of)
    assert len(json.loads(from_file)["findings"]) > 100
    assert without_addresses(from_site) == without_addresses(from_file)


def _lines(source: Path) -> list[str]:
    import gzip

    with gzip.open(source, "rt") as file:
        return file.readlines()


def test_links_lead_to_the_site(demo: Server, tmp_path: Path) -> None:
    synced(demo, tmp_path / "m")
    found = json.loads(audited_mirror(tmp_path / "m", AS_OF))["findings"]
    assert {one["url"] for one in found} == {f"{demo.url}/browse/{one['issue']}" for one in found}


# -- complete issues


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"search_page": 2, "bulk_changes_page": 50, "comment_page": 30},
        {"inline_changes": 0, "inline_comments": 0, "bulk_changes_page": 7},
        {"inline_comments": 5, "comment_page": 7},
    ],
)
def test_issues_are_whole(mode: str, limits: dict[str, Any], tmp_path: Path) -> None:
    records = long_records()
    with start(mode, records, **limits) as site:
        assert synced(site, tmp_path / "m").problems == []
    mirror = held(tmp_path / "m")
    for told in records:
        found = mirror[told["key"]]
        for block, part in (("changelog", "histories"), ("comment", "comments")):
            there, here = ((r if part == "histories" else r["fields"])[block] for r in (told, found))
            assert {one["id"] for one in here[part]} == {one["id"] for one in there[part]}
            assert here["total"] == len(here[part]) == len(there[part])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("excess", ["comment_total_excess", "changelog_total_excess"])
def test_what_the_account_may_not_see_is_no_finding(mode: str, excess: str, tmp_path: Path) -> None:
    silent = silent_record()
    with start(mode, [silent]) as site:
        synced(site, tmp_path / "seen")
        site.configure(**{excess: {"WEB-1": 2}})
        outcome = synced(site, tmp_path / "unseen")
        assert outcome.problems == []
        site.reset_log()
        assert synced(site, tmp_path / "unseen").fetched == 0  # it is not asked for again and again
    seen = json.loads(audited_mirror(tmp_path / "seen", CALM))
    assert "silent-in-progress" in {one["rule"] for one in seen["findings"]}
    unseen = json.loads(audited_mirror(tmp_path / "unseen", CALM))
    assert unseen["findings"] == []
    assert unseen["coverage"]["partial"] == 1
    assert unseen["coverage"]["rules_not_evaluated"]["silent-in-progress"] == 1


@pytest.mark.parametrize("mode", MODES)
def test_work_elsewhere_is_a_sign(mode: str, tmp_path: Path) -> None:
    """Activity on a sub-task, or in the development panel, ends a silence."""
    silent = silent_record()
    part = issue("WEB-2", assignee=BOB, reporter=ANN)
    part["fields"]["updated"] = minute(1)
    part["fields"]["issuetype"] = {"name": "Sub-task", "subtask": True}
    part["fields"]["parent"] = {"id": silent["id"], "key": "WEB-1"}
    part["fields"]["comment"] = {
        "comments": [comment("2026-03-20T09:00:00.000+0000", BOB, "Half of it is done.", "1")],
        "total": 1,
    }
    panel = (
        '{pullrequest={dataType=pullrequest, state=OPEN, stateCount=1}, json={"cachedValue":{"errors":[],'
        '"summary":{"pullrequest":{"overall":{"count":1,"lastUpdated":"2026-03-20T09:00:00.000+0000",'
        '"stateCount":1,"state":"OPEN","dataType":"pullrequest","open":true},"byInstanceType":{}}}}}}'
    )
    with start(mode, [silent]) as site:
        synced(site, tmp_path / "alone")
        site.configure(development={"WEB-1": panel})
        synced(site, tmp_path / "panel")
        site.configure(development={})
        silent["fields"]["subtasks"] = [{"id": part["id"], "key": "WEB-2"}]
        site.put(silent, part)
        synced(site, tmp_path / "parts")

    def rules(name: str) -> set[str]:
        found = json.loads(audited_mirror(tmp_path / name, CALM))["findings"]
        return {one["rule"] for one in found if one["issue"] == "WEB-1" and one["status"] == "open"}

    assert "silent-in-progress" in rules("alone")
    assert "silent-in-progress" not in rules("panel")
    assert "silent-in-progress" not in rules("parts")


# -- requests


@pytest.mark.parametrize("mode", MODES)
def test_a_sync_asks_for_little(mode: str, tmp_path: Path) -> None:
    """The least: what the site is (4), the pages, and of what pages leave out one request a page of it.

    Cloud gives the changes left out of a page of issues together, 1000 at a time; Data Center leaves out
    none. On Data Center a page begins with the minute in which the one before it ended.
    """
    records, page = long_records(), 3
    with start(mode, records, search_page=page) as site:
        synced(site, tmp_path / "m", projects=("WEB",))
        asked = paths(site.requests())
        fixed = ["GET serverInfo", "GET project/WEB", "GET field", "GET myself"]
        assert sorted(asked[:4]) == sorted(fixed)
        if mode == "cloud":
            pages = ceil(len(records) / page)
            bulk = pages  # each page of three holds an issue with more than 40 changes
            said = sum(ceil(len(r["fields"]["comment"]["comments"]) / 100) for r in records
                       if len(r["fields"]["comment"]["comments"]) > 20)  # fmt: skip
        else:
            pages, bulk, said = ceil((len(records) - 1) / (page - 1)), 0, 0
        assert len(asked) == len(fixed) + pages + bulk + said, asked
        site.configure(search_page=100)
        site.reset_log()
        again = synced(site, tmp_path / "m", projects=("WEB",))
        assert (again.fetched, again.swept) == (0, False)
        assert len(site.requests()) <= 6, paths(site.requests())


def test_a_sweep_asks_for_ids_alone(tmp_path: Path) -> None:
    with start("cloud", long_records(), search_page=2) as site:
        synced(site, tmp_path / "m")
        site.reset_log()
        from datetime import timedelta

        assert synced(site, tmp_path / "m", sweep_every=timedelta(0)).swept
        sweeps = [one for one in site.requests() if (one["body"] or {}).get("maxResults") == 5000]
        assert len(sweeps) == 1


# -- what Jira accepts


def test_every_request_is_one_that_jira_accepts(shared: Path, tmp_path: Path) -> None:
    """A whole sync with all completions, a sweep, single issues, doctor and init."""
    from datetime import timedelta

    from live import Waits, now

    with start("cloud", long_records(), search_page=3, bulk_changes_page=50, log_bodies=False) as site:
        broken = {"kind": "500", "path": r"/issue/102/comment$"}
        site.configure(faults=[broken])
        assert synced(site, tmp_path / "m").problems
        site.configure(faults=[])
        assert not synced(site, tmp_path / "m", sweep_every=timedelta(0), projects=("WEB",)).problems
        tracker = TrackerSettings("here", "here", site.url, site.url, Login("here"))
        for projects in ((), ("WEB",)):
            for check in checkup(site_of(site, projects=projects), tracker, Settings(), now()):
                assert check.is_well
            look_around("here", site.url, projects, environment_of(site), Waits().clock)
        entries = site.requests()
    kinds = {path.partition("/10")[0] for path in paths(entries)}
    assert {
        "POST search/jql", "POST changelog/bulkfetch", "POST issue/bulkfetch", "GET issue", "GET myself",
        "GET field", "GET project/search", "GET project/WEB", "GET mypermissions", "GET serverInfo",
        "POST search/approximate-count",
    } <= kinds  # fmt: skip
    assert Checker(shared / "openapi").request_problems(entries) == []
    assert {one["method"] for one in entries} == {"GET", "POST"}
