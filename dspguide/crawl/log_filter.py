"""Keeps out of the log what frightens and helps nobody."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.utils.log import get_scrapy_root_handler
from twisted.internet.error import ConnectError

from dspguide.errors import DspguideError
from dspguide.pdf import PdfError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self


class ExpectedErrorFilter(logging.Filter):
    """Takes out tracebacks of what any network or disk can do.

    Only our own errors and Scrapy's download errors lose theirs; LOG_LEVEL=DEBUG has everything.
    """

    EXPECTED = (
        DspguideError,
        PdfError,
        CannotResolveHostError,
        DownloadCancelledError,
        DownloadConnectionRefusedError,
        DownloadFailedError,
        DownloadTimeoutError,
        ResponseDataLossError,
        ConnectError,
        TunnelError,
    )

    def __init__(self, crawler: Crawler) -> None:
        super().__init__()
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.engine_stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if crawler.settings.get("LOG_LEVEL") == "DEBUG":
            raise NotConfigured
        return cls(crawler)

    def spider_opened(self) -> None:
        handler = get_scrapy_root_handler()
        if handler is not None:
            handler.addFilter(self)

    def engine_stopped(self) -> None:
        handler = get_scrapy_root_handler()
        if handler is not None:
            handler.removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], self.EXPECTED):
            record.exc_info = record.exc_text = None
        return True
