"""The Jira test server through real HTTP: what it answers, its limits, its failures."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from jira_server import Server, account_id, cloud_record, server_record, start
from jira_server.faults import KINDS
from jira_server.issue import read_records
from openapi_check import Checker
from payloads import change, comment, issue, item, server

ANN, BOB = server("ann", "Ann Lee", key="JIRAUSER1"), server("bob", "Bob Stone", key="JIRAUSER2")
NOW = "2026-04-01T12:00:00.000+0000"
BODY = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hi"}]}],
}


def minute(number: int, second: int = 0) -> str:
    return f"2026-03-02T{9 + number // 60:02d}:{number % 60:02d}:{second:02d}.000+0000"


def records() -> list[dict[str, Any]]:
    """Two projects in the form of Data Center: a long issue, a request of a service desk, small ones."""
    changes = [
        change(minute(n), ANN, item("summary", f"{n}", f"{n + 1}"), id_=str(500 + n)) for n in range(45)
    ]
    changes.append(
        change(minute(50), BOB, item("assignee", "Ann Lee", "Bob Stone", "JIRAUSER1", "JIRAUSER2"), id_="599")
    )
    comments = [comment(minute(n), BOB, f"Number {n}, [~ann]", str(700 + n)) for n in range(25)]
    for entry in comments:
        entry.update(
            updated=entry["created"], updateAuthor=BOB, self=f"https://j.example/rest/api/2/c/{entry['id']}"
        )
    people: dict[str, Any] = {"reporter": ANN, "assignee": BOB}
    found = [
        issue("WEB-1", changes=changes, comments=comments, updated=minute(60, 30), labels=["old"], **people),
        issue("WEB-2", updated=minute(60), category="done", **people),
        issue("WEB-3", updated=minute(60), **people),
        issue("DESK-4", updated=minute(90), customfield_10020=["x"], **people),
    ]
    found[3]["fields"]["project"]["projectTypeKey"] = "service_desk"
    return found


class Client:
    """Asks one server as the account, or as told."""

    def __init__(self, at: Server) -> None:
        self.at = at
        self.base = f"{at.url}/rest/api/{3 if at.mode == 'cloud' else 2}/"
        self.session = requests.Session()
        self.session.headers.update(at.headers())

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        address = path if path.startswith("http") else self.base + path
        return self.session.request(method, address, json=body, params=query, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        answer = self("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def keys(self, jql: str) -> list[str]:
        path = "search/jql" if self.at.mode == "cloud" else "search"
        return [found["key"] for found in self.get(path, jql=jql, fields="key")["issues"]]

    def error(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        answer = self(method, path, body, **query)
        told = answer.json()
        return answer.status_code, " ".join([*told["errorMessages"], *told["errors"].values()])


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Server]]:
    """A server of each kind; each test has it as at its start."""
    with start("cloud", records(), now=NOW) as cloud, start("dc", records(), now=NOW) as dc:
        yield {"cloud": cloud, "dc": dc}


@pytest.fixture
def serve(root: Path, sites: dict[str, Server]) -> Iterator[Callable[[str], Client]]:
    """A client of a server; what that answered on v3 is checked when the test is over, where it can be."""
    clients: list[Client] = []

    def begin(mode: str) -> Client:
        sites[mode].reset()
        clients.append(Client(sites[mode]))
        return clients[-1]

    yield begin
    folder = root.parent / "shared" / "openapi"
    for client in clients:
        client.session.close()
        if client.at.mode == "cloud" and folder.is_dir():
            logged = client.at.requests()
            known = [entry for entry in logged if entry["status"] is None or entry["status"] < 400]
            assert Checker(folder).problems(known) == []


@pytest.fixture(params=["cloud", "dc"])
def client(request: pytest.FixtureRequest, serve: Callable[[str], Client]) -> Client:
    """One of each kind."""
    return serve(request.param)


@pytest.fixture
def cloud(serve: Callable[[str], Client]) -> Client:
    return serve("cloud")


@pytest.fixture
def dc(serve: Callable[[str], Client]) -> Client:
    return serve("dc")


def text_body(client: Client, text: str = "Hi") -> Any:
    return json.loads(json.dumps(BODY).replace("Hi", text)) if client.at.mode == "cloud" else text


# -- conversion


def test_cloud_form_has_accounts_and_documents() -> None:
    found = cloud_record(records()[0])
    text = json.dumps(found)
    assert "JIRAUSER" not in text
    assert '"name": "ann"' not in text
    assert found["fields"]["assignee"]["accountId"] == account_id("JIRAUSER2")
    moved = found["changelog"]["histories"][-1]["items"][0]
    assert (moved["from"], moved["to"]) == (account_id("JIRAUSER1"), account_id("JIRAUSER2"))
    paragraph = found["fields"]["comment"]["comments"][0]["body"]["content"][0]
    mention = {"id": account_id("JIRAUSER1"), "text": "@Ann Lee"}
    assert paragraph["content"][1] == {"type": "mention", "attrs": mention}
    assert cloud_record(found) == found


def test_names_that_many_share_become_accounts_of_their_own() -> None:
    shared_name = "someone@example.org"
    assert account_id(shared_name, "Ann Lee") != account_id(shared_name, "Bob Stone")
    assert account_id("ann", "Ann Lee") == account_id("ann", "Ann A. Lee")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("One\ntwo\n\nthree", ["paragraph", "paragraph"]),
        ("Look:\n{code:java}\nint a;\n\nint b;\n{code}\nand on", ["paragraph", "codeBlock", "paragraph"]),
        ("{noformat}{noformat}", ["codeBlock"]),
        ("{quote}\nHe said\n{code}x{code}\n{quote}\nI say", ["blockquote", "paragraph"]),
        ("{quote}{quote}", ["blockquote"]),
        ("{code}\nnever closed", ["paragraph"]),
        (" \n\r\n ", []),
        ("", []),
    ],
)
def test_wiki_text_becomes_blocks(text: str, kinds: list[str]) -> None:
    record = records()[1]
    record["fields"]["comment"]["comments"] = [comment(minute(1), BOB, text, "1")]
    body = cloud_record(record)["fields"]["comment"]["comments"][0]["body"]
    assert [node["type"] for node in body["content"]] == kinds
    assert '"text": ""' not in json.dumps(body)


@pytest.mark.parametrize("source", ["demo", "duraspace"])
def test_bodies_are_valid_documents(source: str, shared: Path, demo_dir: Path) -> None:
    path = demo_dir / "issues.jsonl" if source == "demo" else shared / "data" / "duraspace.jsonl.gz"
    check = Checker(shared / "openapi")
    for number, record in enumerate(read_records(path)):
        if source == "demo" or number % 25 == 0:
            found = cloud_record(record)["fields"]
            bodies = [entry["body"] for entry in found["comment"]["comments"]]
            bodies += [found[name] for name in ("description", "environment") if found.get(name)]
            assert [wrong for body in bodies for wrong in check.adf_problems(body)] == []


def test_server_form_has_names_and_wiki_text(demo_dir: Path) -> None:
    for record in read_records(demo_dir / "issues.jsonl"):
        text = json.dumps(server_record(record))
        assert '"accountId"' not in text
        assert '"type": "doc"' not in text
        assert "[~accountid:" not in text


@pytest.mark.parametrize(("mode", "convert"), [("cloud", cloud_record), ("dc", server_record)])
def test_what_is_served_is_what_the_conversion_gives(
    mode: str, convert: Callable[[dict[str, Any]], dict[str, Any]], demo_dir: Path
) -> None:
    with start(mode, demo_dir / "issues.jsonl") as site:
        client = Client(site)
        for record in read_records(demo_dir / "issues.jsonl"):
            told, found = convert(record), client.get(f"issue/{record['key']}", expand="changelog")
            served, fields = found["fields"], told["fields"]
            assert served.pop("comment")["comments"] == fields.pop("comment")["comments"]
            assert {name: served[name] for name in fields} == fields
            order = ["created", "id"]
            changes = [
                sorted(one["changelog"]["histories"], key=lambda entry: [entry[name] for name in order])
                for one in (found, told)
            ]
            assert changes[0] == changes[1]


# -- the site


def test_the_site_tells_what_it_is(client: Client) -> None:
    told = client.get("serverInfo")
    assert told["deploymentType"] == ("Cloud" if client.at.mode == "cloud" else "Server")
    assert told["baseUrl"] == client.at.url
    assert told["serverTime"] == NOW
    if client.at.mode == "dc":
        assert told["version"] == "9.12.15"
    open_to_all = requests.get(client.base + "serverInfo", timeout=10)
    assert open_to_all.json() == told
    assert client.get(f"{client.at.url}/rest/api/2/serverInfo") == told


def test_the_account(client: Client) -> None:
    client.at.configure(time_zone="Asia/Tokyo", permissions={"ADD_COMMENTS": False})
    me = client.get("myself")
    assert me["timeZone"] == "Asia/Tokyo"
    assert me.get("accountId", me.get("name")) in (client.at.options.account_id, "audit-bot")
    told = client.get("mypermissions", permissions="ADD_COMMENTS,BROWSE_PROJECTS,ADMINISTER")["permissions"]
    assert [told[name]["havePermission"] for name in ("ADD_COMMENTS", "BROWSE_PROJECTS", "ADMINISTER")] == [
        False,
        True,
        False,
    ]
    assert client.error("GET", "mypermissions", permissions="NONSENSE")[0] == 400


def test_fields(client: Client) -> None:
    told = {entry["name"]: entry for entry in client.get("field")}
    assert told["Flagged"]["schema"]["custom"].endswith(":multicheckboxes")
    assert told["Sprint"]["schema"]["custom"] == "com.pyxis.greenhopper.jira:gh-sprint"
    assert told["Sprint"]["id"] == "customfield_19020"  # the file has another field of the usual number
    assert told["Summary"]["schema"]["system"] == "summary"
    assert told["Custom field 10020"]["schema"]["custom"].endswith(":labels")
    client.at.configure(field_names={"customfield_10020": "Theme"})
    assert "Theme" in {entry["name"] for entry in client.get("field")}


def test_projects(client: Client) -> None:
    path = "project/search" if client.at.mode == "cloud" else "project"
    told = client.get(path)
    values = told["values"] if client.at.mode == "cloud" else told
    assert [(one["key"], one["projectTypeKey"]) for one in values] == [
        ("DESK", "service_desk"),
        ("WEB", "software"),
    ]
    assert client.get("project/WEB")["lead"]["displayName"] == "Bob Stone"
    client.at.configure(project_types={"WEB": "business"})
    assert client.get("project/WEB")["projectTypeKey"] == "business"
    assert client.error("GET", "project/NONE")[0] == 404


def test_users(cloud: Client, dc: Client) -> None:
    ann, bob = account_id("JIRAUSER1"), account_id("JIRAUSER2")
    told = cloud.get("user/bulk", accountId=[ann, "nobody", bob], maxResults=200)
    assert [one["displayName"] for one in told["values"]] == ["Ann Lee", "Bob Stone"]
    assert told["isLast"] is True
    assert dc.get("user", username="ann")["displayName"] == "Ann Lee"
    assert dc.error("GET", "user", username="nobody")[0] == 404


# -- who asks


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def test_credentials(client: Client) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        basic("auditor@example.com:wrong"),
        {"Authorization": "?"},
    ):
        answer = requests.get(client.base + "myself", headers=headers, timeout=10)
        assert answer.status_code == 401
        assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
        assert "WWW-Authenticate" in answer.headers
    client.at.configure(credentials_expired=True)
    assert client("GET", "myself").status_code == 401


def test_a_scoped_token_goes_through_the_gateway(cloud: Client) -> None:
    address = f"{cloud.at.gateway}/rest/api/3/myself"
    scoped = f"{cloud.at.options.email}:{cloud.at.options.scoped_token}"
    assert requests.get(address, headers=basic(scoped), timeout=10).status_code == 200
    assert (
        requests.get(address, headers={"Authorization": "Bearer scoped-token"}, timeout=10).status_code == 200
    )
    assert requests.get(cloud.base + "myself", headers=basic(scoped), timeout=10).status_code == 401
    assert requests.get(address, headers=cloud.at.headers(), timeout=10).status_code == 401
    other = address.replace(cloud.at.options.cloud_id, "other")
    assert requests.get(other, headers=basic(scoped), timeout=10).status_code == 404


def test_wrong_credentials_can_count_as_nobody(client: Client) -> None:
    client.at.configure(bad_credentials="anonymous")
    path = "search/jql" if client.at.mode == "cloud" else "search"
    wrong = {"Authorization": "Bearer wrong"}
    answer = requests.get(client.base + path, params={"jql": "project = WEB"}, headers=wrong, timeout=10)
    assert answer.json()["issues"] == []
    assert "X-Seraph-LoginReason" in answer.headers
    told = requests.get(
        client.base + "mypermissions?permissions=BROWSE_PROJECTS", headers=wrong, timeout=10
    ).json()
    assert told["permissions"]["BROWSE_PROJECTS"]["havePermission"] is False
    assert requests.get(client.base + "issue/WEB-1", headers=wrong, timeout=10).status_code == 401


def test_what_is_forbidden(client: Client) -> None:
    client.at.configure(forbidden=["^POST .*/comment$"])
    assert client.error("POST", "issue/WEB-1/comment", {"body": text_body(client)})[0] == 403
    assert client("GET", "issue/WEB-1/comment").status_code == 200


# -- searches


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = WEB", ["WEB-1", "WEB-2", "WEB-3"]),
        ('project in (DESK, "WEB") order by key desc', ["WEB-3", "WEB-2", "WEB-1", "DESK-4"]),
        ("project = WEB ORDER BY updated ASC", ["WEB-2", "WEB-3", "WEB-1"]),
        ("project = WEB order by updated", ["WEB-1", "WEB-2", "WEB-3"]),
        ("project = WEB order by updated desc, key desc", ["WEB-1", "WEB-3", "WEB-2"]),
        ("key = WEB-2", ["WEB-2"]),
        ("key in (WEB-3, WEB-1)", ["WEB-1", "WEB-3"]),
        ("id in (102, 104)", ["WEB-2", "DESK-4"]),
        ("id > 102 order by id desc", ["DESK-4", "WEB-3"]),
        ("labels = OLD", ["WEB-1"]),
        ("project = WEB and statusCategory != Done", ["WEB-1", "WEB-3"]),
        ('updated >= "2026/03/02 10:00"', ["WEB-1", "WEB-2", "WEB-3", "DESK-4"]),
        ('updated > "2026-03-02 10:00"', ["WEB-1", "DESK-4"]),
        ('updated <= "2026-03-02 10:00"', ["WEB-2", "WEB-3"]),
        ("project = WEB and updated < '2026-03-02 10:01'", ["WEB-1", "WEB-2", "WEB-3"]),
        ("updated >= -31d", ["WEB-1", "WEB-2", "WEB-3", "DESK-4"]),
        ("updated >= -90m", []),
        ('(project in ("WEB")) AND (key = WEB-1 or key = WEB-2)', ["WEB-1", "WEB-2"]),
        ("key = DESK-4 or project = WEB and labels = old", ["WEB-1", "DESK-4"]),
        ("created >= 2026-03-03", []),
    ],
)
def test_jql(jql: str, keys: list[str], client: Client) -> None:
    assert client.keys(jql) == keys


def test_jql_dates_are_in_the_zone_of_the_account(client: Client) -> None:
    client.at.configure(time_zone="Europe/Berlin")
    assert client.keys('updated > "2026-03-02 11:00"') == ["WEB-1", "DESK-4"]


@pytest.mark.parametrize(
    "jql",
    [
        "assignee = x",
        "project ~ WEB",
        "project = NONE",
        "key in (WEB-1, WEB-99)",
        "id in (1)",
        "(project = WEB",
        "project = WEB order by rank",
        "project in (WEB",
        "updated >= yesterday",
        "statusCategory != Gone",
        "project =",
        "project = WEB order",
        '"',
    ],
)
def test_jql_that_is_refused(jql: str, client: Client) -> None:
    path = "search/jql" if client.at.mode == "cloud" else "search"
    status, message = client.error("GET", path, jql=jql)
    assert status == 400
    assert message


def test_issues_that_are_gone_can_be_passed_over(cloud: Client) -> None:
    cloud.at.configure(strict_keys=False)
    assert cloud.keys("key in (WEB-1, WEB-99)") == ["WEB-1"]


def test_enhanced_search_pages_by_token(cloud: Client) -> None:
    query = {"jql": "project = WEB order by updated asc", "maxResults": 2}
    first = cloud.get("search/jql", **query)
    assert [sorted(found) for found in first["issues"]] == [["id"], ["id"]]
    assert first["isLast"] is False
    assert "total" not in first
    cloud.at.put({**records()[1], "fields": {**records()[1]["fields"], "updated": minute(99)}})
    last = cloud.post("search/jql", {**query, "nextPageToken": first["nextPageToken"], "fields": ["summary"]})
    assert [found["key"] for found in last["issues"]] == ["WEB-1", "WEB-2"]  # changed meanwhile: met again
    assert last["isLast"] is True
    assert "nextPageToken" not in last
    assert list(last["issues"][0]["fields"]) == ["summary"]


@pytest.mark.parametrize("jql", ["", "order by key"])
def test_enhanced_search_has_to_be_bounded(jql: str, cloud: Client) -> None:
    assert "Unbounded" in cloud.error("GET", "search/jql", jql=jql)[1]
    assert "Unbounded" in cloud.error("POST", "search/approximate-count", {"jql": jql})[1]
    assert cloud.post("search/approximate-count", {"jql": "project = WEB"}) == {"count": 3}


def test_pages_shrink_with_fields(cloud: Client) -> None:
    cloud.at.configure(search_page=1)
    assert len(cloud.get("search/jql", jql="project = WEB", maxResults=5000)["issues"]) == 3
    assert len(cloud.get("search/jql", jql="project = WEB", maxResults=5000, fields="summary")["issues"]) == 1


def test_page_tokens_end(cloud: Client) -> None:
    query = {"jql": "project = WEB", "maxResults": 1}
    token = cloud.get("search/jql", **query)["nextPageToken"]
    assert cloud.error("GET", "search/jql", jql="project = DESK", nextPageToken=token)[0] == 400
    assert cloud.error("GET", "search/jql", jql="project = WEB", nextPageToken="x")[0] == 400
    cloud.at.configure(repeat_token=True)
    assert cloud.get("search/jql", **query, nextPageToken=token)["nextPageToken"] == token
    cloud.at.configure(repeat_token=False, token_ttl=0, token_expired_status=401)
    assert cloud.error("GET", "search/jql", **query, nextPageToken=token)[0] == 401


def test_search_results_hold_few_changes_and_comments(cloud: Client) -> None:
    found = cloud.get("search/jql", jql="key = WEB-1", fields="comment", expand="changelog")["issues"][0]
    histories = found["changelog"]["histories"]
    assert (len(histories), found["changelog"]["total"], histories[0]["id"]) == (40, 46, "599")
    comments = found["fields"]["comment"]
    assert (len(comments["comments"]), comments["total"]) == (20, 25)
    cloud.at.configure(inline_changes=5, inline_comments=3)
    found = cloud.get("issue/WEB-1", fields="comment", expand="changelog")
    assert (len(found["changelog"]["histories"]), len(found["fields"]["comment"]["comments"])) == (5, 3)


def test_the_old_search_is_gone_from_cloud(cloud: Client) -> None:
    for version in (2, 3):
        address = f"{cloud.at.url}/rest/api/{version}/search"
        assert cloud("GET", address, jql="project = WEB").status_code == 410
        assert cloud("POST", address, {"jql": "project = WEB"}).status_code == 410


def test_data_center_searches_by_start(dc: Client) -> None:
    dc.at.configure(search_page=2)
    query = {
        "jql": "project = WEB order by key",
        "maxResults": 1000,
        "fields": ["*all"],
        "expand": "changelog",
    }
    first = dc.get("search", **query)
    assert (first["total"], first["maxResults"], len(first["issues"])) == (3, 2, 2)
    whole = first["issues"][0]
    assert len(whole["changelog"]["histories"]) == 46
    assert len(whole["fields"]["comment"]["comments"]) == 25
    assert whole["fields"]["comment"]["comments"][0]["body"] == "Number 0, [~ann]"
    last = dc.post("search", {**query, "expand": ["changelog"], "startAt": 2})
    assert [found["key"] for found in last["issues"]] == ["WEB-3"]
    dc.at.configure(inline_comments=4)
    assert len(dc.get("search", **query)["issues"][0]["fields"]["comment"]["comments"]) == 4
    assert len(dc.get("search", jql="", maxResults=1)["issues"]) == 1


def test_data_center_knows_no_version_3(dc: Client) -> None:
    assert dc("GET", f"{dc.at.url}/rest/api/3/serverInfo").status_code == 404
    assert dc("GET", f"{dc.at.url}/rest/api/3/myself").status_code == 404
    assert dc("GET", "search/jql", jql="project = WEB").status_code == 404
    assert dc("GET", "issue/WEB-1/changelog").status_code == 404


# -- whole histories


def test_changelog_pages_oldest_first(cloud: Client) -> None:
    first = cloud.get("issue/WEB-1/changelog", maxResults=30)
    last = cloud.get("issue/WEB-1/changelog", startAt=30)
    ids = [entry["id"] for entry in first["values"] + last["values"]]
    assert ids == [str(500 + n) for n in range(45)] + ["599"]
    assert (first["isLast"], last["isLast"], first["total"]) == (False, True, 46)


def test_bulk_changelog_spans_pages(cloud: Client) -> None:
    body: dict[str, Any] = {"issueIdsOrKeys": ["WEB-1", "102", "WEB-99"], "maxResults": 30}
    first = cloud.post("changelog/bulkfetch", body)
    last = cloud.post("changelog/bulkfetch", {**body, "nextPageToken": first["nextPageToken"]})
    assert [len(one["issueChangeLogs"][0]["changeHistories"]) for one in (first, last)] == [30, 16]
    assert "nextPageToken" not in last
    assert first["issueChangeLogs"][0]["changeHistories"][0]["created"] == 1772442000000
    some = cloud.post("changelog/bulkfetch", {**body, "fieldIds": ["assignee"]})["issueChangeLogs"]
    assert [entry["id"] for entry in some[0]["changeHistories"]] == ["599"]
    assert cloud.error("POST", "changelog/bulkfetch", {"issueIdsOrKeys": ["1"] * 1001})[0] == 400
    eleven = [str(n) for n in range(11)]
    assert cloud.error("POST", "changelog/bulkfetch", {**body, "fieldIds": eleven})[0] == 400


def test_comments_page(client: Client) -> None:
    client.at.configure(comment_page=10)
    first = client.get("issue/WEB-1/comment", orderBy="-created")
    assert (len(first["comments"]), first["total"], first["comments"][0]["id"]) == (10, 25, "724")
    last = client.get("issue/WEB-1/comment", startAt=20)
    assert [entry["id"] for entry in last["comments"]] == ["720", "721", "722", "723", "724"]
    assert client.get("issue/WEB-1/comment/703")["id"] == "703"
    assert client.error("GET", "issue/WEB-1/comment/9")[0] == 404


def test_bulk_issues(cloud: Client) -> None:
    told = cloud.post(
        "issue/bulkfetch", {"issueIdsOrKeys": ["WEB-2", "101", "WEB-99"], "fields": ["summary"]}
    )
    assert [found["key"] for found in told["issues"]] == ["WEB-1", "WEB-2"]
    assert [wrong["id"] for wrong in told["issueErrors"]] == ["WEB-99"]
    assert cloud.error("POST", "issue/bulkfetch", {"issueIdsOrKeys": ["1"] * 101})[0] == 400


def test_one_issue_with_chosen_fields(client: Client) -> None:
    assert list(client.get("issue/WEB-1", fields="summary")["fields"]) == ["summary"]
    assert "comment" not in client.get("issue/101", fields="*all,-comment")["fields"]
    assert "comment" not in client.get("issue/101", fields="*navigable")["fields"]
    assert len(client.get("issue/web-1")["fields"]["comment"]["comments"]) == (
        20 if client.at.mode == "cloud" else 25
    )
    assert client.error("GET", "issue/WEB-99")[0] == 404


def test_the_development_panel(cloud: Client) -> None:
    told = '{pullrequest={dataType=pullrequest, state=MERGED, stateCount=1}, json={"cachedValue":{}}}'
    cloud.at.configure(development={"WEB-1": told})
    assert cloud.get("issue/WEB-1")["fields"]["customfield_10000"] == told
    assert cloud.get("issue/WEB-2")["fields"]["customfield_10000"] == "{}"


def test_totals_can_exceed_the_lists(client: Client) -> None:
    client.at.configure(comment_total_excess={"WEB-1": 2}, changelog_total_excess={"WEB-1": 3})
    found = client.get("issue/WEB-1", fields="comment", expand="changelog")
    assert (found["fields"]["comment"]["total"], found["changelog"]["total"]) == (27, 49)
    assert client.get("issue/WEB-1/comment")["total"] == 27


# -- writes


def test_comment_from_its_birth_to_its_end(client: Client) -> None:
    sent = {
        "body": text_body(client),
        "properties": [{"key": "print", "value": {"id": 1}}],
        "visibility": {"type": "role", "value": "Developers"},
    }
    made = client("POST", "issue/WEB-2/comment", sent)
    assert made.status_code == 201
    id_, told = made.json()["id"], made.json()
    assert told["author"]["displayName"] == "Audit Bot"
    assert told["visibility"] == sent["visibility"]
    assert "properties" not in told
    shown = client.get(f"issue/WEB-2/comment/{id_}", expand="properties")
    assert shown["properties"] == sent["properties"]
    assert client.get("issue/WEB-2/comment", expand="properties")["comments"][0] == shown
    assert client.get("issue/WEB-2", fields="updated")["fields"]["updated"] == NOW
    client.at.configure(now="2026-04-01T12:05:00.000+0000")
    changed = client("PUT", f"issue/WEB-2/comment/{id_}", {"body": text_body(client, "New")}).json()
    assert (changed["updated"], changed["created"]) == ("2026-04-01T12:05:00.000+0000", NOW)
    assert client("DELETE", f"issue/WEB-2/comment/{id_}").status_code == 204
    assert client.get("issue/WEB-2/comment")["total"] == 0
    last = client.get("issue/WEB-2", expand="changelog")["changelog"]["histories"][0]
    assert last["author"]["displayName"] == "Audit Bot"
    assert (last["items"][0]["field"], last["items"][0]["fromString"]) == ("Comment", "New")


def test_comments_of_others_stay(client: Client) -> None:
    assert client.error("PUT", "issue/WEB-1/comment/700", {"body": text_body(client)})[0] == 400
    assert client.error("DELETE", "issue/WEB-1/comment/700")[0] == 400


def test_bodies_have_to_be_of_the_kind(client: Client) -> None:
    empty = {"type": "doc", "version": 1, "content": []}
    hollow = json.loads(json.dumps(BODY).replace("Hi", ""))
    cloudy = client.at.mode == "cloud"
    for body in ("text", empty, hollow, None) if cloudy else (BODY, "", None):
        assert client.error("POST", "issue/WEB-2/comment", {"body": body})[0] == 400
    assert (
        client.error("POST", "issue/WEB-2/comment", {"body": text_body(client), "visibility": {"type": "x"}})[
            0
        ]
        == 400
    )
    answer = client.session.post(client.base + "issue/WEB-2/comment", data=b"x=1", timeout=10)
    assert answer.status_code == 415


def test_comment_properties(client: Client) -> None:
    path = "comment/700/properties"
    assert client.get(path) == {"keys": []}
    assert client("PUT", f"{path}/print", {"a": 1}).status_code == 201
    assert client("PUT", f"{path}/print", [2]).status_code == 200
    assert client.get(f"{path}/print") == {"key": "print", "value": [2]}
    assert client.get(path)["keys"][0]["key"] == "print"
    assert client("DELETE", f"{path}/print").status_code == 204
    assert client.error("GET", f"{path}/print")[0] == 404
    assert client.error("GET", "comment/1/properties")[0] == 404


def test_issue_properties(client: Client) -> None:
    path = "issue/WEB-1/properties"
    assert client("PUT", f"{path}/a.b", {"n": 1}).status_code == 201
    assert client.get(f"{path}/a.b")["value"] == {"n": 1}
    assert [entry["key"] for entry in client.get(path)["keys"]] == ["a.b"]
    assert client.get("issue/WEB-1", fields="summary", properties="a.b")["properties"] == {"a.b": {"n": 1}}
    assert client("PUT", f"{path}/long", "x" * 32_768).status_code == 400
    assert client("PUT", f"{path}/{'k' * 256}", 1).status_code == 400
    assert client("DELETE", f"{path}/a.b").status_code == 204
    assert client.at.issue_properties("WEB-1") == {}
    assert client.get("issue/WEB-1", fields="updated")["fields"]["updated"] == minute(60, 30)


def test_labels_and_flag(client: Client) -> None:
    flag = next(entry["id"] for entry in client.get("field") if entry["name"] == "Flagged")
    update = {"labels": [{"add": "new"}, {"remove": "old"}], flag: [{"add": {"value": "Impediment"}}]}
    assert client("PUT", "issue/WEB-1", {"update": update}).status_code == 204
    found = client.get("issue/WEB-1", expand="changelog")
    assert found["fields"]["labels"] == ["new"]
    assert found["fields"][flag][0]["value"] == "Impediment"
    newest = max(found["changelog"]["histories"], key=lambda entry: entry["created"])
    assert [(one["field"], one["fromString"], one["toString"]) for one in newest["items"]] == [
        ("labels", "old", "new"),
        ("Flagged", "", "Impediment"),
    ]
    total = found["changelog"]["total"]
    assert client("PUT", "issue/WEB-1", {"update": {"labels": [{"add": "new"}]}}).status_code == 204
    assert client("PUT", "issue/WEB-1", {"fields": {flag: None}}).status_code == 204
    assert client.get("issue/WEB-1", expand="changelog")["changelog"]["total"] == total + 1
    assert client.keys("labels = new") == ["WEB-1"]


def test_plain_fields(client: Client) -> None:
    cloudy = client.at.mode == "cloud"
    ann = {"accountId": account_id("JIRAUSER1")} if cloudy else {"name": "ann"}
    fields = {"duedate": "2026-05-01", "assignee": ann, "summary": "Other", "description": text_body(client)}
    answer = client("PUT", "issue/WEB-3", {"fields": fields}, returnIssue="true")
    assert answer.status_code == 200
    assert answer.json()["fields"]["assignee"]["displayName"] == "Ann Lee"
    items = client.at.issue("WEB-3")["changelog"]["histories"][-1]["items"]
    assert {one["field"]: one["toString"] for one in items} == {
        "duedate": "2026-05-01",
        "assignee": "Ann Lee",
        "summary": "Other",
        "description": "Hi",
    }


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {"nonsense": 1}},
        {"update": {"labels": [{"add": "a b"}]}},
        {"update": {"labels": [{"add": "a"}]}, "fields": {"labels": []}},
        {"update": {"labels": {"add": "a"}}},
        {"fields": {"duedate": "tomorrow"}},
        {"fields": {"summary": ""}},
        {"fields": {"assignee": {"accountId": "nobody", "name": "nobody"}}},
    ],
)
def test_edits_that_are_refused(body: Any, client: Client) -> None:
    assert client.error("PUT", "issue/WEB-1", body)[0] == 400
    assert client.get("issue/WEB-1", fields="labels,updated")["fields"]["updated"] == minute(60, 30)


def test_only_admins_keep_people_uninformed(client: Client) -> None:
    body = {"update": {"labels": [{"add": "new"}]}}
    assert client.error("PUT", "issue/WEB-1", body, notifyUsers="false")[0] == 403
    client.at.configure(admin=True)
    assert client("PUT", "issue/WEB-1", body, notifyUsers="false").status_code == 204


def test_service_desk_comments(client: Client) -> None:
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    body = text_body(client)
    assert client.post("issue/DESK-4/comment", {"body": body})["jsdPublic"] is True
    assert client.post("issue/DESK-4/comment", {"body": body, "properties": internal})["jsdPublic"] is False
    assert "jsdPublic" not in client.post("issue/WEB-2/comment", {"body": body})
    desk = f"{client.at.url}/rest/servicedeskapi/request/DESK-4/comment"
    made = client.post(desk, {"body": "Note", "public": False})
    assert (made["public"], made["body"]) == (False, "Note")
    assert [one["public"] for one in client.get(desk)["values"]] == [True, False, False]
    assert [one["public"] for one in client.get(desk, internal="false")["values"]] == [True]
    shown = client.get(f"issue/DESK-4/comment/{made['id']}", expand="properties")
    assert shown["properties"] == internal
    assert client.error("POST", desk.replace("DESK-4", "WEB-1"), {"body": "Note"})[0] == 404


# -- what happens meanwhile


def test_changes_from_outside(client: Client) -> None:
    other = records()[1]
    other["fields"]["summary"] = "Replaced"
    new = issue("WEB-77", updated=minute(200))
    client.at.put(other, new)
    assert client.get("issue/WEB-2")["fields"]["summary"] == "Replaced"
    assert client.keys("project = WEB order by updated desc")[0] == "WEB-77"
    client.at.delete("WEB-77")
    client.at.hide("WEB-2")
    assert client.error("GET", "issue/WEB-77")[0] == client.error("GET", "issue/WEB-2")[0] == 404
    assert client.keys("project = WEB") == ["WEB-1", "WEB-3"]
    client.at.hide("WEB-2", hidden=False)
    client.at.move("WEB-3", "DESK-9")
    assert client.get("issue/WEB-3")["key"] == "DESK-9"
    assert client.keys("key = WEB-3") == ["DESK-9"]
    assert client.keys("project = WEB") == ["WEB-1", "WEB-2"]
    items = client.at.issue("DESK-9")["changelog"]["histories"][-1]["items"]
    assert [one["field"] for one in items] == ["project", "Key"]


def test_hidden_comments_are_left_out_silently(client: Client) -> None:
    client.at.hide_comment("700")
    found = client.get("issue/WEB-1/comment")
    assert (found["total"], found["comments"][0]["id"]) == (24, "701")
    assert client.get("issue/WEB-1", fields="comment")["fields"]["comment"]["total"] == 24
    assert client.error("GET", "issue/WEB-1/comment/700")[0] == 404
    assert len(client.at.issue("WEB-1")["fields"]["comment"]["comments"]) == 25


def test_the_clock_can_be_wrong(client: Client) -> None:
    client.at.configure(clock_offset=3600)
    answer = client("GET", "serverInfo")
    assert answer.json()["serverTime"] == "2026-04-01T13:00:00.000+0000"
    assert parsedate_to_datetime(answer.headers["Date"]) == datetime(2026, 4, 1, 13, tzinfo=UTC)


def test_unknown_settings_are_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="no such option"):
        client.at.configure(nonsense=1)
    with pytest.raises(ValueError, match="no such kind"):
        client.at.configure(faults=[{"kind": "nonsense"}])
    with pytest.raises(ValueError, match="no such keys"):
        client.at.configure(faults=[{"kind": "500", "wehn": 1}])
    with pytest.raises(ValueError, match="KeyError"):
        client.at.delete("WEB-99")


def test_a_server_can_be_as_at_its_start(client: Client) -> None:
    client.at.configure(faults=[{"kind": "500"}], random_faults={"rate": 1}, token="other", pat="other")
    client.at.move("WEB-3", "DESK-9")
    client.at.delete("WEB-1")
    client.at.reset()
    assert client.keys("project = WEB") == ["WEB-1", "WEB-2", "WEB-3"]
    assert client.error("GET", "issue/DESK-9")[0] == 404
    assert len(client.at.requests()) == 2


def test_the_log(client: Client) -> None:
    client.get("issue/WEB-1", fields=["summary", "labels"])
    client.post("issue/WEB-2/comment", {"body": text_body(client)})
    read, written = client.at.requests()
    assert (read["method"], read["query"], read["status"]) == ("GET", {"fields": ["summary", "labels"]}, 200)
    assert read["headers"]["authorization"]
    assert written["body"] == {"body": text_body(client)}
    assert written["response"]["author"]["displayName"] == "Audit Bot"
    client.at.reset_log()
    assert client.at.requests() == []
    client.at.configure(log_bodies=False)
    client.get("myself")
    assert "response" not in client.at.requests()[0]


# -- failures


def test_refusals(client: Client) -> None:
    client.at.configure(
        faults=[
            {"kind": "429", "path": "myself$", "nth": 1, "retry_after": 120},
            {"kind": "429", "path": "myself$", "nth": 2, "retry_after": 60, "http_date": True},
            {"kind": "503", "path": "myself$", "nth": 3},
            {"kind": "500", "path": "myself$", "nth": [4, 5]},
        ]
    )
    answers = [client("GET", "myself") for _ in range(6)]
    assert [one.status_code for one in answers] == [429, 429, 503, 500, 500, 200]
    assert answers[0].headers["Retry-After"] == "120"
    assert answers[0].headers["RateLimit-Reason"] == "jira-burst-based"
    assert answers[0].headers["X-RateLimit-Reset"] == "2026-04-01T12:02:00Z"
    until = parsedate_to_datetime(answers[1].headers["Retry-After"])
    assert until == datetime(2026, 4, 1, 12, 1, tzinfo=UTC)
    assert answers[2].headers["Retry-After"] == "1"
    assert [one["fault"] for one in client.at.requests()] == ["429", "429", "503", "500", "500", None]


@pytest.mark.parametrize(
    ("kind", "worked"), [("drop-before", False), ("drop-after", True), ("truncated", True), ("timeout", True)]
)
def test_answers_that_never_come(kind: str, worked: bool, client: Client) -> None:
    client.at.configure(faults=[{"kind": kind, "method": "POST", "times": 1, "seconds": 1.0}])
    with pytest.raises(
        (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.Timeout)
    ):
        client.session.post(
            client.base + "issue/WEB-2/comment", json={"body": text_body(client)}, timeout=(5, 0.3)
        )
    assert client.get("issue/WEB-2/comment")["total"] == int(worked)
    assert client.at.requests()[0]["worked"] is worked


def test_what_works_in_spite_of_a_fault_can_be_set(client: Client) -> None:
    client.at.configure(faults=[{"kind": "500", "work": True, "times": 1}])
    assert client("POST", "issue/WEB-2/comment", {"body": text_body(client)}).status_code == 500
    assert client.get("issue/WEB-2/comment")["total"] == 1


def test_pages_of_something_in_between(client: Client) -> None:
    client.at.configure(faults=[{"kind": "html-200", "nth": 1}, {"kind": "html-502", "nth": 2}])
    answers = [client("GET", "myself"), client("GET", "myself")]
    assert [one.status_code for one in answers] == [200, 502]
    assert all(one.headers["Content-Type"].startswith("text/html") for one in answers)
    assert all(one.text.startswith("<!DOCTYPE") for one in answers)


def test_slow_answers_are_whole(client: Client) -> None:
    client.at.configure(faults=[{"kind": "slow", "every": 2, "seconds": 0.3}])
    whole = client.get("field")
    begin = time.monotonic()
    assert client.get("field") == whole
    assert time.monotonic() - begin >= 0.3


def weather(client: Client, paths: list[str]) -> list[tuple[str, str | None]]:
    client.at.reset_log()
    for path in paths:
        with requests.Session() as session:  # kept connections would be tried again silently
            session.headers.update(client.at.headers())
            with contextlib.suppress(requests.RequestException):
                session.get(client.base + path, timeout=5)
    return [(entry["path"], entry["fault"]) for entry in client.at.requests()]


def test_chance_follows_the_seed(client: Client) -> None:
    paths = [f"issue/WEB-{n % 3 + 1}?fields=summary" for n in range(40)]
    told = {"rate": 0.4, "kinds": "all", "seed": 7, "seconds": 0.02}
    client.at.configure(random_faults=told)
    first = weather(client, paths)
    client.at.configure(random_faults=told)
    assert sorted(weather(client, paths[::-1]), key=str) == sorted(first, key=str)
    met = {kind for _, kind in first if kind}
    assert len(met) > 3
    assert met <= set(KINDS)
    client.at.configure(random_faults={**told, "rate": 1.0, "kinds": ["500"], "consecutive": 2})
    assert [kind for _, kind in weather(client, ["myself"] * 6)] == ["500", "500", None] * 2
    client.at.configure(random_faults={**told, "rate": 1.0, "kinds": ["500"]})
    assert client("POST", "issue/WEB-2/comment", {"body": text_body(client)}).status_code == 201
    client.at.configure(random_faults=None)
    assert client("GET", "myself").status_code == 200


# -- Atlassian's documents


def test_every_operation_is_as_documented(serve: Callable[[str], Client], shared: Path) -> None:
    cloud = serve("cloud")
    comment_path, body = "issue/WEB-1/comment", {"body": BODY}
    reads: list[tuple[str, dict[str, Any]]] = [
        ("serverInfo", {}),
        ("myself", {}),
        ("mypermissions", {"permissions": "ADD_COMMENTS", "projectKey": "WEB"}),
        ("field", {}),
        ("project/search", {"expand": "lead", "keys": ["WEB"]}),
        ("project/WEB", {}),
        ("user/bulk", {"accountId": [account_id("JIRAUSER1")]}),
        ("search/jql", {"jql": "project = WEB", "fields": "*all", "expand": "changelog,names"}),
        ("issue/WEB-1", {"fields": "*all", "expand": "changelog"}),
        ("issue/WEB-1/changelog", {"maxResults": 5}),
        (comment_path, {"orderBy": "-created", "expand": "properties"}),
        (f"{comment_path}/700", {"expand": "properties"}),
        ("issue/WEB-99", {}),
        ("search/jql", {"jql": "nonsense"}),
    ]
    for path, query in reads:
        cloud("GET", path, **query)
    id_ = cloud.post(comment_path, {**body, "properties": [{"key": "a", "value": 1}]})["id"]
    for method, path, sent in [
        ("POST", "search/jql", {"jql": "project = WEB", "fields": ["*all"], "maxResults": 1}),
        ("POST", "search/approximate-count", {"jql": "project = WEB"}),
        ("POST", "issue/bulkfetch", {"issueIdsOrKeys": ["WEB-1", "WEB-99"], "fields": ["*all"]}),
        ("POST", "changelog/bulkfetch", {"issueIdsOrKeys": ["WEB-1"]}),
        ("PUT", f"{comment_path}/{id_}", body),
        ("PUT", f"comment/{id_}/properties/b", {"c": 1}),
        ("GET", f"comment/{id_}/properties", None),
        ("GET", f"comment/{id_}/properties/b", None),
        ("DELETE", f"comment/{id_}/properties/b", None),
        ("DELETE", f"{comment_path}/{id_}", None),
        ("PUT", "issue/WEB-1", {"update": {"labels": [{"add": "x"}]}}),
        ("PUT", "issue/WEB-1/properties/b", {"c": 1}),
        ("GET", "issue/WEB-1/properties", None),
        ("GET", "issue/WEB-1/properties/b", None),
        ("DELETE", "issue/WEB-1/properties/b", None),
        (
            "POST",
            f"{cloud.at.url}/rest/servicedeskapi/request/DESK-4/comment",
            {"body": "Hi", "public": False},
        ),
        ("GET", f"{cloud.at.url}/rest/servicedeskapi/request/DESK-4/comment", None),
    ]:
        assert cloud(method, path, sent).ok, path
    logged = cloud.at.requests()
    assert len(logged) == 32
    assert Checker(shared / "openapi").problems(logged) == []


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"query": {"nonsense": ["1"]}}, "unknown parameter nonsense"),
        ({"query": {"maxResults": ["many"]}}, "'many' is not of type 'integer'"),
        ({"method": "PATCH"}, "no such operation"),
        ({"body": {"jql": "x"}}, "a body where none is known"),
        ({"response": {"issues": [{"id": 5}]}}, "5 is not of type 'string'"),
        ({"response": {"issues": [], "total": 1}}, "'total' was unexpected"),
        ({"status": 302}, "status 302"),
        ({"method": "POST", "body": {"jql": "x", "expand": ["y"]}}, "is not of type 'string'"),
        ({"method": "POST", "body": {"nonsense": 1}}, "'nonsense' was unexpected"),
        ({"method": "POST", "body": {"nextPageToken": None}}, "None is not of type 'string'"),
        ({"response": {"issues": [{"fields": {"summary": "s", "description": "wiki"}}]}}, "no document"),
        (
            {
                "response": {
                    "issues": [{"fields": {"x": {"type": "doc", "version": 1, "content": [{"type": "y"}]}}}]
                }
            },
            "document:",
        ),
    ],
)
def test_the_check_finds_what_is_wrong(changed: dict[str, Any], wrong: str, shared: Path) -> None:
    entry = {
        "method": "GET",
        "path": "/rest/api/3/search/jql",
        "query": {},
        "body": None,
        "status": 200,
        "fault": None,
        "response": {"issues": [], "isLast": True},
    }
    check = Checker(shared / "openapi")
    assert check.problems([entry]) == []
    assert any(wrong in line for line in check.problems([{**entry, **changed}]))


def test_real_archives_are_served(shared: Path) -> None:
    begin = time.monotonic()
    with start("cloud", shared / "data" / "duraspace.jsonl.gz", search_page=60) as site:
        assert time.monotonic() - begin < 5
        found = Client(site).get(
            "search/jql", jql="project = FCREPO order by id", fields="*all", expand="changelog", maxResults=60
        )
        assert len(found["issues"]) == 60
        assert Checker(shared / "openapi").problems(site.requests()) == []
