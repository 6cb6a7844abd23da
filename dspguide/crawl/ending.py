"""How a crawl ends: noticed at once, given a reason for what watches it, and told in last lines."""

from __future__ import annotations

import logging
import os

from scrapy.exceptions import CloseSpider
from scrapy.utils.asyncio import AsyncioLoopingCall

from dspguide.book.outcome import (
    AGAIN,
    INCOMPLETE,
    INCOMPLETE_REASON,
    STOPPED_AT_ONCE,
    Advice,
    log_last_lines,
)
from dspguide.crawl.context import Component
from dspguide.crawl.scrapy_private import end_when_forced, turn_away
from dspguide.net.limiter import stopped_before_its_turn

_LOOK_EVERY = 0.1  # seconds

logger = logging.getLogger("dspguide")


class ShutdownMonitor(Component):
    """Tells the limiter when the crawl is told to stop: Scrapy has no signal for that moment."""

    def spider_opened(self) -> None:
        self._call = AsyncioLoopingCall(self._look)
        self._call.start(_LOOK_EVERY, now=False)

    def spider_closed(self) -> None:
        self.context.limiter.stop()
        if self._call.running:
            self._call.stop()

    def _look(self) -> None:
        if self.crawler.crawling:
            return
        self.context.limiter.stop()
        turn_away(self.crawler, stopped_before_its_turn())
        end_when_forced(_end, self.crawler.settings.getfloat("STOP_GRACE"))


def _end() -> None:
    """End the process at once; no lock of the log's may be waited for."""
    os.write(2, f"{STOPPED_AT_ONCE} {AGAIN}\n".encode())
    os._exit(INCOMPLETE)


class Verdict(Component):
    """Says how the run ended, in the last lines; BookPipeline said it while errors are counted.

    A run that is known to have no complete book closes with the reason `book_incomplete`; where
    that turns out while the book is made, or the user stopped the run, the stats say so.
    """

    def spider_error(self) -> None:
        """Note that there was an error in the program; the log has it."""
        self.context.outcome.advise(Advice.PROGRAM)

    item_error = spider_error

    def spider_idle(self) -> None:
        """Close the spider for the reason that is known before the book is made."""
        context = self.context
        jobs = context.run.jobs
        lacking = not jobs or any(
            not job.delivered or job.chapter.error is not None for job in jobs
        )
        if context.begun and not context.spider.dry_run and lacking:
            raise CloseSpider(INCOMPLETE_REASON)

    def spider_closed(self) -> None:
        if self.context.begun and not self.context.outcome.complete:
            # CoreStats has the reason of what was closed before this was known.
            self.crawler.stats.set_value("finish_reason", INCOMPLETE_REASON)

    def engine_stopped(self) -> None:
        """Say how it ended, in the last lines of the log."""
        if self.context.begun:
            log_last_lines(self.context.outcome)


class RefusedStart(Component):
    """Ends a crawl at once whose settings or arguments make no sense.

    `scrapy crawl` finds that out before; this is for scripts, runspider and scrapyd.
    """

    def spider_opened(self) -> None:
        self.engine_stopped()
        raise CloseSpider(INCOMPLETE_REASON)

    def engine_stopped(self) -> None:
        logger.error("%s.", self.crawler.spider.usage_error)  # type: ignore[union-attr]  # a BookSpider
