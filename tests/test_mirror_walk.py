"""The walk through what was changed: clocks, zones, page tokens, changes while it goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jira_server import Server, start
from live import QUICK, Waits, answering, held, now, paths, site_of, synced
from ownership_audit.mirror import Store, sync
from ownership_audit.trackers.interface import Known
from ownership_audit.trackers.jira.rest.access import CLOUD, Credentials
from ownership_audit.trackers.jira.rest.channel import Channel
from ownership_audit.trackers.jira.rest.client import JiraSite, Scope
from ownership_audit.trackers.jira.rest.pace import Pace
from ownership_audit.trackers.jira.rest.search import Walk
from test_mirror import CLOCK, NEVER, Record, fresh, one, path, records, site

__all__ = ["one", "path", "site"]  # fixtures


ZONES = ["Etc/UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Mars/Olympus", None]


@pytest.mark.parametrize("zone", ZONES)
def test_nothing_is_missed_in_any_zone(zone: str | None, site: Server, path: Path) -> None:
    """JQL reads times in the account's zone: unknown ones cost a longer look back, and miss nothing."""
    with Store(path) as store:
        cursor = datetime.fromisoformat(store.note("cursor"))
    if zone != "Mars/Olympus":
        site.configure(time_zone=zone)
    client = site_of(site)
    if zone == "Mars/Olympus":
        client.__dict__["me"] = {"timeZone": zone}  # the server's own zone is another still
        site.configure(time_zone="Pacific/Kiritimati")
    for minutes, key in enumerate(("WEB-1", "WEB-2"), 1):
        told = site.issue(key)
        told["fields"]["updated"] = (cursor + timedelta(minutes=minutes)).isoformat()
        site.put(told)
    with Store(path) as store:
        assert sync(store, client, now(), sweep_every=NEVER).fetched == 2
    assert held(path) == fresh(site, path)


class Scripted:
    """Results by hand."""

    def page(self, jql: str, cursor: object) -> tuple[Sequence[Record], object]:
        raise NotImplementedError


@pytest.mark.parametrize("minutes", range(-90, 180, 7))
def test_the_hour_that_comes_twice(minutes: int) -> None:
    """What JQL can mean by a time is never later than the moment that is meant."""
    zone = ZoneInfo("Europe/Berlin")
    moment = datetime(2026, 10, 25, 0, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    jql = Walk(Scripted(), "", "Europe/Berlin", by_number=False).jql(moment)
    text = jql.partition('"')[2].partition('"')[0]
    local = datetime.strptime(text, "%Y/%m/%d %H:%M").replace(tzinfo=zone)
    meant = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    assert max(meant) <= moment
    assert moment - min(meant) <= timedelta(hours=2)


def test_changes_of_the_last_minute_are_never_missed(site: Server, path: Path) -> None:
    """The site's clock may be ahead or behind: only its own times count."""
    for offset in (-86_400.0, 86_400.0):
        site.configure(clock_offset=offset)
        for seconds in (0, 20, 59):
            told = site.issue("WEB-5")
            told["fields"]["updated"] = f"2026-03-{20 if offset < 0 else 21}T13:00:{seconds:02d}.000+0000"
            site.put(told)
            assert synced(site, path).fetched == 1
    assert held(path) == fresh(site, path)


# -- tokens of the walk


class Slow:
    """A mirror that takes its time, so that page tokens grow old."""

    def known(self, ids: Sequence[str]) -> Mapping[str, Known]:
        time.sleep(0.12)
        return {}


@pytest.mark.parametrize("status", [400, 410])
def test_tokens_that_expire_cost_no_issue(status: int) -> None:
    with start("cloud", records(20), search_page=5, token_ttl=0.1, token_expired_status=status) as site:
        found = [one.key for batch in site_of(site).changed(None, Slow()) for one in batch]
        assert sorted(found) == sorted(one["key"] for one in records(20))
        assert len([one for one in paths(site.requests()) if one.endswith("search/jql")]) < 12


def test_a_token_that_comes_again_and_again(tmp_path: Path) -> None:
    with start("cloud", records(20), search_page=5, repeat_token=True) as site:
        assert synced(site, tmp_path / "m").problems == []
        assert len(held(tmp_path / "m")) == 20


def test_one_minute_that_is_longer_than_a_page(tmp_path: Path) -> None:
    """A bulk edit changes many issues in one minute."""
    many = records(23)
    for told in many:
        told["fields"]["updated"] = "2026-03-02T10:00:30.000+0000"
    for mode in ("cloud", "dc"):
        with start(mode, many, search_page=5) as site:
            assert synced(site, tmp_path / mode).problems == []
            assert len(held(tmp_path / mode)) == 23


def test_issues_that_change_while_they_are_read(tmp_path: Path) -> None:
    """Each page is followed by a change of an issue of it: nothing is skipped, nothing stays old."""
    for mode in ("cloud", "dc"):
        with start(mode, records(20), search_page=4, now=CLOCK) as site:
            changed = iter(["WEB-1", "WEB-5", "DESK-9", "WEB-13"])

            def touch(_: int, site: Server = site, changed: Iterator[str] = changed) -> None:
                key = next(changed, None)
                if key is not None:
                    told = site.issue(key)
                    told["fields"]["updated"] = "2026-03-20T11:00:00.000+0000"
                    site.put(told)

            assert synced(site, tmp_path / mode, progress=touch).problems == []
            synced(site, tmp_path / mode)
            assert held(tmp_path / mode) == fresh(site, tmp_path / mode)


def test_an_empty_page_is_not_the_last() -> None:
    """Cloud may leave out of a page all that the account may not see."""
    pages = [
        {"timeZone": "Etc/UTC"},
        {"issues": [{"id": "1"}], "nextPageToken": "a"},
        {"issues": [], "nextPageToken": "b"},
        {"issues": [{"id": "2"}], "isLast": True},
    ]
    with answering(*((200, {}, json.dumps(page).encode()) for page in pages)) as (url, came):
        channel = Channel(url, Credentials("x", "y"), Pace(QUICK, Waits().clock))
        site = JiraSite(url, channel, Scope("here"), CLOUD)
        assert list(site.ids()) == [["1"], ["2"]]
    assert len(came) == 4
