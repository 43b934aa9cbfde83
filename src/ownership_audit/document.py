"""A small model of what the tool writes: paragraphs, quotes and lists of texts, mentions and links.

Each tracker has a renderer of its own; every text in here is taken as it is, never as markup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

Style = str
"""``plain``, ``strong``, ``emphasis`` or ``code``."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words in one style."""

    text: str
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who is to be told; ``id`` is the tracker's own."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an address."""

    text: str
    url: str


Inline = Text | Mention | Link
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    line: Line


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's words."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    lines: tuple[Line, ...]


Block = Paragraph | Quote | Bullets


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks, one below the other."""

    blocks: tuple[Block, ...]

    def inlines(self) -> Iterator[Inline]:
        """Everything in it, in order."""
        for block in self.blocks:
            for line in block.lines if isinstance(block, Bullets) else (block.line,):
                yield from line

    @property
    def mentions(self) -> tuple[str, ...]:
        """Who is told, each once."""
        return tuple(dict.fromkeys(part.id for part in self.inlines() if isinstance(part, Mention)))

    @property
    def digest(self) -> str:
        """Tells documents apart: 16 hexadecimal digits."""
        return hashlib.sha256(repr(self.blocks).encode("utf-8", "replace")).hexdigest()[:16]

    def plain(self) -> str:
        """The words alone, for a terminal or a log."""
        lines = []
        for block in self.blocks:
            if isinstance(block, Bullets):
                lines += [f"- {_plain(line)}" for line in block.lines]
            else:
                lines.append(f"> {_plain(block.line)}" if isinstance(block, Quote) else _plain(block.line))
        return "\n".join(lines)


def _plain(line: Line) -> str:
    return "".join(f"@{part.name}" if isinstance(part, Mention) else part.text for part in line)
