"""The lexicons: their own sentences, how a sentence is judged, wrong files, and hostile text."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit import text
from ownership_audit.errors import RuleError
from ownership_audit.rule import shipped_rules
from ownership_audit.signals import SIGNALS, Signals
from ownership_audit.signals.lexicon import Lexicon, check, compiled, load_lexicon, load_lexicons, load_shared
from ownership_audit.signals.literals import Needs, needs, scanned
from ownership_audit.signals.reader import Reader
from ownership_audit.signals.sentences import sentences

FOLDER = shipped_rules() / "signals" / "en"
SHARED, LEXICONS = load_lexicons(FOLDER, with_sentences=True)
READER = Reader(SHARED, LEXICONS)
OURS = Signals(FOLDER)


def spoken(sentence: str) -> tuple[str, str]:
    """A lexicon's own sentence and who says it."""
    speaker, colon, rest = sentence.partition(": ")
    return (rest, speaker) if colon and speaker in ("owner", "reporter", "other") else (sentence, "other")


def said(body: object, speaker: str = "other") -> set[str]:
    return set(OURS.read(text.read(body), speaker).signals)


CASES = [(lexicon.signal, s, True) for lexicon in LEXICONS for s in lexicon.matches]
CASES += [(lexicon.signal, s, False) for lexicon in LEXICONS for s in lexicon.misses]


@pytest.mark.parametrize(("signal", "sentence", "wanted"), CASES, ids=[f"{s}-{t}" for s, t, _ in CASES])
def test_a_lexicon_reads_its_own_sentences(signal: str, sentence: str, wanted: bool) -> None:
    words, speaker = spoken(sentence)
    assert (signal in said(words, speaker)) is wanted


PLAIN = [(lexicon.signal, s, True) for lexicon in LEXICONS for s in lexicon.plain_matches]
PLAIN += [(lexicon.signal, s, False) for lexicon in LEXICONS for s in lexicon.plain_misses]


@pytest.mark.parametrize(("signal", "sentence", "wanted"), PLAIN, ids=[f"{s}-{t}" for s, t, _ in PLAIN])
def test_a_lexicon_tells_what_is_plain(signal: str, sentence: str, wanted: bool) -> None:
    words, speaker = spoken(sentence)
    assert any(said.plain for said in OURS.read(text.read(words), speaker).of(signal)) is wanted


@pytest.mark.parametrize("lexicon", LEXICONS, ids=[lexicon.signal for lexicon in LEXICONS])
def test_what_is_plain_is_tested_where_it_is_told(lexicon: Lexicon) -> None:
    told = bool(lexicon.plain or lexicon.not_plain)
    assert bool(lexicon.plain_matches) is bool(lexicon.plain_misses) is told


@pytest.mark.parametrize("lexicon", LEXICONS, ids=[lexicon.signal for lexicon in LEXICONS])
def test_a_lexicon_is_whole(lexicon: Lexicon) -> None:
    assert min(len(lexicon.matches), len(lexicon.misses)) >= 25
    assert len({*lexicon.matches, *lexicon.misses}) == len(lexicon.matches) + len(lexicon.misses)
    assert lexicon.why.endswith(".")
    check(FOLDER / f"{lexicon.signal}.yaml", lexicon)  # RE2 can read each pattern


def test_there_is_a_lexicon_for_every_signal() -> None:
    assert [lexicon.signal for lexicon in LEXICONS] == list(SIGNALS)
    names = {path.stem for path in FOLDER.glob("*.yaml")}
    assert names == {*SIGNALS, "bump", "shared"}


# -- what is no prose says nothing ----------------------------------------------------------------------

_PROMISE = "I will fix the parser tomorrow."


@pytest.mark.parametrize(
    "body",
    [
        f"{{code}}\n{_PROMISE}\n{{code}}",
        f"{{noformat}}{_PROMISE}{{noformat}}",
        f"{{quote}}{_PROMISE}{{quote}}",
        f"bq. {_PROMISE}",
        f"> {_PROMISE}",
        {
            "type": "doc",
            "content": [
                {
                    "type": "blockquote",
                    "content": [{"type": "paragraph", "content": [{"type": "text", "text": _PROMISE}]}],
                },
                {"type": "codeBlock", "content": [{"type": "text", "text": _PROMISE}]},
            ],
        },
    ],
)
def test_code_and_quotes_say_nothing(body: object) -> None:
    assert "promise" in said(_PROMISE)
    assert said(body) == set()


