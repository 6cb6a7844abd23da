"""The PDF side as the event loop sees it."""

from __future__ import annotations

import asyncio
import time
from functools import cached_property
from typing import TYPE_CHECKING

from dspguide.errors import BookError
from dspguide.pdf import BookPlan, PdfError, RejectedChapter

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.book.run import ChapterJob
    from dspguide.pdf import Bindery, BindResult, Limits, PreparedSummary


class Binding:
    """Checks chapters and binds them in worker processes while others are still coming.

    The processes start with warm(), start() or the first chapter, so that a run which finds nothing
    new does without them.
    """

    def __init__(self, workers: int, limits: Limits, folder: Path) -> None:
        """Take how many processes read chapters; 0 is as many as there are cores, at most two.

        `limits` are those of one chapter; `folder` is where large streams wait for the book.
        """
        self._workers = workers or None
        self._limits, self._folder = limits, folder
        self._plan: BookPlan | None = None
        self.started = False
        """Whether a book is being bound."""
        self.last_given = time.monotonic()
        """When the last chapter came, on the monotonic clock."""

    @cached_property
    def _bindery(self) -> Bindery:
        from dspguide.pdf import Bindery  # noqa: PLC0415  # not needed when nothing changed

        return Bindery(limits=self._limits, workers=self._workers, folder=self._folder)

    def warm(self) -> None:
        """Start the worker processes while it is not yet known what they will bind."""
        self._bindery.warm()

    def take(self, plan: BookPlan) -> None:
        """Take the plan of the book."""
        self._plan = plan

    def start(self) -> Bindery:
        """Begin to bind, without waiting for the worker processes. Raises BookError."""
        if not self.started:
            if self._plan is None:
                raise BookError("There are no contents to bind by.")
            self._bindery.start(self._plan)
            self.started = True
        return self._bindery

    async def check(
        self, job: ChapterJob, path: Path, *, take_repaired: bool = True
    ) -> PreparedSummary:
        """Read a chapter, and take it for the book if it is good, in place of one given before.

        What was found is the job's `summary`, too. Raises RejectedChapter; without
        `take_repaired` also for a file that needs repair, with reason "repaired". Raises BookError
        where binding itself fails.
        """
        self.last_given = time.monotonic()
        job.summary = None
        future = self.start().submit(job.index, path, job.plan, accept_repaired=take_repaired)
        try:
            summary = job.summary = await asyncio.wrap_future(future)
        except RejectedChapter:
            raise
        except PdfError as error:
            raise BookError(f"{job.chapter.title} could not be bound: {error}.") from error
        return summary

    async def finish(self, path: Path, *, partial: bool = False) -> BindResult:
        """Write the book, whole unless it may be `partial`. Raises BookError."""
        try:
            return await asyncio.wrap_future(self.start().finish(path, partial=partial))
        except PdfError as error:
            raise BookError(f"{error}.") from error

    def close(self) -> None:
        """End the processes."""
        if "_bindery" in vars(self):
            self._bindery.close()
