"""Jira's wiki text, with the HTML that old bodies hold: read as far as the words need it, never rendered."""

from __future__ import annotations

import re
from typing import Final

from ownership_audit.text import html
from ownership_audit.text.cuts import cut_addresses, cut_lines, is_plain_line
from ownership_audit.text.finish import finish
from ownership_audit.text.masks import (
    FILL,
    Masked,
    blank,
    is_one_word,
    lines_of,
    newline,
    padded,
    space,
    unmarked,
)
from ownership_audit.text.prose import UNNAMED, Prose

# A pattern starts with a literal wherever it can, since the regex engine finds those fast; what must not
# precede the literal is checked after it.
_BLOCK: Final = re.compile(r"\{(?<!\{\{)(code|noformat|quote)(?::[^{}\n]*+)?\}(?!\})", re.IGNORECASE)
_HTML_BLOCK: Final = re.compile(r"(<(?:pre|blockquote|script|style|(?<!\w<)code))\b[^<>]*+>", re.IGNORECASE)
_BLOCK_END: Final = {
    **{kind: re.compile(rf"\{{{kind}\}}", re.IGNORECASE) for kind in ("code", "noformat", "quote")},
    **{
        f"<{kind}": re.compile(rf"</{kind}\s*+>", re.IGNORECASE)
        for kind in ("pre", "blockquote", "code", "script", "style")
    },
}
_QUOTES: Final = frozenset(("quote", "<blockquote"))
_TO_THE_END: Final = frozenset(("code", "noformat"))  # others need to be closed
_BLANK: Final = " \t" + FILL
_FENCE: Final = re.compile(r"```(?=[^`])[^`]*+(?:`{1,2}[^`]++)*+```")
_BRACKETS: Final = re.compile(r"\[([^\[\]\n]++)\]")
_IMAGE: Final = re.compile(r"!(?<!\w!)(?=\S)([^!\n]{1,300})!")
_IMAGE_NAME: Final = re.compile(r"[^|]*(?:\.\w{2,5}|://[^|]*)(?:\|.*)?", re.DOTALL)
_INLINE_CODE: Final = re.compile(r"\{\{([^{}\n]++)\}\}")
_MACRO: Final = re.compile(
    r"\{(?:\{|(?:color|quote|panel|html|anchor|section|column|expand|info|tip|note|warning|status)(?::[^{}\n]*+)?\})|\}\}",
    re.IGNORECASE,
)
_TABLE_ROW: Final = re.compile(r"\n[ \t\0]*+\|[^\n]*+")
_BOLD: Final = re.compile(r"\*(?<![\w*]\*)\*?(?=\S)([^*\n]*[^*\s])\*{1,2}(?![\w*])")
_ITALIC: Final = re.compile(r"_(?<!\w_)(?=\S)([^_\n]*[^_\s])_(?!\w)")
_CUE: Final = re.compile(r"[\[{|*_<>&`:!]")  # none of them: no markup, no address


def from_wiki(body: str) -> Prose:
    """The prose of Jira wiki text. Unclosed code reaches to the end; an unclosed quote is no quote."""
    if body.isprintable() and _CUE.search(body) is None and "ww." not in body:
        words = body.strip()  # a line of plain words, as a third of all comments are
        if "  " not in words and is_plain_line(body):
            return Prose(words)
    return finish(mask_wiki(body))


def mask_wiki(body: str) -> Masked:
    """A body of wiki text with everything but its words masked."""
    text = lines_of(body)
    attached, written_html = False, False
    if "{" in text:
        written_html = "{html}" in text
        text, attached = _mask_braces(text)
    if "`" in text:
        text, fences = _FENCE.subn(newline, text)
        attached = attached or fences > 0
    if "<" in text and (written_html or html.is_written(text)):
        text, blocks = _mask_blocks(text, _HTML_BLOCK)
        text, links = html.mask_tags(text, every=written_html)
        attached = attached or blocks or links
    if "&" in text:
        text = html.mask_entities(text)
    text, logs = cut_lines(text)
    if "!" in text:
        text, images = _mask_images(text)
        attached = attached or images
    mentions: dict[str, str] = {}
    if "[" in text:
        links_found = _Links(mentions)
        text = _BRACKETS.sub(links_found.replace, text)
        attached = attached or links_found.any
    text, addresses = cut_addresses(text)
    return Masked(_unmark(text), mentions, attached or logs or addresses)


