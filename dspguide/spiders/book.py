"""Any book in chapters, described on the command line."""

from __future__ import annotations

from dspguide.spiders.base import BookSpider


class AnyBookSpider(BookSpider):
    """`scrapy crawl book -a url=…`: every attribute of BookSpider is an argument."""

    name = "book"
