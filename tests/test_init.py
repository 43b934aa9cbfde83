"""The command ``init``: the file it writes works, holds no secret, and replaces nothing."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from jira_server import Server
from ownership_audit.config import load
from test_live_commands import MOMENT, one, site

__all__ = ["one", "site"]  # fixtures


@pytest.mark.parametrize("projects", [[], ["OFF", "sup"]])
def test_init_writes_what_works(projects: list[str], run: Any, site: Server, tmp_path: Path) -> None:
    site.configure(
        project_types={"SUP": "service_desk"},
        time_zone="Europe/Berlin",
        project_leads={},
        account_display="X",
    )
    words = [word for key in projects for word in ("--project", key)]
    found = run("init", "--url", f"{site.url}/", "--name", "web", "--output", "new.yaml", *words)
    assert (found.code, found.err) == (0, "")
    assert found.out == "new.yaml written. Next: ownership-audit doctor web, then ownership-audit audit web\n"
    text = Path("new.yaml").read_text()
    assert text.count("#") > 10
    settings = load(Path("new.yaml"))
    tracker = settings.trackers["web"]
    assert (tracker.url, tracker.projects) == (site.url, tuple(key.upper() for key in projects))
    assert tracker.deployment == ("cloud" if site.mode == "cloud" else "data-center")
    assert settings.calendar.zone == "Europe/Berlin"
    assert settings.projects["SUP"].support or site.mode == "dc"
    assert run("doctor", "web", "--config", "new.yaml").code == 0
    audit = run("audit", "web", "--config", "new.yaml", "--as-of", MOMENT, "--format", "json")
    assert audit.code in (0, 1), audit.err
    assert audit.document["coverage"]["issues"] > 10
    load_uncommented(text, tmp_path)


def load_uncommented(text: str, folder: Path) -> None:
    """What is commented out is right as well: every example works when its ``#`` is taken away."""
    lines = text.splitlines()
    heads = [n for n, line in enumerate(lines) if re.match(r"# \w+:$", line)]
    for head in heads:
        block = [lines[head][2:]]
        for line in lines[head + 1 :]:
            if not re.match(r"#?  +", line):
                break
            block.append(re.sub(r"^(#| ) ?", "", line).replace("# ", "", 1))
        path = folder / "part.yaml"
        path.write_text("\n".join(block) + "\n")
        load(path)


def test_init_replaces_no_file(run: Any, site: Server) -> None:
    before = Path("ownership-audit.yaml").read_text()
    found = run("init", "--url", site.url)
    assert found.code == 2
    assert "ownership-audit.yaml is there already" in found.err
    assert Path("ownership-audit.yaml").read_text() == before
    assert site.requests() == []
    assert run("init", "--url", site.url, "--force").code == 0
    assert Path("ownership-audit.yaml").read_text() != before


def test_init_asks_nothing_without_a_terminal(
    run: Any, site: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    found = run("init", "--output", "new.yaml")
    assert found.code == 2
    assert "The site's address is not known; give it with --url" in found.err
    monkeypatch.setenv("JIRA_URL", site.url)
    assert run("init", "--output", "new.yaml").code == 0


def test_init_of_a_site_that_does_not_answer(run: Any, site: Server) -> None:
    site.configure(credentials_expired=True)
    found = run("init", "--url", site.url, "--output", "new.yaml")
    assert found.code == 0
    assert "The site could not be asked: " in found.err
    assert load(Path("new.yaml")).trackers["jira"].url == site.url


def test_init_of_a_site_that_tells_odd_things(run: Any, site: Server) -> None:
    """A zone that nobody knows, and a lead whose name would be a line of the file."""
    told = site.issue("ENG-1")
    told["fields"]["assignee"]["displayName"] = 'Eve\nrules: {unowned: {off: true}}\n# "x: {}'
    site.put(told)
    lead = told["fields"]["assignee"]
    site.configure(time_zone="Mars/Olympus", project_leads={"ENG": lead.get("accountId") or lead["name"]})
    assert run("init", "--url", site.url, "--output", "new.yaml").code == 0
    settings = load(Path("new.yaml"))
    assert settings.calendar.zone == "UTC"
    assert not settings.rules


def test_init_of_an_address_in_the_clear(run: Any, site: Server) -> None:
    found = run("init", "--url", "http://jira.example.org", "--output", "new.yaml")
    assert found.code == 2
    assert "would send the token in the clear" in found.err
