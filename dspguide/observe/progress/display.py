"""How far a run is, as a display at the foot of a terminal. Imports rich."""

from __future__ import annotations

import atexit
import io
import logging
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.control import Control
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.segment import ControlType, Segment
from rich.table import Table
from rich.text import Text
from scrapy.utils.log import get_scrapy_root_handler

from dspguide.book.outcome import megabytes
from dspguide.observe.progress.state import duration, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType
    from rich.segment import ControlCode

    from dspguide.observe.progress.state import State, TransferStatus

_MARGIN = 4
"""Columns left free, so that neither ^C nor a terminal made a little narrower breaks a line."""
_WIDEST = 96
_LEAST_BAR = 6
_PIECES = 52
"""Columns kept beside the bar, so that it does not change its width with every number."""
_WITH_SIZE = 56
"""Columns from which sizes are shown in bytes, and ..."""
_WITH_TITLE = 84
"""... its chapter's title."""


class Display:
    """Shows the state of a run below the log, until end() leaves nothing of it behind.

    While it is there, Scrapy's log goes through it, so that records appear above, as they are.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._stream = sys.stderr
        self._console = Console(file=self._stream, force_terminal=True, highlight=False)
        self._lengths: list[int] = []
        """Columns that each line of the display takes."""
        self._live = Live(
            console=self._console,
            get_renderable=self._render,
            auto_refresh=False,
            transient=True,
            vertical_overflow="crop",
        )
        self._handler: logging.StreamHandler[Any] | None = None
        self._fit()
        handler = get_scrapy_root_handler()
        if isinstance(handler, logging.StreamHandler) and handler.stream is self._stream:
            self._handler = handler
            handler.setStream(_Above(self._console))
        # The last resort: a second signal ends a run before the spider is closed.
        atexit.register(self.end)
        self._live.start()

    def refresh(self) -> None:
        """Show the state as it is now."""
        self._fit()
        self._live.refresh()

    def end(self) -> None:
        """Take the display away and give the log its stream back."""
        atexit.unregister(self.end)
        try:
            self._live.stop()
        finally:
            if self._handler is not None:
                self._handler.setStream(self._stream)
                self._handler = None

    def _fit(self) -> None:
        """Take the terminal's size: rich would ask standard input's, and trust COLUMNS."""
        with suppress(OSError):  # no size to be had: the one it had is as good as any
            size = os.get_terminal_size(self._stream.fileno())
            if size.columns and size.lines:
                self._console.size = size
                if reflows(os.environ):
                    self._erase_broken(size.columns)

    def _erase_broken(self, columns: int) -> None:
        """Erase the rows that the terminal made of the display's lines when it became narrower.

        As many as there are more than lines; rich erases one for each line.
        """
        more = sum(max(0, length - 1) // columns for length in self._lengths)
        if more:
            row: list[ControlCode] = [(ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)]
            self._console.control(Control(*row * more))

    def _render(self) -> RenderableType:
        width = max(min(self._console.width - _MARGIN, _WIDEST), 1)
        ascii_only = not self._console.encoding.startswith("utf")
        lines = [_summary(self._state, width), *self._transfers(width)]
        for line in lines:
            if isinstance(line, Text):
                line.truncate(width, overflow="crop" if ascii_only else "ellipsis")
        group = Group(*lines)
        rendered = self._console.render_lines(group, pad=False)
        self._lengths = [Segment.get_line_length(line) for line in rendered]
        return group

    def _transfers(self, width: int) -> list[Text]:
        statuses = self._state.transfers()
        room = max(1, min(self._console.height - 4, 12))
        rest = len(statuses) - room
        if rest > 0:
            statuses = statuses[: room - 1]
        lines = _aligned(statuses, width)
        if rest > 0:
            lines.append(Text(f"  and {rest + 1} more", style="dim"))
        return lines


def reflows(environment: Mapping[str, str]) -> bool:
    """Tell whether a terminal that becomes narrower breaks long lines anew, and does not cut them.

    Terminals do not say so themselves. Those that set one of these variables do it, and so do some
    by name; xterm, the consoles of Linux and screen (which sets STY) do not.
    """
    if "STY" in environment:
        return False
    signs = {"TERM_PROGRAM", "TMUX", "VTE_VERSION", "KONSOLE_VERSION", "WT_SESSION"}
    names = {"alacritty", "foot", "xterm-ghostty", "xterm-kitty"}
    return not signs.isdisjoint(environment) or environment.get("TERM") in names


class _Above(io.TextIOBase):
    """Writes whole lines above the display, as they are."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rest = ""

    def write(self, text: str) -> int:
        whole, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._console.out(whole, highlight=False)
        return len(text)

    def flush(self) -> None:
        """Do nothing: the console flushes."""

    def isatty(self) -> bool:
        return True


def _summary(state: State, width: int) -> RenderableType:
    if state.expected is None:
        return Text("Reading the contents" if state.begun else "Waiting to begin")
    if state.stopping:
        return Text(f"Stopping: {state.done - state.failed} of {state.expected} chapters are here")
    if state.done == state.expected:
        return Text(f"{state.done} of {state.expected} chapters, binding the book")
    rate, left = state.rate(), state.seconds_left()
    count = f"{state.done} of {state.expected}"
    if width >= _WITH_SIZE:
        count += " chapters"
    if state.failed:
        count += f", {state.failed} missing"
    pieces = {
        "count": count,
        "size": megabytes(state.received) if state.received else "",
        "rate": f"{megabytes(round(rate))}/s" if rate else "",
        "left": f"{duration(max(left, 1))} left" if left is not None else "",
    }
    bar = max(_LEAST_BAR, min(40, width - _PIECES))
    for name in ("", "rate", "size", "left"):  # what goes first where there is no room for all
        pieces.pop(name, None)
        words = ", ".join(filter(None, pieces.values()))
        if len(words) + 1 + bar <= width:
            break
    text = Text(words, no_wrap=True)
    text.highlight_words([f"{state.failed} missing"], "bold red")
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_row(ProgressBar(state.expected, state.done, width=bar, complete_style="cyan"), text)
    return row


def _aligned(statuses: list[TransferStatus], width: int) -> list[Text]:
    """Return a line for each transfer: file, its chapter's title, size, what it does."""
    names = max((cell_len(status.name) for status in statuses), default=0)
    names = min(names, width // 3)
    far = [status.size if width >= _WITH_SIZE else status.share for status in statuses]
    sizes = max(map(len, far), default=0)
    titles = width - names - sizes - 40 if width >= _WITH_TITLE else 0
    lines = []
    for status, size in zip(statuses, far, strict=True):
        line = Text("  ", no_wrap=True)
        if status.name:
            line.append(set_cell_size(plain(status.name), names) + "  ")
            if titles > 0:
                line.append(set_cell_size(plain(status.title), titles), "dim")
                line.append("  ")
            if sizes:
                line.append(f"{size:>{sizes}}  ")
        line.append(status.what, "yellow" if status.stalled else "dim")
        lines.append(line)
    return lines
