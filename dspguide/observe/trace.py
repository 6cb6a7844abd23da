"""Every request of a run and when it moved, for those who show or measure the run."""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from scrapy import signals

from dspguide.crawl.failure_reasons import reason
from dspguide.crawl.signals import request_ended, request_sent
from dspguide.net.limiter import stopped_before_its_turn
from dspguide.store.files import write_json
from dspguide.urls import file_name

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers
    from typing_extensions import Self

Kind = Literal["page", "PDF", "size", "robots"]

_RANGE_START = re.compile(rb"bytes (\d+)-")

logger = logging.getLogger(__name__)


@dataclass
class Exchange:
    """One request and its answer. Times are seconds since the start of the run."""

    kind: Kind
    url: str
    chapter: int | None
    """The chapter's position, where the request is for one."""
    attempt: int
    """1 for the first request of this kind for this URL, then 2, …"""
    waiting: float
    """When it came to wait for a slot."""
    sent: float | None = None
    """When it got its slot."""
    first_byte: float | None = None
    """When the head of the answer was here."""
    last_byte: float | None = None
    """When bytes of the body last came."""
    end: float | None = None
    """When its slot was free again, or it gave up waiting for one."""
    bytes: int = 0
    """Bytes of the body that came over the network."""
    length: int | None = None
    """Bytes of the body that the server announced."""
    resumed_from: int = 0
    """Bytes of the file that were here already and that the answer goes on from."""
    status: int | None = None
    """Status of the answer, once that is whole."""
    error: str | None = None
    """Why there is no whole answer."""

    @property
    def failed(self) -> bool:
        """Whether it ended without what was asked for; a site need not have a robots.txt."""
        return self.error is not None or (self.kind != "robots" and (self.status or 0) >= 400)

    @property
    def name(self) -> str:
        """The last part of the URL's path, else the host."""
        return file_name(self.url) or self.host

    @property
    def host(self) -> str:
        """Host and port, as the limiter knows them."""
        return urlsplit(self.url).netloc


class Trace:
    """Notes an Exchange for each request that reaches the downloader, in that order.

    `exchanges` holds all of them, `open` those that have not ended. The setting TRACE_FILE names a
    JSON file for them; it is written when the spider closes.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.exchanges: list[Exchange] = []
        self._open: dict[Request, Exchange] = {}
        self._asked: Counter[tuple[Kind, str]] = Counter()
        self._file: str | None = crawler.settings.get("TRACE_FILE")
        self._zero = time.monotonic()
        self._began = datetime.now(tz=timezone.utc)
        for receiver, signal in (
            (self._waits, signals.request_reached_downloader),
            (self._goes_out, request_sent),
            (self._answers, signals.headers_received),
            (self._receives, signals.bytes_received),
            (self._ends, request_ended),
            (self._left, signals.request_left_downloader),
            (self.spider_closed, signals.spider_closed),
        ):
            crawler.signals.connect(receiver, signal)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> Trace:
        """Return the trace of a crawl, from spider_opened on: a new one if EXTENSIONS has none."""
        return crawler.get_extension(cls) or cls(crawler)

    @property
    def now(self) -> float:
        """Seconds since the start of the run."""
        return time.monotonic() - self._zero

    @property
    def open(self) -> list[Exchange]:
        """Those that wait for a slot or are under way."""
        return list(self._open.values())

    def spider_closed(self) -> None:
        """Write the file that was asked for."""
        if not self._file:
            return
        path = Path(self._file).absolute()
        value = {
            "started": self._began.isoformat(),
            "seconds": self.now,
            "requests": self.exchanges,
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, value)
        except OSError as error:
            logger.error("%s cannot be written: %s.", path, error.strerror or error)  # noqa: TRY400  # the sentence says it all

    def _waits(self, request: Request) -> None:
        if request.url.startswith("data:"):
            return  # it goes nowhere
        kind = _kind(request)
        self._asked[kind, request.url] += 1
        attempt = self._asked[kind, request.url]
        exchange = Exchange(kind, request.url, _chapter(request), attempt, self.now)
        self._open[request] = exchange
        self.exchanges.append(exchange)

    def _goes_out(self, request: Request) -> None:
        if request in self._open:
            self._open[request].sent = self.now

    def _answers(self, request: Request, headers: Headers, body_length: object) -> None:
        exchange = self._open.get(request)
        if exchange is None:
            return
        exchange.first_byte = self.now
        if isinstance(body_length, int):  # else Twisted's mark for a length that is not known
            exchange.length = body_length
        start = _RANGE_START.match(headers.get("Content-Range") or b"")
        if start is not None and "Range" in request.headers:
            exchange.resumed_from = int(start[1])

    def _receives(self, request: Request, data: bytes) -> None:
        exchange = self._open.get(request)
        if exchange is not None:
            exchange.bytes += len(data)
            exchange.last_byte = self.now

    def _ends(self, request: Request, status: int | None, error: Exception | None) -> None:
        exchange = self._open.pop(request, None)
        if exchange is not None:
            exchange.end = self.now
            exchange.status = status
            exchange.error = None if error is None else reason(error)

    def _left(self, request: Request) -> None:
        """Note the end of a request that never got a slot."""
        self._ends(request, None, stopped_before_its_turn())


def _kind(request: Request) -> Kind:
    if "transfer" in request.meta:
        return "PDF"
    if request.method == "HEAD":
        return "size"
    return "robots" if urlsplit(request.url).path == "/robots.txt" else "page"


def _chapter(request: Request) -> int | None:
    chapter = request.cb_kwargs.get("chapter")
    position: int | None = request.meta.get("chapter") if chapter is None else chapter.position
    return position
