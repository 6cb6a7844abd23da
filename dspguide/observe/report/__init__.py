"""A page beside the book that shows what the run did."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals

from dspguide.addon import DspguideAddon
from dspguide.observe.trace import Trace
from dspguide.pipelines.book import INCOMPLETE

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler
    from typing_extensions import Self

logger = logging.getLogger(__name__)

SUFFIX = ".html"


class Report:
    """Writes a report beside each book and each record that a run makes.

    It has the book's name: a run that failed reports beside the book that is there, a run that
    changed nothing leaves the report of the one that did.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._shared = DspguideAddon.of(crawler)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def spider_opened(self) -> None:
        self._trace = Trace.of(self._crawler)

    def spider_closed(self) -> None:
        """Write the report, if there is something to report."""
        if self._shared.made is None:
            return
        book, manifest = self._shared.made
        path = book.with_suffix(SUFFIX)
        from dspguide.observe.report.page import page  # noqa: PLC0415  # a run may end without one

        outcome = self._shared.outcome
        file = None if manifest.book["pages"] is None else book.name
        # The last line of a run that succeeded is what the page itself says.
        notes = outcome.lines[:-1] if outcome.complete else outcome.lines
        text = page(manifest, file, notes, self._trace.exchanges, self._trace.now)
        try:
            _write(path, text)
            if manifest.book["complete"]:
                path.with_name(f"{path.stem}{INCOMPLETE}{SUFFIX}").unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s cannot be written: %s.", path, error.strerror or error)
        else:
            outcome.lines.insert(-1, f"The report: {path}")


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
