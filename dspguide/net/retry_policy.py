"""Whether, when and how often something is asked for again: decided here and nowhere else.

The spider asks about pages that look odd, the middleware about answers that failed, and the files
pipeline about files that are no good. How many requests a host gets at once, and when the next, is
for HostLimits to say; what failed for a host's sake is asked for again without being counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import ResponseDataLossError, StopDownload
from scrapy.utils.misc import load_object
from scrapy.utils.response import response_status_message

from dspguide.errors import FetchError, ProxyUnreachableError
from dspguide.net.connections import is_unreachable
from dspguide.net.host_limits import REFUSALS, Backoff, HostLimits

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from dspguide.net.limiter import RequestLimiter
    from dspguide.net.transfer import Transfer

_GONE = frozenset({401, 403, 404, 410})
"""What a link that was good for a time, or for one request, is answered with later."""

_REDIRECTS = ("redirect_urls", "redirect_times", "redirect_ttl", "redirect_reasons")


@dataclass
class RetryPolicy:
    """Decides about the requests of one crawl.

    The settings RETRY_* mean what Scrapy's manual says. Differs from Scrapy's RetryMiddleware in
    that it waits before it asks again (BACKOFF_START, doubling, up to BACKOFF_MAX); that against
    RETRY_TIMES no attempt counts which brought new bytes of a file, which the host may have refused
    for the number of requests, or which fell into an outage (HostLimits); that pages and files cut
    short are asked for again too, and nothing once the crawl is told to stop. What was redirected
    is asked for again where it was first, as what it led to may be good for one request only.
    Without RETRY_ENABLED nothing is asked for again, but what came is still looked at.
    """

    crawler: Crawler
    spider: Spider
    limiter: RequestLimiter
    put_off: object
    """The signal that is sent when a request is put off, with `request`, `seconds` and `why`."""

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
        seconds = map(settings.getfloat, ("BACKOFF_START", "BACKOFF_MAX", "RETRY_AFTER_MAX"))
        self._backoff = Backoff(*seconds)
        self.hosts = HostLimits(self.limiter, self._backoff, settings.getfloat("OUTAGE_MAX"))

    # -- told by the middleware --------------------------------------------------------------

    async def after_answer(self, request: Request, response: Response) -> Response | Request:
        """Return the answer where it is good, else the request to send in place of this one.

        Raises CrawlStoppedError, FetchError, ResponseDataLossError.
        """
        if uncounted := self._uncounted(request):
            return uncounted
        transfer: Transfer | None = request.meta.get("transfer")
        status, why = response.status, response_status_message(response.status)
        if status in _GONE and request.meta.get("redirect_urls"):
            return await self._again(request, why) or response
        if status in self._codes:
            refused = status in REFUSALS  # the host is held for those
            retry = await self._again(request, why, wait=not refused)
            most = request.meta.get("max_retry_times", self._times)
            if retry and transfer and not refused and retry.meta["retry_times"] >= most:
                transfer.ranges_work = False  # there are servers that fail only with a rest
            return retry or response
        if transfer is not None:
            return await self._after_file(request, response, transfer)
        if "partial" in response.flags and b"</html" not in response.body[-4096:].lower():
            # Without a length, only its end tells whether a page is cut.
            return await self._go_on_or(request, ResponseDataLossError("the page has no end"))
        return response

    async def _after_file(
        self, request: Request, response: Response, transfer: Transfer
    ) -> Response | Request:
        """Have the rest of a file asked for that was cut, or the whole where a rest is no use."""
        status = response.status
        if status in {206, 416}:
            # The rest of a file that is not one; or there is none: the file changed.
            transfer.start_over()
            why = f"the server answered a request for the rest with status {status}"
            return await self._again(request, why) or response
        if status >= 400 and "Range" in request.headers:
            # What is here stays until the whole file comes.
            transfer.ranges_work = bool(request.meta.get("redirect_urls"))
            return await self._again(request, response_status_message(status)) or response
        if status == 200 and transfer.missing < 0:
            transfer.start_over()
            too_much = FetchError("the server sent more than the rest of the file")
            return await self._go_on_or(request, too_much)
        if status == 200 and transfer.missing:
            cut = ResponseDataLossError("the transfer was cut short")
            return await self._go_on_or(request, cut)
        return response

    async def after_error(self, request: Request, error: Exception, why: str) -> Request | None:
        """Return the request to send in place of one that failed without an answer."""
        if uncounted := self._uncounted(request):
            return uncounted
        if not isinstance(error, self._errors):
            return None
        if is_unreachable(error) and not self.hosts.any_reached:
            # Nothing answers: who waits for that should know it soon.
            return await self._again(request, why, most=1)
        return await self._go_on(request, why)

    # -- asked by spider and pipeline --------------------------------------------------------

    def page_again(self, request: Request, why: str) -> Request | None:
        """Return one more request for a page that looked wrong: busy servers send odd pages."""
        return self._retry(request, why, 1, "DEBUG")

    async def file_again(
        self, request: Request, transfer: Transfer, why: str, *, is_pdf: bool
    ) -> Request | None:
        """Return the request to send for a file that came and was no good."""
        if is_pdf and transfer.may_go_on:
            return await self._go_on(request, why)
        if not is_pdf and "Range" in request.headers:
            transfer.ranges_work = False  # some send the rest as if it were the whole
        retry = await self._again(request, why)
        if retry is not None and is_pdf:
            transfer.partial.discard()
        return retry

    # -- any request -------------------------------------------------------------------------

    async def _go_on_or(self, request: Request, error: Exception) -> Request:
        retry = await self._go_on(request, str(error))
        if retry is None:
            raise error
        return retry

    async def _go_on(self, request: Request, why: str) -> Request | None:
        """Return the request that goes on with a transfer; as _again() where nothing new came."""
        transfer: Transfer | None = request.meta.get("transfer")
        if self.enabled and transfer is not None and transfer.progressed():
            self.crawler.stats.inc_value("retry/after_progress")
            return _at_first_url(request)
        return await self._again(request, why)

    async def _again(
        self, request: Request, why: str, *, wait: bool = True, most: int | None = None
    ) -> Request | None:
        """Return, after a wait, the request to send in place of one that failed.

        None when RETRY_TIMES are spent, or as many as `most`, or RETRY_ENABLED is off. Raises
        CrawlStoppedError.
        """
        retry = self._retry(request, why, most, request.meta.get("give_up_log_level"))
        if retry is not None and wait:
            seconds = self._backoff.seconds(retry.meta["retry_times"])
            send = self.crawler.signals.send_catch_log
            send(self.put_off, request=retry, seconds=seconds, why=why)
            await self.limiter.pause(seconds)
        return retry

    def _retry(
        self, request: Request, why: str, most: int | None, give_up_log_level: int | str | None
    ) -> Request | None:
        if not self.enabled:
            return None
        retry = get_retry_request(
            request,
            spider=self.spider,
            reason=why,
            max_retry_times=most if most is None else min(most, self._times),
            priority_adjust=request.meta.get("priority_adjust"),
            give_up_log_level=give_up_log_level,
        )
        if retry is not None:
            # Scrapy's HTTP cache, where it is switched on, would answer the same again.
            retry.meta["dont_cache"] = True
            retry = _at_first_url(retry)
        return retry

    def _uncounted(self, request: Request) -> Request | None:
        """Return the request to send in place of one that failed for a reason not its own."""
        if not (self.enabled and self.hosts.excused(request)):
            return None
        self.crawler.stats.inc_value("retry/uncounted")
        return _at_first_url(request)


def _at_first_url(request: Request) -> Request:
    """Return a copy of a request, at the URL where it was before any redirect."""
    first = request.meta.get("redirect_urls", [request.url])[0]
    again = request.replace(url=first, dont_filter=True)
    for name in _REDIRECTS:
        again.meta.pop(name, None)
    return again
