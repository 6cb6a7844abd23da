"""The waterfall of a run: a bar for each request, from left to right as time goes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dspguide.observe.report.markup import Markup, join, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.observe.trace import Exchange

_ROW = 14
"""Height of a row, in pixels."""
_BAR = 8
_AXIS = 22
"""Height of the axis, in pixels."""
_TICKS = 6


def waterfall(exchanges: Sequence[Exchange], seconds: float, *, bound: bool) -> Markup:
    """Return the waterfall of a run that took so long; `bound` adds a bar for the binding.

    Names stand beside the bars in a drawing of their own, so that the bars can take the width that
    there is and letters keep their size. All of it is said in the page's table of requests too.
    """
    ends = [e.end for e in exchanges if e.end is not None]
    last = max(ends, default=0.0)
    whole = max(seconds, last, 0.001)
    names = [_name(e) for e in exchanges]
    bars = [_bars(e, row, whole) for row, e in enumerate(exchanges)]
    if bound and ends:
        names.append("binding")
        bars.append(_rect("bind", last, whole, len(bars), whole))
    height = _AXIS + _ROW * len(names) + 4
    said = (
        f"Waterfall of {len(exchanges)} requests in {whole:.2f} seconds, at most "
        f"{most_in_flight(exchanges)} of them in flight at once. The table below says the same."
    )
    return tag(
        "div",
        tag("svg", map_names(names), class_="names", height=height, aria_hidden="true"),
        tag(
            "svg",
            [_axis(whole, height), bars],
            class_="bars",
            height=height,
            role="img",
            aria_label=said,
        ),
        class_="waterfall",
    )


def map_names(names: Sequence[str]) -> Markup:
    """Return the names of the rows."""
    return join(
        [
            tag("text", name, x="100%", y=_AXIS + row * _ROW + _BAR, text_anchor="end")
            for row, name in enumerate(names)
        ]
    )


def most_in_flight(exchanges: Sequence[Exchange]) -> int:
    """Return how many requests were in flight at once at most."""
    moments = [(e.sent, 1) for e in exchanges if e.sent is not None]
    moments += [(e.end, -1) for e in exchanges if e.sent is not None and e.end is not None]
    count = most = 0
    for _, change in sorted(moments):
        count += change
        most = max(most, count)
    return most


def _name(exchange: Exchange) -> str:
    again = f" ({exchange.attempt})" if exchange.attempt > 1 else ""
    return f"{exchange.name}{again}"


def _bars(exchange: Exchange, row: int, whole: float) -> Markup:
    """Return what a row shows: the wait for a place, for the answer, and the answer's coming."""
    end = whole if exchange.end is None else exchange.end
    sent = end if exchange.sent is None else exchange.sent
    first = end if exchange.first_byte is None else exchange.first_byte
    kind = "bad" if exchange.failed else "pdf" if exchange.kind == "PDF" else "page"
    pieces = [
        tag("title", _said(exchange)),
        _rect("wait", exchange.waiting, sent, row, whole),
        _rect(f"{kind} head", sent, first, row, whole),
        _rect(kind, first, end, row, whole),
    ]
    if exchange.failed:
        # Not by its colour alone.
        y = _AXIS + row * _ROW + _BAR
        pieces.append(tag("text", "×", x=_percent(end, whole), y=y, dx=3, class_="cross"))
    return tag("g", pieces)


def _said(exchange: Exchange) -> str:
    end = exchange.end if exchange.end is not None else exchange.waiting
    result = exchange.error or (f"status {exchange.status}" if exchange.status else "no answer")
    return f"{exchange.url}: {result}, {exchange.bytes} bytes, ended at {end:.2f} s"


def _rect(kind: str, start: float, end: float, row: int, whole: float) -> Markup:
    height = 2 if kind == "wait" else _BAR
    return tag(
        "rect",
        class_=kind,
        x=_percent(start, whole),
        y=_AXIS + row * _ROW + (_BAR - height) // 2,
        width=_percent(max(end - start, 0), whole),
        height=height,
    )


def _axis(whole: float, height: int) -> list[Markup]:
    step = _step(whole)
    digits = max(0, -math.floor(math.log10(step)))
    marks = []
    for tick in range(int(whole / step) + 1):
        x = _percent(tick * step, whole)
        near_the_end = tick * step > 0.95 * whole
        marks.append(tag("line", x1=x, x2=x, y1=16, y2=height, class_="tick"))
        anchor = "start" if tick == 0 else "end" if near_the_end else "middle"
        marks.append(tag("text", f"{tick * step:.{digits}f} s", x=x, y=10, text_anchor=anchor))
    return marks


def _step(whole: float) -> float:
    """Return the time between two marks: 1, 2 or 5 of some power of ten, in seconds."""
    power = 10.0 ** math.floor(math.log10(whole / _TICKS))
    return next(power * n for n in (1, 2, 5, 10) if power * n * _TICKS >= whole)


def _percent(seconds: float, whole: float) -> str:
    return f"{100 * seconds / whole:.3f}%"