def _mask_braces(text: str) -> tuple[str, bool]:
    """Blocks, inline code and macros; and whether code was cut."""
    text, attached = _mask_blocks(text, _BLOCK)
    if "{{" in text:
        cut = _InlineCode()
        text = _INLINE_CODE.sub(cut.replace, text)
        attached = attached or cut.any
    if "{" in text or "}}" in text:
        text = _MACRO.sub(blank, text)
    return text, attached


def _mask_blocks(text: str, opener: re.Pattern[str]) -> tuple[str, bool]:
    """Masks code, preformatted and quoted blocks; says whether anything but quotes was cut."""
    pieces: list[str] = []
    at, attached = 0, False
    unclosed: set[str] = set()  # searched for once only, or many unclosed quotes would cost quadratic time
    while (start := opener.search(text, at)) is not None:
        kind = start[1].lower()
        end = None if kind in unclosed else _BLOCK_END[kind].search(text, start.end())
        if end is None and kind not in _TO_THE_END:
            unclosed.add(kind)
            pieces.append(text[at : start.end()])  # the mark goes with the other macros and tags
            at = start.end()
            continue
        stop = end.end() if end is not None else len(text)
        inner = text[start.end() : end.start()] if end is not None else ""
        if kind == "<code" and is_one_word(inner):
            pieces.append(text[at:stop])
        else:
            pieces += (text[at : start.start()], _gap(kind, inner).ljust(stop - start.start()))
            attached = attached or kind not in _QUOTES
        at = stop
    pieces.append(text[at:])
    return "".join(pieces), attached


def _gap(kind: str, inner: str) -> str:
    """What a cut block leaves: the end of a line, or a space where it stood inside one."""
    return " " if kind == "<code" and "\n" not in inner else "\n"


class _InlineCode:
    """Replaces inline code, remembers whether some was cut."""

    def __init__(self) -> None:
        self.any = False

    def replace(self, match: re.Match[str]) -> str:
        if is_one_word(match[1]):
            return unmarked(match)
        self.any = True
        return space(match)


def _mask_images(text: str) -> tuple[str, bool]:
    masked = _IMAGE.sub(lambda image: space(image) if _IMAGE_NAME.fullmatch(image[1]) else image[0], text)
    return masked, masked != text


class _Links:
    """Replaces what stands in square brackets, collects mentions, remembers whether a link was there."""

    def __init__(self, mentions: dict[str, str]) -> None:
        self.mentions = mentions
        self.any = False

    def replace(self, match: re.Match[str]) -> str:
        inner = match[1]
        if inner[0] == "~" and (identity := inner[1:].strip(_BLANK)):
            return self._mention(identity, match)
        label, bar, target = inner.partition("|")
        if inner[0] == "^" or (bar and _is_target(target)) or _is_target(inner):
            self.any = True
            return padded(FILL + label if bar and inner[0] != "^" else " ", len(match[0]))
        return match[0]

    def _mention(self, identity: str, match: re.Match[str]) -> str:
        prefix, colon, account = identity.partition(":")
        is_account = bool(colon) and prefix.lower() == "accountid"
        self.mentions.setdefault((account if is_account else identity).replace(FILL, ""), "")
        if is_account:
            return padded(FILL + UNNAMED, len(match[0]))
        before = match[1].index(identity) - 1
        return padded(f"{FILL}@{FILL * before}{identity}", len(match[0]))


def _is_target(text: str) -> bool:
    return "://" in text or text.lstrip(FILL).startswith(("mailto:", "www.", "#", "/"))


def _unmark(text: str) -> str:
    """Masks what formats words: table bars, bold, italic."""
    if "|" in text:
        text = _TABLE_ROW.sub(lambda row: row[0].replace("|", " "), text)
    if "*" in text:
        text = _BOLD.sub(unmarked, text)
    if "_" in text:
        text = _ITALIC.sub(unmarked, text)
    return text
