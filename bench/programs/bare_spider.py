"""Scrapy with its own settings and a spider that fetches one page: what any crawl costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import scrapy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response


class BareSpider(scrapy.Spider):
    """Fetches the page at `url`."""

    name = "bare"
    url = ""  # given with -a

    async def start(self) -> AsyncIterator[scrapy.Request]:
        yield scrapy.Request(self.url)

    def parse(self, response: Response) -> None:
        self.logger.info("%s bytes", len(response.body))
