"""Starts a test server as a process of its own, and steers it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jira_server.convert import Record
from jira_server.options import Options

_STEERING = ("faults", "random_faults", "actions")


def _split(told: Mapping[str, Any]) -> dict[str, Any]:
    """Options apart from faults and actions."""
    found: dict[str, Any] = {name: told[name] for name in _STEERING if name in told}
    options = {name: value for name, value in told.items() if name not in _STEERING}
    Options().update(options)  # an unknown name fails here already
    if options:
        found["options"] = options
    return found


class Server:
    """A running server. ``url`` is its address, ``options`` what it was started with."""

    def __init__(
        self, mode: str, issues: Path, told: Mapping[str, Any], port: int = 0, *, stored: bool = False
    ) -> None:
        self.mode = mode
        self._told = {name: value for name, value in told.items() if name not in _STEERING}
        self.options = Options()
        self.options.update(self._told)
        path = [str(Path(__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jira_server", "--mode", mode, "--issues", str(issues)),
                *("--port", str(port), "--until-stdin-closes", "--options", json.dumps(_split(told))),
                *(["--stored"] if stored else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()
        if not self.url:
            self.stop()
            raise RuntimeError("the test server did not start; its stderr tells why")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    # -- steering

    def _tell(self, told: Mapping[str, Any]) -> list[Any]:
        data = json.dumps(told).encode()
        request = urllib.request.Request(f"{self.url}/_control", data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found: list[Any] = json.load(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                raise ValueError(json.load(problem)) from None
        return found

    def configure(self, **changes: Any) -> None:
        """Change options; ``faults`` and ``random_faults`` replace those that were set before."""
        self._tell(_split(changes))
        self.options.update({name: value for name, value in changes.items() if name not in _STEERING})

    def reset(self) -> None:
        """Be as at the start: the records, options and faults of then, and an empty log."""
        self._act("reset")
        self.options = Options()
        self.options.update(self._told)

    def _act(self, do: str, **more: Any) -> Any:
        return self._tell({"actions": [{"do": do, **more}]})[0]

    def put(self, *records: Record) -> None:
        """Add issues, or replace those with their ids; in either form of records."""
        self._tell({"actions": [{"do": "put", "record": record} for record in records]})

    def delete(self, key: str) -> None:
        """Take an issue away."""
        self._act("delete", key=key)

    def hide(self, key: str, *, hidden: bool = True) -> None:
        """Take from the account the right to see an issue, or give it back."""
        self._act("hide", key=key, hidden=hidden)

    def move(self, key: str, new_key: str) -> None:
        """Give an issue a new key; the old one still finds it."""
        self._act("move", key=key, new_key=new_key)

    def hide_comment(self, id_: str, *, hidden: bool = True) -> None:
        """Take from the account the right to see a comment, or give it back."""
        self._act("hide-comment", id=id_, hidden=hidden)

    def issue(self, key: str) -> Record:
        """The whole record as the server holds it, hidden parts, comment properties and all."""
        found: Record = self._act("issue", key=key)["record"]
        return found

    def issue_properties(self, key: str) -> dict[str, Any]:
        """The issue's properties."""
        found: dict[str, Any] = self._act("issue", key=key)["properties"]
        return found

    # -- the log

    def requests(self) -> list[dict[str, Any]]:
        """All requests to the API so far, in the order in which they came."""
        found: list[dict[str, Any]] = self._act("requests")
        return found

    def reset_log(self) -> None:
        """Forget the requests so far."""
        self._act("reset-log")

    # -- what a client needs

    def headers(self) -> dict[str, str]:
        """The header that authenticates the account."""
        import base64

        if self.mode == "dc":
            return {"Authorization": f"Bearer {self.options.pat}"}
        pair = f"{self.options.email}:{self.options.token}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    @property
    def gateway(self) -> str:
        """Cloud: the address for the scoped token."""
        return f"{self.url}/ex/jira/{self.options.cloud_id}"


def start(
    mode: str, issues: Path | str | Iterable[Record], *, port: int = 0, stored: bool = False, **options: Any
) -> Server:
    """Start a server of mode ``cloud`` or ``dc`` on a file of issues, or on records.

    ``stored`` leaves the issues in the file, for very many: it has to be in the mode's form, and nothing can
    be written.

    ``options`` are the fields of ``Options``, ``faults`` and ``random_faults``.
    """
    if isinstance(issues, (str, Path)):
        return Server(mode, Path(issues), options, port, stored=stored)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in issues)
        file.flush()
        return Server(mode, Path(file.name), options, port)
