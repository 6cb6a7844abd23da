"""All use of what Scrapy and Twisted do not document; tested with Scrapy 2.19.0, Twisted 26.4.

Each piece says what would replace it.
"""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ResponseReader,
    _ScrapyAgent,
)
from scrapy.crawler import CrawlerProcessBase
from twisted.web._newclient import ParseError
from twisted.web.http_headers import InvalidHeaderName

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from scrapy import Request
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress
    from twisted.web.client import Agent, HTTPConnectionPool
    from twisted.web.client import Response as TxResponse
    from twisted.web.iweb import IResponse

    from dspguide.net.transfer import Transfer

_HEAD_MOST = 256 * 1024  # bytes of status line and headers; browsers take about as many
_CONNECT_TIMEOUT = 15.0  # seconds for which a connection may be in the making


def turn_away(crawler: Crawler, error: Exception) -> None:
    """Let no request wait for DOWNLOAD_DELAY or AutoThrottle any more.

    When a crawl is told to stop, Scrapy has each request wait its time all the same, and then sends
    it to the handler. A signal or a method of the downloader for that would replace this.
    """
    for slot in crawler.engine.downloader.slots.values():
        while slot.queue:
            _, turn = slot.queue.popleft()
            turn.errback(error)


def end_when_forced(end: Callable[[], None], seconds: float) -> None:
    """Have the second SIGINT or SIGTERM call `end`, in a thread, so many seconds later.

    Scrapy's forced shutdown still waits for threads, one of which may wait for a disk for ever.
    Call it again and again: Scrapy puts its handler for the second signal in place at the first. A
    time-out of that shutdown would replace this.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if getattr(handler, "__func__", None) is CrawlerProcessBase._signal_kill:  # noqa: SLF001
            signal.signal(number, partial(_force, end, seconds, handler))


def _force(
    end: Callable[[], None], seconds: float, forced: Any, number: int, frame: FrameType | None
) -> None:
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    forced(number, frame)


class KeepingAgent(_ScrapyAgent):
    """Sends one request; a body that its Transfer takes to the disk is not kept in memory as well.

    A handler of Scrapy's that streams bodies, and signals that tell the status, would replace it.
    """

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        return super()._get_agent(request, min(timeout, _CONNECT_TIMEOUT))

    def _cb_bodyready(self, txresponse: TxResponse, request: Request) -> Any:
        transfer: Transfer | None = request.meta.get("transfer")
        if transfer is not None:
            transfer.status = int(txresponse.code)
            txresponse.deliverBody = partial(_deliver, txresponse.deliverBody, transfer)  # type: ignore[method-assign]
        return super()._cb_bodyready(txresponse, request)


def _deliver(
    deliver: Callable[[_ResponseReader], None], transfer: Transfer, reader: _ResponseReader
) -> None:
    take = reader.dataReceived

    def take_and_forget(data: bytes) -> None:
        take(data)
        if transfer.is_kept:
            reader._bodybuf.seek(0)  # noqa: SLF001  # see the class above
            reader._bodybuf.truncate()  # noqa: SLF001

    reader.dataReceived = take_and_forget  # type: ignore[method-assign]
    deliver(reader)


def forgive(pool: HTTPConnectionPool) -> None:
    """Have a pool's connections take the odd headers that browsers take, and no endless ones.

    Settings for these in Twisted's client would replace it.
    """
    pool._factory = _ForgivingFactory  # noqa: SLF001  # as Scrapy's handler does


class _ForgivingFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _ForgivingProtocol:  # noqa: ARG002, N802
        return _ForgivingProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _ForgivingProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Deferred[IResponse]:
        answer = super().request(request)
        assert self._parser is not None  # noqa: S101  # request() has made it
        self._parser.__class__ = _ForgivingParser
        return answer


class _ForgivingParser(_LenientHTTPClientParser):
    head_size = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self.head_size += len(line)
        if self.head_size > _HEAD_MOST:
            raise ParseError("the headers have no end", line[:80])  # type: ignore[no-untyped-call]
        super().lineReceived(line)

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802
        if name.lower() == b"transfer-encoding" and value.lower() in {b"identity", b""}:
            return  # which says that there is none
        with suppress(InvalidHeaderName):  # a name with spaces, say, is nothing that we look for
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]
