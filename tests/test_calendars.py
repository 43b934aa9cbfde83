"""Working calendars: the docstrings' promises by example, and properties against a slow, obvious walk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ownership_audit.calendars import Calendar, Duration
from ownership_audit.errors import ConfigError, DataError

QUARTER = timedelta(minutes=15)
Week = dict[int, tuple[tuple[int, int], ...]]
ROUND_THE_CLOCK: Week = dict.fromkeys(range(7), ((0, 1440),))
NIGHTS: Week = dict.fromkeys(range(7), ((0, 360), (1320, 1440)))
OFFICE_WEEK: Week = dict.fromkeys(range(5), ((540, 1020),))
SMALL_HOURS: Week = dict.fromkeys(range(7), ((60, 135), (135, 150)))  # that clocks skip or repeat
DAY_LONG = timedelta(hours=8)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def at(zone: str, text: str) -> datetime:
    """A wall clock reading of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def wd(days: int | Fraction) -> Duration:
    return Duration(working_days=days)


def minutes(count: int) -> Duration:
    return Duration(working_minutes=count)


# June 2024: the 3rd is a Monday.
MON, TUE, WED, THU, FRI, SAT, SUN = range(3, 10)


def june(day: int, hour: int, minute: int = 0) -> datetime:
    return utc(2024, 6, day, hour, minute)


OFFICE = Calendar()


