"""Working calendars: how much working time lies between two moments, and when a given amount has passed.

A calendar never reads the clock. Results are exact to the microsecond. Calendars cover the years 1900 to
2200; a moment outside them, or working time that runs past them, is a DataError.
"""

from ownership_audit.calendars.calendar import Calendar
from ownership_audit.calendars.duration import Duration, duration_of
from ownership_audit.calendars.moments import FIRST_YEAR, LAST_YEAR
from ownership_audit.calendars.settings import OFFICE_HOURS, Hours

__all__ = ["FIRST_YEAR", "LAST_YEAR", "OFFICE_HOURS", "Calendar", "Duration", "Hours", "duration_of"]
