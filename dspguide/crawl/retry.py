"""The middlewares that ask again; RetryPolicy decides whether, and Transfer knows for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import DownloadCancelledError, StopDownload

from dspguide.crawl.context import Component
from dspguide.crawl.failure_reasons import reason
from dspguide.errors import FetchError, StoreError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Headers, Response

    from dspguide.net.transfer import Transfer


class BackoffRetryMiddleware(Component):
    """Sends again what may come right, in place of Scrapy's RetryMiddleware."""

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        if request.meta.get("dont_retry"):
            return response
        return await self.context.retries.after_answer(request, response)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if request.meta.get("dont_retry"):
            return None
        return await self.context.retries.after_error(request, exception, reason(exception))


class ResumeMiddleware(Component):
    """Keeps the bytes of a file on disk as they come, and asks only for the rest.

    Works on requests that carry a Transfer. Bytes are taken from Scrapy's signals, which come
    before a failure does. It stands next to the downloader, so that each hop of a redirect and each
    retry passes it.
    """

    def process_request(self, request: Request) -> None:
        if transfer := _transfer(request):
            transfer.prepare(request)

    def headers_received(self, headers: Headers, request: Request) -> None:
        transfer = _transfer(request)
        if transfer and not transfer.begin(request, headers):
            raise StopDownload(fail=True)

    def bytes_received(self, data: bytes, request: Request) -> None:
        if transfer := _transfer(request):
            try:
                transfer.receive(data)
            except (FetchError, StoreError) as error:
                transfer.failure = error
                raise StopDownload(fail=True) from error

    def process_response(self, request: Request, response: Response) -> Response:
        transfer = _transfer(request)
        return transfer.complete(response) if transfer else response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if transfer := _transfer(request):
            transfer.partial.close()
            if isinstance(exception, DownloadCancelledError):  # larger than DOWNLOAD_MAXSIZE
                transfer.partial.discard()
            if transfer.failure is not None:
                raise transfer.failure from exception


def _transfer(request: Request) -> Transfer | None:
    transfer: Transfer | None = request.meta.get("transfer")
    return transfer
