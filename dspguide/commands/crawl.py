"""`scrapy crawl`, with an exit status that tells whether the book is complete."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError

from dspguide.addons import DspguideAddon, checked_settings
from dspguide.errors import BadArgumentError
from dspguide.outcome import AGAIN
from dspguide.places import BookPlace
from dspguide.store import store_folder

if TYPE_CHECKING:
    import argparse

    from scrapy import Spider

INCOMPLETE = 3

logger = logging.getLogger("dspguide")


class Command(CrawlCommand):
    """Runs a spider; the exit status is 0 for a complete and current book, else 3."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("give the name of one spider")
        self.exitcode = self.crawl(args[0], opts.spargs)

    def crawl(self, spider: str | type[Spider], arguments: dict[str, str]) -> int:
        """Run a spider to its end, say what became of the book, and return the exit status."""
        process = self.crawler_process
        assert process is not None and self.settings is not None  # noqa: S101, PT018  # set by Scrapy
        try:
            crawler = process.create_crawler(spider)
            checked_settings(crawler.settings)
            store_folder(crawler.settings)
            trial = crawler.spidercls(**arguments)
            BookPlace(crawler.settings, trial, getattr(trial, "variant", ""))
        except BadArgumentError as error:
            logger.error("%s.", error)  # noqa: TRY400  # the sentence says it all
            return 1
        process.crawl(crawler, **arguments)
        gc.freeze()  # what was imported stays: nothing in it becomes garbage while the crawl runs
        process.start()
        if process.bootstrap_failed:
            return 1
        addon = crawler.get_addon(DspguideAddon)
        if addon is None:
            return 0
        outcome = addon.outcome
        if not outcome.lines:
            # A second signal ends the process before the spider can be closed.
            addon.close()
            outcome.fail("Stopped at once. What was downloaded is kept.", AGAIN)
        for line in outcome.lines:
            logger.log(logging.INFO if outcome.complete else logging.ERROR, "%s", line)
        # The process ends now: looking for garbage would take longer than the book's last steps.
        gc.freeze()
        return 0 if outcome.complete else INCOMPLETE
