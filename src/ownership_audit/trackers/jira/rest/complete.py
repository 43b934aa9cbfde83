"""Makes the issues of a page whole: the changes and comments that the page's limits left out are fetched.

What can't be fetched stays missing, and the totals of the record say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from ownership_audit.errors import TrackerError
from ownership_audit.trackers.jira.rest.channel import Channel, ForbiddenError, NotThereError
from ownership_audit.trackers.jira.values import as_list, mapping

PAGE: Final = 100
"""Entries that a page of comments or changes holds at most."""

_HOPELESS: Final = 3  # requests given up in a row, after which a page gets no further ones

Record = dict[str, Any]


class Completion:
    """Fetches what pages leave out. ``api`` is the path in front, ``bulk`` whether histories come in bulk."""

    def __init__(self, channel: Channel, api: str, *, bulk: bool) -> None:
        self._channel = channel
        self._api = api
        self._bulk = bulk
        self._given_up = 0

    def complete(self, records: Sequence[Record]) -> Mapping[str, str]:
        """Complete records in place; by id, what could not be fetched and why.

        When fetching fails again and again the rest is not tried: the next page tells whether the site is
        there at all. Raises RefusedError where the account is not let in.
        """
        self._given_up = 0
        missing: dict[str, str] = {}
        short = [record for record in records if _lacks_changes(record)]
        if self._bulk and short:
            reason = self._tried(lambda: self._histories_in_bulk(short))
            missing.update({str(record.get("id")): reason for record in short if reason is not None})
        elif short:
            self._each(missing, short, self._history)
        self._each(missing, [record for record in records if _lacks_comments(record)], self._comments)
        return missing

    def _each(
        self, missing: dict[str, str], records: Sequence[Record], fetch: Callable[[Record], None]
    ) -> None:
        if not records:
            return
        workers = self._channel.pace.policy.workers
        with ThreadPoolExecutor(max_workers=min(workers, len(records))) as pool:
            tasks = [(record, pool.submit(self._tried, partial(fetch, record))) for record in records]
            for record, task in tasks:
                try:
                    reason = task.result()
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
                if reason is not None:
                    missing[str(record.get("id"))] = reason

    def _tried(self, fetch: Callable[[], None]) -> str | None:
        """None when it was fetched, else why not."""
        if self._given_up >= _HOPELESS:
            return "the site failed again and again before; sync again later"
        try:
            fetch()
        except NotThereError:
            return "deleted or hidden while it was read"
        except ForbiddenError as problem:  # one issue's secrets must not cost all others
            return str(problem)
        except TrackerError as problem:
            self._given_up += 1
            return str(problem)
        self._given_up = 0
        return None

    # -- changes -------------------------------------------------------------------------------------------

    def _histories_in_bulk(self, records: Sequence[Record]) -> None:
        found: dict[str, dict[str, Record]] = {str(record.get("id")): {} for record in records}
        body: dict[str, object] = {"issueIdsOrKeys": sorted(found), "maxResults": 1000}
        tokens: set[str] = set()
        while True:
            page = mapping(self._channel.read_by_post(f"{self._api}/changelog/bulkfetch", body))
            for issue in as_list(page.get("issueChangeLogs")):
                own = found.get(str(issue.get("issueId")), {})
                own.update({str(entry.get("id")): entry for entry in as_list(issue.get("changeHistories"))})
            token = page.get("nextPageToken")
            if not isinstance(token, str) or not token or token in tokens:
                break
            tokens.add(token)
            body["nextPageToken"] = token
        for record in records:
            _put_histories(record, found[str(record.get("id"))].values())

    def _history(self, record: Record) -> None:
        whole = mapping(
            self._channel.get(f"{self._api}/issue/{record['id']}", fields="id", expand="changelog")
        )
        _put_histories(record, as_list(mapping(whole.get("changelog")).get("histories")))

    # -- comments ------------------------------------------------------------------------------------------

    def _comments(self, record: Record) -> None:
        path = f"{self._api}/issue/{record['id']}/comment"
        held: dict[str, Record] = {}
        start, total = 0, 1
        while start < total:
            page = mapping(self._channel.get(path, startAt=start, maxResults=PAGE, orderBy="created"))
            comments = as_list(page.get("comments"))
            held.update({str(comment.get("id")): comment for comment in comments})
            start, total = start + len(comments), _number(page.get("total"))
            if not comments:
                break
        # A total above what is held stays: it tells of comments that the account may not see.
        record["fields"]["comment"] = {"comments": list(held.values()), "total": max(total, len(held))}


def _put_histories(record: Record, entries: Iterable[Record]) -> None:
    """Replace a record's changes, where there are more now than it held."""
    block = record["changelog"]
    found = list(entries)
    if len(found) > len(as_list(block.get("histories"))):
        record["changelog"] = {"histories": found, "total": max(len(found), _number(block.get("total")))}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _lacks_changes(record: Record) -> bool:
    block = record.get("changelog")
    return isinstance(block, dict) and _number(block.get("total")) > len(as_list(block.get("histories")))


def _lacks_comments(record: Record) -> bool:
    block = mapping(record.get("fields")).get("comment")
    return isinstance(block, dict) and _number(block.get("total")) > len(as_list(block.get("comments")))
