"""What all markups share: quoted lines, logs, stack traces, addresses, mail and signatures are cut.

Cutting words that somebody wrote is worse than keeping a signature, so every shape is a narrow one. Each
pattern costs linear time: it starts with a newline or a literal, and repeats possessively or within bounds.
"""

from __future__ import annotations

import re
from typing import Final

from ownership_audit.text.masks import FILL, blank, newline

_LEVEL = "(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|SEVERE)"
_LINE: Final = re.compile(
    rf"""\n[ \t\0]*+
    (?!\n|\w++[ ,\n](?<![A-Z]{{2}}[ ])(?<!\bat[ ])(?<!File[ ])(?<!Caused[ ])(?<!Traceback[ ]))  # most lines
    (?:
      (?P<quote> >(?![=\d])[^\n]*+ | bq\.[ \t][^\n]*+ )
    | (?P<log> (?:
        at[ ][\w.$<>/]+\(  # a frame of a stack trace, of Java and of JavaScript
      | at[ ](?:async[ ]|new[ ])?[\w.$<>/]++(?:[ ]\[as[ ]\w+\])?[ ]\((?:[^\n)]*:\d+\)|native\)|<anonymous>\))
      | Caused[ ]by:[ ] | \.\.\.[ ]\d+[ ]more\b | Traceback[ ]\(most | File[ ]"[^"\n]*",[ ]line[ ]\d
      | \#\d+[ ]+0x[\da-f]{{6}}
      | (?:\w++\.){{1,30}}+\w*(?:Exception|Error)\b(?::|[ \t\0]*(?=\n|\Z))
      | \[{_LEVEL}[ ]*\] | {_LEVEL}[ \t]+\[?\d{{4}}[-/]
      | [VDIWEF]/[\w.$-]{{1,60}}[ ]*\([ ]*\d{{1,7}}\):  # Android's log, without and with its times
      | \d\d-\d\d[ ]\d\d:\d\d:\d\d\.\d{{3}}[: ][ \t]*(?:[VDIWEF]/|\d)
      | \[?\d{{4}}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d\S{{0,12}}[ \t]+
        (?:\[|{_LEVEL}\b|[\w.-]{{1,60}}\[\d+[\]:])
      ) [^\n]*+ )
    | (?P<signature> --[ ][ \0]*+(?=\n) )
    | (?P<mark>  # a heading, a bullet, a rule
        h[1-6]\.[ \t] | [*\#-](?!-[ \t\0]*+(?:\n|\Z))[*\#-]{{0,8}}[ \t] | -{{4,9}}[ \t\0]*+(?=\n|\Z)
      )
    )""",
    re.VERBOSE,
)
_ATTRIBUTION: Final = re.compile(
    r"""\n[ \t\0]*+(?:On[ ][^\n]{6,160}(?:\n[^\n]{0,80})?[ ]wrote:|Am[ ][^\n]{6,160}[ ]schrieb[ ][^\n]{0,80}:)
    [ \t\0]*+(?=(?:\n[ \t\0]*+){1,3}>)""",
    re.VERBOSE,
)
_SIGNATURE_SIZE: Final = (10, 600)  # lines and characters; what is longer is more than a signature

_ADDRESS: Final = re.compile(r"[^\s\[\]|()<>\"\0]+")
_SCHEMES: Final = {"http": 4, "ttps": 5, "file": 4, "ftp": 3}  # by the four letters before "://"
_BARE_ADDRESS: Final = re.compile(r"(?:\b[wW]ww\.|\b[mM]ailto:)[^\s\[\]|()<>\"\0]+")

