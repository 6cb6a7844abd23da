"""The figures as Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from bench import figures, post
from bench.contestants import AIOHTTP, BARE, CONTESTANTS, CRAWL, USUAL
from bench.figures import Spread, chosen, of_runs
from bench.floor import lower_bound
from bench.lines import LINES, LOOPBACK, Line
from bench.rounds import AGAIN, APPEND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Run
    from bench.rounds import Results

_NONE = "–"
#: Of the aiohttp program's time, by line.
_ASKED_TIME = {LOOPBACK: 0.85, LINES[1]: 0.8, LINES[2]: 0.75}


def page(tables: str) -> str:
    """Return docs/bench.md."""
    return f"""# The crawl beside what people would use instead

Made by `make bench`, which serves the full-size copy of the site (34 chapters, 652 pages, 16.5 MB)
from a process of its own and runs every program round after round, each in a fresh folder, from the
start of its process to its end, all Python code compiled before. Times are medians of the rounds
with the least and the most in brackets; without them, of one round. Ratios are taken within a
round, so that what else the machine does meets both sides; they, not the seconds, are what another
machine should find again.

The copy's files have the work of the real ones: as many objects, characters, references, and
streams of each filter with as many bytes, packed and unpacked, within a tenth (ASCII85 alone is a
quarter short). They differ in that one program has typeset them all, where the real ones were made
by several, with fonts and pictures of their own; the server answers at once, over one machine's
loopback, where the real one is far away; and it never fails.

![time over requests in flight](bench.svg)

![one crawl, request by request](waterfall.svg)

{tables}
## Where the time goes, and why some of it stays

A crawl on loopback has 3.8 s of CPU time to spend on two cores. The steps of preparing were timed
one by one, on the copy and the machine of these tables, in November 2026; the other figures are
from `perf record`, by process and thread, rounded, and what is left over. 0.85 s are Scrapy with
the same pages and nothing to fetch, of which bare Scrapy is 0.65 s and all on one core, before
there is anything to share; the aiohttp program starts in 0.3 s. About 0.15 s are the bytes of the
PDFs on their way through Twisted, 0.35 s the start of two worker processes, 0.2 s front matter,
numbering and writing. The rest, 2.15 s, prepares the chapters, and is what the other programs do
not do at all:

| preparing 34 chapters | CPU, s |
| --- | ---: |
| PDFium reads 652 pages, for headings, page numbers and references | 0.88 |
| what is read is understood (Python) | 0.33 |
| streams are packed anew (libdeflate) | 0.29 |
| objects are cleaned, digested and taken apart (Python, qpdf) | 0.27 |
| qpdf opens the files, and writes what PDFium reads | 0.15 |
| LZW is unpacked; by qpdf it was 0.58 | 0.09 |
| all else | 0.13 |

So no single part is left whose end would meet what is asked: without PDFium there is no outline,
without packing a book of twice the size. Where the line is faster than two cores (loopback, 50 ms),
the work that is left when the last byte comes is most of it; where it is slower, next to nothing.

Memory grows by 0.65 MB a chapter of these: what is known of its objects waits for the end in
Python's own values, for only then is it known which number each gets. Streams wait on disk.

## What is compared

- **crawl**: `scrapy crawl dspguide`, a book with outline, page numbers, checked and recompressed.
- **aiohttp**, **requests**: the programs that a good engineer would write in an hour, with
  Beautiful Soup and pypdf (`bench/programs`): all PDFs appended in order, then written.
- **wget + qpdf**, **curl + qpdf**, **curl + aria2c + qpdf**: shell scripts, as short as they go.
  They are told the addresses' patterns, curl and aria2c how many transfers there may be at once.
- **bare Scrapy**: a spider with Scrapy's own settings that fetches one page: what any crawl costs.
- **floor**: what a client without any overhead would need for the crawl's requests, robots.txt
  included, by simulation (`bench/floor.py`): a request can be sent once the answer that names it
  is complete, holds one of N places for the line's latency and for its bytes at the line's rate,
  and the largest come first, as if all sizes were known beforehand.

