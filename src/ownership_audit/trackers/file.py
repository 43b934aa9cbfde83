"""Raw tracker records from files: ``.json``, ``.jsonl``, Jira's ``.csv``, any gzipped, or a folder of them.

It yields what it can read and a problem with its place for what it can't; one bad line never costs the
others. What a record means (whether it is an issue at all) is for the tracker's own port to judge.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from ownership_audit.errors import DataError
from ownership_audit.trackers.interface import Found, Problem, Progress, Record

SUFFIXES = (".json", ".jsonl", ".csv", ".json.gz", ".jsonl.gz", ".csv.gz")
_EXCERPT = 40  # characters of bad input that a message shows
_SNIFF_LINES = 5
_REPORT_EVERY = 64  # records between two reports of progress
_GZIP, _BOM, _UTF16 = b"\x1f\x8b", b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_EXPORT = re.compile(rb"[^\n{\[<]*\b(?:issue|work item) key\b", re.IGNORECASE)  # how a header of CSV goes
_PEEK = 2048  # bytes in which a header names the key
_BETWEEN = re.compile(r"[\s,]*")
_AGAIN = "export it again or remove the line"
_AGAIN_WHOLE = "export it again"
_HTML = "this is a page of HTML, perhaps a login page; log in and export again as JSON"


class FileSource:
    """A file or a folder of files as the source of an audit; see Source and records()."""

    gaps: tuple[str, ...] = ()

    def __init__(self, path: Path, *, day_first: bool | None = None) -> None:
        self.path = path
        self._day_first = day_first

    def __str__(self) -> str:
        return str(self.path)

    def size(self) -> int | None:
        """Bytes on disk, which is what progress counts."""
        return size(self.path)

    def records(self, progress: Progress | None = None) -> Iterator[Found]:
        """Every record in order, and what can't be read."""
        return records(self.path, progress, day_first=self._day_first)


def size(source: Path) -> int | None:
    """Bytes on disk of all the files of ``source``; None where that is unknown (a pipe). Raises DataError."""
    files = _files(source)
    return sum(file.stat().st_size for file in files) if all(file.is_file() for file in files) else None


def records(
    source: Path, progress: Progress | None = None, *, day_first: bool | None = None
) -> Iterator[Found]:
    """Every record of a file or folder in order, files by name; ``progress`` gets bytes newly read from disk.

    ``day_first`` is the order of day and month in the dates of CSV files; None takes it from each file.
    Raises DataError at once if the source doesn't exist or a folder holds no file to read.
    """
    return _all(_files(source), progress, day_first)


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        files = [
            Path(folder, name)
            for folder, _, names in os.walk(source)
            for name in names
            if name.lower().endswith(SUFFIXES) and not name.startswith(".")
        ]
        if not files:
            raise DataError(f"{source}: no {', '.join(SUFFIXES)} file in it; name a folder with an export")
        return sorted(files)
    if not source.exists():
        raise DataError(f"{source}: no such file or folder; check the path")
    return [source]


def _all(files: list[Path], progress: Progress | None, day_first: bool | None) -> Iterator[Found]:
    for path in files:
        try:
            with path.open("rb") as raw:
                found = _read(str(path), raw, day_first)
                yield from _reporting(found, raw, progress) if progress and raw.seekable() else found
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            # What was unpacked before has been yielded already.
            yield _problem(str(path), f"the gzip data is damaged or cut short ({problem}); copy it again")
        except OSError as problem:
            yield _problem(str(path), f"can't be read ({problem.strerror or problem}); check its permissions")


def _reporting(found: Iterator[Found], raw: IO[bytes], progress: Progress) -> Iterator[Found]:
    seen = 0
    for number, item in enumerate(found):
        yield item
        if number % _REPORT_EVERY == 0:
            progress(raw.tell() - seen)
            seen = raw.tell()
    progress(raw.tell() - seen)


def _read(name: str, raw: io.BufferedReader, day_first: bool | None) -> Iterator[Found]:
    """One open file's records. The content decides what it is; the name only what is expected."""
    stem = name.lower().removesuffix(".gz")
    stream: Any = gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == _GZIP else raw
    if stem.endswith(".json"):
        return _whole(stream, lambda content: _document(name, content))
    if stem.endswith(".csv") or _EXPORT.match(stream.peek(_PEEK)):
        return _whole(stream, lambda content: _export(name, content, day_first))
    return _lines(name, stream)


