"""What a reading of a body gives: the words, whom they mention, and whether more than words was posted."""

from __future__ import annotations

from typing import Final, NamedTuple


class Prose(NamedTuple):
    """What somebody said in words. A named tuple, since one is made for every comment.

    ``text`` has folded whitespace, one line per line of prose, no empty lines; a mention stands there as
    ``@name`` (``@someone`` where only an account id is known; a display name may hold spaces). ``mentions``
    are ids as the tracker writes them (an account id without its prefix), in order, without repeats;
    ``names`` are their display names, as long as ``mentions``, ``""`` where not given. ``attached`` says
    that something other than words was posted along: code, a log, a link, an image or a file. Mentions
    inside cut parts don't count.
    """

    text: str
    mentions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    attached: bool = False


UNNAMED: Final = "@someone"
"""What stands in the text for a mention of somebody whose name is not known."""

EMPTY: Final = Prose("")
