"""What runs inside a worker process: requests in on standard input, replies out on standard output.

Started as ``python -c`` rather than through multiprocessing, which would import the parent's
main module again in every child: for ``scrapy`` that is all of Scrapy.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import signal
import struct
import sys
from typing import IO, TYPE_CHECKING, Any

from dspguide.pdf.errors import BindingError, PdfError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dspguide.pdf.model import ChapterPlan, Limits, PreparedChapter

try:
    import resource
except ImportError:  # Windows has no such limits; the parent's watchdog is all there is
    resource = None  # type: ignore[assignment]  # typeshed knows no module that is not there

#: Exit status of a worker that reached its limit of memory.
OUT_OF_MEMORY = 77

_LENGTH = struct.Struct("!Q")
#: Lets objects of many pages come and go between two collections, which otherwise cost a third
#: of the work.
_COLLECT_AFTER = 200_000


def send(stream: IO[bytes], message: object) -> None:
    """Write one message and flush."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message; EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return pickle.loads(body)  # noqa: S301 - from our own process, over a private pipe


def main() -> None:
    """Serve until standard input is closed, which also happens when the parent dies."""
    # Ctrl-C reaches the whole group; what becomes of the work is the parent's to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger().addHandler(logging.NullHandler())
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Nothing that a library prints may get between the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    gc.set_threshold(_COLLECT_AFTER, 50, 1000)
    try:
        _serve(sys.stdin.buffer, replies)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    # Everything is written; there is nothing that the interpreter's end could add but time.
    os._exit(0)


def _serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    operations = _Operations()
    try:
        while True:
            name, arguments = receive(requests)
            send(replies, _answer(getattr(operations, name), arguments))
    except (EOFError, BrokenPipeError):
        return  # the parent is gone


def _answer(operation: Callable[..., object], arguments: tuple[object, ...]) -> tuple[bool, object]:
    """What an operation returned, or the error that it raised."""
    try:
        return True, operation(*arguments)
    except PdfError as error:
        # Without its traceback, whose frames hold on to the chapter.
        return False, error.with_traceback(None)
    except OSError as error:
        return False, BindingError(f"{type(error).__name__}: {error}")


class _Operations:
    """The requests that a worker understands."""

    def warm(self, limits: Limits) -> None:
        """Load what prepare needs, and take on the limits of memory."""
        import dspguide.pdf.preparation  # noqa: F401, PLC0415 - ahead of the first chapter

        gc.freeze()
        if resource is not None and sys.platform.startswith("linux"):
            # RLIMIT_DATA counts what is written to, RLIMIT_AS all of the shared libraries too.
            resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))

    def prepare(
        self,
        source: Path,
        plan: ChapterPlan,
        position: int,
        limits: Limits,
        find_references: bool,
    ) -> PreparedChapter:
        """Prepare a chapter."""
        from dspguide.pdf.preparation import prepare  # noqa: PLC0415 - warm() loads it

        _limit_time(limits.seconds)
        return prepare(source, plan, position, limits=limits, find_references=find_references)


def _limit_time(seconds: float) -> None:
    """Let the system end this process when the next job takes more CPU than it may."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        allowed = int(used.ru_utime + used.ru_stime + seconds) + 1
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))
