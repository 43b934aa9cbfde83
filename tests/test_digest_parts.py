"""The parts of a digest by themselves: readers, records, planning, sending, words, addresses."""

from __future__ import annotations

import logging
import sys
import types
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ownership_audit.calendars import Calendar, Duration
from ownership_audit.digest.message import document_of
from ownership_audit.digest.notify import open_line
from ownership_audit.digest.plan import Plan, plan
from ownership_audit.digest.readers import Case
from ownership_audit.digest.record import FAILED, KEY, SENDING, SENT, Entry, Record
from ownership_audit.digest.render import to_html, to_text
from ownership_audit.digest.send import Result, Way, send
from ownership_audit.digest.settings import Address, Digest
from ownership_audit.document import Bullets, Document, Link, Mention, Paragraph, Quote, Text
from ownership_audit.errors import ConfigError, DeliveryError, RefusedError, UnknownWriteError, WriteError
from ownership_audit.finding import Evidence, Finding, Party
from ownership_audit.reconcile.settings import Actions
from ownership_audit.timeline import Person
from ownership_audit.trackers.posts import Standing

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
ANN, BOB = Person("a1", "Ann", team="Desk"), Person("b2", "Bob")
ACTIONS = Actions()


def address(name: str) -> Address:
    return Address("f.yaml:1", env=name)


def to(*names: str, **more: Any) -> Digest:
    return Digest({name: address(name.upper()) for name in names}, frozenset({"SUP"}), **more)


def finding(issue: str, owed: Person | None = ANN, role: str = "owner", **more: Any) -> Finding:
    due = more.pop("due", NOW - timedelta(days=2))
    told: dict[str, Any] = {
        "rule": "unowned",
        "severity": "warning",
        "url": None,
        "status": "open",
        "opened": due - timedelta(days=1),
        "due": due,
        "met": None,
        "working_time": "1 working day",
        "title": "Nobody's",
        "evidence": (Evidence(due, "Ann", "a comment", "A word"),),
        "clears": "An owner.",
        "remedy": "Give it one.",
        "fingerprint": f"f-{issue}-{role}",
    }
    party = Party(role, owed.name, owed.id) if owed is not None else Party(role)
    return Finding(issue=issue, owed_by=party, **{**told, **more})


def case(key: str, *findings: Finding, **more: Any) -> Case:
    told: dict[str, Any] = {
        "url": f"https://t.example/browse/{key}",
        "record": Record(),
        "calendar": Calendar(),
        "people": {person.id: person for person in (ANN, BOB)},
    }
    return Case(key, "SUP", summary=f"Title of {key}", findings=findings, **{**told, **more})


def told_to(found: Plan) -> dict[str, tuple[str, ...]]:
    return {message.reader.key: message.keys for message in found.messages}


# -- readers


@pytest.mark.parametrize(
    ("names", "reader"),
    [
        (["a1", "desk", "lead"], "person:a1"),
        (["ann", "desk", "lead"], "person:ann"),
        (["desk", "lead"], "team:desk"),
        (["lead"], None),
        ([], None),
    ],
)
def test_a_person_comes_before_their_team(names: list[str], reader: str | None) -> None:
    found = plan([case("SUP-1", finding("SUP-1"))], to(*names), ACTIONS, NOW)
    assert list(told_to(found)) == ([reader] if reader else [])
    assert bool(found.held) == (reader is None)


@pytest.mark.parametrize(
    ("names", "lead", "named", "reader"),
    [
        (["bob", "lead", "sup/lead"], BOB, "Bob", "person:bob"),
        (["lead", "sup/lead"], BOB, "Bob", "sup/lead:bob"),
        (["lead"], BOB, None, "lead:b2"),
        (["lead"], None, None, "lead:sup"),
        (["ops/lead"], BOB, "Bob", None),
    ],
)
def test_who_is_told_what_waits_for_a_lead(
    names: list[str], lead: Person | None, named: str | None, reader: str | None
) -> None:
    found = finding("SUP-1", lead, "lead")
    made = plan([case("SUP-1", found, lead=lead, lead_named=named)], to(*names), ACTIONS, NOW)
    assert list(told_to(made)) == ([reader] if reader else [])


def test_an_owner_who_leads_is_told_once() -> None:
    digest = to("lead", escalate_after=Duration.parse("1 working hour"))
    one = case("SUP-1", finding("SUP-1", ANN), lead=ANN, lead_named="Ann")
    assert told_to(plan([one], digest, ACTIONS, NOW)) == {"lead:ann": ("SUP-1",)}


