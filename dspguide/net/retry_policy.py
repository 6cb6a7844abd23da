"""Whether, when and how often something is asked for again: decided here and nowhere else.

The spider asks about pages that look odd, the middleware about answers that failed, the files
pipeline about files that are no good, and the download handler tells what every host answered.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import ResponseDataLossError, StopDownload
from scrapy.extensions.httpcache import rfc1123_to_epoch
from scrapy.utils.misc import load_object
from scrapy.utils.response import response_status_message

from dspguide.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from dspguide.net.limiter import RequestLimiter
    from dspguide.net.transfer import Transfer

REFUSALS = frozenset({429, 503})
"""Statuses by which a host says that it wants fewer requests."""

TOO_MUCH = "the server sent more than the rest of the file"


@dataclass
class Backoff:
    """How long to wait before asking again, in seconds: doubling from `start` to `most`."""

    start: float
    most: float
    retry_after_most: float
    """The longest Retry-After that is honoured in full."""

    def seconds(self, failures: int) -> float:
        """Return the wait after so many failures (1, 2, …), with jitter of up to a half."""
        whole = min(self.start * 2.0 ** min(failures - 1, 32), self.most)
        return whole * random.uniform(0.5, 1)  # noqa: S311  # not for secrets


@dataclass
class RetryPolicy:
    """Decides about the requests of one crawl.

    The settings RETRY_* mean what Scrapy's manual says. Differs from Scrapy's RetryMiddleware in
    that it waits before it asks again (BACKOFF_START, doubling, up to BACKOFF_MAX), that an attempt
    which brought new bytes of a file does not count against RETRY_TIMES, that pages and files cut
    short are asked for again too, and that nothing is once the crawl is told to stop. Without
    RETRY_ENABLED nothing is asked for again, but what came is still looked at.
    """

    crawler: Crawler
    spider: Spider
    limiter: RequestLimiter
    notify: Callable[[Request, float, str], None]
    """Told when a request is put off: the one to be sent, seconds, why."""
    _refusals: dict[str, int] = field(default_factory=dict)
    """How often a host refused, one time after the other."""

    def __post_init__(self) -> None:
        settings = self.crawler.settings
        self.enabled = settings.getbool("RETRY_ENABLED")
        self._times = settings.getint("RETRY_TIMES")
        self._codes = {int(code) for code in settings.getlist("RETRY_HTTP_CODES")}
        self._errors: tuple[type[Exception], ...] = (
            StopDownload,
            *(load_object(kind) for kind in settings.getlist("RETRY_EXCEPTIONS")),
        )
        self._backoff = Backoff(
            settings.getfloat("BACKOFF_START"),
            settings.getfloat("BACKOFF_MAX"),
            settings.getfloat("RETRY_AFTER_MAX"),
        )

    # -- what a host can bear ----------------------------------------------------------------

    def note_answer(self, request: Request, response: Response) -> None:
        """Have a host that refuses left alone for its time, then asked half as often at once.

        Each answer that is no refusal gives it one request at once back.
        """
        host = urlsplit(request.url).netloc
        if response.status not in REFUSALS:
            self._refusals.pop(host, None)
            self.limiter.relax(host)
            return
        self.limiter.restrict(host)
        wanted = retry_after_seconds(response.headers.get("Retry-After"), time.time())
        seconds = min(wanted or 0.0, self._backoff.retry_after_most)
        if not self.limiter.held_for(host):  # else one overload, refused to several in flight
            failures = self._refusals[host] = self._refusals.get(host, 0) + 1
            # A host may name no time at all, or one that is over.
            seconds = max(seconds, self._backoff.seconds(failures))
        self.limiter.hold(host, seconds)

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
            transfer.ranges_work = False  # what is here stays until the whole file comes
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
        return await self.after_break(request, why) if isinstance(error, self._errors) else None

    async def after_break(self, request: Request, why: str) -> Request | None:
        """Return the request that goes on with a transfer, or like again() where nothing new came.

        Raises CrawlStoppedError.
        """
        transfer: Transfer | None = request.meta.get("transfer")
        if self.enabled and transfer is not None and transfer.progressed():
            self.crawler.stats.inc_value("retry/after_progress")
            again = request.copy()
            again.dont_filter = True
            return again
        return await self.again(request, why)

    async def again(self, request: Request, why: str, *, wait: bool = True) -> Request | None:
        """Return, after a wait, the request to send in place of one that failed.

        None when RETRY_TIMES are spent, or RETRY_ENABLED is off. Raises CrawlStoppedError.
        """
        if not self.enabled:
            return None
        options: dict[str, Any] = {
            option: request.meta[option]
            for option in ("max_retry_times", "priority_adjust", "give_up_log_level")
            if option in request.meta
        }
        retry = self._retry(request, why, options)
        if retry is not None and wait:
            seconds = self._backoff.seconds(retry.meta["retry_times"])
            self.notify(retry, seconds, why)
            await self.limiter.pause(seconds)
        return retry

    def _retry(self, request: Request, why: str, options: dict[str, Any]) -> Request | None:
        retry = get_retry_request(request, spider=self.spider, reason=why, **options)
        if retry is not None:
            # Scrapy's HTTP cache, where it is switched on, would answer the same again.
            retry.meta["dont_cache"] = True
        return retry

    def _is_last(self, request: Request) -> bool:
        """Tell whether there is no retry after this one."""
        most = request.meta.get("max_retry_times", self._times)
        return bool(request.meta["retry_times"] >= most)


def retry_after_seconds(value: bytes | None, now: float) -> float | None:
    """Return what a Retry-After header asks for, in seconds from `now` (a POSIX time).

    The header holds seconds or a date (RFC 9110, 10.2.3); anything else counts as not sent.
    """
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    date = rfc1123_to_epoch(text)
    return None if date is None else max(0.0, date - now)
