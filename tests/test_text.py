"""Markup to prose: what is cut, what is kept, and that no input is slow or breaks it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.text import Prose, first_sentence, from_adf, from_wiki, read

WIKI = {
    "plain": ("We meet at ten.", "We meet at ten."),
    "whitespace is folded per line": ("a  b\t c\r\n\r\n  d \rlast\n", "a b c\nd\nlast"),
    "code": ("Before {code:java|title=A}int x;\n[~bob]{code} after", "Before\nafter"),
    "noformat, any case": ("Before {NOFORMAT}\nlog\n{noformat}after", "Before\nafter"),
    "unclosed code reaches to the end": ("See {code}\nint x;", "See"),
    "quote": ("{quote}When is it done?{quote}\nOn Friday.", "On Friday."),
    "unclosed quote is no quote": ("{quote}On Friday.", "On Friday."),
    "quoted lines": ("> When?\n>> Really?\nbq. Soon?\nOn Friday, > 3 pages", "On Friday, > 3 pages"),
    "not a quoted line": (">= 3 copies are needed", ">= 3 copies are needed"),
    "inline code stays": ("Set {{retries}} to 3", "Set retries to 3"),
    "colour and panel": ("{panel:title=A}{color:red}Wait{color} for Ann{panel}", "Wait for Ann"),
    "bold, italic": (
        "*Please* read _this one_, not file_name_x or 2 * 3 * 4.",
        "Please read this one, not file_name_x or 2 * 3 * 4.",
    ),
    "heading, bullets, rule": ("h2. Plan\n* one\n- two\n# three\n----\nend", "Plan\none\ntwo\nthree\nend"),
    "table": ("||who||when||\n|Ann|Friday|", "who when\nAnn Friday"),
    "bare link": ("See https://example.org/a_b?c=d#e. And www.example.org too", "See And too"),
    "named link": ("Read [the plan|https://example.org/plan] and [top|#top]", "Read the plan and top"),
    "link without name": ("See [https://example.org/x]", "See"),
    "attachment and image": ("Look [^plan.pdf] !shot 1.png|thumbnail! here", "Look here"),
    "brackets that are no link": ("[Draft] of TEAM[1] [a|b]", "[Draft] of TEAM[1] [a|b]"),
    "exclamation marks": ("Wow! That is great! Yes", "Wow! That is great! Yes"),
    "log lines": (
        """It fails:
java.lang.IllegalStateException: no
  at a.b.C.d(C.java:3)
... 12 more
[ERROR] broken
2026-03-02 10:11:12,345 INFO started
Caused by: x
At noon it worked (once).""",
        "It fails:\nAt noon it worked (once).",
    ),
    "log line in front of brackets": ("[INFO] started [main]\nIt runs [now].", "It runs [now]."),
    "html macro": (
        """{html}<div><p>Tom &amp; Ann<br>wait &lt;here&gt;</p><pre>x = 1</pre><p>See <a href="/x"