# --- The slow, obvious implementation ---------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """Walks time in steps of a quarter of an hour, which no offset change or span in these tests cuts."""

    zone: str
    hours: Week
    days_off: tuple[date, ...] = ()
    absences: tuple[tuple[datetime, datetime], ...] = ()

    def works(self, moment: datetime) -> bool:
        local = moment.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        return (
            local.date() not in self.days_off
            and any(start <= minute < end for start, end in self.hours.get(local.weekday(), ()))
            and not any(start <= moment < end for start, end in self.absences)
        )

    def steps(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
        cuts = {start, end, *(edge for span in self.absences for edge in span if start < edge < end)}
        mark = start - (start - utc(1970, 1, 1)) % QUARTER + QUARTER
        while mark < end:
            cuts.add(mark)
            mark += QUARTER
        for first, last in pairwise(sorted(cuts)):
            yield first, last, self.works(first)

    def between(self, start: datetime, end: datetime) -> timedelta:
        return sum((b - a for a, b, works in self.steps(start, end) if works), timedelta())

    def add(self, start: datetime, worked: timedelta, horizon: datetime) -> datetime | None:
        for first, last, works in self.steps(start, horizon):
            if works and worked < last - first:
                return first + worked
            worked -= (last - first) if works else timedelta()
        return None

    def subtract(self, end: datetime, worked: timedelta, horizon: datetime) -> datetime | None:
        for first, last, works in reversed(list(self.steps(horizon, end))):
            if works and worked < last - first:
                return last - worked
            worked -= (last - first) if works else timedelta()
        return None


@st.composite
def week_hours(draw: st.DrawFn) -> Week:
    week = {}
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        marks = draw(st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True))
        marks = sorted(marks)[: len(marks) // 2 * 2]
        week[weekday] = tuple((a * 15, b * 15) for a, b in zip(marks[::2], marks[1::2], strict=True))
    return week


HOURS = st.one_of(st.sampled_from([ROUND_THE_CLOCK, NIGHTS, OFFICE_WEEK, SMALL_HOURS]), week_hours())

# Places in time, in days around which the examples are drawn: clock changes and a year's end.
SCENES = st.sampled_from(
    [
        ("Europe/Berlin", utc(2023, 3, 26)),
        ("Europe/Berlin", utc(2023, 10, 29)),
        ("Europe/Berlin", utc(2023, 12, 31)),
        ("America/New_York", utc(2024, 3, 10)),
        ("America/New_York", utc(2024, 11, 3)),
        ("America/New_York", utc(2025, 1, 1)),
        ("Australia/Lord_Howe", utc(2023, 4, 2)),
        ("Australia/Lord_Howe", utc(2023, 9, 30)),
        ("Australia/Lord_Howe", utc(2022, 12, 31)),
        ("UTC", utc(2024, 2, 29)),
        ("UTC", utc(2024, 12, 31)),
        ("Pacific/Apia", utc(2011, 12, 30)),  # a day that this zone skipped
        ("America/Havana", utc(2023, 11, 5)),  # midnight comes twice
        ("America/Havana", utc(2023, 3, 12)),  # midnight is skipped
        ("Asia/Kathmandu", utc(2024, 1, 1)),
    ]
)


@dataclass(frozen=True)
class Case:
    calendar: Calendar
    walk: Walk
    moments: tuple[datetime, ...]
    centre: datetime


OFFSETS = st.one_of(
    st.integers(-16, 16).map(lambda quarters: quarters * QUARTER),
    st.integers(-480, 480).map(lambda quarters: quarters * QUARTER),
    st.integers(-5 * 86400 * 10**6, 5 * 86400 * 10**6).map(lambda micros: timedelta(microseconds=micros)),
)


@st.composite
def cases(draw: st.DrawFn, absent: bool = True, moments: int = 2) -> Case:
    zone, centre = draw(SCENES)
    hours = draw(HOURS)
    days_off = draw(st.lists(st.integers(-5, 5), max_size=3))
    off = tuple(centre.date() + timedelta(day) for day in days_off)
    spans = draw(st.lists(st.tuples(OFFSETS, OFFSETS), max_size=4)) if absent else []
    absences = tuple((centre + min(pair), centre + max(pair)) for pair in spans)
    calendar = Calendar(zone=zone, hours=hours, days_off=off).with_absences(absences)
    drawn = tuple(centre + draw(OFFSETS) for _ in range(moments))
    return Case(calendar, Walk(zone, hours, off, absences), drawn, centre)


LENGTHS = st.one_of(st.integers(0, 8).map(lambda hours: hours * 60), st.integers(0, 40 * 60)).map(minutes)


# --- Properties -------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(cases())
def test_between_is_what_a_walk_counts(case: Case) -> None:
    start, end = sorted(case.moments)
    assert case.calendar.between(start, end) == case.walk.between(start, end)
    assert case.calendar.between(end, start) == timedelta()


@settings(max_examples=120, deadline=None)
@given(cases(moments=1), LENGTHS)
def test_add_is_where_a_walk_ends(case: Case, length: Duration) -> None:
    (start,) = case.moments
    horizon = case.centre + timedelta(days=16)
    walked = case.walk.add(start, timedelta(minutes=length.working_minutes), horizon)
    added = case.calendar.add(start, length)
    assert added >= horizon if walked is None else added == walked


@settings(max_examples=120, deadline=None)
@given(cases(moments=1), LENGTHS)
def test_subtract_is_where_a_walk_back_ends(case: Case, length: Duration) -> None:
    (end,) = case.moments
    horizon = case.centre - timedelta(days=16)
    walked = case.walk.subtract(end, timedelta(minutes=length.working_minutes), horizon)
    found = case.calendar.subtract(end, length)
    assert found <= horizon if walked is None else found == walked


@settings(max_examples=150, deadline=None)
@given(cases(moments=40))
def test_is_working_is_what_the_wall_clock_says(case: Case) -> None:
    for moment in case.moments:
        assert case.calendar.is_working(moment) == case.walk.works(moment)


@settings(max_examples=200, deadline=None)
@given(cases(moments=2), LENGTHS, LENGTHS)
def test_laws_of_add_and_subtract(case: Case, length: Duration, more: Duration) -> None:
    calendar, (early, late) = case.calendar, sorted(case.moments)
    worked = timedelta(minutes=length.working_minutes)
    due = calendar.add(early, length)
    assert due >= early
    assert calendar.between(early, due) == worked
    assert calendar.add(late, length) >= due
    assert calendar.add(due, more) == calendar.add(
        early, minutes(length.working_minutes + more.working_minutes)
    )
    before = calendar.subtract(late, length)
    assert before <= late
    assert calendar.between(before, late) == worked
    # Back from a due time: no working time lies between the start and where subtract ends.
    back = calendar.subtract(due, length)
    assert calendar.between(min(back, early), max(back, early)) == timedelta()
    # A due time is the last moment with its working time, the other end of subtract the first.
    tick = timedelta(microseconds=1)
    assert calendar.between(early, due + tick) == worked + tick
    assert calendar.between(before - tick, late) == worked + tick


@settings(max_examples=150, deadline=None)
@given(cases(moments=2), LENGTHS, st.tuples(OFFSETS, OFFSETS))
def test_absences_never_move_a_due_time_earlier(
    case: Case, length: Duration, span: tuple[timedelta, timedelta]
) -> None:
    start, end = case.moments
    away = case.calendar.with_absences([(case.centre + min(span), case.centre + max(span))])
    assert away.add(start, length) >= case.calendar.add(start, length)
    assert away.subtract(end, length) <= case.calendar.subtract(end, length)
    assert away.between(start, end) <= case.calendar.between(start, end)


@settings(max_examples=100, deadline=None)
@given(cases(absent=False, moments=0), st.integers(-5, 5))
def test_close_of_is_the_last_working_moment_of_a_day(case: Case, shift: int) -> None:
    day = case.centre.date() + timedelta(shift)
    close = case.calendar.close_of(day)
    tick = timedelta(microseconds=1)
    start = case.calendar.day_start(day)
    worked_on = case.calendar.local_day(close - tick)
    assert case.walk.works(close - tick)
    assert worked_on >= day
    assert case.walk.between(close, case.calendar.day_start(worked_on + timedelta(1))) == timedelta()
    assert case.walk.between(start, case.calendar.day_start(worked_on)) == timedelta()


@settings(max_examples=100, deadline=None)
@given(SCENES, st.integers(-400, 400))
def test_day_start_is_the_first_moment_of_the_day(scene: tuple[str, datetime], shift: int) -> None:
    zone, centre = scene
    calendar = Calendar(zone=zone)
    day = centre.date() + timedelta(shift)
    start = calendar.day_start(day)
    assert calendar.local_day(start - timedelta(microseconds=1)) < day
    assert calendar.local_day(start) == day or (zone, day) == ("Pacific/Apia", date(2011, 12, 30))


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]), HOURS, st.data())
def test_the_order_of_questions_changes_no_answer(zone: str, hours: Week, data: st.DataObject) -> None:
    """Years are looked at when first asked for, before or after those already known."""
    years = st.integers(1997, 2003)
    moments = data.draw(
        st.lists(st.builds(utc, years, st.integers(1, 12), st.integers(1, 28)), min_size=2, max_size=3)
    )
    moments.append(utc(2000, 1, 1))
    warm = Calendar(zone=zone, hours=hours)
    for start in moments:
        for end in moments:
            assert warm.between(start, end) == Calendar(zone=zone, hours=hours).between(start, end)
            assert warm.is_working(start) == Calendar(zone=zone, hours=hours).is_working(start)
        assert warm.add(start, wd(3)) == Calendar(zone=zone, hours=hours).add(start, wd(3))
        assert warm.subtract(start, wd(3)) == Calendar(zone=zone, hours=hours).subtract(start, wd(3))


