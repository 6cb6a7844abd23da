"""Whether, when and how often something is asked for again: decided here and nowhere else.

The spider asks about pages that look odd, the middleware about answers that failed, and the files
pipeline about files that are no good. How many requests a host gets at once, and when the next, is
for HostLimits to say; what failed for a host's sake is asked for again without being counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import ResponseDataLossError, StopDownload
from scrapy.utils.misc import load_object
from scrapy.utils.response import response_status_message

from dspguide.errors import FetchError, ProxyUnreachableError
from dspguide.net.connection_errors import is_unreachable
from dspguide.net.host_limits import REFUSALS, Backoff, HostLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from dspguide.net.limiter import RequestLimiter
    from dspguide.net.transfer import Transfer

TOO_MUCH = "the server sent more than the rest of the file"


_GONE = frozenset({401, 403, 404, 410})
"""What a link that was good for a time, or for one request, is answered with later."""

_REDIRECTS = ("redirect_urls", "redirect_times", "redirect_ttl", "redirect_reasons")


@dataclass
class RetryPolicy:
    """Decides about the requests of one crawl.

    The settings RETRY_* mean what Scrapy's manual says. Differs from Scrapy's RetryMiddleware in
    that it waits before it asks again (BACKOFF_START, doubling, up to BACKOFF_MAX), that an attempt
    which brought new bytes of a file does not count against RETRY_TIMES, that pages and files cut
    short are asked for again too, that an attempt does not count either which the host may have
    refused for the number of requests, or which fell into an outage (HostLimits), and that nothing
    is asked for once the crawl is told to stop. What was redirected is asked for again where it was
    first, since what it was redirected to may be good for one request only. Without RETRY_ENABLED
    nothing is asked for again, but what came is still looked at.
    """

    crawler: Crawler
    spider: Spider
    limiter: RequestLimiter
    notify: Callable[[Request, float, str], None]
    """Told when a request is put off: the one to be sent, seconds, why."""

    def __post_init__(self) -> None:
        settings = self.crawler.settings
        self.enabled = settings.getbool("RETRY_ENABLED")
        self._times = settings.getint("RETRY_TIMES")
        self._codes = {int(code) for code in settings.getlist("RETRY_HTTP_CODES")}
        self._errors: tuple[type[Exception], ...] = (
            StopDownload,
            ProxyUnreachableError,
            *(load_object(kind) for kind in settings.getlist("RETRY_EXCEPTIONS")),
        )
        self._backoff = Backoff(
            settings.getfloat("BACKOFF_START"),
            settings.getfloat("BACKOFF_MAX"),
            settings.getfloat("RETRY_AFTER_MAX"),
        )
        self.hosts = HostLimits(self.limiter, self._backoff, settings.getfloat("OUTAGE_MAX"))

    # -- pages -------------------------------------------------------------------------------

    def page_again(self, request: Request, why: str) -> Request | None:
        """Return one more request for a page that looked wrong: busy servers send odd pages."""
        options = {"max_retry_times": min(1, self._times), "give_up_log_level": "DEBUG"}
        return self._retry(request, why, options) if self.enabled else None

    async def _after_page(self, request: Request, response: Response) -> Response | Request:
        """Have a page asked for again that may be cut: without a length, only its end tells.

        Raises ResponseDataLossError.
        """
        if "partial" not in response.flags or b"</html" in response.body[-4096:].lower():
            return response
        why = "the page has no end"
        retry = await self.again(request, why)
        if retry is None:
            raise ResponseDataLossError(why)
        return retry

    # -- files -------------------------------------------------------------------------------

    async def _after_file(
        self, request: Request, response: Response, transfer: Transfer
    ) -> Response | Request:
        """Have the rest of a file asked for that was cut, or the whole where a rest is no use.

        Raises FetchError, ResponseDataLossError.
        """
        if response.status in {206, 416}:
            # The rest of a file that is not one; or there is none: the file changed.
            why = f"the server answered a request for the rest with status {response.status}"
            return await self._whole_again(request, transfer, why) or response
        if response.status >= 400 and "Range" in request.headers:
            # What is here stays until the whole file comes.
            transfer.ranges_work = bool(request.meta.get("redirect_urls"))
            return await self.again(request, response_status_message(response.status)) or response
        if response.status != 200:
            return response
        if transfer.missing < 0:
            retry = await self._whole_again(request, transfer, TOO_MUCH)
            if retry is None:
                raise FetchError(TOO_MUCH)
            return retry
        if transfer.missing:
            retry = await self.after_break(request, "the transfer was cut short")
            if retry is None:
                raise ResponseDataLossError(f"{transfer.missing} bytes are missing")
            return retry
        return response

    async def after_rejection(
        self, request: Request, transfer: Transfer, why: str, *, is_pdf: bool
    ) -> Request | None:
        """Return the request to send for a file that came and was no good."""
        if is_pdf and transfer.may_go_on:
            return await self.after_break(request, why)
        if not is_pdf and "Range" in request.headers:
            transfer.ranges_work = False  # some send the rest as if it were the whole
        retry = await self.again(request, why)
        if retry is not None and is_pdf:
            transfer.partial.discard()
        return retry

    async def _whole_again(self, request: Request, transfer: Transfer, why: str) -> Request | None:
        transfer.ranges_work = False
        transfer.partial.discard()
        return await self.again(request, why)

    # -- any request -------------------------------------------------------------------------

    async def after_answer(self, request: Request, response: Response) -> Response | Request:
        """Return the answer where it is good, else the request to send in place of this one.

        Raises CrawlStoppedError, FetchError, ResponseDataLossError.
        """
        transfer: Transfer | None = request.meta.get("transfer")
        uncounted = self._uncounted(request)
        if uncounted is not None:
            return uncounted
        if response.status in _GONE and request.meta.get("redirect_urls"):
            return await self.again(request, response_status_message(response.status)) or response
        if response.status in self._codes:
            refused = response.status in REFUSALS  # the host is held for those
            retry = await self.again(
                request, response_status_message(response.status), wait=not refused
            )
            if retry is not None and transfer is not None and not refused and self._is_last(retry):
                transfer.ranges_work = False  # there are servers that fail only with a rest
            return retry or response
        if transfer is None:
            return await self._after_page(request, response)
        return await self._after_file(request, response, transfer)

    async def after_error(self, request: Request, error: Exception, why: str) -> Request | None:
        """Return the request to send in place of one that failed without an answer."""
        uncounted = self._uncounted(request)
        if uncounted is not None:
            return uncounted
        if not isinstance(error, self._errors):
            return None
        if is_unreachable(error) and not self.hosts.any_reached:
            # Nothing answers: who waits for that should know it soon.
            return await self.again(request, why, times=1)
        return await self.after_break(request, why)

    async def after_break(self, request: Request, why: str) -> Request | None:
        """Return the request that goes on with a transfer, or like again() where nothing new came.

        Raises CrawlStoppedError.
        """
        transfer: Transfer | None = request.meta.get("transfer")
        if self.enabled and transfer is not None and transfer.progressed():
            self.crawler.stats.inc_value("retry/after_progress")
            return _at_first_url(request)
        return await self.again(request, why)

    async def again(
        self, request: Request, why: str, *, wait: bool = True, times: int | None = None
    ) -> Request | None:
        """Return, after a wait, the request to send in place of one that failed.

        None when RETRY_TIMES are spent, or as many `times`, or RETRY_ENABLED is off. Raises
        CrawlStoppedError.
        """
        if not self.enabled:
            return None
        options: dict[str, Any] = {
            option: request.meta[option]
            for option in ("max_retry_times", "priority_adjust", "give_up_log_level")
            if option in request.meta
        }
        if times is not None:
            options["max_retry_times"] = min(times, self._times)
        retry = self._retry(request, why, options)
        if retry is not None and wait:
            seconds = self._backoff.seconds(retry.meta["retry_times"])
            self.notify(retry, seconds, why)
            await self.limiter.pause(seconds)
        return retry

    def _uncounted(self, request: Request) -> Request | None:
        """Return the request to send in place of one that failed for a reason not its own."""
        if not (self.enabled and self.hosts.excused(request)):
            return None
        self.crawler.stats.inc_value("retry/uncounted")
        return _at_first_url(request)

    def _retry(self, request: Request, why: str, options: dict[str, Any]) -> Request | None:
        retry = get_retry_request(request, spider=self.spider, reason=why, **options)
        if retry is not None:
            # Scrapy's HTTP cache, where it is switched on, would answer the same again.
            retry.meta["dont_cache"] = True
            retry = _at_first_url(retry)
        return retry

    def _is_last(self, request: Request) -> bool:
        """Tell whether there is no retry after this one."""
        most = request.meta.get("max_retry_times", self._times)
        return bool(request.meta["retry_times"] >= most)


def _at_first_url(request: Request) -> Request:
    """Return a copy of a request, at the URL where it was before any redirect."""
    again = request.replace(
        url=request.meta.get("redirect_urls", [request.url])[0], dont_filter=True
    )
    for name in _REDIRECTS:
        again.meta.pop(name, None)
    return again
