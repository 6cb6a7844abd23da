"""Gives a process its three standard streams where it was started without them."""

from __future__ import annotations

import os
import sys


def ensure_streams() -> None:
    """Open the null device as standard input, output and error, where one is not there.

    A service, pythonw or `2>&-` leaves them out. The next file to be opened would get their number,
    and with it whatever a library writes to standard error.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # for good
