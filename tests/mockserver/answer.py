"""From a request to what is to be sent: content, HTTP's rules and the faults, no sockets."""

import gzip
import math
import random
import re
import time
from dataclasses import dataclass, replace
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import unquote

from tests.mockserver.faults import Fault
from tests.mockserver.ledger import Request
from tests.mockserver.site import Pages, Resource, Site

_PAGE = "<html><head><title>{0}</title></head><body><p>{1}</p></body></html>\n"


@dataclass(eq=False, kw_only=True)
class Abilities:
    """What the server can do; what is switched off is neither announced nor done."""

    ranges: bool = True
    etags: bool = True
    last_modified: bool = True
    content_length: bool = True  # without it the end of the connection is the end of the body
    conditional: bool = True  # without it a known validator still gets 200
    keep_alive: bool = True


@dataclass
class Answer:
    """A response, ready to be sent."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    framing: str = "none"
    close: bool = False  # whether the connection ends after it


def answer(site: Site | Pages, request: Request, fault: Fault, can: Abilities, base: str) -> Answer:
    """What the server at `base` says to `request` under `fault`."""
    if fault.status is not None or fault.location is not None:
        result = _refusal(request, fault, base)
    elif (found := _found(site, request, fault, base)) is None:
        result = _page(404, f"The requested URL {request.path} was not found on this server.")
    else:
        result = _content(found, request, fault, can)
    _dress(result, fault, can)
    if request.method == "HEAD":
        result.body, result.framing = b"", "none"
    return result


def _refusal(request: Request, fault: Fault, base: str) -> Answer:
    status = fault.status or 302
    result = _page(status, f"This server answers {request.path} with status {status}.")
    result.headers["Content-Type"] = fault.content_type or "text/html"
    if fault.location is not None:
        result.headers["Location"] = _fill(fault.location, request, base=base)
    if fault.body is not None or status in (204, 304):
        result.body = as_bytes(fault.body or b"")
    return result


def _page(status: int, text: str) -> Answer:
    return Answer(status, {"Content-Type": "text/html"}, _PAGE.format(status, text).encode())


def _fill(template: str, request: Request, **values: str) -> str:
    values |= {"number": str(request.number), "path": request.path.partition("?")[0]}
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def _found(site: Site | Pages, request: Request, fault: Fault, base: str) -> Resource | None:
    """What stands at the path, with the fault's changes to it."""
    paths = unquote(request.path), unquote(request.path.partition("?")[0])
    all_found = (site.get(path, base=base, revision=fault.revision) for path in paths)
    found = next((resource for resource in all_found if resource is not None), None)
    body = _PAGE.format("One moment", "Back soon.") if fault.html else fault.body
    if body is not None:
        kind = found.content_type if found and not fault.html else "text/html"
        found = Resource.of(as_bytes(body), kind)
    if found is None:
        return None
    kind = fault.content_type or found.content_type
    etag = _fill(fault.etag or "{etag}", request, etag=found.etag)
    return replace(found, body=_damaged(found.body, fault), content_type=kind, etag=etag)


def _damaged(body: bytes, fault: Fault) -> bytes:
    if fault.flip_bits:
        rng, damaged = random.Random(len(body)), bytearray(body)
        for _ in range(fault.flip_bits):
            bit = rng.randrange(len(body) * 8)
            damaged[bit // 8] ^= 1 << bit % 8
        body = bytes(damaged)
    if fault.truncate is None:
        return body
    return body[: int(fault.truncate * len(body) if fault.truncate < 1 else fault.truncate)]


def _content(found: Resource, request: Request, fault: Fault, can: Abilities) -> Answer:
    """200, 206, 304 or 416, as the request's headers and the server's abilities have it."""
    headers = {"Content-Type": found.content_type}
    if can.etags:
        headers["ETag"] = found.etag
    if can.last_modified:
        headers["Last-Modified"] = formatdate(found.last_modified, usegmt=True)
    if can.ranges:
        headers["Accept-Ranges"] = "bytes"
    if can.conditional and _unchanged(request.headers, headers):
        return Answer(304, headers)
    body = gzip.compress(found.body, mtime=0) if fault.gzip else found.body
    if fault.gzip:
        headers["Content-Encoding"] = "gzip"
    span = _span(request.headers, headers, len(body))
    if span is None or not can.ranges or fault.ignore_range:
        return Answer(200, headers, body)
    if not span:
        refusal = _page(416, "No byte of that range is there.")
        refusal.headers["Content-Range"] = f"bytes */{len(body)}"
        return refusal
    first = min(max(span.start + fault.range_offset, 0), span.stop - 1)
    claim = f"{first + fault.range_shift}-{span.stop - 1 + fault.range_shift}"
    headers["Content-Range"] = f"bytes {claim}/{len(body)}"
    return Answer(fault.range_status, headers, body[first : span.stop])


def _unchanged(asked: dict[str, str], ours: dict[str, str]) -> bool:
    """Whether the client's copy is current (RFC 9110, 13.2.2: If-None-Match goes first)."""
    if "if-none-match" in asked:
        known = [tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")]
        return "ETag" in ours and ours["ETag"].removeprefix("W/") in known
    if "if-modified-since" in asked and "Last-Modified" in ours:
        since = parsedate_to_datetime(asked["if-modified-since"])
        return parsedate_to_datetime(ours["Last-Modified"]) <= since
    return False


def _span(asked: dict[str, str], ours: dict[str, str], size: int) -> range | None:
    """The bytes that a Range header asks for, an empty range where none is there (a 416).

    None where there is no such header or it is to be ignored: another unit, several ranges, not
    understood, or If-Range names neither our strong ETag nor our date.
    """
    etag = ours.get("ETag", "")
    valid = {None, ours.get("Last-Modified"), None if etag.startswith("W/") else etag}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.get("range", ""))
    if asked.get("if-range") not in valid or match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _dress(result: Answer, fault: Fault, can: Abilities) -> None:
    """Puts on the headers that say nothing of the content, and those that the fault wants."""
    headers = {"Date": formatdate(usegmt=True), "Server": "mockserver", **result.headers}
    if result.status not in (204, 304):
        result.framing = fault.framing or ("length" if can.content_length else "close")
    if result.framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
    elif result.framing == "length":
        headers["Content-Length"] = str(len(result.body) + fault.length_off)
    lies = fault.length_off != 0 or fault.cut_after is not None
    result.close = lies or result.framing == "close" or not can.keep_alive
    if result.close:
        headers["Connection"] = "close"
    if fault.retry_after is not None:
        date = formatdate(math.ceil(time.time() + fault.retry_after), usegmt=True)
        seconds = str(math.ceil(fault.retry_after))
        headers["Retry-After"] = date if fault.retry_after_date else seconds
    fillers = range(-(-fault.huge_headers // 1000))
    headers |= {f"X-Filler-{number}": "x" * 1000 for number in fillers}
    headers |= {name: value or "" for name, value in fault.headers.items()}
    gone = {name for name, value in fault.headers.items() if value is None}
    result.headers = {name: value for name, value in headers.items() if name not in gone}


def as_bytes(text: str | bytes) -> bytes:
    """Text as UTF-8."""
    return text.encode() if isinstance(text, str) else text
