"""One client's connection: requests in by twisted.web, answers out byte by byte.

Requests are twisted.web's to parse. Answers are written to the transport by ourselves, because a
fault is often a wrong or a missing byte, which twisted.web does not let through.
"""

import time
from collections.abc import Iterator
from http.client import responses
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web import http

from tests.mockserver.answer import Answer, answer, as_bytes
from tests.mockserver.faults import Fault
from tests.mockserver.ledger import Request
from tests.mockserver.loop import reactor

if TYPE_CHECKING:
    from tests.mockserver.server import Server

_SLICE_SECONDS, _SLICE_BYTES = 0.01, 131072  # handed over at once; twisted sends no more than these


class Pace:
    """A line of so many bytes per second; None is no limit."""

    def __init__(self, rate: float | None) -> None:
        self._rate = float("inf") if rate is None else rate
        self._free_at = 0.0

    def slice_size(self) -> int:
        """Bytes to hand over at once."""
        return max(1, int(min(_SLICE_BYTES, self._rate * _SLICE_SECONDS)))

    def reserve(self, count: int, earliest: float) -> float:
        """Takes the line for `count` bytes; the time.monotonic() at which all are through."""
        self._free_at = max(self._free_at, earliest) + count / self._rate
        return self._free_at


class Channel(http.HTTPChannel):
    """One client's connection, request after request."""

    transport: Any
    _drained: Deferred[None] | None = None

    def __init__(self, server: "Server[Any]") -> None:
        super().__init__()
        self.requestFactory, self.server = Exchange, server
        self.pace = Pace(server.rate)
        self.gone: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        super().connectionMade()
        self.factory = None  # which would keep an access log
        self.server.channels.add(self)
        self.number, open_ = self.server.opened(), len(self.server.channels)
        for fault in self.server.faults:
            if fault.at == "connection" and fault.covers(self.number, open_):
                self.hang_up(reset=fault.refuse == "reset")
                break

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # always given
        super().connectionLost(reason)
        self.server.channels.discard(self)
        self.gone.callback(None)

    def pauseProducing(self) -> None:
        super().pauseProducing()
        self._drained = self._drained or Deferred()

    def resumeProducing(self) -> None:
        super().resumeProducing()
        drained, self._drained = self._drained, None
        if drained is not None:
            drained.callback(None)

    async def send(self, data: bytes) -> None:
        """Returns when the operating system has taken `data` and all before it."""
        tcp = self.transport.transport if self.server.tls else self.transport
        tcp.bufferSize = 0  # so that any write pauses us until it is taken; reading wants more
        self.transport.write(data)
        tcp.bufferSize = FileDescriptor.bufferSize
        if self._drained is not None:
            await self._drained

    def hang_up(self, *, reset: bool) -> None:
        """Ends the connection without another word."""
        end = self.transport.abortConnection if reset else self.loseConnection
        end()


class Exchange(http.Request):
    """One request and its answer."""

    channel: Channel
    _work: Deferred[None] | None = None

    def process(self) -> None:
        """Begins to answer; called when the whole request is there."""
        self._line, server = self.channel, self.channel.server
        uri = urlsplit(self.uri.decode("latin-1"))
        headers = {
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in self.requestHeaders.getAllRawHeaders()
        }
        path = (uri.path or "/") + (f"?{uri.query}" if uri.query else "")
        host = uri.netloc or headers.get("host", "")  # a proxy's client names the host in the URI
        request = Request(self._line.number, self.method.decode(), path, host, headers)
        server.begin(request)
        self._work = Deferred.fromCoroutine(self._process(request, server.fault_of(request)))
        self._work.addErrback(self._failed)

    def connectionLost(self, reason: Failure) -> None:
        """Gives up: the client has left."""
        super().connectionLost(reason)
        if self._work is not None:
            self._work.cancel()

    def _failed(self, failure: Failure) -> None:
        self._line.server.failures.append(failure)
        self._line.hang_up(reset=True)

    async def _process(self, request: Request, fault: Fault) -> None:
        try:
            keep = await self._answer(request, fault)
        except CancelledError:
            return
        finally:
            self._line.server.end(request)
        if keep is not None:
            self.startedWriting = 1  # so that twisted.web writes no head of its own
            self._line.persistent = self._line.persistent and keep
            self.finish()

    async def _answer(self, request: Request, fault: Fault) -> bool | None:
        """Whether the connection may stay open; None when it has been ended."""
        line, server = self._line, self._line.server
        if fault.refuse is not None:
            line.hang_up(reset=fault.refuse == "reset")
            return None
        await _pause(None if fault.silent else server.latency + fault.delay)
        if fault.garbage is not None:
            await line.send(as_bytes(fault.garbage))
            return False
        base = f"{server.scheme}://{request.host}"
        reply = answer(server.site, request, fault, server, base)
        request.status = reply.status
        first = f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}"
        lines = [first, *(f"{name}: {value}" for name, value in reply.headers.items()), "", ""]
        await line.send("\r\n".join(lines).encode("latin-1"))
        request.complete = await self._send_body(reply, request, fault)
        return not reply.close if request.complete else None

    async def _send_body(self, reply: Answer, request: Request, fault: Fault) -> bool:
        """Whether the body went out to its end."""
        line, size, chunked = self._line, len(reply.body), reply.framing == "chunked"
        pace = line.pace if fault.rate is None else Pace(fault.rate)
        stops = {at for at in (fault.cut_after, fault.stall_after) if at is not None and at < size}
        for start, stop in pairwise(sorted({0, size, *stops})):
            if start == fault.cut_after:
                await _pause(0.02 if fault.reset else 0)  # a reset may overtake the bytes
                line.hang_up(reset=fault.reset)
                return False
            if start == fault.stall_after:
                await _pause(fault.stall_for)
            for due, piece in _slices(reply.body[start:stop], pace, line.server.shared):
                await _pause(max(0.0, due - time.monotonic()))
                await line.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                line.server.sent(request, len(piece))
        await line.send(b"0\r\n\r\n" if chunked else b"")
        return True


def _slices(part: bytes, own: Pace, shared: Pace) -> Iterator[tuple[float, bytes]]:
    """Some of a body in slices, each with its time.monotonic(), no faster than both lines allow.

    A slice is due so long after the one before was due: late timers do not slow the line.
    """
    due, rest = time.monotonic(), memoryview(part)
    while rest:
        size = min(own.slice_size(), shared.slice_size(), len(rest))
        due = max(own.reserve(size, due), shared.reserve(size, due))
        yield due, bytes(rest[:size])
        rest = rest[size:]


async def _pause(seconds: float | None) -> None:
    """Waits so long; None: until the client leaves."""
    if seconds is None:
        await Deferred()
    elif seconds:
        await deferLater(reactor(), seconds)
