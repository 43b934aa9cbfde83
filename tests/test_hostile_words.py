"""Whatever stands in an issue, a comment of the tool stays short, plain, and notifies nobody but who owes."""

from __future__ import annotations

import functools
import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from referencing import Registry
from referencing.jsonschema import DRAFT4

from cases import ANN, BOB, LENA, MONDAY, OFFICE, finding
from ownership_audit.document import Bullets, Document, Link, Mention, Paragraph, Quote, Text
from ownership_audit.finding import Evidence, Finding, Party
from ownership_audit.reconcile.replies import Answer
from ownership_audit.reconcile.settings import Actions, Wording
from ownership_audit.reconcile.wording import comment, is_closed, left_alone, moved, settled
from ownership_audit.rule import load_rules, shipped_rules
from ownership_audit.text import read
from ownership_audit.trackers.jira.writing import to_adf, to_wiki

SCHEMA = Path(__file__).resolve().parents[2] / "shared" / "openapi" / "adf-schema-57.7.22-full.json"
RULES = load_rules(shipped_rules(), with_examples=False)

HOSTILE = (
    "{code}rm -rf /{code}", "{html}<script>alert(1)</script>{html}", "{include:SECRET}",
    "{jira:jqlQuery=x}", "[~all]", "[~admin] look", "[~accountid:712020:abc]",
    "@everyone @here @channel @Lena", "<!channel>", "<b>bold</b> &lt;i&gt; &#91;~admin&#93;",
    "!http://evil.example/x.png!", "[click|http://evil.example]", "https://evil.example/x?y=z",
    "www.evil.example", "mailto:me@evil.example", "[^file.zip]", "||a||b||\n|c|d|",
    "# one\n* two\n- three\n---- \nh1. Head\nbq. quoted",
    "*bold* _em_ -gone- +new+ ^up^ ~down~ ??cite?? {{mono}}", "(!) (x) (/) (*) :) ;) :D :P (y)",
    "\\\\ \\{ \\[", "{quote}{quote}", "{color:red}red{color}", "x" * 100_000, "word " * 20_000,
    "\u202egnp.exe\u202c \u2066a\u2069 \u200fRTL", "half \ud83d a pair \udc00", "\x1b[31mred\x07",
    "line\u2028sep\u2029par\x85nel", "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\U0001f469\u200d\U0001f4bb" * 300, "", " ", "\t", "${says} $title $$", "%s {0} {title}", "--",
    "\u2014", "'\"\u201d`", "a]b|c[d", "~", "]", "*", "_",
)  # fmt: skip


def hostile_finding(words: str, party: Party = ANN, name: str = "f1", **more: Any) -> Finding:
    """A finding in which everything that others write is ``words``."""
    evidence = (Evidence(MONDAY - timedelta(days=7), words, "commented", words),)
    return finding(name, owed_by=party, evidence=evidence, summary=words, **more)


@functools.cache
def schema() -> Any:
    if not SCHEMA.is_file():
        pytest.skip("the schema of documents is not here: ../shared/openapi beside the checkout is missing")
    resource = DRAFT4.create_resource(json.loads(SCHEMA.read_bytes()))
    registry: Registry[Any] = Registry().with_resource("urn:adf", resource)
    return jsonschema.Draft4Validator({"$ref": "urn:adf"}, registry=registry)


OURS = re.compile(r"\{quote\}|\[~[^\]\[|\r\n]+\]|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|^_|_$", re.MULTILINE)
ACTIVE = re.compile(
    r"[\\{}\[\]*_+^~?!|<>(]|#(?!\d+;)|&(?!#\d+;)|://|mailto:|www\.|^\s*-|^bq\.|^h\d\.", re.MULTILINE
)


def check_wiki(document: Document) -> str:
    """Wiki text without any markup but ours, and without anybody in it but whom the document mentions."""
    text = to_wiki(document)
    left = OURS.sub("", text)
    assert ACTIVE.search(left) is None, (ACTIVE.search(left), left[:300])
    assert tuple(dict.fromkeys(re.findall(r"\[~([^\]]+)\]", text))) == document.mentions
    assert text.count("{quote}") == 2 * sum(isinstance(block, Quote) for block in document.blocks)
    assert set(read(text).mentions) <= set(document.mentions)
    text.encode()
    return text


def check_adf(document: Document) -> None:
    tree = to_adf(document)
    orjson.dumps(tree)  # as it is sent: no half of a pair is in it
    assert [error.message[:200] for error in schema().iter_errors(tree)] == []
    assert set(mentions_in(tree)) == set(document.mentions)


def mentions_in(node: Any) -> list[str]:
    if isinstance(node, list):
        return [id_ for entry in node for id_ in mentions_in(entry)]
    if not isinstance(node, dict):
        return []
    own = [str(node["attrs"]["id"])] if node.get("type") == "mention" else []
    return own + mentions_in(node.get("content"))


# ---------------------------------------------------------------- texts of issues


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_words_from_an_issue_stay_words(words: str) -> None:
    document = comment([hostile_finding(words)], Actions(), OFFICE)
    assert document.mentions == ("ann",)
    check_wiki(document)
    assert len(document.plain()) < 1000
    assert len(document.plain().splitlines()) <= 4
    check_adf(document)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_names_stay_names(words: str) -> None:
    for mention in (True, False):
        for party in (Party("owner", words, "ann"), Party("owner", words), Party(words)):
            document = comment([hostile_finding("Hello.", party)], Actions(mention=mention), OFFICE)
            assert document.mentions == (("ann",) if mention and party.id else ())
            check_wiki(document)
            if mention and party.id:
                check_adf(document)


