"""From runs to the figures that are reported: medians, spreads, ratios within a round."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.contestants import AIOHTTP, BARE, CRAWL, USUAL
from bench.floor import floor, jobs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.floor import Job
    from bench.lines import Line
    from bench.measure import Run
    from bench.rounds import Results


@dataclass(frozen=True)
class Spread:
    """A median with the smallest and the largest value."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        """Return the spread of some values, None of none."""
        known = sorted(values)
        return cls(median(known), known[0], known[-1]) if known else None

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.median:.2f}"
        return f"{self.median:.2f} ({self.least:.2f}–{self.most:.2f})"


def chosen(runs: Iterable[Run], program: str, line: str, places: int | None = None) -> list[Run]:
    """Return the runs of a program on a line, `places` in flight where it has that knob."""
    return [r for r in runs if (r.program, r.line, r.places) == (program, line, places)]


def of_runs(runs: Iterable[Run], value: Callable[[Run], float | None]) -> Spread | None:
    """Return the spread of a figure over those runs that have it."""
    values = (value(run) for run in runs)
    return Spread.of(v for v in values if v is not None)


def _seconds(run: Run) -> float:
    return run.seconds


def ratio(
    runs: Sequence[Run], others: Sequence[Run], value: Callable[[Run], float] = _seconds
) -> Spread | None:
    """Return the spread of time over time, each run with the other's run of its round."""
    base = {run.round: value(run) for run in others}
    return Spread.of(value(run) / base[run.round] for run in runs if run.round in base)


def to_aiohttp(
    results: Results, runs: Sequence[Run], value: Callable[[Run], float] = _seconds
) -> Spread | None:
    """Return the ratio to the asynchronous program's time at the same concurrency."""
    if not runs:
        return None
    first = runs[0]
    others = chosen(results.runs, AIOHTTP.name, first.line, first.places or USUAL)
    return ratio(runs, others, value)


def crawl_jobs(results: Results) -> list[Job]:
    """Return the crawl's requests with the sizes that the server sent; empty without a crawl."""
    run = next((r for r in results.runs if r.program == CRAWL.name and r.sent), None)
    return jobs_of(run.sent) if run else []


def floors(results: Results, line: Line, places: Iterable[int]) -> dict[int, float]:
    """Return the floor for some concurrencies; empty for a line that takes no time itself."""
    jobs = crawl_jobs(results)
    if not jobs or not line.latency:
        return {}
    return {n: floor(jobs, line, n) for n in places}


def to_floor(results: Results, line: Line, places: int) -> Spread | None:
    """Return the crawl's time over floor and bare Scrapy process together."""
    least = floors(results, line, (places,))
    bare = {r.round: r.seconds for r in results.runs if r.program == BARE.name}
    if not least:
        return None
    return Spread.of(
        run.seconds / (least[places] + bare[run.round])
        for run in chosen(results.runs, CRAWL.name, line.name, places)
        if run.round in bare
    )


def to_append(results: Results, line: Line, places: int) -> Spread | None:
    """Return the time after the last byte over that of plain pypdf for everything."""
    return Spread.of(
        run.after_last_byte / results.append_seconds[run.round]
        for run in chosen(results.runs, CRAWL.name, line.name, places)
        if run.after_last_byte is not None and run.round < len(results.append_seconds)
    )


def preparing(results: Results) -> Spread | None:
    """Return the time of preparing all chapters over that of plain pypdf for everything."""
    pairs = zip(results.prepare_seconds, results.append_seconds, strict=True)
    return Spread.of(ours / theirs for ours, theirs in pairs)
