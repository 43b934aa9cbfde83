"""Plays a week on issues of the demo, with `apply` once a day, and tells what a reader of the issues sees.

What people do is data (tests/week.yaml). Issues are changed as a tracker would change them; the tool's
comments are read from the issues and never from its plan.
"""

from __future__ import annotations

import html
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from ownership_audit.cli import app
from ownership_audit.demo import CONFIG, SOURCE
from ownership_audit.trackers.marker import Marker

_STORY = Path(__file__).resolve().parents[1] / "tests" / "week.yaml"
_TOOL = "ownership-audit"
_DONE = {"name": "Done", "statusCategory": {"key": "done", "name": "Done"}}

Json = dict[str, Any]


def transcript() -> Iterator[str]:
    """The week as Markdown blocks, day by day."""
    story = yaml.safe_load(_STORY.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        week = _Week(Path(folder), story)
        last = ""
        for run in story["runs"]:
            yield from week.people(last, str(run))
            yield from week.tool(str(run))
            last = str(run)


class _Week:
    """The issues, in a file that the tool writes to, and everybody who is known on them."""

    def __init__(self, folder: Path, story: Json) -> None:
        self._file, self._config, self._log = (
            folder / name for name in ("week.jsonl", "s.yaml", "log.jsonl")
        )
        self._events = story["events"]
        every = [json.loads(line) for line in SOURCE.read_text(encoding="utf-8").splitlines()]
        self._people = {user["displayName"]: user for record in every for user in _users(record)}
        self._names = {user["accountId"]: name for name, user in self._people.items()}
        self._write({record["key"]: record for record in every if record["key"] in story["issues"]})
        actions = yaml.safe_dump({"actions": story["actions"]})
        self._config.write_text(CONFIG.read_text(encoding="utf-8") + actions, encoding="utf-8")

    def _read(self) -> dict[str, Json]:
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return {record["key"]: record for record in map(json.loads, lines)}

    def _write(self, issues: Mapping[str, Json]) -> None:
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in issues.values())
        self._file.write_text("".join(lines), encoding="utf-8")

    # -- people ------------------------------------------------------------------------------------------

    def people(self, since: str, until: str) -> Iterator[str]:
        """What people do between two runs."""
        issues = self._read()
        told = []
        for number, event in enumerate(self._events):
            if since <= str(event["at"]) < until:
                when = f"{_day(event['at'])}, {_clock(event['at'])}"
                told.append(f"- {when}, **{event['issue']}**: {self._happen(issues, event, number)}")
        self._write(issues)
        if told:
            yield "In between, people did this:\n\n" + "\n".join(told)

    def _happen(self, issues: Mapping[str, Json], event: Json, number: int) -> str:
        record, who = issues[event["issue"]], self._people[event["by"]]
        fields, at = record["fields"], f"{event['at']}:00.000+0000".replace(" ", "T")
        done, items = [], []
        if "due" in event:
            items.append(_item("duedate", fields["duedate"], str(event["due"])))
            fields["duedate"] = str(event["due"])
            done.append(f"moved the due date to {_day(event['due'])}")
        if "owner" in event:
            old, new = fields["assignee"], self._people[event["owner"]]
            ids = [user and user["accountId"] for user in (old, new)]
            names = [user and user["displayName"] for user in (old, new)]
            items.append({**_item("assignee", *names), "from": ids[0], "to": ids[1]})
            fields["assignee"] = new
            done.append(f"made {event['owner']} the owner")
        if "status" in event:
            items.append(_item("status", fields["status"]["name"], event["status"]))
            fields["status"] = _DONE
            fields["resolution"], fields["resolutiondate"] = {"name": "Done"}, at
            done.append(f"set it to {event['status']}")
        if items:
            histories = record["changelog"]["histories"]
            histories.append({"id": f"9{number:05}", "author": who, "created": at, "items": items})
            record["changelog"]["total"] = len(histories)
        if "says" in event:
            block = fields["comment"]
            body = event["says"] if "/api/2/" in record["self"] else _tree(event["says"])
            block["comments"].append({"id": f"8{number:05}", "author": who, "created": at, "body": body})
            block["total"] = len(block["comments"])
            words = " / ".join(event["says"].splitlines())
            done.append(f"wrote: \u201c{words}\u201d")
        return f"{event['by']} {' and '.join(done)}"

    # -- the tool ----------------------------------------------------------------------------------------

    def tool(self, run: str) -> Iterator[str]:
        """One run, and what is different on the issues after it."""
        before = self._comments()
        words = ["apply", str(self._file), "--config", str(self._config), "--as-of", f"{run}Z"]
        result = CliRunner().invoke(app, [*words, "--yes", "--log", str(self._log)])
        if result.exit_code:
            sys.exit(f"{run}: exit code {result.exit_code}\n{result.output}")
        after, issues = self._comments(), self._read()
        yield f"## {datetime.fromisoformat(run):%A}, {_day(run)}, {_clock(run)}"
        told = False
        for place in sorted(after.keys() | before.keys(), key=lambda place: (place[0], int(place[1]))):
            old, new = before.get(place), after.get(place)
            if old == new:
                continue
            told = True
            key = place[0]
            yield f"**{key}** {issues[key]['fields']['summary']}: {self._change(old, new)}"
            if new is not None:
                yield "\n".join(f"> {line}".rstrip() for line in self._shown(new["body"]))
        for key, why in re.findall(r"^(\S+)\n  not now: (.*)$", result.output, re.MULTILINE):
            told = True
            yield f"**{key}** waits: {why}."
        if not told:
            yield "The tool writes nothing."

    def _comments(self) -> dict[tuple[str, str], Json]:
        return {
            (key, comment["id"]): comment
            for key, record in self._read().items()
            for comment in record["fields"]["comment"]["comments"]
            if comment["author"].get("name") == _TOOL
        }

    def _change(self, old: Json | None, new: Json | None) -> str:
        if new is None:
            return "the comment is deleted"
        marker = Marker.read(new["properties"][0]["value"])
        state = marker.state if marker is not None else ""
        if old is None:
            notified = [self._names[id_] for id_ in _mentions(new["body"])]
            return f"a new comment, which notifies {' and '.join(notified) or 'nobody'}"
        written = _day(old["created"])
        if state == "moved":
            return f"the comment of {written} becomes one line"
        return f"the comment of {written} " + (
            "is taken back" if state == "settled" else "is edited in place"
        )

    def _shown(self, body: object) -> Iterator[str]:
        """A comment as a reader sees it, in Markdown."""
        blocks = _adf_blocks(body) if isinstance(body, dict) else self._wiki_blocks(str(body))
        for number, block in enumerate(blocks):
            if number:
                yield ""
            yield block

    def _wiki_blocks(self, text: str) -> Iterator[str]:
        for block in text.split("\n\n"):
            block = re.sub(r"\[~([^\]]+)\]", lambda found: f"**@{self._names[found[1]]}**", block)
            block = re.sub(r"(?<!\*)\*(\S[^*]*)\*(?!\*)", r"**\1**", block)
            block = re.sub(r"^\{quote\}(.*)\{quote\}$", r"> \1", block)
            yield html.unescape(block)


