"""Runs the program on a pseudo-terminal, and looks at its screen as a person would."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
import threading
from typing import TYPE_CHECKING

import pyte

from tests.forked import Forked, can_fork
from tests.project import PATIENCE, Started, environment_with

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

# Without this, Ctrl-C is but a character.
_ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "scrapy", *sys.argv[1:]])
"""


class Terminal(Started):
    """A process on a terminal of its own, with a screen of so many columns and rows."""

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        *,
        columns: int,
        rows: int = 24,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.raw = b""
        """All that was written, as it came."""
        self._screen = pyte.HistoryScreen(columns, rows, history=10_000, ratio=1.0)
        self._stream = pyte.ByteStream(self._screen)
        self._news = threading.Condition()
        self._master, slave = os.openpty()
        _set_size(slave, columns, rows)
        own = {"TERM": "xterm-256color", **(environment or {})}
        self.process: Forked | subprocess.Popen[bytes]
        if can_fork(own):
            self.process = Forked(arguments, folder, environment_with(own), slave)
        else:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _ON_TERMINAL, *arguments],
                cwd=folder,
                env=environment_with({"PYTHONIOENCODING": "utf-8", **own}),
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
            )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _let_go(self) -> None:
        self.process.wait()
        self._reader.join()
        os.close(self._master)

    @property
    def lines(self) -> list[str]:
        """What the screen shows, without the blank lines at its end."""
        with self._news:
            return self._lines()

    @property
    def everything(self) -> list[str]:
        """What the screen shows, and before it what has left it at the top."""
        with self._news:
            width = self._screen.columns
            gone = [
                "".join(row[x].data for x in range(width)).rstrip()
                for row in self._screen.history.top
            ]
            return gone + self._lines()

    @property
    def cursor_is_visible(self) -> bool:
        """Whether there is a cursor."""
        with self._news:
            return not self._screen.cursor.hidden

    def colours(self, words: str) -> set[str]:
        """Return the colours of the lines that hold these words."""
        with self._news:
            rows = [y for y, line in enumerate(self._screen.display) if words in line]
            width = range(self._screen.columns)
            return {self._screen.buffer[y][x].fg for y in rows for x in width}

    def wait_for(self, moment: Callable[[list[str]], bool]) -> list[str]:
        """Return the screen at the first moment at which it is so."""
        found: list[str] = []

        def look() -> bool:
            found[:] = self._lines()
            return moment(found)

        with self._news:
            if not self._news.wait_for(look, PATIENCE):
                raise AssertionError("it never came:\n" + "\n".join(found))
        return found

    def resize(self, columns: int, rows: int = 24, *, reflow: bool = False) -> None:
        """Change the size, as a person does who pulls at the window.

        Lines that are too long are cut, as xterm does; with `reflow` they are broken, as others do.
        """
        with self._news:
            lines = self._lines()
            _set_size(self._master, columns, rows)
            self._screen.resize(rows, columns)
            if reflow:
                self._screen.reset()
                self._stream.feed("\r\n".join(lines).encode())

    def interrupt(self) -> None:
        """Do what Ctrl-C does: the terminal shows ^C and sends the signal."""
        os.write(self._master, b"\x03")

    def wait(self) -> int:
        """Return the exit status once the process has ended and all is on the screen."""
        status = self.process.wait(PATIENCE)
        self._reader.join()
        return status

    def _lines(self) -> list[str]:
        lines = [line.rstrip() for line in self._screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # what Linux says when the last process has let go of a terminal
                data = b""
            with self._news:
                self.raw += data
                self._stream.feed(data)
                self._news.notify_all()
            if not data:
                return


def _set_size(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
