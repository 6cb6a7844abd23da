"""What the components of one crawl share."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from scrapy import signals as scrapy_signals
from scrapy.exceptions import CloseSpider
from scrapy.utils.asyncio import run_in_thread

from dspguide.book.binding import Binding
from dspguide.book.destination import BookDestination
from dspguide.book.outcome import INCOMPLETE_REASON, Outcome, unwritable
from dspguide.book.run import BookRun
from dspguide.crawl import signals
from dspguide.crawl.failure_reasons import explain
from dspguide.errors import BookError, MissingComponentError, StoreError
from dspguide.net.limiter import RequestLimiter
from dspguide.net.retry_policy import RetryPolicy
from dspguide.pdf import Limits
from dspguide.store.location import open_store

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure
    from typing_extensions import Self

    from dspguide.items import Contents
    from dspguide.spiders.base import BookSpider

logger = logging.getLogger("dspguide")


class Component:
    """One of Scrapy's components; its methods that are named for a signal, of ours too, get it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        for name, signal in {**vars(scrapy_signals), **vars(signals)}.items():
            if type(signal) is object and hasattr(self, name):
                crawler.signals.connect(getattr(self, name), signal)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def context(self) -> CrawlContext:
        """What the components share."""
        return CrawlContext.of(self.crawler)


class CrawlContext(Component):
    """Owns what the components of one crawl share; it is whole before the first of them is made.

    An extension, since Scrapy makes those before all other components. Components get it by of().
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        spider: BookSpider = crawler.spider  # type: ignore[assignment]  # the add-on is for no other
        total = settings.getint("CONCURRENT_REQUESTS")
        per_host = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self.spider = spider
        self.limiter = RequestLimiter(total, min(per_host, total or per_host))
        self.retries = RetryPolicy(crawler, spider, self.limiter, put_off=signals.retry_waits)
        self.destination = BookDestination(settings, spider, spider.variant)
        self.store = open_store(settings, spider.name)
        limits = Limits(decoded_bytes=settings.getint("BOOK_STREAM_MAXSIZE"))
        self.binding = Binding(settings.getint("BOOK_WORKERS"), limits, self.store.work)
        self.run = BookRun(
            self.destination,
            accept_changes=settings.getbool("ACCEPT_CHANGES"),
            front_matter=settings.getbool("BOOK_FRONT_MATTER"),
            link_references=settings.getbool("BOOK_LINK_REFERENCES"),
            permitted_use=spider.permitted_use,
        )
        self.outcome = Outcome()
        self.began = time.time()
        """POSIX time at which the crawl was set up."""
        self.begun = False
        """Whether this is a run for a book, and no `scrapy shell` or `scrapy parse`."""

    @classmethod
    def of(cls, crawler: Crawler) -> CrawlContext:
        """Return the context of a crawl. Raises MissingComponentError where there is none."""
        context = crawler.get_extension(cls)
        if context is None:
            raise MissingComponentError(
                "The book needs the add-on and all that it brings: ADDONS has to hold "
                "dspguide.BookAddon, and EXTENSIONS must not switch off "
                f"{cls.__module__}.{cls.__qualname__}"
            )
        return context

    async def begin(self) -> None:
        """Take the store for this run, and see that the book can be put in its place.

        Raises CloseSpider, with the reason in the spider's `contents_error`.
        """
        self.begun = True
        try:
            await self._lock_store()
            if not self.spider.dry_run:
                self.destination.check()
                run = self.run
                run.previous, run.intact = await run_in_thread(self.destination.look)
                if run.previous is None:
                    # A book has to be bound whatever the contents: the processes load meanwhile.
                    self.binding.warm()
        except (StoreError, BookError) as error:
            self.spider.contents_error = str(error)
            raise CloseSpider(INCOMPLETE_REASON) from error

    def take_contents(self, contents: Contents, whole: Contents) -> None:
        """Take the chapters of this run, and of the whole book, from the spider.

        Begins to bind, where there is no current book of them. Raises ChangedSiteError.
        """
        if not self.begun:
            return
        self.run.begin(contents)
        self.binding.take(self.run.plan)
        if self.spider.dry_run:
            return
        if not self.spider.offline:
            try:
                self.store.save_contents(whole)
            except OSError as error:
                self.spider.contents_error = unwritable(error)
        if self.run.current is None or self.spider.offline:
            self.run.current = None
            self.binding.start()

    def explain(self, failure: Failure | BaseException) -> str:
        """Return why something failed, in words, and have the last lines say what helps."""
        found = explain(failure)
        self.outcome.advise(found.advice)
        return found.words

    def stop(self) -> None:
        """End what a crawl that was cut off by a second signal could not end itself."""
        self.binding.close()
        self.store.unlock()

    async def spider_closed(self) -> None:
        try:
            await run_in_thread(self.store.unlock)
        except StoreError as error:
            logger.warning("%s Its lock ends by itself.", error)

    async def _lock_store(self) -> None:
        """Take the book's folder, and wait for a run that has it, as STORE_BUSY says."""
        store = self.store
        if not await run_in_thread(store.lock):
            if self.crawler.settings.get("STORE_BUSY") == "leave":
                raise StoreError(
                    f"Another run is using the chapters' folder {store.place}. With "
                    "-s STORE_BUSY=wait this one would have waited for its end."
                )
            logger.info("Another run is using %s: waiting for it to end.", store.place)
            while not await run_in_thread(store.lock):  # noqa: ASYNC110  # others set no event
                await asyncio.sleep(store.LOOK_EVERY)
            logger.info("The other run has ended: going on.")
        try:
            await run_in_thread(store.take_over, self.spider.start_url)
        except OSError as error:
            logger.warning("%s cannot be taken over: %s.", error.filename, error.strerror)
