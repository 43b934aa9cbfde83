"""The demo data has the form Jira gives, agrees with itself, and each issue has its row in STORIES.md."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ownership_audit.demo import AS_OF, SOURCE

Json = dict[str, Any]

# The rules that are there; every other one of the catalogue carries a * in STORIES.md.
RULES = {
    "unacknowledged", "dropped-handoff", "ping-pong", "deadline-passed-in-silence", "deadline-not-replanned",
    "serial-slip", "silent-handoff", "silent-in-progress", "silent-before-deadline",
    "not-started-near-deadline", "late-warning", "deadline-without-owner", "unowned", "abandoned",
    "reopened-again", "deflected-handoff", "sent-away", "unanswered-question", "chased",
    "requester-left-waiting", "broken-promise", "open-promise", "promise-for-others",
    "promise-lost-in-handoff", "blocker-without-next-step", "blocker-not-chased", "waiting-for-orders",
    "not-fixed-after-all", "closed-on-a-question",
}  # fmt: skip
WIKI_PROJECTS = {"OPS"}
FIELD_OF_ITEM = {
    "status": "status", "assignee": "assignee", "priority": "priority", "resolution": "resolution",
    "duedate": "duedate", "timeoriginalestimate": "timeoriginalestimate", "timespent": "timespent",
}  # fmt: skip

LINES = SOURCE.read_text(encoding="utf-8").splitlines()
ISSUES: list[Json] = [json.loads(line) for line in LINES]
BY_KEY: dict[str, Json] = {issue["key"]: issue for issue in ISSUES}
each_issue = pytest.mark.parametrize("issue", ISSUES, ids=[issue["key"] for issue in ISSUES])


def stories() -> list[tuple[str, str, list[str]]]:
    """The rows of STORIES.md as (key, story, what it shows)."""
    rows = []
    for line in SOURCE.with_name("STORIES.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and not line.startswith(("| Issue", "| ---")):
            key, story, shows = (cell.strip() for cell in line.strip("|").split("|"))
            rows.append((key, story, [rule.strip() for rule in shows.split(",")]))
    return rows


def parse(time: str) -> datetime:
    return datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


def histories(issue: Json) -> list[Json]:
    """The changelog, oldest first."""
    return sorted(issue["changelog"]["histories"], key=lambda entry: (entry["created"], int(entry["id"])))


def current(issue: Json, field: str) -> str | None:
    """What the field holds now, in the form a changelog item's `to` gives it."""
    value = issue["fields"].get(field)
    if isinstance(value, dict):
        value = value.get("accountId") or value["id"]
    return None if value is None else str(value)


def people(value: Any) -> Iterator[Json]:
    """Every user anywhere in the payload."""
    if isinstance(value, dict):
        if "accountId" in value:
            yield value
        for part in value.values():
            yield from people(part)
    elif isinstance(value, list):
        for part in value:
            yield from people(part)


def bodies(issue: Json) -> Iterator[Any]:
    yield issue["fields"]["description"]
    for comment in issue["fields"]["comment"]["comments"]:
        yield comment["body"]


def check_adf(node: Json) -> None:
    """Light check of one document node: types are named, text is not empty, mentions have an id."""
    assert isinstance(node["type"], str)
    if node["type"] == "text":
        assert node["text"]
    elif node["type"] == "mention":
        assert node["attrs"]["id"]
    else:
        assert node["content"]
        for child in node["content"]:
            check_adf(child)


def test_keys_and_ids_are_unique() -> None:
    assert len(BY_KEY) == len(ISSUES)
    assert len({issue["id"] for issue in ISSUES}) == len(ISSUES)
    comment_ids = [c["id"] for issue in ISSUES for c in issue["fields"]["comment"]["comments"]]
    assert len(set(comment_ids)) == len(comment_ids)


def test_every_issue_has_one_story_in_order_of_keys() -> None:
    keys = [key for key, _, _ in stories()]
    assert set(keys) == set(BY_KEY)
    assert keys == sorted(keys, key=lambda key: (key.split("-")[0], int(key.split("-")[1])))


def test_at_least_half_and_twenty_are_healthy() -> None:
    healthy = sum(shows == ["healthy"] for _, _, shows in stories())
    assert healthy >= max(20, len(ISSUES) / 2)


def test_stars_mark_the_rules_of_later_versions() -> None:
    shown = [rule for _, _, shows in stories() for rule in shows if rule != "healthy"]
    assert all((rule in RULES) != rule.endswith("*") for rule in shown)
    assert set(shown) >= RULES


@each_issue
def test_counts_are_what_is_present(issue: Json) -> None:
    comment, log = issue["fields"]["comment"], issue["fields"]["worklog"]
    assert comment["total"] == len(comment["comments"])
    assert log["total"] == len(log["worklogs"])
    assert issue["changelog"]["total"] == len(issue["changelog"]["histories"])


@each_issue
def test_changelog_leads_to_the_current_fields(issue: Json) -> None:
    value: dict[str, str | None] = {}
    for entry in histories(issue):
        for item in entry["items"]:
            if item["field"] not in FIELD_OF_ITEM:
                continue
            if item["field"] in value:
                assert item["from"] == value[item["field"]], entry
            assert item["from"] != item["to"], entry
            value[item["field"]] = item["to"]
    for field, last in value.items():
        assert current(issue, FIELD_OF_ITEM[field]) == last


@each_issue
def test_resolution_and_status_agree(issue: Json) -> None:
    fields = issue["fields"]
    done = fields["status"]["statusCategory"]["key"] == "done"
    assert done == (fields["resolution"] is not None) == (fields["resolutiondate"] is not None)


@each_issue
def test_times_lie_between_creation_and_the_audit(issue: Json) -> None:
    fields = issue["fields"]
    created = parse(fields["created"])
    times = [parse(entry["created"]) for entry in histories(issue)]
    times += [parse(comment["created"]) for comment in fields["comment"]["comments"]]
    assert all(created < time < AS_OF for time in times)
    assert parse(fields["updated"]) == max([created, *times])


@each_issue
def test_links_point_to_issues_of_the_demo_from_both_sides(issue: Json) -> None:
    for link in issue["fields"]["issuelinks"]:
        side, other_side = ("inwardIssue", "outwardIssue")
        if side not in link:
            side, other_side = other_side, side
        there = BY_KEY[link[side]["key"]]["fields"]
        assert link[side]["fields"]["status"] == there["status"]
        assert issue["key"] in [back[other_side]["key"] for back in there["issuelinks"] if other_side in back]
    if parent := issue["fields"].get("parent"):
        children = BY_KEY[parent["key"]]["fields"]["subtasks"]
        assert issue["key"] in [child["key"] for child in children]


@each_issue
def test_people_are_complete(issue: Json) -> None:
    for person in people(issue):
        assert person["displayName"]
        assert person["accountType"] in {"atlassian", "app", "customer"}
        assert isinstance(person["active"], bool)


@each_issue
def test_bodies_have_the_form_of_their_interface(issue: Json) -> None:
    for body in bodies(issue):
        if body is None:
            continue
        if issue["fields"]["project"]["key"] in WIKI_PROJECTS:
            assert isinstance(body, str)
            assert body.strip()
        else:
            assert (body["type"], body["version"]) == ("doc", 1)
            check_adf(body)


def test_apps_never_own_or_report() -> None:
    roles = [issue["fields"][role] for issue in ISSUES for role in ("reporter", "assignee")]
    assert all(person["accountType"] != "app" for person in roles if person)
