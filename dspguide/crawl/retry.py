"""Decides when to ask again, and how long to wait before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import ResponseDataLossError, StopDownload
from scrapy.utils.misc import load_object
from scrapy.utils.response import response_status_message

from dspguide.addon import DspguideAddon
from dspguide.crawl.handler import REFUSALS
from dspguide.crawl.reasons import reason
from dspguide.crawl.signals import retry_waits
from dspguide.errors import FetchError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from dspguide.net.transfer import Transfer

TOO_MUCH = "the server sent more than the rest of the file"


class PatienceMiddleware:
    """Retries what may come right, in place of Scrapy's RetryMiddleware.

    Differs in that it waits before it asks again (BACKOFF_START, doubling, up to BACKOFF_MAX), that
    an attempt which brought new bytes of a file does not count against RETRY_TIMES, that pages and
    files cut short are retried too, and that nothing is retried once the crawl is told to stop.
    The settings RETRY_* mean what Scrapy's manual says; without RETRY_ENABLED nothing is asked for
    again, but what came is still looked at.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._enabled = settings.getbool("RETRY_ENABLED")
        self._line = DspguideAddon.of(crawler).line
        self._codes = {int(code) for code in settings.getlist("RETRY_HTTP_CODES")}
        self._exceptions: tuple[type[Exception], ...] = (
            StopDownload,
            *(load_object(kind) for kind in settings.getlist("RETRY_EXCEPTIONS")),
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PatienceMiddleware:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        if request.meta.get("dont_retry"):
            return response
        transfer: Transfer | None = request.meta.get("transfer")
        if response.status in self._codes:
            refused = response.status in REFUSALS  # for those the line itself holds the host
            why = response_status_message(response.status)
            retry = await self.again(request, why, wait=not refused)
            if retry is not None and transfer is not None and not refused and self._is_last(retry):
                transfer.ranges_work = False  # there are servers that fail only with a rest
            return retry or response
        if transfer is None:
            return await self._whole_page(request, response)
        return await self._whole_file(request, response, transfer)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if request.meta.get("dont_retry") or not isinstance(exception, self._exceptions):
            return None
        return await self.after_break(request, reason(exception))

    async def _whole_page(self, request: Request, response: Response) -> Response | Request:
        """Retry a page that may be cut: without a length, only its own end tells."""
        if "partial" not in response.flags or b"</html" in response.body[-4096:].lower():
            return response
        retry = await self.again(request, "the page has no end")
        if retry is None:
            raise ResponseDataLossError("the page has no end")
        return retry

    async def _whole_file(
        self, request: Request, response: Response, transfer: Transfer
    ) -> Response | Request:
        if response.status in {206, 416}:
            # The rest of a file that is not one; or there is none: the file changed.
            transfer.ranges_work = False
            transfer.part.discard()
            why = f"the server answered a request for the rest with status {response.status}"
            return await self.again(request, why) or response
        if response.status >= 400 and "Range" in request.headers:
            transfer.ranges_work = False  # what is here stays until the whole file comes
            why = response_status_message(response.status)
            return await self.again(request, why) or response
        if response.status != 200:
            return response
        if transfer.missing < 0:
            transfer.ranges_work = False
            transfer.part.discard()
            retry = await self.again(request, TOO_MUCH)
            if retry is None:
                raise FetchError(TOO_MUCH)
            return retry
        if transfer.missing:
            retry = await self.after_break(request, "the transfer was cut short")
            if retry is None:
                raise ResponseDataLossError(f"{transfer.missing} bytes are missing")
            return retry
        return response

    async def after_break(self, request: Request, why: str) -> Request | None:
        """Return the request that goes on with a transfer, or like again() where nothing new came.

        Raises CrawlStoppedError.
        """
        transfer: Transfer | None = request.meta.get("transfer")
        if self._enabled and transfer is not None and transfer.progressed():
            self._crawler.stats.inc_value("retry/after_progress")
            again = request.copy()
            again.dont_filter = True
            return again
        return await self.again(request, why)

    async def again(self, request: Request, why: str, *, wait: bool = True) -> Request | None:
        """Return, after a wait, the request to send in place of one that failed.

        None when RETRY_TIMES are spent, or RETRY_ENABLED is off. Raises CrawlStoppedError.
        """
        if not self._enabled:
            return None
        options: dict[str, Any] = {
            option: request.meta[option]
            for option in ("max_retry_times", "priority_adjust", "give_up_log_level")
            if option in request.meta
        }
        spider = self._crawler.spider
        assert spider is not None  # noqa: S101  # for the type checker: the crawl is running
        again = get_retry_request(request, spider=spider, reason=why, **options)
        if again is not None:
            # Scrapy's HTTP cache, where it is switched on, would answer the same again.
            again.meta["dont_cache"] = True
        if again is not None and wait:
            seconds = self._line.backoff.seconds(again.meta["retry_times"])
            send = self._crawler.signals.send_catch_log
            send(retry_waits, request=again, seconds=seconds, why=why)
            await self._line.pause(seconds)
        return again

    def _is_last(self, request: Request) -> bool:
        """Tell whether there is no retry after this one."""
        most = request.meta.get("max_retry_times", self._crawler.settings.getint("RETRY_TIMES"))
        return bool(request.meta["retry_times"] >= most)
