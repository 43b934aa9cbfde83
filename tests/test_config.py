"""The configuration file: what it may say, and what a mistake in it answers."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ownership_audit.calendars import Duration
from ownership_audit.config import CalendarSpec, PersonSettings, Settings, load
from ownership_audit.errors import ConfigError

FULL = """\
calendar: {zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00", sat: "10:00-12:00"},
           country: DE, subdivision: BY, days-off: [2026-12-24]}
projects:
  SUP: {support: true, lead: zoe, calendar: {zone: Asia/Dubai, hours: {sun-thu: "08:00-12:00, 13:00-17:00"}}}
  ops: {}
people:
  zoe: {team: red}
  "Build Bot": {bot: true}
  Abbot: {bot: false}
  triage: {queue: true}
  Tim: {tester: true, absent: [2026-03-03, 2026-03-04 to 2026-03-06]}
statuses: {Waiting for parts: waiting, QA: review}
priorities: {high: [Urgent, High], crisis: []}
releases: {parking: ["Backlog", "Someday*"]}
deadline: {sources: [sprint, due-date]}
fields: {reviewer: customfield_10001, sprint: customfield_10002}
containers: {types: [Epic, Saga], audit: true}
default-owner: {counts: true}
ignore-labels: [ownership-ignore, Agreed]
rules:
  silent-in-progress: {severity: info, within: 5 working days, projects: [sup]}
  unowned: {off: true}
"""

Read = Callable[[str], Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Settings from a text."""

    def read_text(text: str) -> Settings:
        path = tmp_path / "ownership-audit.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return read_text


def test_defaults_without_a_file() -> None:
    settings = load(None)
    assert settings == Settings()
    assert settings.calendar.zone == "UTC"
    assert settings.deadline_sources == ("due-date",)
    assert settings.owner_field == "assignee"
    assert "epic" in settings.containers
    assert not settings.audit_containers
    assert not settings.default_owner_counts
    assert settings.crisis == ()
    assert settings.ignore_labels == {"ownership-ignore"}


def test_a_full_file(read: Read) -> None:
    settings = read(FULL)
    assert settings.calendar.zone == "Europe/Berlin"
    assert settings.calendar.hours == (((540, 1020),),) * 5 + (((600, 720),), ())
    assert (settings.calendar.country, settings.calendar.subdivision) == ("DE", "BY")
    assert settings.calendar.days_off == (date(2026, 12, 24),)
    assert set(settings.projects) == {"SUP", "OPS"}
    assert settings.projects["SUP"].support
    assert settings.projects["SUP"].lead == "zoe"
    assert settings.statuses == {"waiting for parts": "waiting", "qa": "review"}
    assert settings.high == ("urgent", "high")
    assert settings.crisis == ()
    assert settings.parking == ("backlog", "someday*")
    assert settings.deadline_sources == ("due-date", "sprint")
    assert (settings.owner_field, settings.reviewer_field) == ("assignee", "customfield_10001")
    assert settings.sprint_field == "customfield_10002"
    assert settings.containers == {"epic", "saga"}
    assert settings.audit_containers
    assert settings.default_owner_counts
    assert settings.ignore_labels == {"ownership-ignore", "Agreed"}


def test_people_are_found_by_any_of_their_names_in_any_letters(read: Read) -> None:
    settings = read(FULL)
    assert settings.person("5f3a", "zoe", "Zoe Zander").team == "red"
    assert settings.person(None, "BUILD BOT").kind == "bot"
    assert settings.person("triage").kind == "queue"
    assert settings.person("abbot").kind == "person"
    assert settings.person("tim").tester
    assert settings.person("tim").absences == (
        (date(2026, 3, 3), date(2026, 3, 3)),
        (date(2026, 3, 4), date(2026, 3, 6)),
    )
    assert settings.person("nobody", None) == PersonSettings()


def test_rule_tuning_keeps_its_place(read: Read) -> None:
    rules = read(FULL).rules
    tuned = rules["silent-in-progress"]
    assert tuned.severity == "info"
    assert tuned.within == Duration.parse("5 working days")
    assert tuned.projects == frozenset({"SUP"})
    assert tuned.place.endswith("ownership-audit.yaml:21")
    assert rules["unowned"].off
    assert not tuned.off


def test_a_project_calendar_replaces_the_whole_calendar(read: Read) -> None:
    settings = read(FULL)
    sunday = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)  # 10:00 in Dubai, a working day there
    assert settings.calendar_of("SUP").is_working(sunday)
    assert not settings.calendar_of("OPS").is_working(sunday)
    assert settings.calendar_of("sup") is settings.calendar_of("SUP")
    assert settings.projects["SUP"].calendar == CalendarSpec(
        zone="Asia/Dubai", hours=(((480, 720), (780, 1020)),) * 4 + ((), (), ((480, 720), (780, 1020)))
    )


def test_conventions_carry_the_settings_to_the_timeline(read: Read) -> None:
    conventions = read(FULL).conventions()
    assert conventions.status("QA").status_class == "review"
    assert conventions.is_parking("Someday soon")
    assert not conventions.is_parking("Future")  # the given list replaces the default one
    assert conventions.leads == {"SUP": "zoe"}
    assert conventions.support == {"SUP"}
    assert conventions.people["tim"].tester
    assert conventions.zone == "Europe/Berlin"


