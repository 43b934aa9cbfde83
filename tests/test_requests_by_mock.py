"""Every request that we send to a Cloud site is one that Atlassian's own document allows.

The judge is not ours: a public mock server validates requests against the document. It is given, word for
word, what our test server logged while the commands ran.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from jira_server import Server, start
from payloads import ANN, BOB, Record, change, comment, issue, item
from prism import mock_server

pytestmark = pytest.mark.slow

# The kind of site is asked for in version 2, which both kinds have; version 3 has the same operation.
_SAME = {"/rest/api/2/serverInfo": "/rest/api/3/serverInfo"}
_DOCUMENT = Path("openapi") / "jira-platform-v3_2026-07-10.json"


@pytest.fixture(scope="module")
def mock(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the mock server."""
    document = shared / _DOCUMENT
    if not document.exists():
        pytest.skip("Atlassian's document is not here: ../shared/openapi beside the checkout is missing")
    with mock_server(document, tmp_path_factory.mktemp("mock")) as address:
        yield address


def ask(address: str, method: str, path: str, query: Any = None, body: Any = None) -> requests.Response:
    return requests.request(
        method,
        address + path,
        params=query,
        data=None if body is None else json.dumps(body),
        auth=("ann@example.org", "a-token"),
        headers={"Content-Type": "application/json"},
        timeout=60,
    )


def refusal(answer: requests.Response) -> str | None:
    """Why the mock server does not take a request; what is wrong with its own answers is not ours."""
    told = json.loads(answer.headers.get("sl-violations", "[]"))
    wrong = [one["message"] for one in told if one["location"][:1] == ["request"]]
    if answer.status_code >= 400 or wrong:
        return f"{answer.status_code} {'; '.join(wrong) or answer.text[:300]}"
    return None


def minute(number: int) -> str:
    return f"2026-03-02T{9 + number // 60:02d}:{number % 60:02d}:00.000+0000"


def records() -> list[Record]:
    """An issue that no page holds whole, and small ones."""
    changes = [
        change(minute(n), ANN, item("summary", f"{n}", f"{n + 1}"), id_=str(500 + n)) for n in range(50)
    ]
    comments = [comment(minute(n), BOB, f"Number {n}", str(700 + n)) for n in range(30)]
    long = issue("WEB-1", changes=changes, comments=comments, updated=minute(60), assignee=BOB)
    return [long, *(issue(f"WEB-{n}", updated=minute(70 + n), assignee=ANN) for n in range(2, 9))]


def configured(folder: Path, site: Server, **more: object) -> Path:
    lines = {"url": site.url, "mirror": folder / "mirror.sqlite", **more}
    path = folder / "ownership-audit.yaml"
    text = "".join(f"    {name}: {value}\n" for name, value in lines.items())
    path.write_text(f"trackers:\n  site:\n{text}", encoding="utf-8")
    return path


@pytest.fixture
def sent(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """All requests of a check-up, of syncs of every kind and of an audit, as a server has logged them."""
    with start("cloud", records(), search_page=3) as site:
        monkeypatch.setenv("JIRA_EMAIL", site.options.email)
        monkeypatch.setenv("JIRA_TOKEN", site.options.token)
        config = configured(tmp_path, site)
        for words in (["doctor", "site"], ["sync", "site"], ["sync", "site", "--jql", "labels = x"]):
            outcome = run(*words, "--config", config)
            assert outcome.code == 0, outcome.err + outcome.out
        site.delete("WEB-2")
        site.put(issue("WEB-9", updated=minute(1)))  # unseen until all ids are compared
        outcome = run("sync", "site", "--sweep", "--config", config)
        assert outcome.code == 0, outcome.err + outcome.out
        assert "1 gone" in outcome.out
        config = configured(tmp_path, site, projects="[WEB]", jql="updated >= 2020-01-01")
        for words in (["doctor", "site"], ["audit", "site", "--fail-on", "none"]):
            outcome = run(*words, "--config", config)
            assert outcome.code == 0, outcome.err + outcome.out
        return site.requests()


def test_no_request_of_ours_is_refused(mock: str, sent: list[dict[str, Any]]) -> None:
    """Check-up, sync, completion of long issues, sweep and audit."""
    seen = {f"{entry['method']} {entry['path']}" for entry in sent}
    assert seen >= {
        "GET /rest/api/2/serverInfo",
        "GET /rest/api/3/serverInfo",
        "GET /rest/api/3/myself",
        "GET /rest/api/3/field",
        "GET /rest/api/3/mypermissions",
        "GET /rest/api/3/project/search",
        "GET /rest/api/3/project/WEB",
        "POST /rest/api/3/search/approximate-count",
        "POST /rest/api/3/search/jql",
        "POST /rest/api/3/changelog/bulkfetch",
        "POST /rest/api/3/issue/bulkfetch",
        "GET /rest/api/3/issue/101/comment",
    }
    assert any("nextPageToken" in (entry["body"] or {}) for entry in sent)
    refused = []
    for entry in sent:
        path = _SAME.get(entry["path"], entry["path"])
        answer = ask(mock, entry["method"], path, entry["query"], entry["body"])
        if (why := refusal(answer)) is not None:
            refused.append(f"{entry['method']} {entry['path']}: {why}")
    assert refused == []


@pytest.mark.parametrize(
    ("path", "query", "body", "why"),
    [
        ("/rest/api/3/search/jql", None, {"jql": "updated >= -1d", "nonsense": 1}, "additional properties"),
        (
            "/rest/api/3/search/jql",
            None,
            {"jql": "updated >= -1d", "expand": ["changelog"]},
            "must be string",
        ),
        ("/rest/api/3/changelog/bulkfetch", None, {"maxResults": 10}, "issueIdsOrKeys"),
        ("/rest/api/3/issue/1/comment", {"startAt": "many"}, None, "must be integer"),
        ("/rest/api/3/no/such/thing", None, None, "no path matched"),
    ],
)
def test_a_wrong_request_is_refused(mock: str, path: str, query: Any, body: Any, why: str) -> None:
    """What the check would say of each."""
    told = refusal(ask(mock, "GET" if body is None else "POST", path, query, body))
    assert told is not None
    assert why in told
