"""Tracker markup (wiki text, ADF) to plain prose: code, quotes, logs, links, images are cut, mentions kept.

It reads markup only as far as the words need it and never renders it. Every step costs time linear in
the input, whatever the input is: patterns stop at the next character that could start them again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Prose:
    """What somebody said in words.

    ``text`` has folded whitespace, one line per line of prose, no empty lines; a mention stands there as
    ``@name`` (``@someone`` where only an account id is known). ``mentions`` are ids as the tracker writes
    them (an account id without its prefix), in order, without repeats; ``names`` are their display
    names, as long as ``mentions``, ``""`` where not given. ``attached`` says that something other than
    words was posted along: code, a log, a link, an image or a file. Mentions inside cut parts don't count.
    """

    text: str
    mentions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    attached: bool = False


EMPTY = Prose("")

# A pattern starts with a literal wherever it can, since the regex engine finds those fast: a line's pattern
# with the newline before it (texts get one put in front), others with their mark; what must not precede the
# mark is checked after it.
_LEVEL = "(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|SEVERE)"
_LOG_LINE = re.compile(
    rf"""\n[ \t]*(?:
        at[ ][\w.$<>/]+\(                              # a frame of a stack trace
      | Caused[ ]by:[ ] | \.\.\.[ ]\d+[ ]more\b | Traceback[ ]\(most
      | (?:\w+\.){{1,30}}\w*(?:Exception|Error)\b(?::|[ \t]*(?=\n|\Z))
      | \[{_LEVEL}[ ]*\] | {_LEVEL}[ \t]+\[?\d{{4}}[-/]
      | \[?\d{{4}}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d\S{{0,12}}[ \t]+(?:\[|{_LEVEL}\b)
    )[^\n]*""",
    re.VERBOSE,
)
_QUOTED_LINE = re.compile(r"\n[ \t]*(?:>(?![=\d])|bq\.[ \t])[^\n]*")
_LINE_START = re.compile(r"\n[ \t]*(?:h[1-6]\.[ \t]|[*#-]{1,9}[ \t]|-{4,9}[ \t]*(?=\n|\Z))")
_URL = re.compile(r"[hHfFwWmM](?:ttps?://|tp://|ile://|ww\.|ailto:)[^\s\[\]|()<>\"]+")

_ANY_MARKUP = re.compile(r"[\[{|*_]|!\w")
_TABLE_ROW = re.compile(r"\n[ \t]*\|[^\n]*")
_BLOCK = re.compile(r"\{(?<!\{\{)(code|noformat|quote)(?::[^{}\n]*)?\}(?!\})", re.IGNORECASE)
_HTML_BLOCK = re.compile(_BLOCK.pattern + r"|<(pre|blockquote)\b[^<>]*>", re.IGNORECASE)
_BLOCK_END = {
    kind: re.compile(end, re.IGNORECASE)
    for kind, end in {
        "code": r"\{code\}",
        "noformat": r"\{noformat\}",
        "quote": r"\{quote\}",
        "pre": r"</pre>",
        "blockquote": r"</blockquote>",
    }.items()
}
_QUOTES = {"quote", "blockquote"}
_BRACKETS = re.compile(r"\[([^\[\]\n]+)\]")
_IMAGE = re.compile(r"!(?<!\w!)(?=\S)([^!\n]{1,300})!")
_IMAGE_NAME = re.compile(r".*(?:\.\w{2,5}|://.*)", re.DOTALL)
_MACRO = re.compile(
    r"\{(?:color|panel|html|anchor|section|column|expand|info|tip|note|warning|status)(?::[^{}\n]*)?\}|\{\{|\}\}",
    re.IGNORECASE,
)
_BOLD = re.compile(r"\*(?<![\w*]\*)\*?(?=\S)([^*\n]*[^*\s])\*{1,2}(?![\w*])")
_ITALIC = re.compile(r"_(?<!\w_)(?=\S)([^_\n]*[^_\s])_(?!\w)")
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]{0,15})\b[^<>]*>")
_TAGS_OF_A_LINE = {"br", "p", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4"}
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&"))


def read(body: object) -> Prose:
    """The prose of a body as a tracker gives it: wiki text, an ADF document, or nothing."""
    if isinstance(body, str):
        return from_wiki(body)
    if isinstance(body, Mapping):
        return from_adf(body)
    return EMPTY


def from_wiki(body: str) -> Prose:
    """The prose of Jira wiki text. Unclosed code reaches to the end; an unclosed quote is no quote."""
    if _ANY_MARKUP.search(body) is None:
        return _finish(body, {}, False)
    is_html = "{html}" in body
    text, attached = "\n" + body, False
    if "{" in text:
        text, attached = _cut_blocks(text, _HTML_BLOCK if is_html else _BLOCK)
    if is_html:
        attached = attached or "<a " in text or "<img" in text
        text = _TAG.sub(_tag, text)
    mentions: dict[str, str] = {}
    if "!" in text:
        without = _IMAGE.sub(_image, text)
        attached, text = attached or without != text, without
    if "[" in text:
        text, logs = _LOG_LINE.subn("", text)  # before links: "[INFO] ..." looks like one
        links = _Links(mentions)
        text = _BRACKETS.sub(links.replace, text)
        attached = attached or logs > 0 or links.any
    text = _unmark(text)
    if is_html:
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
    return _finish(text, mentions, attached)


def _cut_blocks(body: str, opener: re.Pattern[str]) -> tuple[str, bool]:
    """The text outside code, preformatted and quoted blocks, and whether anything but quotes was cut."""
    kept: list[str] = []
    at, attached = 0, False
    unclosed: set[str] = set()  # searched for once only, or many unclosed quotes would cost quadratic time
    while (start := opener.search(body, at)) is not None:
        kind = start[start.lastindex or 0].lower()
        end = None if kind in unclosed else _BLOCK_END[kind].search(body, start.end())
        kept.append(body[at : start.start()])
        at = start.end()
        if end is not None:
            kept.append("\n")
            at = end.end()
        elif kind in _QUOTES:
            unclosed.add(kind)
        else:
            at = len(body)
        attached = attached or kind not in _QUOTES
    kept.append(body[at:])
    return "".join(kept), attached


def _tag(match: re.Match[str]) -> str:
    return "\n" if match[1].lower().lstrip("/") in _TAGS_OF_A_LINE else ""


def _image(match: re.Match[str]) -> str:
    is_image = _IMAGE_NAME.fullmatch(match[1].partition("|")[0])
    return " " if is_image else match[0]


class _Links:
    """Replaces what stands in square brackets, collects mentions, remembers whether a link was there."""

    def __init__(self, mentions: dict[str, str]) -> None:
        self.mentions = mentions
        self.any = False

    def replace(self, match: re.Match[str]) -> str:
        inner = match[1]
        if inner[0] == "~" and len(inner) > 1:
            return self._mention(inner[1:].strip())
        label, bar, target = inner.partition("|")
        if inner[0] == "^" or (bar and _is_target(target)) or _is_target(inner):
            self.any = True
            return label if bar and inner[0] != "^" else " "
        return match[0]

    def _mention(self, identity: str) -> str:
        prefix, colon, account = identity.partition(":")
        is_account = bool(colon) and prefix.lower() == "accountid"
        self.mentions.setdefault(account if is_account else identity, "")
        return "@someone" if is_account else f"@{identity}"


def _is_target(text: str) -> bool:
    return "://" in text or text.startswith(("mailto:", "www.", "#", "/"))


def _unmark(text: str) -> str:
    """Wiki text without what formats words: bold, italic, colours, headings, bullets, table bars."""
    if "{" in text:
        text = _MACRO.sub("", text)
    if "|" in text:
        text = _TABLE_ROW.sub(lambda row: row[0].replace("|", " "), text)
    if "*" in text:
        text = _BOLD.sub(r"\1", text)
    if "_" in text:
        text = _ITALIC.sub(r"\1", text)
    return text


def _finish(text: str, mentions: Mapping[str, str], attached: bool) -> Prose:
    """What both kinds of markup share: quoted lines, logs and addresses are cut, whitespace is folded."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n" + text
    if ">" in text or "bq." in text:
        text = _QUOTED_LINE.sub("", text)
    text, logs = _LOG_LINE.subn("", text)
    if "://" in text or "www." in text or "mailto:" in text:
        text, links = _URL.subn("", text)
        attached = attached or links > 0
    text = _LINE_START.sub("\n", text)
    lines = [" ".join(line.split()) for line in text.split("\n") if line]
    return Prose(
        "\n".join(filter(None, lines)), tuple(mentions), tuple(mentions.values()), attached or logs > 0
    )


_ADF_ATTACHED = {
    "codeBlock", "media", "mediaSingle", "mediaGroup", "mediaInline", "inlineCard", "blockCard", "embedCard",
}  # fmt: skip


def from_adf(document: Mapping[str, object]) -> Prose:
    """The prose of an ADF document. Unknown nodes count as what they contain."""
    pieces: list[str] = []
    mentions: dict[str, str] = {}
    attached = False
    waiting: list[object] = [
        document
    ]  # a stack of our own: a document may be nested deeper than Python calls
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        if not isinstance(node, Mapping):
            continue
        kind = str(node.get("type"))
        if kind == "mention":
            pieces.append(_adf_mention(node, mentions))
        elif kind in _ADF_ATTACHED:
            attached = True
            pieces.append(" " if kind == "inlineCard" else "\n")
        elif kind == "blockquote":
            pieces.append("\n")
        elif isinstance(content := node.get("content"), list):
            waiting.append("\n")
            waiting.extend(reversed([child for child in content if not isinstance(child, str)]))
        else:
            pieces.append(_adf_leaf(kind, node))
    return _finish("".join(pieces), mentions, attached)


def _adf_leaf(kind: str, node: Mapping[str, object]) -> str:
    if kind == "hardBreak":
        return "\n"
    if kind == "emoji":
        return _attribute(node, "text") or _attribute(node, "shortName")
    if kind == "date":
        return _day(_attribute(node, "timestamp"))
    text = node.get("text")
    return text if isinstance(text, str) else _attribute(node, "text")


def _adf_mention(node: Mapping[str, object], mentions: dict[str, str]) -> str:
    identity, name = _attribute(node, "id"), _attribute(node, "text").lstrip("@").strip()
    if identity and not mentions.get(identity):
        mentions[identity] = name
    return f"@{name or 'someone'}"


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


_SENTENCE_END = re.compile(r"(?<!\s\d)[.!?…]+(?=\s+[^a-z\d\s]|\s*$)")


def first_sentence(text: str, limit: int = 120) -> str:
    """The first sentence on one line, for quoting: at most ``limit`` characters, cut at a word, printable."""
    head = "".join(c if c.isprintable() else " " for c in text.lstrip()[: 4 * limit])
    words = " ".join(head.split())
    end = _SENTENCE_END.search(words)
    sentence = words[: end.end()] if end else words
    if len(sentence) <= limit:
        return sentence
    cut = sentence[: limit - 1]
    at_word = cut.rpartition(" ")[0] if not sentence[limit - 1].isspace() else cut
    return (at_word if len(at_word) > limit // 2 else cut).rstrip(" ,;:-") + "…"