# A mail quoted below: its headers, or the line that mail programs put above those. What follows is its text.
_MAIL: Final = re.compile(
    r"""\n(?=[-fFoOuUvV])(?:
      -*[ ]?(?i:original\ message|forwarded\ message|ursprüngliche\ nachricht)[ ]?-{2,}
    | (?:From|Von):[ ][^\n]+\n(?:Sent|Date|Gesendet|Datum):[ ][^\n]+\n(?:To|Cc|Subject|An|Betreff):[ ]
    )""",
    re.VERBOSE,
)
_NAME = r"(?:@?[A-Z][\w.'’-]*+|(?:de|van|von|der|den|and|of|for|the|at)\b)"
_CLOSING: Final = re.compile(
    rf"""\n(?=[bBcCfFgGkKmMrRsStTvVwWyY])(?:
      (?i: (?:(?:with|many\ thanks\ and)\ )?(?:(?:best|kind|kindest|warm|warmest)\ )?regards | cheers
        | sincerely | yours\ (?:truly|sincerely|faithfully) | best\ wishes
        | mit\ freundlichen\ gr(?:ü|ue)(?:ß|ss)en | viele\ gr(?:ü|ue)(?:ß|ss)e )
      [ ]?[,.!]?
      (?:
        [ \n](?:[-–][ ]?)?{_NAME}(?:[ ]{_NAME}){{0,3}}[.!]?
        (?: \n(?:{_NAME}[,|/]?[ ]?){{1,8}}  # a title, a company
          | \n[\w.-]+@[\w.-]+
          | \n(?:[A-Z][a-z]{{0,8}}:?[ ]?)?\+?[\d ()/.-]{{6,24}}
        ){{0,4}}
      )?
    | (?:Sent\ from\ (?:my|Mail\ for|Outlook)\ |Get\ Outlook\ for\ |Von\ meinem\ )[^\n]{{1,60}}
    | This\ (?:e-?mail|message)\b[^\n]{{0,120}}\b(?:confidential|intended|privileged)\b
      [^\n]*+(?:\n[^\n]*+){{0,3}}
    )\Z""",
    re.VERBOSE,
)
_TAIL: Final = 600  # characters at the end in which a closing can stand


def is_plain_line(line: str) -> bool:
    """Whether ``cut_lines`` leaves a single line as it is."""
    return _LINE.match("\n" + line) is None


def cut_lines(text: str) -> tuple[str, bool]:
    """Masks quoted lines, logs, stack traces, the marks of headings and bullets, and what follows ``-- ``.

    Says also whether a log was among them.
    """
    if ">" in text and ("wrote:" in text or "schrieb" in text):
        text = _ATTRIBUTION.sub(newline, text)
    logs, signature = False, -1

    def cut(match: re.Match[str]) -> str:
        nonlocal logs, signature
        kind = match.lastgroup
        if kind == "signature":
            signature = match.start()
            return match[0]
        logs = logs or kind == "log"
        return newline(match)

    text = _LINE.sub(cut, text)
    if signature >= 0:
        lines, characters = _SIGNATURE_SIZE
        if len(text) - signature <= characters and text.count("\n", signature) <= lines:
            text = text[:signature].ljust(len(text))
    return text, logs


def cut_addresses(text: str) -> tuple[str, bool]:
    """Masks web and mail addresses, and says whether there were any."""
    cut = False
    if "://" in text:
        text, cut = _cut_urls(text)
    if "ww." in text or (":" in text and "ailto:" in text):
        text, count = _BARE_ADDRESS.subn(blank, text)
        cut = cut or count > 0
    return text, cut


def _cut_urls(text: str) -> tuple[str, bool]:
    """Masks each ``://`` with the scheme before it and the address behind it; twice as quick as a pattern."""
    at = text.find("://")
    pieces: list[str] = []
    done = 0
    while at >= 0:
        head = text[max(done, at - 4) : at].lower()
        scheme = _SCHEMES.get(head) or _SCHEMES.get(head[-3:], 0)
        rest = _ADDRESS.match(text, at + 3) if scheme else None
        if rest is None:
            at = text.find("://", at + 3)
            continue
        pieces += (text[done : at - scheme], FILL * (scheme + rest.end() - at))
        done = rest.end()
        at = text.find("://", done)
    pieces.append(text[done:])
    return "".join(pieces), done > 0


def end_of_words(text: str) -> int:
    """Where a folded text stops being its author's own words: at a mail quoted below, a closing, a footer."""
    mail = _MAIL.search(text)
    end = mail.start() if mail is not None else len(text)
    if (closing := _CLOSING.search(text, max(0, end - _TAIL), end)) is not None:
        end = closing.start()
    while end and text[end - 1] == "\n":
        end -= 1
    return end
