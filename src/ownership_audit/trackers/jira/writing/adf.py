"""Documents to the Atlassian Document Format, a tree in which text is only ever text."""

from __future__ import annotations

from typing import Any, Final

from ownership_audit.document import Block, Bullets, Document, Inline, Line, Link, Mention, Quote

Node = dict[str, Any]

_MARKS: Final = {"strong": "strong", "emphasis": "em", "code": "code"}


def to_adf(document: Document) -> Node:
    """The document as an ADF tree."""
    return {"type": "doc", "version": 1, "content": [_block(block) for block in document.blocks]}


def _block(block: Block) -> Node:
    if isinstance(block, Bullets):
        items = [{"type": "listItem", "content": [_paragraph(line)]} for line in block.lines]
        return {"type": "bulletList", "content": items}
    if isinstance(block, Quote):
        return {"type": "blockquote", "content": [_paragraph(block.line)]}
    return _paragraph(block.line)


def _paragraph(line: Line) -> Node:
    return {"type": "paragraph", "content": [node for part in line if (node := _inline(part)) is not None]}


def _inline(part: Inline) -> Node | None:
    if isinstance(part, Mention):
        return {"type": "mention", "attrs": {"id": part.id, "text": f"@{part.name}"}}
    if not part.text:  # the format knows no empty text
        return None
    node: Node = {"type": "text", "text": part.text}
    if isinstance(part, Link):
        if not part.url.startswith(("https://", "http://")):
            return node
        node["marks"] = [{"type": "link", "attrs": {"href": part.url}}]
    elif part.style in _MARKS:
        node["marks"] = [{"type": _MARKS[part.style]}]
    return node