@given(st.integers(0, 10**12))
def test_describe_never_claims_more_than_passed_and_can_be_read_back(micros: int) -> None:
    worked = timedelta(microseconds=micros)
    read = Duration.parse(OFFICE.describe(worked))
    length = OFFICE.between(june(MON, 9), OFFICE.add(june(MON, 9), read))
    assert length <= worked
    assert worked - length < max(timedelta(minutes=1), worked / 10 + timedelta(minutes=1))


@given(st.text(max_size=300))
def test_any_text_is_a_duration_or_a_clear_error(text: str) -> None:
    try:
        Duration.parse(text)
    except ConfigError as problem:
        message = str(problem)
    else:
        return
    assert "write a number and a unit" in message or "unknown unit" in message


@given(
    st.integers(0, 999999), st.integers(0, 999), st.sampled_from(["working days", "hours", "days", "weeks"])
)
def test_a_parsed_duration_reads_the_same_again(whole: int, part: int, unit: str) -> None:
    once = Duration.parse(f"{whole}.{part:03d} {unit}")
    assert Duration.parse(str(once)) == once
    assert str(Duration.parse(str(once))) == str(once)


# --- add and subtract -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        (june(FRI, 17), wd(1), june(TUE + 7, 9)),  # used up on Monday at 17:00
        (june(MON, 10), wd(1), june(TUE, 10)),
        (june(MON, 9), minutes(480), june(TUE, 9)),
        (june(MON, 9), minutes(479), june(MON, 16, 59)),
        (june(FRI, 16), minutes(240), june(MON + 7, 12)),
        (june(SAT, 12), minutes(60), june(MON + 7, 10)),
        (june(MON, 9), wd(Fraction(3, 2)), june(TUE, 13)),
        (june(MON, 9), Duration(working_days=1, working_minutes=30), june(TUE, 9, 30)),
        (june(MON, 10), Duration.ZERO, june(MON, 10)),
        (june(MON, 9), Duration.ZERO, june(MON, 9)),
        (june(MON, 17), Duration.ZERO, june(TUE, 9)),
        (june(SAT, 3), Duration.ZERO, june(MON + 7, 9)),
        (june(FRI, 17), Duration.parse("10 days"), june(FRI + 10, 17)),
        (june(SAT, 3), Duration.parse("30 minutes"), june(SAT, 3, 30)),
        (june(SAT, 3), Duration.parse("0 days"), june(SAT, 3)),
    ],
)
def test_add(start: datetime, length: Duration, due: datetime) -> None:
    assert OFFICE.add(start, length) == due


@pytest.mark.parametrize(
    ("end", "length", "start"),
    [
        (june(FRI, 17), wd(2), june(WED, 17)),  # the closing, not Thursday at 9:00
        (june(FRI, 12), wd(1), june(THU, 12)),
        (june(MON + 7, 10), minutes(120), june(FRI, 16)),
        (june(MON + 7, 10), minutes(60), june(FRI, 17)),
        (june(SAT, 12), minutes(60), june(FRI, 16)),
        (june(FRI, 17), Duration.ZERO, june(FRI, 17)),
        (june(FRI, 12), Duration.ZERO, june(FRI, 12)),
        (june(SAT, 12), Duration.ZERO, june(FRI, 17)),
        (june(MON + 7, 9), Duration.ZERO, june(FRI, 17)),
        (june(SAT, 12), Duration.parse("1 week"), june(SAT, 12) - timedelta(7)),
    ],
)
def test_subtract(end: datetime, length: Duration, start: datetime) -> None:
    assert OFFICE.subtract(end, length) == start


