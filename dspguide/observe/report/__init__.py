"""A page beside the book that shows what the run did."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.utils.asyncio import call_later

from dspguide.book.run import INCOMPLETE
from dspguide.crawl.context import CrawlContext
from dspguide.crawl.signals import contents_read
from dspguide.errors import UploadError
from dspguide.observe.trace import Trace
from dspguide.store.files import write_atomically

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

logger = logging.getLogger(__name__)

SUFFIX = ".html"

_SOON = 0.05
"""Seconds after the contents, when the first chapters are waited for."""


class Report:
    """Writes a report beside each book and each record that a run makes.

    It has the book's name: a run that failed reports beside the book that is there, a run that
    changed nothing leaves the report of the one that did.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self._contents_read, contents_read)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def spider_opened(self) -> None:
        self._trace = Trace.of(self._crawler)

    def _contents_read(self) -> None:
        if CrawlContext.of(self._crawler).run.current is None:  # there will be a report
            call_later(_SOON, _compile)

    async def spider_closed(self) -> None:
        """Write the report, if there is something to report, and send it where the book was."""
        context = CrawlContext.of(self._crawler)
        if context.run.last_output is None:
            return
        book, manifest = context.run.last_output
        path = book.with_suffix(SUFFIX)
        from dspguide.observe.report.page import page  # noqa: PLC0415  # see _compile()

        outcome = context.outcome
        file = None if manifest.book.pages is None else book.name
        # The last line of a run that succeeded is what the page itself says.
        notes = outcome.lines[:-1] if outcome.complete else outcome.lines
        text = page(manifest, file, notes, self._trace.exchanges, self._trace.now)
        try:
            write_atomically(path, text.encode("utf-8", "replace"))
            if manifest.book.complete:
                path.with_name(f"{path.stem}{INCOMPLETE}{SUFFIX}").unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s cannot be written: %s.", path, error.strerror or error)
            return
        where = str(path)
        if manifest.book.sent_to is not None:
            try:
                where = await context.destination.upload_beside(self._crawler, path)
            except UploadError as error:
                logger.warning("%s", error)
        outcome.lines.insert(-1, f"The report: {where}")


def _compile() -> None:
    """Have the template ready: that takes 0.07 s of CPU, which a run has while it waits."""
    from dspguide.observe.report.page import compile_template  # noqa: PLC0415  # it needs Jinja2

    compile_template("page.html")
