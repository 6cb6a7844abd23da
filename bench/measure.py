"""One program from its start to its book, measured from outside."""

from __future__ import annotations

import compileall
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mockserver import RemoteServer, Request

ROOT = Path(__file__).parent.parent
_SAMPLE_SECONDS = 0.01


@dataclass
class Sent:
    """A request as the server saw it; times in seconds since the start of the process."""

    path: str
    started: float
    ended: float
    body_bytes: int


@dataclass
class Run:
    """What one run took."""

    program: str
    line: str
    places: int | None
    """Most requests in flight; None for a program that sends one at a time or has no such knob."""
    round: int
    """0-based; runs of one round are compared with each other."""
    seconds: float
    """From the start of the process to its end."""
    cpu: float
    """CPU seconds of the process and of all that it waited for."""
    first_request: float
    """Seconds from the start to the first request at the server."""
    after_last_byte: float | None
    """Seconds from the last byte of a body to the book in its place; None without either."""
    after_book: float | None
    """Seconds from the book in its place to the end of the process."""
    book_bytes: int | None
    pages: int | None
    pdf_bodies: int
    """Answers that brought bytes of a PDF."""
    max_in_flight: int
    peak_memory: int | None = None
    """Most bytes resident at once, of all its processes together; of sampled runs only."""
    sent: list[Sent] = field(default_factory=list)


class ProgramFailedError(Exception):
    """Raised when a program ends without the book; carries the end of its log."""


def run(
    command: Sequence[str],
    server: RemoteServer,
    folder: Path,
    *,
    program: str,
    line: str,
    places: int | None = None,
    round: int = 0,  # noqa: A002  # the word for it
    book: str | None = "book.pdf",
    environment: dict[str, str] | None = None,
    sampled: bool = False,
) -> Run:
    """Run a command in a folder and return what it took.

    `book` is where it puts the book, below the folder; None for a program that makes none.
    `sampled` watches the memory, which costs the program some time. Raises ProgramFailedError.
    """
    server.reset()
    log_path = folder / "log.txt"
    with log_path.open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment_of(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        watch = _MemoryWatch(process.pid) if sampled else None
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.monotonic()
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.stop() if watch else None
    if process.returncode != 0 or (book is not None and not (folder / book).exists()):
        tail = log_path.read_text("utf-8", "replace")[-3000:]
        raise ProgramFailedError(f"{program}: status {process.returncode}\n{tail}")
    answers = server.log()
    requests = server.requests
    path = folder / book if book is not None else None
    placed = _placed(path) if path is not None else None
    last = max((r.ended for r in requests if r.ended and r.body_bytes), default=None)
    renewed = placed is not None and placed > began
    return Run(
        program=program,
        line=line,
        places=places,
        round=round,
        seconds=ended - began,
        cpu=usage.ru_utime + usage.ru_stime,
        first_request=min((r.started for r in requests), default=began) - began,
        after_last_byte=placed - last if renewed and placed and last else None,
        after_book=ended - placed if renewed and placed else None,
        book_bytes=path.stat().st_size if path else None,
        pages=_pages(path) if path else None,
        pdf_bodies=sum(1 for r in requests if r.body_bytes and _is_pdf(r)),
        max_in_flight=answers["max_in_flight"],
        peak_memory=peak,
        sent=[_sent(r, began) for r in requests],
    )


def compile_package() -> None:
    """Compile the project's modules, as pip does; the environment may keep Python from it."""
    compileall.compile_dir(ROOT / "dspguide", quiet=1)


def environment_of(more: dict[str, str] | None) -> dict[str, str]:
    """Return the environment of a program: no proxy between it and the server."""
    inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return {**inherited, "PYTHONPATH": str(ROOT), **(more or {})}


def _placed(book: Path) -> float:
    """When the book came to its place or was last written to, on the monotonic clock."""
    return book.stat().st_ctime - time.time() + time.monotonic()


def _pages(book: Path) -> int:
    with pikepdf.open(book) as pdf:
        return len(pdf.pages)


def _is_pdf(request: Request) -> bool:
    return request.path.endswith(".PDF")


def _sent(request: Request, began: float) -> Sent:
    ended = request.ended if request.ended is not None else request.started
    return Sent(request.path, request.started - began, ended - began, request.body_bytes)


class _MemoryWatch:
    """Adds up, again and again, what a process and its descendants have resident.

    Pages that they share count once, where the system tells them apart.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Return the peak in bytes."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, self._now())

    def _now(self) -> int:
        total = 0
        try:
            for process in (self._process, *self._process.children(recursive=True)):
                memory = process.memory_full_info()
                total += getattr(memory, "pss", memory.rss)
        except psutil.Error:
            return 0  # one of them has just ended
        return total
