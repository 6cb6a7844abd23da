"""HTTP/1.1 as text: request heads in, response heads out, Range and validators understood."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

_HEAD_LIMIT = 65536


@dataclass(frozen=True)
class Head:
    """A request's head."""

    method: str
    host: str
    """Of an absolute-form target (proxy request), else of the Host header."""
    target: str
    """Path and query."""
    headers: dict[str, str]
    keep_alive: bool

    @property
    def path(self) -> str:
        """The path alone, percent-decoded."""
        return unquote(urlsplit(self.target).path)


class BadHeadError(Exception):
    """What came is not a request that this server understands."""


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next request on a connection, its body skipped; None at the connection's orderly end."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial.strip():
            raise BadHeadError("the connection ended within a request") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadHeadError(f"more than {_HEAD_LIMIT} bytes of request head") from None
    head = parse_head(raw)
    length = int(head.headers.get("content-length", "0") or "0")
    while length > 0:
        skipped = await reader.read(min(length, _HEAD_LIMIT))
        if not skipped:
            return None
        length -= len(skipped)
    return head


def parse_head(raw: bytes) -> Head:
    """The request line and headers up to the empty line."""
    first, *lines = raw.decode("latin-1").strip("\r\n").split("\r\n")
    try:
        method, target, version = first.split(" ")
    except ValueError:
        raise BadHeadError(f"not a request line: {first[:80]!r}") from None
    if not version.startswith("HTTP/1."):
        raise BadHeadError(f"not HTTP/1: {version!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadHeadError(f"not a header: {line[:80]!r}")
        headers[name.strip().lower()] = value.strip()
    host = headers.get("host", "")
    if not target.startswith("/") and "://" in target:
        parts = urlsplit(target)
        host = parts.netloc
        target = parts.path or "/"
        if parts.query:
            target += "?" + parts.query
    connection = headers.get("connection", headers.get("proxy-connection", "")).lower()
    keep_alive = "close" not in connection and (version != "HTTP/1.0" or "keep-alive" in connection)
    return Head(method, host, target, headers, keep_alive)


def response_head(status: int, headers: dict[str, str]) -> bytes:
    """Status line and headers, with the empty line."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def http_date(timestamp: float | None = None) -> str:
    """Seconds since the epoch (default: now) as HTTP writes them."""
    return formatdate(timestamp, usegmt=True)


def single_range(value: str, size: int) -> tuple[int, int] | bool | None:
    """The first and the last byte (0-based, inclusive) that a Range header asks for.

    None where HTTP says to ignore the header (another unit, several ranges, not understood), False
    where no byte of it is within `size` (a 416).
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", value.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        count = min(int(last), size)
        return (size - count, size - 1) if count else False
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        return False
    return int(first), min(int(last), size - 1) if last else size - 1


def unchanged(headers: dict[str, str], etag: str | None, modified: float | None) -> bool:
    """Whether the client's copy is current (RFC 9110, 13.2.2: If-None-Match goes first)."""
    if "if-none-match" in headers:
        if etag is None:
            return False
        known = [tag.strip() for tag in headers["if-none-match"].split(",")]
        return "*" in known or any(tag.removeprefix("W/") == etag for tag in known)
    if "if-modified-since" in headers and modified is not None:
        since = _timestamp(headers["if-modified-since"])
        return since is not None and modified <= since
    return False


def range_allowed(headers: dict[str, str], etag: str | None, modified: float | None) -> bool:
    """Whether If-Range (absent, an ETag or a date) lets a Range header act."""
    condition = headers.get("if-range")
    if condition is None:
        return True
    if condition.startswith('"'):
        return condition == etag
    return modified is not None and _timestamp(condition) == modified


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return None
