"""What runs inside a worker process: requests in on standard input, replies out on standard output.

Started as ``python -c`` rather than through multiprocessing, which would import the parent's
main module again in every child: for ``scrapy`` that is all of Scrapy.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.workers.protocol import (
    Failed,
    Prepare,
    Prepared,
    Ready,
    Refused,
    Reply,
    Request,
    Warm,
    receive_request,
    send_reply,
)

try:
    import resource
except ImportError:  # Windows has no such limits; the parent's watchdog is all there is
    resource = None  # type: ignore[assignment]  # typeshed knows no module that is not there

#: Exit status of a worker that reached its limit of memory.
OUT_OF_MEMORY = 77


def main() -> None:
    """Serve until standard input is closed, which also happens when the parent dies."""
    # Ctrl-C reaches the whole group; what becomes of the work is the parent's to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger().addHandler(logging.NullHandler())
    replies = os.fdopen(os.dup(1), "wb")
    # Nothing that a library prints may get between the replies.
    os.dup2(2, 1)
    try:
        while True:
            send_reply(replies, _reply(receive_request(sys.stdin.buffer)))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (EOFError, BrokenPipeError):
        # The parent is gone; there is nothing that the interpreter's end could add but time.
        os._exit(0)


def _reply(request: Request) -> Reply:
    try:
        return _warm(request) if isinstance(request, Warm) else _prepare(request)
    except RejectedChapter as rejected:
        return Refused(rejected.reason, rejected.detail)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whoever asked must hear of it
        return Failed(f"{type(error).__name__}: {error}")


def _warm(request: Warm) -> Ready:
    import dspguide.pdf.preparation  # noqa: F401, PLC0415 - ahead of the first chapter

    if resource is not None and sys.platform.startswith("linux"):
        # RLIMIT_DATA counts what is written to, RLIMIT_AS all of the shared libraries too.
        resource.setrlimit(resource.RLIMIT_DATA, (request.limits.memory, request.limits.memory))
    return Ready()


def _prepare(request: Prepare) -> Prepared:
    from dspguide.pdf.preparation import prepare  # noqa: PLC0415 - loaded by _warm()

    limits = request.limits
    if resource is not None:
        # The system ends this process when the chapter takes more CPU than it may.
        used = resource.getrusage(resource.RUSAGE_SELF)
        allowed = max(int(used.ru_utime + used.ru_stime + limits.seconds), 1)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))
    return Prepared(
        prepare(
            Path(os.fsdecode(request.source)),
            request.plan,
            request.position,
            limits=limits,
            find_references=request.find_references,
        )
    )
