"""`scrapy crawl`, with an exit status that tells whether the book is complete."""

from __future__ import annotations

import enum
import gc
import logging
import sys
from typing import TYPE_CHECKING, ClassVar

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError
from scrapy.utils.project import inside_project

from dspguide.addon import DEFAULTS, fit
from dspguide.book.outcome import AGAIN, INCOMPLETE, STOPPED_AT_ONCE, log_last_lines
from dspguide.crawl.context import CrawlContext
from dspguide.crawl.settings_checks import check_log, misspelt
from dspguide.errors import BadArgumentError
from dspguide.spiders import BookSpider

if TYPE_CHECKING:
    import argparse

    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger("dspguide")


class ExitStatus(enum.IntEnum):
    """How a command ends."""

    COMPLETE = 0
    """The book at BOOK_URI is complete and current."""
    NOT_STARTED = 1
    """A setting, argument or option is wrong."""
    INCOMPLETE = INCOMPLETE
    """There is no complete book."""


class Command(CrawlCommand):
    """Runs a spider; for one that makes a book, the exit status tells whether it is complete."""

    arguments = "chapters=1-4,30 (only these), dry_run=1 (only list them), url=URL (start there)"
    """What help says of -a."""
    any_spider: ClassVar[bool] = True
    """Whether spiders that make no book are run, as Scrapy runs them."""

    def long_desc(self) -> str:
        return (
            f"{self.short_desc()}. The exit status is 0 when the book is complete and current, "
            f"else 3. Arguments for -a: {self.arguments}."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-q", "--quiet", action="store_true", help="log only warnings")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101  # for the type checker: set by Scrapy
        if opts.quiet:
            self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")
        try:
            check_log(self.settings)
        except BadArgumentError as error:
            # Nothing is logged yet, and with these settings nothing can be.
            print(f"{error}.", file=sys.stderr)
            sys.exit(ExitStatus.NOT_STARTED)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not inside_project():  # Scrapy offers what a package brings everywhere
            raise UsageError("there is no project here", print_help=False)
        if self.any_spider and self._makes_no_book(args):
            super().run(args, opts)
            return
        unknown = [arg for arg in args if arg.startswith("-")]
        if unknown:
            raise UsageError(f"there is no option {unknown[0]}")
        names = [piece.partition("=")[0] for piece in opts.set]
        for name, meant in misspelt(names, list(DEFAULTS)).items():
            logger.warning("%s is no setting. Is %s meant?", name, meant)
        self.exitcode = self.run_with(args, opts.spargs)

    def run_with(self, args: list[str], arguments: dict[str, str]) -> int:
        """Do what the command is for, and return the exit status. Raises UsageError."""
        if len(args) != 1:
            raise UsageError("give the name of one spider")
        return self.crawl(args[0], arguments)

    def crawl(self, spider: str | type[BookSpider], arguments: dict[str, str]) -> int:
        """Run a spider to its end, say what became of the book, and return the exit status.

        One of the project's, by name, or one of this package's, which other projects do not list.
        """
        process = self.crawler_process
        assert process is not None  # noqa: S101  # for the type checker: set by Scrapy
        if isinstance(spider, str) and spider not in process.spider_loader.list():
            logger.error("There is no spider %s; scrapy list names those that there are.", spider)
            return ExitStatus.NOT_STARTED
        crawler = self._create_crawler(spider)
        problem = _problem(crawler, arguments)
        if problem is not None:
            logger.error("%s.", problem)
            return ExitStatus.NOT_STARTED
        process.crawl(crawler, **arguments)
        # What was imported stays: nothing in it becomes garbage while the crawl runs. Without it
        # the whole run takes about 1.07 times the CPU.
        gc.freeze()
        process.start()
        if process.bootstrap_failed:
            return ExitStatus.NOT_STARTED
        return _status(crawler)

    def _makes_no_book(self, args: list[str]) -> bool:
        process = self.crawler_process
        assert process is not None  # noqa: S101  # for the type checker: set by Scrapy
        if len(args) != 1 or args[0] not in process.spider_loader.list():
            return False
        return not issubclass(process.spider_loader.load(args[0]), BookSpider)


def _problem(crawler: Crawler, arguments: dict[str, str]) -> str | None:
    """Return what is wrong with the settings or arguments, before anything is begun."""
    spidercls: type[Spider] = crawler.spidercls
    if not issubclass(spidercls, BookSpider):
        return f"{crawler.spidercls.name} makes no book: run it with scrapy crawl"
    trial = spidercls(**arguments)
    return trial.usage_error or fit(crawler.settings.copy(), trial)


def _status(crawler: Crawler) -> int:
    assert isinstance(crawler.spider, BookSpider)  # noqa: S101  # see _problem()
    context = crawler.get_extension(CrawlContext)
    if context is None:
        logger.error("No new book: %s.", crawler.spider.usage_error)
        return ExitStatus.NOT_STARTED
    if not context.outcome.lines:
        # A second signal ends the process before the spider can be closed.
        context.stop()
        context.outcome.fail(STOPPED_AT_ONCE, AGAIN)
        log_last_lines(context.outcome)
    # The process ends now: looking for garbage would take longer than the book's last steps.
    gc.freeze()
    return ExitStatus.COMPLETE if context.outcome.complete else ExitStatus.INCOMPLETE