def test_the_default_conventions_are_those_of_the_timeline() -> None:
    conventions = Settings().conventions()
    assert conventions.is_parking("3.x")
    assert conventions.is_parking("Future Release")
    assert not conventions.is_parking("3.1")
    assert conventions.priority_rank("Blocker") == "high"


def test_settings_travel_to_other_processes(read: Read) -> None:
    settings = read(FULL)
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_norway_is_a_country(read: Read) -> None:
    assert read("calendar: {country: NO}").calendar.country == "NO"


def test_days_in_lists_and_spans_in_lists(read: Read) -> None:
    text = 'calendar: {hours: {"mon, wed": ["08:00-12:00", "13:00-24:00"], fri: }}'
    day = ((480, 720), (780, 1440))
    assert read(text).calendar.hours == (day, (), day, (), (), (), ())


@pytest.mark.parametrize(
    "key", ["priorities", "releases", "deadline", "fields", "containers", "default-owner"]
)
def test_an_empty_section_changes_nothing(read: Read, key: str) -> None:
    assert read(f"{key}:\n") == Settings()


MISTAKES = [
    ("calender: {}", 1, "did you mean 'calendar'?"),
    ("calendar: {zone: Europe/Berlni}", 1, "did you mean 'Europe/Berlin'?"),
    ("calendar:\n  zone: ../etc/passwd", 2, "unknown time zone"),
    ("calendar:\n  zonne: UTC", 2, "did you mean 'zone'?"),
    ("calendar:\n  country: XX", 2, "unknown country 'XX'"),
    ("calendar:\n  country: DE\n  subdivision: ZZ", 3, "no subdivision 'ZZ'"),
    ("calendar:\n  subdivision: BY", 2, "has no country"),
    ("calendar:\n  days-off:\n    - 2026-02-30", 3, "is not a date"),
    ("calendar:\n  hours:\n    mo-fri: 09:00-17:00", 3, "no day of the week"),
    ("calendar:\n  hours:\n    mon-wed-fri: 09:00-17:00", 3, "no range of days"),
    ("calendar:\n  hours:\n    mon-fri: 09:00-17:00\n    fri: 09:00-15:00", 4, "fri has its hours already"),
    ("calendar:\n  hours:\n    mon: 9 to 5", 3, "no span of hours"),
    ("calendar:\n  hours:\n    mon: 09:00-17:60", 3, "no time of day"),
    ("calendar:\n  hours:\n    mon: 22:00-06:00", 3, "not a span of the day"),
    ("calendar:\n  hours:\n    mon: 09:00-25:00", 3, "not a span of the day"),
    ("calendar:\n  hours:\n    mon: [09:00-12:00, 11:00-17:00]", 3, "overlap"),
    ("calendar:\n  hours: {}", 2, "no weekday has any"),
    ("projects:\n  SUP: {suport: true}", 2, "did you mean 'support'?"),
    ("projects:\n  SUP: {support: yes}", 2, "unknown value 'yes'"),
    ("projects:\n  SUP: {calendar: {zone: Mars/Base}}", 2, "unknown time zone 'Mars/Base'"),
    ("projects:\n  SUP: {}\n  sup: {}", 3, "written twice"),
    ("people:\n  zoe: {taem: red}", 2, "did you mean 'team'?"),
    ("people:\n  zoe: {bot: true, queue: true}", 2, "not both"),
    ("people:\n  zoe: {absent: 2026-03-32}", 2, "is not a date"),
    ("people:\n  zoe: {absent: [2026-03-06 to 2026-03-04]}", 2, "no span of days"),
    ("people:\n  zoe: {absent: [2026-03-04 to 2026-03-05 to 2026-03-06]}", 2, "no span of days"),
    ("statuses:\n  QA: reveiw", 2, "did you mean 'review'?"),
    ("priorities: {hihg: []}", 1, "did you mean 'high'?"),
    ("releases: {parkin: []}", 1, "did you mean 'parking'?"),
    ("deadline: {sources: [duedate]}", 1, "did you mean 'due-date'?"),
    ("deadline: {source: []}", 1, "did you mean 'sources'?"),
    ("fields: {ownr: x}", 1, "did you mean 'owner'?"),
    ("fields: {owner: }", 1, "expected a text, found nothing"),
    ("containers: {type: []}", 1, "did you mean 'types'?"),
    ("default-owner: {count: true}", 1, "did you mean 'counts'?"),
    ("ignore-labels: [[a]]", 1, "expected a text"),
    ("rules:\n  unowned: {of: true}", 2, "did you mean 'off'?"),
    ("rules:\n  unowned: {severity: warn}", 2, "did you mean 'warning'?"),
    ("rules:\n  unowned: {within: soon}", 2, "is not a duration"),
    ("rules:\n  unowned: {projects: []}", 2, "write off: true"),
    ("rules: [unowned]", 1, "expected rules by id"),
    ("rules:\n  a: {}\n  a: {}", 3, "written twice"),
    ("calendar: ]", 1, "not valid YAML"),
]


@pytest.mark.parametrize(("text", "line", "words"), MISTAKES, ids=[text for text, _, _ in MISTAKES])
def test_a_mistake_is_named_with_its_line(read: Read, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    message = str(caught.value)
    assert f"ownership-audit.yaml:{line}: " in message
    assert words in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: can't be read"):
        load(tmp_path / "nowhere.yaml")
