"""What names mean by default: status classes, parking releases, priorities, bots and queues."""

from __future__ import annotations

import pytest

from ownership_audit.timeline import Conventions, PersonNote, Status

PLAIN = Conventions()

# Names from many sites' workflows, with Jira's category: n(ew), i(ndeterminate), d(one), or none known.
CATEGORY = {"n": "new", "i": "indeterminate", "d": "done", "-": None}


@pytest.mark.parametrize(
    ("name", "category", "expected"),
    [
        ("Open", "n", "todo"),
        ("Open", "-", "todo"),
        ("To Do", "n", "todo"),
        ("TO DO", "-", "todo"),
        ("Backlog", "-", "todo"),
        ("New", "-", "todo"),
        ("Received", "n", "todo"),
        ("Reopened", "n", "todo"),
        ("Reopened", "-", "todo"),
        ("Reopened", "i", "todo"),
        ("Selected for Development", "n", "todo"),
        ("Selected for Development", "i", "todo"),
        ("Ready for development", "i", "todo"),
        ("Ready for Dev", "-", "todo"),
        ("Not Started", "-", "todo"),
        ("Triaged", "-", "todo"),
        ("Needs Triage", "-", "todo"),
        ("Nur ein Entwurf", "n", "todo"),  # the category helps where no word does
        ("In Progress", "i", "doing"),
        ("In Progress", "-", "doing"),
        ("In Arbeit", "i", "doing"),
        ("Work in progress", "i", "doing"),
        ("In Development", "i", "doing"),
        ("Implementing", "-", "doing"),
        ("Under investigation", "-", "doing"),
        ("Investigating", "i", "doing"),
        ("In Analysis", "-", "doing"),
        ("Escalated", "i", "doing"),
        ("Customer responded", "i", "doing"),
        ("Started", "-", "doing"),
        ("In Review", "i", "review"),
        ("In Review", "-", "review"),
        ("Code Review", "i", "review"),
        ("Code Review Needed", "n", "review"),
        ("Peer Review", "i", "review"),
        ("Waiting for approval", "i", "review"),
        ("Awaiting Review", "i", "review"),
        ("Ready for QA", "i", "review"),
        ("Ready for Testing", "-", "review"),
        ("QA", "i", "review"),
        ("UAT", "i", "review"),
        ("Testing", "i", "review"),
        ("In Test", "i", "review"),
        ("Patch Available", "i", "review"),
        ("To be verified", "i", "review"),
        ("Verification", "i", "review"),
        ("Resolved", "i", "review"),  # the tracker says it is not done: somebody still has to accept it
        ("Dev Done", "i", "review"),
        ("Resolved, waiting for customer", "i", "waiting"),
        ("Development Complete", "i", "review"),
        ("Waiting for customer", "i", "waiting"),
        ("Waiting for customer", "-", "waiting"),
        ("Waiting for Customer", "n", "waiting"),
        ("Waiting on vendor", "i", "waiting"),
        ("Pending", "i", "waiting"),
        ("Pending vendor", "-", "waiting"),
        ("On Hold", "i", "waiting"),
        ("Needs Info", "i", "waiting"),
        ("Need more information", "-", "waiting"),
        ("More Details Needed", "-", "waiting"),
        ("Information requested", "i", "waiting"),
        ("Awaiting Feedback", "i", "waiting"),
        ("Deferred", "n", "waiting"),
        ("Ready for Release", "i", "waiting"),
        ("Ready to deploy", "i", "waiting"),
        ("Waiting for support", "i", "todo"),  # the desk's own turn, in spite of the word
        ("Waiting for support", "n", "todo"),
        ("Awaiting implementation", "i", "todo"),
        ("Blocked", "i", "blocked"),
        ("Blocked", "n", "blocked"),
        ("Impeded", "-", "blocked"),
        ("Done", "d", "done"),
        ("Done", "-", "done"),
        ("Closed", "-", "done"),
        ("Resolved", "-", "done"),
        ("Verified", "-", "done"),
        ("Cancelled", "-", "done"),
        ("Canceled", "-", "done"),
        ("Won't Do", "-", "done"),
        ("Won't Fix", "d", "done"),
        ("Rejected", "-", "done"),
        ("Released", "-", "done"),
        ("Resolved - awaiting verification", "d", "done"),
        ("In Review", "d", "done"),
        ("Live", "d", "done"),
        ("Abgenommen", "-", "unknown"),
        ("", "-", "unknown"),
    ],
)
def test_the_class_of_a_status(name: str, category: str, expected: str) -> None:
    assert PLAIN.status(name, CATEGORY[category]) == Status(name, expected)


@pytest.mark.parametrize("name", ["In Progress", "Waiting for customer", "In Review", "Nonsense"])
@pytest.mark.parametrize("category", [None, "new", "indeterminate", "done"])
def test_a_configured_class_wins(name: str, category: str | None) -> None:
    conventions = Conventions(statuses={name.lower(): "blocked"})
    assert conventions.status(name.upper(), category).status_class == "blocked"


