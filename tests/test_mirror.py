"""The mirror over time: what changes, moves, goes and comes, other scopes, several runs at once."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jira_server import Server, start
from live import audited_mirror, held, now, site_of, synced
from ownership_audit.demo import AS_OF, SOURCE
from ownership_audit.errors import MirrorError
from ownership_audit.mirror import Store
from payloads import comment, issue, server

Record = dict[str, Any]
ANN, BOB = server("ann", "Ann Lee"), server("bob", "Bob Stone")
NEVER = timedelta(days=1000)
ALWAYS = timedelta(0)
CLOCK = "2026-03-20T12:00:00+00:00"


def text_of(number: int) -> str:
    return f"2026-03-{1 + number // 24:02d}T{number % 24:02d}:30:00.000+0000"


def records(count: int = 12) -> list[Record]:
    """Small issues of two projects, each changed an hour after the one before."""
    return [
        issue(
            f"{'WEB' if n % 3 else 'DESK'}-{n}",
            created="2026-03-01T00:00:00.000+0000",
            updated=text_of(n),
            reporter=ANN,
            assignee=BOB,
            comments=[{**comment(text_of(n), BOB, "Seen.", str(900 + n)), "updateAuthor": BOB}],
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture(scope="module", params=["cloud", "dc"])
def one(request: pytest.FixtureRequest) -> Iterator[Server]:
    with start(request.param, records(), now=CLOCK, search_page=5) as server:
        yield server


@pytest.fixture
def site(one: Server) -> Server:
    one.reset()
    return one


@pytest.fixture
def path(tmp_path: Path, site: Server) -> Path:
    """A mirror that is up to date."""
    assert synced(site, tmp_path / "m").problems == []
    site.reset_log()
    return tmp_path / "m"


def fresh(site: Server, path: Path) -> dict[str, Record]:
    """What a mirror that is made now holds."""
    new = path.with_name(f"fresh-{time.monotonic_ns()}")
    synced(site, new)
    return held(new)


# -- what changes


def test_a_changed_issue_is_read_again(site: Server, path: Path) -> None:
    changed = {**site.issue("WEB-4"), "key": "WEB-4"}
    changed["fields"] = {**changed["fields"], "summary": "Other", "updated": "2026-03-20T11:59:00.000+0000"}
    site.put(changed)
    site.reset_log()
    assert synced(site, path).fetched == 1
    assert held(path)["WEB-4"]["fields"]["summary"] == "Other"
    assert held(path) == fresh(site, path)


def test_a_new_comment_is_read(site: Server, path: Path) -> None:
    said: Any = {"body": "News."}
    if site.mode == "cloud":
        text = {"type": "text", "text": "News."}
        said = {"body": {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]}}
    client = site_of(site)
    client.channel.read_by_post(f"{client.api}/issue/WEB-4/comment", said)
    assert synced(site, path).fetched == 1
    assert len(held(path)["WEB-4"]["fields"]["comment"]["comments"]) == 2
    assert held(path) == fresh(site, path)


def test_a_comment_that_left_no_mark_is_seen_while_the_index_lags(site: Server, path: Path) -> None:
    """The last minutes are looked at again, and compared by their counts."""
    last = site.issue("DESK-12")
    last["fields"]["comment"]["comments"].append({**last["fields"]["comment"]["comments"][0], "id": "999"})
    last["fields"]["comment"]["total"] = 2
    site.put(last)
    assert synced(site, path).fetched == 1
    assert synced(site, path).fetched == 0


def test_a_moved_issue_has_its_new_key_only(site: Server, path: Path) -> None:
    site.move("WEB-4", "DESK-40")
    assert synced(site, path).fetched == 1
    assert "WEB-4" not in held(path)
    assert "DESK-40" in held(path)
    assert held(path) == fresh(site, path)


def test_a_key_that_another_issue_has_now(site: Server, path: Path) -> None:
    site.delete("WEB-4")
    other = issue("WEB-4", created=CLOCK, updated="2026-03-20T11:00:00.000+0000", reporter=ANN, assignee=BOB)
    site.put({**other, "id": "777"})
    assert synced(site, path).fetched == 1
    assert held(path)["WEB-4"]["id"] == "777"
    assert held(path) == fresh(site, path)


@pytest.mark.parametrize("how", ["delete", "hide"])
def test_what_is_gone_is_noticed_by_a_sweep(how: str, site: Server, path: Path) -> None:
    getattr(site, how)("WEB-4")
    early = synced(site, path, sweep_every=NEVER)
    assert (early.swept, early.removed) == (False, 0)
    assert "WEB-4" in held(path)
    late = synced(site, path, sweep_every=ALWAYS)
    assert (late.swept, late.removed, late.problems) == (True, 1, [])
    assert held(path) == fresh(site, path)


def test_a_sweep_comes_once_a_day(site: Server, path: Path) -> None:
    begin = now()
    assert not synced(site, path, at=begin + timedelta(hours=23)).swept
    assert synced(site, path, at=begin + timedelta(hours=25)).swept
    assert not synced(site, path, at=begin + timedelta(hours=47)).swept
    assert synced(site, path, at=begin + timedelta(hours=50)).swept


def test_a_hidden_issue_comes_back(site: Server, path: Path) -> None:
    site.hide("WEB-4")
    synced(site, path, sweep_every=ALWAYS)
    site.hide("WEB-4", hidden=False)
    assert synced(site, path, sweep_every=ALWAYS).fetched == 1
    assert held(path) == fresh(site, path)


# -- the scope


def test_a_narrower_configuration_forgets_the_rest(site: Server, path: Path) -> None:
    found = synced(site, path, projects=("WEB",))
    assert (found.problems, found.fetched, found.removed, found.swept) == ([], 0, 4, True)
    assert {key.partition("-")[0] for key in held(path)} == {"WEB"}
    again = synced(site, path, projects=("WEB",))
    assert (again.problems, again.fetched) == ([], 0)
    wide = synced(site, path, projects=())
    assert (wide.problems, wide.fetched) == ([], 4)
    assert held(path) == fresh(site, path)


def test_a_narrowed_run_leaves_the_place_and_forgets_nothing(site: Server, path: Path) -> None:
    with Store(path) as store:
        before = store.note("cursor"), store.note("scope"), store.note("swept")
    for key in ("WEB-1", "DESK-3"):
        told = site.issue(key)
        told["fields"]["updated"] = "2026-03-20T11:00:00.000+0000"
        site.put(told)
    site.delete("DESK-6")
    part = synced(site, path, jql="project = WEB", narrowed=True, sweep_every=ALWAYS)
    assert (part.fetched, part.removed, part.problems) == (1, 0, [])
    with Store(path) as store:
        assert (store.note("cursor"), store.note("scope"), store.note("swept")) == before
    assert synced(site, path).fetched == 1
    assert synced(site, path, sweep_every=ALWAYS).removed == 1
    assert held(path) == fresh(site, path)


def test_a_narrowed_run_alone_is_no_whole_mirror(site: Server, tmp_path: Path) -> None:
    path = tmp_path / "m"
    part = synced(site, path, projects=("WEB",), narrowed=True)
    assert part.fetched == 8
    assert part.problems == ["only a part was ever read; sync once without --project and --jql"]
    whole = synced(site, path)
    assert (whole.fetched, whole.problems) == (4, [])
    assert held(path) == fresh(site, path)


def test_a_narrowed_run_that_read_everything_first(site: Server, tmp_path: Path) -> None:
    """Then a whole run finds nothing new, and is a whole one nevertheless."""
    path = tmp_path / "m"
    assert synced(site, path, narrowed=True).fetched == 12
    whole = synced(site, path)
    assert (whole.fetched, whole.problems) == (0, [])
    assert synced(site, path).problems == []


def test_a_narrowed_run_mends_no_broken_one(site: Server, tmp_path: Path) -> None:
    path = tmp_path / "m"
    site.configure(faults=[{"kind": "500", "path": r"/rest/api/\d/search", "nth": list(range(2, 40))}])
    broken = synced(site, path)
    assert len(broken.problems) == 1
    site.configure(faults=[])
    assert synced(site, path, jql="key = WEB-1", narrowed=True).problems == []
    with Store(path) as store:
        assert store.note("incomplete"), "what the whole run lacked is lacking still"
    assert synced(site, path).problems == []
    assert held(path) == fresh(site, path)


def test_since_reads_again_from_then_on(site: Server, path: Path) -> None:
    with sqlite3.connect(path) as base:  # as if two had been missed
        base.execute("DELETE FROM issue WHERE key IN ('WEB-2', 'WEB-11')")
    base.close()
    since = datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert synced(site, path, since=since).fetched == 1
    assert "WEB-11" in held(path)
    assert "WEB-2" not in held(path)
    assert synced(site, path, since=datetime(2026, 3, 1, tzinfo=UTC)).fetched == 1
    assert held(path) == fresh(site, path)


def test_deleting_the_mirror_loses_nothing(site: Server, path: Path) -> None:
    before, report = held(path), audited_mirror(path, AS_OF)
    for file in path.parent.glob("m*"):
        file.unlink()
    synced(site, path)
    assert held(path) == before
    assert audited_mirror(path, AS_OF) == report


# -- files that are no mirror of this site


def test_the_mirror_of_another_site_is_refused(site: Server, path: Path) -> None:
    with start(site.mode, records(2)) as other, pytest.raises(MirrorError) as told:
        synced(other, path)
    assert str(told.value) == f"{path}: the mirror of {site.url}, not of {other.url}; name another file"
    assert len(held(path)) == 12


@pytest.mark.parametrize(
    "content", [b"Dear diary, today is no database at all." * 40, b"SQLite format 3\x00x"]
)
def test_a_file_that_is_no_database_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "diary"
    path.write_bytes(content)
    with pytest.raises(MirrorError, match=r"can't be used as a mirror .*; delete it or name another"):
        Store(path)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other"
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE diary (day TEXT)")
    base.commit()
    base.close()
    content = path.read_bytes()
    with pytest.raises(MirrorError, match="not a mirror"):
        Store(path)
    assert path.read_bytes() == content


def test_a_mirror_of_another_version_is_refused(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(MirrorError, match=r"a mirror of another version .99.; delete it, then sync again"):
        Store(path)


def test_a_damaged_mirror_is_told(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.execute("UPDATE issue SET payload = x'00ff' WHERE key = 'WEB-4'")
    base.commit()
    base.close()
    with pytest.raises(MirrorError, match=r"damaged .*; delete it, then sync again"):
        held(path)
    content = bytearray(path.read_bytes())
    for at in range(4096 * 2, len(content)):
        content[at] = 0xAA
    path.write_bytes(content)
    with pytest.raises(MirrorError, match="delete it"):
        held(path)


# -- several at once


def test_two_syncs_at_once_give_the_same_mirror(site: Server, tmp_path: Path) -> None:
    path = tmp_path / "m"
    site.configure(faults=[{"kind": "slow", "path": "/search", "seconds": 0.03}], search_page=2)
    found: list[Any] = []

    def run() -> None:
        found.append(synced(site, path))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.problems for one in found] == [[], [], []]
    assert held(path) == fresh(site, path)
    assert synced(site, path).fetched == 0


def test_many_may_make_a_mirror_at_once(tmp_path: Path) -> None:
    for turn in range(10):
        gate, found = threading.Barrier(6), []

        def make(turn: int = turn, gate: threading.Barrier = gate, found: list[int] = found) -> None:
            gate.wait()
            with Store(tmp_path / str(turn)) as store:
                found.append(store.count())

        threads = [threading.Thread(target=make) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [0] * 6


def test_a_reader_sees_one_moment(site: Server, path: Path) -> None:
    with Store(path) as store, store.snapshot():
        count = store.count()
        with Store(path) as other:
            other.remove(["101", "102"])
        assert store.count() == count == 12
    assert len(held(path)) == 10


def test_the_demo_is_held_as_it_is_served(tmp_path: Path) -> None:
    served = [json.loads(line)["key"] for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    with start("cloud", SOURCE) as site:
        synced(site, tmp_path / "m")
    assert sorted(held(tmp_path / "m")) == sorted(served)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")
def test_the_mirror_is_its_owners_only(tmp_path: Path) -> None:
    """It holds issues that not everybody on the machine may read; so do its journals while it is open."""
    path = tmp_path / "caches" / "own" / "m.sqlite"
    before = os.umask(0o022)
    try:
        with Store(path) as store:
            store.write(note="a")
            files = sorted(path.parent.iterdir())
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}
    finally:
        os.umask(before)
    assert "m.sqlite-wal" in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