def test_moments_of_any_zone_are_read_and_results_are_utc() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = june(MON, 10).astimezone(berlin)
    assert OFFICE.add(start, wd(1)) == june(TUE, 10)
    for result in (
        OFFICE.add(start, wd(1)),
        OFFICE.add(start, Duration.ZERO),
        OFFICE.add(start, Duration.parse("1 day")),
        OFFICE.subtract(start, Duration.ZERO),
        OFFICE.subtract(start, Duration.parse("1 day")),
        OFFICE.close_of(date(2024, 6, MON)),
        OFFICE.day_start(date(2024, 6, MON)),
    ):
        assert result.tzinfo is UTC
    assert OFFICE.between(start, june(MON, 11).astimezone(timezone(timedelta(hours=-9)))) == timedelta(
        hours=1
    )


def test_results_are_exact_to_the_microsecond() -> None:
    tick = timedelta(microseconds=1)
    late = utc(2199, 6, 3, 10) + tick
    assert OFFICE.add(late, wd(1)) - late == timedelta(1)
    assert OFFICE.between(late, late + 2 * tick) == 2 * tick
    assert OFFICE.add(june(FRI, 17) - tick, minutes(1)) == june(MON + 7, 9, 1) - tick


def test_between_counts_working_time_only() -> None:
    assert OFFICE.between(june(FRI, 16), june(MON + 7, 10)) == timedelta(hours=2)
    assert OFFICE.between(june(SAT, 0), june(SUN, 23)) == timedelta()
    assert OFFICE.between(june(MON, 9), june(MON, 9)) == timedelta()
    assert OFFICE.between(june(TUE, 9), june(MON, 9)) == timedelta()
    assert OFFICE.working_days(june(MON, 9), june(WED, 13)) == 2.5


# --- Years, clocks, hours ---------------------------------------------------------------------------------


def test_work_goes_on_over_the_years_end() -> None:
    assert OFFICE.add(utc(2024, 12, 31, 16), minutes(120)) == utc(2025, 1, 1, 10)
    assert OFFICE.subtract(utc(2025, 1, 1, 10), minutes(120)) == utc(2024, 12, 31, 16)
    nights = Calendar(hours=NIGHTS)
    assert nights.add(utc(2024, 12, 31, 23), minutes(120)) == utc(2025, 1, 1, 1)
    assert nights.subtract(utc(2024, 1, 1, 1), minutes(120)) == utc(2023, 12, 31, 23)
    assert nights.is_working(utc(2025, 1, 1))


def test_round_the_clock() -> None:
    always = Calendar(zone="Europe/Berlin", hours=ROUND_THE_CLOCK)
    start = utc(2023, 12, 30, 5)
    assert always.day_length == timedelta(days=1)
    assert always.add(start, wd(100)) == start + timedelta(100)
    assert always.subtract(start, wd(400)) == start - timedelta(400)
    assert always.between(start, start + timedelta(1000)) == timedelta(1000)
    assert always.close_of(date(2024, 6, 1)) == always.day_start(date(2024, 6, 2))


@pytest.mark.parametrize(
    ("zone", "evening", "worked"),
    [
        ("Europe/Berlin", "2024-03-30T22:00", 7),
        ("Europe/Berlin", "2024-10-26T22:00", 9),
        ("America/New_York", "2024-03-09T22:00", 7),
        ("America/New_York", "2024-11-02T22:00", 9),
        ("Australia/Lord_Howe", "2024-04-06T22:00", 8.5),
        ("Australia/Lord_Howe", "2024-10-05T22:00", 7.5),
        ("UTC", "2024-03-30T22:00", 8),
    ],
)
def test_a_night_shift_has_the_length_it_really_lasts(zone: str, evening: str, worked: float) -> None:
    nights = Calendar(zone=zone, hours=NIGHTS)
    start = at(zone, evening)
    assert nights.between(start, start + timedelta(hours=12)) == timedelta(hours=worked)


def test_office_hours_keep_to_the_wall_clock_over_a_clock_change() -> None:
    berlin = Calendar(zone="Europe/Berlin")
    assert berlin.add(utc(2024, 3, 29, 9), wd(1)) == utc(2024, 4, 1, 8)  # 10:00 local, both
    assert berlin.add(utc(2024, 10, 25, 8), wd(1)) == utc(2024, 10, 28, 9)


