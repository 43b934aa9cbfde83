"""The commands that speak with a site: ``doctor``, ``sync``, ``audit`` and ``explain`` of it."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import Outcome
from jira_server import Server, start
from live import audited_mirror, environment_of, hurried, paths, without_addresses
from ownership_audit.config import load
from ownership_audit.demo import AS_OF, CONFIG, SOURCE

LEADS = dict.fromkeys(("SUP", "OPS", "OFF", "ENG"), "")
MOMENT = f"{AS_OF:%Y-%m-%dT%H:%MZ}"


@pytest.fixture(scope="module", params=["cloud", "dc"])
def one(request: pytest.FixtureRequest) -> Iterator[Server]:
    with start(request.param, SOURCE, project_leads=LEADS, inline_comments=2, log_bodies=False) as server:
        yield server


@pytest.fixture
def site(one: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A site, a folder with its configuration, the credentials in the environment, and a hurried clock."""
    one.reset()
    monkeypatch.chdir(tmp_path)
    for name in ("JIRA_EMAIL", "JIRA_TOKEN", "JIRA_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment_of(one).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in ("live", "init"):
        clock = hurried(1000)
        monkeypatch.setattr(f"ownership_audit.cli.{module}.running_clock", lambda clock=clock: clock)
    configure(one, tmp_path)
    return one


def configure(site: Server, folder: Path, **more: object) -> None:
    """The demo's configuration with the site in it."""
    told = {"url": site.url, "mirror": str(folder / "m"), **more}
    lines = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in told.items())
    text = f"trackers:\n  here:\n{lines}{CONFIG.read_text(encoding='utf-8')}"
    (folder / "ownership-audit.yaml").write_text(text, encoding="utf-8")


# -- sync


def test_sync_says_what_it_did(run: Any, site: Server) -> None:
    first = run("sync", "here")
    assert (first.code, first.err) == (0, "")
    assert re.fullmatch(r"here: 55 issues, 55 fetched; \d+ requests\.\n", first.out)
    assert int(first.out.split()[-2]) == len(site.requests())
    assert re.fullmatch(r"here: 55 issues, 0 fetched; [1-6] requests\.\n", run("sync", "here").out)
    site.delete("ENG-1")
    assert run("sync", "here", "--sweep").out.startswith("here: 54 issues, 0 fetched, 1 gone; ")


def test_sync_says_what_is_missing(run: Any, site: Server) -> None:
    site.configure(faults=[{"kind": "500", "path": "/(field|search/jql|search)$"}])
    found = run("sync", "here")
    assert found.code == 3
    assert re.match(
        r"Not read: http://\S+: the site answers 500 \(asked 8 times\); run again later\n", found.err
    )
    assert found.out.startswith("here: 0 issues, 0 fetched; ")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ["sync", "there"],
            2,
            "Error: no tracker 'there' in the configuration; .*'here'.*audit init",
        ),
        (["doctor", "there"], 2, "Error: no tracker 'there' in the configuration"),
        (["sync", "here", "--since", "yesterday"], 2, "Error: --since yesterday: not a time"),
        (
            ["audit", "here", "--no-sync"],
            3,
            "Error: here: there is no mirror at .*; run: .* sync here",
        ),
        (["explain", "here", "ENG-1", "--no-sync"], 3, "Error: here: there is no mirror at "),
    ],
)
def test_what_is_wrong_with_a_command(
    words: list[str], code: int, message: str, run: Any, site: Server
) -> None:
    found = run(*words)
    assert found.code == code
    assert re.match(message, found.err), found.err
    assert found.out == ""
    assert site.requests() == []


def test_narrowed_sync(run: Any, site: Server) -> None:
    assert run("sync", "here").code == 0
    site.reset_log()
    found = run(
        "sync", "here", "--project", "ENG,OPS", "--jql", "statusCategory != Done", "--since", "2026-03-01"
    )
    assert found.code == 0
    search = next(one for one in site.requests() if "/search" in one["path"])
    assert search["body"]["jql"].startswith(
        '(project in ("ENG", "OPS") AND ((statusCategory != Done))) AND updated >= "2026/0'
    )


def test_a_mirror_that_can_not_be_used(run: Any, site: Server, tmp_path: Path) -> None:
    (tmp_path / "m").write_text("Dear diary. " * 400)
    for words in (["sync", "here"], ["audit", "here"], ["audit", "here", "--no-sync"]):
        found = run(*words)
        assert found.code == 2
        assert "can't be used as a mirror" in found.err


