"""The downloader middleware that asks again; RetryPolicy decides whether."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.crawl.context import CrawlContext
from dspguide.crawl.failure_reasons import reason

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self


class BackoffRetryMiddleware:
    """Sends again what may come right, in place of Scrapy's RetryMiddleware."""

    def __init__(self, crawler: Crawler) -> None:
        self._retries = CrawlContext.of(crawler).retries

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        if request.meta.get("dont_retry"):
            return response
        return await self._retries.after_answer(request, response)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if request.meta.get("dont_retry"):
            return None
        return await self._retries.after_error(request, exception, reason(exception))