@pytest.mark.parametrize(
    ("due", "named", "told"),
    [(timedelta(days=1), "Bob", True), (timedelta(hours=1), "Bob", False), (timedelta(days=1), None, False)],
)
def test_escalation_is_by_working_time_and_to_a_configured_lead(
    due: timedelta, named: str | None, told: bool
) -> None:
    digest = to("ann", "lead", escalate_after=Duration.parse("1 working day"))
    one = case("SUP-1", finding("SUP-1", due=NOW - due), lead=BOB, lead_named=named)
    assert ("lead:bob" in told_to(plan([one], digest, ACTIONS, NOW))) is told


def test_two_leads_with_one_address_get_a_message_each() -> None:
    cases = [
        case(key, finding(key, person, "lead"), lead=person, lead_named=person.name)
        for key, person in (("SUP-1", ANN), ("SUP-2", BOB))
    ]
    assert told_to(plan(cases, to("lead"), ACTIONS, NOW)) == {"lead:ann": ("SUP-1",), "lead:bob": ("SUP-2",)}


# -- planning


def test_restricted_issues_and_evidence() -> None:
    hidden = Evidence(NOW, "Ann", "a comment", "s3cret", restricted=True)
    cases = [
        case("SUP-1", finding("SUP-1"), restricted=True),
        case("SUP-2", finding("SUP-2", evidence=(Evidence(NOW, None, "created"), hidden))),
    ]
    found = plan(cases, to("ann"), ACTIONS, NOW)
    assert (found.messages, found.restricted, found.quoted) == ([], 1, 1)


def test_the_gravest_come_first_and_the_record_of_one_issue_is_no_limit_for_others() -> None:
    cases = [case("SUP-1", finding("SUP-1")), case("SUP-2", finding("SUP-2", severity="error"))]
    assert told_to(plan(cases, to("ann"), ACTIONS, NOW)) == {"person:ann": ("SUP-2", "SUP-1")}
    limited = plan(cases, to("ann", most_issues=1), ACTIONS, NOW).messages[0]
    assert (limited.keys, limited.waiting) == (("SUP-2",), 1)


def test_the_time_between_messages_counts_those_on_issues_that_are_settled() -> None:
    lately = Record().telling("person:ann", ["other"], Entry(NOW - timedelta(hours=3), SENT, "r"))
    cases = [case("SUP-1", finding("SUP-1")), case("SUP-2", record=lately)]
    found = plan(cases, to("ann"), ACTIONS, NOW)
    assert [held.why for held in found.held] == ["the last message is not 1 working day old"]
    assert plan(cases, to("ann"), ACTIONS, NOW + timedelta(days=1)).messages


@pytest.mark.parametrize("state", [SENDING, FAILED])
def test_what_is_not_sure_is_told_and_sent_only_again(state: str) -> None:
    open_ = finding("SUP-1")
    record = Record().telling("person:ann", [open_.fingerprint, "gone"], Entry(NOW, state, "r"))
    cases = [case("SUP-1", open_, record=record)]
    found = plan(cases, to("ann"), ACTIONS, NOW)
    assert (found.messages, [unsure.key for unsure in found.unsure]) == ([], ["SUP-1"])
    assert plan(cases, to("ann"), ACTIONS, NOW, again=True).messages[0].items[0].after == "r"
    assert plan([case("SUP-1", record=record)], to("ann"), ACTIONS, NOW).unsure == []


def test_answers_and_labels_are_respected() -> None:
    open_ = finding("SUP-1")
    answered = case("SUP-1", open_, dismissed={open_.fingerprint: "snoozed"})
    labelled = case("SUP-2", finding("SUP-2"), labels=frozenset({"alone"}))
    actions = Actions(dismiss_labels=frozenset({"alone"}))
    assert plan([answered, labelled], to("ann"), actions, NOW).messages == []


# -- the record


def test_a_record_comes_back_as_it_was_written() -> None:
    record = Record().telling("person:ann", ["b", "a"], Entry(NOW, SENDING, "r1"))
    record = record.telling("team:desk", ["a"], Entry(NOW, SENT, "r2"))
    assert Record.read(record.as_json()) == record
    closed = record.closing("person:ann", "r1", SENT)
    assert {entry.state for entry in closed.told("person:ann").values()} == {SENT}
    later = NOW + timedelta(days=90)
    assert list(closed.tidied(["a"], later).told("person:ann")) == ["a"]


@pytest.mark.parametrize(
    "value",
    [
        [],
        "x",
        {},
        {"version": 2, "readers": {}},
        {"version": 1},
        {"version": 1, "readers": []},
        {"version": 1, "readers": {"p": {"f": {"at": "soon", "state": SENT, "run": "r"}}}},
        {"version": 1, "readers": {"p": {"f": {"at": "2026-04-01", "state": SENT, "run": "r"}}}},
        {"version": 1, "readers": {"p": {"f": {"at": NOW.isoformat(), "state": "lost", "run": "r"}}}},
        {"version": 1, "readers": {"p": {"f": {"state": SENT}}}},
    ],
)
def test_what_is_no_record_is_not_read(value: object) -> None:
    assert Record.read(value) is None
    assert Record.read(None) == Record()


