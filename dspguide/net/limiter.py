"""Slots for requests in flight, and pauses that hosts have asked for.

Scrapy 2.19 counts a transfer only once its task runs, so that a burst of media requests passes its
own limits; a download handler that waits for a slot here holds them exactly.
"""

from __future__ import annotations

import asyncio
import bisect
import itertools
import math
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dspguide.errors import CrawlStoppedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_TELLING = 16_384  # bytes of an answer that takes more than one packet on any line


@dataclass
class Pace:
    """What the network is like, by the answers so far."""

    latency: float = math.inf
    """Seconds to the first byte, at the least."""
    rate: float = 0.0
    """Bytes a second on one connection, at the most."""

    def note(self, waited: float, size: int, seconds: float) -> None:
        """Note an answer: seconds to its first byte, its bytes, and seconds until they were here.

        A few bytes come with the headers, and say nothing of the rate.
        """
        self.latency = min(self.latency, waited)
        if size >= _TELLING:
            self.rate = max(self.rate, size / max(seconds, 1e-6))


@dataclass
class _Host:
    limit: int
    active: int = 0
    held_until: float = 0.0
    """Time of the event loop before which no request goes to the host."""
    why: str = ""
    """Why it is held."""


@dataclass(order=True)
class _Waiter:
    rank: tuple[int, int]
    host: str = field(compare=False)
    turn: asyncio.Future[None] = field(compare=False)


class RequestLimiter:
    """Hands out slots for requests in flight, at most `total` at once and `per_host` to one host.

    It decides nothing: HostLimits has hosts held, or get fewer.
    """

    def __init__(self, total: int, per_host: int) -> None:
        self.pace = Pace()
        self._total = total or math.inf  # 0 is Scrapy's way of saying no limit
        self.per_host = per_host
        """The most requests in flight to one host."""
        self._in_flight = 0
        self._hosts: dict[str, _Host] = {}
        self._waiting: list[_Waiter] = []
        self._arrivals = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self.stopped = asyncio.Event()

    @asynccontextmanager
    async def slot(self, host: str, priority: int = 0) -> AsyncIterator[None]:
        """Wait for a slot; higher priority first, then first come first served.

        Raises CrawlStoppedError when the crawl stops before there is one.
        """
        await self._enter(host, priority)
        try:
            yield
        finally:
            self._leave(host)

    async def pause(self, seconds: float) -> None:
        """Wait without a slot. Raises CrawlStoppedError when the crawl stops meanwhile."""
        try:
            await asyncio.wait_for(self.stopped.wait(), seconds)
        except asyncio.TimeoutError:
            return
        raise CrawlStoppedError("the crawl was stopped before it could be tried again")

    def hold(self, host: str, seconds: float, why: str = "as the server asked") -> None:
        """Let no request go to a host for so many seconds from now."""
        state, until = self._host(host), _now() + seconds
        if until > state.held_until:
            state.held_until, state.why = until, why

    def held_for(self, host: str) -> float:
        """Return for how many seconds from now no request goes to a host."""
        state = self._hosts.get(host)
        return max(0.0, state.held_until - _now()) if state else 0.0

    def why_held(self, host: str) -> str:
        """Return why a host was held last, in a few words."""
        return self._host(host).why

    def limit(self, host: str) -> int:
        """Return how many requests may go to a host at once."""
        return self._host(host).limit

    def set_limit(self, host: str, count: int) -> None:
        """Let so many requests go to a host at once, at least one and at most `per_host`."""
        self._host(host).limit = max(1, min(count, self.per_host))
        self._serve()

    def in_flight(self, host: str) -> int:
        """Return how many requests a host is answering now."""
        return self._host(host).active

    def stop(self) -> None:
        """Let nobody in any more."""
        self.stopped.set()
        for waiter in self._waiting:
            if not waiter.turn.done():
                waiter.turn.set_exception(stopped_before_its_turn())
        self._waiting.clear()
        if self._alarm is not None:
            self._alarm.cancel()

    async def _enter(self, host: str, priority: int) -> None:
        if self.stopped.is_set():
            raise stopped_before_its_turn()
        turn = asyncio.get_running_loop().create_future()
        waiter = _Waiter((-priority, next(self._arrivals)), host, turn)
        bisect.insort(self._waiting, waiter)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave(host)  # the slot had been given, and nobody took it
            raise

    def _leave(self, host: str) -> None:
        self._in_flight -= 1
        self._host(host).active -= 1
        self._serve()

    def _serve(self) -> None:
        """Give the free slots to those who wait, and set an alarm for hosts that are held."""
        now, wake = _now(), math.inf
        for waiter in self._waiting.copy():
            if self._in_flight >= self._total:
                break
            host = self._host(waiter.host)
            if host.held_until > now:
                wake = min(wake, host.held_until)
            elif host.active < host.limit and not waiter.turn.done():
                self._waiting.remove(waiter)
                self._in_flight += 1
                host.active += 1
                waiter.turn.set_result(None)
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        self._alarm = None if wake == math.inf else loop.call_at(wake, self._serve)

    def _host(self, name: str) -> _Host:
        return self._hosts.setdefault(name, _Host(self.per_host))


def _now() -> float:
    return asyncio.get_running_loop().time()


def stopped_before_its_turn() -> CrawlStoppedError:
    """Return the error for a request that was not sent, since the crawl was told to stop."""
    return CrawlStoppedError("the crawl was stopped before its turn came")
