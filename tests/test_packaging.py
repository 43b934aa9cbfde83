"""The shipped rules and the demo are found from a checkout, an editable install and an installed wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

COMMAND = "import sys; from ownership_audit.cli import main; sys.argv[0] = 'ownership-audit'; main()"
WHERE = "from ownership_audit.rule import shipped_rules; print(shipped_rules())"


def tool(*words: str, code: str = COMMAND, cwd: Path, path: Path | None) -> subprocess.CompletedProcess[str]:
    """The command in a process that finds the package on ``path`` before anything installed."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
    )


def check_it_works(cwd: Path, path: Path | None, rules: Path, demo: str) -> None:
    where = tool(code=WHERE, cwd=cwd, path=path)
    assert where.stdout.strip() == str(rules), where.stderr
    tested = tool("rules", "test", cwd=cwd, path=path)
    assert tested.returncode == 0, tested.stderr
    assert tested.stdout.endswith(" passed, 0 failed\n")
    audited = tool("audit", "demo", "--format", "json", cwd=cwd, path=path)
    assert audited.returncode == 1, audited.stderr
    assert audited.stdout == demo


@pytest.fixture(scope="module")
def demo(root: Path) -> str:
    """What the checkout finds in the demo."""
    return tool("audit", "demo", "--format", "json", cwd=root, path=root / "src").stdout


def test_from_a_checkout(root: Path, tmp_path: Path, demo: str) -> None:
    assert '"rule": "ping-pong"' in demo
    check_it_works(tmp_path, root / "src", root / "rules", demo)


def test_from_an_editable_install(root: Path, tmp_path: Path, demo: str) -> None:
    if not Path(sys.executable).with_name("ownership-audit").exists():
        pytest.skip("the project is not installed here; make test installs it")
    check_it_works(tmp_path, None, root / "rules", demo)
    done = subprocess.run(
        [Path(sys.executable).with_name("ownership-audit"), "audit", "demo", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (1, demo)


# ---------------------------------------------------------------- what is built


def build(kind: str, source: Path, target: Path) -> Path:
    """A distribution made by the build backend that is installed here; nothing is fetched."""
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", target, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def install(wheel: Path, target: Path) -> Path:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            target,
            wheel,
        ],
        check=True,
    )
    return target


def sources(root: Path) -> set[str]:
    """The package's files and the rules, as they stand in an installed package."""
    package = root / "src" / "ownership_audit"
    files = {str(p.relative_to(package)) for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    return files | {str(p.relative_to(root)) for p in (root / "rules").rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", root, tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_a_wheel_holds_the_package_and_the_rules_and_nothing_else(root: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    held = {name.removeprefix("ownership_audit/") for name in names if name.startswith("ownership_audit/")}
    assert held == sources(root)
    rest = {name for name in names if not name.startswith("ownership_audit/")}
    assert all(".dist-info/" in name for name in rest)
    assert any(name.endswith("/LICENSE") for name in rest)


@pytest.mark.slow
def test_from_a_wheel(wheel: Path, tmp_path: Path, demo: str) -> None:
    place = install(wheel, tmp_path / "place")
    check_it_works(tmp_path, place, place / "ownership_audit" / "rules", demo)


@pytest.mark.slow
def test_the_sdist_is_complete_and_makes_the_same_wheel(
    root: Path, wheel: Path, tmp_path: Path, demo: str
) -> None:
    sdist = build("sdist", root, tmp_path / "dist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert sources(unpacked) == sources(root)
    for name in (
        "README.md",
        "LICENSE",
        "CONTRIBUTING.md",
        "Makefile",
        "pyproject.toml",
        ".pre-commit-config.yaml",
        ".ci/run",
    ):
        assert (unpacked / name).read_bytes() == (root / name).read_bytes()
    assert {p.name for p in (unpacked / "tests").glob("*.py")} == {
        p.name for p in (root / "tests").glob("*.py")
    }
    assert not [
        p for p in unpacked.rglob("*") if p.name in (".venv", ".git", "__pycache__", ".hypothesis", "dist")
    ]

    again = build("wheel", unpacked, tmp_path / "again")
    with zipfile.ZipFile(again) as one, zipfile.ZipFile(wheel) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
        assert all(
            one.read(name) == other.read(name) for name in one.namelist() if not name.endswith("RECORD")
        )
    place = install(again, tmp_path / "place")
    check_it_works(tmp_path, place, place / "ownership_audit" / "rules", demo)
