"""A worker process as its parent sees it: chapters in, prepared chapters or an error out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from dspguide.pdf.errors import REASONS, BindingError, PdfError, RejectedChapter
from dspguide.pdf.workers.protocol import (
    Failed,
    Prepare,
    Prepared,
    ProtocolError,
    Ready,
    Refused,
    Warm,
    receive_reply,
    send_request,
)
from dspguide.pdf.workers.worker import OUT_OF_MEMORY

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf.model import ChapterPlan, Limits, PreparedChapter
    from dspguide.pdf.spool import Spool
    from dspguide.pdf.workers.protocol import Reply, Request

_MAIN = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from dspguide.pdf.workers.worker import main; main()"
)
#: A process that waits is no reason to give up on it; one that hangs is. The limit of CPU time
#: is what ends a busy one, where the system knows such limits.
_WALL_CLOCK_FACTOR = 6
#: How libraries written in C end a process that gets no memory: by abort(), or by a trap.
_ABORTS = {
    -number
    for number in (signal.SIGABRT, signal.SIGILL, getattr(signal, "SIGTRAP", signal.SIGABRT))
}
_STDERR_KEPT = 2_000  # bytes from its end


class WorkerDied(PdfError):  # noqa: N818 - says what happened to the process
    """Raised by ask() when the process ended instead of replying; ``reason`` is one of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class WorkerProcess:
    """Prepares one chapter after the other, in a process that is started when there is need.

    Use it in one thread; kill() and rest() are for any.
    """

    def __init__(self, limits: Limits, spool: Spool) -> None:
        """Large streams of what is prepared go into the spool."""
        self._limits = limits
        self._spool = spool
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._overdue = False
        self._killed = False
        self._at_work = threading.Lock()

    def start(self) -> None:
        """Start the process, if there is none. Raises BindingError."""
        with self._at_work:
            self._start()

    def _start(self) -> None:
        if self._process is not None:
            return
        try:
            self._spawn()
            if self._killed:
                self.kill()
            reply = self.ask(Warm(self._limits))
        except (OSError, ValueError, WorkerDied) as error:
            self.end()
            raise BindingError(f"no worker process can be started: {error}") from error
        if not isinstance(reply, Ready):
            self.end()
            detail = reply.detail if isinstance(reply, Failed) else "it said something else"
            raise BindingError(f"no worker process can be started: {detail}")

    def _spawn(self) -> None:
        self._overdue = False
        # Not the parent's: a service, or a program without a console, may have closed that.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - end() closes it
        # The child finds modules where this process does: eggs and scrapyd change sys.path.
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
            [sys.executable, "-c", _MAIN, json.dumps([str(entry) for entry in sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def prepare(
        self, source: Path, plan: ChapterPlan, position: int, *, find_references: bool = True
    ) -> PreparedChapter:
        """Have a chapter prepared. Raises RejectedChapter, and BindingError for other faults.

        After any other exception than these call end().
        """
        with self._at_work:
            self._start()
            return self._prepare(source, plan, position, find_references)

    def _prepare(
        self, source: Path, plan: ChapterPlan, position: int, find_references: bool
    ) -> PreparedChapter:
        request = Prepare(os.fsencode(source), plan, position, self._limits, find_references)
        try:
            reply = self.ask(request)
        except WorkerDied as died:
            what = {
                "too-slow": "reading it takes too long",
                "too-big": "reading it takes too much memory",
            }.get(died.reason, f"the process that read it died ({died})")
            raise RejectedChapter(died.reason, f"{plan.name} cannot be bound: {what}") from died
        if isinstance(reply, Prepared):
            if reply.chapter.plan == plan and reply.chapter.position == position:
                return reply.chapter
        elif isinstance(reply, Refused) and reply.reason in REASONS:
            if reply.reason == "too-big":  # leaves the process short of memory
                self.end()
            raise RejectedChapter(reply.reason, reply.detail)
        elif isinstance(reply, Failed):
            raise BindingError(reply.detail)
        self.end()
        raise BindingError(f"the process that read {plan.name} answered something else")

    def ask(self, request: Request) -> Reply:
        """Send a request and return the reply.

        Raises WorkerDied, RuntimeError where the system has no thread left to watch the time.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ValueError("the process has no pipes")
        seconds = self._limits.seconds * _WALL_CLOCK_FACTOR
        watchdog = threading.Timer(seconds, self._give_up, (process,))
        watchdog.daemon = True
        watchdog.start()
        try:
            send_request(process.stdin, request)
            # A worker cannot say more than it has memory for.
            return receive_reply(process.stdout, self._spool, self._limits.memory)
        except ProtocolError as error:
            self.end()
            raise WorkerDied("crashed", f"it was ended, since {error}") from error
        except (EOFError, BrokenPipeError) as error:
            raise self._death(process) from error
        finally:
            watchdog.cancel()

    def _death(self, process: subprocess.Popen[bytes]) -> WorkerDied:
        """Why the process ended. Where it was killed by the system, that is for its memory."""
        try:
            status = process.wait(timeout=1)  # what it died of, not what end() does to it
        except subprocess.TimeoutExpired:
            status = 0
        said = self._last_words()
        self.end()
        if self._overdue or status == -getattr(signal, "SIGXCPU", 24):
            return WorkerDied("too-slow", "it took too long")
        if status == OUT_OF_MEMORY or status in _ABORTS:
            return WorkerDied("too-big", "it took too much memory")
        return WorkerDied("crashed", f"status {status}{said}")

    def _last_words(self) -> str:
        """The last line of what the process wrote to its standard error."""
        assert self._stderr is not None  # noqa: S101 - as long as there is a process
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(self._stderr.tell() - _STDERR_KEPT, 0))
        lines = self._stderr.read().decode("utf-8", "replace").split("\n")
        words = [" ".join(line.split()) for line in lines if line.strip()]
        return f": {words[-1]}" if words else ""

    def _give_up(self, process: subprocess.Popen[bytes]) -> None:
        self._overdue = True
        process.kill()

    def kill(self) -> None:
        """End the process at once, and every one that is started later."""
        self._killed = True
        process = self._process
        if process is not None:
            process.kill()

    def rest(self) -> None:
        """End the process, unless it is at work: the next is started when needed."""
        if self._at_work.acquire(blocking=False):
            self.end()
            self._at_work.release()

    def end(self) -> None:
        """Kill the process, which keeps nothing that matters; the next is started when needed."""
        process, self._process = self._process, None
        pipes = [self._stderr]
        if process is not None:
            process.kill()
            process.wait()
            pipes += [process.stdin, process.stdout]
        for pipe in pipes:
            if pipe is not None:
                with suppress(OSError):  # what was still to be sent has nobody to read it
                    pipe.close()