title="y">page</a></p></div>{html}""",
        "Tom & Ann\nwait <here>\nSee page",
    ),
    "angle brackets without the macro": ("if a < b and c > d", "if a < b and c > d"),
}


@pytest.mark.parametrize("name", WIKI)
def test_wiki_text_becomes_prose(name: str) -> None:
    body, text = WIKI[name]
    assert from_wiki(body).text == text


def test_wiki_mentions_are_kept_in_order_and_once() -> None:
    prose = from_wiki("[~ann], [~accountid:557058:ab-12] and [~ann]: ask [~Bob Lee]. {quote}[~eve]?{quote}")
    assert prose.mentions == ("ann", "557058:ab-12", "Bob Lee")
    assert prose.names == ("", "", "")
    assert prose.text == "@ann, @someone and @ann: ask @Bob Lee."


@pytest.mark.parametrize(
    "body",
    [
        "ok {code}x{code}",
        "ok !a.png!",
        "ok [^a.txt]",
        "ok https://example.org",
        "ok [a|http://b.example]",
        "ok\n  at a.b.C.d(C.java:3)",
        "ok {noformat}",
        '{html}ok <a href="x">y</a>{html}',
        "[INFO] ok\nok [1]",
    ],
)
def test_attached_says_that_more_than_words_was_posted(body: str) -> None:
    assert from_wiki(body).attached
    assert "ok" in from_wiki(body).text


@pytest.mark.parametrize(
    "body", ["ok", "*ok*", "{quote}x{quote} ok", "> x\nok", "[~ann] ok", "{color:red}ok{color}"]
)
def test_words_and_quotes_are_not_attached(body: str) -> None:
    assert not from_wiki(body).attached


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def leaf(kind: str, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "attrs": attrs}


def test_adf_becomes_prose() -> None:
    document = node(
        "doc",
        node("heading", words("Plan"), level=2),
        node(
            "paragraph",
            leaf("mention", id="5b1", text="@Ann Lee"),
            words(",  please read "),
            {"type": "text", "text": "this", "marks": [{"type": "strong"}]},
            leaf("hardBreak"),
            words("by "),
            leaf("date", timestamp="1772668800000"),
            words(" "),
            leaf("emoji", shortName=":smile:", text="🙂"),
            leaf("emoji", shortName=":custom:"),
            leaf("status", text="WAITING"),
        ),
        node("codeBlock", words("int x;"), language="java"),
        node("blockquote", node("paragraph", words("When?"), leaf("mention", id="5b9", text="@Eve"))),
        node("bulletList", node("listItem", node("paragraph", words("one")))),
        node("panel", node("paragraph", words("see "), leaf("inlineCard", url="https://example.org"))),
        node("table", node("tableRow", node("tableCell", node("paragraph", words("cell"))))),
        node("mediaSingle", leaf("media", id="1")),
        node("somethingNew", node("paragraph", words("inside https://example.org/x"))),
    )
    prose = from_adf(document)
    lines = [
        "Plan",
        "@Ann Lee, please read this",
        "by 2026-03-05 🙂:custom:WAITING",
        "one",
        "see",
        "cell",
        "inside",
    ]
    assert prose.text.splitlines() == lines
    assert prose.mentions == ("5b1",)
    assert prose.names == ("Ann Lee",)
    assert prose.attached


def test_adf_mentions_take_the_first_name_given() -> None:
    mentions = [
        leaf("mention", id="1"),
        leaf("mention", id="2", text="@Bo"),
        leaf("mention", id="1", text="Ann"),
    ]
    prose = from_adf(node("doc", node("paragraph", *mentions, leaf("mention", text="@Nobody"))))
    assert prose.mentions == ("1", "2")
    assert prose.names == ("Ann", "Bo")
    assert not prose.attached


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "doc"},
        {"type": "doc", "content": None},
        {"content": ["x", None, 3, [], {"type": 7}]},
        {"type": "mention"},
        {"type": "mention", "attrs": []},
        {"type": "date", "attrs": {"timestamp": "soon"}},
        {"type": "date", "attrs": {"timestamp": "9" * 30}},
        {"type": ["x"], "text": 5},
    ],
)
def test_odd_adf_is_no_error(document: dict[str, Any]) -> None:
    assert isinstance(from_adf(document), Prose)


def test_deeply_nested_adf() -> None:
    document = words("deep")
    for _ in range(10_000):
        document = node("panel", document)
    assert from_adf(document).text == "deep"


def test_read_takes_what_a_tracker_gives() -> None:
    assert read("a *b*").text == "a b"
    assert read(node("doc", words("a"))).text == "a"
    nothings: list[object] = [None, 5, [], b"a", ""]
    for nothing in nothings:
        assert read(nothing) == Prose("")


MEGABYTE = 1_000_000
HOSTILE = [
    *"a *_!|[]{}<>~-#.\n\r\t@:\ud800",
    "{code}",
    "{code:",
    "{quote}",
    "{quote}{code}",
    "{html}<pre>",
    "{{",
    "[~",
    "[~a]",
    "[a|",
    "!a",
    "!a.png!",
    "*a ",
    "_a ",
    "<a ",
    "\n> ",
    "\n|",
    "\n* ",
    "\n  at a.",
    "a.",
    "\n[INFO] ",
    "http://",
    "www.a ",
    "&lt;",
    "- ",
    "\n\t",
]


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    body = "{html}[*_|!" + piece * (MEGABYTE if len(piece) == 1 else MEGABYTE // 4 // len(piece))
    started = time.process_time()
    from_wiki(body)
    assert time.process_time() - started < 5  # quadratic time would be minutes


@given(st.text(st.sampled_from("ab \n\r{}[]|!*_<>~:/.@#-&;\ud800é") | st.characters(), max_size=200))
def test_any_text_becomes_folded_prose(body: str) -> None:
    prose = from_wiki(body)
    for line in prose.text.splitlines():
        assert line.strip() == line
    assert "\r" not in prose.text
    assert len(prose.mentions) == len(prose.names)


BLOCKS = ["{code}", "{quote}", "{noformat}", "{html}", "<pre>", "</pre>", "[~x]", "a"]


@given(st.lists(st.sampled_from(BLOCKS)))
def test_any_nesting_of_blocks(pieces: list[str]) -> None:
    assert "{code}" not in from_wiki("".join(pieces)).text


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "content", "attrs", "text", "id"]), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(JSON)
def test_any_json_is_read(body: Any) -> None:
    assert isinstance(read(body), Prose)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("I'll call Ann. Then we see.", "I'll call Ann."),
        ("Is it done? Yes", "Is it done?"),
        ("See e.g. the plan, v. 3 of it. End", "See e.g. the plan, v. 3 of it."),
        ("Hello,\nany news", "Hello, any news"),
        ("a\x1b[31mb\ud800c\tend", "a [31mb c end"),
        ("", ""),
        ("word " * 40, "word " * 23 + "word…"),
        ("x" * 200, "x" * 119 + "…"),
    ],
)
def test_first_sentence(text: str, quote: str) -> None:
    assert first_sentence(text) == quote


@given(st.text(), st.integers(20, 150))
def test_first_sentence_is_short_and_printable(text: str, limit: int) -> None:
    quote = first_sentence(text, limit)
    assert len(quote) <= limit
    assert quote.isprintable()


def test_a_long_text_is_quoted_quickly() -> None:
    assert first_sentence("." * MEGABYTE) == "." * 119 + "…"
