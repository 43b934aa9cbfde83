"""What can be set on a test server, when it starts and at run time."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass
class Options:
    """Settings of one server; each is a field of the same name in ``start`` and ``Server.configure``."""

    # -- who may do what
    email: str = "auditor@example.com"
    token: str = "cloud-token"
    """Cloud: Basic ``email:token`` on the site's own address."""
    scoped_token: str = "scoped-token"
    """Cloud: Basic ``email:scoped_token``, or Bearer, below ``/ex/jira/{cloud_id}``."""
    cloud_id: str = "11111111-2222-3333-4444-555555555555"
    pat: str = "personal-access-token"
    """Data Center: Bearer."""
    account_id: str = "712020:00000000-0000-4000-8000-00000000a0d1"
    account_name: str = "audit-bot"
    account_display: str = "Audit Bot"
    account_type: str = "atlassian"
    time_zone: str | None = "Etc/UTC"
    """The account's zone, in which JQL dates are read; None: the account tells none, dates are in UTC."""
    credentials_expired: bool = False
    """The right credentials are answered with 401."""
    bad_credentials: str = "401"
    """``anonymous``: wrong credentials are answered as for nobody, with 200 and nothing in it."""
    admin: bool = False
    """Without it ``notifyUsers=false`` on an issue is refused."""
    forbidden: list[str] = field(default_factory=list)
    """Regular expressions on ``METHOD /path``; what one finds is answered with 403."""
    permissions: dict[str, bool] = field(default_factory=dict)
    """What ``mypermissions`` tells differently from the default, which is that all is allowed."""

    # -- limits and paging
    inline_changes: int = 40
    """Cloud: the newest changes that ``expand=changelog`` gives."""
    inline_comments: int | None = None
    """Comments in an issue's ``comment`` field: 20 on Cloud, all on Data Center, unless set."""
    search_page: int = 100
    """The most issues on a page of a search that asks for more than ids and keys."""
    search_page_ids: int = 5000
    """Cloud: the most issues on a page of ids and keys."""
    history_page: int = 100
    """The most changes on a page of one issue's changelog."""
    comment_page: int = 100
    """The most comments on a page of one issue's comments; on Data Center the cap as well."""
    bulk_changes_page: int = 1000
    """The most changes on a page of the bulk changelog; an issue's changes may span pages."""
    token_ttl: float = 7 * 24 * 3600.0
    """Seconds that a ``nextPageToken`` is good for."""
    token_expired_status: int = 400
    repeat_token: bool = False
    """A page asked for by a token gives the same token again, for ever."""
    strict_keys: bool = True
    """JQL that names an issue that is not there is answered with 400; otherwise it is passed over."""
    comment_total_excess: dict[str, int] = field(default_factory=dict)
    """By issue key: how many comments ``total`` counts beyond those in the list."""
    changelog_total_excess: dict[str, int] = field(default_factory=dict)

    # -- the site
    base_url: str | None = None
    """What serverInfo tells as the site's address; unless set, where the server listens."""
    version: str = "9.12.15"
    """Data Center's version."""
    now: str | None = None
    """An ISO time at which the server's clock stands still; unless set it runs."""
    clock_offset: float = 0.0
    """Seconds added to the clock: the Date header, serverTime, the time of writes."""
    server_zone: str = "Etc/UTC"
    project_types: dict[str, str] = field(default_factory=dict)
    """By project key: software, service_desk or business, where the records don't tell."""
    project_leads: dict[str, str] = field(default_factory=dict)
    """By project key: accountId or name of the lead; unless set, its most frequent assignee."""
    field_names: dict[str, str] = field(default_factory=dict)
    """By id: names of the file's custom fields."""
    development: dict[str, str] = field(default_factory=dict)
    """By issue key: the text of the development panel's summary field (``customfield_10000``).

    Data Center has the field only where this is set.
    """

    # -- what is kept
    log_bodies: bool = True
    """The log keeps bodies of responses."""

    def update(self, changes: dict[str, Any]) -> None:
        """Set fields by name; an unknown one is an error."""
        known = {one.name for one in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"no such option: {name}")
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """All settings, for the process to start with."""
        return asdict(self)
