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
import logging
import math
import re
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from dspguide.net.limiter import RequestLimiter

# What the book's order leaves at the end for one connection alone, in bytes. Simulated with the
# real chapters' sizes (`bench/floor.py`): 0.4 of the largest of them.
_LEFT_ALONE = 800_000

_OWN_SHARE = 0.005  # seconds that a question costs this process itself
_BELOW_PAGES = 10**9  # priority of questions: below pages, above files, whose own is their size

# Seconds for which a question may go unanswered, at the least and at the most: what takes longer
# costs more than it saves.
_LEAST, _MOST = 2.0, 5.0

logger = logging.getLogger(__name__)


class LargestFirst:
    """Gives files their turns.

    Until all sizes are known, pages and questions for sizes come first; files have the slots that
    those leave, at least one.
    """

    def __init__(self, crawler: Crawler, limiter: RequestLimiter) -> None:
        self._crawler = crawler
        self._limiter = limiter
        self._unknown: set[int] = set()
        self._under_way: set[int] = set()
        self._waiting: list[tuple[int, int, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()
        self._asks = False
        """Whether files' sizes are worth a question, and wait for the answers."""

    def begin(self, count: int) -> None:
        """Take how many files are to come, and decide by what the network has been like so far."""
        settings, pace = self._crawler.settings, self._limiter.pace
        if settings.getfloat("DOWNLOAD_DELAY") or settings.getbool("AUTOTHROTTLE_ENABLED"):
            return  # where requests are kept apart, each question costs as much as a small file
        if not pace.rate or count < 2 * self._limiter.per_host:
            return  # nothing is known of it yet, or nearly all files begin at once anyway
        questions = count * (pace.latency / self._limiter.per_host + _OWN_SHARE)
        if _LEFT_ALONE / pace.rate > questions:
            self._asks, self._unknown = True, set(range(count))

    async def turn(self, request: Request, index: int, size: int) -> None:
        """Wait until a file may be asked for, of those that wait the largest first.

        `size` is in bytes, 0 where it is not known; it is the request's priority, for the file that
        begins last is waited for alone. Returns at once when the crawl is stopped.
        """
        if not size and self._asks:
            size = await self._ask(request)
        request.priority = size
        self._known(index)
        if not self._unknown and not self._waiting:
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-size, next(self._arrivals), index, turn))
        self._serve()
        await self._limiter.wait(None, turn)

    def release(self, index: int) -> None:
        """Note that nothing more comes of a file."""
        self._under_way.discard(index)
        self._known(index)

    def _known(self, index: int) -> None:
        """Note that a file's size is known, or that nobody will ask for it."""
        self._unknown.discard(index)
        self._serve()

    def _serve(self) -> None:
        """Let as many go as there is room for; all, once nothing smaller is to come."""
        room = max(1, self._limiter.per_host - len(self._unknown)) if self._unknown else math.inf
        while self._waiting and len(self._under_way) < room:
            _, _, index, turn = heapq.heappop(self._waiting)
            self._under_way.add(index)
            if not turn.done():
                turn.set_result(None)

    async def _ask(self, request: Request) -> int:
        """Ask the server how many bytes a file has; 0 where it does not say.

        Then no other file is asked about either: a wrong order costs less than many such answers.
        """
        question = Request(
            request.url,
            method="HEAD",
            callback=NO_CALLBACK,
            headers={"Referer": request.headers["Referer"], "Accept-Encoding": "identity"},
            meta={
                "chapter": request.meta["chapter"],
                "dont_retry": True,
                "download_timeout": min(_MOST, max(_LEAST, 5 * self._limiter.pace.latency)),
            },
            priority=_BELOW_PAGES,
        )
        try:
            response = await self._crawler.engine.download_async(question)
            length = response.headers.get("Content-Length") or b""
            if response.status == 200 and re.fullmatch(rb"\d{1,18}", length):
                return int(length)
        except Exception as error:  # noqa: BLE001  # of any kind: the file itself is asked for next
            logger.debug("Not told the size of %s: %r", request.url, error)
        self._asks = False
        self._unknown.clear()
        self._serve()
        return 0
