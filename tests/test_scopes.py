"""What a change of the configured projects or JQL does to a mirror that holds the issues already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jira_server import start
from payloads import issue


@pytest.mark.parametrize("mode", ["cloud", "dc"])
def test_a_mirror_is_whole_when_its_new_scope_holds_nothing_new(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Nothing has to be fetched then, and yet everything was looked at: the next sync goes on from there."""
    config = tmp_path / "ownership-audit.yaml"
    records = [issue(f"WEB-{n}", updated=f"2026-03-02T09:{n:02d}:00.000+0000") for n in range(1, 6)]
    with start(mode, records) as site:
        monkeypatch.setenv("JIRA_TOKEN", site.options.token if mode == "cloud" else site.options.pat)
        if mode == "cloud":
            monkeypatch.setenv("JIRA_EMAIL", site.options.email)
        told = f"trackers:\n  site:\n    url: {site.url}\n    mirror: {tmp_path / 'mirror.sqlite'}\n"
        for scope in ("", "    projects: [WEB]\n", "    jql: created >= 2020-01-01\n"):
            config.write_text(told + scope, encoding="utf-8")
            outcome = run("sync", "site", "--config", config)
            assert (outcome.code, outcome.err) == (0, "")
        site.put(issue("WEB-6", updated="2026-03-02T10:00:00.000+0000"))
        site.reset_log()
        assert "6 issues, 1 fetched" in run("sync", "site", "--config", config).out
        searches = [entry["body"]["jql"] for entry in site.requests() if entry["method"] == "POST"]
        assert all("1970" not in jql for jql in searches)
