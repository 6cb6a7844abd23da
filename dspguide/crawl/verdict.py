"""The last lines of a run, for people, and its reason and level, for what watches it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import CloseSpider, NotConfigured

from dspguide.book.outcome import INCOMPLETE_REASON, Advice, log_last_lines
from dspguide.crawl.context import CrawlContext

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

    from dspguide.spiders.base import BookSpider

logger = logging.getLogger("dspguide")


class Verdict:
    """Says how the run ended, in the last lines; BookPipeline said it while errors are counted.

    A run that is known to have no complete book closes with the reason `book_incomplete`; where
    that turns out while the book is made, or the user stopped the run, the stats say so.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self.spider_idle, signals.spider_idle)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self.engine_stopped, signals.engine_stopped)
        crawler.signals.connect(self._mistaken, signals.spider_error)
        crawler.signals.connect(self._mistaken, signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _mistaken(self) -> None:
        """Note that there was an error in the program; the log has it."""
        self._context.outcome.advise(Advice.PROGRAM)

    @property
    def _context(self) -> CrawlContext:
        return CrawlContext.of(self._crawler)

    def spider_idle(self) -> None:
        """Close the spider for the reason that is known before the book is made."""
        context = self._context
        jobs = context.run.jobs
        lacking = not jobs or any(
            not job.delivered or job.chapter.error is not None for job in jobs
        )
        if context.begun and not context.spider.dry_run and lacking:
            raise CloseSpider(INCOMPLETE_REASON)

    def spider_closed(self) -> None:
        context = self._context
        if not context.begun or context.outcome.complete:
            return
        # CoreStats has the reason of what was closed before this was known.
        self._crawler.stats.set_value("finish_reason", INCOMPLETE_REASON)

    def engine_stopped(self) -> None:
        """Say how it ended, in the last lines of the log."""
        if self._context.begun:
            log_last_lines(self._context.outcome)


class RefusedStart:
    """Ends a crawl at once whose settings or arguments make no sense.

    `scrapy crawl` finds that out before; this is for scripts, runspider and scrapyd.
    """

    def __init__(self, crawler: Crawler, spider: BookSpider) -> None:
        self._spider = spider
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.engine_stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if crawler.spider is None:
            raise NotConfigured
        return cls(crawler, crawler.spider)  # type: ignore[arg-type]  # the add-on's, see there

    def spider_opened(self) -> None:
        logger.error("%s.", self._spider.usage_error)
        raise CloseSpider(INCOMPLETE_REASON)

    def engine_stopped(self) -> None:
        logger.error("%s.", self._spider.usage_error)
