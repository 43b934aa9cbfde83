"""What is remembered of texts is what reading them anew would give, by one version of the lexicons."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ownership_audit import text
from ownership_audit.run import load_signals
from ownership_audit.signals.memory import Memory

SIGNALS = load_signals()
SENTENCES = sorted({s for words in SIGNALS.reader.words.values() for s in words.lexicon.matches})
SPEAKERS = st.sampled_from(["owner", "reporter", "other"])


class Shelf:
    """Keeps what it is given, by version and hash, and counts what it could give."""

    def __init__(self) -> None:
        self.kept: dict[tuple[bytes, bytes], bytes] = {}
        self.recalled = 0

    def said(self, hash_: bytes, version: bytes) -> bytes | None:
        found = self.kept.get((version, hash_))
        self.recalled += found is not None
        return found

    def keep_said(self, found: Mapping[bytes, bytes], version: bytes) -> None:
        self.kept.update({(version, hash_): said for hash_, said in found.items()})


@given(st.lists(st.sampled_from(SENTENCES) | st.text(max_size=40), max_size=4), SPEAKERS, st.booleans())
def test_what_is_remembered_is_what_is_read(pieces: list[str], speaker: str, partly: bool) -> None:
    prose = text.read("\n".join(pieces))
    fresh = SIGNALS.read(prose, speaker)
    shelf = Shelf()
    for _ in range(3):
        with Memory(shelf) as memory:
            reading = SIGNALS.with_memory(memory).read(prose, speaker)
            if partly and not shelf.kept:
                assert reading.of("promise") == fresh.of("promise")
                continue
            assert reading.all() == fresh.all()


def test_a_text_is_not_read_again() -> None:
    shelf = Shelf()
    prose = text.read("I will fix it by Friday.")
    with Memory(shelf) as memory:
        first = SIGNALS.with_memory(memory).read(prose, "owner")
        span = first.span(first.of("promise")[0])
    with Memory(shelf) as memory:
        again = SIGNALS.with_memory(memory)
        reading = again.read(prose, "owner")
        assert "promise" in reading
        assert "reader" not in vars(again)  # the lexicons were not even opened
        assert reading.span(reading.of("promise")[0]) == span
        assert "promise" in again.read(prose, "reporter")  # another speaker is another text
    assert shelf.recalled == 1
    assert len(shelf.kept) == 2


def test_what_other_lexicons_found_is_not_taken(tmp_path: Path) -> None:
    shelf = Shelf()
    prose = text.read("I will fix it by Friday.")
    with Memory(shelf) as memory:
        SIGNALS.with_memory(memory).read(prose, "owner").all()
    folder = shutil.copytree(SIGNALS.folder, tmp_path / "en")
    with (folder / "promise.yaml").open("a", encoding="utf-8") as lexicon:
        lexicon.write("\n# changed\n")
    with Memory(shelf) as memory:
        type(SIGNALS)(folder, memory).read(prose, "owner").all()
    assert shelf.recalled == 0
    assert len({version for version, _ in shelf.kept}) == 2


def test_many_texts_are_kept_on_the_way() -> None:
    shelf = Shelf()
    with Memory(shelf) as memory:
        signals = SIGNALS.with_memory(memory)
        for number in range(2001):
            signals.read(text.read(f"Done, number {number}."), "owner").of("update")
        assert len(shelf.kept) > 1900
    assert len(shelf.kept) == 2001