def test_an_hour_the_clock_skips_does_not_exist_and_one_it_repeats_works_twice() -> None:
    early = Calendar(zone="Europe/Berlin", hours=dict.fromkeys(range(7), ((120, 150),)))
    spring, autumn = early.day_start(date(2024, 3, 31)), early.day_start(date(2024, 10, 27))
    assert early.between(spring, spring + timedelta(hours=20)) == timedelta()
    assert early.between(autumn, autumn + timedelta(hours=20)) == timedelta(hours=1)
    assert early.close_of(date(2024, 3, 31)) == at("Europe/Berlin", "2024-04-01T02:30")
    assert early.close_of(date(2024, 10, 27)) == utc(2024, 10, 27, 1, 30)


def test_hours_of_several_spans_and_weekdays() -> None:
    shop = Calendar(hours={0: ((780, 1080), (480, 720)), 5: ((600, 720),)})
    assert shop.day_length == timedelta(hours=9)
    assert shop.add(june(MON, 11), minutes(120)) == june(MON, 14)
    assert shop.add(june(MON, 17), minutes(120)) == june(SAT, 11)
    assert shop.add(june(MON, 11), minutes(60)) == june(MON, 13)
    assert not shop.is_working(june(MON, 12))
    assert shop.is_working(june(MON, 8))
    assert shop.close_of(date(2024, 6, TUE)) == june(SAT, 12)
    joined = Calendar(hours={0: ((480, 720), (720, 960))})
    assert joined.add(june(MON, 11), minutes(60)) == june(MON, 12)
    assert joined.is_working(june(MON, 12))


def test_the_last_and_first_year() -> None:
    assert OFFICE.is_working(utc(2200, 12, 31, 16))
    assert OFFICE.add(utc(1900, 1, 1, 9), minutes(30)) == utc(1900, 1, 1, 9, 30)
    for question in (
        lambda: OFFICE.add(utc(2300, 1, 1), minutes(1)),
        lambda: OFFICE.between(utc(1899, 12, 31), june(MON, 9)),
        lambda: OFFICE.subtract(utc(1, 1, 1), minutes(1)),
        lambda: OFFICE.is_working(datetime.max.replace(tzinfo=UTC)),
        lambda: OFFICE.add(utc(2200, 12, 31, 16), wd(1)),
        lambda: OFFICE.add(utc(2200, 12, 31, 16), Duration.parse("1 day")),
        lambda: OFFICE.subtract(utc(1900, 1, 1, 10), wd(1)),
        lambda: OFFICE.add(june(MON, 9), Duration.parse("999999 working days")),
        lambda: OFFICE.add(june(MON, 9), Duration.parse("999999 weeks")),
        lambda: OFFICE.subtract(june(MON, 9), Duration.parse("999999 weeks")),
        lambda: OFFICE.day_start(date(2201, 1, 1)),
        lambda: OFFICE.close_of(date(1899, 12, 31)),
        lambda: Calendar(hours={0: ((0, 60),)}).close_of(date(2200, 12, 31)),
    ):
        with pytest.raises(DataError, match="outside the years 1900 to 2200"):
            question()


# --- Days -------------------------------------------------------------------------------------------------


def test_close_of_a_day_off_is_the_next_working_days() -> None:
    calendar = Calendar(days_off=[date(2024, 6, MON + 7)])
    assert calendar.close_of(date(2024, 6, FRI)) == june(FRI, 17)
    assert calendar.close_of(date(2024, 6, SAT)) == june(TUE + 7, 17)
    assert calendar.close_of(date(2024, 6, MON + 7)) == june(TUE + 7, 17)
    away = calendar.with_absences([(june(MON, 0), june(FRI, 23))])
    assert away.close_of(date(2024, 6, FRI)) == june(FRI, 17)


def test_local_days() -> None:
    tokyo = Calendar(zone="Asia/Tokyo")
    assert tokyo.local_day(june(MON, 15)) == date(2024, 6, TUE)
    assert tokyo.day_start(date(2024, 6, TUE)) == june(MON, 15)
    havana = Calendar(zone="America/Havana")
    assert havana.day_start(date(2023, 3, 12)) == utc(2023, 3, 12, 5)  # the clock skips 0:00 to 1:00
    assert havana.day_start(date(2023, 11, 5)) == utc(2023, 11, 5, 4)  # the first of two midnights
    apia = Calendar(zone="Pacific/Apia")
    assert apia.day_start(date(2011, 12, 30)) == apia.day_start(date(2011, 12, 31))
    assert apia.close_of(date(2011, 12, 30)) == at("Pacific/Apia", "2012-01-02T17:00")


# --- Holidays ---------------------------------------------------------------------------------------------


