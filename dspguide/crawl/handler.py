"""Scrapy's HTTP download handler, held to the crawl's limits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future

from dspguide.crawl.context import CrawlContext
from dspguide.crawl.scrapy_private import KeepingAgent, forgive
from dspguide.crawl.signals import request_ended, request_sent
from dspguide.errors import CrawlStoppedError
from dspguide.net.connections import blamed, check_login, check_proxy

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

# HTTP11DownloadHandler takes the time-out of a request as the limit of the whole transfer, and a
# missing one as 10 seconds; a month stands for none.
_NO_LIMIT = 30 * 86400.0

# Fewer bytes a second than these, over twice DOWNLOAD_TIMEOUT, is standing still.
_CRAWLING_RATE = 64


class LimitedDownloadHandler(HTTP11DownloadHandler):
    """Sends a request when there is a slot for it, and watches that its answer moves.

    Differs from Scrapy's handler in that CONCURRENT_REQUESTS is never exceeded, that hosts which
    ask for a pause get it, that DOWNLOAD_TIMEOUT is how long a transfer may stand still, that a
    transfer is cut some seconds after the crawl was told to stop (STOP_GRACE), that a file's body
    goes to the disk alone, and that what a proxy or a certificate is to blame for is told as such.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        context = CrawlContext.of(crawler)
        self._limiter, self._hosts = context.limiter, context.retries.hosts
        self._grace = crawler.settings.getfloat("STOP_GRACE")
        self._answers: dict[Request, _Answer] = {}
        forgive(self._pool)
        crawler.signals.connect(self._begins, signals.headers_received)
        crawler.signals.connect(self._moves, signals.bytes_received)

    async def download_request(self, request: Request) -> Response:
        """Return the response to a request, having waited for a slot.

        Raises DownloadTimeoutError when the transfer stood still for too long, CrawlStoppedError
        when the crawl was stopped first, and whatever Scrapy's handler raises.
        """
        host = urlsplit(request.url).netloc
        async with self._limiter.slot(host, request.priority):
            send = self.crawler.signals.send_catch_log
            send(request_sent, request=request)
            # What a host did is noted before the slot is free: whoever takes it must know.
            try:
                check_proxy(request)
                response = await self._watched(request)
                check_login(request, response)
            except Exception as failure:
                error = await blamed(request, failure)
                self._hosts.note_error(request, error)
                send(request_ended, request=request, status=None, error=error)
                if error is failure:
                    raise
                raise error from failure
            send(request_ended, request=request, status=response.status, error=None)
            self._hosts.note_answer(request, response)
            return response

    async def _send(self, request: Request) -> Response:
        """Do what Scrapy's handler does, by an agent of ours."""
        agent = KeepingAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self.crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))

    async def _watched(self, request: Request) -> Response:
        stall_timeout = request.meta.get("download_timeout") or _NO_LIMIT
        request.meta["download_timeout"] = _NO_LIMIT
        answer = self._answers[request] = _Answer(stall_timeout)
        transfer = asyncio.ensure_future(self._send(request))
        try:
            while not transfer.done():
                left = answer.seconds_left()
                await self._limiter.wait(left, transfer)
                if self._limiter.stopped.is_set():
                    await asyncio.wait({transfer}, timeout=min(left, self._grace))
                    if not transfer.done():
                        raise CrawlStoppedError("the crawl was stopped while it was under way")
            self._limiter.pace.note(*answer.pace)
            return transfer.result()
        finally:
            transfer.cancel()  # closes the connection, and does nothing to one that is done
            del self._answers[request]
            request.meta["download_timeout"] = stall_timeout

    def _begins(self, request: Request) -> None:
        if answer := self._answers.get(request):
            answer.began = answer.moved = time.monotonic()

    def _moves(self, request: Request, data: bytes) -> None:
        if answer := self._answers.get(request):
            answer.moved = time.monotonic()
            answer.size += len(data)


@dataclass
class _Answer:
    """What has come of an answer; times are of the monotonic clock."""

    stall_timeout: float
    sent: float = field(default_factory=time.monotonic)
    size: int = 0
    size_then: int = 0
    """The bytes that had come when the rate was last looked at."""

    def __post_init__(self) -> None:
        self.began = self.moved = self.checked = self.sent

    def seconds_left(self) -> float:
        """Return for how long it may go on as it does. Raises DownloadTimeoutError."""
        now, window = time.monotonic(), 2 * self.stall_timeout
        left = self.moved + self.stall_timeout - now
        if left <= 0:
            raise DownloadTimeoutError(f"nothing came for {self.stall_timeout:g} seconds")
        if now - self.checked >= window:
            came, self.size_then, self.checked = self.size - self.size_then, self.size, now
            if came < _CRAWLING_RATE * window:
                raise DownloadTimeoutError(f"only {came} bytes came in {window:g} seconds")
        return min(left, self.checked + window - now)

    @property
    def pace(self) -> tuple[float, int, float]:
        """Seconds to the first byte, bytes, seconds until all of them were here."""
        return self.began - self.sent, self.size, self.moved - self.began
