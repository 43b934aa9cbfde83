"""Who the names and ids in an export are: some columns give both, comments and custom fields only one."""

from __future__ import annotations

import re
from typing import Any, Final

# [~ann], ~accountid:5b10, [~accountid:5b10]
_MENTION: Final = re.compile(r"\[?~(?:accountid:)?([^\[\]]+)\]?|accountid:(.+)", re.IGNORECASE)


class Accounts:
    """The accounts of one file as user objects; ``meet`` everybody before asking for one."""

    __slots__ = ("_ids", "_names")

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._ids: dict[str, set[str]] = {}

    def meet(self, name: str, id_: str) -> None:
        """Learn from a pair of columns that an account is called so; either may be empty."""
        if id_ and name:
            self._names.setdefault(id_, name)
            self._ids.setdefault(name, set()).add(id_)

    def user(self, name: str, id_: str = "") -> dict[str, Any] | None:
        """The user object for a name, a mention or an id; of a name that several bear, the name is all."""
        name = name.strip()
        mention = _MENTION.fullmatch(name)
        if mention:
            name = mention[1] or mention[2]
        if not id_:
            ids = self._ids.get(name, ())
            id_ = name if name in self._names else next(iter(ids)) if len(ids) == 1 else ""
        if id_:
            shown = self._names.get(id_, name or id_) if name in {"", id_} else name
            return {"accountId": id_, "displayName": shown}
        return {"name": name, "displayName": name} if name else None
