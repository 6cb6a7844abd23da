"""The experiments of the post that this project goes back to, repeated."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import api
from bench.contestants import AIOHTTP, CRAWL, USUAL, program
from bench.figures import Spread, chosen, of_runs
from bench.lines import LINES, served
from bench.measure import ProgramFailedError, environment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.rounds import Results

_LINE = LINES[1]
_PAGES = (1, 10, 100)
_API = "API"
_REQUESTS = "requests"
_PROGRAMS = (_REQUESTS, AIOHTTP.name, CRAWL.name)


@dataclass
class Experiment:
    """What the post measured, and what explains what is measured here."""

    name: str
    what: str
    post: str
    """Seconds in the post: one after the other, then at once."""
    why: str


@dataclass
class Timed:
    """One run of a program of an experiment."""

    experiment: str
    program: str
    seconds: float


_EXPERIMENTS = (
    Experiment(
        "1",
        "one page, once",
        "0.96 / 1.0",
        "One request is one wait, whoever sends it. What differs is how long the programs take to "
        "start, and Scrapy, which asks for robots.txt first, takes longest.",
    ),
    Experiment(
        "10",
        "one page, 10 times",
        "3.3 / 2.2",
        "Ten waits one after the other are now longer than a start, and eight at once are two. "
        "This project's start is still most of its time.",
    ),
    Experiment(
        "100",
        "one page, 100 times",
        "27.2 / 12.0",
        "A hundred waits, each with a connection of its own, make the synchronous program slowest. "
        "The other two have thirteen waits, and differ by their starts.",
    ),
    Experiment(
        "book",
        "the whole book",
        "38.1 / 25.9",
        "The synchronous program waits for each page and each file; the asynchronous one binds "
        "when all is here, this project while the rest is still coming. What this project does "
        "beyond appending (checks, compression, outline, page labels, contents, references) costs "
        "it CPU time, which shows the more the less there is to wait for.",
    ),
    Experiment(
        _API,
        f"100 answers of an API that refuses more than {api.AT_ONCE} at once",
        "73.5 / 41.6",
        "With the header that it wants and no more at once than it takes, an API is a page like "
        "another. The difference is again a hundred waits against thirteen.",
    ),
)


def measure(results: Results, cache: Path, rounds: int) -> None:
    """Run the experiments that the other rounds do not include, in turn."""
    with served((_LINE,), cache, size="small", chapters=1) as servers, api.serve() as service:
        page = servers[_LINE].url
        for _ in range(rounds):
            for times in _PAGES:
                results.post += _runs(str(times), page, times)
            results.post += _runs(_API, service, 100, "=".join(api.HEADER))


def table(results: Results) -> Iterator[str]:
    """Yield the lines of the table beside the post's figures, and what explains it."""
    if not results.post:
        return
    yield "## The post's own experiments, seconds\n"
    yield "| | post: one by one / at once | requests | aiohttp | this project |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for one in _EXPERIMENTS:
        cells = " | ".join(str(_seconds(results, one, name) or "–") for name in _PROGRAMS)
        yield f"| {one.what} | {one.post} | {cells} |"
    yield ""
    yield (
        f"All with {_LINE.name} before each answer, aiohttp and this project with {USUAL} requests "
        "in flight; the post's were fetched over the Internet of its day.\n"
    )
    for one in _EXPERIMENTS:
        yield f"- **{one.what[0].upper()}{one.what[1:]}.** {one.why}"
    yield ""


def _seconds(results: Results, experiment: Experiment, name: str) -> Spread | None:
    if experiment.name == "book":
        places = None if name == _REQUESTS else USUAL
        return of_runs(chosen(results.runs, name, _LINE.name, places), lambda run: run.seconds)
    return Spread.of(
        run.seconds
        for run in results.post
        if (run.experiment, run.program) == (experiment.name, name)
    )


def _runs(experiment: str, url: str, times: int, header: str | None = None) -> Iterator[Timed]:
    for name in _PROGRAMS:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            began = time.monotonic()
            done = subprocess.run(
                _command(name, url, times, header),
                cwd=folder,
                env=environment_of(CRAWL.environment),
                capture_output=True,
                text=True,
                check=False,
            )
            seconds = time.monotonic() - began
        # The others end with an error where an answer is refused.
        came = f"'downloader/response_status_count/200': {times}," in done.stderr
        if done.returncode or (name == CRAWL.name and not came):
            raise ProgramFailedError(f"{name}: status {done.returncode}\n{done.stderr[-3000:]}")
        yield Timed(experiment, name, seconds)


def _command(name: str, url: str, times: int, header: str | None) -> list[str]:
    headers = [header] if header is not None else []
    if name == _REQUESTS:
        return [sys.executable, program("pages_requests.py"), url, str(times), *headers]
    if name == AIOHTTP.name:
        return [
            *(sys.executable, program("pages_aiohttp.py")),
            *(url, str(times), str(USUAL), *headers),
        ]
    key, _, value = (header or "").partition("=")
    more = ["-s", f'DEFAULT_REQUEST_HEADERS={{"{key}": "{value}"}}'] if header else []
    return [
        *(sys.executable, "-m", "scrapy", "runspider", program("pages_spider.py")),
        *("-a", f"url={url}", "-a", f"times={times}", "-s", f"CONCURRENT_REQUESTS={USUAL}", *more),
    ]
