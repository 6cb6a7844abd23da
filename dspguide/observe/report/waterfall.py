"""The waterfall of a run: a bar for each request, from left to right as time goes.

Numbers only; waterfall.svg draws them, in the report and in a drawing of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from dspguide.observe.report.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typing_extensions import Self

    from dspguide.observe.trace import Exchange

_TICKS = 6


class Bar(NamedTuple):
    """A piece of time, in percent of the width."""

    kind: str
    """`wait`, `page`, `pdf`, `bad` or `bind`; with ` head` up to the first byte."""
    start: float
    width: float


class Row(NamedTuple):
    """A request, or the binding of the book, for which nothing is `said`."""

    name: str
    bars: list[Bar]
    said: str | None = None
    failed: bool = False


class Tick(NamedTuple):
    """A mark of the axis."""

    place: float
    """In percent of the width."""
    text: str


class Waterfall(NamedTuple):
    """What is to be drawn."""

    rows: list[Row]
    ticks: list[Tick]
    said: str

    @classmethod
    def of(cls, exchanges: Sequence[Exchange], seconds: float, bound_at: float | None) -> Self:
        """Return the waterfall of a run that took so long.

        `bound_at` is when the book was there, in seconds from the start; None without one.
        """
        ends = [e.end for e in exchanges if e.end is not None]
        last = max(ends, default=0.0)
        whole = max(seconds, last, 0.001)
        rows = [_row(exchange, whole) for exchange in exchanges]
        if bound_at is not None and ends:
            rows.append(Row("binding", [_bar("bind", last, bound_at, whole)]))
        said = (
            f"Waterfall of {len(exchanges)} requests in {whole:.2f} seconds, at most "
            f"{most_in_flight(exchanges)} of them in flight at once."
        )
        return cls(rows, list(_ticks(whole)), said)

    def draw(self, heading: str) -> str:
        """Return it as an SVG file."""
        return render("drawing.svg", waterfall=self, heading=heading)


def most_in_flight(exchanges: Sequence[Exchange]) -> int:
    """Return how many requests were in flight at once at most."""
    moments = [(e.sent, 1) for e in exchanges if e.sent is not None]
    moments += [(e.end, -1) for e in exchanges if e.sent is not None and e.end is not None]
    count = most = 0
    for _, change in sorted(moments):
        count += change
        most = max(most, count)
    return most


def _row(exchange: Exchange, whole: float) -> Row:
    """Return what a row shows: the wait for a slot, for the answer, and the answer's coming."""
    end = whole if exchange.end is None else exchange.end
    sent = end if exchange.sent is None else exchange.sent
    first = end if exchange.first_byte is None else exchange.first_byte
    kind = "bad" if exchange.failed else "pdf" if exchange.kind == "PDF" else "page"
    bars = [
        _bar("wait", exchange.waiting, sent, whole),
        _bar(f"{kind} head", sent, first, whole),
        _bar(kind, first, end, whole),
    ]
    result = exchange.error or (f"status {exchange.status}" if exchange.status else "no answer")
    said = f"{exchange.url}: {result}, {exchange.bytes} bytes, ended at {end:.2f} s"
    again = f" ({exchange.attempt})" if exchange.attempt > 1 else ""
    return Row(exchange.name + again, bars, said, exchange.failed)


def _bar(kind: str, start: float, end: float, whole: float) -> Bar:
    return Bar(kind, 100 * start / whole, 100 * max(end - start, 0.0) / whole)


def _ticks(whole: float) -> Iterator[Tick]:
    """Yield marks at 1, 2 or 5 of some power of ten, in seconds."""
    power = 10.0 ** math.floor(math.log10(whole / _TICKS))
    step = next(power * n for n in (1, 2, 5, 10) if power * n * _TICKS >= whole)
    digits = max(0, -math.floor(math.log10(step)))
    for tick in range(int(whole / step) + 1):
        yield Tick(100 * tick * step / whole, f"{tick * step:.{digits}f} s")
