"""From a request to what is to be sent: site content, HTTP's rules and the faults, no sockets."""

from __future__ import annotations

import gzip
import math
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dspguide.replica.site import Resource, Site
from dspguide.replica.wire import Head, http_date, range_allowed, single_range, unchanged

if TYPE_CHECKING:
    from dspguide.replica.faults import Fault


@dataclass(frozen=True)
class Abilities:
    """What the server can do; all of it unless switched off."""

    ranges: bool = True
    etags: bool = True
    last_modified: bool = True
    content_length: bool = True
    conditional: bool = True
    keep_alive: bool = True


@dataclass
class Answer:
    """A response, ready to be sent."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    """What goes out (for HEAD: nothing); chunked framing is added when sending."""
    framing: str = "length"
    close: bool = False
    """Whether the connection ends after it."""


def answer(site: Site, head: Head, fault: Fault, abilities: Abilities, scheme: str) -> Answer:
    """What the server says to `head` under `fault`."""
    base = site.base or f"{scheme}://{head.host}"
    if fault.status is not None or fault.location is not None:
        result = _status_page(head, fault, base)
    else:
        resource = site.get(head.path, base=base, revision=fault.revision)
        if head.method not in ("GET", "HEAD", "POST"):
            result = _plain(501, f"{head.method} is not understood here.")
        elif resource is None and fault.body is None and not fault.html:
            result = _plain(404, f"The requested URL {head.path} was not found on this server.")
        else:
            result = _content(_damaged(resource, fault), head, fault, abilities)
    return _framed(result, head, fault, abilities)


def _status_page(head: Head, fault: Fault, base: str) -> Answer:
    status = fault.status or 302
    result = _plain(status, f"This copy of the site answers {head.path} with status {status}.")
    if fault.body is not None:
        result.body = _as_bytes(fault.body)
        result.headers["Content-Type"] = fault.content_type or "text/html"
    if fault.location is not None:
        result.headers["Location"] = fault.location.format(path=head.path, base=base)
    if status in (204, 304):
        result.body = b""
    return result


def _plain(status: int, text: str) -> Answer:
    page = f"<html><head><title>{status}</title></head><body><p>{text}</p></body></html>\n"
    return Answer(status, {"Content-Type": "text/html"}, page.encode())


def _damaged(resource: Resource | None, fault: Fault) -> Resource:
    """The content with the fault's changes to it."""
    if fault.html:
        page = "<html><head><title>One moment</title></head><body><p>Back soon.</p></body></html>\n"
        resource = Resource.of(page.encode(), "text/html")
    if fault.body is not None:
        kind = fault.content_type or (resource.content_type if resource else "text/html")
        resource = Resource.of(_as_bytes(fault.body), kind)
    if resource is None:  # the caller has checked
        raise ValueError("nothing to send")
    body = resource.body
    if fault.flip_bits:
        body = _flipped(body, fault.flip_bits)
    if fault.truncate is not None:
        size = int(fault.truncate * len(body)) if fault.truncate < 1 else int(fault.truncate)
        body = body[:size]
    return replace(
        resource,
        body=body,
        content_type=fault.content_type or resource.content_type,
        etag=fault.etag or resource.etag,
    )


def _flipped(body: bytes, count: int) -> bytes:
    rng = random.Random(len(body))  # noqa: S311 - to repeat, not to hide
    damaged = bytearray(body)
    for _ in range(count):
        bit = rng.getrandbits(62) % (len(body) * 8)
        damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def _content(resource: Resource, head: Head, fault: Fault, can: Abilities) -> Answer:
    """200, 206, 304 or 416, as the request's headers and the server's abilities have it."""
    etag = resource.etag if can.etags else None
    modified = resource.last_modified if can.last_modified else None
    headers = {"Content-Type": resource.content_type}
    if etag is not None:
        headers["ETag"] = etag
    if modified is not None:
        headers["Last-Modified"] = http_date(modified)
    if can.ranges:
        headers["Accept-Ranges"] = "bytes"
    if can.conditional and unchanged(head.headers, etag, modified):
        del headers["Content-Type"]
        return Answer(304, headers)
    body = gzip.compress(resource.body, mtime=0) if fault.gzip else resource.body
    if fault.gzip:
        headers["Content-Encoding"] = "gzip"
    asked = head.headers.get("range")
    if (
        asked is None
        or not can.ranges
        or fault.ignore_range
        or not range_allowed(head.headers, etag, modified)
    ):
        return Answer(200, headers, body)
    span = single_range(asked, len(body))
    if span is None or span is True:
        return Answer(200, headers, body)
    if span is False:
        refusal = _plain(416, "No byte of that range is there.")
        refusal.headers["Content-Range"] = f"bytes */{len(body)}"
        return refusal
    first, last = span
    shift = fault.range_shift
    headers["Content-Range"] = f"bytes {first + shift}-{last + shift}/{len(body)}"
    return Answer(206, headers, body[first : last + 1])


def _framed(result: Answer, head: Head, fault: Fault, can: Abilities) -> Answer:
    """With the headers that depend on the connection and on the fault."""
    headers = {"Date": http_date(), "Server": "replica", **result.headers}
    if fault.retry_after is not None:
        seconds = fault.retry_after
        headers["Retry-After"] = (
            http_date(math.ceil(time.time() + seconds))
            if fault.retry_after_date
            else f"{math.ceil(seconds)}"
        )
    bodiless = result.status in (204, 304)
    result.framing = fault.framing or ("length" if can.content_length else "close")
    if bodiless:
        result.framing = "length"
    elif result.framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
    elif result.framing == "length":
        headers["Content-Length"] = str(len(result.body) + fault.length_off)
    result.close = (
        not (head.keep_alive and can.keep_alive)
        or result.framing == "close"
        or fault.length_off != 0
        or fault.cut_after is not None
    )
    headers["Connection"] = "close" if result.close else "keep-alive"
    if fault.huge_headers:
        lines = -(-fault.huge_headers // 1000)
        headers |= {f"X-Filler-{n}": "x" * 1000 for n in range(lines)}
    for name, value in fault.headers.items():
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    result.headers = headers
    if head.method == "HEAD":
        result.body = b""
    return result


def _as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
