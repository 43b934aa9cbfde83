"""CSV text as rows of cells, each with the line it starts on; knows no columns.

It yields what it can read and says what is wrong with the rest; one bad row never costs the others.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

Line = tuple[int, list[str] | str]
"""The line a row starts on; its cells, or what is wrong with it and what to do."""

_DELIMITERS: Final = ",;\t"
_LONGEST: Final = 2**31 - 1  # characters of a cell; what a C long holds everywhere


def rows(content: bytes) -> Iterator[Line]:
    """The header and every row that is as wide; nothing follows a header that can't be read.

    Lines that are empty, or hold nothing but delimiters, are no rows.
    """
    csv.field_size_limit(_LONGEST)
    text, is_utf8 = _decoded(content)
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width = 0
    astray = False  # within a row that is broken; what looks like rows there is its text
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            if not astray:
                yield start, _broken(str(problem))
            astray = True
        else:
            if not any(cells):
                continue
            if width and len(cells) != width:
                if not astray:
                    yield start, f"the row has {len(cells)} cells and the header {width}; export it again"
                continue
            astray = False
            yield start, cells if is_utf8 or _is_text(cells) else "not valid UTF-8; save the file as UTF-8"
            width = width or len(cells)
        if not width:
            return


def _decoded(content: bytes) -> tuple[str, bool]:
    """The text, and whether all of it is UTF-8; bytes that are not stay as halves of surrogate pairs."""
    try:
        return content.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return content.decode("utf-8-sig", "surrogateescape"), False


def _is_text(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def _broken(reason: str) -> str:
    if reason == "unexpected end of data":
        return "a quote opens in this row and is never closed, the file looks truncated; export it again"
    return f"not valid CSV ({reason}); export it again"
