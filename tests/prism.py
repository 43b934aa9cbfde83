"""Starts the public mock server for OpenAPI documents, which refuses requests that its document forbids.

It is installed with npm, once, into a cache folder of the user's; tests skip where npm is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import platformdirs
import pytest

_VERSION: Final = "5.14.2"
_PATIENCE: Final = 120.0


def mock_server_command() -> Path:
    """The command, installed where it is missing; skips the test where there is no npm to do that."""
    if shutil.which("node") is None or (npm := shutil.which("npm")) is None:
        pytest.skip("the mock server for OpenAPI needs node and npm, and they are not here")
    folder = platformdirs.user_cache_path("ownership-audit-tests") / f"prism-{_VERSION}"
    command = folder / "node_modules" / ".bin" / "prism"
    if not command.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Installed aside and moved in one step: another test run may be doing the same.
        with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
            made = Path(aside) / "made"
            made.mkdir()
            told = subprocess.run(
                [npm, "install", "--prefix", str(made), "--no-audit", "--no-fund", "--ignore-scripts",
                 "--loglevel=error", f"@stoplight/prism-cli@{_VERSION}"],
                capture_output=True, text=True, timeout=600, check=False,
            )  # fmt: skip
            assert told.returncode == 0, f"npm could not install the mock server: {told.stderr[-2000:]}"
            try:
                made.rename(folder)
            except OSError:
                assert command.exists()
    return command


def decoded(value: Any, *, is_example: bool = False) -> Any:
    """A document whose examples that are strings of JSON are the values that these stand for."""
    if isinstance(value, list):
        return [decoded(entry) for entry in value]
    if isinstance(value, dict):
        return {name: decoded(entry, is_example=name == "example") for name, entry in value.items()}
    if is_example and isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@contextmanager
def mock_server(document: Path, folder: Path) -> Iterator[str]:
    """A running mock server of a document on loopback; gives its address. ``folder`` is for its files."""
    command = mock_server_command()
    told = folder / "openapi.json"
    told.write_text(json.dumps(decoded(json.loads(document.read_bytes()))), encoding="utf-8")
    log = folder / "mock-server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(command), "mock", "--host", "127.0.0.1", "--port", "0", str(told)],
            stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "0"},
        )  # fmt: skip
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, as soon as it does."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        _, told, address = log.read_text(encoding="utf-8", errors="replace").partition("is listening on ")
        if told and "\n" in address:
            return address.split()[0]
        time.sleep(0.1)
    raise RuntimeError(f"the mock server did not start: {log.read_text(errors='replace')[-2000:]}")
