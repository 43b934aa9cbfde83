"""What all records of one site share: how moments are written, and who its accounts are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ownership_audit.errors import DataError
from ownership_audit.timeline import Conventions, Person
from ownership_audit.trackers.jira.values import YEARS, check_year, parse_day, short


class Site:
    """Reads moments and accounts; keeps nothing but a cache of persons.

    ``until`` is the moment the drafts are for; None takes records as they are.
    """

    __slots__ = ("_accounts", "_zone", "conventions", "until")

    def __init__(self, conventions: Conventions, until: datetime | None) -> None:
        self.conventions = conventions
        self.until = until
        self._zone = ZoneInfo(conventions.zone)
        self._accounts: dict[tuple[object, object, object], Person] = {}

    def is_later(self, at: datetime | None) -> bool:
        """True for what happened only after the moment the drafts are for."""
        return at is not None and self.until is not None and at > self.until

    def moment(self, value: object, what: str) -> datetime:
        """A time from a string (any zone, or none: the configured zone) or a number of s or ms.

        Raises DataError, which calls the value ``what``.
        """
        try:
            if isinstance(value, str) and len(value) > 8 and value.isdecimal():
                value = int(value)  # shorter ones are days without dashes
            if isinstance(value, str):
                moment = datetime.fromisoformat(value)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                moment = datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
            else:
                raise ValueError("missing")
            if moment.tzinfo is not UTC:
                if moment.tzinfo is None:
                    moment = moment.replace(tzinfo=self._zone)
                moment = moment.astimezone(UTC)
            if moment.year not in YEARS:
                check_year(moment)
            return moment
        except (ValueError, OverflowError, OSError) as problem:
            raise DataError(f"{what} is not a time: {short(value)} ({problem})") from None

    def local_day(self, value: object) -> date | None:
        """The day of a moment; in the configured zone where it is written in UTC, else as it is written."""
        if isinstance(value, str) and len(value) > 10 and value.endswith(("Z", "+0000", "+00:00")):
            value = self.moment(value, "the day").astimezone(self._zone).date()
        return parse_day(value)

    def person(self, account: object) -> Person | None:
        """The person of a user object; None for a deleted or anonymous user."""
        if not isinstance(account, dict):
            return None
        get = account.get
        login = get("name")
        # Mentions and settings know the login; a login that is a mail address may be shared, its key is not.
        id_ = get("accountId") or (get("key") if login is None or "@" in str(login) else login) or login
        name = get("displayName") or id_
        if not name:
            return None
        key = (id_, name, get("accountType"))
        try:
            return self._accounts[key]
        except KeyError:
            found = self._accounts[key] = self._person(str(id_ or name), str(name), key[2])
            return found
        except TypeError:  # a list or mapping where a text belongs
            return self._person(str(id_ or name), str(name), None)

    def named(self, id_: object, name: object, known: Mapping[str, Person]) -> Person | None:
        """The person of a changelog item's ``to``/``toString``; without an id, by the names known."""
        if id_ is None or id_ == "":
            if name is None or name == "":
                return None
            id_ = name
            found = known.get(str(name))
        else:
            found = known.get(str(id_)) if "@" not in str(id_) else None
        return found if found is not None else self._person(str(id_), str(name or id_), None)

    def _person(self, id_: str, name: str, account_type: object) -> Person:
        if "@" in id_:  # an e-mail address as user name may be a placeholder shared by many people
            id_ = f"{id_} ({name})"
        return self.conventions.person(id_, name, account_type if isinstance(account_type, str) else None)
