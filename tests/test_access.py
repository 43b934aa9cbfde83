"""Where a token may go and where it comes from: addresses, redirects, the environment, the keyring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live import QUICK, Waits, answering
from ownership_audit.errors import ConfigError, RefusedError, TrackerError
from ownership_audit.trackers.jira.rest.access import Credentials, Login, check_address
from ownership_audit.trackers.jira.rest.channel import Channel
from ownership_audit.trackers.jira.rest.pace import Pace
from test_network import TOKEN, channel_to


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_plain_http_is_for_this_machine_only(host: str) -> None:
    assert check_address(f"http://{host}:8080/jira/", "x") == f"http://{host}:8080/jira"
    with pytest.raises(ConfigError, match="would send the token in the clear"):
        check_address("http://jira.example.org", "x")
    with pytest.raises(ConfigError, match=r"would send the token in the clear|is no address"):
        check_address(f"http://{host}.example.org", "x")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "jira.example.org",
        "https://",
        "",
        "https://ann:pw@x.org",
        "https://[::1",
        "https://x:99999",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ConfigError) as told:
        check_address(url, "x")
    assert "pw" not in str(told.value) or "keep them" in str(told.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["get", "read_by_post"])
def test_the_token_never_follows_a_redirect(status: int, method: str) -> None:
    with answering((200, {}, b"{}")) as (elsewhere, came):
        target = f"{elsewhere}/login?to=/rest&secret=1"
        more: dict[str, Any] = {} if method == "get" else {"body": {}}
        with (
            answering((status, {"Location": target}, b"")) as (url, _),
            pytest.raises(RefusedError, match=r"redirects to .*check the address") as told,
        ):
            getattr(channel_to(url), method)("/rest/x", **more)
    assert came == []
    assert "secret" not in str(told.value)


def test_a_login_page_is_told() -> None:
    with (
        answering((200, {"Content-Type": "text/html"}, b"<html>Log in</html>")) as (url, _),
        pytest.raises(TrackerError, match="a page of HTML, perhaps of a proxy or a login"),
    ):
        channel_to(url).get("/rest/x")


def test_a_netrc_file_replaces_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with answering((200, {}, b"{}")) as (url, came):
        Channel(url, Credentials(TOKEN), Pace(QUICK, Waits().clock)).get("/x")
    assert came[0]["authorization"] == f"Bearer {TOKEN}"


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    login = Login("f.yaml:3", user_env="U", token_env="T")
    assert login.credentials({"U": "ann", "T": TOKEN}) == Credentials(TOKEN, "ann")
    assert login.credentials({"T": TOKEN, "U": ""}) == Credentials(TOKEN)
    assert TOKEN not in repr(login.credentials({"U": "ann", "T": TOKEN}))
    with pytest.raises(ConfigError, match=r"f.yaml:3: no token: the environment variable T is not set"):
        login.credentials({"U": "ann"})
    with pytest.raises(ConfigError, match="white space") as told:
        login.credentials({"T": f"{TOKEN} x"})
    assert TOKEN not in str(told.value)


def test_the_keyring_holds_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    kept: dict[tuple[str, str], str] = {("jira", "ann"): TOKEN}

    class KeyringError(Exception):
        pass

    errors: Any = types.ModuleType("keyring.errors")
    errors.KeyringError = KeyringError
    ring: Any = types.ModuleType("keyring")
    ring.errors, ring.get_password = errors, lambda service, user: kept.get((service, user))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    login = Login("f.yaml:3", keyring="jira")
    assert login.credentials({"JIRA_EMAIL": "ann"}) == Credentials(TOKEN, "ann")
    with pytest.raises(ConfigError, match="the keyring holds no token for 'jira', 'token'"):
        login.credentials({})

    def locked(*_: str) -> str:
        raise KeyringError(TOKEN)

    ring.get_password = locked
    with pytest.raises(ConfigError, match=r"the keyring can't be read .KeyringError.; unlock it") as told:
        login.credentials({})
    assert TOKEN not in str(told.value)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match=r"install ownership-audit\[keyring\]"):
        login.credentials({})
