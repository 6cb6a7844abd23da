"""What is set up in a process before anything else: its streams, and how Ctrl-C ends it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def end_quietly() -> None:
    """Take out the traceback of a KeyboardInterrupt that nobody caught; the status stays."""
    shown = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            shown(kind, error, trace)
        elif sys.stderr is not None:
            sys.stderr.write("Stopped before anything was begun.\n")

    sys.excepthook = show


def ensure_streams() -> None:
    """Open the null device as standard input, output and error, where one is not there.

    A service, pythonw or `2>&-` leaves them out. The next file to be opened would get their number,
    and with it whatever a library writes to standard error.
    """
    # The lowest number that is free is given out next.
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # processes that are started here have it, too
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # for good
