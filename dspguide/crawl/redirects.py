"""Follows redirects, but none to nowhere and none to the same page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.http import HtmlResponse
from scrapy.utils.response import get_meta_refresh

from dspguide.errors import UnavailableError
from dspguide.urls import page_key

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


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