# -- sentences ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prose", "wanted"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("One line\nand another", ["One line", "and another"]),
        ("It is in 3.1.2 and e.g. 4.0 as well.", ["It is in 3.1.2 and e.g. 4.0 as well."]),
        ("Hi Ann, it runs.", ["it runs."]),
        ("@bob: it runs.", ["it runs."]),
        ("Good morning all! It runs.", ["Good morning all!", "It runs."]),
        ("1. Open it 2. Close it", ["1. Open it 2.", "Close it"]),
        ("It runs... I think. (Really.) Yes", ["It runs...", "I think.", "(Really.)", "Yes"]),
        (
            "I can't. It is no. The Q&A. Then J. Doe came.",
            ["I can't.", "It is no.", "The Q&A.", "Then J. Doe came."],
        ),
        ("", []),
    ],
)
def test_prose_falls_into_sentences(prose: str, wanted: list[str]) -> None:
    assert [prose[start:end] for start, end in sentences(prose)] == wanted


@given(st.text(alphabet="aB1 .!?,\n*-@:é…\u2019", max_size=80))
def test_sentences_lie_in_order_and_do_not_touch(prose: str) -> None:
    found = list(sentences(prose))
    assert all(0 <= start < end <= len(prose) for start, end in found)
    assert all(first[1] <= second[0] for first, second in pairwise(found))


_POOL = [
    words for lexicon in LEXICONS for words, speaker in map(spoken, lexicon.matches) if speaker == "other"
]


@given(st.lists(st.sampled_from(_POOL), min_size=1, max_size=5))
def test_no_sentence_speaks_for_another(chosen: list[str]) -> None:
    alone = set().union(*(READER.read(line).signals for line in chosen))
    assert READER.read("\n".join(chosen)).signals == alone
    assert READER.read("\n".join(reversed(chosen))).signals == alone


@given(st.sampled_from(_POOL), st.sampled_from(["Hi Ann, ", "@bob: ", ""]))
def test_the_words_lie_in_the_sentence_that_says_it(sentence: str, salutation: str) -> None:
    prose = f"{salutation}{sentence}"
    reading = READER.read(prose)
    for one in reading.all():
        start, end = reading.span(one)
        assert one.start <= start < end <= one.end


# -- how a sentence is judged ---------------------------------------------------------------------------

_LEXICON = """\
signal: blocked
language: en
why: It stands.
parts:
  wait: [waiting for, held up by]
unless: [conditional]
patterns:
  - "{wait} {who}"
  - {by: owner, any: [no access yet]}
  - {tag: automation, any: ["{wait} the build"]}
  - {unless: [question], any: [^stuck]}
lookalikes: [waiting for the vendor to start its engine]
exclusions: [no longer]
plain: [waiting]
not-plain: [maybe]
matches: [x]
misses: [y]
plain-matches: [z]
plain-misses: [u]
"""
_SHARED = """\
language: en
why: For tests.
parts: {who: [the vendor, ann]}
features: {conditional: [^if], question: ['\\?$']}
"""


def made(folder: Path, lexicon: str = _LEXICON, shared: str = _SHARED) -> Reader:
    (folder / "shared.yaml").write_text(shared, encoding="utf-8")
    (folder / "blocked.yaml").write_text(lexicon, encoding="utf-8")
    known = load_shared(folder / "shared.yaml")
    lexicon = load_lexicon(folder / "blocked.yaml", known)
    check(folder / "blocked.yaml", lexicon)
    return Reader(known, [lexicon])


