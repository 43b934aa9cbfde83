"""Reads rule files strictly: a wrong word is an error with file, line and the nearest valid one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from ownership_audit.calendars import Duration, duration_of
from ownership_audit.errors import AuditError, RuleError
from ownership_audit.rule import words
from ownership_audit.rule.model import Condition, Owing, Pattern, Rule, Step
from ownership_audit.yamlfile import Value, nearest, read_yaml

DEFAULT_UNTIL: Final = "10 working days"
_STEP: Final = re.compile(rf"({'|'.join(words.LADDER)}) (\d+) working days?$")
_ID: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*$")
_EXAMPLES: Final = re.compile(r"^examples:", re.MULTILINE)
_TOP_LEVEL: Final = re.compile(r"^[^\s#-]", re.MULTILINE)


def shipped_rules() -> Path:
    """The folder of the rules that come with the tool: inside the installed package, else in the checkout."""
    inside = Path(str(resources.files("ownership_audit"))) / "rules"
    if inside.is_dir():
        return inside
    beside = Path(__file__).resolve().parents[3] / "rules"
    if beside.is_dir():
        return beside
    raise RuleError(f"the shipped rules are missing ({inside}); install the tool again")


def load_rules(folder: Path, *, with_examples: bool = True) -> list[Rule]:
    """Every rule file of a folder (or one file), by id. Without examples, those parts aren't even parsed."""
    if not folder.exists():
        raise RuleError(f"{folder}: no such file or folder of rules; check the path")
    paths = [folder] if folder.is_file() else sorted(folder.glob("*.yaml"))
    if not paths:
        raise RuleError(f"{folder}: no rule files (*.yaml) here; check the path")
    return [load_rule(path, with_examples=with_examples) for path in paths]


def check_stories(rules: Sequence[Rule]) -> None:
    """Every rule named in ``subsumes`` must exist, ids must be unique, and no rule may subsume itself."""
    by_id: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in by_id:
            raise RuleError(
                f"{rule.path}: rule {rule.id!r} is already defined in {by_id[rule.id].path}; rename one"
            )
        by_id[rule.id] = rule
    for rule in rules:
        for other in rule.subsumes:
            if other not in by_id or other == rule.id:
                raise RuleError(f"{rule.path}: subsumes {other!r}: no such rule; {nearest(other, by_id)}")
        for other in sorted(rule.refers_to):
            if other not in by_id or other == rule.id:
                raise RuleError(
                    f"{rule.path}: obligation: rule {other!r}: no such rule; {nearest(other, by_id)}"
                )
            if by_id[other].refers_to:
                raise RuleError(
                    f"{rule.path}: obligation: {other!r} speaks of obligations itself; "
                    "name the rules it speaks of"
                )


def silent_rules(chosen: Sequence[Rule], rules: Iterable[Rule]) -> list[Rule]:
    """The rules that were not chosen, but whose obligations chosen ones speak of."""
    wanted = {id_ for rule in chosen for id_ in rule.refers_to} - {rule.id for rule in chosen}
    return [replace(rule, silent=True) for rule in rules if rule.id in wanted]


def load_rule(path: Path, *, with_examples: bool = True) -> Rule:
    """Read one rule file; RuleError with file and line for anything that isn't the language."""
    text = None
    if not with_examples:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = None  # read_yaml says what is wrong
        if text is not None:
            found = _EXAMPLES.search(text)
            if found and not _TOP_LEVEL.search(text, found.end()):  # nothing else follows them
                text = text[: found.start()] + "examples: []\n"
    return _Reader(read_yaml(path, RuleError, text), path).rule()