def _adf_blocks(tree: Json) -> Iterator[str]:
    for node in tree["content"]:
        if node["type"] == "blockquote":
            yield from (f"> {block}" for block in _adf_blocks(node))
        else:
            yield "".join(map(_adf_inline, node["content"]))


def _adf_inline(node: Json) -> str:
    if node["type"] == "mention":
        return f"**{node['attrs']['text']}**"
    marks = {mark["type"] for mark in node.get("marks", ())}
    sign = "**" if "strong" in marks else "_" if "em" in marks else ""
    return f"{sign}{node['text']}{sign}"


def _mentions(body: object) -> list[str]:
    """The ids of who is notified, from the comment itself."""
    if isinstance(body, str):
        return re.findall(r"\[~([^\]]+)\]", body)
    if isinstance(body, list):
        return [id_ for node in body for id_ in _mentions(node)]
    if not isinstance(body, dict):
        return []
    own = [body["attrs"]["id"]] if body.get("type") == "mention" else []
    return own + _mentions(body.get("content"))


def _users(value: object) -> Iterator[Json]:
    """Everybody named anywhere in a record."""
    if isinstance(value, list):
        for entry in value:
            yield from _users(entry)
    elif isinstance(value, dict):
        if "accountId" in value and "displayName" in value:
            yield value
        for entry in value.values():
            yield from _users(entry)


def _tree(text: str) -> Json:
    lines = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.splitlines()]
    return {"type": "doc", "version": 1, "content": lines}


def _item(field: str, old: object, new: object) -> Json:
    return {"field": field, "fieldtype": "jira", "from": old, "fromString": old, "to": new, "toString": new}


def _day(moment: object) -> str:
    day = date.fromisoformat(str(moment)[:10])
    return f"{day.day} {day:%B}"


def _clock(moment: object) -> str:
    return str(moment)[11:16]