@pytest.mark.parametrize(
    ("sentence", "speaker", "wanted"),
    [
        ("I am waiting for Ann.", "other", True),
        ("I am awaiting for Ann.", "other", False),  # whole words
        ("If waiting for Ann helps, wait.", "other", False),
        ("No longer held up by the vendor.", "other", False),
        ("waiting for the vendor to start its engine", "other", False),
        ("waiting for the vendor to start its engine, and held up by Ann", "other", True),
        ("No access yet.", "other", False),
        ("No access yet.", "owner", True),
        ("Stuck again.", "other", True),
        ("Stuck again?", "other", False),
        ("It is stuck.", "other", False),  # not at the start
        ("Fine. Stuck again.", "other", True),
    ],
)
def test_features_lookalikes_exclusions_and_speakers(
    sentence: str, speaker: str, wanted: bool, tmp_path: Path
) -> None:
    assert ("blocked" in made(tmp_path).read(sentence, speaker)) is wanted


def test_tags_tell_what_is_waited_for(tmp_path: Path) -> None:
    found = made(tmp_path).read("Waiting for the build.\nWaiting for Ann.").of("blocked")
    assert [one.tags for one in found] == [{"automation"}, set()]


def test_plain_is_what_has_one_of_the_plain_words_and_none_of_the_others(tmp_path: Path) -> None:
    reading = made(tmp_path).read("Waiting for Ann.\nHeld up by Ann.\nMaybe waiting for Ann.")
    assert [said.plain for said in reading.of("blocked")] == [True, False, False]


def test_without_plain_words_all_is_plain_but_what_is_taken_back(tmp_path: Path) -> None:
    reader = made(tmp_path, _LEXICON.replace("plain: [waiting]\nnot-plain", "not-plain"))
    reading = reader.read("Held up by Ann.\nMaybe waiting for Ann.")
    assert [said.plain for said in reading.of("blocked")] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plain: [waiting]", "plain: ['(waiting']", "is no pattern RE2 can read"),
        (
            "signal: blocked",
            "signal: blokced",
            "blocked.yaml:1: unknown value 'blokced'; did you mean 'blocked'?",
        ),
        ("signal: blocked", "signal: chase", "blocked.yaml:1: the signal 'chase' must be the file's name"),
        ("lookalikes:", "lookalike:", "blocked.yaml:12: unknown key 'lookalike'; did you mean 'lookalikes'?"),
        ("unless: [conditional]", "unless: [conditionl]", "did you mean 'conditional'?"),
        ('"{wait} {who}"', '"{wiat} {who}"', "blocked.yaml:8: no part 'wiat'; did you mean 'wait'?"),
        ("[no access yet]", "['no (access']", "is no pattern RE2 can read"),
        ("[no access yet]", "['a(?=b)']", "is no pattern RE2 can read"),
        ("by: owner", "by: boss", "blocked.yaml:9: unknown value 'boss'; valid here: other, owner, reporter"),
        ("tag: automation", "tag: A b", "must be lower-case words joined by hyphens"),
        ("any: [no access yet]", "tag: person", "the group has no 'any'"),
        ("matches: [x]\n", "", "key 'matches' is missing"),
        ("misses: [y]", "misses: []", "'misses' is empty"),
    ],
)
def test_what_is_wrong_in_a_lexicon_is_told_with_its_place(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in _LEXICON
    with pytest.raises(RuleError) as caught:
        made(tmp_path, _LEXICON.replace(old, new))
    assert message in str(caught.value)
    assert "blocked.yaml" in str(caught.value)


def test_sentences_are_read_only_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text(_SHARED, encoding="utf-8")
    path = tmp_path / "blocked.yaml"
    path.write_text(_LEXICON.replace("matches: [x]", "matches: [x, z]"), encoding="utf-8")
    shared = load_shared(tmp_path / "shared.yaml")
    assert load_lexicon(path, shared).matches == ("x", "z")
    quick = load_lexicon(path, shared, with_sentences=False)
    assert quick.matches != ("x", "z")
    assert quick.phrases == load_lexicon(path, shared).phrases
    with pytest.raises(RuleError, match="can't be read"):
        load_lexicon(tmp_path / "chase.yaml", shared, with_sentences=False)


# -- the literals that patterns need ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [
        ("waiting for", [{"waiting for"}]),
        ("^Waiting$", [{"waiting"}]),
        ("(?:block|stall)ed", [{"blocked", "stalled"}]),
        ("wait(?:ing)? for", [{"wait for", "waiting for"}]),
        (r"blocked (?:\w+ ){0,3}by the vendor", [{"by the vendor"}, {"blocked "}]),
        (r"no+ answer", [{" answer"}]),
        (r"(?:a|b)?\w+", []),
        (r"[ab]lock(?-i:X)", [{"alockx", "blockx"}]),
        (r"[^ab]lock|\d", []),
        (r"(?:stuck){2}", [{"stuck"}]),
        (r"{who} left", [{"ann left", "bob left"}]),
        (r"{gap} left", [{" left"}]),
        (r"\?\W*$", [{"?"}]),
        (r"c\+\+ code", [{"c++ code"}]),
        (r"\pL+ stuck", [{" stuck"}]),
        (r"(?i)stuck", [{"stuck"}]),
        (r"[\]x]stuck.", [{"stuck"}]),
    ],
)
def test_what_a_pattern_needs(pattern: str, covers: list[set[str]]) -> None:
    who = Needs(frozenset({"ann", "bob"}))
    found = needs(pattern, {"who": who, "gap": needs(r"(?:\w+ )*", {})}).all_covers()
    assert [set(cover) for cover in found][: max(1, len(covers))] == covers


