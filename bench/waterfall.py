"""One crawl, request by request, as the server saw it."""

from __future__ import annotations

from statistics import median_low
from typing import TYPE_CHECKING

from bench import figures
from bench.contestants import CRAWL, USUAL
from bench.lines import LINES
from dspguide.observe.report.page import Waterfall
from dspguide.observe.trace import Exchange

if TYPE_CHECKING:
    from bench.lines import Line
    from bench.measure import Run, Sent
    from bench.rounds import Results


def draw(results: Results) -> str:
    """Return the crawl of middle length, `USUAL` in flight on the slowest line, as SVG."""
    line = LINES[-1]
    runs = [r for r in figures.chosen(results.runs, CRAWL.name, line.name, USUAL) if r.sent]
    if not runs:
        return Waterfall([], 0.0, None).draw("No crawl was measured")
    middle = median_low(run.seconds for run in runs)
    return _draw(next(run for run in runs if run.seconds == middle), line)


def _draw(run: Run, line: Line) -> str:
    sent = sorted(run.sent, key=lambda request: request.started)
    book_at = None if run.after_book is None else run.seconds - run.after_book
    waterfall = Waterfall([_exchange(request, line) for request in sent], run.seconds, book_at)
    return waterfall.draw(
        f"One crawl, CONCURRENT_REQUESTS={run.places}, {line.name} a connection: "
        f"{run.seconds:.1f} s"
    )


def _exchange(request: Sent, line: Line) -> Exchange:
    """Return a request as the crawl's own trace would have it, but for the wait for a slot."""
    return Exchange(
        # Without a body it was a question for the size.
        "PDF" if request.path.endswith(".PDF") and request.body_bytes else "page",
        f"http://home{request.path}",
        None,
        1,
        request.started,
        sent=request.started,
        first_byte=min(request.started + line.latency, request.ended),
        end=request.ended,
        bytes=request.body_bytes,
        status=200,
    )
