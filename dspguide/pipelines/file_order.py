"""When which file is asked for, and what has to be known of their sizes for that."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from dspguide.crawl.failure_reasons import reason
from dspguide.net.largest_first import LargestFirst

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from dspguide.book.run import ChapterJob
    from dspguide.net.limiter import RequestLimiter

_BELOW_PAGES = 10**9
"""Priority of the questions for sizes: below pages, above files, whose own is their size."""

_LEAST, _MOST = 2.0, 5.0
"""Seconds for which a question may go unanswered, at the least and at the most: what takes longer
costs more than it saves."""

logger = logging.getLogger(__name__)


class FileOrder:
    """Has the files of a crawl asked for in the order of LargestFirst."""

    def __init__(self, crawler: Crawler, limiter: RequestLimiter) -> None:
        self._crawler = crawler
        self._limiter = limiter
        self._turns = LargestFirst(limiter)

    def begin(self, count: int) -> None:
        """Take how many chapters are to come, once the contents are read."""
        settings = self._crawler.settings
        # Where requests are kept apart, each question would cost as much as a small file.
        if not (settings.getfloat("DOWNLOAD_DELAY") or settings.getbool("AUTOTHROTTLE_ENABLED")):
            self._turns.begin(range(count))

    async def turn(self, request: Request, job: ChapterJob) -> None:
        """Wait until a file may be asked for, and give the request its priority."""
        size = _missing(job) or (await self._ask(request) if self._turns.asks else 0)
        # One that begins last is waited for alone.
        request.priority = size
        await self._turns.acquire(job.index, size)

    def release(self, job: ChapterJob) -> None:
        """Note that nothing more comes of a file."""
        self._turns.release(job.index)

    async def _ask(self, request: Request) -> int:
        """Ask the server how many bytes a file has; 0 where it does not say.

        Then no other file is asked about either: a wrong order costs less than many such answers.
        """
        question = Request(
            request.url,
            method="HEAD",
            callback=NO_CALLBACK,
            headers={"Referer": request.headers["Referer"], "Accept-Encoding": "identity"},
            meta={
                "chapter": request.meta["chapter"],
                "dont_retry": True,
                "download_timeout": min(_MOST, max(_LEAST, 5 * self._limiter.pace.latency)),
            },
            priority=_BELOW_PAGES,
        )
        try:
            response = await self._crawler.engine.download_async(question)
        except Exception as error:  # noqa: BLE001  # of any kind: the file itself is asked for next
            logger.debug("Not told the size of %s: %s", request.url, reason(error))
            self._turns.give_up()
            return 0
        length = response.headers.get("Content-Length") or b""
        if response.status != 200 or not re.fullmatch(rb"\d{1,18}", length):
            self._turns.give_up()
            return 0
        return int(length)


def _missing(job: ChapterJob) -> int:
    """Return how many bytes are to come of a chapter, as far as earlier runs tell, else 0."""
    partial = job.transfer.partial if job.transfer is not None else None
    if partial is not None and partial.source is not None and partial.source.length:
        return partial.source.length - partial.size
    return job.size
