"""Start `scrapy` by forking a process that has imported everything already.

Half of the processor time of a crawl of a small book is Python's and Scrapy's start. Here it is
paid once: each program is still a process of its own, with a folder, an environment, standard
streams, signals and an exit status like any other.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import subprocess
import sys
import warnings
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_START = ("PYTHON", "LC_", "LANG", "TZ")
"""How variables begin that an interpreter reads when it starts: they need one of their own."""
HEEDED = {"PYTHONPATH", "PYTHONWARNINGS"}
"""Those of them that are heeded here too."""


def can_fork(own: dict[str, str]) -> bool:
    """Return whether a program with such variables of its own can be forked."""
    needs = [name for name in own if name.startswith(AT_START) and name not in HEEDED]
    return sys.platform == "linux" and not needs


class Forked:
    """As much of `subprocess.Popen` as the tests use; standard error goes to standard output.

    With `terminal`, the file descriptor of one, that is where all streams go.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: dict[str, str],
        terminal: int | None = None,
    ) -> None:
        self.stdout: TextIO | None = None
        if terminal is None:
            reading, writing = os.pipe()
            self.stdout = os.fdopen(reading, encoding="utf-8")
        with Connection(os.dup(terminal) if terminal else writing) as output:
            self._process = _context().Process(
                target=_run, args=(arguments, str(folder), environment, output)
            )
            self._process.start()
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, or the negative number of the signal that ended it."""
        status: int | None = self._process.exitcode
        return status

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status; subprocess.TimeoutExpired where there is none yet."""
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired("scrapy", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send it unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


@cache
def _context() -> Any:
    """Return the process to fork; it sees warnings as errors, as programs do."""
    from multiprocessing import forkserver  # noqa: PLC0415  # which Windows has not

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__name__}_imports"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
        patch.setenv("PYTHONWARNINGS", "error")
        forkserver.ensure_running()
    return context


def _run(
    arguments: Sequence[str], folder: str, environment: dict[str, str], output: Connection
) -> None:
    """Do what `python -m scrapy` does with these arguments."""
    from scrapy.cmdline import execute  # noqa: PLC0415  # only in the process that is forked

    if os.isatty(output.fileno()):
        import fcntl  # noqa: PLC0415  # which Windows has not, nor
        import termios  # noqa: PLC0415

        os.setsid()
        fcntl.ioctl(output.fileno(), termios.TIOCSCTTY, 0)  # else Ctrl-C is but a character
        os.dup2(output.fileno(), 0)
        sys.stdin = os.fdopen(0, closefd=False)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [folder, *environment["PYTHONPATH"].split(os.pathsep)]
    if environment["PYTHONWARNINGS"] != "error":
        warnings.resetwarnings()
        warnings.simplefilter(environment["PYTHONWARNINGS"])  # type: ignore[arg-type]  # a word
    try:
        execute(["scrapy", *arguments])
    finally:
        atexit._run_exitfuncs()  # multiprocessing ends without them