def _whole(stream: io.BufferedIOBase, read: Callable[[bytes], Iterator[Found]]) -> Iterator[Found]:
    """What is read in all of a file. Of damaged gzip data, what was unpacked is read before the error."""
    chunks: list[bytes] = []
    damage: Exception | None = None
    try:
        while chunk := stream.read1(1 << 20):  # "read" would lose what precedes the damage
            chunks.append(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        damage = error
    content = b"".join(chunks).removeprefix(_BOM)
    chunks.clear()
    yield from read(content)
    if damage is not None:
        raise damage


def _export(name: str, content: bytes, day_first: bool | None) -> Iterator[Found]:
    """A CSV file; one that holds something else under that name is read, or refused, as what it is."""
    if not content.strip() or content.lstrip().startswith((b"{", b"[", b"<", *_UTF16)):
        yield from _document(name, content)
        return
    from ownership_audit.trackers.jira.export import issues  # late: dateutil is not needed for JSON
    from ownership_audit.trackers.table import rows

    for line, found in issues(rows(content), day_first):
        place = f"{name}:{line}" if line else name
        yield _problem(place, found) if isinstance(found, str) else Record(place, found)


def _lines(name: str, lines: Iterable[bytes]) -> Iterator[Found]:
    """JSON lines. In a run of HTML only the first line is a problem."""
    loads = orjson.loads
    in_html = False
    for number, line in enumerate(lines, 1):
        try:
            value = loads(line)
        except orjson.JSONDecodeError:
            line = line.removeprefix(_BOM).strip()
            if not line or (in_html and not line.startswith(b"{")):
                continue
            if number == 1 and line in (b"{", b"["):  # one document over many lines, under the wrong name
                yield from _document(name, line + b"\n" + b"".join(lines))
                return
            try:
                value = _loads(line)
            except orjson.JSONDecodeError as error:
                in_html = in_html or line.startswith(b"<")
                yield _problem(f"{name}:{number}", _what_is_wrong(line, error, _AGAIN))
                continue
        in_html = False
        if type(value) is dict and "issues" not in value:
            yield Record(f"{name}:{number}", value)
        else:
            yield from _members(f"{name}:{number}", value)


def _document(name: str, content: bytes) -> Iterator[Found]:
    """A file that is one JSON value; if it isn't, JSON lines or several values one after the other."""
    try:
        value = _loads(content)
    except orjson.JSONDecodeError as error:
        if any(_is_object(line) for line in content.split(b"\n", _SNIFF_LINES)[:_SNIFF_LINES]):
            yield from _lines(name, io.BytesIO(content))
        else:
            yield from _values(name, content, error)
    else:
        yield from _members(name, value)


def _loads(content: bytes) -> object:
    """The JSON value of ``content``; half an emoji becomes a question mark.

    Trackers cut long texts by the code unit, and half a surrogate pair must not cost a whole issue.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if "surrogate in string" not in error.msg:
            raise
        try:
            text = json.dumps(json.loads(content), ensure_ascii=False)
            return orjson.loads(text.encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise error from None


def _is_object(line: bytes) -> bool:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and bool(value)


def _values(name: str, content: bytes, error: orjson.JSONDecodeError) -> Iterator[Found]:
    """JSON values one after the other, each over several lines; ends at the first that can't be read."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    decode = json.JSONDecoder().raw_decode
    at, line, found = 0, 1, 0
    while (start := _BETWEEN.match(text, at)) and start.end() < len(text):
        line, at = line + text.count("\n", at, start.end()), start.end()
        try:
            value, end = decode(text, at)
        except (ValueError, RecursionError) as problem:
            if not found:
                break
            # The whole file's error would only say that more than one value stands there.
            reason = problem.msg if isinstance(problem, json.JSONDecodeError) else "too deep or too long"
            yield _problem(f"{name}:{line}", f"not valid JSON from here on ({reason}); {_AGAIN_WHOLE}")
            return
        found += 1
        yield from _members(f"{name}:{line}", value)
        line, at = line + text.count("\n", at, end), end
    if not found:
        yield _problem(name, _what_is_wrong(content.strip(), error, _AGAIN_WHOLE))


def _members(place: str, value: object) -> Iterator[Found]:
    """The records of one value: itself, or the members of a list or of a page of search results."""
    members = value
    if isinstance(value, dict):
        members = value.get("issues")
        if not isinstance(members, list) or "fields" in value:
            yield Record(place, value)
            return
    if not isinstance(members, list):
        yield _problem(place, f"expected a JSON object (an issue), found {_kind(value)}; {_AGAIN}")
        return
    for number, member in enumerate(members, 1):
        where = f"{place} issue {number}"
        if isinstance(member, dict):
            yield Record(where, member)
        else:
            yield _problem(where, f"expected a JSON object (an issue), found {_kind(member)}; {_AGAIN}")


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a number"


def _problem(place: str, message: str) -> Problem:
    return Problem(place, f"{place}: {message}")


def _what_is_wrong(content: bytes, error: orjson.JSONDecodeError, advice: str) -> str:
    """Why bytes are not JSON, and what to do; shows a few characters of them at most."""
    if not content:
        return f"the file is empty; {advice}"
    if content.startswith(b"<"):
        return _HTML
    if content.startswith(_UTF16):
        return "this is UTF-16 text; save it as UTF-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as bad:
        if bad.reason != "unexpected end of data":
            where = f"byte 0x{content[bad.start]:02x} at {bad.start + 1}"
            return f"not valid UTF-8 ({where}); save it as UTF-8 or {advice}"
        return f"not valid JSON (it ends within a character, it looks truncated); {advice}"
    if error.msg == "unexpected end of data":
        return f"not valid JSON (unexpected end of data, the line looks truncated); {advice}"
    start = content[: 4 * _EXCERPT].decode("utf-8", "ignore")[:_EXCERPT]
    shown = "".join(character if character.isprintable() else " " for character in start)
    return f"not valid JSON ({error.msg} at character {error.pos + 1}, it starts with {shown!r}); {advice}"
