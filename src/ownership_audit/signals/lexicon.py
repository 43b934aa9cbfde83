"""Lexicons: the patterns of each signal as people write them, read strictly from ``rules/signals``.

Patterns are RE2's, so that none can cost more than linear time. Nothing is matched here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import re2

from ownership_audit.errors import RuleError
from ownership_audit.signals.literals import Cover, Needs, either, needs
from ownership_audit.signals.names import SIGNALS, SPEAKERS
from ownership_audit.yamlfile import Value, nearest, read_yaml

SHARED: Final = "shared.yaml"
"""The file of a language with the parts and features that all its lexicons can use."""

_KEYS: Final = (
    "signal", "language", "why", "parts", "unless", "patterns", "lookalikes", "exclusions",
    "plain", "not-plain", "matches", "misses", "plain-matches", "plain-misses",
)  # fmt: skip
_REQUIRED: Final = ("signal", "language", "why", "patterns", "matches", "misses")
_GROUP: Final = ("any", "by", "unless", "tag")
_PART: Final = re.compile(r"\{([a-z][a-z-]*)\}")
_TAG: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_SENTENCES: Final = re.compile(r"^matches:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One pattern, its parts put in: it says the signal where it stands in a sentence.

    Of each of the ``covers`` one literal (in lower case) stands in everything it matches.
    ``speakers`` is empty where anybody's words count; ``unless`` are features of the sentence that
    take it back; ``tag`` tells apart what a signal can mean (what somebody waits for).
    """

    regex: str
    covers: tuple[Cover, ...] = ()
    speakers: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one signal in one language, and sentences it must match and miss.

    ``lookalikes`` are phrases that mean something else and are not seen; a sentence with one of the
    ``exclusions`` says nothing of the signal. A sentence that says it with a pattern of ``plain`` (if
    there are any) and none of ``not_plain`` can't be meant otherwise. The sentences of ``matches`` and
    ``misses``, and of their plain kin, may name their speaker in front: ``owner: It is merged.``
    """

    signal: str
    language: str
    why: str
    phrases: tuple[Phrase, ...]
    lookalikes: tuple[str, ...]
    exclusions: tuple[str, ...]
    plain: tuple[str, ...]
    not_plain: tuple[str, ...]
    matches: tuple[str, ...]
    misses: tuple[str, ...]
    plain_matches: tuple[str, ...]
    plain_misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A named piece of patterns: its regular expression, and the literals it needs."""

    regex: str
    needs: Needs


@dataclass(frozen=True, slots=True)
class Shared:
    """What all lexicons of a language use: named parts of patterns, and features of sentences."""

    parts: Mapping[str, Part]
    features: Mapping[str, tuple[str, ...]]


