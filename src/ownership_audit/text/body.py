"""A body as a tracker gives it, of whatever markup: its prose, and where each character of that stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ownership_audit.text import finish
from ownership_audit.text.adf import from_adf, mask_adf, original_adf
from ownership_audit.text.markdown import mask_markdown
from ownership_audit.text.prose import EMPTY, Prose
from ownership_audit.text.wiki import from_wiki, mask_wiki


def read(body: object) -> Prose:
    """The prose of a body as Jira gives it: wiki text, an ADF document, or nothing."""
    if isinstance(body, str):
        return from_wiki(body)
    if isinstance(body, Mapping):
        return from_adf(body)
    return EMPTY


def original(body: object) -> str:
    """The text that ``offsets`` point into: the body itself, or the flat text of an ADF document.

    That has the text of all nodes in order, a mention as ``@name`` (``@someone`` without a name), a date as
    ``YYYY-MM-DD``, an emoji as itself, a newline for a hard break, behind each node with content, and in
    front of each quote, code block, card and file (a space if that stands in a line).
    """
    if isinstance(body, str):
        return body
    return original_adf(body) if isinstance(body, Mapping) else ""


def offsets(body: object, *, markdown: bool = False) -> Sequence[int]:
    """For every character of the prose its index in ``original(body)``, never going back.

    A text is wiki text as in ``read``, or with ``markdown`` as in ``from_markdown``. A character that
    replaces several, as that of an entity or the ``@someone`` of an account, has an index within those.
    """
    if isinstance(body, str):
        return finish.offsets(mask_markdown(body) if markdown else mask_wiki(body))
    return finish.offsets(mask_adf(body)) if isinstance(body, Mapping) else ()
