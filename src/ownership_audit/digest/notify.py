"""Addresses of the notification library (e-mail, Slack, Teams, webhooks) as ways to send by.

An address holds secrets: nothing here raises, logs or keeps a word of it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ownership_audit.errors import ConfigError, DeliveryError
from ownership_audit.secrecy import LOOPBACK

if TYPE_CHECKING:
    from apprise import AppriseAsset
    from apprise.plugins import NotifyBase

_MAIL: Final = "mailto"


class AddressLine:
    """One address; see Line."""

    def __init__(self, service: NotifyBase, asset: AppriseAsset) -> None:
        self.longest = service.body_maxlen
        self._service = service
        self._asset = asset

    def send(self, title: str, text: str, html: str) -> None:
        """See Line."""
        from apprise import Apprise, NotifyFormat

        is_mail = str(getattr(self._service, "schema", "")).startswith(_MAIL)
        kind = NotifyFormat.HTML if is_mail else NotifyFormat.TEXT
        with _quietly():
            sender = Apprise(asset=self._asset)
            sender.add(self._service)
            try:
                came = bool(sender.notify(body=html if is_mail else text, title=title, body_format=kind))
            except Exception as problem:  # noqa: BLE001  # whatever it is, its words may hold the address
                name = type(problem).__name__
                raise DeliveryError(f"the notification library failed ({name})") from None
        if not came:
            raise DeliveryError("the service did not confirm it")


def open_line(address: str) -> AddressLine:
    """The way to an address; raises ConfigError where it is none, or would go in the clear."""
    try:
        with _quietly():
            from apprise import Apprise, AppriseAsset, PersistentStoreMode
    except ImportError:
        raise ConfigError("digests need the package apprise; install ownership-audit[digest]") from None
    with _quietly():
        asset = AppriseAsset(app_id="ownership-audit", storage_mode=PersistentStoreMode.MEMORY)
        try:
            service = Apprise.instantiate(address, asset=asset)
        except Exception as problem:  # noqa: BLE001  # as above
            raise ConfigError(f"the address can't be read ({type(problem).__name__})") from None
    if service is None:
        raise ConfigError(
            "what is kept there is no notification address; write one as the library apprise reads it, such"
            " as mailtos://user:password@host?to=ann@example.org"
        )
    if _is_in_the_clear(service):
        raise ConfigError("the address would send in the clear; write mailtos:// or jsons://, with TLS")
    service.retry = 0  # what is sent once may have come
    return AddressLine(service, asset)


def _is_in_the_clear(service: NotifyBase) -> bool:
    """Whether a service has two schemes and the one without TLS is used, other than on this machine."""
    host = getattr(service, "smtp_host", None) or getattr(service, "host", None)
    is_plain = getattr(service, "schema", None) in _names(service.protocol)
    return is_plain and not service.secure and host not in LOOPBACK


def _names(schemes: object) -> tuple[str, ...]:
    if isinstance(schemes, str):
        return (schemes,)
    return tuple(map(str, schemes)) if isinstance(schemes, (tuple, list)) else ()


@contextmanager
def _quietly() -> Iterator[None]:
    """Without logs and warnings: those of the library, and of what it stands on, name addresses."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