def test_public_holidays_of_germany() -> None:
    berlin = Calendar(zone="Europe/Berlin", country="DE")
    assert berlin.add(at("Europe/Berlin", "2024-04-30T10:00"), wd(1)) == at(
        "Europe/Berlin", "2024-05-02T10:00"
    )
    assert berlin.close_of(date(2024, 5, 1)) == at("Europe/Berlin", "2024-05-02T17:00")
    assert not berlin.is_working(at("Europe/Berlin", "2024-05-01T12:00"))
    # Christmas on a Wednesday and Thursday, the weekend, New Year.
    assert berlin.add(at("Europe/Berlin", "2024-12-24T16:00"), wd(4)) == at(
        "Europe/Berlin", "2025-01-02T16:00"
    )


def test_public_holidays_of_a_subdivision() -> None:
    noon = at("Europe/Berlin", "2024-05-30T12:00")  # Corpus Christi
    assert Calendar(zone="Europe/Berlin", country="DE", subdivision="BE").is_working(noon)
    assert not Calendar(zone="Europe/Berlin", country="DE", subdivision="BY").is_working(noon)


def test_public_holidays_of_the_united_states() -> None:
    york = Calendar(zone="America/New_York", country="US", days_off=[date(2024, 7, 5)])
    assert york.close_of(date(2024, 7, 4)) == at("America/New_York", "2024-07-08T17:00")
    # New Year 2022 fell on a Saturday and was observed on the Friday of the old year.
    assert york.close_of(date(2021, 12, 31)) == at("America/New_York", "2022-01-03T17:00")
    assert not york.is_working(at("America/New_York", "2021-12-31T12:00"))
    assert york.is_working(at("America/New_York", "2024-12-26T12:00"))


def test_a_holiday_lasts_its_local_day_even_where_utc_has_another_year() -> None:
    sydney = Calendar(zone="Australia/Sydney", country="AU", hours=ROUND_THE_CLOCK)
    assert sydney.is_working(at("Australia/Sydney", "2024-12-31T23:59"))
    assert not sydney.is_working(at("Australia/Sydney", "2025-01-01T00:00"))
    assert not sydney.is_working(at("Australia/Sydney", "2025-01-01T23:59"))
    assert sydney.is_working(at("Australia/Sydney", "2025-01-02T00:00"))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([("DE", "Europe/Berlin"), ("US", "America/New_York")]), st.integers(0, 3000), LENGTHS)
@example(("US", "America/New_York"), 0, wd(2))
def test_holidays_are_days_off(place: tuple[str, str], shift: int, length: Duration) -> None:
    import holidays

    country, zone = place
    start = utc(2018, 1, 1, 12) + timedelta(shift)
    listed = list(holidays.country_holidays(country, years=range(2017, 2028)))
    by_country, by_days = Calendar(zone=zone, country=country), Calendar(zone=zone, days_off=listed)
    assert by_country.add(start, length) == by_days.add(start, length)
    assert by_country.subtract(start, length) == by_days.subtract(start, length)
    assert by_country.close_of(start.date()) == by_days.close_of(start.date())


# --- Absences ---------------------------------------------------------------------------------------------


def test_clocks_pause_in_absences() -> None:
    away = OFFICE.with_absences([(june(TUE, 12), june(THU, 12))])
    assert away.add(june(MON, 12), wd(1)) == june(THU, 12)
    assert away.add(june(WED, 10), Duration.ZERO) == june(THU, 12)
    assert away.add(june(TUE, 12), minutes(60)) == june(THU, 13)
    assert away.subtract(june(THU, 13), minutes(60)) == june(TUE, 12)
    assert away.subtract(june(WED, 10), Duration.ZERO) == june(TUE, 12)
    assert away.between(june(MON, 9), june(FRI, 17)) == 3 * DAY_LONG
    assert away.is_working(june(TUE, 11, 59))
    assert not away.is_working(june(TUE, 12))
    assert away.is_working(june(THU, 12))
    assert away.add(june(TUE, 12), Duration.parse("1 day")) == june(WED, 12)


def test_the_next_opening_is_later_when_an_absence_follows() -> None:
    away = OFFICE.with_absences([(june(TUE, 9), june(WED, 17))])
    assert away.add(june(MON, 9), wd(1)) == june(THU, 9)


def test_absences_are_given_as_inclusive_local_days() -> None:
    berlin = Calendar(zone="Europe/Berlin")
    spans = berlin.absences_of_days(
        [(date(2024, 3, 29), date(2024, 3, 31)), (date(2024, 6, 3), date(2024, 6, 3))]
    )
    assert spans == (
        (utc(2024, 3, 28, 23), utc(2024, 3, 31, 22)),
        (utc(2024, 6, 2, 22), utc(2024, 6, 3, 22)),
    )
    away = berlin.with_absences(spans)
    assert away.add(utc(2024, 5, 31, 14), minutes(120)) == utc(2024, 6, 4, 8)


