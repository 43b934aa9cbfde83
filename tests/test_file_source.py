"""Records from files and folders: every way of storing them, and every way they can be broken."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.errors import DataError
from ownership_audit.trackers.file import Problem, Record, records, size

ONE = {"key": "A-1", "fields": {"summary": "one"}}
TWO = {"key": "A-2", "fields": {"summary": "two"}}
PAGE = {"startAt": 0, "total": 2, "issues": [ONE, TWO]}


def write(path: Path, *parts: object) -> Path:
    """A file of JSON lines; bytes are written as they are; gzipped if the name says so."""
    lines = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts]
    content = b"\n".join(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
    return path


def read(source: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The records' data and the problems' messages."""
    found = list(records(source))
    data = [item.data for item in found if isinstance(item, Record)]
    return data, [item.message for item in found if isinstance(item, Problem)]


def places(source: Path) -> list[str]:
    base = source if source.is_dir() else source.parent
    return [str(Path(x.place).relative_to(base).as_posix()) for x in records(source)]


@pytest.mark.parametrize("name", ["d.jsonl", "d.jsonl.gz", "d.json", "d.json.gz", "d.txt", "D.JSONL"])
def test_json_lines_under_any_name(tmp_path: Path, name: str) -> None:
    source = write(tmp_path / name, ONE, b"", b"  \r", TWO, b"")
    assert read(source) == ([ONE, TWO], [])
    assert places(source) == [f"{name}:1", f"{name}:4"]


def test_gzip_is_told_by_the_content(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.jsonl", ONE).rename(tmp_path / "plain.jsonl.gz")
    packed = write(tmp_path / "b.jsonl.gz", TWO).rename(tmp_path / "packed.jsonl")
    assert read(plain) == ([ONE], [])
    assert read(packed) == ([TWO], [])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["d.json", "d.json.gz", "d.jsonl"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ONE, [(" ", ONE)]),
        ([ONE, TWO], [(" issue 1", ONE), (" issue 2", TWO)]),
        (PAGE, [(" issue 1", ONE), (" issue 2", TWO)]),
        ({**ONE, "issues": [TWO]}, [(" ", {**ONE, "issues": [TWO]})]),
        ([], []),
    ],
)
def test_one_document(tmp_path: Path, name: str, indent: int | None, value: Any, expected: Any) -> None:
    source = write(tmp_path / name, json.dumps(value, indent=indent).encode())
    assert read(source) == ([data for _, data in expected], [])
    for place, (tail, _) in zip(places(source), expected, strict=True):
        assert place.replace(":1", "").endswith(tail.strip())


def test_pages_on_lines(tmp_path: Path) -> None:
    source = write(tmp_path / "d.jsonl", PAGE, ONE, [TWO])
    assert read(source) == ([ONE, TWO, ONE, TWO], [])
    assert places(source) == ["d.jsonl:1 issue 1", "d.jsonl:1 issue 2", "d.jsonl:2", "d.jsonl:3 issue 1"]


def test_documents_one_after_the_other(tmp_path: Path) -> None:
    both = json.dumps(ONE, indent=1) + ",\n" + json.dumps([TWO], indent=1) + "\n"
    source = write(tmp_path / "d.json", b"\n" + both.encode())
    assert read(source) == ([ONE, TWO], [])
    assert places(source) == ["d.json:2", "d.json:8 issue 1"]
    assert read(write(tmp_path / "e.json", b'{"a":1}{"b":2}')) == ([{"a": 1}, {"b": 2}], [])

    found, problems = read(write(tmp_path / "f.json", (both + "{\n oops").encode()))
    assert found == [ONE, TWO]
    assert len(problems) == 1
    assert "f.json:15: not valid JSON from here on" in problems[0]


