"""The bump lexicon: its own sentences, what surrounds a bump, and messages about a wrong lexicon."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit import text
from ownership_audit.errors import RuleError
from ownership_audit.signals import LONGEST_BUMP, BumpLexicon, Signals, load_bump

_FOLDER = Path(__file__).parent.parent / "rules" / "signals" / "en"
BUMP = load_bump(_FOLDER / "bump.yaml")
SIGNALS = Signals(_FOLDER)


def says_bump(body: object) -> bool:
    return SIGNALS.is_bump(text.read(body))


def test_the_lexicon_is_read() -> None:
    assert isinstance(BUMP, BumpLexicon)
    assert (BUMP.signal, BUMP.language) == ("bump", "en")
    assert len(BUMP.matches) >= 10
    assert len(BUMP.misses) >= 10


@pytest.mark.parametrize("sentence", BUMP.matches)
def test_lexicon_matches(sentence: str) -> None:
    assert says_bump(sentence)


@pytest.mark.parametrize("sentence", BUMP.misses)
def test_lexicon_misses(sentence: str) -> None:
    assert not says_bump(sentence)


@pytest.mark.parametrize(
    "body",
    [
        "[~bob]",
        "Hi [~bob], any news?",
        "[~accountid:5:ab]: ping",
        "{quote}When is it due?{quote}\n+1",
        "*Thanks!*",
        "thanks :D",
        "THANK YOU",
        "Thanks, Bob Lee",
        "Thanks Bob, thanks Ann",
        "@Bob @Ann thanks",
        "you’re welcome",
        "you're welcome",
        "{html}<div><p>Thanks Bob</p></div>{html}",
        "Hello all, any update please?",
    ],
)
def test_a_bump_with_its_surroundings(body: str) -> None:
    assert says_bump(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "!screen.png!",
        "+1 !screen.png!",
        "Thanks {code}x = 1{code}",
        "bump https://example.org/log",
        "Thanks [the fix|https://example.org/fix]",
        None,
        "bob",
        "Bob",
        "all",
        "Thanks\nWorks",
        "Thanks: done",
        "+1 hour",
        "3",
        "1.8",
        "Thanks DONE",
        "谢谢",
        "✔",
        "Thanks. Bob",
        "@bob - Yes",
        "[~bob] Yes",
        "thanks bob",
    ],
)
def test_what_is_not_surely_a_bump(body: str | None) -> None:
    assert not says_bump(body)


def test_adf_with_a_mention_of_several_words() -> None:
    mention = {"type": "mention", "attrs": {"id": "5b1", "text": "@ann lee (away)"}}
    for words, expected in ((" any news?", True), (" the vendor called", False)):
        content = [{"type": "paragraph", "content": [mention, {"type": "text", "text": words}]}]
        assert says_bump({"type": "doc", "content": content}) is expected


def test_a_long_comment_is_never_a_bump() -> None:
    assert says_bump("thanks " * (LONGEST_BUMP // 7))
    assert not says_bump("thanks " * (LONGEST_BUMP // 7 + 1))


@given(st.lists(st.sampled_from(["Done", "will", "fixed", "tomorrow", "7"]), min_size=1, max_size=3))
def test_a_word_beside_the_lexicon_is_never_lost(words: list[str]) -> None:
    for phrase in ("thanks", "Hi Bob,", "+1", "@bob", "any news?"):
        assert not says_bump(f"{phrase} {' '.join(words)}")
        assert not says_bump(f"{' '.join(words)} {phrase}")


@given(st.text(max_size=130))
def test_any_text_is_judged(body: str) -> None:
    assert says_bump(body) in {True, False}


GOOD = "signal: bump\nlanguage: en\nwhy: because\nphrases: [bump]\nmatches: [bump]\nmisses: [done]\n"
TWO_PHRASES = GOOD.replace("phrases: [bump]", "phrases:\n  - bump\n  - x")


def load(folder: Path, content: str) -> BumpLexicon:
    path = folder / "bump.yaml"
    path.write_text(content, encoding="utf-8")
    return load_bump(path)


def test_a_small_lexicon_is_enough(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    signals = Signals(tmp_path)
    assert signals.is_bump(text.read("Bump!"))
    assert not signals.is_bump(text.read("thanks"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.replace("phrases", "phrase"), "bump.yaml:4: unknown key 'phrase'; did you mean 'phrases'?"),
        (GOOD.replace("why: because\n", ""), "bump.yaml:1: key 'why' is missing"),
        (
            GOOD.replace("signal: bump", "signal: bumps"),
            "bump.yaml:1: unknown value 'bumps'; did you mean 'bump'?",
        ),
        (GOOD.replace("[bump]\nma", "[]\nma"), "bump.yaml:4: 'phrases' is empty"),
        (GOOD.replace("[done]", "[]"), "bump.yaml:6: 'misses' is empty"),
        (TWO_PHRASES.replace("x", "Bump!"), "bump.yaml:6: phrase 'Bump!' is written twice"),
        (TWO_PHRASES.replace("x", "'!!'"), "bump.yaml:6: '!!' has no word in it"),
        (GOOD + "smileys:\n  - ''\n", "bump.yaml:8: expected a text, found nothing"),
        ("- bump\n", "bump.yaml:1: expected a lexicon"),
    ],
)
def test_a_wrong_lexicon_is_an_error_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(RuleError) as error:
        load(tmp_path, content)
    assert message in str(error.value)
