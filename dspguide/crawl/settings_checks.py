"""Settings that a crawl could not work with, each refused by one sentence."""

from __future__ import annotations

import logging
import math
import os
from difflib import get_close_matches
from typing import TYPE_CHECKING

from scrapy.settings import default_settings

from dspguide.book.destination import BookDestination
from dspguide.errors import BadArgumentError
from dspguide.store.location import local_folder

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from dspguide.spiders.base import BookSpider

_COUNTS = (
    "CONCURRENT_REQUESTS",
    "CONCURRENT_REQUESTS_PER_DOMAIN",
    "RETRY_TIMES",
    "BOOK_STREAM_MAXSIZE",
    "BOOK_WORKERS",
    "FILES_EXPIRES",
    "DOWNLOAD_MAXSIZE",
    "PAGE_MAXSIZE",
)
_SECONDS = (
    *("DOWNLOAD_TIMEOUT", "BACKOFF_START", "BACKOFF_MAX", "RETRY_AFTER_MAX"),
    *("OUTAGE_MAX", "STOP_GRACE", "STORE_LEASE"),
)
_CHOICES = (("STORE_BUSY", "wait", "leave"), ("PROGRESS", "auto", "off"))
_FLAGS = ("BOOK_FRONT_MATTER", "BOOK_LINK_REFERENCES", "BOOK_PARTIAL", "ACCEPT_CHANGES")
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # Windows has no such pipes
_ALIKE = 0.85
"""How like a setting's name a misspelt one is."""


def check_settings(settings: BaseSettings, spider: BookSpider) -> None:
    """Raise BadArgumentError for the first setting that a crawl could not work with."""
    for name in _COUNTS:
        _check_count(settings, name)
    if settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 0:
        # Scrapy 2.19 takes it by its word, and asks nothing for ever.
        raise BadArgumentError("CONCURRENT_REQUESTS_PER_DOMAIN=0: give a whole number, 1 or more")
    _check_reactor(settings)
    codes = settings.getlist("RETRY_HTTP_CODES")
    if not all(str(code).strip().isdecimal() for code in codes):
        raise BadArgumentError(
            f"RETRY_HTTP_CODES={settings.get('RETRY_HTTP_CODES')}: give numbers, such as 500,503"
        )
    for name in _SECONDS:
        _check_seconds(settings, name)
    for name, first, second in _CHOICES:
        if settings.get(name) not in {first, second}:
            raise BadArgumentError(f"{name}={settings.get(name)}: give {first} or {second}")
    for name in _FLAGS:
        _check_kind(settings, name, False)
    for name, default in vars(default_settings).items():
        if settings.getpriority(name):
            _check_kind(settings, name, default)
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


def _check_kind(settings: BaseSettings, name: str, default: object) -> None:
    """Check a setting that is a number or a flag by default; Scrapy would end with a traceback."""
    if settings.get(name) is None or not isinstance(default, bool | int | float):
        return
    flag = isinstance(default, bool)
    try:
        value = settings.getbool(name) if flag else settings.getfloat(name)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):  # an endless delay is a run without an end
        kind = "True or False" if flag else "a number"
        raise BadArgumentError(f"{name}={settings.get(name)}: give {kind}")


def _check_count(settings: BaseSettings, name: str) -> None:
    try:
        count = settings.getint(name)
    except (TypeError, ValueError):
        count = -1
    if count < 0:
        raise BadArgumentError(f"{name}={settings.get(name)}: give a whole number, 0 or more")


def _check_seconds(settings: BaseSettings, name: str) -> None:
    try:
        seconds = settings.getfloat(name)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise BadArgumentError(f"{name}={settings.get(name)}: give a number of seconds, 0 or more")
