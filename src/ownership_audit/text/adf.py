"""ADF, the document format of Jira Cloud, read as one flat text in which what nobody said is masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from ownership_audit.text.cuts import cut_addresses, cut_lines
from ownership_audit.text.finish import finish
from ownership_audit.text.masks import FILL, Masked, is_one_word, lines_of, padded
from ownership_audit.text.prose import UNNAMED, Prose

_ATTACHED: Final = frozenset(
    ("codeBlock", "media", "mediaSingle", "mediaGroup", "mediaInline", "inlineCard", "blockCard", "embedCard")
)
_CUT: Final = _ATTACHED | {"blockquote"}
_INLINE: Final = frozenset(("inlineCard", "mediaInline"))


def from_adf(document: Mapping[str, object]) -> Prose:
    """The prose of an ADF document. Unknown nodes count as what they contain."""
    return finish(mask_adf(document))


def original_adf(document: Mapping[str, object]) -> str:
    """The text that an ADF document holds, quotes and code included, in the order of its nodes.

    A mention stands as ``@name``, or ``@someone`` without a name; a date as ``YYYY-MM-DD``; an emoji or a
    status as its text; a hard break as a newline. Behind each node that has content there is one newline,
    and in front of a quote, a code block, a card or a file one newline, or one space if it is inline.
    """
    return "".join(_Flat().pieces(document, masked=False))


def mask_adf(document: Mapping[str, object]) -> Masked:
    """``original_adf`` of a document with everything but its words masked."""
    flat = _Flat()
    text, logs = cut_lines(lines_of("".join(flat.pieces(document, masked=True))))
    text, addresses = cut_addresses(text)
    return Masked(text, flat.mentions, flat.attached or logs or addresses)


class _Flat:
    """Walks a document, collecting mentions on the way; ``attached`` once more than words was met."""

    def __init__(self) -> None:
        self.mentions: dict[str, str] = {}
        self.attached = False

    def pieces(self, document: object, *, masked: bool) -> Iterator[str]:
        """The pieces of the flat text; with ``masked`` filler for those inside cut nodes."""
        # A stack of our own: a document may be nested deeper than Python calls. An int ends a cut node.
        waiting: list[object] = [document]
        cut = 0
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                yield FILL if cut and masked else node
            elif isinstance(node, int):
                cut -= node
            elif isinstance(node, Mapping):
                kind = str(node.get("type"))
                if kind in _CUT:
                    yield FILL if cut and masked else " " if kind in _INLINE else "\n"
                    self.attached = self.attached or (kind in _ATTACHED and not cut)
                    cut += 1
                    waiting.append(1)
                if isinstance(content := node.get("content"), list) and kind != "mention":
                    waiting.append("\n")
                    waiting.extend(child for child in reversed(content) if isinstance(child, Mapping))
                else:
                    text = self._leaf(kind, node, quiet=cut > 0)
                    yield (
                        FILL * len(text)
                        if cut and masked
                        else self._as_marked(node, text)
                        if masked
                        else text
                    )

    def _leaf(self, kind: str, node: Mapping[str, object], *, quiet: bool) -> str:
        if kind == "mention":
            return self._mention(node, quiet=quiet)
        if kind == "hardBreak":
            return "\n"
        if kind == "emoji":
            return _attribute(node, "text") or _attribute(node, "shortName")
        if kind == "date":
            return _day(_attribute(node, "timestamp"))
        text = node.get("text")
        return text if isinstance(text, str) else _attribute(node, "text")

    def _mention(self, node: Mapping[str, object], *, quiet: bool) -> str:
        identity, name = _attribute(node, "id"), _attribute(node, "text").lstrip("@").strip()
        if identity and not quiet and not self.mentions.get(identity):
            self.mentions[identity] = name
        return f"@{name}" if name else UNNAMED

    def _as_marked(self, node: Mapping[str, object], text: str) -> str:
        """A node's text as its marks say: a space for code of several words, and for what is struck out."""
        marks = node.get("marks")
        if not isinstance(marks, list):
            return text
        kinds = [mark.get("type") for mark in marks if isinstance(mark, Mapping)]
        if "link" in kinds:
            self.attached = True
        if "strike" in kinds:
            return padded(" ", len(text)) if text else text
        if "code" in kinds and text and not is_one_word(text):
            self.attached = True
            return padded(" ", len(text))
        return text


def _attribute(node: Mapping[str, object], key: str) -> str:
    attributes = node.get("attrs")
    value = attributes.get(key) if isinstance(attributes, Mapping) else None
    return str(value) if isinstance(value, str | int) else ""


def _day(milliseconds: str) -> str:
    """A date node's timestamp as it is shown, ``YYYY-MM-DD``; nothing if it isn't one."""
    try:
        return datetime.fromtimestamp(int(milliseconds[:18]) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
