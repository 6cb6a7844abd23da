"""Keeps the crawl on the book's site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.crawl.context import CrawlContext
from dspguide.errors import OffSiteError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from typing_extensions import Self


class SameSiteMiddleware:
    """Refuses requests to other sites, those that a redirect leads to included.

    Scrapy's own OffsiteMiddleware lets requests pass that have dont_filter set, which retried ones
    have, and takes a host with another port for the same site.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._spider = CrawlContext.of(crawler).spider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if not request.url.startswith("data:") and not self._spider.may_visit(request.url):
            origin = request.meta.get("redirect_urls", [self._spider.start_url])[0]
            raise OffSiteError(
                f"{origin} leads away from the book's site, to {request.url}. If that is meant, "
                "name its host in allowed_domains."
            )
