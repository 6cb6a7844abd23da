"""The time that a line itself takes: a client without any overhead, by simulation.

The model is that of the tests' server. A request holds one of N places; its answer begins
after the line's latency and then comes at the line's rate, each on a connection of its own, all of
which are open already. A request can be sent once the answer that names it is complete: contents
page after home page, chapter pages after the contents page, a PDF after its chapter's page. Nothing
else takes time: no reading of pages, no disk, no book.

Which waiting request gets a free place is the client's choice, and with it goes the time. Finding
the best order is a packing problem, hard in general; `best_order` takes first what has most still
to come, itself and what it leads to, for which it knows all sizes. `lower_bound` is what no order
can undercut.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.lines import Line
    from bench.measure import Sent

_PDF = re.compile(r"/CH(\d+)\.PDF")
_PAGE = re.compile(r"/ch(\d+)\.htm")


@dataclass(frozen=True)
class Job:
    """A request to be sent."""

    path: str
    size: int
    """Bytes of the answer's body."""
    after: int | None
    """Index of the job whose answer names this one."""
    chapter: int = 0
    """The chapter's number; 0 for pages before the chapters."""

    @property
    def is_pdf(self) -> bool:
        """Whether it is a chapter's PDF."""
        return _PDF.fullmatch(self.path) is not None


Rank = tuple[float, ...]


def jobs_of(sent: Iterable[Sent]) -> list[Job]:
    """Return the requests of a crawl, as the server saw them, with what each waits for."""
    sizes = {request.path: request.body_bytes for request in sent}
    chain = [path for path in ("/robots.txt", "/", "/pdfbook.htm") if path in sizes]
    jobs = [
        Job(path, sizes[path], index - 1 if index else None) for index, path in enumerate(chain)
    ]
    contents = len(jobs) - 1
    pages = {}
    for path, found in ((p, _PAGE.fullmatch(p)) for p in sizes):
        if found:
            pages[int(found[1])] = len(jobs)
            jobs.append(Job(path, sizes[path], contents, int(found[1])))
    for path, found in ((p, _PDF.fullmatch(p)) for p in sizes):
        if found:
            jobs.append(Job(path, sizes[path], pages[int(found[1])], int(found[1])))
    return jobs


def simulate(jobs: Sequence[Job], line: Line, places: int, rank: Callable[[int], Rank]) -> float:
    """Return the seconds until all answers are complete; the lowest rank is sent first."""
    followers: dict[int | None, list[int]] = {}
    for index, job in enumerate(jobs):
        followers.setdefault(job.after, []).append(index)
    waiting = [(rank(index), index) for index in followers.get(None, [])]
    heapq.heapify(waiting)
    under_way: list[tuple[float, int]] = []
    now = 0.0
    while waiting or under_way:
        while waiting and len(under_way) < places:
            _, index = heapq.heappop(waiting)
            heapq.heappush(under_way, (now + line.seconds(jobs[index].size), index))
        now, done = heapq.heappop(under_way)
        for index in followers.get(done, []):
            heapq.heappush(waiting, (rank(index), index))
    return now


def best_order(jobs: Sequence[Job], line: Line) -> Callable[[int], Rank]:
    """First what has the longest way still to go."""
    to_come = [line.seconds(job.size) for job in jobs]
    for index in reversed(range(len(jobs))):
        after = jobs[index].after
        if after is not None:
            own = line.seconds(jobs[after].size)
            to_come[after] = max(to_come[after], own + to_come[index])
    return lambda index: (-to_come[index],)


def book_order(jobs: Sequence[Job]) -> Callable[[int], Rank]:
    """PDFs as soon as they are known, then pages, both in the book's order: the spider's."""
    return lambda index: (0.0 if jobs[index].is_pdf else 1.0, float(jobs[index].chapter))


def pages_first(jobs: Sequence[Job]) -> Callable[[int], Rank]:
    """All pages, then the PDFs, both in the book's order."""
    return lambda index: (1.0 if jobs[index].is_pdf else 0.0, float(jobs[index].chapter))


def floor(jobs: Sequence[Job], line: Line, places: int) -> float:
    """Return the seconds of the best order that is known."""
    orders = (best_order(jobs, line), book_order(jobs), pages_first(jobs))
    return min(simulate(jobs, line, places, order) for order in orders)


def lower_bound(jobs: Sequence[Job], line: Line, places: int) -> float:
    """Return seconds that no order can undercut: the longest chain, or all work on all places."""
    ends: list[float] = []
    for job in jobs:
        before = ends[job.after] if job.after is not None else 0.0
        ends.append(before + line.seconds(job.size))
    alone = [job for job in jobs if not job.chapter]
    first = sum(line.seconds(job.size) for job in alone)
    work = sum(line.seconds(job.size) for job in jobs if job.chapter)
    return max(*ends, first + work / places)