def test_an_absence_without_an_end_pauses_for_good() -> None:
    spans = OFFICE.absences_of_days([(date(2024, 6, WED), date.max)])
    gone = OFFICE.with_absences(spans)
    assert gone.between(june(MON, 9), utc(2030, 1, 1)) == 2 * DAY_LONG
    with pytest.raises(DataError, match="absences"):
        gone.add(june(TUE, 9), wd(2))
    forever = OFFICE.with_absences([(utc(1, 1, 1), june(MON, 12))])
    assert forever.between(utc(2024, 1, 1), june(MON, 17)) == timedelta(hours=5)


def test_absences_add_up_in_any_order_and_form() -> None:
    one, two = (june(TUE, 9), june(TUE, 17)), (june(TUE, 15), june(WED, 12))
    both = OFFICE.with_absences([two, one])
    assert OFFICE.with_absences([]) is OFFICE
    assert OFFICE.with_absences([(june(TUE, 9), june(TUE, 9))]) is OFFICE
    assert OFFICE.with_absences([one, two]) is both
    assert OFFICE.with_absences([one]).with_absences([two]) is both
    assert both.with_absences([one]) is both
    assert both.between(june(MON, 9), june(FRI, 17)) == timedelta(hours=8 + 5 + 8 + 8)
    assert OFFICE.between(june(MON, 9), june(FRI, 17)) == 5 * DAY_LONG


def test_an_absence_outside_working_time_changes_nothing() -> None:
    weekend = OFFICE.with_absences([(june(FRI, 17), june(MON + 7, 9))])
    assert weekend.add(june(FRI, 16), wd(1)) == OFFICE.add(june(FRI, 16), wd(1))
    assert weekend.subtract(june(MON + 7, 9), minutes(60)) == june(FRI, 16)


def test_an_absence_that_ends_before_it_starts_is_an_error() -> None:
    message = r"2024-06-04.* to 2024-06-03.* ends before it starts"
    with pytest.raises(ConfigError, match=message):
        OFFICE.absences_of_days([(date(2024, 6, TUE), date(2024, 6, MON))])
    with pytest.raises(ConfigError, match=message):
        OFFICE.with_absences([(june(TUE, 9), june(MON, 9))])


# --- Durations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("4 working hours", "4 working hours", Duration(working_minutes=240)),
        ("1 working day", "1 working day", Duration(working_days=1)),
        (" 1  Working   Days ", "1 working day", Duration(working_days=1)),
        ("1.50 working days", "1.5 working days", Duration(working_days=Fraction(3, 2))),
        ("0.5 working hours", "0.5 working hours", Duration(working_minutes=30)),
        ("90 working minutes", "90 working minutes", Duration(working_minutes=90)),
        ("10 days", "10 days", Duration(elapsed=timedelta(days=10))),
        ("30 minutes", "30 minutes", Duration(elapsed=timedelta(minutes=30))),
        ("1 minute", "1 minute", Duration(elapsed=timedelta(minutes=1))),
        ("1.5 hours", "1.5 hours", Duration(elapsed=timedelta(minutes=90))),
        ("02 weeks", "2 weeks", Duration(elapsed=timedelta(weeks=2))),
        ("0 working minutes", "0 working minutes", Duration.ZERO),
        ("0 days", "0 days", Duration(elapsed=timedelta())),
    ],
)
def test_parse(text: str, words: str, value: Duration) -> None:
    parsed = Duration.parse(text)
    assert parsed == value
    assert hash(parsed) == hash(value)
    assert parsed.text == str(parsed) == words
    assert parsed.is_working == ("working" in words)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 wd", "unknown unit 'wd'; valid: working minutes, working hours, working days, minutes, hours"),
        ("3 workng days", "unknown unit 'workng days'; did you mean 'working days'?"),
        ("1 workin day", "did you mean 'working days'?"),
        ("2 wekks", "did you mean 'weeks'?"),
        ("1 day and a bit", "unknown unit"),
        ("one day", "'one day' is not a duration; write a number and a unit, such as '4 working hours'"),
        ("", "'' is not a duration"),
        ("4", "is not a duration"),
        ("4h", "is not a duration"),
        ("days", "is not a duration"),
        ("-1 days", "is not a duration"),
        ("1e3 days", "is not a duration"),
        ("1,5 days", "is not a duration"),
        ("٣ days", "is not a duration"),
        ("9999999 days", "is not a duration"),
        ("9" * 5000 + " days", "is not a duration"),
        ("1 " + "day" * 50000, "is not a duration"),
        ("0.33 working hours", "not a whole number of minutes"),
    ],
)
def test_a_wrong_duration_says_what_is_valid(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Duration.parse(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (Duration(), "0 working minutes"),
        (Duration(working_days=2), "2 working days"),
        (Duration(working_minutes=60), "1 working hour"),
        (Duration(working_minutes=90), "90 working minutes"),
        (Duration(working_days=1, working_minutes=60), "1 working day and 1 working hour"),
        (Duration(elapsed=timedelta(days=14)), "14 days"),
        (Duration(elapsed=timedelta(hours=36)), "36 hours"),
        (Duration(elapsed=timedelta(minutes=61)), "61 minutes"),
        (Duration(elapsed=timedelta()), "0 days"),
    ],
)
def test_words_of_a_duration_that_was_not_parsed(duration: Duration, words: str) -> None:
    assert str(duration) == words


