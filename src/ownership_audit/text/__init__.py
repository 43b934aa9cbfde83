"""Tracker markup (wiki text, old HTML, ADF, Markdown) to plain prose: what somebody said in words.

Code, quotes, what is struck out, logs, stack traces, links, images, mails below and signatures are cut;
mentions are kept; every character left can be found in the original. Markup is read only as far as the words
need it, and never rendered. Every step costs time linear in the input, whatever the input is.
"""

from ownership_audit.text.adf import from_adf
from ownership_audit.text.body import offsets, original, read
from ownership_audit.text.markdown import from_markdown
from ownership_audit.text.prose import EMPTY, UNNAMED, Prose
from ownership_audit.text.sentence import first_sentence
from ownership_audit.text.wiki import from_wiki

__all__ = [
    "EMPTY",
    "UNNAMED",
    "Prose",
    "first_sentence",
    "from_adf",
    "from_markdown",
    "from_wiki",
    "offsets",
    "original",
    "read",
]
