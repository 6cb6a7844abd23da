"""Gives a process its three standard streams where it was started without them."""

from __future__ import annotations

import os
import sys


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