The lines are made by the server: a pause before each answer, and a rate for each connection. CPU
seconds are those of the process and of all that it waited for. Memory is what all its processes
have resident together at the most, shared pages counted once, from one more run, not timed.
“After the last byte” is from the moment at which the server's last byte of a body is with the
operating system to the book in its place.
"""


def tables(results: Results) -> str:
    """Return all tables, each with a heading."""
    parts = [*_criteria(results)]
    for line in LINES:
        parts += _line_table(results, line)
    parts += _floor_table(results)
    parts += _sizes_table(results)
    parts += _scale_table(results)
    parts += post.table(results)
    if results.missing:
        parts += ["Not run: " + "; ".join(results.missing) + ".", ""]
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    rounds = len({run.round for run in results.runs})
    parts += [f"{rounds} rounds; {machine}.", ""]
    return "\n".join(parts)


def _criteria(results: Results) -> Iterator[str]:
    yield "## What is asked of it\n"
    yield "| | asked | measured |\n| --- | --- | --- |"
    for line in LINES:
        for places in (8, 16):
            runs = chosen(results.runs, CRAWL.name, line.name, places)
            found = figures.to_aiohttp(results, runs)
            yield _asked(
                f"time / aiohttp's, {line.name}, {places} in flight", _ASKED_TIME[line], found
            )
    for line in LINES:
        runs = chosen(results.runs, CRAWL.name, line.name, USUAL)
        found = figures.to_aiohttp(results, runs, lambda r: r.cpu)
        yield _asked(f"CPU / aiohttp's, {line.name}, {USUAL} in flight", 1.3, found)
    yield _asked(f"preparing all chapters / {APPEND}", 1.4, figures.preparing(results))
    for line in LINES:
        runs = chosen(results.runs, CRAWL.name, line.name, USUAL)
        for name, theirs in _others(results, line):
            found = figures.ratio(runs, chosen(results.runs, name, line.name, theirs))
            yield _asked(f"time / {name}'s, {line.name}", 1.0 if line.latency else None, found)
    for line in LINES:
        if line.rate is not None:
            found = figures.to_floor(results, line, USUAL)
            yield _asked(
                f"time / (floor + bare Scrapy), {line.name}, {USUAL} in flight", 1.15, found
            )
    for line in LINES:
        found = figures.to_append(results, line, USUAL)
        most = 0.35 if line.latency else None
        yield _asked(f"after the last byte / {APPEND}, {line.name}", most, found)
    again = chosen(results.runs, AGAIN, LOOPBACK.name, USUAL)
    yield _asked("seconds of a run with nothing changed", 1.2, of_runs(again, lambda r: r.seconds))
    yield _asked("PDF bodies sent in it", 0, of_runs(again, lambda r: r.pdf_bodies))
    peak = of_runs((r for r in results.sampled if r.program == CRAWL.name), _megabytes)
    yield _asked("peak memory of the crawl, MB", 200, peak)
    per_chapter = _per_chapter(results)
    if len(per_chapter) > 1:
        first, *_, last = per_chapter.values()
        found = Spread.of([last.median / first.median])
        yield _asked("time per chapter, 1,000 / 34 chapters", 1.3, found)
    yield ""


def _asked(what: str, most: float | None, found: Spread | None) -> str:
    asked = _NONE if most is None else f"≤ {most:g}"
    missed = most is not None and found is not None and found.median > most
    return f"| {what} | {asked} | {found or _NONE}{' **missed**' if missed else ''} |"


def _megabytes(run: Run) -> float | None:
    return None if run.peak_memory is None else run.peak_memory / 1e6


def _others(results: Results, line: Line) -> list[tuple[str, int | None]]:
    """The other programs, at the usual concurrency where they have one."""
    found = {(r.program, r.places) for r in results.runs if r.line == line.name}
    names = [c.name for c in CONTESTANTS if c not in {CRAWL, AIOHTTP, BARE}]
    return [(n, p) for n in names for p in (None, USUAL) if (n, p) in found]


def _line_table(results: Results, line: Line) -> Iterator[str]:
    yield f"## {line.name[0].upper()}{line.name[1:]}\n"
    yield "| program | in flight | time, s | / aiohttp's | CPU, s | after the last byte, s |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    mine = [run for run in results.runs if run.line == line.name]
    for _, group in groupby(sorted(mine, key=_place), key=_place):
        runs = list(group)
        first = runs[0]
        cells = [
            first.program,
            str(first.places or (_NONE if first.book_bytes is None else 1)),
            _cell(of_runs(runs, lambda r: r.seconds)),
            _cell(figures.to_aiohttp(results, runs)),
            _middle(of_runs(runs, lambda r: r.cpu)),
            _middle(of_runs(runs, lambda r: r.after_last_byte)),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _place(run: Run) -> tuple[int, int]:
    """Where a run stands in a table."""
    names = [*(c.name for c in CONTESTANTS), AGAIN]
    return names.index(run.program), run.places or 0


def _floor_table(results: Results) -> Iterator[str]:
    lines = [line for line in LINES if line.latency]
    places = sorted({r.places for r in results.runs if r.program == CRAWL.name and r.places})
    jobs = figures.crawl_jobs(results)
    if not jobs:
        return
    yield "## The floor, seconds\n"
    yield f"| line | {' | '.join(map(str, places))} in flight |"
    yield "| --- |" + " ---: |" * len(places)
    for line in lines:
        least = figures.floors(results, line, places)
        yield f"| {line.name} | {' | '.join(f'{least[n]:.2f}' for n in places)} |"
        bounds = (lower_bound(jobs, line, n) for n in places)
        yield f"| {line.name}, no order can take less | {' | '.join(f'{b:.2f}' for b in bounds)} |"
    yield ""


def _sizes_table(results: Results) -> Iterator[str]:
    if not results.sampled:
        return
    yield "## Memory and book\n"
    yield "| program | peak memory, MB | book, MB | pages |\n| --- | ---: | ---: | ---: |"
    for run in results.sampled:
        pages = str(run.pages or _NONE)
        yield f"| {run.program} | {_mb(run.peak_memory)} | {_mb(run.book_bytes)} | {pages} |"
    yield ""


def _scale_table(results: Results) -> Iterator[str]:
    if not results.scale:
        return
    yield "## Longer books\n"
    yield "| chapters | pages | time, s | ms a chapter | CPU, s | peak memory, MB | book, MB |"
    yield "| --- |" + " ---: |" * 6
    per_chapter = _per_chapter(results)
    for name, each in per_chapter.items():
        runs = [r for r in results.scale if r.program == name]
        timed = [r for r in runs if r.round >= 0]
        peak = next((r.peak_memory for r in runs if r.peak_memory), None)
        cells = [
            name,
            str(runs[0].pages),
            _cell(of_runs(timed, lambda r: r.seconds)),
            f"{each.median * 1000:.0f}",
            _middle(of_runs(timed, lambda r: r.cpu)),
            _mb(peak),
            _mb(runs[0].book_bytes),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _per_chapter(results: Results) -> dict[str, Spread]:
    """Seconds a chapter, by number of chapters and size of the files."""
    found: dict[str, Spread] = {}
    for name in dict.fromkeys(run.program for run in results.scale):
        timed = [r for r in results.scale if r.program == name and r.round >= 0]
        count = int(name.split()[0])
        spread = Spread.of(run.seconds / count for run in timed)
        if spread is not None:
            found[name] = spread
    return found


def _cell(spread: Spread | None) -> str:
    return _NONE if spread is None else str(spread)


def _middle(spread: Spread | None) -> str:
    return _NONE if spread is None else f"{spread.median:.2f}"


def _mb(size: int | None) -> str:
    return _NONE if size is None else f"{size / 1e6:.1f}"
