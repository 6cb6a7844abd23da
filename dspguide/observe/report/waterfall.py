"""The waterfall of a run: a bar for each request, from left to right as time goes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dspguide.observe.report.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.observe.trace import Exchange

_TICKS = 6


@dataclass(frozen=True)
class Waterfall:
    """What waterfall.svg draws, in the report or by itself; times in seconds from the start."""

    exchanges: Sequence[Exchange]
    seconds: float
    """How long the run took."""
    bound_at: float | None
    """When the book was there; None without one."""

    @cached_property
    def last(self) -> float:
        """When the last request ended."""
        return max((e.end for e in self.exchanges if e.end is not None), default=0.0)

    @cached_property
    def whole(self) -> float:
        """What the width stands for."""
        return max(self.seconds, self.last, 0.001)

    @property
    def most(self) -> int:
        """How many requests were in flight at once at most."""
        sent = [e for e in self.exchanges if e.sent is not None]
        moments = [(e.sent or 0.0, 1) for e in sent]
        moments += [(e.end, -1) for e in sent if e.end is not None]
        count = most = 0
        for _, change in sorted(moments):
            count += change
            most = max(most, count)
        return most

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Marks of the axis, at 1, 2 or 5 of some power of ten: seconds, and what to write."""
        power = 10.0 ** math.floor(math.log10(self.whole / _TICKS))
        step = next(power * n for n in (1, 2, 5, 10) if power * n * _TICKS >= self.whole)
        digits = max(0, -math.floor(math.log10(step)))
        marks = (step * tick for tick in range(int(self.whole / step) + 1))
        return [(mark, f"{mark:.{digits}f} s") for mark in marks]

    def draw(self, heading: str) -> str:
        """Return it as an SVG file."""
        return render("drawing.svg", waterfall=self, heading=heading)
