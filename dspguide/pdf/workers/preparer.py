"""A worker process and what it is asked: chapters in, prepared chapters out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dspguide.pdf.errors import REASONS, BindingError, RejectedChapter
from dspguide.pdf.workers.process import WorkerDied, WorkerProcess
from dspguide.pdf.workers.protocol import Failed, Prepare, Prepared, Ready, Refused, Warm

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf.model import ChapterPlan, Limits, PreparedChapter
    from dspguide.pdf.spool import Spool

#: A process that waits is no reason to give up on it; one that hangs is. The limit of CPU time
#: is what ends a busy one, where the system knows such limits.
_WALL_CLOCK_FACTOR = 6


class Preparer:
    """Prepares one chapter after the other, in a process that is started when there is need.

    Use it in one thread; kill() is for any.
    """

    def __init__(self, limits: Limits, spool: Spool) -> None:
        self._limits = limits
        self._spool = spool
        self._process: WorkerProcess | None = None
        self._killed = False

    def start(self) -> None:
        """Start the process, if there is none. Raises BindingError."""
        if self._process is not None:
            return
        try:
            # A worker cannot say more than it has memory for.
            self._process = WorkerProcess(largest_reply=self._limits.memory)
        except (OSError, ValueError) as error:
            raise BindingError(f"no worker process can be started: {error}") from error
        if self._killed:
            self._process.kill()
        try:
            reply = self._process.ask(Warm(self._limits), self._spool, seconds=self._patience)
        except WorkerDied as died:
            self.end()
            raise BindingError(f"no worker process can be started: {died}") from died
        if not isinstance(reply, Ready):
            self.end()
            detail = reply.detail if isinstance(reply, Failed) else "it said something else"
            raise BindingError(f"no worker process can be started: {detail}")

    def prepare(
        self, source: Path, plan: ChapterPlan, position: int, *, find_references: bool = True
    ) -> PreparedChapter:
        """Have a chapter prepared. Raises RejectedChapter, and BindingError for other faults.

        After any other exception than these call end().
        """
        self.start()
        assert self._process is not None  # noqa: S101 - start() has made it
        request = Prepare(os.fsencode(source), plan, position, self._limits, find_references)
        try:
            reply = self._process.ask(request, self._spool, seconds=self._patience)
        except WorkerDied as died:
            self.end()
            raise _rejection(plan, died) from died
        if isinstance(reply, Prepared):
            if reply.chapter.plan == plan and reply.chapter.position == position:
                return reply.chapter
        elif isinstance(reply, Refused) and reply.reason in REASONS:
            if reply.reason == "too-big":  # leaves the process short of memory
                self.end()
            raise RejectedChapter(reply.reason, reply.detail)
        elif isinstance(reply, Failed):
            raise BindingError(reply.detail)
        self.end()
        raise BindingError(f"the process that read {plan.name} answered something else")

    def kill(self) -> None:
        """End the process at once, and every one that is started later."""
        self._killed = True
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """End the process; the next one is started when there is work for it."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    @property
    def _patience(self) -> float:
        return self._limits.seconds * _WALL_CLOCK_FACTOR


def _rejection(plan: ChapterPlan, died: WorkerDied) -> RejectedChapter:
    what = {
        "too-slow": "reading it takes too long",
        "too-big": "reading it takes too much memory",
    }.get(died.reason, f"the process that read it died ({died})")
    return RejectedChapter(died.reason, f"{plan.name} cannot be bound: {what}")