# -- sending


class Posts:
    """Properties of issues; ``fails`` gives, by the number of a write, how it fails, and if it is done."""

    def __init__(self, fails: Mapping[int, tuple[Exception, bool]] | None = None) -> None:
        self.values: dict[str, Any] = {}
        self.writes = 0
        self.fails = fails or {}
        self.restricted: set[str] = set()

    def standing(self, key: str) -> Standing:
        return Standing(restricted=key in self.restricted)

    def read_property(self, key: str, name: str) -> Any:
        assert name == KEY
        return self.values.get(key)

    def set_property(self, key: str, name: str, value: Any) -> None:
        assert name == KEY
        self.writes += 1
        problem, done = self.fails.get(self.writes, (None, True))
        if done:
            self.values[key] = value
        if problem is not None:
            raise problem


class Service:
    """A service that takes messages; ``seen`` are the states on the issues while it has one."""

    def __init__(self, posts: Posts, longest: int = 32_000, problem: Exception | None = None) -> None:
        self.posts, self.longest, self.problem = posts, longest, problem
        self.texts: list[str] = []
        self.seen: list[set[str]] = []

    def send(self, _title: str, text: str, _html: str) -> None:
        self.texts.append(text)
        self.seen.append(states(self.posts))
        if self.problem is not None:
            raise self.problem


def states(posts: Posts) -> set[str]:
    records = [Record.read(value) for value in posts.values.values()]
    return {
        e.state for record in records if record for told in record.readers.values() for e in told.values()
    }


def sent(posts: Posts, service: Service, *cases: Case, **more: Any) -> Result:
    digest = to("ann", **more)
    way = Way(lambda _: service, {"ANN": "x"}, "run", lambda *_: None)
    return send(plan(cases, digest, ACTIONS, NOW), posts, way, ACTIONS, NOW)  # type: ignore[arg-type]  # in memory


def test_it_is_written_before_and_after() -> None:
    posts = Posts()
    service = Service(posts)
    result = sent(posts, service, case("SUP-1", finding("SUP-1")), case("SUP-2", finding("SUP-2")))
    assert (len(result.sent), result.failed) == (1, [])
    assert service.seen == [{SENDING}]
    assert states(posts) == {SENT}


def test_a_failed_message_is_not_called_sent() -> None:
    posts = Posts()
    service = Service(posts, problem=DeliveryError("the service did not confirm it"))
    assert len(sent(posts, service, case("SUP-1", finding("SUP-1"))).failed) == 1
    assert states(posts) == {FAILED}


@pytest.mark.parametrize("problem", [WriteError("no"), RefusedError("401"), UnknownWriteError("lost")])
def test_what_can_not_be_noted_is_not_sent(problem: Exception) -> None:
    posts = Posts({1: (problem, False)})
    service = Service(posts)
    result = sent(posts, service, case("SUP-1", finding("SUP-1")))
    assert (service.texts, len(result.failed)) == ([], 1)


@pytest.mark.parametrize("problem", [WriteError("no"), RefusedError("401"), UnknownWriteError("lost")])
def test_what_can_not_be_confirmed_is_told(problem: Exception) -> None:
    posts = Posts({2: (problem, False)})
    result = sent(posts, Service(posts), case("SUP-1", finding("SUP-1")))
    assert len(result.sent) == 1
    assert "sent, but that can't be written on the issue" in result.failed[0][1]
    assert states(posts) == {SENDING}


def test_a_lost_answer_to_a_write_that_was_done_is_no_matter() -> None:
    posts = Posts({1: (UnknownWriteError("lost"), True), 2: (UnknownWriteError("lost"), True)})
    assert sent(posts, Service(posts), case("SUP-1", finding("SUP-1"))).failed == []


def test_an_issue_that_was_restricted_since_the_plan_is_left_out() -> None:
    posts = Posts()
    posts.restricted.add("SUP-1")
    service = Service(posts)
    result = sent(posts, service, case("SUP-1", finding("SUP-1")), case("SUP-2", finding("SUP-2")))
    assert "SUP-1" not in service.texts[0]
    assert result.failed == [("SUP-1", "not told, as not every reader may see it any more")]
    assert list(posts.values) == ["SUP-2"]


def test_a_record_that_became_unreadable_is_left() -> None:
    posts = Posts()
    posts.values["SUP-1"] = {"version": 7}
    result = sent(posts, Service(posts), case("SUP-1", finding("SUP-1")))
    assert "can't be read" in result.failed[0][1]
    assert posts.writes == 0


