"""Notices at once that the crawl is told to stop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.asyncio import AsyncioLoopingCall

from dspguide.book.outcome import AGAIN, INCOMPLETE, STOPPED_AT_ONCE
from dspguide.crawl.context import CrawlContext
from dspguide.crawl.scrapy_private import end_when_forced, turn_away
from dspguide.net.limiter import stopped_before_its_turn

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

_LOOK_EVERY = 0.1  # seconds


class ShutdownMonitor:
    """Tells the limiter when the crawl is told to stop: Scrapy has no signal for that moment."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._call = AsyncioLoopingCall(self._look)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def spider_opened(self) -> None:
        self._call.start(_LOOK_EVERY, now=False)

    def spider_closed(self) -> None:
        CrawlContext.of(self._crawler).limiter.stop()
        if self._call.running:
            self._call.stop()

    def _look(self) -> None:
        if self._crawler.crawling:
            return
        CrawlContext.of(self._crawler).limiter.stop()
        turn_away(self._crawler, stopped_before_its_turn())
        end_when_forced(_end, self._crawler.settings.getfloat("STOP_GRACE"))


def _end() -> None:
    """End the process at once; no lock of the log's may be waited for."""
    os.write(2, f"{STOPPED_AT_ONCE} {AGAIN}\n".encode())
    os._exit(INCOMPLETE)