@pytest.mark.parametrize(
    "words", [words for words in HOSTILE if words.strip()], ids=range(sum(bool(w.strip()) for w in HOSTILE))
)
def test_ids_notify_nobody_else(words: str) -> None:
    document = comment([hostile_finding("Hello.", Party("owner", "Ann Lee", words))], Actions(), OFFICE)
    text = to_wiki(document)
    assert len(read(text).mentions) <= 1
    assert text.splitlines()[0].count("[~") <= 1


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_left_of_a_comment_is_one_plain_line(words: str) -> None:
    answer = Answer(words, MONDAY, words[:60], frozenset())
    for document in (settled(words), left_alone(answer.why), moved()):
        assert len(document.plain().splitlines()) == 1
        assert len(document.plain()) < 200
        assert document.mentions == ()
        assert is_closed(read(check_wiki(document)).text)
        assert is_closed(read(to_adf(document)).text)
        check_adf(document)


def test_own_words_of_a_team_are_text_too() -> None:
    own = Wording(
        says="$who: *look* at [~all] $quote $title $since $due", helps="{code} $clears $remedy " + "x" * 9999
    )
    actions = Actions(wordings={"unacknowledged": own})
    document = comment([hostile_finding("{html}<b>[~all]{html}")], actions, OFFICE)
    assert document.mentions == ("ann",)
    check_wiki(document)
    check_adf(document)
    assert len(document.plain()) < 1000


def test_restricted_words_are_never_repeated() -> None:
    secret = Evidence(MONDAY, "Ann Lee", "commented", "The password is hunter2.", restricted=True)
    own = Wording(says="$title $quote")
    for actions in (Actions(), Actions(wordings={"unacknowledged": own})):
        document = comment([finding(evidence=(secret,))], actions, OFFICE)
        assert "hunter2" not in document.plain()


# ---------------------------------------------------------------- who, and how much


def test_only_who_owes_and_on_escalation_the_lead_is_mentioned() -> None:
    found = [hostile_finding("[~admin] @Cid", ANN), hostile_finding("@Dee", BOB, "f2")]
    assert comment(found, Actions(), OFFICE).mentions == ("ann", "bob")
    assert comment(found, Actions(), OFFICE, LENA).mentions == ("ann", "bob", "lena")
    assert comment(found, Actions(mention=False), OFFICE, LENA).mentions == ()


def test_three_findings_are_short_whatever_they_are() -> None:
    longest = sorted(RULES, key=lambda rule: -len(rule.title + rule.remedy))[:3]
    parties = [Party("owner", "N" * 300, name) for name in ("a", "b", "c")]
    for own in ({}, {rule.id: Wording(says="s" * 5000, helps="h" * 5000) for rule in longest}):
        found = [
            hostile_finding(
                "word " * 20_000,
                party,
                rule.id,
                rule=rule.id,
                title=rule.title,
                remedy=rule.remedy,
                clears=rule.clears,
            )
            for rule, party in zip(longest, parties, strict=True)
        ]
        assert len(comment(found, Actions(wordings=own), OFFICE, LENA).plain()) < (2500 if own else 1900)


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_no_words_of_a_shipped_rule_are_cut(rule: Any) -> None:
    found = finding(rule=rule.id, title=rule.title, remedy=rule.remedy, clears=rule.clears)
    text = comment([found], Actions(), OFFICE).plain()
    assert rule.title in text
    assert rule.remedy in text
    assert "\u2026" not in text


# ---------------------------------------------------------------- any document

TEXTS = (
    st.text(max_size=40)
    | st.sampled_from(HOSTILE[:24])
    | st.text("*_-{}[]~!|#\\:()?&;. \nabhq1", max_size=30)
)
INLINES = st.one_of(
    st.builds(Text, TEXTS, st.sampled_from(["plain", "strong", "emphasis", "code"])),
    st.builds(Mention, st.sampled_from(["ann", "bob"]), TEXTS),
    st.builds(Link, TEXTS, st.sampled_from(["https://x.example/a", "javascript:alert(1)", "https://x|y"])),
)
LINES = st.lists(INLINES, min_size=1, max_size=4).map(tuple)
DOCUMENTS = st.lists(
    st.builds(Paragraph, LINES)
    | st.builds(Quote, LINES)
    | st.builds(Bullets, st.lists(LINES, min_size=1, max_size=2).map(tuple)),
    min_size=1,
    max_size=3,
).map(lambda blocks: Document(tuple(blocks)))


@given(st.text(max_size=200) | st.text("*_-{}[]~!|#\\:()?&;./ \nabhqw1", max_size=60))
def test_escaped_text_reads_as_it_was_written(words: str) -> None:
    """Wiki text has no active character left, and entities give back each one."""
    text = to_wiki(Document((Paragraph((Text(words),)),)))
    assert ACTIVE.search(text) is None
    assert unescape(text) == unescape(re.sub(r"\s+", " ", words)) or "&" in words
    assert read(text).mentions == ()


@given(DOCUMENTS)
def test_any_document_mentions_only_whom_it_names(document: Document) -> None:
    text = to_wiki(document)
    assert re.findall(r"\[~([^\]]*)\]", text) == [
        part.id for part in document.inlines() if isinstance(part, Mention)
    ]
    tree = to_adf(document)
    assert set(mentions_in(tree)) == set(document.mentions)
    links = {
        mark["attrs"]["href"]
        for match in re.finditer(r'\{"type": "link".*?\}\}', json.dumps(tree))
        for mark in [json.loads(match[0])]
    }
    assert all(link.startswith("https://") for link in links)
    assert [error.message[:200] for error in schema().iter_errors(tree)] == []
