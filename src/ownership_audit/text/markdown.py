"""GitHub's and GitLab's Markdown: markdown-it-py finds code blocks, the rest is masked where it stands."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from ownership_audit.text import html
from ownership_audit.text.cuts import cut_addresses, cut_lines
from ownership_audit.text.finish import finish
from ownership_audit.text.masks import (
    FILL,
    Masked,
    blank,
    is_one_word,
    line_end,
    lines_of,
    newline,
    padded,
    space,
    unmarked,
)
from ownership_audit.text.prose import Prose

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_CODE_CUE: Final = re.compile(r"```|~~~|\n(?:    |[ ]{0,3}\t)")
_RUN: Final = re.compile(r"`++|\n[ \t\0]*+(?=\n)")
_TASK: Final = re.compile(r"\n[ \t\0]*+[-*+][ \t]++\[[ xX]\](?=[ \t])")
_RULE: Final = re.compile(r"\n[ \t\0]*+(?:={2,}+|-{3,}+|\*{3,}+|_{3,}+)[ \t\0]*+(?=\n|\Z)")
_TABLE_RULE: Final = re.compile(r"\n[ \t\0]*+\|?[ \t:-]*+\|[ \t|:-]*+\0?(?=\n|\Z)")
_TABLE_ROW: Final = re.compile(r"\n[ \t\0]*+\|[^\n]*+")
_CLOSED_HEADING: Final = re.compile(r"(\n[ \t\0]*+[^\n#]*+)[ \t]#++[ \t\0]*+(?=\n|\Z)")
_IMAGE: Final = re.compile(r"!\[[^\[\]\n]*+\](?:\([^()\n]*+(?:\([^()\n]*+\)[^()\n]*+)*+\)|\[[^\[\]\n]*+\])")
_LINK: Final = re.compile(r"\[([^\[\]\n]*+)\]\([^()\n]*+(?:\([^()\n]*+\)[^()\n]*+)*+\)")
_DEFINITION: Final = re.compile(r"\n[ \0]*+\[(?!\^)[^\[\]\n]++\]:[ \t]*+\S[^\n]*+")
_REFERENCE: Final = re.compile(r"\[([^\[\]\n]++)\]\[[^\[\]\n]*+\]")
_AUTOLINK: Final = re.compile(r"<(?:https?://|mailto:)?[^<>\s@/]*+[@/]?[^<>\s]*+>")
_IS_AUTOLINK: Final = re.compile(r"<(?:https?://|mailto:|[\w.+-]+@[\w-]+\.)")
_STRUCK: Final = re.compile(r"~~(?=[^\s~])[^~\n]++~~")  # taken back, so nobody says it
_STARS: Final = re.compile(r"(?<![\w*~\\])(?:\*{1,3}|~~)(?=[^\s*~])|(?<=[^\s*~\\])(?:\*{1,3}|~~)(?![\w*~])")
_ITALIC: Final = re.compile(r"_(?<![\w\\]_)_?(?=[^\s_])([^_\n]*[^_\s])_{1,2}(?!\w)")
_ESCAPE: Final = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_MENTION: Final = re.compile(r"@(?<![\w/.`@+-]@)([A-Za-z\d_](?:[\w-]|[./](?=\w)){0,99})")


def from_markdown(body: str) -> Prose:
    """The prose of a GitHub or GitLab comment. A line below a quote is no part of it."""
    return finish(mask_markdown(body))


def mask_markdown(body: str) -> Masked:
    """A Markdown body with everything but its words masked."""
    text = lines_of(body)
    attached = False
    if "`" in text or "    " in text or "\t" in text or "~~~" in text:
        text, blocks = _mask_code_blocks(text)
        text, spans = _mask_code_spans(text)
        attached = blocks or spans
    if "<" in text:
        text, links = html.mask_tags(_mask_comments(text), every=False)
        attached = attached or links
    text = html.mask_entities(_TASK.sub(newline, text))
    text, logs = cut_lines(_unmark_lines(text))
    text, links = _mask_links(text)
    text, addresses = cut_addresses(text)
    if "~~" in text:
        text = _STRUCK.sub(space, text)
    text = _unmark_words(text)
    mentions = dict.fromkeys(_MENTION.findall(text), "") if "@" in text else {}
    return Masked(text, mentions, attached or logs or links or addresses)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # late: it takes a tenth of a second, and Jira alone never needs it

    return MarkdownIt("commonmark").disable("inline")


def _mask_code_blocks(text: str) -> tuple[str, bool]:
    """Fenced and indented code, also inside lists and quotes. Unclosed code reaches to the end."""
    if _CODE_CUE.search(text) is None:
        return text, False
    tokens = _parser().parse(text[1:].replace(FILL, " "))
    code = [token.map for token in tokens if token.type in {"fence", "code_block"} and token.map]
    if not code:
        return text, False
    ends = [match.start() for match in re.finditer("\n", text)]  # line n starts behind the nth of them
    ends.append(len(text))
    pieces: list[str] = []
    at = 0
    for first, behind in code:
        start, stop = ends[first], ends[min(behind, len(ends) - 1)]
        pieces += (text[at:start], line_end(stop - start))
        at = stop
    pieces.append(text[at:])
    return "".join(pieces), True


def _mask_code_spans(text: str) -> tuple[str, bool]:
    """Inline code: from a run of backticks to the next as long in the same paragraph."""
    if "`" not in text:
        return text, False
    runs = list(_RUN.finditer(text))
    closing: dict[int, int] = {}  # the run that would close each run
    seen: dict[int, int] = {}
    for number in range(len(runs) - 1, -1, -1):
        length = len(runs[number][0])
        if runs[number][0][0] == "\n":
            seen = {}
            continue
        if length in seen:
            closing[number] = seen[length]
        seen[length] = number
    pieces: list[str] = []
    at, number, cut = 0, 0, False
    while number < len(runs):
        run = runs[number]
        if number not in closing or text[run.start() - 1] == "\\":
            number += 1
            continue
        number = closing[number]
        inner, stop = text[run.end() : runs[number].start()], runs[number].end()
        marks = FILL * len(run[0])
        keep = is_one_word(inner)
        cut = cut or not keep
        pieces += (
            text[at : run.start()],
            f"{marks}{inner}{marks}" if keep else padded(" ", stop - run.start()),
        )
        at = stop
        number += 1
    pieces.append(text[at:])
    return "".join(pieces), cut


def _mask_comments(text: str) -> str:
    """HTML comments; one that starts a line and is never closed hides the rest, as it does when shown."""
    pieces: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        end = text.find("-->", start + 4)
        if end < 0 and text[start - 1] != "\n":
            break
        stop = end + 3 if end >= 0 else len(text)
        pieces += (text[at:start], FILL * (stop - start))
        at = stop
    pieces.append(text[at:])
    return "".join(pieces)


def _unmark_lines(text: str) -> str:
    """Masks rules, underlines of headings, closing marks of headings, and what draws tables."""
    text = _RULE.sub(newline, text)
    if "|" in text:
        text = _TABLE_RULE.sub(newline, text)
        text = _TABLE_ROW.sub(lambda row: row[0].replace("|", " "), text)
    return text


def _mask_links(text: str) -> tuple[str, bool]:
    """Images, links of all kinds but bare ones; labels are kept. Says whether there were any."""
    found = 0
    if "](" in text or "][" in text or "]:" in text:
        text, images = _IMAGE.subn(space, text)
        text, links = _LINK.subn(unmarked, text)
        text, definitions = _DEFINITION.subn(newline, text)
        if definitions:
            text = _REFERENCE.sub(unmarked, text)
        found = images + links + definitions
    if "<" not in text:
        return text, found > 0
    masked = _AUTOLINK.sub(lambda match: blank(match) if _IS_AUTOLINK.match(match[0]) else match[0], text)
    return masked, found > 0 or masked != text


def _unmark_words(text: str) -> str:
    if "*" in text or "~~" in text:
        text = _STARS.sub(blank, text)
    if "_" in text:
        text = _ITALIC.sub(unmarked, text)
    return _ESCAPE.sub(FILL, text) if "\\" in text else text
