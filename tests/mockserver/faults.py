"""What can go wrong on the way, declared as plain data: one `Fault` says when and what."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, Literal


@dataclass(frozen=True)
class Fault:
    """What happens to some requests, and to which.

    Each field that is set changes one thing of the answer. Several faults that match one request
    are applied together, the later one winning where both set one. Byte counts are of the body as
    sent (for a 206: of the part that is sent). In `location` and `etag`, "{path}" is the path asked
    for, "{base}" the site's address without slash at the end, "{number}" the request's number on
    the server and "{etag}" the right validator with its quotes.
    """

    # Which requests: `path` is an fnmatch pattern of the path without query, or "re:" and a regex;
    # `first` and `last` are 1-based and count the requests for the very same path, all methods.
    path: str = "*"
    query: str | None = None  # pattern of it, "" is none; then each query is counted apart
    first: int = 1
    last: int | None = None  # None: all from `first` on
    over: int = 0  # only while more than so many are being answered, this one included
    method: str | None = None
    when: Literal["any", "range", "plain", "conditional"] = "any"  # plain: without Range header
    at: Literal["request", "connection"] = "request"
    """"connection": `first`, `last` and `over` count connections, only `refuse` acts, at once."""

    # Status line and headers.
    status: int | None = None  # instead of the content; the body is `body` or a short HTML page
    location: str | None = None  # with status 302 unless `status` says otherwise; "{path}": a loop
    retry_after: float | None = None  # seconds, rounded up
    retry_after_date: bool = False  # as an HTTP date instead of a number
    headers: Mapping[str, str | None] = field(default_factory=dict)  # None removes one
    huge_headers: int = 0  # bytes of needless header lines

    # Content, each with right length and validators unless something else is said.
    body: str | bytes | None = None
    content_type: str | None = None
    html: bool = False  # an HTML page with status 200
    flip_bits: int = 0  # so many, always the same ones; validators stay
    truncate: float | None = None  # to so many bytes, or a share when below 1; validators stay
    revision: int = 0  # another edition (1, 2 ...); with `first`: "changed since"
    etag: str | None = None  # sent and compared: 'W/{etag}' is weak, '"{number}"' ever new
    gzip: bool = False  # Content-Encoding, asked for or not

    # Ranges.
    ignore_range: bool = False  # the whole, with status 200
    range_offset: int = 0  # a 206 begins so much later (earlier: negative) than asked, and says so
    range_shift: int = 0  # Content-Range is off by so many; the bytes are the right ones
    range_status: int = 206  # of the part; 200, with Content-Range None, poses as the whole

    # Framing and connection. "close": no length, the end of the connection is that of the body.
    framing: Literal["length", "close", "chunked"] | None = None
    length_off: int = 0  # added to Content-Length; the connection closes after the body
    refuse: Literal["close", "reset"] | None = None  # the connection ends without an answer
    garbage: str | bytes | None = None  # instead of an HTTP response, then the connection closes
    delay: float = 0.0  # seconds before the head of the answer, on top of the server's latency
    silent: bool = False  # no answer, the connection stays open until somebody closes it
    cut_after: int | None = None  # the connection ends after so many bytes of the body
    reset: bool = False  # a cut is a TCP reset rather than an orderly end
    stall_after: int | None = None  # after so many bytes of the body nothing more comes ...
    stall_for: float | None = None  # ... for so many seconds; None: until somebody closes
    rate: float | None = None  # bytes per second of this body, instead of the server's rate

    def fits(self, path: str, query: str, method: str, headers: Mapping[str, str]) -> bool:
        """Whether the fault is for such a request; header names in lower case."""
        kinds = {"any", "range" if "range" in headers else "plain"}
        if "if-none-match" in headers or "if-modified-since" in headers:
            kinds.add("conditional")
        pattern = self.path[3:] if self.path.startswith("re:") else None
        return (
            self.at == "request"
            and self.when in kinds
            and self.method in (None, method)
            # A HEAD has no body to cut: on a slow machine, where the crawl asks for sizes, it would
            # use up a cut that is counted.
            and not (method == "HEAD" and self.method is None and self.cut_after is not None)
            and (self.query is None or fnmatchcase(query, self.query))
            and bool(re.fullmatch(pattern, path) if pattern else fnmatchcase(path, self.path))
        )

    def covers(self, number: int, open_: int) -> bool:
        """Whether request or connection `number` (1-based) is hit while `open_` are open."""
        return self.first <= number <= (self.last or number) and open_ > self.over

    def to_json(self) -> dict[str, Any]:
        """The fields that are set: `Fault(**fault.to_json()) == fault`."""
        return {name: value for name, value in asdict(self).items() if value != _DEFAULTS[name]}


_DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(Fault)} | {"headers": {}}