def test_a_word_within_a_word_is_none() -> None:
    assert PLAIN.status("Doneness unknown").status_class == "unknown"
    assert PLAIN.status("Newsletter").status_class == "unknown"


@pytest.mark.parametrize(
    "name",
    [
        "3.x",
        "Future",
        "FutureRelease",
        "future release",
        "2.1+",
        "1.x+",
        "2.1 new issues",
        "Backlog",
        "Product Backlog",
        "Unscheduled",
        "Later",
        "Someday / maybe",
        "Icebox",
        "Wish list",
        "X",
        "4.0.x",
        "Parking lot",
    ],
)
def test_releases_that_schedule_nothing(name: str) -> None:
    assert PLAIN.is_parking(name)


@pytest.mark.parametrize(
    "name",
    [
        "1.2",
        "Late March",
        "Sprint 4",
        "3.0.0-RC1",
        "2026-Q1",
        "v7",
        "Xenon 2",
        "1.0-beta",
        "C++ client 2.1",
        "1.2.0+build7",
    ],
)
def test_releases_that_are_plans(name: str) -> None:
    assert not PLAIN.is_parking(name)


@pytest.mark.parametrize("name", ["Blocker", "Critical", "Highest", "High", "P1", "URGENT", "p0"])
def test_high_priorities(name: str) -> None:
    assert PLAIN.priority_rank(name) == "high"


@pytest.mark.parametrize("name", ["Major", "Medium", "Minor", "Low", "Trivial", "P3", "", None])
def test_normal_priorities(name: str | None) -> None:
    assert PLAIN.priority_rank(name) == "normal"


def test_a_crisis_is_only_what_is_configured() -> None:
    conventions = Conventions(crisis=("blocker",), high=("major",))
    ranks = [conventions.priority_rank(name) for name in ("Blocker", "Major", "Critical")]
    assert ranks == ["crisis", "high", "normal"]


@pytest.mark.parametrize(
    "name",
    [
        "Abbot",
        "Mary Abbot",
        "Talbot",
        "Fox Talbot",
        "Jan Abbott",
        "Kate Hudson",
        "Leroy Jenkins",
        "Travis Hall",
        "Travis",
        "Hudson Reyes",
        "Ann Pooley",
        "Liverpool Jones",
        "Ci Wang",
        "Elliot",
        "Default Smith",
        "Queenie Noon",
    ],
)
def test_people_are_people(name: str) -> None:
    person = PLAIN.person(name.lower(), name)
    assert person.kind == "person", name
    assert person.is_person


@pytest.mark.parametrize(
    "name",
    [
        "Hudson",
        "Jenkins",
        "jenkins",
        "Jenkins CI",
        "Apache Jenkins Server",
        "Travis CI",
        "Automation for Jira",
        "Build Bot",
        "build-bot",
        "ReleaseBot",
        "ASF GitHub Bot",
        "GitHub",
        "GitLab Integration",
        "renovate[bot]",
        "Bamboo",
        "CI User",
        "Smart Commits",
    ],
)
def test_bots_by_name(name: str) -> None:
    assert PLAIN.person(name, name).kind == "bot"


def test_an_app_is_a_bot_whatever_its_name() -> None:
    assert PLAIN.person("557058:1", "Mary Major", "app").kind == "bot"
    assert PLAIN.person("557058:1", "Mary Major", "atlassian").kind == "person"
    assert PLAIN.person("qm:1", "Customer Jane", "customer").kind == "person"


@pytest.mark.parametrize(
    "name",
    [
        "Unassigned",
        "Unassigned Issues",
        "Nobody",
        "No One",
        "Triage",
        "Support Queue",
        "Developer Pool",
        "Web Committers",
    ],
)
def test_queues_by_name(name: str) -> None:
    person = PLAIN.person(name, name)
    assert person.kind == "queue"
    assert not person.is_person


def test_what_the_configuration_says_of_a_person_wins() -> None:
    conventions = Conventions(
        people={
            "acc:1": PersonNote(kind="bot", team="Core"),
            "support desk": PersonNote(kind="queue"),
            "build bot": PersonNote(kind="person", tester=True),
        }
    )
    by_id = conventions.person("ACC:1", "Ann Lee")
    assert (by_id.kind, by_id.team, by_id.name) == ("bot", "Core", "Ann Lee")
    assert conventions.person("x", "Support Desk").kind == "queue"
    human = conventions.person("y", "Build Bot", "app")
    assert human.is_person
    assert human.tester


@pytest.mark.parametrize(
    ("name", "intake"),
    [
        ("Received", True),
        ("New", True),
        ("Needs Triage", True),
        ("Open", False),
        ("Reopened", False),
        ("In Progress", False),
    ],
)
def test_only_a_status_before_acceptance_is_intake(name: str, intake: bool) -> None:
    assert PLAIN.is_intake(PLAIN.status(name)) is intake
