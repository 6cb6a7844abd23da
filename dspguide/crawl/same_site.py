"""Keeps the crawl on the book's site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.errors import OffSiteError
from dspguide.urls import same_site

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class SameSiteMiddleware:
    """Refuses requests to other sites, those that a redirect leads to included.

    Scrapy's own OffsiteMiddleware lets requests pass that have dont_filter set, which retried ones
    have, and takes a host with another port for the same site.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SameSiteMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        start = getattr(self._crawler.spider, "url", request.url)
        if not same_site(request.url, start):
            origin = request.meta.get("redirect_urls", [start])[0]
            raise OffSiteError(f"{origin} leads away from the book's site, to {request.url}.")
