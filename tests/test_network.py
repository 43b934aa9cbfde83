"""The network between a client and a site: pauses, faults, refusals, redirects, secrets."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from jira_server import Server, start
from jira_server.faults import KINDS
from live import QUICK, Waits, answering, hurried, paths, site_of, synced
from ownership_audit.demo import SOURCE
from ownership_audit.errors import RefusedError, TrackerError
from ownership_audit.trackers.jira.rest.access import Credentials
from ownership_audit.trackers.jira.rest.channel import BadRequestError, Channel
from ownership_audit.trackers.jira.rest.pace import LEAST_WAIT, Clock, Pace, Policy, asked_pause

TOKEN = "s3cret-t0ken"
DATE = "Thu, 05 Mar 2026 10:00:00 GMT"


# What passes the network is the same for both kinds of site; the quick tests take one.
@pytest.fixture(scope="module", params=["cloud", pytest.param("dc", marks=pytest.mark.slow)])
def one(request: pytest.FixtureRequest) -> Iterator[Server]:
    with start(request.param, SOURCE) as server:
        yield server


@pytest.fixture
def site(one: Server) -> Server:
    one.reset()
    return one


def channel_to(url: str, clock: Clock | None = None, policy: Policy = QUICK) -> Channel:
    return Channel(url, Credentials(TOKEN, "ann@example.org"), Pace(policy, clock or Waits().clock))


# -- pauses


@pytest.mark.parametrize("status", ["429", "503"])
@pytest.mark.parametrize("as_date", [False, True])
def test_nothing_is_asked_before_a_pause_is_over(status: str, as_date: bool, site: Server) -> None:
    """Five minutes, in seconds or as a date, by a clock that runs a thousand times faster."""
    site.configure(
        faults=[{"kind": status, "path": "field$", "nth": 1, "retry_after": 300, "http_date": as_date}]
    )
    client = site_of(site, hurried(1000), Policy(whole=1e9))
    _ = client.server
    threads = [threading.Thread(target=getattr, args=(client, name)) for name in ("fields", "me")]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    log = site.requests()
    paused = next(one for one in log if one["fault"])
    later = [one for one in log if one["at"] > paused["at"]]
    assert sorted(paths(later)) == ["GET field", "GET myself"]
    least = 0.29 if not as_date else 0.28  # dates are exact to the second
    assert all(one["at"] - paused["at"] >= least for one in later)


def test_the_reason_of_a_pause_is_logged(site: Server, caplog: pytest.LogCaptureFixture) -> None:
    site.configure(faults=[{"kind": "429", "nth": 1, "retry_after": 7, "reason": "jira-quota-tenant-based"}])
    waits = Waits()
    with caplog.at_level(logging.INFO):
        assert site_of(site, waits.clock).server
    assert "429, jira-quota-tenant-based" in caplog.text
    assert "it asks to wait 7 s" in caplog.text
    assert 7 <= sum(waits.slept) < 14


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("30", None, 30.0),
        ("0", None, LEAST_WAIT),
        ("1.5", None, 1.5),
        (" 600 ", None, 600.0),
        ("Thu, 05 Mar 2026 10:07:00 GMT", DATE, 420.0),
        ("Thu, 05 Mar 2026 09:00:00 GMT", DATE, LEAST_WAIT),
        ("Thu, 05 Mar 2026 10:07:00 GMT", None, None),
        ("Thu, 05 Mar 2026 10:07:00 GMT", "nonsense", None),
        ("Thu, 05 Mar 2026 10:07:00 -0000", DATE, 420.0),
        ("soon", DATE, None),
        ("9" * 400, None, None),
        ("-5", None, None),
        ("", DATE, None),
        (None, DATE, None),
    ],
)
def test_the_pause_that_a_header_asks_for(
    header: str | None, date: str | None, seconds: float | None
) -> None:
    assert asked_pause(header, date) == seconds


def test_the_wrong_clock_of_a_site_does_not_lengthen_a_pause(site: Server) -> None:
    site.configure(
        clock_offset=-7200.0, faults=[{"kind": "503", "nth": 1, "retry_after": 60, "http_date": True}]
    )
    waits = Waits()
    assert site_of(site, waits.clock).server
    assert 58 <= sum(waits.slept) < 120


def test_waits_grow_and_differ() -> None:
    pace = Pace(Policy(), Waits().clock, random.Random(1))
    for tried, most in enumerate((2, 4, 8, 16, 32, 60, 60), 1):
        waits = [pace.backoff(tried) for _ in range(200)]
        assert min(waits) >= max(LEAST_WAIT, most / 2)
        assert max(waits) <= most
        assert max(waits) - min(waits) > most / 4


def test_a_pause_that_takes_too_long_ends_the_run(tmp_path: Path) -> None:
    """No thread and no later request sits it out: the run says so, and ends."""
    with start("cloud", SOURCE, inline_comments=0, search_page=10) as site:
        site.configure(faults=[{"kind": "429", "path": "/comment$", "retry_after": 7200}])
        waits = Waits()
        outcome = synced(site, tmp_path / "m", clock=waits.clock)
        assert sum(waits.slept) < Policy().patience
        assert any("long pause" in problem for problem in outcome.problems)


def test_what_was_tried_is_told(site: Server) -> None:
    site.configure(faults=[{"kind": "429", "retry_after": 1}])
    with pytest.raises(TrackerError, match=r"the site answers 429 \(asked 8 times\); run again later"):
        _ = site_of(site).server


def test_times_of_a_date_header() -> None:
    end = datetime(2026, 3, 5, 10, 0, tzinfo=UTC) + timedelta(minutes=20)
    assert asked_pause(format_datetime(end, usegmt=True), DATE) == 1200.0


# -- how many at a time


def test_at_most_four_at_a_time_and_fewer_when_the_site_is_busy() -> None:
    pace = Pace(Policy(), Waits().clock)
    running, most = 0, 0
    lock = threading.Lock()

    def ask() -> None:
        nonlocal running, most
        with pace.turn():
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.005)
            with lock:
                running -= 1

    def measured() -> int:
        nonlocal most
        most = 0
        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return most

    assert measured() == 4
    pace.slow_down(1)
    assert measured() == 2
    pace.slow_down(1)
    pace.slow_down(1)
    assert measured() == 1
    for _ in range(20):
        pace.answered()
    assert measured() == 2
    for _ in range(200):
        pace.answered()
    assert measured() == 4


def test_a_site_sees_at_most_four_at_a_time(tmp_path: Path) -> None:
    with start("cloud", SOURCE, inline_comments=0) as site:
        site.configure(faults=[{"kind": "slow", "path": "/comment$", "seconds": 0.02}])
        synced(site, tmp_path / "m")
        log = sorted(one["at"] for one in site.requests() if one["path"].endswith("/comment"))
    assert len(log) > 30
    # Each takes 20 ms at least: of five that begin within less one would be too many.
    assert all(later - sooner >= 0.015 for sooner, later in zip(log, log[4:], strict=False))


# -- faults


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_passes(kind: str, site: Server) -> None:
    site.configure(faults=[{"kind": kind, "nth": [1, 2], "seconds": 0.6}])
    waits = Waits()
    client = site_of(site, waits.clock, QUICK)
    assert client.server["baseUrl"] == site.url
    asked = len(site.requests())
    assert asked == (1 if kind == "slow" else 3)
    assert len(waits.slept) >= asked - 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "slow"])
def test_a_fault_that_stays_is_told(kind: str, site: Server) -> None:
    site.configure(faults=[{"kind": kind, "seconds": 0.3}])
    with pytest.raises(TrackerError, match=r"serverInfo: .*asked 3 times.*run again later") as told:
        _ = site_of(site, policy=Policy(tries=3, silence=0.1)).server
    assert len(site.requests()) == 3
    assert len(str(told.value)) < 250


def test_an_answer_that_drips_is_given_up(site: Server) -> None:
    """Bytes come all the time, so only a limit on the whole answer ends it."""
    site.configure(faults=[{"kind": "slow", "seconds": 6}])
    begin = time.monotonic()
    clock = Clock(time.monotonic, lambda _: None)
    with pytest.raises(TrackerError, match="no answer in time"):
        _ = site_of(site, clock, Policy(tries=2, whole=0.2, silence=10)).server
    assert time.monotonic() - begin < 4


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"5", b'{"errors": null}', b'{"errorMessages": [{}]}', b"\xff\xfe", b""]
)
@pytest.mark.parametrize("status", [400, 401, 500])
def test_odd_bodies_of_refusals(status: int, body: bytes) -> None:
    with (
        answering((status, {"Content-Type": "application/json"}, body)) as (url, _),
        pytest.raises((TrackerError, RefusedError), match=str(status)),
    ):
        channel_to(url).get("/x")


# -- refusals


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, RefusedError, "does not accept the credentials .401.; check that the token"),
        (403, RefusedError, "may not read this .403.; give it the permission"),
        (404, RefusedError, "not there .404.; check the address"),
        (410, RefusedError, "gone .410.; write deployment: cloud"),
        (400, BadRequestError, "answers 400: No such field; check the projects and the JQL"),
    ],
)
def test_refusals_say_what_to_change(status: int, error: type[Exception], words: str) -> None:
    body = json.dumps({"errorMessages": ["No such field"], "errors": {}}).encode()
    with answering((status, {}, body)) as (url, came), pytest.raises(error, match=words):
        channel_to(url).get("/rest/api/3/x")
    assert len(came) == 1


def test_wrong_credentials(site: Server, tmp_path: Path) -> None:
    site.configure(credentials_expired=True)
    with pytest.raises(RefusedError, match="401"):
        synced(site, tmp_path / "m")


def test_wrong_credentials_that_count_as_nobody(site: Server, tmp_path: Path) -> None:
    """Some sites answer with 200 and nothing in it: that must not empty the mirror."""
    synced(site, tmp_path / "m")
    client = site_of(site)
    assert client.me
    assert client.fields
    site.configure(credentials_expired=True, bad_credentials="anonymous")
    with pytest.raises(RefusedError, match="does not accept the credentials"):
        list(client.ids())


def test_what_the_account_may_not_do(site: Server, tmp_path: Path) -> None:
    site.configure(forbidden=["/search"])
    with pytest.raises(RefusedError, match="403"):
        synced(site, tmp_path / "m", projects=("ENG",))


@pytest.mark.parametrize("jql", ["project = NONE", "updated >=", "nonsense ~ x"])
def test_a_wrong_search_is_told_with_what_jira_says(jql: str, site: Server, tmp_path: Path) -> None:
    outcome = synced(site, tmp_path / "m", jql=jql)
    assert any(
        "answers 400: " in told and "check the projects and the JQL" in told for told in outcome.problems
    )


def test_cloud_taken_for_data_center() -> None:
    with start("cloud", SOURCE) as site, pytest.raises(RefusedError, match="write deployment: cloud"):
        list(site_of(site, deployment="data-center").ids())
