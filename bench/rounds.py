"""All programs on all lines, round after round, so that the machine's moods meet all alike."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.contestants import CONTESTANTS, CRAWL, USUAL, append_command, is_run_on, prepare_command
from bench.lines import LINES, LOOPBACK, Line, served
from bench.measure import Run, Sent, environment_of, run
from bench.post import Timed
from dspguide.demo import Book, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.contestants import Contestant
    from tests.mockserver import RemoteServer

AGAIN = "crawl again"
"""The crawl's second run in a folder, with nothing changed."""
APPEND = "pypdf append + write"


@dataclass
class Plan:
    """What is to be run."""

    rounds: int = 5
    places: tuple[int, ...] | None = None
    """Only these concurrencies; None for all."""
    only: tuple[str, ...] = ()
    """Only programs whose names begin so; empty for all."""

    def wants(self, name: str) -> bool:
        """Tell whether a program is to be run."""
        return not self.only or any(name.startswith(word) for word in self.only)


@dataclass
class Results:
    """What was measured; kept as JSON."""

    runs: list[Run] = field(default_factory=list)
    sampled: list[Run] = field(default_factory=list)
    """Runs on loopback that were watched for their memory."""
    append_seconds: list[float] = field(default_factory=list)
    """Plain pypdf's append and write of the same chapters, one in each round."""
    prepare_seconds: list[float] = field(default_factory=list)
    """Preparing the same chapters in one process, beside it."""
    scale: list[Run] = field(default_factory=list)
    """Crawls of longer books, `places` in flight; `program` names the number of chapters."""
    post: list[Timed] = field(default_factory=list)
    """The post's experiments with single pages and with an API."""
    missing: list[str] = field(default_factory=list)
    """What could not be run, and why."""
    machine: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write them."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), separators=(",", ":")), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read them; raises FileNotFoundError where nothing was measured."""
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
        for name in ("runs", "sampled", "scale"):
            value[name] = [_run(record) for record in value[name]]
        value["post"] = [Timed(**record) for record in value.get("post", ())]
        return cls(**value)


def _run(record: dict[str, Any]) -> Run:
    return Run(**{**record, "sent": [Sent(**sent) for sent in record["sent"]]})


def measure(plan: Plan, cache: Path, results: Results, save: Callable[[], None]) -> None:
    """Run everything; `cache` is the folder that keeps the copy's PDFs.

    `save` is called now and then, so that what was measured outlives what goes wrong later.
    """
    chosen = [c for c in CONTESTANTS if plan.wants(c.name)]
    for contestant in chosen:
        if contestant.missing:
            results.missing.append(f"{contestant.name}: no {', '.join(contestant.missing)}")
    chosen = [contestant for contestant in chosen if not contestant.missing]
    with served(LINES, cache) as servers, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        chapters = _chapters(Path(folder), cache)
        for number in range(plan.rounds):
            for line in LINES:
                # Each round begins elsewhere, so that nobody always comes after the same.
                turned = chosen[number % len(chosen) :] + chosen[: number % len(chosen)]
                for contestant in turned:
                    results.runs += _runs(contestant, line, servers[line], plan, number)
                save()
                _say(f"round {number + 1} of {plan.rounds}: {line.name}")
            results.append_seconds.append(_seconds(append_command(chapters)))
            results.prepare_seconds.append(_seconds(prepare_command(chapters)))
        for contestant in chosen:
            results.sampled += _sampled(contestant, servers[LOOPBACK], plan)


def _runs(
    contestant: Contestant, line: Line, server: RemoteServer, plan: Plan, number: int
) -> Iterator[Run]:
    if not is_run_on(contestant, line):
        return
    for places in _places(contestant, plan):
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            yield _once(contestant, server, folder, line=line, places=places, number=number)
            if contestant is CRAWL and places == USUAL:
                again = _once(contestant, server, folder, line=line, places=places, number=number)
                again.program, again.sent = AGAIN, []
                yield again


def _sampled(contestant: Contestant, server: RemoteServer, plan: Plan) -> Iterator[Run]:
    for places in _places(contestant, plan):
        if places in {None, USUAL}:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                yield _once(contestant, server, Path(folder), places=places, sampled=True)


def _places(contestant: Contestant, plan: Plan) -> list[int | None]:
    if contestant.places is None:
        return [None]
    return [n for n in contestant.places if plan.places is None or n in plan.places]


def _once(
    contestant: Contestant,
    server: RemoteServer,
    folder: Path,
    *,
    line: Line = LOOPBACK,
    places: int | None = USUAL,
    number: int = 0,
    sampled: bool = False,
) -> Run:
    result = run(
        contestant.command(server.url, places or USUAL),
        server,
        folder,
        program=contestant.name,
        line=line.name,
        places=places,
        round=number,
        book=contestant.book,
        environment=contestant.environment,
        sampled=sampled,
    )
    if contestant is not CRAWL or places != USUAL:
        result.sent = []  # only the crawl's way is drawn and simulated
    return result


def measure_scale(
    counts: tuple[int, ...], size: str, cache: Path, results: Results, rounds: int
) -> None:
    """Crawl books of so many chapters on loopback; the first run of each is only for memory."""
    for count in counts:
        with served((LOOPBACK,), cache, size=size, chapters=count) as servers:
            for number in range(-1, rounds):
                with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                    crawl = _once(
                        CRAWL, servers[LOOPBACK], Path(folder), number=number, sampled=number < 0
                    )
                crawl.program, crawl.sent = f"{count} {size}", []
                results.scale.append(crawl)
        _say(f"{count} chapters")


def _chapters(folder: Path, cache: Path) -> list[Path]:
    """Write the copy's chapters as files, for the program that only appends them."""
    site = Site(Book.standard("full"), cache=cache)
    paths = []
    for chapter in site.book.chapters:
        path = folder / f"{chapter.number:02}.pdf"
        path.write_bytes(site.pdf(chapter.number))
        paths.append(path)
    return paths


def _seconds(command: list[str]) -> float:
    """Run a program that prints what it took."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        done = subprocess.run(
            command,
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            env=environment_of(None),
        )
    return float(done.stdout)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
