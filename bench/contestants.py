"""The programs that are compared."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.lines import Line

_PROGRAMS = Path(__file__).parent / "programs"

PLACES = (1, 2, 4, 8, 16, 32)
"""The concurrencies that are tried."""
USUAL = 8
"""What a program without that knob is compared with."""


def program(name: str) -> str:
    """Return the path of one of the programs that are compared."""
    return str(_PROGRAMS / name)


@dataclass(frozen=True, eq=False)
class Contestant:
    """A program that gets the whole book."""

    name: str
    command: Callable[[str, int], list[str]]
    """From start page and concurrency to what is run."""
    places: tuple[int, ...] | None = None
    """The concurrencies at which it is run; None for one that sends one request at a time."""
    needs: tuple[str, ...] = ()
    """Programs that have to be installed."""
    book: str | None = "book.pdf"
    """Where it leaves the book, below the folder that it runs in."""
    environment: dict[str, str] = field(default_factory=dict)
    """What it needs in its environment."""

    @property
    def missing(self) -> list[str]:
        """The programs that it needs and that are not here."""
        return [name for name in self.needs if shutil.which(name) is None]


def crawl(url: str, places: int) -> list[str]:
    """The command of this project."""
    return [
        *(sys.executable, "-m", "scrapy", "crawl", "dspguide", "-a", f"url={url}"),
        *("-s", f"CONCURRENT_REQUESTS={places}"),
    ]


def _python(name: str, *, takes_places: bool = False) -> Callable[[str, int], list[str]]:
    def command(url: str, places: int) -> list[str]:
        last = [str(places)] if takes_places else []
        return [sys.executable, program(name), url, "book.pdf", *last]

    return command


def _shell(name: str) -> Callable[[str, int], list[str]]:
    return lambda url, places: ["sh", program(name), url, "book.pdf", str(places)]


def _bare(url: str, _: int) -> list[str]:
    spider = program("bare_spider.py")
    return [sys.executable, "-m", "scrapy", "runspider", spider, "-a", f"url={url}"]


def append_command(chapters: list[Path]) -> list[str]:
    """Append and write with plain pypdf; prints the seconds without the start of Python."""
    return [sys.executable, program("append_pypdf.py"), "book.pdf", *map(str, chapters)]


def prepare_command(chapters: list[Path]) -> list[str]:
    """Prepare the chapters as the crawl does; prints the seconds without the start of Python."""
    return [sys.executable, program("prepare_chapters.py"), *map(str, chapters)]


CRAWL = Contestant(
    "crawl",
    crawl,
    PLACES,
    book="output/dspguide.pdf",
    # It runs in a folder without the project's scrapy.cfg.
    environment={"SCRAPY_SETTINGS_MODULE": "dspguide.settings"},
)
AIOHTTP = Contestant("aiohttp", _python("async_aiohttp.py", takes_places=True), PLACES)
BARE = Contestant("bare Scrapy", _bare, book=None)

CONTESTANTS = (
    CRAWL,
    AIOHTTP,
    Contestant("requests", _python("sync_requests.py")),
    Contestant("wget + qpdf", _shell("wget_qpdf.sh"), needs=("wget", "qpdf")),
    Contestant("curl + qpdf", _shell("curl_qpdf.sh"), (8, 16), ("curl", "qpdf")),
    Contestant(
        "curl + aria2c + qpdf", _shell("curl_aria2_qpdf.sh"), (8, 16), ("curl", "aria2c", "qpdf")
    ),
    BARE,
)


def is_run_on(contestant: Contestant, line: Line) -> bool:
    """Tell whether a program is of interest on a line: of the bare process only its own time is."""
    return contestant is not BARE or not line.latency