def test_without_a_token_nothing_is_asked(run: Any, site: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIRA_TOKEN")
    for words in (
        ["sync", "here"],
        ["doctor", "here"],
        ["audit", "here"],
        ["init", "--url", site.url, "--force"],
    ):
        found = run(*words)
        assert found.code == 2
        assert "no token: the environment variable JIRA_TOKEN is not set" in found.err
    assert site.requests() == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_terminals(run: Any, site: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Syncing" not in run("sync", "here").err
    assert not [path for path in paths(site.requests()) if "count" in path]
    (Path("m")).unlink()
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    site.configure(faults=[{"kind": "500", "path": "approximate-count$"}])
    assert run("sync", "here").code == 0
    assert "Syncing here" in err.getvalue()
    assert "55 issues" in out.getvalue()


# -- audit and explain


def test_audit_and_explain_a_site(run: Any, site: Server, tmp_path: Path) -> None:
    how = ["--as-of", MOMENT, "--format", "json", "--history"]
    found = run("audit", "here", *how)
    assert found.err == ""
    assert found.code == 1
    assert found.out == audited_mirror(tmp_path / "m", AS_OF, load(Path("ownership-audit.yaml")))
    site.reset_log()
    assert (
        run("audit", "here", "--no-sync", "--as-of", MOMENT, "--format", "json", "--history").out == found.out
    )
    told = run("explain", "here", "ENG-1", "--no-sync", "--as-of", MOMENT)
    assert told.code == 0
    assert told.out.startswith("ENG-1")
    assert site.requests() == []
    missing = run("explain", "here", "ENG-999", "--no-sync", "--as-of", MOMENT)
    assert missing.code == 3
    assert "no issue ENG-999" in missing.err
    demo = run("audit", "demo", "--format", "json", "--history")
    if site.mode == "cloud":
        assert without_addresses(found.out) == without_addresses(demo.out)


def test_an_audit_of_a_site_that_is_down(run: Any, site: Server) -> None:
    """The mirror is judged as it is; the report says that it is old, and the exit code too."""
    whole = run("audit", "here", "--as-of", MOMENT, "--format", "json")
    site.configure(faults=[{"kind": "503", "retry_after": 1}])
    found = run("audit", "here", "--as-of", MOMENT, "--format", "json")
    assert found.code == 3
    assert re.match(r"Unreadable: here: http://\S+: the site answers 503", found.err)
    known = {(one["issue"], one["rule"]) for one in whole.findings}
    assert {(one["issue"], one["rule"]) for one in found.findings} <= known
    assert found.findings


def test_an_audit_of_a_site_that_lets_nobody_in(run: Any, site: Server) -> None:
    site.configure(credentials_expired=True)
    found = run("audit", "here")
    assert found.code == 2
    assert "does not accept the credentials (401); check that the token is valid" in found.err
    assert found.out == ""


# -- doctor


def lines_of(found: Outcome) -> dict[str, tuple[str, str]]:
    """What a doctor's lines say, by what they are about."""
    told = re.findall(r"^(ok|problem) +([a-z ]+): (.*)$", found.out, re.MULTILINE)
    return {what: (word, text) for word, what, text in told}


def test_doctor_when_all_is_well(run: Any, site: Server) -> None:
    found = run("doctor", "here")
    assert (found.code, found.err) == (0, "")
    told = lines_of(found)
    assert list(told) == [
        "connection", "account", "permissions to audit", "permissions to apply", "fields", "issues", "clock",
        "time zone", "limits", "mirror",
    ]  # fmt: skip
    assert {word for word, _ in told.values()} == {"ok"}
    assert ("Cloud" if site.mode == "cloud" else "Data Center 9.12.15") in told["connection"][1]
    assert told["account"][1] == "Audit Bot"
    assert told["issues"][1] == "about 55"
    assert told["time zone"][1] == "Etc/UTC; working hours in UTC"
    assert not Path("m").exists()
    assert {one["method"] for one in site.requests()} == {"GET", "POST"}
    assert not [path for path in paths(site.requests()) if path.startswith("POST") and "search" not in path]


@pytest.mark.parametrize(
    ("changes", "what", "problem", "advice"),
    [
        ({"credentials_expired": True}, "account", "credentials (401)", "check that the"),
        (
            {"credentials_expired": True, "bad_credentials": "anonymous"},
            "account",
            "credentials (401)",
            "check",
        ),
        (
            {"permissions": {"BROWSE_PROJECTS": False}},
            "permissions to audit",
            "lacking: BROWSE_PROJECTS",
            "Ask an",
        ),
        ({"forbidden": ["/mypermissions"]}, "permissions to audit", "may not read this (403)", "give it"),
        ({"forbidden": ["/field$"]}, "fields", "may not read this (403)", "give it"),
        ({"clock_offset": 3600.0}, "clock", " s from here", "Set the clock of this machine"),
        ({"clock_offset": -90.0}, "clock", "-9", "Set the clock of this machine"),
        (
            {"time_zone": "Mars/Olympus"},
            "time zone",
            "'Mars/Olympus' is unknown",
            "Install the package tzdata",
        ),
        (
            {"faults": [{"kind": "html-502"}]},
            "connection",
            "the site answers 502 (asked 3 times)",
            "run again",
        ),
        ({"faults": [{"kind": "500", "path": "search"}]}, "issues", "the site answers 500", "run again"),
    ],
)
def test_doctor_tells_what_to_do(
    changes: dict[str, Any], what: str, problem: str, advice: str, run: Any, site: Server
) -> None:
    site.configure(**changes)
    found = run("doctor", "here")
    assert found.code == 3
    told = lines_of(found)
    if what == "account" and what not in told:
        what = "connection"  # which needs the right credentials as well, unless wrong ones count as none
    word, text = told[what]
    assert word == "problem"
    assert problem in text
    assert f"\n         {advice}" in found.out
    others = {name for name, (word, _) in told.items() if word != "ok"} - {what}
    assert others <= {"issues", "permissions to apply"}


def test_doctor_tells_what_only_comments_need(run: Any, site: Server) -> None:
    site.configure(permissions={"ADD_COMMENTS": False}, time_zone=None)
    found = run("doctor", "here")
    assert found.code == 0
    assert lines_of(found)["permissions to apply"] == ("ok", "lacking: ADD_COMMENTS")
    assert "Only for comments." in found.out
    assert "searches begin a day earlier without" in found.out


def test_doctor_of_a_scope_with_nothing_in_it(run: Any, site: Server, tmp_path: Path) -> None:
    configure(site, tmp_path, jql="created >= 2030-01-01")
    found = run("doctor", "here")
    assert lines_of(found)["issues"] == ("problem", "none found")
    configure(site, tmp_path, projects=["NONE"])
    told = lines_of(run("doctor", "here"))
    assert told["permissions to audit"][0] == "problem"


def test_a_field_that_the_site_has_not(run: Any, site: Server) -> None:
    config = Path("ownership-audit.yaml")
    config.write_text(f"{config.read_text()}fields: {{owner: Responsable}}\n")
    assert lines_of(run("doctor", "here"))["fields"][0] == "problem"
    found = run("sync", "here")
    assert found.code == 2
    assert "the site has no field 'Responsable'" in found.err


# -- secrets


def test_secrets_never_appear(
    run: Any, site: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In no output, log, configuration or mirror, whatever fails."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    kinds = ("429", "500", "503", "timeout", "truncated", "html-200", "html-502", "drop-before")
    faults = [{"kind": kind, "seconds": 0.02, "nth": [2 + n, 9 + n]} for n, kind in enumerate(kinds)]
    states: list[dict[str, Any]] = [{"faults": []}, {"faults": faults[::2]}, {"faults": faults[1::2]}]
    states += [
        {"faults": [], "forbidden": ["/search"]},
        {"forbidden": [], "credentials_expired": True},
        {"bad_credentials": "anonymous"},
    ]
    for state in states:
        site.configure(**state)
        for words in (
            ["init", "--url", site.url, "--output", "new.yaml", "--force"],
            ["doctor", "here"],
            ["sync", "here", "--sweep", "--since", "2026-01-01"],
            ["audit", "here", "--as-of", MOMENT],
            ["explain", "here", "ENG-1", "--as-of", MOMENT],
        ):
            found = run(*words)
            told += [found.out, found.err]
    told += [record.getMessage() + str(record.__dict__) for record in caplog.records]
    told += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    from live import held

    told += [json.dumps(record) for record in held(tmp_path / "m").values()]
    text = "\n".join(told)
    assert len(text) > 200_000
    pair = f"{site.options.email}:{site.options.token}"
    secrets = [
        site.options.token,
        site.options.pat,
        site.options.email,
        base64.b64encode(pair.encode()).decode(),
    ]
    assert [secret for secret in secrets if secret in text] == []
