"""Shows how far a run is: a display on a terminal, else quiet lines in the log."""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall
from scrapy.utils.log import get_scrapy_root_handler

from dspguide.book.outcome import megabytes
from dspguide.crawl.context import CrawlContext
from dspguide.crawl.signals import retry_waits
from dspguide.observe.progress.state import State, plain
from dspguide.observe.trace import Trace

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

    from dspguide.book.run import BookRun
    from dspguide.observe.progress.display import Display

TICK = 0.2
"""Seconds between two looks at the run."""
_TRANSFERS_AT_MOST = 3
"""Those that a line of the log names."""

logger = logging.getLogger("dspguide")


class Progress:
    """Shows how far a run is.

    On a terminal that can be written anew there is a display at its foot, with the log above; else,
    and where the log goes to a file, the log gets a line for each chapter. With PROGRESS=off there
    is neither.
    """

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings.get("PROGRESS") == "off":
            raise NotConfigured
        self._crawler = crawler
        self._lines: LogLines | None = None
        self._display: Display | None = None
        self._wants_display = False
        self._call = AsyncioLoopingCall(self._look)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def spider_opened(self) -> None:
        """Begin to look, where this is a crawl for a book and no `scrapy shell`."""
        settings, context = self._crawler.settings, CrawlContext.of(self._crawler)
        self._state = state = State(Trace.of(self._crawler), context.limiter, context.run)
        self._crawler.signals.connect(state.pause, retry_waits)
        self._wants_display = can_display() and not _writes_items_to_terminal(self._crawler)
        if not context.spider.dry_run and not (self._wants_display and _logs_to_terminal()):
            interval = settings.getfloat("LOGSTATS_INTERVAL")
            self._lines = LogLines(state, context.run, interval)
            self._crawler.signals.connect(self._lines.item_scraped, signals.item_scraped)
        self._call.start(TICK, now=False)

    def spider_closed(self) -> None:
        if self._call.running:
            self._call.stop()
        self._end_display()

    def _look(self) -> None:
        if self._lines is not None:
            self._lines.look()
        if not self._wants_display:
            return
        try:
            if self._display is None:
                from dspguide.observe.progress.display import Display  # noqa: PLC0415  # takes time to import

                self._display = Display(self._state)
            self._display.refresh()
        except OSError:  # the terminal was closed, which is no reason to lose the book
            self._end_display()

    def _end_display(self) -> None:
        self._wants_display = False
        if self._display is not None:
            with suppress(OSError):  # where there is no terminal any more
                self._display.end()


class LogLines:
    """Logs each chapter that is done, and now and then that nothing has come.

    `interval` is the time in seconds without a chapter after which the log says what the run is
    waiting for; 0 for never.
    """

    def __init__(self, state: State, run: BookRun, interval: float) -> None:
        self._state, self._run, self._interval = state, run, interval
        self._last = time.monotonic()

    def item_scraped(self, item: Any) -> None:
        """Log what became of a chapter."""
        job = self._run.job_of(item)
        if job is None:
            return
        chapter = job.chapter
        level, what = logging.INFO, chapter.status
        if chapter.error is not None:
            level, what = logging.WARNING, f"missing. {chapter.error.rstrip('.')}"
        elif chapter.status != "unchanged" and chapter.bytes is not None:
            what = megabytes(chapter.bytes)
        name = plain(chapter.name[:1].upper() + chapter.name[1:])
        logger.log(level, "%s: %s (%s of %s)", name, what, self._state.done, self._state.expected)
        self._last = time.monotonic()

    def look(self) -> None:
        """Log what the run is waiting for, if no line has been logged for long."""
        now, state = time.monotonic(), self._state
        if not self._interval or now - self._last < self._interval:
            return
        self._last = now
        statuses = [plain(str(status)) for status in state.transfers()]
        if len(statuses) > _TRANSFERS_AT_MOST:
            statuses[_TRANSFERS_AT_MOST:] = [f"{len(statuses) - _TRANSFERS_AT_MOST} more"]
        far = "the contents are to come"
        if state.expected is not None:
            far = f"{state.done} of {state.expected} chapters, {megabytes(state.received)} came"
        logger.info("Still waiting: %s", "; ".join([far, *statuses]))


def can_display() -> bool:
    """Tell whether standard error is a terminal on which lines can be written anew."""
    if sys.stderr is None or not sys.stderr.isatty():
        return False
    kind = os.environ.get("TERM", "" if os.name == "posix" else "windows").lower()
    return kind not in {"", "dumb", "unknown"}


def _logs_to_terminal() -> bool:
    handler = get_scrapy_root_handler()
    return isinstance(handler, logging.StreamHandler) and handler.stream.isatty()


def _writes_items_to_terminal(crawler: Crawler) -> bool:
    """Tell whether `-O -:json` and its like share the terminal."""
    feeds = map(str, crawler.settings.getdict("FEEDS"))
    return any(uri.startswith("stdout:") for uri in feeds) and sys.stdout.isatty()