def test_a_duration_is_of_one_kind_not_negative_and_never_changes() -> None:
    with pytest.raises(ConfigError, match="not both"):
        Duration(working_days=1, elapsed=timedelta(1))
    for wrong in ({"working_days": -1}, {"working_minutes": -1}, {"elapsed": timedelta(-1)}):
        with pytest.raises(ConfigError, match="negative"):
            Duration(**wrong)
    with pytest.raises(FrozenInstanceError):
        Duration.ZERO.working_minutes = 1  # type: ignore[misc]  # that it is refused is the test
    assert Duration.parse("1 day") == Duration.parse("24 hours")
    assert Duration.parse("1 day") != Duration.parse("1 working day")


@pytest.mark.parametrize(
    ("worked", "words"),
    [
        (timedelta(), "0 working minutes"),
        (timedelta(hours=-1), "0 working minutes"),
        (timedelta(minutes=1), "1 working minute"),
        (timedelta(minutes=30, seconds=59), "30 working minutes"),
        (timedelta(hours=1), "1 working hour"),
        (timedelta(hours=4), "4 working hours"),
        (timedelta(hours=4, minutes=30), "4.5 working hours"),
        (timedelta(hours=7, minutes=59), "7.9 working hours"),
        (timedelta(hours=8), "1 working day"),
        (timedelta(hours=20), "2.5 working days"),
        (timedelta(hours=24), "3 working days"),
        (timedelta(hours=24, minutes=40), "3 working days"),
    ],
)
def test_describe(worked: timedelta, words: str) -> None:
    assert OFFICE.describe(worked) == words


# --- Settings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"zone": "Europe/Berln"}, "unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
        ({"zone": "europe/berlin"}, "did you mean 'Europe/Berlin'?"),
        ({"zone": "Berlin"}, "did you mean 'Europe/Berlin'?"),
        ({"zone": "new york"}, "did you mean 'America/New_York'?"),
        ({"zone": "Europe"}, "unknown time zone 'Europe'; write an IANA name"),
        ({"zone": ""}, "unknown time zone ''; write an IANA name"),
        ({"zone": "../UTC"}, "unknown time zone"),
        ({"zone": "x" * 5000}, "unknown time zone"),
        ({"country": "Germany"}, "unknown country 'Germany'; did you mean 'DE'?"),
        ({"country": "de"}, "did you mean 'DE'?"),
        ({"country": "unitedstats"}, "did you mean 'US'?"),
        ({"country": "Narnia"}, "unknown country 'Narnia'; "),
        ({"country": "DE", "subdivision": "by"}, "DE has no subdivision 'by'; did you mean 'BY'?"),
        ({"country": "DE", "subdivision": "ZZ"}, "valid: BB, BE"),
        ({"country": "SG", "subdivision": "X"}, "SG has none; remove it"),
        ({"subdivision": "BY"}, "subdivision 'BY' has no country"),
        ({"hours": {}}, "no weekday has any"),
        ({"hours": {0: (), 1: ()}}, "no weekday has any"),
        ({"hours": {7: ((0, 60),)}}, "no weekday 7"),
        ({"hours": {0: ((540, 540),)}}, "Monday 09:00-09:00 is not a span of the day"),
        ({"hours": {0: ((1320, 360),)}}, "split a night shift"),
        ({"hours": {0: ((0, 1441),)}}, "Monday 00:00-24:01"),
        ({"hours": {0: ((-5, 60),)}}, "is not a span"),
        ({"hours": {4: ((660, 1020), (540, 720))}}, "Friday 09:00-12:00 and 11:00-17:00 overlap"),
    ],
)
def test_wrong_settings_say_what_to_write(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Calendar(**settings_)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_answers_hold_over_many_years_at_once() -> None:
    """A long random walk through forty years, checked by laws that need no reference."""
    dice = random.Random(5)
    calendar = Calendar(zone="Europe/Berlin", country="DE")
    for _ in range(3000):
        start = utc(1990, 1, 1) + timedelta(seconds=dice.randrange(40 * 365 * 86400))
        length = minutes(dice.randrange(20000))
        worked = timedelta(minutes=length.working_minutes)
        assert calendar.between(start, calendar.add(start, length)) == worked
        assert calendar.between(calendar.subtract(start, length), start) == worked


def test_a_sparse_week_has_a_next_opening() -> None:
    sparse = Calendar(hours={6: ((0, 15),)}, days_off=[date(2024, 6, SUN)])
    assert sparse.add(june(MON, 0), Duration.ZERO) == june(SUN + 7, 0)
