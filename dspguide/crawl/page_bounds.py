"""Bounds what a page may cost; files have bounds of their own (Transfer)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.exceptions import DownloadCancelledError, StopDownload

from dspguide.errors import UnavailableError
from dspguide.pages import says_pdf

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response
    from typing_extensions import Self

TOO_LARGE_PAGE = "the page is larger than PAGE_MAXSIZE allows"

_ROBOTS_MOST = 512 * 1024
"""Bytes of a robots.txt: RFC 9309 (2.5) wants at least 500 KiB of it read."""

_BYTES_A_TAG = 64
"""A page in which tags are denser than that, over its whole size, is there to cost memory: an
element takes about 1.5 kB once it is read, and 0.2 ms."""


class PageBoundsMiddleware:
    """Refuses pages with more than PAGE_MAXSIZE bytes, before or after they are decoded.

    It stands before those that decode, so that it sees what comes out. Tags count as so many bytes
    each, however short they are: 4 MiB may have 65,536, six each for 10,000 chapters.
    """

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler.settings.getint("PAGE_MAXSIZE"))
        crawler.signals.connect(middleware.headers_received, signals.headers_received)
        return middleware

    def headers_received(self, headers: Headers, request: Request) -> None:
        """Stop where a link to a page leads to a PDF: it is fetched as a file."""
        if "transfer" not in request.meta and says_pdf(headers):
            raise StopDownload(fail=False)

    def process_request(self, request: Request) -> None:
        if "transfer" not in request.meta:
            robots = urlsplit(request.url).path == "/robots.txt"
            most = min(self._most, _ROBOTS_MOST) if robots and self._most else self._most
            request.meta.setdefault("download_maxsize", most)

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002  # Scrapy's
        tags = response.body.count(b"<")
        if 0 < self._most < tags * _BYTES_A_TAG:
            raise UnavailableError(f"{TOO_LARGE_PAGE}: it has {tags} tags")
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, DownloadCancelledError) and "transfer" not in request.meta:
            raise UnavailableError(TOO_LARGE_PAGE) from exception
