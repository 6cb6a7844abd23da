"""All use of what Scrapy does not document; tested with Scrapy 2.19.0.

Each function says what would replace it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


def turn_away(crawler: Crawler, error: Exception) -> None:
    """Let no request wait for DOWNLOAD_DELAY or AutoThrottle any more.

    When a crawl is told to stop, Scrapy has each request wait its time all the same, and then sends
    it to the handler. A signal or a method of the downloader for that would replace this.
    """
    for slot in crawler.engine.downloader.slots.values():
        while slot.queue:
            _, turn = slot.queue.popleft()
            turn.errback(error)
