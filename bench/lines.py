"""The lines between the programs and the site."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.mockserver import serve_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mockserver import RemoteServer


@dataclass(frozen=True)
class Line:
    """How long an answer takes to begin, and how fast its bytes come."""

    name: str
    latency: float = 0.0
    """Seconds before each answer."""
    rate: float | None = None
    """Bytes per second of each connection; None for what loopback gives."""

    @property
    def options(self) -> list[str]:
        """What the server is told."""
        rate = ["--rate", str(self.rate)] if self.rate is not None else []
        return ["--latency", str(self.latency), *rate]

    def seconds(self, size: int) -> float:
        """Return how long a request occupies its connection; `size` in bytes."""
        return self.latency + (size / self.rate if self.rate is not None else 0.0)


LOOPBACK = Line("loopback")
LINES = (LOOPBACK, Line("50 ms", 0.05), Line("100 ms, 1 MB/s", 0.1, 1e6))


@contextmanager
def served(
    lines: tuple[Line, ...], cache: Path, *, size: str = "full", chapters: int | None = None
) -> Iterator[dict[Line, RemoteServer]]:
    """A server for each line, each in a process of its own; PDFs are made once, in `cache`."""
    book = ["--size", size, "--cache", str(cache), "--processes", "0"]
    if chapters is not None:
        book += ["--chapters", str(chapters)]
    with ExitStack() as stack:
        yield {line: stack.enter_context(serve_process(*book, *line.options)) for line in lines}
