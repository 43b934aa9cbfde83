"""Moments as microseconds since 1970, and the range of years that calendars cover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ownership_audit.errors import DataError

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = EPOCH.date().toordinal()
MICROSECOND: Final = timedelta(microseconds=1)
ONE_MINUTE: Final = timedelta(minutes=1)
NOTHING: Final = timedelta()
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
DAY: Final = 1440 * MINUTE


def micros_of(span: timedelta) -> int:
    """A timedelta in microseconds, exactly; ``total_seconds`` would round."""
    return (span.days * 86_400 + span.seconds) * SECOND + span.microseconds


def moment_at(micros: int) -> datetime:
    """The moment so many microseconds after 1970."""
    return EPOCH + micros * MICROSECOND


def year_start(year: int) -> datetime:
    """The first moment of a year of UTC."""
    return datetime(year, 1, 1, tzinfo=UTC)


RANGE_START: Final = year_start(FIRST_YEAR)
RANGE_END: Final = year_start(LAST_YEAR + 1)


def out_of_range(what: str) -> DataError:
    """The error for a moment, or a result, outside the years covered; ``what`` names it."""
    return DataError(
        f"{what} lies outside the years {FIRST_YEAR} to {LAST_YEAR} that working calendars cover; "
        "check the dates in the record, and durations and absences for typing errors"
    )
