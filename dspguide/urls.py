"""URLs: which are one site, which are one page, and what a link leads to.

Everything here takes any string and never raises: pages and headers may hold any rubbish.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

Site: TypeAlias = tuple[str, "int | None"]
PageKey: TypeAlias = tuple[Site, str, str]

_DEFAULT_PORTS = {"http": 80, "https": 443}
# A short `sid` may say which section is meant; only what looks drawn by lot is a session's.
_SESSION = r"(?:(?:jsessionid|phpsessid|aspsessionid\w*)=[^&;/?#]*|(?:sid|session_?id)=\w{16,})"
_SESSION_PARAMETER = re.compile(rf";{_SESSION}(?=[;/?#]|$)", re.IGNORECASE)
_SESSION_FIELD = re.compile(rf"(?:^|[&;]){_SESSION}(?=[&;]|$)", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")

# Behind the user's name, unless it is a port; to the last @, as some write / and # as they are.
SECRET = re.compile(r"(://[^/@:\s]*):(?!\d+(?:/|$))(\S*)@")
_HIDDEN = r"\1:***@"


def same_site(url: str, other: str) -> bool:
    """Tell whether two URLs are on one site: http or https, with or without www."""
    first = _site(_split(url))
    return first is not None and first == _site(_split(other))


def same_page(url: str, other: str) -> bool:
    """Tell whether two URLs are of one page of one site, however they are written."""
    return page_key(url) == page_key(other)


def page_key(url: str) -> PageKey:
    """Return what is equal for all spellings of one page's URL, session ids aside."""
    parts = _split(url)
    site = _site(parts)
    if parts is None or site is None:
        return ("", None), url, ""
    with suppress(ValueError):  # a host that no name server could know; compared as it is written
        parts = urlsplit(safe_url_string(urlunsplit(parts)))
    path = _SESSION_PARAMETER.sub("", _plain_escapes(parts.path)) or "/"
    return site, path, _plain_escapes(_without_session(parts.query))


def masked(text: str) -> str:
    """Return a text without the passwords of the URIs in it."""
    return SECRET.sub(_HIDDEN, text)


def host(url: str) -> str:
    """Return the host that a URL names, as a person would write it; empty where there is none."""
    parts = _split(url)
    return "" if parts is None else parts.hostname or ""


def file_name(url: str) -> str:
    """Return the last piece of a URL's path, as it is written."""
    parts = _split(url)
    return "" if parts is None else parts.path.rpartition("/")[2]


def extension(url: str) -> str:
    """Return how a URL's file name ends, in lower case and without the dot; `gz` stays `ps.gz`."""
    pieces = _SESSION_PARAMETER.sub("", file_name(url)).lower().split(".")
    if len(pieces) > 2 and pieces[-1] in {"gz", "bz2", "z", "xz"}:
        return ".".join(pieces[-2:])
    return pieces[-1] if len(pieces) > 1 else ""


def follow(href: str, base: str) -> str | None:
    """Return the URL that a link on a page leads to; None where there is nothing to ask for.

    As browsers have it, backslashes are slashes and line ends inside a link do not count. Session
    ids go, for they make one file look like a new one in each run; so do names and passwords, which
    belong in no record and no log, and fragments.
    """
    cleaned = _UNPRINTED.sub("", href).strip()
    before, mark, query = cleaned.partition("?")
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", before)
    if scheme is None or scheme[0].lower() in {"http:", "https:"}:
        cleaned = before.replace("\\", "/") + mark + query
    elif re.match(r"\s|%20", before[scheme.end() :]):
        cleaned = f"./{cleaned}"  # no scheme, but a file called "ch01: A Tour.pdf"
    try:
        parts = urlsplit(urljoin(base, cleaned))
    except ValueError:  # such as "http://["
        return None
    if _site(parts) is None:
        return None
    path = _SESSION_PARAMETER.sub("", parts.path)
    location = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, location, path, _without_session(parts.query), ""))


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _site(parts: SplitResult | None) -> Site | None:
    """Return host and port (None for the scheme's own); None for what is no web site."""
    return None if parts is None else _site_of(parts.scheme, parts.netloc)


@lru_cache(maxsize=256)  # a page of contents asks two thousand times, for a quarter of its time
def _site_of(scheme: str, location: str) -> Site | None:
    if scheme not in _DEFAULT_PORTS:
        return None
    parts = SplitResult(scheme, location, "", "", "")
    try:
        port = parts.port
    except ValueError:  # such as "http://host:99999/"
        return None
    name = (parts.hostname or "").removesuffix(".")
    if not name or port == 0 or re.search(r"\s", name):
        return None
    with suppress(ValueError):
        name = ip_address(name).compressed
    if not name.isascii():  # Scrapy's requests have the name that DNS knows
        with suppress(UnicodeError):
            name = name.encode("idna").decode("ascii")
    return name.removeprefix("www."), None if port == _DEFAULT_PORTS[scheme] else port


def _without_session(query: str) -> str:
    return _SESSION_FIELD.sub("", query).lstrip("&;")


def _plain_escapes(text: str) -> str:
    """Return text in which only what needs an escape has one, in capitals."""

    def plain(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    return _ESCAPE.sub(plain, text)
