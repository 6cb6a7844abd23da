"""Goes on with a transfer that broke off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import DownloadCancelledError, StopDownload

from dspguide.errors import FetchError, StoreError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

    from dspguide.net.transfer import Transfer


class ResumeMiddleware:
    """Keeps the bytes of a file on disk as they come, and asks only for the rest.

    Works on requests that carry a Transfer. Bytes are taken from Scrapy's signals, which come
    before a failure does. It stands next to the downloader, so that each hop of a redirect and each
    retry passes it.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ResumeMiddleware:
        middleware = cls()
        crawler.signals.connect(middleware.headers_received, signals.headers_received)
        crawler.signals.connect(middleware.bytes_received, signals.bytes_received)
        return middleware

    def process_request(self, request: Request) -> None:
        transfer = _transfer(request)
        if transfer is None:
            return
        try:
            transfer.prepare(request)
        except OSError as error:
            raise _unwritable(transfer, error) from error

    def headers_received(self, headers: Headers, request: Request) -> None:
        transfer = _transfer(request)
        if transfer is not None and not transfer.begin(request, headers):
            raise StopDownload(fail=True)

    def bytes_received(self, data: bytes, request: Request) -> None:
        transfer = _transfer(request)
        if transfer is None:
            return
        try:
            transfer.receive(data)
        except (OSError, FetchError) as error:
            transfer.failure = error
            raise StopDownload(fail=True) from error

    def process_response(self, request: Request, response: Response) -> Response:
        transfer = _transfer(request)
        if transfer is None:
            return response
        try:
            return transfer.complete(response)
        except OSError as error:
            raise _unwritable(transfer, error) from error

    def process_exception(self, request: Request, exception: Exception) -> None:
        transfer = _transfer(request)
        if transfer is None:
            return
        transfer.partial.close()
        if isinstance(exception, DownloadCancelledError):  # larger than DOWNLOAD_MAXSIZE
            transfer.partial.discard()
        if isinstance(transfer.failure, OSError):
            raise _unwritable(transfer, transfer.failure) from exception
        if transfer.failure is not None:
            raise transfer.failure from exception


def _transfer(request: Request) -> Transfer | None:
    transfer: Transfer | None = request.meta.get("transfer")
    return transfer


def _unwritable(transfer: Transfer, error: OSError) -> StoreError:
    return StoreError(f"{transfer.partial.path} cannot be written: {error.strerror or error}.")
