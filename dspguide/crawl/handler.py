"""Scrapy's HTTP download handler, held to the line."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadTimeoutError

from dspguide.addon import DspguideAddon
from dspguide.crawl.signals import request_ended, request_sent
from dspguide.errors import CrawlStoppedError
from dspguide.net.limiter import retry_after_seconds

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

REFUSALS = frozenset({429, 503})

# HTTP11DownloadHandler takes the time-out of a request as the limit of the whole transfer, and a
# missing one as 10 seconds; a month stands for none.
_NO_LIMIT = 30 * 86400.0


class LineDownloadHandler(HTTP11DownloadHandler):
    """Sends a request when the line has a place for it, and watches that its answer moves.

    Differs from Scrapy's handler in that CONCURRENT_REQUESTS is never exceeded, that hosts which
    ask for a pause get it, that DOWNLOAD_TIMEOUT is how long a transfer may stand still, and that a
    transfer is cut some seconds after the crawl was told to stop (STOP_GRACE).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._line = DspguideAddon.of(crawler).line
        self._grace = crawler.settings.getfloat("STOP_GRACE")
        self._answers: dict[Request, _Answer] = {}
        crawler.signals.connect(self._begins, signals.headers_received)
        crawler.signals.connect(self._moves, signals.bytes_received)

    async def download_request(self, request: Request) -> Response:
        """Return the response to a request, having waited for a place on the line.

        Raises DownloadTimeoutError when the transfer stood still for too long, CrawlStoppedError
        when the crawl was stopped first, and whatever Scrapy's handler raises.
        """
        host = urlsplit(request.url).netloc
        async with self._line.place(host, request.priority):
            send = self.crawler.signals.send_catch_log
            send(request_sent, request=request)
            try:
                response = await self._watched(request)
            except Exception as error:
                send(request_ended, request=request, status=None, error=error)
                raise
            send(request_ended, request=request, status=response.status, error=None)
            # Before the place is free: whoever takes it must know that the host refused.
            if response.status in REFUSALS:
                retry_after = retry_after_seconds(response.headers.get("Retry-After"), time.time())
                self._line.refused(host, retry_after)
            else:
                self._line.answered(host)
            return response

    async def _watched(self, request: Request) -> Response:
        patience = request.meta.get("download_timeout") or _NO_LIMIT
        request.meta["download_timeout"] = _NO_LIMIT
        answer = self._answers[request] = _Answer(time.monotonic())
        transfer = asyncio.ensure_future(super().download_request(request))
        stopped = asyncio.ensure_future(self._line.stopped.wait())
        try:
            while not transfer.done():
                left = answer.moved + patience - time.monotonic()
                if left <= 0:
                    raise DownloadTimeoutError(f"nothing came for {patience:g} seconds")
                await asyncio.wait({transfer, stopped}, timeout=left, return_when="FIRST_COMPLETED")
                if stopped.done() and not transfer.done():
                    await asyncio.wait({transfer}, timeout=min(left, self._grace))
                    if not transfer.done():
                        raise CrawlStoppedError("the crawl was stopped while it was under way")
            self._line.pace.note(*answer.pace)
            return transfer.result()
        finally:
            stopped.cancel()
            transfer.cancel()  # closes the connection, and does nothing to one that is done
            del self._answers[request]
            request.meta["download_timeout"] = patience

    def _begins(self, request: Request) -> None:
        answer = self._answers.get(request)
        if answer is not None:
            answer.began = answer.moved = time.monotonic()

    def _moves(self, request: Request, data: bytes) -> None:
        answer = self._answers.get(request)
        if answer is not None:
            answer.moved = time.monotonic()
            answer.size += len(data)


@dataclass
class _Answer:
    """What has come of an answer; times are of the monotonic clock."""

    sent: float
    began: float = 0.0
    moved: float = 0.0
    size: int = 0

    def __post_init__(self) -> None:
        self.began = self.moved = self.sent

    @property
    def pace(self) -> tuple[float, int, float]:
        """Seconds to the first byte, bytes, seconds until all of them were here."""
        return self.began - self.sent, self.size, self.moved - self.began
