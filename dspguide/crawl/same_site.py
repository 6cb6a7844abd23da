"""Keeps the crawl on the book's site, and as safe as it was begun."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

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

    A crawl that began by https goes on by https, whatever links and redirects say. A name and
    password in a link is left out: Scrapy's handler knows no such hosts.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._spider = CrawlContext.of(crawler).spider
        self._secure = self._spider.start_url.startswith("https:")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Request | None:
        if request.url.startswith("data:"):
            return None
        came_from = request.meta.get("redirect_urls", [])
        origin = (came_from or [self._spider.start_url])[0]
        if not self._spider.may_visit(request.url):
            raise OffSiteError(
                f"{origin} leads away from the book's site, to {request.url}. If that is meant, "
                "name its host in allowed_domains."
            )
        url = self._safe(request.url)
        if url == request.url:
            return None
        if url in came_from:
            raise OffSiteError(
                f"{origin} leads to {request.url}, which is not secure, and the crawl began by "
                "https. If that is meant, begin it by http."
            )
        return request.replace(url=url)

    def _safe(self, url: str) -> str:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if self._secure and parts.scheme == "http":
            parts = parts._replace(scheme="https")
            host = host.removesuffix(":80")
        return parts._replace(netloc=host).geturl()
