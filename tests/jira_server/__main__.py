"""``python -m jira_server --mode cloud|dc --issues FILE [--port 0] [--options JSON]``.

Serves until it is ended; the first line of stdout is the server's address.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
import threading
from pathlib import Path

import orjson

from jira_server.issue import read_records, stored_issues
from jira_server.server import JiraServer


def _end_with_stdin() -> None:
    """End when the parent does: its end of the pipe closes then, however it ended."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve the issues of a file."""
    parser = argparse.ArgumentParser(prog="jira_server", description=__doc__)
    parser.add_argument("--mode", choices=("cloud", "dc"), required=True)
    parser.add_argument("--issues", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--options", default="{}", help="JSON: options, faults, random_faults, actions")
    parser.add_argument("--stored", action="store_true", help="leave the issues in their file; for very many")
    parser.add_argument("--until-stdin-closes", action="store_true")
    words = parser.parse_args()
    told = orjson.loads(words.options)
    gc.disable()  # while many long-lived objects are made
    cloud = words.mode == "cloud"
    records = stored_issues(words.issues, cloud=cloud) if words.stored else read_records(words.issues)
    server = JiraServer(words.port, list(records), told, cloud=cloud)
    gc.freeze()
    gc.enable()
    if words.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
