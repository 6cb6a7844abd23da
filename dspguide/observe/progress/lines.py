"""How far a run is, as lines that a log keeps well."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from dspguide.book.outcome import megabytes
from dspguide.observe.progress.state import plain

if TYPE_CHECKING:
    from dspguide.items import Chapter
    from dspguide.observe.progress.state import State

_AT_MOST = 3

logger = logging.getLogger("dspguide")


class LogLines:
    """Logs each chapter that is done, and now and then that nothing has come.

    `interval` is the time in seconds without a chapter after which the log says what the run is
    waiting for; 0 for never.
    """

    def __init__(self, state: State, interval: float) -> None:
        self._state = state
        self._interval = interval
        self._last = time.monotonic()

    def chapter_done(self, chapter: Chapter) -> None:
        """Log what became of a chapter."""
        level, what = logging.INFO, chapter.status
        if chapter.error is not None:
            level, what = logging.WARNING, f"missing. {chapter.error.rstrip('.')}"
        elif chapter.status != "unchanged" and chapter.bytes is not None:
            what = megabytes(chapter.bytes)
        name = plain(chapter.name[:1].upper() + chapter.name[1:])
        logger.log(level, "%s: %s (%s of %s)", name, what, self._state.done, self._state.expected)
        self._last = time.monotonic()

    def look(self) -> None:
        """Log what the run is waiting for, if no line has been logged for long."""
        now, state = time.monotonic(), self._state
        if not self._interval or now - self._last < self._interval:
            return
        self._last = now
        statuses = [plain(str(status)) for status in state.transfers()]
        if len(statuses) > _AT_MOST:
            statuses[_AT_MOST:] = [f"{len(statuses) - _AT_MOST} more"]
        far = "the contents are to come"
        if state.expected is not None:
            far = f"{state.done} of {state.expected} chapters, {megabytes(state.received)} came"
        logger.info("Still waiting: %s", "; ".join([far, *statuses]))
