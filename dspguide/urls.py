"""Comparing URLs: one site, one page, however they are written; and hiding their passwords."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

# Behind the user's name, unless it is a port; to the last @, as some write / and # as they are.
SECRET = re.compile(r"(://[^/@:\s]*):(?!\d+(?:/|$))(\S*)@")
_HIDDEN = r"\1:***@"


def same_site(url: str, other: str) -> bool:
    """Tell whether two URLs are on one site: http or https, with or without www."""
    return _site(url) == _site(other)


def same_page(url: str, other: str) -> bool:
    """Tell whether two URLs, on one site or not, are of one page, however they are written."""
    return page_key(url) == page_key(other)


def page_key(url: str) -> tuple[object, ...]:
    """Return what is equal for all spellings of a page's URL."""
    parts = urlsplit(url)
    return _site(url), parts.path or "/", parts.query


def masked(text: str) -> str:
    """Return a text without the passwords of the URIs in it."""
    return SECRET.sub(_HIDDEN, text)


def _site(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    port = None if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else parts.port
    host = parts.hostname or ""
    if not host.isascii():  # Scrapy's requests have the name that DNS knows
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    return host.removeprefix("www."), port
