"""What goes on beside the crawl: the lock on the chapters, the eye on a stop, plain words."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.utils.asyncio import AsyncioLoopingCall
from scrapy.utils.log import get_scrapy_root_handler

from dspguide.addon import DspguideAddon, only_for_the_book
from dspguide.errors import DspguideError, StoreError
from dspguide.net.limiter import stopped_before_its_turn

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class StoreLock:
    """Lets one run at a time use a folder of chapters.

    A second run waits for the first, or leaves at once, as STORE_BUSY says (`wait` or `leave`).
    """

    def __init__(self, crawler: Crawler) -> None:
        self._shared = DspguideAddon.of(crawler)
        self._wait = crawler.settings.get("STORE_BUSY") != "leave"
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StoreLock:
        only_for_the_book(crawler)
        return cls(crawler)

    async def spider_opened(self) -> None:
        """Take the folder, or close the spider."""
        try:
            await self._take()
        except StoreError as error:
            self._shared.problem = str(error)
            raise CloseSpider("store") from error

    async def _take(self) -> None:
        store = self._shared.store
        if store.lock():
            return
        if not self._wait:
            raise StoreError(
                f"Another run is using the chapters' folder {store.folder}. With "
                "-s STORE_BUSY=wait this one would have waited for its end."
            )
        logger.info("Another run is using %s: waiting for it to end.", store.folder)
        while not store.lock():  # noqa: ASYNC110  # another process sets no event
            await asyncio.sleep(0.2)
        logger.info("The other run has ended: going on.")

    def spider_closed(self) -> None:
        self._shared.store.unlock()


class StopWatch:
    """Tells the line when the crawl is told to stop: Scrapy has no signal for that moment."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._line = DspguideAddon.of(crawler).line
        self._call = AsyncioLoopingCall(self._look)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StopWatch:
        return cls(crawler)

    def spider_opened(self) -> None:
        self._call.start(0.1, now=False)

    def spider_closed(self) -> None:
        self._line.stop()
        if self._call.running:
            self._call.stop()

    def _look(self) -> None:
        if not self._crawler.crawling:
            self._line.stop()
            self._turn_away()

    def _turn_away(self) -> None:
        """Let nobody wait for DOWNLOAD_DELAY or AutoThrottle any more.

        Scrapy 2.19 would have each request wait its time all the same, and then send it to the
        line.
        """
        engine = self._crawler.engine
        for slot in engine.downloader.slots.values() if engine is not None else ():
            while slot.queue:
                _, turn = slot.queue.popleft()
                turn.errback(stopped_before_its_turn())


class PlainWords(logging.Filter):
    """Takes out of the log what frightens: tracebacks about what any network or disk can do, and
    advice of Scrapy's that does not fit here.

    LOG_LEVEL=DEBUG has everything.
    """

    # Scrapy advises to take what was cut for whole; here the rest is asked for.
    ADVICE = "Got data loss in "

    FORESEEABLE = (
        DspguideError,
        OSError,
        CannotResolveHostError,
        DownloadCancelledError,
        DownloadConnectionRefusedError,
        DownloadFailedError,
        DownloadTimeoutError,
        ResponseDataLossError,
    )

    def __init__(self, crawler: Crawler) -> None:
        super().__init__()
        crawler.signals.connect(self.spider_opened, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PlainWords:
        if crawler.settings.get("LOG_LEVEL") == "DEBUG":
            raise NotConfigured
        return cls(crawler)

    def spider_opened(self) -> None:
        handler = get_scrapy_root_handler()
        if handler is not None:
            handler.addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], self.FORESEEABLE):
            record.exc_info = None
        return not str(record.msg).startswith(self.ADVICE)
