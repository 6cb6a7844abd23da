"""Has Ctrl-C end a program that has not begun yet without a traceback."""

from __future__ import annotations

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
