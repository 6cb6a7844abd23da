"""Runs the program as a user does: a process, in a folder of its own, with real files."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.forked import Forked, can_fork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from tests.mockserver import Server, Site

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
"""Seconds after which a process that a test waits for counts as hanging."""

# Waits that would only make the tests longer; each is a documented setting.
# One process that reads is enough for small books, and quicker to start than two.
QUICK = (
    *("-s", "BACKOFF_START=0.01", "-s", "BACKOFF_MAX=0.05"),
    *("-s", "STOP_GRACE=0.5", "-s", "BOOK_WORKERS=1"),
)


def environment_with(own: dict[str, str]) -> dict[str, str]:
    """Return the environment that the program runs in, with what a test wants of its own."""
    return {
        **{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "SCRAPY_SETTINGS_MODULE": "dspguide.settings",
        **own,
    }


@dataclass
class Ended:
    """What a process left behind."""

    status: int
    log: str

    @property
    def last_lines(self) -> str:
        """What the user reads last: the lines of the project's own logger at the end of the log."""
        return self.log[self.log.rfind("INFO: Spider closed (") :]

    @property
    def stats(self) -> dict[str, Any]:
        """The crawl's stats, as far as they are plain values."""
        lines = self.log[self.log.rfind("Dumping Scrapy stats:") :].splitlines()
        found = {}
        for line in lines:
            name, colon, value = line.strip(" {},").partition("': ")
            if colon:
                found[name.strip("'")] = _value(value)
        return found


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text  # a datetime


class Started(ABC):
    """A process that ends at the latest with the block that it is used in."""

    process: subprocess.Popen[Any] | Forked

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self._let_go()

    @abstractmethod
    def _let_go(self) -> None:
        """Do what is left to do when the process has ended, or is about to."""


def start(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start a program whose output is read from one pipe."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


class Running(Started):
    """A process under way, whose log can be watched."""

    def __init__(self, process: subprocess.Popen[str] | Forked) -> None:
        self.process = process
        self._lines: list[str] = []
        self._reading = True
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _let_go(self) -> None:
        self.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        self.process.stdout.close()
        with self._news:
            self._reading = False
            self._news.notify_all()

    def wait_for(self, words: str) -> None:
        """Return once the log holds these words."""
        with self._news:
            if not self._news.wait_for(lambda: words in "".join(self._lines), PATIENCE):
                raise AssertionError(f"{words!r} never came:\n{''.join(self._lines)}")

    def wait_for_lines(self, more: int) -> None:
        """Return once so many more lines came, or the process has ended."""
        with self._news:
            goal = len(self._lines) + more
            self._news.wait_for(lambda: len(self._lines) >= goal or not self._reading, PATIENCE)

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self.process.poll() is None

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def wait(self) -> Ended:
        """Return what is left once the process has ended."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self._reader.join()
            raise AssertionError(f"the process hangs:\n{''.join(self._lines)}") from None
        self._reader.join()
        return Ended(status, "".join(self._lines))


@dataclass
class Project:
    """A folder in which the program is run."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def book(self) -> Path:
        """Where the book goes by default."""
        return self.folder / "output" / "dspguide.pdf"

    @property
    def chapters(self) -> Path:
        """Where the chapters go by default."""
        return self.folder / "output" / "chapters" / "dspguide"

    def manifest(self, book: Path | None = None) -> dict[str, Any]:
        """Return the manifest of a book."""
        path = (book or self.book).with_suffix(".json")
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return value

    def chapters_pages(self, book: Path | None = None) -> int:
        """Return how many pages of a book are its chapters'."""
        record = self.manifest(book)["book"]
        return int(record["pages"] - record["front_matter_pages"])

    def start(self, *arguments: str) -> Running:
        """Start `scrapy` with these arguments."""
        environment = environment_with(self.environment)
        if can_fork(self.environment):
            return Running(Forked(arguments, self.folder, environment))
        return self.start_program("-m", "scrapy", *arguments)

    def start_program(self, *arguments: str) -> Running:
        """Start Python with these arguments."""
        environment = environment_with(self.environment)
        return Running(start([sys.executable, *arguments], self.folder, environment))

    def run(self, *arguments: str) -> Ended:
        """Run `scrapy` with these arguments to its end."""
        with self.start(*arguments) as running:
            return running.wait()

    def crawl(self, url: str, *arguments: str) -> Ended:
        """Run `scrapy crawl dspguide` on a copy of the site."""
        with self.start_crawl(url, *arguments) as running:
            return running.wait()

    def start_crawl(self, url: str, *arguments: str) -> Running:
        """Start `scrapy crawl dspguide` on a copy of the site."""
        return self.start("crawl", "dspguide", "-a", f"url={url}", *QUICK, *arguments)

    def litter(self) -> list[str]:
        """Return the files below the folder that a finished run has no use for."""
        return sorted(
            str(path.relative_to(self.folder)) for path in self._files() if _is_litter(path)
        )

    def _files(self) -> Iterator[Path]:
        return (path for path in self.folder.rglob("*") if path.is_file())


def _is_litter(path: Path) -> bool:
    left = (".new", ".probe", ".tmp", ".part", ".part.json", ".lock")
    return path.name.endswith(left) or path.parent.name == "work"


def assert_right(project: Project, server: Server[Site]) -> None:
    """See that every stored chapter is what the site has, and the book has all their pages."""
    book = server.site.book
    files = sorted(project.chapters.glob("*.pdf"))
    sent = [server.site.pdf(chapter.number) for chapter in book.chapters]
    assert [path.read_bytes() for path in files] == sent
    assert (
        project.manifest()["book"]["pages"] - project.manifest()["book"]["front_matter_pages"]
        == book.pages
    )
    assert project.litter() == []
