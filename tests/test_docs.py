"""The documents agree with the product: generated parts, links, examples, every word of the rule language."""

import ast
import dataclasses
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from ownership_audit.config import Settings, load
from ownership_audit.examples import check_rules, read_examples
from ownership_audit.rule import load_rule, load_rules, shipped_rules, words
from ownership_audit.run import choose_rules, load_signals

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LANGUAGE = ROOT / "docs" / "rule-language.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"

# A fenced YAML block; a comment right before it gives the name of the file it is the whole of.
BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?```yaml\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)

# What a fragment of a rule leaves out; it is the page's first rule that it is a part of.
REST = {
    "id": "fragment",
    "title": "A fragment",
    "category": "silence",
    "severity": "info",
    "why": "It shows a part.",
    "when": "{status: {to: waiting}}",
    "expect": "{update: {by: owner}}",
    "within": "5 working days",
    "while": "{open: true, status-class: waiting}",
    "owed-by": "owner",
    "clears": "A comment.",
    "remedy": "Comment.",
    "examples": "[]",
}


def blocks(page: Path) -> list[tuple[str | None, str]]:
    """The YAML blocks of a page as (file name or None, content)."""
    return [(name or None, text) for name, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


def whole_files() -> list[tuple[str, str, str]]:
    return [
        (page.name, name, text)
        for page in PAGES
        if page.name != "rules.md"
        for name, text in blocks(page)
        if name is not None
    ]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_generated_documents_are_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "docs.py"), "--check"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


@pytest.mark.parametrize(
    ("page", "name", "text"), whole_files(), ids=[f"{page}-{name}" for page, name, _ in whole_files()]
)
def test_whole_files_in_the_documents_load_and_hold(page: str, name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    if name == "ownership-audit.yaml":
        choose_rules(load(path))  # its rules exist too
        return
    rule = load_rule(path)
    count, problems = check_rules([*load_rules(shipped_rules()), rule], load_signals(), [rule.id])
    assert count == len(read_examples(rule)) > 0
    assert problems == []


def test_both_kinds_of_whole_files_are_shown() -> None:
    shown = {(page, name) for page, name, _ in whole_files()}
    assert {(LANGUAGE.name, "waiting-too-long.yaml"), (CONFIGURATION.name, "ownership-audit.yaml")} <= shown


@pytest.mark.parametrize("text", [text for name, text in blocks(LANGUAGE) if name is None])
def test_fragments_of_rules_load_and_hold(text: str, tmp_path: Path) -> None:
    given = set(yaml.safe_load(text))
    left_out = {"expect", "within"} if "until" in given else set()
    rest = [f"{key}: {value}\n" for key, value in REST.items() if key not in given | left_out]
    path = tmp_path / "fragment.yaml"
    path.write_text("".join(rest) + text, encoding="utf-8")
    rule = load_rule(path)
    if "examples" in given:
        assert check_rules([rule], load_signals())[1] == []


@pytest.mark.parametrize("text", [text for name, text in blocks(CONFIGURATION) if name is None])
def test_fragments_of_settings_load(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    assert load(path) != Settings()


def test_the_settings_with_everything_change_everything(tmp_path: Path) -> None:
    path = tmp_path / "ownership-audit.yaml"
    path.write_text(next(text for name, text in blocks(CONFIGURATION) if name), encoding="utf-8")
    settings, defaults = load(path), Settings()
    for field in dataclasses.fields(Settings):
        assert getattr(settings, field.name) != getattr(defaults, field.name), field.name


def test_every_word_of_the_rule_language_is_explained() -> None:
    page = LANGUAGE.read_text(encoding="utf-8")
    code = set(re.findall(r"`([^`\n]+)`", FENCE.sub("", page)))
    explained = code | {word for text in code for word in re.findall(r"[\w-]+", text)}
    spoken = {*words.RULE_KEYS, *words.EVENT_KINDS, *words.STATES}
    spoken |= {*words.ROLES, *words.DEBTORS, *words.HOLDERS}
    spoken |= {*words.CATEGORIES, *words.STATUSES, *words.ABOUT, *words.SEVERITY_WORDS}
    spoken |= {word for place in words.PLACES.values() for word in place}
    shapes = [*words.CONSTRAINTS.values(), words.STATES]
    for shape in shapes:
        spoken |= set(shape)
        spoken |= {word for values in shape.values() if not isinstance(values, str) for word in values}
    assert sorted(spoken - explained) == []


def test_every_imported_package_stands_in_the_table_with_its_reason() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| \[([\w.-]+)\]\(https://pypi\.org/", readme, re.MULTILINE))
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    owners = packages_distributions()
    imported = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            imported |= {name.partition(".")[0] for name in names}
    foreign = {owners[name][0] for name in imported - {"ownership_audit"} if name in owners}
    assert {name.lower() for name in foreign} <= {name.lower() for name in listed}
    assert all(f'"{name}>=' in declared for name in listed)
