"""Issues written as the CSV that Jira exports with all fields, for tests of reading it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Cells = dict[str, str | Sequence[str]]
"""A row by column; a column with a list of values stands so many times."""

CLOUD = "%d/%b/%y %I:%M %p"


def table(rows: Iterable[Cells], delimiter: str = ",") -> str:
    """The rows as CSV: each column as often as the row with the most values of it needs."""
    rows = list(rows)
    width: dict[str, int] = {}
    for row in rows:
        for title, value in row.items():
            width[title] = max(width.get(title, 1), 1 if isinstance(value, str) else len(value))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow([title for title, times in width.items() for _ in range(times)])
    for row in rows:
        cells: list[str] = []
        for title, times in width.items():
            value = row.get(title, "")
            values = [value] if isinstance(value, str) else list(value)
            cells += values + [""] * (times - len(values))
        writer.writerow(cells)
    return text.getvalue()


def export(records: Iterable[dict[str, Any]], shown: str = CLOUD, zone: str = "UTC") -> str:
    """Records of the REST interface as Jira's CSV, times to the minute in the form and zone given."""

    def show(moment: str | None) -> str:
        if not moment:
            return ""
        return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime(shown)

    return table([_row(record, show) for record in records])


def _row(record: dict[str, Any], show: Callable[[str | None], str]) -> Cells:
    fields = record["fields"]
    due = fields.get("duedate")
    row: Cells = {
        "Summary": fields["summary"],
        "Issue key": record["key"],
        "Issue id": record["id"],
        "Parent": (fields.get("parent") or {}).get("id", ""),
        "Issue Type": fields["issuetype"]["name"],
        "Status": fields["status"]["name"],
        "Status Category": fields["status"]["statusCategory"]["name"],
        "Project key": fields["project"]["key"],
        "Project type": fields["project"]["projectTypeKey"],
        "Priority": fields["priority"]["name"],
        "Created": show(fields["created"]),
        "Resolved": show(fields["resolutiondate"]),
        "Due date": show(datetime.fromisoformat(due).replace(tzinfo=UTC).isoformat() if due else None),
        "Labels": fields["labels"],
        "Fix versions": [version["name"] for version in fields["fixVersions"]],
        "Sub-task": [subtask["id"] for subtask in fields["subtasks"]],
        "Comment": [
            f"{show(c['created'])};{_id(c['author'])};{wiki(c['body'])}"
            for c in fields["comment"]["comments"]
        ],
        "Log Work": [
            f"{wiki(log.get('comment', ''))};{show(log['created'])};{_id(log['author'])};60"
            for log in fields["worklog"]["worklogs"]
        ],
        "Attachment": [
            f"{show(file['created'])};{_id(file['author'])};{file['filename']};https://tracker.example/1"
            for file in fields.get("attachment", [])
        ],
    }
    for link in fields["issuelinks"]:
        for side in ("inward", "outward"):
            if f"{side}Issue" in link:
                title = f"{side.capitalize()} issue link ({link['type']['name']})"
                row[title] = [*row.get(title, ()), link[f"{side}Issue"]["key"]]
    for title in ("Assignee", "Reporter", "Creator"):
        user = fields[title.lower()]
        row[title], row[f"{title} Id"] = (user["displayName"] if user else ""), _id(user)
    return row


def _id(user: dict[str, Any] | None) -> str:
    return str(user["accountId"]) if user else ""


def wiki(body: Any) -> str:
    """An ADF document as wiki text, in which exports have it; a text as it is."""
    return body if isinstance(body, str) else "\n\n".join(map(_block, body["content"]))


def _block(node: dict[str, Any]) -> str:
    kind, children = node["type"], node.get("content", [])
    if kind == "bulletList":
        return "\n".join("* " + " ".join(map(_block, item["content"])) for item in children)
    if kind == "blockquote":
        return "{quote}" + "\n".join(map(_block, children)) + "{quote}"
    text = "".join(
        f"[~accountid:{child['attrs']['id']}]" if child["type"] == "mention" else child["text"]
        for child in children
    )
    return "{code}\n" + text + "\n{code}" if kind == "codeBlock" else text
