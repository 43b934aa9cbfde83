"""Documents as plain text and as HTML, for messages. What a tracker's text holds is never markup in them."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from ownership_audit.document import Block, Bullets, Document, Inline, Line, Link, Mention, Quote

_TAGS: Final = {"strong": "strong", "emphasis": "em", "code": "code"}
_URL: Final = re.compile(r"https?://[^\s<>\"']+")
_EVERYBODY: Final = re.compile(r"@(?=(?:all|channel|everyone|group|here|team)\b)", re.IGNORECASE)
_JOINER: Final = "\u2060"  # invisible, and enough for a chat to see no call in it


def to_text(document: Document) -> str:
    """The document for plain text. A word that would call everybody of a chat calls nobody."""
    return _EVERYBODY.sub(f"@{_JOINER}", "\n\n".join(map(_text_block, document.blocks)))


def _text_block(block: Block) -> str:
    if isinstance(block, Bullets):
        return "\n".join(f"- {_text_line(line)}" for line in block.lines)
    return f"> {_text_line(block.line)}" if isinstance(block, Quote) else _text_line(block.line)


def _text_line(line: Line) -> str:
    return "".join(map(_text, line))


def _text(part: Inline) -> str:
    if isinstance(part, Mention):
        return part.name
    if isinstance(part, Link):
        return f"{part.text}\n{part.url}" if _URL.fullmatch(part.url) else part.text
    return part.text


def to_html(document: Document) -> str:
    """The document as HTML."""
    return "\n".join(map(_html_block, document.blocks))


def _html_block(block: Block) -> str:
    if isinstance(block, Bullets):
        return f"<ul>{''.join(f'<li>{_html_line(line)}</li>' for line in block.lines)}</ul>"
    tag = "blockquote" if isinstance(block, Quote) else "p"
    return f"<{tag}>{_html_line(block.line)}</{tag}>"


def _html_line(line: Line) -> str:
    return "".join(map(_html, line))


def _html(part: Inline) -> str:
    if isinstance(part, Mention):
        return escape(part.name)
    if isinstance(part, Link):
        text, url = escape(part.text), escape(part.url)
        # The address stands there too: mails get their plain part from this one, and it has no links.
        return f'<a href="{url}">{text}</a><br>{url}' if _URL.fullmatch(part.url) else text
    tag = _TAGS.get(part.style)
    return f"<{tag}>{escape(part.text)}</{tag}>" if tag else escape(part.text)
