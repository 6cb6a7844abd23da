"""`dspguide book URL`: the book at any address, without code or selectors where they are found."""

from __future__ import annotations

from scrapy.exceptions import UsageError

from dspguide.commands import crawl
from dspguide.spiders.book import AnyBookSpider


class Command(crawl.Command):
    """Runs the spider for any book: `book URL` is `crawl book -a url=URL`."""

    arguments = "chapter_links=CSS, chapters=1-4,30, dry_run=1, … (see docs)"  # see crawl
    any_spider = False

    def syntax(self) -> str:
        return "[options] URL"

    def short_desc(self) -> str:
        return "Make a book of the chapters that the page at URL links"

    def run_with(self, args: list[str], arguments: dict[str, str]) -> int:
        if len(args) != 1 or "url" in arguments:
            raise UsageError("give the address of one page, of the book's home or contents")
        return self.crawl(AnyBookSpider, {**arguments, "url": args[0]})
