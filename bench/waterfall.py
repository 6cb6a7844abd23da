"""One crawl, request by request, as the server saw it."""

from __future__ import annotations

from statistics import median_low
from typing import TYPE_CHECKING

from bench import figures
from bench.contestants import CRAWL, USUAL
from bench.lines import LINES
from bench.svg import INK, Drawing

if TYPE_CHECKING:
    from bench.lines import Line
    from bench.measure import Run, Sent
    from bench.rounds import Results

_PAGE, _PDF = "#2f80ed", "#e8590c"
_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 960, 84, 70, 62, 8.5
_LABELLED = 1e6
"""Bytes from which a bar has its size beside it."""


def draw(results: Results) -> str:
    """Return the crawl of middle length, `USUAL` in flight on the slowest line, as SVG."""
    line = LINES[-1]
    runs = [r for r in figures.chosen(results.runs, CRAWL.name, line.name, USUAL) if r.sent]
    if not runs:
        return str(Drawing(_WIDTH, _TOP, "no crawl was measured"))
    middle = median_low(run.seconds for run in runs)
    return _draw(next(run for run in runs if run.seconds == middle), line)


def _draw(run: Run, line: Line) -> str:
    sent = sorted(run.sent, key=lambda request: request.started)
    bottom = _TOP + _ROW * len(sent)
    drawing = Drawing(_WIDTH, bottom + 40, "Waterfall of one crawl")
    scale = (_WIDTH - _LEFT - _RIGHT) / run.seconds
    head = f"One crawl, CONCURRENT_REQUESTS={run.places}, {line.name} a connection"
    drawing.text(_LEFT, 18, head, bold=True, size=14)
    for second in range(int(run.seconds) + 1):
        x = _LEFT + second * scale
        drawing.line(x, _TOP - 4, x, bottom + 6)
        drawing.text(x, bottom + 20, f"{second} s", anchor="middle", size=11)
    _key(drawing)
    for number, request in enumerate(sent):
        _request(drawing, request, line, scale, _TOP + number * _ROW)
    _moments(drawing, run, sent, scale, bottom)
    return str(drawing)


def _request(drawing: Drawing, request: Sent, line: Line, scale: float, top: float) -> None:
    is_pdf = request.path.endswith(".PDF")
    color = _PDF if is_pdf else _PAGE
    x = _LEFT + request.started * scale
    wait = min(line.latency, request.ended - request.started) * scale
    whole = (request.ended - request.started) * scale
    drawing.bar(x, top + 1, wait, _ROW - 2, color, opacity=0.4)
    drawing.bar(x + wait, top + 1, whole - wait, _ROW - 2, color)
    drawing.text(_LEFT - 6, top + _ROW - 1.5, request.path, anchor="end", size=8)
    if request.body_bytes >= _LABELLED:
        size = f"{request.body_bytes / 1e6:.1f} MB"
        drawing.text(x + whole + 4, top + _ROW - 1, size, size=9)


def _moments(drawing: Drawing, run: Run, sent: list[Sent], scale: float, bottom: float) -> None:
    """Mark when the last byte is there, when the book is, and when the process has ended."""
    last = max((request.ended for request in sent if request.body_bytes), default=0.0)
    moments = [("last byte", last), ("end", run.seconds)]
    if run.after_book is not None:
        moments.insert(1, ("book", run.seconds - run.after_book))
    for number, (name, seconds) in enumerate(moments):
        x = _LEFT + seconds * scale
        drawing.line(x, _TOP - 4, x, bottom + 6, INK, width=1.5)
        drawing.text(x + 3, _TOP + 10 + 13 * number, name, size=11)


def _key(drawing: Drawing) -> None:
    x = float(_LEFT)
    for name, color, opacity in (
        ("page", _PAGE, 1.0),
        ("PDF", _PDF, 1.0),
        ("waiting for the answer to begin", INK, 0.4),
    ):
        drawing.bar(x, 34, 14, 8, color, opacity=opacity)
        drawing.text(x + 19, 42, name, size=11)
        x += 19 + 6.1 * len(name) + 18
