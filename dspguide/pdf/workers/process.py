"""A worker process as its parent sees it: ask, wait, get a reply or an error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from typing import Any

from dspguide.pdf.errors import PdfError
from dspguide.pdf.workers.worker import OUT_OF_MEMORY, receive, send

_MAIN = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from dspguide.pdf.workers.worker import main; main()"
)


class WorkerDied(PdfError):  # noqa: N818 - says what happened to the process
    """Raised by ask() when the process ended instead of replying."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(f"the worker process ended with status {status}")
        self.reason = reason


class WorkerProcess:
    """One worker process. Ask from one thread at a time; kill from any."""

    def __init__(self) -> None:
        # The child finds modules where this process does: eggs and scrapyd change sys.path.
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
            [sys.executable, "-c", _MAIN, json.dumps([str(entry) for entry in sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._overdue = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ask(self, name: str, *arguments: object, seconds: float | None = None) -> Any:
        """Run an operation of the worker and return its reply.

        ``seconds`` of wall-clock time are the limit for a process that hangs. Raises what the
        operation raised, or WorkerDied.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ValueError("the process has no pipes")
        watchdog = threading.Timer(seconds, self._give_up) if seconds is not None else None
        if watchdog is not None:
            watchdog.daemon = True
            watchdog.start()
        try:
            send(stdin, (name, arguments))
            good, reply = receive(stdout)
        except (EOFError, OSError) as error:
            status = self.end()
            raise WorkerDied(self._reason(status), status) from error
        finally:
            if watchdog is not None:
                watchdog.cancel()
        if not good:
            raise reply
        return reply

    def _reason(self, status: int) -> str:
        """Why the process ended, as one of errors.REASONS."""
        if self._overdue or status == -getattr(signal, "SIGXCPU", 24):
            return "too-slow"
        return "too-big" if status == OUT_OF_MEMORY else "crashed"

    def _give_up(self) -> None:
        self._overdue = True
        self.kill()

    def kill(self) -> None:
        """End the process at once; whoever asks it something gets WorkerDied."""
        self._process.kill()

    def end(self) -> int:
        """Kill the process, which keeps nothing that matters; returns its exit status."""
        self._process.kill()
        status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be sent has nobody to read it
        return status