def test_a_message_is_cut_to_what_a_service_takes() -> None:
    posts = Posts()
    service = Service(posts, longest=900)
    cases = [case(f"SUP-{number}", finding(f"SUP-{number}")) for number in range(1, 9)]
    result = sent(posts, service, *cases)
    assert len(service.texts[0]) <= 900
    told = len(result.sent[0].keys)
    assert 1 < told < 8
    assert f"{8 - told} more issues follow in the next message." in service.texts[0]
    assert len(posts.values) == told
    tiny = Service(posts, longest=10)
    assert sent(Posts(), tiny, case("SUP-1", finding("SUP-1"))).failed == []


def test_a_plan_beyond_its_limit_is_refused() -> None:
    posts = Posts()
    cases = [case("SUP-1", finding("SUP-1"), finding("SUP-1", BOB, "reviewer"))]
    made = plan(cases, to("ann", "bob", most_messages=1), ACTIONS, NOW)
    way = Way(lambda _: Service(posts), {}, "run", lambda *_: None)
    with pytest.raises(WriteError, match="nothing was sent"):
        send(made, posts, way, ACTIONS, NOW)  # type: ignore[arg-type]  # posts in memory


# -- words


def test_what_a_message_tells_of_an_issue() -> None:
    found = plan([case("SUP-1", finding("SUP-1"), url=None)], to("ann"), ACTIONS, NOW)
    text = to_text(document_of(found.messages[0], ACTIONS))
    assert text.splitlines()[2] == "SUP-1: Title of SUP-1"
    assert "Ann" not in text.replace("Ann, 30 March", "")


def test_text_and_html_of_all_parts() -> None:
    line = (Text("<b>", "strong"), Mention("a", "A&B"), Text("x", "code"), Link("L<", "https://h/?a=1&b=2"))
    document = Document((Paragraph(line), Quote((Text("q"),)), Bullets(((Text("i", "emphasis"),),))))
    assert to_text(document) == "<b>A&BxL<\nhttps://h/?a=1&b=2\n\n> q\n\n- i"
    url = "https://h/?a=1&amp;b=2"
    assert to_html(document) == (
        f'<p><strong>&lt;b&gt;</strong>A&amp;B<code>x</code><a href="{url}">L&lt;</a><br>{url}</p>\n'
        "<blockquote>q</blockquote>\n<ul><li><em>i</em></li></ul>"
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", 'https://h/"onclick=x', "https://h/ x"])
def test_only_web_addresses_are_links(url: str) -> None:
    document = Document((Paragraph((Link("L", url),)),))
    assert (to_text(document), to_html(document)) == ("L", "<p>L</p>")


# -- addresses


def test_an_address_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: Any = types.ModuleType("keyring.errors")
    errors.KeyringError = OSError
    ring: Any = types.ModuleType("keyring")
    ring.get_password = lambda service, account: {("ann", "address"): "json://h"}.get((service, account))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    kept = Address("f.yaml:3", keyring="ann")
    assert (kept.read({}), kept.label) == ("json://h", "the keyring's ann")
    missing = r"holds no notification address for 'bob', 'address'.*keyring set bob address"
    with pytest.raises(ConfigError, match=missing):
        Address("f.yaml:3", keyring="bob").read({})


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"install ownership-audit\[digest\]"):
        open_line("json://s3cret")


def test_nothing_that_the_library_does_tells_an_address(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import apprise

    def noisy(*_: Any, **__: Any) -> None:
        warnings.warn("s3cret", stacklevel=1)
        logging.getLogger("apprise").critical("s3cret")
        raise OSError("s3cret")

    line = open_line("json://user:s3cret@127.0.0.1:1/x")
    assert line.longest > 1000
    with monkeypatch.context() as patch:
        patch.setattr(apprise.Apprise, "notify", noisy)
        with pytest.raises(DeliveryError) as told:
            line.send("t", "x", "x")
        patch.setattr(apprise.Apprise, "instantiate", noisy)
        with pytest.raises(ConfigError) as wrong:
            open_line("json://s3cret")
    for problem in (told.value, wrong.value):
        assert "OSError" in str(problem)
        assert "s3cret" not in str(problem)
        assert problem.__suppress_context__
    with pytest.raises(DeliveryError, match="did not confirm"):
        line.send("t", "x", "x")
    seen = capfd.readouterr()
    assert "s3cret" not in seen.out + seen.err + caplog.text + repr(line)


@pytest.mark.parametrize(
    "address_",
    [
        "mailtos://me:pw@mail.example.org?to=a@b.org",
        "mailto://me:pw@gmail.com?to=a@b.org",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#x",
        "workflows://host:443/abc/def/",
        "jsons://me:pw@hooks.example.org/x",
        "json://localhost:8080/x",
    ],
)
def test_addresses_that_are_taken(address_: str) -> None:
    assert open_line(address_).longest >= 1000


def test_an_address_that_asks_for_retries_gets_none() -> None:
    assert open_line("json://127.0.0.1/x?retry=3")._service.retry == 0
