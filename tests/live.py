"""What tests of live sites share: a site on a test server, its mirror, clocks that cost no time."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from jira_server import Server, cloud_record
from jira_server.issue import read_records
from ownership_audit.config import Settings
from ownership_audit.mirror import MirrorSource, Outcome, Store, sync
from ownership_audit.reports.interface import render
from ownership_audit.run import Auditor, Options, choose_rules, load_signals
from ownership_audit.sites import open_site, with_fields
from ownership_audit.trackers.configure import TrackerSettings
from ownership_audit.trackers.interface import Source
from ownership_audit.trackers.jira.rest.access import Login
from ownership_audit.trackers.jira.rest.client import JiraSite
from ownership_audit.trackers.jira.rest.pace import Clock, Policy

Record = dict[str, Any]

QUICK = Policy(silence=0.4, connect=2.0)
"""As usual, but for a silence that is given up soon."""


class Waits:
    """A clock that stands still but for its sleeps, which cost no time; ``slept`` are their seconds."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._lock = threading.Lock()
        self._now = 0.0

    def seconds(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(self.seconds, self.sleep)


def hurried(times: float) -> Clock:
    """A real clock that runs so many times faster, for tests that look at when requests arrive."""
    return Clock(lambda: time.monotonic() * times, lambda seconds: time.sleep(seconds / times))


def environment_of(server: Server) -> dict[str, str]:
    """The variables with the credentials of a server's account."""
    if server.mode == "dc":
        return {"JIRA_TOKEN": server.options.pat}
    return {"JIRA_TOKEN": server.options.token, "JIRA_EMAIL": server.options.email}


def site_of(
    server: Server,
    clock: Clock | None = None,
    policy: Policy | None = None,
    *,
    settings: Settings | None = None,
    projects: tuple[str, ...] = (),
    jql: str | None = None,
    **tracker: Any,
) -> JiraSite:
    """The client of a server; ``tracker`` are further settings of it, ``projects`` and ``jql`` narrow."""
    told = TrackerSettings("here", "here", server.url, server.url, Login("here"), **tracker)
    return open_site(
        told,
        settings or Settings(),
        environment_of(server),
        clock or Waits().clock,
        policy,
        projects=projects,
        jql=jql,
    )


def now() -> datetime:
    return datetime.now(UTC)


def synced(server: Server, path: Path, *, at: datetime | None = None, **options: Any) -> Outcome:
    """Sync a mirror with a server as the command does, by a clock that costs no time."""
    names = ("since", "narrowed", "sweep_every", "progress")
    how = {name: options.pop(name) for name in names if name in options}
    with Store(path) as store:
        return sync(store, site_of(server, **options), at or now(), **how)


def held(path: Path) -> dict[str, Record]:
    """What a mirror holds, by key."""
    with Store(path) as store:
        return dict(store.payloads())


def audited(source: Source, as_of: datetime, settings: Settings | None = None) -> str:
    """The whole report on a source as JSON, history and all."""
    settings = settings or Settings()
    auditor = Auditor(settings, choose_rules(settings), load_signals())
    return render(auditor.audit(source, Options(as_of, history=True)), "json", None, 100)


def audited_mirror(path: Path, as_of: datetime, settings: Settings | None = None) -> str:
    """The report on a mirror as the command makes it."""
    with Store(path) as store:
        fields = with_fields(settings or Settings(), store.note("about") or {})
        return audited(MirrorSource("here", store), as_of, fields)


def without_addresses(report: str) -> str:
    """A report with the addresses of issues cut down to what does not depend on the site."""
    return re.sub(r'"url": "[^"]*?/browse/', '"url": "/browse/', report)


def fingerprints(report: str) -> set[str]:
    """What a report finds, each by what makes it the same finding."""
    return {
        json.dumps([found[name] for name in ("fingerprint", "rule", "issue", "status")])
        for found in json.loads(report)["findings"]
    }


def in_form_of(mode: str, source: Path) -> Iterator[Record]:
    """The records of a file as that kind of site has them; Data Center keeps those of the file."""
    for record in read_records(source):
        yield cloud_record(record) if mode == "cloud" else record


def paths(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """What was asked, in short: the method and the end of the path."""
    return [f"{one['method']} {re.sub('^/rest/api/[23]/', '', one['path'])}" for one in entries]


def chance(seed: int) -> random.Random:
    return random.Random(seed)


@contextmanager
def answering(
    *answers: tuple[int, Mapping[str, str], bytes],
) -> Iterator[tuple[str, list[Mapping[str, str]]]]:
    """A server that gives these answers in turn, the last one again and again; its address and what came."""
    came: list[Mapping[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = answers[min(len(came), len(answers) - 1)]
            came.append({":path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  # the standard library asks for these names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", came
        finally:
            server.shutdown()
            thread.join()
