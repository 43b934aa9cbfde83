"""Wiki text to Atlassian's document format and back, as far as the records of the tests need it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Node = dict[str, Any]

_BLOCK: Final = re.compile(
    r"\{(code|noformat)(?::([^}\n]*))?\}(.*?)\{\1\}|\{(quote)\}(.*?)\{quote\}", re.DOTALL | re.IGNORECASE
)
_MENTION: Final = re.compile(r"\[~(?:accountid:)?([^\]\n]+)\]")
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LANGUAGE: Final = re.compile(r"[\w+#-]+")
_BLOCKS: Final = frozenset(
    [
        "blockquote",
        "bulletList",
        "codeBlock",
        "expand",
        "heading",
        "mediaSingle",
        "nestedExpand",
        "orderedList",
        "panel",
        "paragraph",
        "rule",
        "table",
        "taskList",
        "decisionList",
        "blockCard",
        "embedCard",
        "extension",
        "mediaGroup",
    ]
)


def to_adf(text: str, mention: Callable[[str], Node]) -> Node:
    """The document of a wiki text.

    Code, quotes and mentions become nodes of their own, all other markup stays text. ``mention`` gives the
    attributes of a mention node for the name in ``[~name]``.
    """
    return {"type": "doc", "version": 1, "content": list(_blocks(_clean(text), mention, quoted=False))}


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _blocks(text: str, mention: Callable[[str], Node], *, quoted: bool) -> Iterator[Node]:
    at = 0
    for found in _BLOCK.finditer(text):
        if found[4] and quoted:
            continue
        yield from _paragraphs(text[at : found.start()], mention)
        at = found.end()
        if found[4]:
            inside = list(_blocks(found[5], mention, quoted=True))
            yield {"type": "blockquote", "content": inside or [{"type": "paragraph", "content": []}]}
        else:
            yield _code(found[2] or "", found[3])
    yield from _paragraphs(text[at:], mention)


def _code(options: str, text: str) -> Node:
    block: Node = {"type": "codeBlock"}
    language = options.partition("|")[0].strip()
    if _LANGUAGE.fullmatch(language):
        block["attrs"] = {"language": language}
    text = text.strip("\n")
    block["content"] = [{"type": "text", "text": text}] if text else []
    return block


def _paragraphs(text: str, mention: Callable[[str], Node]) -> Iterator[Node]:
    for part in _PARAGRAPHS.split(text.strip("\n")):
        lines = [line for line in part.split("\n") if line.strip()]
        if not lines:
            continue
        content: list[Node] = []
        for number, line in enumerate(lines):
            if number:
                content.append({"type": "hardBreak"})
            content.extend(_inline(line, mention))
        yield {"type": "paragraph", "content": content}


def _inline(line: str, mention: Callable[[str], Node]) -> Iterator[Node]:
    at = 0
    for found in _MENTION.finditer(line):
        if found.start() > at:
            yield {"type": "text", "text": line[at : found.start()]}
        yield {"type": "mention", "attrs": mention(found[1].strip())}
        at = found.end()
    if at < len(line):
        yield {"type": "text", "text": line[at:]}


def to_wiki(document: object) -> str:
    """The wiki text of a document: paragraphs, lists, code, quotes and mentions; other nodes' plain text."""
    if not isinstance(document, dict):
        return str(document or "")
    return "\n\n".join(_wiki(node) for node in document.get("content") or ())


def _wiki(node: Node) -> str:
    kind, content, attrs = node.get("type"), node.get("content") or (), node.get("attrs") or {}
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    if kind == "mention":
        return f"[~accountid:{attrs.get('id')}]"
    inside = [_wiki(child) for child in content]
    if kind in ("bulletList", "orderedList"):
        mark = "*" if kind == "bulletList" else "#"
        return "\n".join(f"{mark} {item}" for item in inside)
    if kind == "codeBlock":
        language = f":{attrs['language']}" if attrs.get("language") else ""
        return f"{{code{language}}}\n{''.join(inside)}\n{{code}}"
    if kind == "blockquote":
        return "{quote}\n" + "\n\n".join(inside) + "\n{quote}"
    if kind == "heading":
        return f"h{attrs.get('level', 1)}. {''.join(inside)}"
    separator = "\n" if any(child.get("type") in _BLOCKS for child in content) else ""
    return separator.join(inside) or str(attrs.get("url") or attrs.get("text") or "")


def problem(document: object) -> str | None:
    """What is wrong with a document at first sight: the check that the server does on each body it gets."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        return "the body is no document of version 1"
    if not isinstance(document.get("content"), list):
        return "the document has no content"
    return next(filter(None, map(_wrong, document["content"])), None)


def _wrong(node: object) -> str | None:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return "a node has no type"
    kind = node["type"]
    if kind == "text" and not (isinstance(node.get("text"), str) and node["text"]):
        return "a text node is empty"
    if kind == "mention" and not isinstance((node.get("attrs") or {}).get("id"), str):
        return "a mention names nobody"
    content = node.get("content", [])
    if not isinstance(content, list):
        return f"the content of a {kind} is no list"
    return next(filter(None, map(_wrong, content)), None)


def is_empty(document: Node) -> bool:
    """True for a document in which nothing is said."""
    return not to_wiki(document).strip()
