"""Markup to prose: what is cut, what is kept, and that no input is slow or breaks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.text import (
    Prose,
    first_sentence,
    from_adf,
    from_markdown,
    from_wiki,
    offsets,
    original,
    read,
)

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
    "a name in code stays": ("Set {{retries}} to 3", "Set retries to 3"),
    "several words in code are cut": ("Call {{make test -j 4}} first", "Call first"),
    "an address with a scheme and www": ("See https://www.example.org/a now", "See now"),
    "fences, as people write them everywhere": ("Before\n```\nWe will fix it.\n```\nafter", "Before\nafter"),
    "entities": (
        "Tom &amp; Ann&nbsp;wait &lt;here&gt; &#8211; &nosuch; & so on;",
        "Tom & Ann wait <here> – &nosuch; & so on;",
    ),
    "html without the macro": (
        '<p>Ann <b>waits</b>.</p><p>See <a href="/x">page</a></p>',
        "Ann waits.\nSee page",
    ),
    "html code": ("Set <code>a_b</code> and <code>run it all</code>.<br/>ok", "Set a_b and .\nok"),
    "html quote": ("<blockquote>When?</blockquote>On Friday.<br>", "On Friday."),
    "an apostrophe that became a tag": ("We can<code>t wait and don</code>t", "We cant wait and dont"),
    "table cells": ("<table><tr><td>Ann</td><td>Bob</td></tr></table>", "Ann Bob"),
    "generics, snippets": (
        'List<String> and <Label id="a"/> if a <b and c> d',
        'List<String> and <Label id="a"/> if a <b and c> d',
    ),
    "a log below html": ("<p>It fails:</p><p>[ERROR] no</p>", "It fails:"),
    "colour and panel": ("{panel:title=A}{color:red}Wait{color} for Ann{panel}", "Wait for Ann"),
    "bold, italic": (
        "*Please* read _this one_, not file_name_x or 2 * 3 * 4.",
        "Please read this one, not file_name_x or 2 * 3 * 4.",
    ),
    "heading, bullets, rule": ("h2. Plan\n* one\n- two\n# three\n----\nend", "Plan\none\ntwo\nthree\nend"),
    "struck out": (
        "It is <del>done. I will close it</del> <strike>a\nb</strike> not done",
        "It is\nnot done",
    ),
    "struck out with tags inside": ("It is <s class='x'>a <b>b</b> c</s> done", "It is done"),
    "struck out without an end": ("It is <del>done", "It is <del>done"),
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
    at Reader.next [as read] (/a/b.js:3:17)
    at Array.forEach (native)
  File "a.py", line 3, in b
E/Reader( 123): no
03-27 18:57:51.250: E/Reader(123): no
2026-03-02 10:11:12.345 App[123:c07] no
#0  0x0012ab34 in read
at noon (or later) Ann looks.
At noon it worked (once).""",
        "It fails:\nat noon (or later) Ann looks.\nAt noon it worked (once).",
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


