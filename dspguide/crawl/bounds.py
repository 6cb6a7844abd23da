"""Where requests may lead, and what a page may cost; files have bounds of their own (Transfer)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.exceptions import DownloadCancelledError, StopDownload
from scrapy.http import HtmlResponse
from scrapy.utils.response import get_meta_refresh

from dspguide.crawl.context import Component
from dspguide.crawl.failure_reasons import TOO_LARGE_PAGE
from dspguide.errors import OffSiteError, UnavailableError
from dspguide.pages import says_pdf
from dspguide.urls import page_key

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

_ROBOTS_MOST = 512 * 1024  # bytes: RFC 9309 (2.5) wants at least 500 KiB of it read

# A page in which tags are denser than that, over its whole size, is there to cost memory: an
# element takes about 1.5 kB once it is read, and 0.2 ms.
_BYTES_A_TAG = 64


class SameSiteMiddleware(Component):
    """Refuses requests to other sites, those that a redirect leads to included.

    Scrapy's own OffsiteMiddleware lets requests pass that have dont_filter set, which retried ones
    have, and takes a host with another port for the same site.

    A crawl that began by https goes on by https, whatever links and redirects say. A name and
    password in a link is left out: Scrapy's handler knows no such hosts.
    """

    def process_request(self, request: Request) -> Request | None:
        if request.url.startswith("data:"):
            return None
        spider = self.context.spider
        came_from = request.meta.get("redirect_urls", [])
        origin = (came_from or [spider.start_url])[0]
        if not spider.may_visit(request.url):
            raise OffSiteError(
                f"{origin} leads away from the book's site, to {request.url}. If that is meant, "
                "name its host in allowed_domains."
            )
        parts = urlsplit(request.url)
        host = parts.netloc.rpartition("@")[2]
        if parts.scheme == "http" and spider.start_url.startswith("https:"):
            parts, host = parts._replace(scheme="https"), host.removesuffix(":80")
        url = parts._replace(netloc=host).geturl()
        if url == request.url:
            return None
        if url in came_from:
            raise OffSiteError(
                f"{origin} leads to {request.url}, which is not secure, and the crawl began by "
                "https. If that is meant, begin it by http."
            )
        return request.replace(url=url)


class CheckedRedirectMiddleware(RedirectMiddleware):
    """Says so where a redirect names no URL, which Scrapy's would end in a traceback for."""

    def process_response(  # type: ignore[override]  # Scrapy's takes a spider that it warns of
        self, request: Request, response: Response
    ) -> Request | Response:
        try:
            redirected: Request | Response = super().process_response(request, response)
        except ValueError as error:
            location = (response.headers.get("Location") or b"").decode("latin-1")
            raise UnavailableError(
                f"the server redirects it to what is no URL: {location[:200]!r}"
            ) from error
        return redirected


class PageRefreshMiddleware(MetaRefreshMiddleware):
    """Takes a page that reloads itself, or leads back to where it came from, for the page."""

    def process_response(  # type: ignore[override]  # Scrapy's takes a spider that it warns of
        self, request: Request, response: Response
    ) -> Request | Response:
        try:
            if isinstance(response, HtmlResponse):
                _, url = get_meta_refresh(response, ignore_tags=self._ignore_tags)
                seen = [request.url, *request.meta.get("redirect_urls", [])]
                if url and page_key(url) in {page_key(one) for one in seen}:
                    return response
            refreshed: Request | Response = super().process_response(request, response)
        except ValueError:  # what it leads to is no URL
            return response
        return refreshed


class PageBoundsMiddleware(Component):
    """Refuses pages with more than PAGE_MAXSIZE bytes, before or after they are decoded.

    It stands before those that decode, so that it sees what comes out. Tags count as so many bytes
    each, however short they are: 4 MiB may have 65,536, six each for 10,000 chapters.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._most = crawler.settings.getint("PAGE_MAXSIZE")

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
