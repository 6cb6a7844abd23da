"""Time over requests in flight, a panel for each line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bench import figures
from bench.contestants import AIOHTTP, BARE, CONTESTANTS, CRAWL, PLACES
from bench.figures import chosen, of_runs
from bench.lines import LINES, Line
from bench.svg import INK, Drawing

if TYPE_CHECKING:
    from bench.rounds import Results

_COLORS = {
    CRAWL.name: "#e8590c",
    AIOHTTP.name: "#2f80ed",
    "requests": "#9b59d0",
    "wget + qpdf": "#2a9d5c",
    "curl + qpdf": "#b8860b",
    "curl + aria2c + qpdf": "#d6458b",
    BARE.name: INK,
}
_FLOOR = "floor"
_FLOOR_AND_BARE = "floor + bare Scrapy"
_WIDTH, _HEIGHT = 960, 380
_TOP, _BOTTOM = 58, 300
_LEFT, _GAP, _PANEL = 46, 46, 262
_TICKS = (0.5, 1, 2, 5, 10, 20)
_LEAST, _MOST = 0.25, 32.0


def draw(results: Results) -> str:
    """Return the plot as SVG."""
    drawing = Drawing(_WIDTH, _HEIGHT, "Time from start to finished book over requests in flight")
    drawing.text(_LEFT, 18, "From start to finished book, seconds", bold=True, size=14)
    for number, line in enumerate(LINES):
        _panel(drawing, results, line, _LEFT + number * (_PANEL + _GAP))
    _legend(drawing, results)
    return str(drawing)


def _panel(drawing: Drawing, results: Results, line: Line, left: float) -> None:
    drawing.text(left, 44, line.name, bold=True)
    for tick in _TICKS:
        drawing.line(left, _y(tick), left + _PANEL, _y(tick))
        drawing.text(left - 6, _y(tick) + 4, f"{tick:g}", anchor="end", size=11)
    for places in PLACES:
        drawing.text(_x(left, places), _BOTTOM + 18, str(places), anchor="middle", size=11)
    drawing.text(left + _PANEL / 2, _BOTTOM + 34, "CONCURRENT_REQUESTS", anchor="middle", size=11)
    _floors(drawing, results, line, left)
    for contestant in reversed(CONTESTANTS):  # the crawl on top
        color = _COLORS[contestant.name]
        level = of_runs(chosen(results.runs, contestant.name, line.name), lambda r: r.seconds)
        if level is not None:
            dash = "2 3" if contestant is BARE else ""
            y = _y(level.median)
            drawing.line(left, y, left + _PANEL, y, color, width=1.5, dash=dash)
        _curve(drawing, results, line, contestant.name, left)


def _curve(drawing: Drawing, results: Results, line: Line, name: str, left: float) -> None:
    """Draw medians as dots, joined, with a stroke from the least to the most."""
    color = _COLORS[name]
    points = []
    for places in PLACES:
        found = of_runs(chosen(results.runs, name, line.name, places), lambda r: r.seconds)
        if found is not None:
            x = _x(left, places)
            points.append((x, _y(found.median)))
            drawing.line(x, _y(found.least), x, _y(found.most), color)
    if points:
        drawing.path(points, color, width=2.5 if name == CRAWL.name else 1.5)
    for x, y in points:
        drawing.dot(x, y, color)


def _floors(drawing: Drawing, results: Results, line: Line, left: float) -> None:
    least = figures.floors(results, line, PLACES)
    bare = of_runs((r for r in results.runs if r.program == BARE.name), lambda r: r.seconds)
    if not least:
        return
    drawing.path([(_x(left, n), _y(s)) for n, s in least.items()], INK, width=1.5, dash="6 4")
    if bare is not None:
        both = [(_x(left, n), _y(s + bare.median)) for n, s in least.items()]
        drawing.path(both, INK, width=1.5, dash="1.5 3")


def _legend(drawing: Drawing, results: Results) -> None:
    present = {run.program for run in results.runs}
    names = [c.name for c in CONTESTANTS if c.name in present and c is not BARE]
    entries = [(name, _COLORS[name], "") for name in names]
    entries += [(_FLOOR, INK, "6 4"), (_FLOOR_AND_BARE, INK, "1.5 3")]
    x, y = float(_LEFT), _HEIGHT - 16
    for name, color, dash in entries:
        drawing.line(x, y - 4, x + 18, y - 4, color, width=2.5, dash=dash)
        drawing.text(x + 23, y, name, size=11)
        x += 23 + 6.1 * len(name) + 16


def _x(left: float, places: int) -> float:
    return left + 12 + math.log2(places) / math.log2(PLACES[-1]) * (_PANEL - 24)


def _y(seconds: float) -> float:
    share = math.log(max(seconds, _LEAST) / _LEAST) / math.log(_MOST / _LEAST)
    return _BOTTOM - share * (_BOTTOM - _TOP)
