"""The HTTP side: sockets, the log, faults as the network and proxies show them, the control endpoint."""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson

from jira_server.api import Api
from jira_server.convert import Record
from jira_server.faults import Fault, Faults
from jira_server.http import Request, Response
from jira_server.issue import Issue
from jira_server.options import Options
from jira_server.state import State

_HTML: Final = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Oops</h1></body></html>"
_REASONS: Final = {
    429: "Rate limit exceeded.",
    500: "Internal server error",
    503: "Service temporarily unavailable",
}


class JiraServer(ThreadingHTTPServer):
    """Listens on loopback; each connection has its thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, records: list[Record | Issue], told: dict[str, Any], *, cloud: bool
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.log_lock = threading.Lock()
        self._records, self._told, self._cloud = records, told, cloud
        self.reset()

    def reset(self) -> None:
        """Be as at the start: the records, options and faults of then, and an empty log."""
        options = Options(base_url=self.url)
        options.update(self._told.get("options", {}))
        self.api = Api(State(self._records, options, cloud=self._cloud))
        self.faults = Faults()
        self.log: list[dict[str, Any]] = []
        self.control({name: value for name, value in self._told.items() if name != "options"})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""

    def control(self, told: dict[str, Any]) -> Any:
        """Carry out what the control endpoint is told: options, faults, then actions in their order."""
        state = self.api.state
        with state.lock:
            state.options.update(told.get("options", {}))
            if "faults" in told:
                self.faults.set_rules(told["faults"])
            if "random_faults" in told:
                self.faults.set_random(told["random_faults"])
            found = [self._act(action) for action in told.get("actions", [])]
            if told.get("options") or told.get("actions"):
                self.api.refresh()
        return found

    def _act(self, action: dict[str, Any]) -> Any:
        state, what = self.api.state, action["do"]
        if what == "put":
            return state.put(action["record"])
        if what == "delete":
            return state.delete(action["key"])
        if what == "hide":
            return state.hide(action["key"], hidden=action.get("hidden", True))
        if what == "move":
            return state.move(action["key"], action["new_key"])
        if what == "hide-comment":
            return state.hide_comment(str(action["id"]), hidden=action.get("hidden", True))
        if what == "reset":
            return self.reset()
        if what == "issue":
            issue = state.any(action["key"])
            return {"record": issue.record, "properties": issue.properties}
        if what == "reset-log":
            with self.log_lock:
                return self.log.clear()
        if what == "requests":
            with self.log_lock:
                return list(self.log)
        raise ValueError(f"no such action: {what}")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "AtlassianEdge"
    sys_version = ""
    disable_nagle_algorithm = True
    server: JiraServer

    def log_message(self, *_: Any) -> None:
        """Keep stderr for what is wrong with the server itself."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        parts = urlsplit(self.path)
        if parts.path == "/_control":
            self._control(raw)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        body: Any = None
        with contextlib.suppress(orjson.JSONDecodeError):
            body = orjson.loads(raw) if raw else None
        request = Request(self.command, parts.path, query, headers, body)
        identity = f"{self.command} {self.path} {raw.decode(errors='replace')}"
        fault = self.server.faults.choose(self.command, parts.path, identity)
        entry = {
            "method": self.command,
            "path": parts.path,
            "query": query,
            "headers": headers,
            "body": body if body is not None or not raw else raw.decode(errors="replace"),
            "status": None,
            "fault": fault.kind if fault else None,
            "worked": fault is None or fault.work,
            "at": time.time(),
        }
        with self.server.log_lock:
            self.server.log.append(entry)
        response = Response(204)
        if fault is None or fault.work:
            response = self._answer(request, raw)
        if fault is not None:
            self._fail(fault, response, entry)
        else:
            self._note(entry, response)
            self._send(response)

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815  # the standard library asks for these names

    def _answer(self, request: Request, raw: bytes) -> Response:
        kind = request.headers.get("content-type", "")
        if raw and "json" not in kind:
            return Response(415, {"errorMessages": ["HTTP 415 Unsupported Media Type"], "errors": {}})
        return self.server.api.answer(request)

    def _note(self, entry: dict[str, Any], response: Response, status: int | None = -1) -> None:
        entry["status"] = response.status if status == -1 else status
        if self.server.api.state.options.log_bodies:
            entry["response"] = response.body

    def _control(self, raw: bytes) -> None:
        try:
            self._send(Response(200, self.server.control(orjson.loads(raw))))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            self._send(Response(400, f"{type(problem).__name__}: {problem}"))

    # -- answers

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header by the server's clock, which may be wrong."""
        if timestamp is not None:
            return super().date_time_string(timestamp)
        return format_datetime(self.server.api.state.now(), usegmt=True)

    def _head(self, response: Response) -> bytes:
        """Queue status and headers; the body to send."""
        content = b"" if response.body is None else orjson.dumps(response.body)
        if response.raw is not None:
            content = response.raw
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if "Content-Type" not in response.headers:
            self.send_header("Content-Type", "application/json;charset=UTF-8")
        if response.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.send_header("X-ARequestId", format(time.monotonic_ns(), "x"))
        return content

    def _send(self, response: Response) -> None:
        content = self._head(response)
        self.end_headers_with(content)

    def end_headers_with(self, content: bytes) -> None:
        """Send queued headers and the body in one piece."""
        queued: list[bytes] = vars(self)["_headers_buffer"]
        queued.extend([b"\r\n", content])
        self.flush_headers()

    # -- faults

    def _fail(self, fault: Fault, response: Response, entry: dict[str, Any]) -> None:
        kind = fault.kind
        if kind in ("drop-before", "drop-after"):
            self._note(entry, response, None)
            self.close_connection = True
        elif kind == "timeout":
            self._note(entry, response)
            time.sleep(fault.seconds)
            self._send(response)
        elif kind == "truncated":
            self._note(entry, response)
            self._cut(response)
        elif kind == "slow":
            self._note(entry, response)
            self._drip(response, fault.seconds)
        elif kind.startswith("html-"):
            failed = Response(int(kind[5:]), None, {"Content-Type": "text/html;charset=UTF-8"}, _HTML)
            self._note(entry, failed)
            self._send(failed)
        else:
            failed = self._refusal(fault)
            self._note(entry, failed)
            self._send(failed)

    def _refusal(self, fault: Fault) -> Response:
        status, headers = int(fault.kind), {}
        if status in (429, 503):
            after: str = (
                f"{fault.retry_after:g}" if not isinstance(fault.retry_after, str) else fault.retry_after
            )
            if fault.http_date and not isinstance(fault.retry_after, str):
                until = self.server.api.state.now() + timedelta(seconds=fault.retry_after)
                after = format_datetime(until, usegmt=True)
            headers["Retry-After"] = after
        if status == 429:
            headers["RateLimit-Reason"] = fault.reason
            headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"] = "100", "0"
            if not isinstance(fault.retry_after, str):
                reset = self.server.api.state.now() + timedelta(seconds=fault.retry_after)
                headers["X-RateLimit-Reset"] = reset.strftime("%Y-%m-%dT%H:%M:%SZ")
        return Response(status, {"errorMessages": [_REASONS[status]], "errors": {}}, headers)

    def _cut(self, response: Response) -> None:
        content = self._head(response)
        self.close_connection = True
        self.end_headers_with(content[: len(content) // 2])

    def _drip(self, response: Response, seconds: float) -> None:
        content = self._head(response)
        self.end_headers_with(b"")
        steps = min(20, max(len(content), 1))
        size = -(-len(content) // steps)
        for at in range(0, len(content), size or 1):
            time.sleep(seconds / steps)
            self.wfile.write(content[at : at + size])