def test_too_many_texts_are_given_up() -> None:
    letters = "|".join("abcdefghijklmnop")
    found = needs(f"(?:{letters})(?:{letters})(?:{letters}) stuck", {}).all_covers()
    assert all(literal.endswith(" stuck") for literal in found[0])


@pytest.mark.parametrize("lexicon", LEXICONS, ids=[lexicon.signal for lexicon in LEXICONS])
def test_no_pattern_matches_without_what_it_needs(lexicon: Lexicon) -> None:
    for phrase in lexicon.phrases:
        automaton = compiled(phrase.regex, lexicon.signal)
        for sentence in _POOL:
            if automaton.search(sentence) is not None:
                assert all(any(c in sentence.lower() for c in cover) for cover in phrase.covers), sentence


@given(
    cover=st.frozensets(st.text("abc ", min_size=1, max_size=20), min_size=1),
    words=st.text("abc ", max_size=60),
)
def test_what_is_scanned_for_tells_no_less(cover: frozenset[str], words: str) -> None:
    found = scanned(cover)
    assert len(found) <= len(cover)
    if any(literal in words for literal in cover):
        assert any(literal in words for literal in found)


def test_each_sentence_has_its_own_literals() -> None:
    """Also where lower case is longer than the text: the offsets are those of the text."""
    prose = "\u0130\u0130\u0130 is a letter. I will fix it tomorrow. Who knows?"
    (promise,) = READER.read(prose).of("promise")
    assert prose[promise.start : promise.end] == "I will fix it tomorrow."


# -- any text at all ------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_any_text_can_be_read(prose: str) -> None:
    assert all(0 <= one.start < one.end <= len(prose) for one in READER.read(prose).all())


@pytest.mark.parametrize("body", ["\ud800 I will fix it \udfff", "I\u2019ll fix it", "I\u00a0will fix it"])
def test_odd_characters_hide_nothing(body: str) -> None:
    assert "promise" in READER.read(body)


_HOSTILE = {
    "one letter": "a",
    "spaces": " ",
    "stops": ". ",
    "question marks": "?",
    "a word that starts patterns": "I will ",
    "negation": "not ",
    "mentions": "@a ",
    "waits": "waiting for ",
    "bullets": " * ",
    "lines": "I will\n",
    "quotes": "'",
}


def cost(prose: str) -> float:
    started = time.process_time()
    READER.read(prose).all()
    return time.process_time() - started


@pytest.mark.slow
@pytest.mark.parametrize("piece", _HOSTILE.values(), ids=_HOSTILE)
def test_reading_costs_linear_time(piece: str) -> None:
    small, large = (piece * (size // len(piece)) for size in (250_000, 1_000_000))
    cost(small)
    quick = min(cost(small) for _ in range(3))
    slow = min(cost(large) for _ in range(2))
    assert slow < 12 * quick + 0.2
