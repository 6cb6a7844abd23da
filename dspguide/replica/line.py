"""The line between server and clients: how fast bytes may leave, by connection and in all."""

from __future__ import annotations

import asyncio
import time

_SLICE_SECONDS = 0.01
_MOST = 262144
_LEAST = 1


class Pace:
    """A line of so many bytes per second; None is no limit."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._free_at = 0.0

    def reserve(self, count: int, earliest: float) -> float:
        """Takes the line for `count` bytes; the time.monotonic() at which all are through."""
        if self.rate is None:
            return earliest
        self._free_at = max(self._free_at, earliest) + count / self.rate
        return self._free_at

    def slice_size(self) -> int:
        """Bytes to hand over at once, so that a slice takes about 10 ms."""
        if self.rate is None:
            return _MOST
        return max(_LEAST, min(_MOST, int(self.rate * _SLICE_SECONDS)))


async def wait_for_slice(count: int, own: Pace, shared: Pace, since: float) -> float:
    """Waits until `count` bytes are through both lines; gives that moment, `since` of the next.

    The moment is the planned one, not that of waking up, so that late timers do not slow the line.
    """
    through = max(own.reserve(count, since), shared.reserve(count, since))
    pause = through - time.monotonic()
    if pause > 0:
        await asyncio.sleep(pause)
    return through
