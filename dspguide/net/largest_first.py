"""Which file is asked for when: the largest first, where that shortens the whole.

On a network that gives each connection only so many bytes a second, a large file that comes last is
waited for alone, with all other slots empty. So there the files' sizes are asked for as soon as
their pages are here, and the files wait until it is known which are the largest. With the real
chapters' sizes, 8 at once, 100 ms and 1 MB/s a connection, runs without it take 1.12 times as long;
where the network is faster it decides not to ask, and costs nothing.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dspguide.net.limiter import RequestLimiter

# What the book's order leaves at the end for one connection alone, in bytes. Simulated with the
# real chapters' sizes (`bench/floor.py`): 0.4 of the largest of them.
_LEFT_ALONE = 800_000

# What a question costs this process itself, in seconds.
_OWN_SHARE = 0.005


class LargestFirst:
    """Gives files their turns.

    Until all sizes are known, pages and questions for sizes come first; files have the slots that
    those leave, at least one.
    """

    def __init__(self, limiter: RequestLimiter) -> None:
        self._limiter = limiter
        self._slots = limiter.per_host
        self._unknown: set[int] = set()
        self._under_way: set[int] = set()
        self._waiting: list[tuple[int, int, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()
        self.asks = False
        """Whether files' sizes are worth a question, and wait for the answers."""

    def begin(self, chapters: Iterable[int]) -> None:
        """Decide by what the network has been like so far; takes the positions of all chapters."""
        unknown, pace = set(chapters), self._limiter.pace
        count = len(unknown)
        if not pace.rate or count < 2 * self._slots:
            return  # nothing is known of it yet, or nearly all files begin at once anyway
        questions = count * (pace.latency / self._slots + _OWN_SHARE)
        if _LEFT_ALONE / pace.rate > questions:
            self.asks, self._unknown = True, unknown

    def give_up(self) -> None:
        """Ask for no more sizes: the server does not tell them."""
        self.asks = False
        self._unknown.clear()
        self._serve()

    def known(self, position: int) -> None:
        """Note that a chapter's size is known, or that nobody will ask for it."""
        self._unknown.discard(position)
        self._serve()

    async def acquire(self, position: int, size: int) -> None:
        """Wait until a file may be asked for, of those that wait the largest first.

        `size` is in bytes, 0 where it is not known. Returns at once when the crawl is stopped.
        """
        self.known(position)
        if not self._unknown and not self._waiting:
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-size, next(self._arrivals), position, turn))
        self._serve()
        stopped = asyncio.ensure_future(self._limiter.stopped.wait())
        try:
            await asyncio.wait({turn, stopped}, return_when="FIRST_COMPLETED")
        finally:
            stopped.cancel()

    def release(self, position: int) -> None:
        """Note that nothing more comes of a file."""
        self._under_way.discard(position)
        self.known(position)

    def _serve(self) -> None:
        """Let as many go as there is room for; all, once nothing smaller is to come."""
        while self._waiting and len(self._under_way) < self._room:
            _, _, position, turn = heapq.heappop(self._waiting)
            self._under_way.add(position)
            if not turn.done():
                turn.set_result(None)

    @property
    def _room(self) -> float:
        return max(1, self._slots - len(self._unknown)) if self._unknown else math.inf