class _Reader:
    """Reads one file's root value."""

    def __init__(self, root: Value, path: Path) -> None:
        self.root = root
        self.path = path

    def rule(self) -> Rule:
        values = self.root.mapping(words.RULE_KEYS, "a rule")
        for key in words.REQUIRED:
            if key not in values:
                raise self.root.fail(f"the rule has no {key!r}; every rule needs {', '.join(words.REQUIRED)}")
        for key, value in values.items():
            if value.is_empty:
                raise value.fail(f"{key!r} is empty; write its value or remove the key")
        self._check_id(values["id"])
        until, until_after = self._until(values.get("until"))
        rule = Rule(
            id=values["id"].string(),
            title=values["title"].string(),
            category=values["category"].choice(words.CATEGORIES),
            severity=values["severity"].choice(words.SEVERITY_WORDS),
            status=values["status"].choice(words.STATUSES) if "status" in values else "stable",
            why=values["why"].string(),
            when=self._patterns(values["when"], "opening"),
            expect=self._patterns(values.get("expect"), "answer"),
            within=self._within(values["within"]) if "within" in values else None,
            ahead=_duration(values["ahead"]) if "ahead" in values else None,
            grace=self._grace(values),
            while_=self._conditions(values["while"]) if "while" in values else ({"open": True},),
            unless=self._patterns(values.get("unless"), "end"),
            until=until,
            until_after=until_after,
            owed_by=values["owed-by"].choice(words.DEBTORS),
            clears=values["clears"].string(),
            remedy=values["remedy"].string(),
            false_positives=tuple(v.string() for v in values["false-positives"].items())
            if "false-positives" in values
            else (),
            story=values["story"].string() if "story" in values else None,
            subsumes=tuple(v.string() for v in values["subsumes"].items()) if "subsumes" in values else (),
            about=values["about"].choice(words.ABOUT) if "about" in values else "opening",
            info_when=self._conditions(values["info-when"]) if "info-when" in values else (),
            examples=values["examples"],
            path=str(self.path),
        )
        self._check_shape(rule)
        return rule

    def _check_id(self, value: Value) -> None:
        if not _ID.match(value.text()):
            raise value.fail(f"the id {value.text()!r} must be lower-case words joined by hyphens")
        if value.text() != self.path.stem:
            raise value.fail(
                f"the id {value.text()!r} must be the file's name ({self.path.stem!r}); rename one of them"
            )

    def _check_shape(self, rule: Rule) -> None:
        if not rule.when:
            raise self.root.fail("'when' is empty; name at least one event that opens the rule")
        has_expect = bool(rule.expect) or all(p.expect for p in rule.when)
        if rule.owes_nothing:
            if rule.expect:
                raise self.root.fail("a rule with 'until' owes nothing; remove 'expect', or remove 'until'")
            return
        if not has_expect:
            raise self.root.fail("the rule has no 'expect'; say what meets it, or 'until' if nothing is owed")
        if not all(
            rule.within is not None
            or p.within is not None
            or rule.grace is not None
            or (rule.ahead is not None and _is_moment(p))
            for p in rule.when
        ):
            raise self.root.fail(
                "the rule has no time; add 'within' (e.g. 1 working day), or 'ahead' if a deadline opens it"
            )
        if rule.grace is not None and not all(p.words.get("timed") for p in rule.when):
            raise self.root.fail(
                "'by: promised time' needs openings that say when; add 'timed: true' to each"
            )

    def _grace(self, values: Mapping[str, Value]) -> Duration | None:
        """What comes on top of a promised time; None where the rule knows no promised time."""
        if "by" not in values:
            if "grace" in values:
                raise values["grace"].fail(
                    f"'grace' comes on top of 'by: {words.PROMISED}'; add that, or use 'within'"
                )
            return None
        values["by"].choice((words.PROMISED,))
        if "within" in values:
            raise values["within"].fail("'within' and 'by' both say when it is due; keep one")
        return _duration(values["grace"]) if "grace" in values else Duration.ZERO

    def _until(self, value: Value | None) -> tuple[tuple[Pattern, ...], Duration | None]:
        if value is None:
            return (), None
        patterns: list[Pattern] = []
        after = Duration.parse(DEFAULT_UNTIL)
        for item in value.items():
            if item.is_mapping:
                patterns.append(self._pattern(item, "end"))
            else:
                after = _duration(item)
        return tuple(patterns), after

    # -- patterns ------------------------------------------------------------------------------------------

    def _patterns(self, value: Value | None, place: str) -> tuple[Pattern, ...]:
        if value is None:
            return ()
        return tuple(self._pattern(item, place) for item in value.items())

    def _pattern(self, value: Value, place: str) -> Pattern:
        """One pattern: a mapping with exactly one event kind and the keys that go beside it in this place."""
        kind: str | None = None
        inner: Value | None = None
        keys: dict[str, Value] = {}
        for name, key, item in value.pairs((*words.EVENT_KINDS, *words.PLACES[place]), "an event pattern"):
            if name in words.EVENT_KINDS:
                if kind is not None:
                    raise key.fail(
                        f"a pattern has one event kind; {kind!r} is already there, start a new list item"
                    )
                kind, inner = name, item
            else:
                keys[name] = item
        if kind is None or inner is None:
            raise value.fail(f"the pattern names no event; valid events: {', '.join(words.EVENT_KINDS)}")
        if kind == "becomes" and place != "opening":
            raise value.fail("'becomes' can only open a rule; name the event that brings the state about")
        constraints = self._constraints(kind, inner)
        if kind == "deadline":
            _check_moment(inner, constraints, place)
        self._check_spoken(inner, constraints)
        around = _duration(keys["around"]) if "around" in keys else None
        return Pattern(
            kind=kind,
            words=constraints,
            before=_duration(keys["before"]) if "before" in keys else around,
            after=_duration(keys["after"]) if "after" in keys else around,
            since=keys["since"].choice(("owner", "creation")) if "since" in keys else None,
            same_save=keys["same-save"].boolean() if "same-save" in keys else False,
            with_=self._patterns(keys.get("with"), "companion"),
            without=self._patterns(keys.get("without"), "companion"),
            at_least=keys["at-least"].integer(1) if "at-least" in keys else 1,
            in_=_duration(keys["in"]) if "in" in keys else None,
            none_between=self._patterns(keys.get("none-between"), "between"),
            apart=_duration(keys["apart"]) if "apart" in keys else None,
            given=self._conditions(keys["given"]) if "given" in keys else (),
            while_=self._conditions(keys["while"]) if "while" in keys else (),
            within=self._within(keys["within"]) if "within" in keys else None,
            severity=keys["severity"].choice(words.SEVERITY_WORDS) if "severity" in keys else None,
            owed_by=keys["owed-by"].choice(words.DEBTORS) if "owed-by" in keys else None,
            expect=self._patterns(keys["expect"], "answer") if "expect" in keys else None,
            owing=_owing(keys["obligation"]) if "obligation" in keys else None,
        )

    def _constraints(self, kind: str, value: Value) -> dict[str, Any]:
        if kind == "becomes":
            return {"becomes": self._condition(value)}
        table = words.CONSTRAINTS[kind]
        return {
            name: _read(item, table[name]) for name, _, item in value.pairs(table, f"constraints of {kind!r}")
        }

    def _check_spoken(self, value: Value, constraints: Mapping[str, Any]) -> None:
        """Words about what is said need to be told what that is."""
        for word in words.OF_WHAT_IS_SAID:
            if word in constraints and "says" not in constraints:
                raise value.fail(f"{word!r} needs 'says' beside it; name the signal it is about")

    def _conditions(self, value: Value) -> tuple[Condition, ...]:
        return tuple(self._condition(item) for item in value.items())

    def _condition(self, value: Value) -> dict[str, Any]:
        found = {
            name: _read(item, words.STATES[name])
            for name, _, item in value.pairs(words.STATES, "state words")
        }
        if not found:
            raise value.fail(f"a state is needed here; valid: {', '.join(words.STATES)}")
        return found

    # -- times ---------------------------------------------------------------------------------------------

    def _within(self, value: Value) -> Duration | tuple[Step, ...]:
        if not value.is_mapping:
            return _duration(value)
        ladder = value.mapping(("by-deadline",), "a duration or by-deadline")
        if "by-deadline" not in ladder:
            raise value.fail("expected a duration (e.g. 1 working day) or 'by-deadline'")
        steps = [
            self._step(key, item) for _, key, item in ladder["by-deadline"].pairs(None, "deadline distances")
        ]
        tests = {step.test for step in steps}
        if (
            not {"none", "passed"} <= tests
            or not tests & {"at least", "more than"}
            or "less than" not in tests
        ):
            raise value.fail(
                "'by-deadline' needs the steps none, passed, one 'at least' or 'more than', one 'less than'"
            )
        return tuple(steps)

    def _step(self, key: Value, item: Value) -> Step:
        text = key.string()
        if text in ("none", "passed"):
            return Step(text, 0.0, _duration(item))
        found = _STEP.match(text)
        if not found:
            raise key.fail(
                f"unknown distance {text!r}; write none, passed, or e.g. 'at least 5 working days'"
            )
        return Step(found[1], float(found[2]), _duration(item))


