"""Documents to Jira's wiki markup; whatever could be markup in a text is escaped."""

from __future__ import annotations

import re
from typing import Final

from ownership_audit.document import Block, Bullets, Document, Inline, Line, Link, Mention, Quote

_SPECIAL: Final = re.compile(
    r"[\\{}\[\]*_+^~?!|#&<>(]"  # marks of macros, links, styles, tables, lists, entities, icons
    r"|(?<!\w)-|-(?!\w)"  # rules, dashes, struck words; not the dashes of dates
    r"|[:;](?=[()PD])"  # faces
    r"|:(?=//)|(?<=\bwww)\.|(?<=\bmailto):"  # addresses, which become links by themselves
    r"|(?<=^bq)\.|(?<=^h[1-6])\."  # quotes and headings, at the beginning
)
_SPACES: Final = re.compile(r"\s+")
_STYLES: Final = {"strong": "*", "emphasis": "_"}
_NAME: Final = re.compile(r"[^\]\[|\r\n]+")
_URL: Final = re.compile(r"https?://[^\s\[\]|{}\"<>]+")


def to_wiki(document: Document) -> str:
    """The document as wiki markup."""
    return "\n\n".join(_block(block) for block in document.blocks)


def _block(block: Block) -> str:
    if isinstance(block, Bullets):
        return "\n".join(f"* {_line(line)}" for line in block.lines)
    if isinstance(block, Quote):
        return f"{{quote}}{_line(block.line)}{{quote}}"
    return _line(block.line)


def _line(line: Line) -> str:
    return "".join(map(_inline, line))


def _inline(part: Inline) -> str:
    if isinstance(part, Mention):
        return f"[~{part.id}]" if _NAME.fullmatch(part.id) else escaped(f"@{part.name}")
    if isinstance(part, Link):
        if not _URL.fullmatch(part.url):
            return escaped(part.text)
        return f"[{escaped(part.text)}|{part.url}]"
    if part.style == "code":
        return f"{{{{{escaped(part.text)}}}}}"
    mark, bare = _STYLES.get(part.style, ""), part.text.strip()
    if not mark or not bare:
        return escaped(part.text)
    # A mark counts only right at a word, so white space stays outside.
    before, _, after = part.text.partition(bare)
    return f"{escaped(before)}{mark}{escaped(bare)}{mark}{escaped(after)}"


def escaped(text: str) -> str:
    """The text with everything that could be markup as an entity, which Jira shows as the character."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", _SPACES.sub(" ", text))
