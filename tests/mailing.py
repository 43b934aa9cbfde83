"""Services on loopback that messages are sent to: a mail server and a webhook, each with what came."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """Mails as they came; ``refuse`` makes the server refuse those to an address."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.refuse: set[str] = set()
        self.port = 0

    async def handle_RCPT(  # noqa: N802  # as aiosmtpd calls it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refuse:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # as aiosmtpd calls it
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((list(envelope.rcpt_tos), mail))
        return "250 OK"

    def address(self, to: str) -> str:
        """The notification address by which this server delivers to somebody."""
        return f"mailto://localhost:{self.port}?from=tool@example.org&to={to}"

    def parts(self, to: str) -> list[tuple[str, str]]:
        """The plain and the HTML part of each mail to somebody."""
        found = []
        for tos, mail in self.mails:
            if tos == [to]:
                bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
                plain, html = (body.get_content() if body is not None else "" for body in bodies)
                found.append((plain, html))
        return found


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        box.port = found.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


class Hook:
    """A webhook: the messages by path. ``statuses`` are answers by path; ``hold`` keeps it from answering."""

    def __init__(self) -> None:
        self.came: list[tuple[str, dict[str, Any]]] = []
        self.statuses: dict[str, int] = {}
        self.hold = threading.Event()
        self.hold.set()
        self.port = 0

    def address(self, path: str, secret: str = "s3cret") -> str:
        return f"json://user:{secret}@127.0.0.1:{self.port}/{path}"

    def texts(self, path: str) -> list[str]:
        """The messages to one path."""
        return [body["message"] for where, body in list(self.came) if where == f"/{path}"]


@contextmanager
def webhook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hook.came.append((self.path, body))
            hook.hold.wait(20)
            self.send_response(hook.statuses.get(self.path, 200))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Who sends may be killed."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield hook
        finally:
            hook.hold.set()
            server.shutdown()
            thread.join()
