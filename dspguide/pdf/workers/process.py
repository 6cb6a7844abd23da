"""A worker process as its parent sees it: ask, wait, get a reply or an error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

from dspguide.pdf.errors import PdfError
from dspguide.pdf.workers.protocol import ProtocolError, receive_reply, send_request
from dspguide.pdf.workers.worker import OUT_OF_MEMORY

if TYPE_CHECKING:
    from dspguide.pdf.spool import Spool
    from dspguide.pdf.workers.protocol import Reply, Request

_MAIN = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from dspguide.pdf.workers.worker import main; main()"
)
#: How libraries written in C end a process that gets no memory: by abort(), or by a trap.
_ABORTS = frozenset(
    -number
    for number in (
        signal.SIGABRT,
        signal.SIGILL,
        getattr(signal, "SIGTRAP", signal.SIGABRT),
    )
)
_STDERR_KEPT = 2_000  # bytes from its end


class WorkerDied(PdfError):  # noqa: N818 - says what happened to the process
    """Raised by ask() when the process ended instead of replying; ``reason`` is one of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class WorkerProcess:
    """One worker process. Ask from one thread at a time; kill from any."""

    def __init__(self, largest_reply: int) -> None:
        """Start it; ``largest_reply`` is in bytes. Raises OSError and ValueError."""
        self._largest_reply = largest_reply
        # Not the parent's: a service, or a program without a console, may have closed that.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - end() closes it
        try:
            # The child finds modules where this process does: eggs and scrapyd change sys.path.
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
                [sys.executable, "-c", _MAIN, json.dumps([str(entry) for entry in sys.path])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except BaseException:
            self._stderr.close()
            raise
        self._overdue = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ask(self, request: Request, spool: Spool, *, seconds: float) -> Reply:
        """Send a request and return the reply, whose large streams go into the spool.

        ``seconds`` of wall-clock time are the limit for a process that hangs. Raises WorkerDied,
        RuntimeError where the system has no thread left to watch the time.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ValueError("the process has no pipes")
        watchdog = threading.Timer(seconds, self._give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            send_request(stdin, request)
            return receive_reply(stdout, spool, self._largest_reply)
        except ProtocolError as error:
            self.end()
            raise WorkerDied("crashed", f"it was ended, since {error}") from error
        except (EOFError, BrokenPipeError) as error:
            raise self._death() from error
        finally:
            watchdog.cancel()

    def _death(self) -> WorkerDied:
        """Why the process ended. Where it was killed by the system, that is for its memory."""
        try:
            status = self._process.wait(timeout=1)  # what it died of, not what end() does to it
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
        self._stderr.seek(0, 2)
        self._stderr.seek(max(self._stderr.tell() - _STDERR_KEPT, 0))
        lines = self._stderr.read().decode("utf-8", "replace").split("\n")
        words = [" ".join(line.split()) for line in lines if line.strip()]
        return f": {words[-1]}" if words else ""

    def _give_up(self) -> None:
        self._overdue = True
        self.kill()

    def kill(self) -> None:
        """End the process at once; whoever asks it something gets WorkerDied."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, which keeps nothing that matters, and let go of it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be sent has nobody to read it
