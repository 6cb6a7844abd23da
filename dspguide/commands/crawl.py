"""`scrapy crawl`, with an exit status that tells whether the book is complete."""

from __future__ import annotations

import gc
import logging
import sys
from typing import TYPE_CHECKING

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError

from dspguide.addon import DspguideAddon, checked_log, checked_settings
from dspguide.book.destination import BookPlace
from dspguide.book.outcome import AGAIN
from dspguide.errors import BadArgumentError
from dspguide.store.chapter_store import store_folder

if TYPE_CHECKING:
    import argparse

    from scrapy import Spider

INCOMPLETE = 3

logger = logging.getLogger("dspguide")


class Command(CrawlCommand):
    """Runs a spider; the exit status is 0 for a complete and current book, else 3."""

    arguments = "chapters=1-4,30 (only these), dry_run=1 (only list them), url=URL (start there)"
    """What help says of -a."""

    def long_desc(self) -> str:
        return (
            f"{self.short_desc()}. The exit status is 0 when the book is complete and current, "
            f"else 3. Arguments for -a: {self.arguments}."
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101  # for the type checker: set by Scrapy
        try:
            checked_log(self.settings)
        except BadArgumentError as error:
            # Nothing is logged yet, and with these settings nothing can be.
            print(f"{error}.", file=sys.stderr)
            sys.exit(1)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        unknown = [arg for arg in args if arg.startswith("-")]
        if unknown:
            raise UsageError(f"there is no option {unknown[0]}")
        self.exitcode = self.run_with(args, opts.spargs)

    def run_with(self, args: list[str], arguments: dict[str, str]) -> int:
        """Do what the command is for, and return the exit status. Raises UsageError."""
        if len(args) != 1:
            raise UsageError("give the name of one spider")
        return self.crawl(args[0], arguments)

    def crawl(self, spider: str | type[Spider], arguments: dict[str, str]) -> int:
        """Run a spider to its end, say what became of the book, and return the exit status."""
        process = self.crawler_process
        assert process is not None and self.settings is not None  # noqa: S101, PT018  # set by Scrapy
        try:
            if isinstance(spider, str) and spider not in process.spider_loader.list():
                raise BadArgumentError(  # noqa: TRY301  # reported below like the others
                    f"There is no spider {spider}; scrapy list names those that there are"
                )
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
