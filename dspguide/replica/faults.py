"""What can go wrong on the way, declared as plain data: one `Fault` says when and what."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """What happens to some requests, and to which.

    Faults are composable: each field that is set changes one thing of the answer, and several
    faults that match one request are applied together, the later one winning where both set one.
    Byte counts are of the body as sent (for a 206: of the part that is sent).
    """

    # -- which requests ------------------------------------------------------------------------
    path: str = "*"
    """Case-sensitive fnmatch pattern of the path without query; "re:..." is a regex."""
    first: int = 1
    """First request for that very path (1-based, all methods counted) that is hit."""
    last: int | None = None
    """Last request that is hit, None for all from `first` on; `last=1`: only the first."""
    method: str | None = None
    when: Literal["any", "range", "plain", "conditional"] = "any"
    """Only requests with a Range header, without one, or with If-None-Match/If-Modified-Since."""
    at: Literal["request", "connection"] = "request"
    """"connection": `first` and `last` count connections, only `refuse` acts, at once."""

    # -- status line and headers ------------------------------------------------------------
    status: int | None = None
    """Answered instead of the content; the body is `body` or a short HTML page."""
    location: str | None = None
    """Location header, with status 302 unless `status` says otherwise; "{path}" is the path
    asked for (a loop), "{base}" the site's address without slash."""
    retry_after: float | None = None
    """Retry-After, in seconds."""
    retry_after_date: bool = False
    """Retry-After is sent as an HTTP date (whole seconds, rounded up) instead of a number."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Headers set, or removed where the value is None ("ETag": None)."""
    huge_headers: int = 0
    """Bytes of needless header lines added."""

    # -- content ----------------------------------------------------------------------------
    body: str | bytes | None = None
    """Sent in place of the content (text as UTF-8), with right length and validators."""
    content_type: str | None = None
    html: bool = False
    """An HTML page with status 200 in place of the content."""
    flip_bits: int = 0
    """That many bits flipped, spread over the content, always the same ones; validators stay."""
    truncate: float | None = None
    """Content cut to that many bytes (a share of it when below 1), with a matching length."""
    revision: int = 0
    """Content and validators of another edition (1, 2 ...): with `first`, "changed since"."""
    etag: str | None = None
    """Sent and compared instead of the right one."""
    gzip: bool = False
    """Content-Encoding: gzip, asked for or not."""

    # -- ranges -----------------------------------------------------------------------------
    ignore_range: bool = False
    """A Range request gets the whole content with status 200."""
    range_shift: int = 0
    """Content-Range of a 206 claims a start off by so many; the bytes are the right ones."""

    # -- framing ----------------------------------------------------------------------------
    framing: Literal["length", "close", "chunked"] | None = None
    """"close": no Content-Length, the end of the connection is the end of the body."""
    length_off: int = 0
    """Added to the announced Content-Length; the connection closes after the body."""

    # -- the connection -----------------------------------------------------------------------
    refuse: Literal["close", "reset"] | None = None
    """The connection ends without an answer."""
    garbage: str | bytes | None = None
    """Sent instead of an HTTP response, then the connection closes."""
    delay: float = 0.0
    """Seconds before the head of the answer, on top of the server's latency."""
    silent: bool = False
    """No answer at all, the connection stays open until the client or the server closes it."""
    cut_after: int | None = None
    """The connection ends after so many bytes of the body (cleanly, or by `reset`)."""
    reset: bool = False
    """A cut is a TCP reset rather than an orderly end."""
    stall_after: int | None = None
    """After so many bytes of the body nothing more comes, the connection stays open ..."""
    stall_for: float | None = None
    """... for so many seconds, then the rest follows; None: until the client or server closes."""
    rate: float | None = None
    """Bytes per second of this answer's body, instead of the server's rate."""

    def matches(self, path: str, number: int, method: str, headers: Mapping[str, str]) -> bool:
        """Whether request `number` (1-based) for `path` is hit; header names in lower case."""
        if self.at != "request" or not self._covers(number):
            return False
        if self.method not in (None, method) or not self._is_kind(headers):
            return False
        if self.path.startswith("re:"):
            return re.fullmatch(self.path[3:], path) is not None
        return fnmatchcase(path, self.path)

    def hits_connection(self, number: int) -> bool:
        """Whether connection `number` (1-based) is hit before its first request."""
        return self.at == "connection" and self._covers(number)

    def over(self, other: Fault) -> Fault:
        """Both faults as one; where both set a field, this one wins."""
        values = {name: value for name, value in vars(other).items() if value != _DEFAULTS[name]}
        values |= {name: value for name, value in vars(self).items() if value != _DEFAULTS[name]}
        values["headers"] = {**other.headers, **self.headers}
        return Fault(**values)

    def summary(self) -> str:
        """The fields that are set, in one line, for logs."""
        set_ = [f"{k}={v!r}" for k, v in vars(self).items() if v != _DEFAULTS[k]]
        return ", ".join(set_)

    def to_json(self) -> dict[str, Any]:
        """The fields that are set; bytes become {"base64": ...}."""
        plain = {k: v for k, v in asdict(self).items() if v != _DEFAULTS[k]}
        return {
            k: {"base64": base64.b64encode(v).decode()} if isinstance(v, bytes) else v
            for k, v in plain.items()
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Fault:
        """The opposite of `to_json`; an unknown field raises TypeError."""
        values: dict[str, Any] = {
            k: base64.b64decode(v["base64"]) if isinstance(v, dict) and "base64" in v else v
            for k, v in record.items()
        }
        return cls(**values)

    def _is_kind(self, headers: Mapping[str, str]) -> bool:
        if self.when == "range":
            return "range" in headers
        if self.when == "plain":
            return "range" not in headers
        if self.when == "conditional":
            return "if-none-match" in headers or "if-modified-since" in headers
        return True

    def _covers(self, number: int) -> bool:
        return number >= self.first and (self.last is None or number <= self.last)


_DEFAULTS: dict[str, Any] = {
    f.name: {} if f.name == "headers" else f.default for f in fields(Fault)
}


def load_faults(path: Path) -> list[Fault]:
    """Faults from a JSON file that holds a list of objects, one per fault."""
    return [Fault.from_json(record) for record in json.loads(path.read_text("utf-8"))]


def dump_faults(faults: Iterable[Fault], path: Path) -> None:
    """Writes faults as `load_faults` reads them."""
    path.write_text(json.dumps([fault.to_json() for fault in faults], indent=1), "utf-8")
