"""Pages through this project's downloader: slots, retries and all, but no book.

scrapy runspider pages_spider.py -a url=URL -a times=TIMES
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.exceptions import CloseSpider

from dspguide.spiders import BookSpider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response


class PagesSpider(BookSpider):
    """Asks for one page so many times."""

    name = "pages"

    def __init__(self, times: str = "1", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._times = int(times)

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for _ in range(self._times):
            yield scrapy.Request(self.start_url, callback=self.count, dont_filter=True)

    def count(self, response: Response) -> None:
        """Take note that the page is here; the stats count it."""
        if not response.body:
            raise CloseSpider("empty")
