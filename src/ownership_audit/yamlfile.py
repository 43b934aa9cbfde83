"""Strict reading of the YAML files people write: every value knows its line, unknown keys are errors.

A file is composed to nodes, never constructed to objects, so that each message can name
``file:line`` and the nearest valid key, and nothing in it is executed.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ownership_audit.errors import AuditError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast

_T = TypeVar("_T")

ErrorType = Callable[[str], AuditError]
_DEEPEST = 50  # levels; nothing people write in these files needs a tenth of it


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint that names the nearest valid word, else all of them."""
    choices = sorted(valid)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"valid here: {', '.join(choices)}"


class Value:
    """One YAML value with its place; the reading methods raise ``error`` with ``file:line``."""

    __slots__ = ("error", "node", "source")

    def __init__(self, node: yaml.Node, source: str, error: ErrorType) -> None:
        self.node = node
        self.source = source
        self.error = error

    @property
    def place(self) -> str:
        """``file:line`` of the value."""
        return f"{self.source}:{self.node.start_mark.line + 1}"

    def fail(self, message: str) -> AuditError:
        """The error to raise about this value."""
        return self.error(f"{self.place}: {message}")

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_empty(self) -> bool:
        """True for a key written without a value."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag == "tag:yaml.org,2002:null"

    def _child(self, node: yaml.Node) -> Value:
        return Value(node, self.source, self.error)

    def pairs(
        self, valid: Iterable[str] | None = None, what: str = "a mapping"
    ) -> Iterator[tuple[str, Value, Value]]:
        """Each ``(key, key's value object, value)``; a key not in ``valid`` or written twice is an error."""
        if self.is_empty:
            return
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail(f"expected {what} (key: value lines), found {self.describe()}")
        allowed = None if valid is None else set(valid)
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            key = self._child(key_node)
            name = key.text()
            if allowed is not None and name not in allowed:
                raise key.fail(f"unknown key {name!r}; {nearest(name, allowed)}")
            if name in seen:
                raise key.fail(f"key {name!r} is written twice; keep one")
            seen.add(name)
            yield name, key, self._child(value_node)

    def mapping(self, valid: Iterable[str] | None = None, what: str = "a mapping") -> dict[str, Value]:
        """The mapping's values by key."""
        return {name: value for name, _, value in self.pairs(valid, what)}

    def items(self, what: str = "a list") -> list[Value]:
        """A list's values; a single value counts as a list of one, an empty one as none."""
        if isinstance(self.node, yaml.SequenceNode):
            return [self._child(node) for node in self.node.value]
        return [] if self.is_empty else [self]

    def describe(self) -> str:
        """What stands there, in words for an error message."""
        if self.is_mapping:
            return "a mapping"
        if self.is_list:
            return "a list"
        return "nothing" if self.is_empty else repr(str(self.node.value))

    def text(self) -> str:
        """A scalar as it is written."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.fail(f"expected a text, found {self.describe()}")
        return str(self.node.value)

    def string(self) -> str:
        """A scalar that must not be empty, folded to single spaces."""
        words = " ".join(self.text().split())
        if not words:
            raise self.fail("expected a text, found nothing; write one or remove the key")
        return words

    def choice(self, valid: Iterable[str]) -> str:
        """One of the given words."""
        word, words = self.text(), list(valid)
        if word not in words:
            raise self.fail(f"unknown value {word!r}; {nearest(word, words)}")
        return word

    def boolean(self) -> bool:
        """``true`` or ``false``."""
        return self.choice(("true", "false")) == "true"

    def integer(self, least: int = 0) -> int:
        """A whole number, not below ``least``."""
        text = self.text()
        if not (text.isascii() and text.isdecimal()) or int(text) < least:
            raise self.fail(f"expected a whole number of at least {least}, found {text!r}")
        return int(text)

    def limit(self) -> int | None:
        """A whole number of at least one; ``none`` for no limit."""
        return None if self.text() == "none" else self.integer(1)

    def names(self) -> tuple[str, ...]:
        """A list of texts, each once."""
        return tuple(dict.fromkeys(item.string() for item in self.items()))

    def by_name(self, what: str) -> dict[str, Value]:
        """A mapping whose keys are names: lower-cased, and none twice in another spelling."""
        found: dict[str, Value] = {}
        for name, key, entry in self.pairs(None, what):
            lowered = " ".join(name.split()).lower()
            if lowered in found:
                raise key.fail(f"{name!r} is written twice, in different letters; keep one")
            found[lowered] = entry
        return found

    def built(self, build: Callable[[], _T]) -> _T:
        """What ``build`` makes of the value; an error of it gets the value's place."""
        try:
            return build()
        except AuditError as problem:
            raise self.fail(str(problem)) from None

    def date(self) -> date:
        """A day, ``YYYY-MM-DD``."""
        try:
            return date.fromisoformat(self.text().strip())
        except ValueError as problem:
            raise self.fail(f"{self.text()!r} is not a date ({problem}); write YYYY-MM-DD") from None

    def moment(self) -> datetime:
        """A date and time as written, without a zone unless one is written."""
        try:
            return datetime.fromisoformat(self.text().strip())
        except ValueError as problem:
            raise self.fail(f"{self.text()!r} is not a time ({problem}); write YYYY-MM-DD HH:MM") from None


def read_yaml(path: Path, error: ErrorType, text: str | None = None) -> Value:
    """The root value of one YAML file (or of ``text``, said to come from it); errors name ``file:line``."""
    source = str(path)
    try:
        content = path.read_text(encoding="utf-8") if text is None else text
    except (OSError, UnicodeDecodeError) as problem:
        raise error(
            f"{source}: can't be read ({problem}); check the path and that it is UTF-8 text"
        ) from None
    try:
        node = yaml.compose(content, Loader=_Loader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        if "nesting" in str(problem.problem):  # the parser's own limit
            raise error(f"{source}:{line}: too many levels; write it with fewer") from None
        raise error(
            f"{source}:{line}: not valid YAML: {problem.problem}; check indentation and quotes"
        ) from None
    except yaml.YAMLError as problem:
        raise error(f"{source}: not valid YAML: {' '.join(str(problem).split())}") from None
    except RecursionError:
        raise error(f"{source}: nested too deeply; write it with fewer levels") from None
    if node is None:
        raise error(f"{source}: the file is empty")
    root = Value(node, source, error)
    _check_aliases(root, [], set())
    return root


def _check_aliases(value: Value, above: list[yaml.Node], seen: set[int]) -> None:
    """An alias that leads back to what it stands in would never end."""
    node = value.node
    if any(node is outer for outer in above):
        raise value.fail("this contains itself by an alias (*); write it out")
    if isinstance(node, yaml.ScalarNode) or id(node) in seen:
        return
    above.append(node)
    if len(above) > _DEEPEST:
        raise value.fail(f"more than {_DEEPEST} levels; write it with fewer")
    children = node.value if isinstance(node, yaml.SequenceNode) else [n for pair in node.value for n in pair]
    for child in children:
        _check_aliases(Value(child, value.source, value.error), above, seen)
    above.pop()
    seen.add(id(node))