OTHERS = {
    "signature": "\n-- \nAnn Lee\nTesting, Example Ltd",
    "signature with carriage returns": "\r\n-- \r\nAnn Lee",
    "closing": "\n\nBest regards,\nAnn Lee",
    "closing without a name": "\nKind regards",
    "closing on one line": "\nCheers, Ann",
    "closing with a title and a number": "\nRegards,\nAnn van Lee\nHead of Testing\nPhone: +49 30 123456",
    "closing, in German": "\nMit freundlichen Grüßen\nAnn Lee",
    "telephone": "\nSent from my telephone",
    "footer": "\nThis e-mail is confidential and for the addressee only.\nDelete it otherwise.",
    "mail below": "\n-----Original Message-----\nFrom: Bob\nWhen is it done?",
    "headers of a mail": "\nFrom: Bob Ray\nSent: Tuesday\nTo: Ann Lee\nSubject: Plan\n\nWhen is it done?",
    "reply": "\nOn Tue, 3 Mar 2026, Bob Ray wrote:\n\n> When is it done?\n> Please tell.",
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_mail_adds_below_is_cut(name: str) -> None:
    for reader in (from_wiki, from_markdown):
        assert reader("It is done.\nPlease look." + OTHERS[name]).text == "It is done.\nPlease look."


@pytest.mark.parametrize(
    "text",
    [
        "Thanks,\nAnn",
        "Cheers,\nplease try again",
        "Cheers,\nAnn\nPS: please look at the plan, it has changed.",
        "We met.\nRegards to the whole team for that",
        "On Friday Ann wrote:\nit is done",
        "From: Berlin\nTo: Paris",
        "one\n--\ntwo",
        "Sent from my desk it went to Bob",
        "Best regards",
    ],
)
def test_words_that_look_like_a_signature_stay(text: str) -> None:
    assert from_wiki(text).text == text


def test_what_is_too_long_for_a_signature_stays() -> None:
    words = "\n".join(f"line {number}" for number in range(20))
    assert from_wiki(f"a\n-- \n{words}").text == f"a\n--\n{words}"


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


MARKDOWN = {
    "plain": ("We meet at ten.", "We meet at ten."),
    "fence": ("Before\n```py\nx = 1\n```\nafter", "Before\nafter"),
    "fence with carriage returns": ("Before\r\n~~~\r\nx\r\n~~~\r\nafter", "Before\nafter"),
    "fence in a list": ("- one\n  ```\n  x\n  ```\n- two", "one\ntwo"),
    "unclosed fence reaches to the end": ("See\n```\nx = 1", "See"),
    "indented code": ("See\n\n    x = 1\n\nafter", "See\nafter"),
    "an indented paragraph of a list": ("1. one\n\n    still one", "1. one\nstill one"),
    "a name in code stays": ("Set `retries` and ``a`b`` to 3", "Set retries and a`b to 3"),
    "several words in code are cut": ("Call `make test -j 4` first", "Call first"),
    "backticks that are no code": ("a ` b\n\n\\`e f` d", "a ` b\n`e f` d"),
    "quote": ("> When?\n> Really?\n\nOn Friday.", "On Friday."),
    "an answer right below": ("> When?\nOn Friday.", "On Friday."),
    "links": (
        "[the plan](https://example.org/a_(b) 'A'), <https://example.org> https://example.org/x",
        "the plan,",
    ),
    "link by reference": ("[the plan][1] and [a][b]\n\n[1]: https://example.org", "the plan and a"),
    "brackets": ("[Draft] a[0][1] of [it]", "[Draft] a[0][1] of [it]"),
    "image": ("Look ![a shot](a.png) here", "Look here"),
    "comment": ("One\n<!-- what did you\n\n expect? -->\ntwo <!-- x --> three", "One\ntwo three"),
    "unclosed comment": ("One\n<!-- what did you expect?", "One"),
    "unclosed comment in a line": ("a <!-- b", "a <!-- b"),
    "tags": ("<details><summary>More</summary>\n\na<br>b List<T></details>", "More\na\nb List<T>"),
    "tasks": ("- [ ] one\n* [x] two\n- [draft] three", "one\ntwo\n[draft] three"),
    "headings": ("# Plan\n\nNext\n====\nLast\n---\n***", "Plan\nNext\nLast"),
    "table": ("|who|when|\n|---|:-:|\n|Ann|Friday|", "who when\nAnn Friday"),
    "emphasis": (
        "**Please** read _this_ *and* ***that***, __not__ file_name_x or 2 * 3",
        "Please read this and that, not file_name_x or 2 * 3",
    ),
    "struck out": ("It is ~~done~~ not <del>so far</del> done, or ~so~", "It is not done, or ~so~"),
    "escapes": ("\\*not\\* 1\\. C:\\dir", "*not* 1. C:\\dir"),
    "entities": ("Tom &amp; Ann", "Tom & Ann"),
}


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_becomes_prose(name: str) -> None:
    body, text = MARKDOWN[name]
    assert from_markdown(body).text == text


def test_markdown_mentions() -> None:
    prose = from_markdown(
        "@ann-b, (@org/team) and @bob.c. mail a@b.example `@code` `run @me now`\n> @eve\n@ann-b"
    )
    assert prose.mentions == ("ann-b", "org/team", "bob.c")
    assert prose.names == ("", "", "")
    assert prose.text.startswith("@ann-b, (@org/team) and @bob.c.")


@pytest.mark.parametrize(
    ("body", "attached"),
    [
        ("ok", False),
        ("*ok* @ann `name`\n> x", False),
        ("ok\n```\nx\n```", True),
        ("ok `two words`", True),
        ("ok ![](a.png)", True),
        ("ok [a](b)", True),
        ("ok <https://example.org>", True),
        ("ok <img src='a.png'>", True),
        ("ok\n[1]: https://example.org", True),
    ],
)
def test_markdown_attached(body: str, attached: bool) -> None:
    assert from_markdown(body).attached is attached


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


def test_adf_code_and_links_in_a_line() -> None:
    def marked(text: str, mark: str) -> dict[str, Any]:
        return {"type": "text", "text": text, "marks": [{"type": mark}, None]}

    name = node("paragraph", words("Set "), marked("retries", "code"))
    assert from_adf(name) == Prose("Set retries")
    command = node("paragraph", words("Call "), marked("make test", "code"), words(" now"))
    assert from_adf(command) == Prose("Call now", attached=True)
    struck = node("paragraph", words("Is "), marked("done", "strike"), words("open"))
    assert from_adf(struck) == Prose("Is open")
    link = node("paragraph", words("See "), marked("the plan", "link"))
    assert from_adf(link) == Prose("See the plan", attached=True)


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


LISTED = {"&lt;", "[~accountid:5:a]"}  # what stands in the prose as other characters
PIECES = [
    *(
        "Ann",
        "b c",
        "\u00e9\ud800",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "\0",
        "\x0b",
        ".",
        "- ",
        "> ",
        "h2. ",
        "x @y",
    ),
    *(
        "{code}",
        "{quote}",
        "{{",
        "}}",
        "{{ab}}",
        "{{a b}}",
        "[~bob]",
        "[~ bob]",
        "[~accountid:5:a]",
        "[",
        "]",
        "|",
    ),
    *(
        "[c|http://d.example]",
        "[^e]",
        "!f.png!",
        "*g*",
        "_h_",
        "||i|",
        "http://j.example",
        "www.k",
        "&lt;",
        "&#13;",
    ),
    *(
        "{html}",
        "<p>",
        "</p>",
        "<br>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<a href='l'>",
        "</a>",
        "<!--",
        "-->",
    ),
    *(
        "```",
        "`m`",
        "`n o`",
        "    ",
        "[p](q)",
        "![r](s)",
        "**",
        "~~",
        "\\*",
        "#",
        "---",
        "- [ ] ",
        "[t]: u",
        "[v][t]",
    ),
    *("\n-- \n", "\nRegards,\nAnn", "\n-----Original Message-----\n", "\n[INFO] ", "\n at a(b)"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.booleans())
def test_offsets_lead_back_to_the_body(body: str, markdown: bool) -> None:
    prose = from_markdown(body) if markdown else read(body)
    places = offsets(body, markdown=markdown)
    assert original(body) == body
    assert len(places) == len(prose.text)
    assert list(places) == sorted(places)
    if not any(piece in body for piece in LISTED):
        for character, place in zip(prose.text, places, strict=True):
            assert body[place] == character or not character.isalnum()


def test_offsets_of_replacements_lie_within_what_they_replace() -> None:
    body = "Hi [~accountid:5:a], a &lt; b"
    text, places = read(body).text, offsets(body)
    assert text == "Hi @someone, a < b"
    assert body[places[text.index("@")] :].startswith("~accountid")
    assert body[places[text.index("<")] :].startswith("&lt;")
    assert body[places[text.index("b")]] == "b"


def test_offsets_of_adf_point_into_its_flat_text() -> None:
    document = node(
        "doc",
        node(
            "paragraph",
            words("Hi "),
            leaf("mention", id="1", text="@Ann Lee"),
            words(",  look"),
            leaf("hardBreak"),
        ),
        node("blockquote", node("paragraph", words("When?"))),
        node("codeBlock", words("int x;")),
        node(
            "paragraph", words("at "), leaf("inlineCard", url="https://example.org"), leaf("mention", id="2")
        ),
    )
    flat, text, places = original(document), read(document).text, offsets(document)
    assert flat == "Hi @Ann Lee,  look\n\n\nWhen?\n\n\nint x;\nat  @someone\n\n"
    assert text == "Hi @Ann Lee, look\nat @someone"
    assert "".join(flat[place] for place in places) == text
    assert (original(None), list(offsets(5))) == ("", [])


MEGABYTE = 1_000_000
HOSTILE = [
    *"a *_!|[]{}<>~-#.\n\r\t@:\ud800\0&;`\\",
    *(
        "{code}",
        "{code:",
        "{quote}",
        "{quote}{code}",
        "{html}<pre>",
        "<pre>",
        "<code>",
        "</p>",
        "{{",
        "{{a",
        "```",
        "```a",
    ),
    *(
        "[~",
        "[~a]",
        "[a|",
        "[](",
        "[](()",
        "[a][",
        "![](",
        "!a",
        "!a.png!",
        "*a ",
        "_a ",
        "**a",
        "<a ",
        "<a b=",
        "<!--",
    ),
    *(
        "\n> ",
        "\n|",
        "\n* ",
        "\n  at a.",
        "\nat a ",
        "a.",
        "\n[INFO] ",
        "\n1/",
        "http://",
        "://",
        "www.a ",
        "&lt;",
        "&a",
    ),
    *(
        "- ",
        "\n\t",
        "\n- [ ] ",
        "\n[a]:",
        "\n-- \n",
        "\nRegards,",
        "\nAnn",
        "\nFrom: a",
        "\nOn a wrote:",
        "Ann ",
        "`a``",
    ),
    *("<del>", "<s>a", "\n    ", "\n~~~", "> ", "\n |-", "@a/"),
]


def seconds(reader: Callable[[str], object], body: str) -> float:
    started = time.process_time()
    reader(body)
    return time.process_time() - started


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    for reader, head in ((from_wiki, "{html}[*_|!"), (from_wiki, "</p>"), (from_markdown, "[*_|!")):
        quarter = seconds(reader, head + piece * (MEGABYTE // 16 // len(piece)))
        text = head + piece * (MEGABYTE // 4 // len(piece))
        # Again where it is too slow: the collector's work on what other tests left is not the text's cost.
        assert any(seconds(reader, text) < 8 * max(quarter, 0.03) for _ in range(3))


@pytest.mark.parametrize("piece", ["a", "\n", "[", "{{", "<", "\ud800", " "], ids=repr)
def test_a_megabyte_costs_linear_time(piece: str) -> None:
    quarter = seconds(from_wiki, piece * (MEGABYTE // 4 // len(piece)))
    assert seconds(from_wiki, piece * (MEGABYTE // len(piece))) < 8 * max(quarter, 0.03)


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
