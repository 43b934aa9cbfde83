"""Promises about the source that the import contracts can't check: clocks, printing, patterns from rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ownership_audit"
MODULES = sorted(SOURCE.rglob("*.py"))
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "monotonic"),
    ("time", "perf_counter"),
}
NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib",
    "urllib3",
    "requests",
    "httpx",
    "ftplib",
    "smtplib",
    "subprocess",
}
CODE = {"eval", "exec", "compile", "__import__"}

each_module = pytest.mark.parametrize("path", MODULES, ids=[str(p.relative_to(SOURCE)) for p in MODULES])


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def is_command_line(path: Path, name: str | None = None) -> bool:
    return path.parent.name == "cli" and name in (None, path.name)


def dotted(node: ast.expr) -> tuple[str, ...]:
    """The names of an attribute chain: ("datetime", "now")."""
    if isinstance(node, ast.Attribute):
        return (*dotted(node.value), node.attr)
    return (node.id,) if isinstance(node, ast.Name) else ()


def imported(path: Path) -> set[str]:
    """The top packages a module imports, wherever in it."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@each_module
def test_only_the_command_line_reads_the_clock(path: Path) -> None:
    reads = {dotted(n)[-2:] for n in nodes(path) if isinstance(n, ast.Attribute)} & CLOCKS
    allowed = {("datetime", "now"), ("time", "monotonic")} if is_command_line(path, "shared.py") else set()
    assert reads == allowed
    if not is_command_line(path):
        assert "time" not in imported(path)


@each_module
def test_nothing_prints(path: Path) -> None:
    calls = {dotted(node.func)[-1:] for node in nodes(path) if isinstance(node, ast.Call)}
    assert ("print",) not in calls
    if not is_command_line(path):
        assert not {("echo",), ("secho",)} & calls
        assert "click" not in imported(path)


@each_module
def test_nothing_speaks_to_the_network_or_runs_code(path: Path) -> None:
    if path.parent.name != "rest":  # the only folder that speaks with sites
        assert not imported(path) & NETWORK
    calls = {dotted(node.func) for node in nodes(path) if isinstance(node, ast.Call)}
    assert not calls & {(name,) for name in CODE}
    assert not {call[-1:] for call in calls} & {("system",), ("popen",)}


@each_module
def test_the_standard_regular_expressions_only_get_patterns_of_ours(path: Path) -> None:
    """Each is written in the source or made while the module is imported, before any rule is read.

    Backtracking on a pattern from a rule or a lexicon could take for ever.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)):
        escapes = "re.escape(" in ast.unparse(function)  # of words, which can't be patterns then
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if dotted(call.func)[:1] == ("re",) and dotted(call.func) != ("re", "escape"):
                assert isinstance(call.args[0], ast.Constant) or escapes, ast.unparse(call)


@each_module
def test_a_module_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.split("\n\n")[0].endswith((".", "?"))


def test_rules_import_nothing_that_runs_rules() -> None:
    for path in (SOURCE / "rule").glob("*.py"):
        assert "yaml" not in imported(path), "only yamlfile reads YAML: it never builds objects"
    text = (SOURCE / "yamlfile.py").read_text(encoding="utf-8")
    assert "yaml.load" not in text
    assert "SafeLoader" in text
