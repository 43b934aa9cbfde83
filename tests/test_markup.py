"""Markdown, old HTML, mails below a comment and signatures; and the way back into the original."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.text import from_markdown, offsets, original, read


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("It runs.\n\n```py\nI will fix it\n```\nAgain.", "It runs.\nAgain."),
        ("It runs.\n\n~~~\nI will fix it", "It runs."),
        ("It runs:\n\n    I will fix it\n\nAgain.", "It runs:\nAgain."),
        ("> I will fix it\n\nWhen?", "When?"),
        ("- one\n- [x] two\n1. three", "one\ntwo\n1. three"),
        (
            "# Plan\n\nIt *runs* **again**, ~~not~~ `main.c` and `a b c`.",
            "Plan\nIt runs again, main.c and .",
        ),
        ("See [the page](https://tracker.example/a_(b)) now.", "See the page now."),
        ("![shot](shot.png) It runs.", "It runs."),
        ("See [the page][1].\n\n[1]: https://tracker.example", "See the page."),
        ("<!-- a template -->\nIt runs.<br>Again &amp; again", "It runs.\nAgain & again"),
        ("It runs.\n<!-- never closed", "It runs."),
        ("| a | b |\n| --- | --- |\n| c | d |", "a b\nc d"),
        ("Plan\n====\nIt runs.\n\n---\nAgain \\*so\\*", "Plan\nIt runs.\nAgain *so*"),
        ("Mail <ann@tracker.example> or <https://tracker.example>, a < b.", "Mail or , a < b."),
        ("a ``b `c` d`` e ` f", "a e ` f"),
    ],
)
def test_markdown_becomes_prose(body: str, wanted: str) -> None:
    assert from_markdown(body).text == wanted


def test_markdown_knows_mentions_and_what_was_posted_along() -> None:
    found = from_markdown("@bob-lee and @group/team, see `a b`: mail a@b.example")
    assert found.mentions == ("bob-lee", "group/team")
    assert found.attached
    assert not from_markdown("@bob, it runs.").attached


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("<p>It runs.</p><p>Again</p>", "It runs.\nAgain"),
        ("It runs.<br/>Again &lt;b&gt;", "It runs.\nAgain <b>"),
        ("<blockquote>I will fix it</blockquote>It runs.", "It runs."),
        ("<pre>I will fix it</pre>It runs.<code>x</code>", "It runs.x"),
        ("a < b and List<String> c > d", "a < b and List<String> c > d"),
        ("{html}<div>It runs.</div><custom>Again</custom>{html}", "It runs.\nAgain"),
        ("It runs.\n\nBest regards,\nAnn Lee", "It runs."),
        ("It runs.\n\nCheers", "It runs."),
        ("It runs.\n-- \nAnn Lee\nTents and Chairs", "It runs."),
        ("It runs.\n\nSent from my phone", "It runs."),
        ("It runs.\nOn Tue, Mar 3, 2026 at 10:00 Bob wrote:\n> I will fix it\n> soon", "It runs."),
        ("It runs.\n-----Original Message-----\nI will fix it", "It runs."),
        ("It runs.\nFrom: Bob\nSent: Monday\nTo: Ann\nI will fix it", "It runs."),
        ("Cheers to all of you who made it run again.", "Cheers to all of you who made it run again."),
        ("Regards the second pump: it runs.", "Regards the second pump: it runs."),
    ],
)
def test_html_mails_and_signatures(body: str, wanted: str) -> None:
    assert read(body).text == wanted


ADF = {
    "type": "doc",
    "content": [
        {
            "type": "paragraph",
            "content": [
                {"type": "mention", "attrs": {"id": "5b:1", "text": "@Ann Lee"}},
                {"type": "text", "text": ", it  runs: "},
                {"type": "text", "text": "rm -rf x", "marks": [{"type": "code"}]},
                {"type": "hardBreak"},
                {"type": "text", "text": "Again."},
            ],
        },
        {"type": "blockquote", "content": [{"type": "text", "text": "I will fix it"}]},
        {"type": "codeBlock", "content": [{"type": "text", "text": "I will fix it"}]},
    ],
}


def test_adf_has_a_way_back_as_well() -> None:
    prose, places, flat = read(ADF), offsets(ADF), original(ADF)
    assert prose.text == "@Ann Lee, it runs:\nAgain."
    assert [flat[at] for at in places][:8] == list("@Ann Lee")
    assert flat[places[-6] : places[-1] + 1] == "Again."
    assert "I will fix it" in flat


def test_nothing_has_no_way_back() -> None:
    assert (original(None), list(offsets(None))) == ("", [])


_MARKS = st.sampled_from(
    [
        "*",
        "_",
        "{code}",
        "{quote}",
        "\n",
        " ",
        "> ",
        "[~bob]",
        "[a|http://b.example]",
        "&amp;",
        "<br>",
        "`",
        "!",
        "- ",
    ]
)
_BODIES = st.lists(st.one_of(_MARKS, st.text(alphabet="abcé .", max_size=6)), max_size=14).map("".join)


@given(_BODIES, st.booleans())
def test_every_letter_is_found_in_the_original(body: str, markdown: bool) -> None:
    prose = (from_markdown if markdown else read)(body)
    places = offsets(body, markdown=markdown)
    assert len(places) == len(prose.text)
    assert list(places) == sorted(places)
    for letter, at in zip(prose.text, places, strict=True):
        assert not letter.isalnum() or body[at] == letter


@given(st.text(max_size=200))
def test_any_text_is_markdown(body: str) -> None:
    assert "\n\n" not in from_markdown(body).text


_HOSTILE = [
    "a",
    "`",
    "*a ",
    "[",
    "](",
    "<",
    "<!--",
    "> ",
    "\n",
    "{code}",
    "{quote}",
    "[a|",
    "!",
    "&",
    "\ud800",
]


def _cost(body: str, *, markdown: bool) -> float:
    started = time.process_time()
    (from_markdown if markdown else read)(body)
    return time.process_time() - started


@pytest.mark.slow
@pytest.mark.parametrize("markdown", [False, True], ids=["wiki", "markdown"])
@pytest.mark.parametrize("piece", _HOSTILE)
def test_markup_costs_linear_time(piece: str, markdown: bool) -> None:
    small, large = (piece * (size // len(piece)) for size in (250_000, 1_000_000))
    quick = min(_cost(small, markdown=markdown) for _ in range(2))
    assert _cost(large, markdown=markdown) < 12 * quick + 0.3
