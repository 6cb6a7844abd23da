"""Settings that a crawl could not work with, each refused by one sentence."""

from __future__ import annotations

import logging
import math
import os
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from scrapy.settings import BaseSettings, default_settings

from dspguide.book.destination import BookDestination
from dspguide.errors import BadArgumentError
from dspguide.store.location import local_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from dspguide.spiders.base import BookSpider


class _Kind(NamedTuple):
    """What a setting may be."""

    read: Callable[[BaseSettings, str], Any]
    fits: Callable[[Any], bool]
    wanted: str


_COUNT = _Kind(BaseSettings.getint, lambda n: n >= 0, "a whole number, 0 or more")
# Scrapy 2.19 takes 0 requests by its word, and asks nothing for ever.
_SOME = _Kind(BaseSettings.getint, lambda n: n > 0, "a whole number, 1 or more")
_SECONDS = _Kind(
    BaseSettings.getfloat, lambda n: 0 <= n < math.inf, "a number of seconds, 0 or more"
)
_STATUSES = _Kind(
    BaseSettings.getlist,
    lambda codes: all(str(code).strip().isdecimal() for code in codes),
    "numbers, such as 500,503",
)
_FLAG = _Kind(BaseSettings.getbool, lambda _: True, "True or False")
_NUMBER = _Kind(BaseSettings.getfloat, math.isfinite, "a number")  # endless is no delay

_OURS = {
    _COUNT: (
        *("CONCURRENT_REQUESTS", "RETRY_TIMES", "BOOK_STREAM_MAXSIZE", "BOOK_WORKERS"),
        *("FILES_EXPIRES", "DOWNLOAD_MAXSIZE", "PAGE_MAXSIZE"),
    ),
    _SOME: ("CONCURRENT_REQUESTS_PER_DOMAIN",),
    _STATUSES: ("RETRY_HTTP_CODES",),
    _SECONDS: (
        *("DOWNLOAD_TIMEOUT", "BACKOFF_START", "BACKOFF_MAX", "RETRY_AFTER_MAX"),
        *("OUTAGE_MAX", "STOP_GRACE", "STORE_LEASE"),
    ),
    _Kind(BaseSettings.get, ("wait", "leave").__contains__, "wait or leave"): ("STORE_BUSY",),
    _Kind(BaseSettings.get, ("auto", "off").__contains__, "auto or off"): ("PROGRESS",),
    _FLAG: ("BOOK_FRONT_MATTER", "BOOK_LINK_REFERENCES", "BOOK_PARTIAL", "ACCEPT_CHANGES"),
}
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # Windows has no such pipes
_ALIKE = 0.85  # how like a setting's name a misspelt one is


def check_settings(settings: BaseSettings, spider: BookSpider) -> None:
    """Raise BadArgumentError for the first setting that a crawl could not work with."""
    for kind, names in _OURS.items():
        for name in names:
            _check(settings, name, kind)
    _check_reactor(settings)
    for name, default in vars(default_settings).items():
        # Scrapy would end with a traceback.
        changed = settings.getpriority(name) and settings.get(name) is not None
        if changed and isinstance(default, bool | int | float):
            _check(settings, name, _FLAG if isinstance(default, bool) else _NUMBER)
    local_folder(settings)
    BookDestination(settings, spider, spider.variant)


def check_log(settings: BaseSettings) -> None:
    """Raise BadArgumentError where Scrapy could not begin its log."""
    level, file = settings.get("LOG_LEVEL"), settings.get("LOG_FILE")
    try:
        logging.Handler().setLevel(level)
    except (TypeError, ValueError) as error:
        raise BadArgumentError(
            f"LOG_LEVEL={level}: give DEBUG, INFO, WARNING, ERROR or CRITICAL"
        ) from error
    if file:
        try:
            # Without waiting for who may read from a pipe.
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _NO_WAIT, 0o666))
        except OSError as error:
            raise BadArgumentError(
                f"LOG_FILE={file} cannot be written: {error.strerror or error}"
            ) from error


def misspelt(names: list[str], own: list[str]) -> dict[str, str]:
    """Return the names of settings that are nobody's, but close to one of ours or Scrapy's."""
    known = {name for name in vars(default_settings) if name.isupper()} | set(own)
    found = {}
    for name in names:
        likely = get_close_matches(name, known, 1, _ALIKE) if name not in known else []
        if likely:
            found[name] = likely[0]
    return found


def _check_reactor(settings: BaseSettings) -> None:
    if not settings.getbool("TWISTED_REACTOR_ENABLED"):
        raise BadArgumentError("TWISTED_REACTOR_ENABLED=False: the download handler needs Twisted")
    if settings["TWISTED_REACTOR"] != default_settings.TWISTED_REACTOR:
        raise BadArgumentError(
            f"TWISTED_REACTOR={settings['TWISTED_REACTOR']}: leave it out, a book needs Scrapy's "
            f"own, {default_settings.TWISTED_REACTOR}"
        )


def _check(settings: BaseSettings, name: str, kind: _Kind) -> None:
    try:
        fits = kind.fits(kind.read(settings, name))
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise BadArgumentError(f"{name}={settings.get(name)}: give {kind.wanted}")
