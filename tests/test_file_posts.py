"""The tool's comments in a file: what they look like there, and what of the file never changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cases import MONDAY
from ownership_audit.document import Document, Paragraph, Text
from ownership_audit.errors import ConfigError, WriteError
from ownership_audit.trackers.jira.fileposts import FilePosts
from ownership_audit.trackers.marker import OPEN, SETTLED, Marker, Told
from payloads import BOB, comment, issue, write

WORDS = Document((Paragraph((Text("Hello."),)),))
MARK = Marker(OPEN, {"f1": Told("unowned", "warning", "ann")}, WORDS.digest, ("a",), ("b",), True)


def posts(folder: Path, *records: Any) -> FilePosts:
    return FilePosts(write(folder, *records), MONDAY)


def fields(folder: Path) -> Any:
    return json.loads((folder / "issues.jsonl").read_text(encoding="utf-8").splitlines()[0])["fields"]


def test_a_comment_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    found = posts(tmp_path, issue(comments=[comment("2026-03-01T09:00:00.000+0000", BOB, "Hm.", "41")]))
    assert found.comment("WEB-1", WORDS, MARK) == "42"
    (posted,) = FilePosts(tmp_path / "issues.jsonl", MONDAY).standing("WEB-1").comments
    assert (posted.id, posted.created, posted.marker) == ("42", MONDAY, MARK)
    settled = Marker(SETTLED, MARK.findings, "x")
    found.edit("WEB-1", "42", WORDS, settled)
    assert found.standing("WEB-1").comments[0].marker == settled
    found.delete("WEB-1", "42")
    found.delete("WEB-1", "42")
    assert found.standing("WEB-1").comments == ()
    assert len(fields(tmp_path)["comment"]["comments"]) == 1


def test_what_others_write_under_the_mark_is_not_the_tools(tmp_path: Path) -> None:
    forged = comment("2026-03-01T09:00:00.000+0000", BOB, "Hm.", "41")
    forged["properties"] = [{"key": "ownership-audit", "value": MARK.as_json()}]
    nobodys = {**forged, "author": None}
    assert posts(tmp_path, issue(comments=[forged, nobodys])).standing("WEB-1").comments == ()


@pytest.mark.parametrize(
    "value",
    [None, 7, [], {}, {"version": 2}, {"version": 1}, {"version": 1, "findings": {}, "state": "lost"}],
)
def test_what_is_no_mark_of_this_version_is_none(value: object) -> None:
    assert Marker.read(value) is None


def test_a_total_that_tells_of_more_comments_goes_on_doing_so(tmp_path: Path) -> None:
    record = issue(comments=[comment("2026-03-01T09:00:00.000+0000", BOB, "Hm.", "41")])
    record["fields"]["comment"]["total"] = 7
    found = posts(tmp_path, record)
    id_ = found.comment("WEB-1", WORDS, MARK)
    assert fields(tmp_path)["comment"]["total"] == 8
    found.delete("WEB-1", id_)
    assert fields(tmp_path)["comment"] == record["fields"]["comment"]


def test_an_issue_without_comments_gets_some(tmp_path: Path) -> None:
    record = issue()
    del record["fields"]["comment"]
    posts(tmp_path, record).comment("WEB-1", WORDS, MARK)
    assert fields(tmp_path)["comment"]["total"] == 1


def test_labels_flag_and_property(tmp_path: Path) -> None:
    record = issue(labels=["x", "b"])
    found = posts(tmp_path, record)
    found.change_labels("WEB-1", ["a", "x"], ["b", "c"])
    found.set_flag("WEB-1", flagged=True)
    found.set_note("WEB-1", {"findings": {}})
    stands = FilePosts(tmp_path / "issues.jsonl", MONDAY).standing("WEB-1")
    assert (stands.labels, stands.flagged, stands.note) == ({"a", "x"}, True, '{"findings": {}}')
    found.change_labels("WEB-1", ["b"], ["a"])
    found.set_flag("WEB-1", flagged=False)
    found.set_note("WEB-1", None)
    assert json.loads((tmp_path / "issues.jsonl").read_text(encoding="utf-8")) == record


def test_what_is_gone_is_told(tmp_path: Path) -> None:
    found = posts(tmp_path, issue())
    with pytest.raises(WriteError, match="WEB-1: comment 9 is gone"):
        found.edit("WEB-1", "9", WORDS, MARK)
    with pytest.raises(WriteError, match="WEB-2 is gone"):
        found.comment("WEB-2", WORDS, MARK)
    assert found.standing("WEB-2").writable == "it does not stand on a line of its own in the file"


def test_a_file_that_can_not_be_replaced_is_told_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    found = posts(tmp_path, issue(), issue("WEB-2"))
    before = (tmp_path / "issues.jsonl").read_bytes()
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WriteError, match=r"can't be written \(No space left on device\)"):
        found.comment("WEB-1", WORDS, MARK)
    assert (tmp_path / "issues.jsonl").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["issues.jsonl"]
    monkeypatch.undo()
    found.comment("WEB-2", WORDS, MARK)  # what failed does not come along with the next write
    assert found.standing("WEB-1").comments == ()
    assert json.loads((tmp_path / "issues.jsonl").read_bytes().splitlines()[0]) == issue()


def test_a_file_that_can_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, issue())
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConfigError, match=r"can't be read \(Permission denied\); check its permissions"):
        FilePosts(path, MONDAY)
