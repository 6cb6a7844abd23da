"""Slots for requests in flight, and pauses that hosts have asked for.

Scrapy 2.19 counts a transfer only once its task runs, so that a burst of media requests passes its
own limits; a download handler that waits for a slot here holds them exactly.
"""

from __future__ import annotations

import asyncio
import bisect
import itertools
import math
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

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
class Host:
    """What one host gets of the slots, and what HostLimits noted of it."""

    name: str
    """The netloc of its URLs."""
    limit: int
    """How many requests may go to it at once, ..."""
    ceiling: int
    """... and the most that it has not refused."""
    active: int = 0
    """How many it is answering now."""
    held_until: float = 0.0
    """Before when none goes to it, on the monotonic clock."""
    why_held: str = ""
    refusals: int = 0
    """How often it refused or was not there, one time after the other."""
    good: int = 0
    """Good answers since `ceiling` changed last."""
    reached: bool = False
    lost_since: float | None = None
    """When it was first not to be reached any more, on the monotonic clock."""
    told: bool = False
    """Whether the log has it that it takes fewer."""

    def hold(self, seconds: float, why: str = "as the server asked") -> None:
        """Let no request go to it for so many seconds from now."""
        until = time.monotonic() + seconds
        if until > self.held_until:
            self.held_until, self.why_held = until, why

    @property
    def held_for(self) -> float:
        """For how many seconds from now no request goes to it."""
        return max(0.0, self.held_until - time.monotonic())


# Rank, by priority and then arrival; the host; what is set when the turn comes.
_Waiter: TypeAlias = tuple[tuple[int, int], str, asyncio.Future[None]]


class RequestLimiter:
    """Hands out slots for requests in flight, at most `total` at once and `per_host` to one host.

    It decides nothing: HostLimits has hosts held, or get fewer.
    """

    def __init__(self, total: int, per_host: int) -> None:
        self.pace = Pace()
        self.per_host = per_host
        """The most requests in flight to one host."""
        self.stopped = asyncio.Event()
        self._free: float = total or math.inf  # 0 is Scrapy's way of saying no limit
        self.hosts: dict[str, Host] = {}
        self._waiting: list[_Waiter] = []
        self._arrivals = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    def host(self, name: str) -> Host:
        """Return the host of that name."""
        return self.hosts.setdefault(name, Host(name, self.per_host, self.per_host))

    @asynccontextmanager
    async def slot(self, name: str, priority: int = 0) -> AsyncIterator[None]:
        """Wait for a slot for a host; higher priority first, then first come first served.

        Raises CrawlStoppedError when the crawl stops before there is one.
        """
        if self.stopped.is_set():
            raise stopped_before_its_turn()
        turn = asyncio.get_running_loop().create_future()
        waiter = (-priority, next(self._arrivals)), name, turn
        bisect.insort(self._waiting, waiter)
        self._serve()
        try:
            await turn
            yield
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)  # cancelled while it waited
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self._free += 1
                self.host(name).active -= 1
                self._serve()

    async def wait(self, seconds: float | None, *others: asyncio.Future[Any]) -> None:
        """Wait so long, if not for ever, or until the crawl stops, or one of the others is done."""
        stopped = asyncio.ensure_future(self.stopped.wait())
        try:
            await asyncio.wait({stopped, *others}, timeout=seconds, return_when="FIRST_COMPLETED")
        finally:
            stopped.cancel()

    async def pause(self, seconds: float) -> None:
        """Wait without a slot. Raises CrawlStoppedError when the crawl stops meanwhile."""
        await self.wait(seconds)
        if self.stopped.is_set():
            raise CrawlStoppedError("the crawl was stopped before it could be tried again")

    def stop(self) -> None:
        """Let nobody in any more."""
        self.stopped.set()
        for _, _, turn in self._waiting:
            if not turn.done():
                turn.set_exception(stopped_before_its_turn())
        self._waiting.clear()
        if self._alarm is not None:
            self._alarm.cancel()

    def _serve(self) -> None:
        """Give the free slots to those who wait, and set an alarm for hosts that are held."""
        wake = math.inf
        for waiter in self._waiting.copy():
            if not self._free:
                break
            _, name, turn = waiter
            host = self.host(name)
            if host.held_for:
                wake = min(wake, host.held_for)
            elif host.active < host.limit and not turn.done():
                self._waiting.remove(waiter)
                self._free -= 1
                host.active += 1
                turn.set_result(None)
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        self._alarm = None if wake == math.inf else loop.call_later(wake, self._serve)


def stopped_before_its_turn() -> CrawlStoppedError:
    """Return the error for a request that was not sent, since the crawl was told to stop."""
    return CrawlStoppedError("the crawl was stopped before its turn came")
