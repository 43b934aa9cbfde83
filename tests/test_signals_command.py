"""The commands `signals show` and `signals eval`, and the wrong files they are given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Outcome

Run = Callable[..., Outcome]
BODY = "Hi Ann,\nh2. State\n{code}I will fix it by Friday{code}\n*I will fix the pump by Friday.*"


def labelled(folder: Path, *rows: object) -> str:
    path = folder / "labelled.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return str(path)


def test_show_prints_each_signal_with_its_words_and_its_time(run: Run) -> None:
    shown = run("signals", "show", "I will fix the pump by Friday.", "--said", "2026-03-03T10:00Z")
    assert shown.code == 0
    promise = next(line for line in shown.out.splitlines() if line.startswith("promise "))
    assert '"I will fix' in promise
    assert '(by "by Friday": 2026-03-06T17:00:00+00:00)' in promise


def test_show_gives_places_in_the_original(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "comment.txt"
    path.write_text(BODY, encoding="utf-8")
    shown = run("signals", "show", "--file", str(path), "--said", "2026-03-03", "--format", "json")
    spans = json.loads(shown.out)
    promise = next(span for span in spans if span["signal"] == "promise")
    assert BODY[promise["start"] : promise["end"]] == promise["words"]
    assert promise["start"] > BODY.index("{code}\n*")
    assert promise["time"] == "by Friday"


def test_show_knows_who_speaks_and_what_is_waited_for(run: Run) -> None:
    shown = run("signals", "show", "--speaker", "owner", "I am blocked until the vendor answers.")
    assert "blocked " in shown.out
    assert "(waits for person)" in shown.out


def test_show_without_signals_says_so(run: Run) -> None:
    assert run("signals", "show", "The sky is blue.").out == "No signals.\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "give a text, or --file with one"),
        (("text", "--file", "x"), 2, "give a text, or --file with one"),
        (("--file", "missing.txt"), 3, "missing.txt: can't be read"),
        (("text", "--said", "yesterday"), 2, "--said yesterday: not a time"),
    ],
)
def test_show_refuses_what_it_cannot_read(words: tuple[str, ...], code: int, message: str, run: Run) -> None:
    shown = run("signals", "show", *words)
    assert shown.code == code
    assert message in shown.err


def test_eval_counts_per_signal(run: Run, tmp_path: Path) -> None:
    file = labelled(
        tmp_path,
        {"text": "I will fix the pump.", "labels": ["promise"], "role": "assignee", "sample": "rand"},
        {"text": "The sky is blue.", "labels": ["promise"], "sample": "rand"},
        {"text": "I will fix the fan.", "labels": [], "sample": "wide"},
        {"text": "I will fix the door.", "labels": [], "unsure": ["promise"], "sample": "wide"},
        "",
    )
    found = json.loads(run("signals", "eval", file, "--format", "json").out)
    assert found == {"promise": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "tp": 1, "fp": 1, "fn": 1}}
    found = json.loads(run("signals", "eval", file, "--sample", "rand", "--format", "json").out)
    assert found["promise"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "tp": 1, "fp": 0, "fn": 1}
    table = run("signals", "eval", file).out.splitlines()
    assert table[0].split() == ["Signal", "Precision", "Recall", "F1", "tp", "fp", "fn"]
    assert table[2].split() == ["promise", "0.500", "0.500", "0.500", "1", "1", "1"]


def test_eval_of_what_is_never_read(run: Run, tmp_path: Path) -> None:
    file = labelled(tmp_path, {"text": "The sky is blue.", "labels": ["chase"]})
    found = json.loads(run("signals", "eval", file, "--format", "json").out)
    assert found["chase"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "tp": 0, "fp": 0, "fn": 1}


@pytest.mark.parametrize(
    ("rows", "code", "message"),
    [
        (["{"], 3, "labelled.jsonl:1: not JSON"),
        (
            [{"text": "a", "labels": []}, {"labels": []}],
            3,
            "jsonl:2: a labelled comment needs a 'text'",
        ),
        ([{"text": "a", "labels": "promise"}], 3, "'labels' must be a list of signals"),
        ([{"text": "a", "labels": ["promises"]}], 3, "'labels' names 'promises', which is no signal"),
        ([], 3, "no comments in it"),
        ([{"text": "a", "labels": [], "sample": "rand"}], 2, "no comment of sample 'wide'; there are: rand"),
    ],
)
def test_eval_refuses_what_it_cannot_read(
    rows: list[object], code: int, message: str, run: Run, tmp_path: Path
) -> None:
    outcome = run("signals", "eval", labelled(tmp_path, *rows), "--sample", "wide")
    assert outcome.code == code
    assert message in outcome.err


def test_eval_of_a_missing_file(run: Run, tmp_path: Path) -> None:
    outcome = run("signals", "eval", str(tmp_path / "none.jsonl"))
    assert outcome.code == 3
    assert "can't be read" in outcome.err