def test_a_folder_is_read_by_name_and_deeply(tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", ONE)
    write(tmp_path / "a" / "z.json.gz", [TWO])
    write(tmp_path / "c.JSON", ONE)
    write(tmp_path / "readme.txt", b"not data")
    write(tmp_path / ".hidden.json", b"not data")
    assert read(tmp_path) == ([TWO, ONE, ONE], [])
    assert places(tmp_path) == ["a/z.json.gz issue 1", "b.jsonl:1", "c.JSON"]


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    for ask in (records, size):
        with pytest.raises(DataError, match="no such file"):
            ask(tmp_path / "none.json")
        with pytest.raises(DataError, match=r"no \.json, \.jsonl"):
            ask(tmp_path)


def test_size_and_progress_count_bytes_on_disk(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz", *[ONE] * 500)
    write(tmp_path / "b.jsonl", *[TWO] * 500)
    write(tmp_path / "c.json", b"<html>")
    seen: list[int] = []
    assert len(list(records(tmp_path, seen.append))) == 1001
    assert sum(seen) == size(tmp_path) == sum(file.stat().st_size for file in tmp_path.iterdir())


def test_a_pipe_has_no_size(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    assert size(pipe) is None
    writer = threading.Thread(target=pipe.write_bytes, args=(json.dumps(ONE).encode(),))
    writer.start()
    unused: list[int] = []
    assert [item.place for item in records(pipe, unused.append)] == [f"{pipe}:1"]
    assert unused == []
    writer.join()


BROKEN = {
    "truncated": (
        b'{"key": "A-3", "fie',
        "not valid JSON (unexpected end of data, the line looks truncated)",
    ),
    "truncated in a character": ('{"key": "é'.encode()[:-1], "it looks truncated"),
    "html": (b"<!DOCTYPE html>", "a page of HTML, perhaps a login page; log in"),
    "not utf-8": (b'{"key": "\xff"}', "not valid UTF-8 (byte 0xff at 10); save it as UTF-8"),
    "utf-16": ('{"key": 1}'.encode("utf-16"), "UTF-16"),
    "text": (b"hello \x1b[31m\x00 there", "it starts with 'hello  [31m  there'"),
    "a number": (b"42", "expected a JSON object (an issue), found a number"),
    "a word": (b'"A-3"', "found a text"),
    "null": (b"null", "found null"),
    "list of a list": (b"[[]]", "issue 1: expected a JSON object (an issue), found a list"),
    "too deep": (b"[" * 5000, "not valid JSON"),
    "half an emoji and too deep": (b'["\\ud83d"' + b",[" * 200_000, "not valid JSON"),
    "comma": (b'{"a": 1,}', "trailing comma"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_bad_line_costs_only_itself(tmp_path: Path, name: str) -> None:
    bad, message = BROKEN[name]
    source = write(tmp_path / "d.jsonl", ONE, bad, TWO)
    found, problems = read(source)
    assert found == [ONE, TWO]
    assert len(problems) == 1
    assert problems[0].startswith(f"{source}:2")
    assert message in problems[0]
    assert problems[0].isprintable()


@pytest.mark.parametrize("name", BROKEN)
def test_one_bad_file_costs_only_itself(tmp_path: Path, name: str) -> None:
    bad, message = BROKEN[name]
    write(tmp_path / "a.json", bad)
    write(tmp_path / "b.json", ONE)
    found, problems = read(tmp_path)
    assert found == [ONE]
    assert len(problems) == 1
    assert message in problems[0]


def test_an_empty_json_file_is_a_problem_and_empty_lines_are_not(tmp_path: Path) -> None:
    assert "the file is empty" in read(write(tmp_path / "a.json", b""))[1][0]
    assert read(write(tmp_path / "a.jsonl", b"\n\n")) == ([], [])


def test_a_page_of_html_between_lines_is_one_problem(tmp_path: Path) -> None:
    html = (b"<html>", b"<body>Log in", b"[1]x", b"</body>", b"</html>")
    found, problems = read(write(tmp_path / "d.jsonl", ONE, *html, TWO, b"oops"))
    assert found == [ONE, TWO]
    assert [problem.rpartition("d.jsonl")[2][:2] for problem in problems] == [":2", ":8"]


@pytest.mark.parametrize("name", ["d.json", "d.jsonl"])
def test_a_byte_order_mark_and_half_an_emoji_cost_nothing(tmp_path: Path, name: str) -> None:
    mark = b"\xef\xbb\xbf"
    assert read(write(tmp_path / name, mark + json.dumps(ONE).encode())) == ([ONE], [])
    cut = write(tmp_path / name, mark + rb'{"key": "A-3 \ud83d", "n": "\udc00"}')
    assert read(cut) == ([{"key": "A-3 ?", "n": "?"}], [])


def test_ten_megabytes_in_one_line(tmp_path: Path) -> None:
    long = {"key": "A-3", "fields": {"description": "x" * 10_000_000}}
    found, problems = read(write(tmp_path / "d.jsonl", ONE, long, b"x" * 10_000_000, TWO))
    assert [record["key"] for record in found] == ["A-1", "A-3", "A-2"]
    assert len(problems) == 1
    assert "d.jsonl:3: not valid JSON" in problems[0]
    assert problems[0].count("x") < 60


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json.gz"])
def test_truncated_gzip_is_read_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    many = [{"key": f"A-{number}", "noise": f"{number * 7919 % 104729:x}" * 5} for number in range(5000)]
    source = write(tmp_path / name, *many)
    source.write_bytes(source.read_bytes()[:-2000])
    write(tmp_path / "b.jsonl", ONE)
    found, problems = read(tmp_path)
    assert found[-1] == ONE
    assert len(found) > 2000
    assert found[:-1] == many[: len(found) - 1]
    assert "the gzip data is damaged or cut short" in problems[-1]


def test_damaged_gzip(tmp_path: Path) -> None:
    content = bytearray(write(tmp_path / "a.jsonl.gz", *[ONE] * 2000).read_bytes())
    content[30:60] = bytes(30)
    (tmp_path / "a.jsonl.gz").write_bytes(content)
    assert "the gzip data is damaged" in read(tmp_path / "a.jsonl.gz")[1][-1]


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "gone.json")
    write(tmp_path / "b.json", ONE)
    found, problems = read(tmp_path)
    assert found == [ONE]
    assert "a.json: can't be read (No such file or directory)" in problems[0]
    assert size(tmp_path) is None


@given(st.lists(st.binary(max_size=40) | st.just(b'{"key": "A-1"}') | st.just(b"<p>"), max_size=6))
def test_any_bytes_give_records_or_problems(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.json", "any.jsonl"):
        source = write(folder / name, *lines)
        for found in records(source):
            assert found.place.startswith(str(source))
            if isinstance(found, Problem):
                assert found.message.startswith(found.place)
                assert found.message.isprintable()
                assert len(found.message) - len(found.place) < 250