def options() -> re2.Options:
    """How patterns are read: capitals don't matter, and there is room for large automata."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.never_capture = True
    chosen.log_errors = False
    chosen.max_mem = 512 << 20  # what the automata of all patterns together may take, used as needed
    return chosen


def load_lexicons(folder: Path, *, with_sentences: bool = False) -> tuple[Shared, list[Lexicon]]:
    """What all share and every signal's lexicon in a language's folder, by name.

    ``with_sentences`` reads the sentences that test them as well. Raises RuleError with ``file:line``.
    """
    shared = load_shared(folder / SHARED)
    paths = [folder / f"{signal}.yaml" for signal in SIGNALS]
    return shared, [load_lexicon(path, shared, with_sentences=with_sentences) for path in paths]


def load_shared(path: Path) -> Shared:
    """The parts and features of a language. Raises RuleError with ``file:line``."""
    root = read_yaml(path, RuleError)
    values = root.mapping(("language", "why", "parts", "features"), "shared words")
    parts: dict[str, Part] = {}
    for name, _, value in values["parts"].pairs(None, "parts") if "parts" in values else ():
        parts[name] = _part(value, parts)
    features: dict[str, tuple[str, ...]] = {}
    for name, _, value in values["features"].pairs(None, "features") if "features" in values else ():
        features[name] = tuple(_regex(item, parts) for item in value.items())
    return Shared(parts, features)


def load_lexicon(path: Path, shared: Shared, *, with_sentences: bool = True) -> Lexicon:
    """Read one lexicon. Raises RuleError with ``file:line`` and the nearest valid name."""
    text = None
    if not with_sentences:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = None  # read_yaml says what is wrong
        found = _SENTENCES.search(text) if text is not None else None
        if text is not None and found is not None:
            text = text[: found.start()] + "matches: [-]\nmisses: [-]\n"
    root = read_yaml(path, RuleError, text)
    values = root.mapping(_KEYS, "a lexicon")
    for key in _REQUIRED:
        if key not in values:
            raise root.fail(f"key {key!r} is missing; add it")
        if key in ("patterns", "matches", "misses") and not values[key].items():
            raise values[key].fail(f"{key!r} is empty; list at least one")
    signal = values["signal"].choice(SIGNALS)
    if signal != path.stem:
        raise values["signal"].fail(f"the signal {signal!r} must be the file's name; rename one of them")
    parts = dict(shared.parts)
    for name, _, value in values["parts"].pairs(None, "parts") if "parts" in values else ():
        parts[name] = _part(value, parts)
    unless = _features(values.get("unless"), shared)
    return Lexicon(
        signal=signal,
        language=values["language"].string(),
        why=values["why"].string(),
        phrases=tuple(_phrases(values["patterns"], parts, shared, unless)),
        lookalikes=_regexes(values.get("lookalikes"), parts),
        exclusions=_regexes(values.get("exclusions"), parts),
        plain=_regexes(values.get("plain"), parts),
        not_plain=_regexes(values.get("not-plain"), parts),
        matches=_sentences(values["matches"]),
        misses=_sentences(values["misses"]),
        plain_matches=_sentences(values.get("plain-matches")),
        plain_misses=_sentences(values.get("plain-misses")),
    )


def _items(value: Value | None) -> list[Value]:
    return value.items() if value is not None else []


def _regexes(value: Value | None, parts: Mapping[str, Part]) -> tuple[str, ...]:
    return tuple(_regex(item, parts) for item in _items(value))


def _sentences(value: Value | None) -> tuple[str, ...]:
    return tuple(item.string() for item in _items(value))


def _features(value: Value | None, shared: Shared) -> frozenset[str]:
    return frozenset(item.choice(shared.features) for item in _items(value))


def _phrases(
    value: Value, parts: Mapping[str, Part], shared: Shared, unless: frozenset[str]
) -> Iterator[Phrase]:
    """Each pattern of a list; a mapping gives several the same speakers, features or tag."""
    for item in value.items():
        if not item.is_mapping:
            yield _phrase(item, parts, frozenset(), unless, None)
            continue
        keys = item.mapping(_GROUP, "a group of patterns")
        if "any" not in keys:
            raise item.fail("the group has no 'any'; list its patterns there")
        speakers = frozenset(who.choice(SPEAKERS) for who in _items(keys.get("by")))
        own = _features(keys["unless"], shared) if "unless" in keys else frozenset()
        tag = keys["tag"].string() if "tag" in keys else None
        if tag is not None and not _TAG.fullmatch(tag):
            raise keys["tag"].fail(f"the tag {tag!r} must be lower-case words joined by hyphens")
        for pattern in keys["any"].items():
            yield _phrase(pattern, parts, speakers, unless | own, tag)


def _phrase(
    value: Value,
    parts: Mapping[str, Part],
    speakers: frozenset[str],
    unless: frozenset[str],
    tag: str | None,
) -> Phrase:
    regex = _regex(value, parts)
    known = {name: part.needs for name, part in parts.items()}
    return Phrase(regex, needs(value.string(), known).all_covers(), speakers, unless, tag)


def _part(value: Value, parts: Mapping[str, Part]) -> Part:
    """A named part: one pattern, or a list of alternatives."""
    items = value.items()
    known = {name: part.needs for name, part in parts.items()}
    regex = f"(?:{'|'.join(_insert(item, parts) for item in items)})"
    return Part(regex, either(needs(item.string(), known) for item in items))


def _insert(value: Value, parts: Mapping[str, Part]) -> str:
    """A pattern as written with its parts put in."""
    text = value.string()

    def part(found: re.Match[str]) -> str:
        if found[1] not in parts:
            raise value.fail(f"no part {found[1]!r}; {nearest(found[1], parts)}")
        return parts[found[1]].regex

    return _PART.sub(part, text)


def _regex(value: Value, parts: Mapping[str, Part]) -> str:
    """A whole pattern; where it starts or ends with a letter or a part, whole words are meant."""
    written = value.string()
    text = _insert(value, parts)
    if written[0].isalnum() or written[0] in "({":
        text = rf"\b{text}"
    if written[-1].isalnum() or written[-1] in ")}":
        text = rf"{text}\b"
    return text


def check(path: Path, lexicon: Lexicon) -> None:
    """Raise RuleError for a pattern that RE2 can't read. Not done on loading, as it takes a while."""
    phrases = (phrase.regex for phrase in lexicon.phrases)
    others = (*lexicon.lookalikes, *lexicon.exclusions, *lexicon.plain, *lexicon.not_plain)
    for regex in (*phrases, *others):
        compiled(regex, str(path))


def compiled(regex: str, place: str) -> Any:
    """The automaton of a pattern. Raises RuleError at ``place`` for one that RE2 can't read."""
    try:
        return re2.compile(regex, options())
    except re2.error as problem:
        raise RuleError(f"{place}: {regex[:200]!r} is no pattern RE2 can read ({problem})") from None
