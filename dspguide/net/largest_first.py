"""Which file is asked for when: the largest first, where that shortens the whole.

On a line that gives each connection only so many bytes a second, a large file that comes last is
waited for alone, with all other places empty. So there the files' sizes are asked for as soon as
their pages are here, and the files wait until it is known which are the largest.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dspguide.net.limiter import Line

# What the book's order leaves at the end for one connection alone, in bytes. Simulated with the
# real chapters' sizes (`bench/floor.py`): 0.4 of the largest of them.
_LEFT_ALONE = 800_000

# What a question costs this process itself, in seconds.
_OWN_SHARE = 0.005


class Order:
    """Gives files their turns.

    Until all sizes are known, pages and questions for sizes come first; files have the places that
    those leave, at least one.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._places = line.per_host
        self._unknown: set[int] = set()
        self._under_way: set[int] = set()
        self._waiting: list[tuple[int, int, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()
        self.asks = False
        """Whether files' sizes are worth a question, and wait for the answers."""

    def begin(self, chapters: Iterable[int]) -> None:
        """Decide by what the line has been like so far; takes the numbers of all chapters."""
        unknown, pace = set(chapters), self._line.pace
        count = len(unknown)
        if not pace.rate or count < 2 * self._places:
            return  # nothing is known of the line, or nearly all files begin at once anyway
        questions = count * (pace.latency / self._places + _OWN_SHARE)
        if _LEFT_ALONE / pace.rate > questions:
            self.asks, self._unknown = True, unknown

    def give_up(self) -> None:
        """Ask for no more sizes: the server does not tell them."""
        self.asks = False
        self._unknown.clear()
        self._serve()

    def known(self, number: int) -> None:
        """Note that a chapter's size is known, or that nobody will ask for it."""
        self._unknown.discard(number)
        self._serve()

    async def turn(self, number: int, size: int) -> None:
        """Wait until a file may be asked for, of those that wait the largest first.

        `size` is in bytes, 0 where it is not known. Returns at once when the crawl is stopped.
        """
        self.known(number)
        if not self._unknown and not self._waiting:
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-size, next(self._arrivals), number, turn))
        self._serve()
        stopped = asyncio.ensure_future(self._line.stopped.wait())
        try:
            await asyncio.wait({turn, stopped}, return_when="FIRST_COMPLETED")
        finally:
            stopped.cancel()

    def over(self, number: int) -> None:
        """Note that nothing more comes of a file."""
        self._under_way.discard(number)
        self.known(number)

    def _serve(self) -> None:
        """Let as many go as there is room for; all, once nothing smaller is to come."""
        while self._waiting and len(self._under_way) < self._room:
            _, _, number, turn = heapq.heappop(self._waiting)
            self._under_way.add(number)
            if not turn.done():
                turn.set_result(None)

    @property
    def _room(self) -> float:
        return max(1, self._places - len(self._unknown)) if self._unknown else math.inf
