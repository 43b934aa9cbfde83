"""Promised times: a table of sentences with right answers, other calendars, and what holds for any text."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ownership_audit.calendars import Calendar
from ownership_audit.calendars.promised import due
from ownership_audit.signals.times import find_time, mentions_time

OFFICE = Calendar()
THURSDAY = datetime.fromisoformat("2026-03-05 10:00")
TABLE = yaml.safe_load(Path(__file__).with_name("promise_times.yaml").read_text(encoding="utf-8"))
TIMED = [row for row in TABLE if row["due"] != "none"]
NEVER = [row for row in TABLE if row["due"] == "none"]

# Months and dates, whose answers don't move with the weeks.
FIXED = re.compile(
    r"\[[^]]*(?:month|quarter|year|April|May\b|June|March|December|February|J[au]n\b|EOM|Mar\b|Q[12]"
    r"|th\]|rd\]|[0-9]/[0-9]|\.03|-03)"
)


def sentence(row: dict[str, str]) -> str:
    return row["phrase"].replace("[", "").replace("]", "")


def said(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["said"])


def due_at(text: str, when: datetime, calendar: Calendar = OFFICE, zone: str = "UTC") -> str:
    """The due time on the clock of the zone."""
    place = ZoneInfo(zone)
    found = find_time(text, when)
    assert found is not None
    return f"{due(found, when.replace(tzinfo=place), calendar).astimezone(place):%Y-%m-%d %H:%M}"


def test_the_table_is_large_enough() -> None:
    assert len(TIMED) >= 150
    assert len(NEVER) >= 50


@pytest.mark.parametrize("row", TIMED, ids=lambda row: f"{row['phrase']} {row['said']}")
def test_a_time_is_due(row: dict[str, str]) -> None:
    found = find_time(sentence(row), said(row))
    words = re.search(r"\[(.*)\]", row["phrase"])
    assert found is not None
    assert words is not None
    assert sentence(row)[slice(*found.span)] == words[1]
    assert due_at(sentence(row), said(row)) == row["due"]


@pytest.mark.parametrize("row", NEVER, ids=lambda row: row["phrase"])
def test_no_time(row: dict[str, str]) -> None:
    assert find_time(sentence(row), said(row)) is None


@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        # Good Friday is the 3rd of April, Easter Monday the 6th.
        ("I'll do it by Friday.", "2026-04-01 10:00", "2026-04-07 17:00"),
        ("I'll do it this week.", "2026-04-01 10:00", "2026-04-02 17:00"),
        ("I'll do it tomorrow at 11am.", "2026-04-02 10:00", "2026-04-07 17:00"),
        ("I'll do it in two days.", "2026-04-02 10:00", "2026-04-08 17:00"),
        ("I'll do it in an hour.", "2026-04-02 16:30", "2026-04-07 09:30"),
        ("I'll do it over the weekend.", "2026-04-02 10:00", "2026-04-07 17:00"),
        ("I'll do it today.", "2026-04-03 10:00", "2026-04-07 17:00"),
        # Clocks go forward on the 29th of March, and back on the 25th of October.
        ("I'll do it on Monday at 10:00.", "2026-03-27 10:00", "2026-03-30 10:00"),
        ("I'll do it by Monday.", "2026-10-23 10:00", "2026-10-26 17:00"),
    ],
)
def test_holidays_and_clock_changes(text: str, when: str, expected: str) -> None:
    berlin = Calendar(zone="Europe/Berlin", country="DE")
    assert due_at(text, datetime.fromisoformat(when), berlin, "Europe/Berlin") == expected


def test_other_weeks() -> None:
    always = Calendar(hours=dict.fromkeys(range(7), ((0, 1440),)))
    assert due_at("I'll do it by Friday.", THURSDAY, always) == "2026-03-07 00:00"
    assert due_at("I'll do it in two days.", THURSDAY, always) == "2026-03-08 00:00"
    assert due_at("I'll do it this week.", THURSDAY, always) == "2026-03-09 00:00"
    sunday_to_thursday = Calendar(hours=dict.fromkeys((6, 0, 1, 2, 3), ((480, 960),)))
    assert due_at("I'll do it tomorrow.", THURSDAY, sunday_to_thursday) == "2026-03-08 16:00"


def test_what_was_said_elsewhere() -> None:
    """The author's day counts, and the calendar's hours: here a Thursday evening that is Friday in Berlin."""
    berlin = Calendar(zone="Europe/Berlin")
    local = datetime(2026, 3, 5, 20, tzinfo=ZoneInfo("America/Los_Angeles"))
    found = find_time("I'll do it today.", local)
    assert found is not None
    assert found.last == date(2026, 3, 5)
    assert due(found, local, berlin) == datetime(2026, 3, 9, 16, tzinfo=UTC)


def test_times_one_after_another() -> None:
    text = "I'll look tomorrow and send it by Friday next week, I was away on Monday."
    first = find_time(text, THURSDAY)
    assert first is not None
    second = find_time(text, THURSDAY, first.span[1])
    assert second is not None
    assert text[slice(*second.span)] == "by Friday next week"
    assert find_time(text, THURSDAY, second.span[1]) is None


def test_lengths_are_kept() -> None:
    days = find_time("I'll do it in two days.", THURSDAY)
    minutes = find_time("I'll do it in 1.5 hours.", THURSDAY)
    assert days is not None
    assert minutes is not None
    assert (days.working_days, days.working_minutes, days.last) == (2, None, date(2026, 3, 9))
    assert (minutes.working_days, minutes.working_minutes) == (None, 90)


def test_what_nobody_promises() -> None:
    assert find_time("I'll do it in 900 weeks.", THURSDAY) is None
    assert find_time("I'll do it on 30 February.", THURSDAY) is None
    assert find_time("I'll do it by 2019-03-01.", THURSDAY) is None


# --- What holds for any text ------------------------------------------------------------------------------

VOCABULARY = (
    "by before on at in within the next this last end of early mid over until or and to , / - . not I'll was "
    "a an two 3 12 31 12th 2026 12/3 2026-03-12 31.12.2026 10:30 3pm 24h few couple half week weeks weekend "
    "days day hour minutes month quarter year Friday Mon sat today tomorrow tonight morning noon EOD EOW "
    "March may Feb 29 Q3 time from now after latest earliest first thing's day's close business ’ ' ("
)
WORDS = st.sampled_from(VOCABULARY.split())
PIECES = st.lists(WORDS | st.text(max_size=4), max_size=12).map(" ".join)
MOMENTS = st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2150-01-01"))


@given(PIECES | st.text(), MOMENTS)
def test_any_text_is_read_and_nothing_is_due_before_it_is_said(text: str, when: datetime) -> None:
    found = find_time(text, when)
    if found is None:
        return
    assert mentions_time(text)
    assert 0 <= found.span[0] < found.span[1] <= len(text)
    assert when.date() <= found.last
    assert found.first <= found.last
    moment = when.replace(tzinfo=UTC)
    assert due(found, moment, OFFICE) >= moment


@given(
    st.sampled_from([row for row in TABLE if not FIXED.search(row["phrase"])]),
    st.integers(-500, 500),
)
def test_what_is_said_weeks_later_is_due_weeks_later(row: dict[str, str], weeks: int) -> None:
    later = said(row) + timedelta(weeks=weeks)
    found = find_time(sentence(row), later)
    if row["due"] == "none":
        assert found is None
    else:
        expected = datetime.fromisoformat(row["due"]) + timedelta(weeks=weeks)
        assert due_at(sentence(row), later) == f"{expected:%Y-%m-%d %H:%M}"


@given(st.sampled_from(TIMED), MOMENTS)
def test_the_zone_of_the_local_time_does_not_count(row: dict[str, str], when: datetime) -> None:
    assert find_time(sentence(row), when) == find_time(
        sentence(row), when.replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    )


def test_half_characters_are_read() -> None:
    assert find_time("\ud800 I'll do it today.", THURSDAY) is not None


@pytest.mark.parametrize(
    "unit",
    ["since friday ", "31 february ", "fri, ", "the day after ", "was friday or ", "1/", "1:", "'a", "in 2 "],
)
def test_a_hostile_megabyte_is_read_in_no_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    assert find_time(text, THURSDAY) is None
    assert time.process_time() - start < 2