def _owing(value: Value) -> Owing:
    keys = value.mapping(words.OWING, "an obligation of another rule")
    if "rule" not in keys:
        raise value.fail("the obligation names no 'rule'; name one, or a list")
    by = _read(keys["opened-by"], words.ROLES) if "opened-by" in keys else frozenset({"anyone"})
    return Owing(frozenset(item.string() for item in keys["rule"].items()), by)


def _is_moment(pattern: Pattern) -> bool:
    return pattern.kind == "deadline" and any(word in pattern.words for word in words.MOMENT_WORDS)


def _check_moment(value: Value, constraints: Mapping[str, Any], place: str) -> None:
    """A deadline that is near or reached is a moment: nobody brings it about, and it answers nothing."""
    moments = [word for word in words.MOMENT_WORDS if word in constraints]
    if not moments:
        return
    word = moments[0]
    if len(constraints) > 1:
        raise value.fail(f"{word!r} speaks of a moment in time; nothing can stand beside it in 'deadline'")
    if place != "opening" and (place != "end" or word != "reached"):
        raise value.fail(f"{word!r} speaks of a moment in time; it can't stand here, name an event")
    if constraints[word] is False:
        raise value.fail(f"{word!r} can only be true; remove it where it doesn't matter")


def _duration(value: Value) -> Duration:
    if not value.is_mapping and not value.is_list and value.text() == "at once":
        return Duration.ZERO
    return duration_of(value)


def _read(value: Value, shape: object) -> Any:
    """A word's value by its shape in the tables: a flag, a duration, or one or more of some words."""
    if shape == "flag":
        return value.boolean()
    if shape == "duration":
        return _duration(value)
    valid = tuple(map(str, shape)) if isinstance(shape, tuple) else ()
    items = value.items()
    if not items:
        raise value.fail(f"expected one of {', '.join(valid)}, found nothing")
    return frozenset(item.choice(valid) for item in items)


__all__ = ["AuditError", "check_stories", "load_rule", "load_rules", "shipped_rules", "silent_rules"]
