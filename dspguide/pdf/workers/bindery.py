"""The bindery: chapters are prepared in worker processes while others are coming."""

from __future__ import annotations

import math
import os
import queue
import threading
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from dspguide.pdf.errors import BindingError, PdfError, RejectedChapter
from dspguide.pdf.model import BindResult, BookPlan, ChapterPlan, Limits, PreparedSummary
from dspguide.pdf.output.binder import Binder
from dspguide.pdf.spool import Spool
from dspguide.pdf.workers.process import WorkerProcess
from dspguide.pdf.workers.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class _Job:
    """A chapter on its way into the book."""

    position: int
    plan: ChapterPlan
    source: Path
    accept_repaired: bool
    future: Future[PreparedSummary]


class Bindery:
    """Prepares chapters in worker processes and binds them; every method returns at once.

    The processes read and clean the chapters, which is nearly all of the work; what they send back
    is bytes that only need to be numbered and written, in this process. A process that a chapter
    brings down is replaced, and only that chapter is rejected. Whatever goes wrong, every future
    is settled.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        workers: int | None = None,
        folder: Path | None = None,
    ) -> None:
        """``workers`` is how many processes prepare chapters, None for default_workers().

        ``folder`` is where large streams wait for the book, None for the system's temporary folder.
        """
        self._spool = Spool(folder)
        self._preparers = [
            WorkerProcess(limits or Limits(), self._spool)
            for _ in range(workers or default_workers())
        ]
        self._idle = list(self._preparers)  # those without a thread
        self._refusals = Refusals()
        # The least rank is next, of equals the first; None when there is nothing more to come.
        self._to_prepare: queue.PriorityQueue[tuple[float, int, _Job | None]]
        self._to_prepare = queue.PriorityQueue()
        self._turns = count()
        self._lock = threading.Lock()  # held to look at or change any of the next five
        self._book: tuple[BookPlan, Binder] | None = None
        self._jobs: dict[int, _Job] = {}  # the newest of each chapter, by position
        self._unsettled: set[Future[PreparedSummary]] = set()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def warm(self) -> None:
        """Start the processes before there is a plan, without waiting for them."""
        # The system may have no threads left: then fewer have to do, and submit() tries again.
        with suppress(RuntimeError):
            while self._idle:
                self._in_thread(partial(self._prepare_loop, self._idle[-1]))
                self._idle.pop()

    def start(self, plan: BookPlan) -> None:
        """Take the plan, and start the processes if they are not, without waiting for them.

        Raises BindingError where there is a plan already.
        """
        if self._book is not None:
            raise BindingError("the bindery has been started")
        self.warm()
        self._book = plan, Binder(plan, self._spool)

    def submit(
        self,
        index: int,
        source: Path,
        plan: ChapterPlan | None = None,
        *,
        accept_repaired: bool = True,
    ) -> Future[PreparedSummary]:
        """Check, prepare and bind ``source`` as the chapter at 0-based ``index`` in the plan.

        ``plan`` may say more of the chapter than the book's plan did.
        A chapter that is submitted again replaces what was submitted before, bound or not. The
        future is done when the chapter is in the book. It raises RejectedChapter; with
        ``accept_repaired`` False also for a file that would need repair, reason "repaired".
        Bytes of which it is known what comes of them are not read again.
        """
        book, _ = self._started()
        chapter = plan or book.chapters[index]
        future: Future[PreparedSummary] = Future()
        future.set_running_or_notify_cancel()
        job = _Job(index, chapter, source.absolute(), accept_repaired, future)
        with self._lock:
            self._jobs[index] = job
            self._unsettled.add(future)
        future.add_done_callback(self._unsettled.discard)
        self.warm()
        if len(self._idle) == len(self._preparers):
            self._settle(job, BindingError(f"{chapter.name}: no thread can be started"))
            return future
        size = 0
        with suppress(OSError):  # whoever reads it reports it
            size = job.source.stat().st_size
        # The largest file first: the last one to be read is waited for alone.
        self._to_prepare.put((-size, next(self._turns), job))
        return future

    def refusal(self, sha256: str) -> RejectedChapter | None:
        """How a file with these bytes was refused, if no chapter's file may have them."""
        return self._refusals.of(sha256)

    def discard(self, index: int) -> None:
        """Take a chapter out of the book again, bound or not."""
        _, binder = self._started()
        with self._lock:
            self._jobs.pop(index, None)
            binder.discard(index)

    def finish(self, path: Path, *, partial: bool = False) -> Future[BindResult]:
        """Write the book to ``path`` as soon as all that was submitted is bound or rejected.

        The future raises BindingError when chapters are missing, unless ``partial``, and when the
        book cannot be written.
        """
        _, binder = self._started()
        future: Future[BindResult] = Future()
        future.set_running_or_notify_cancel()

        def write() -> None:
            try:
                while unsettled := self._unsettled.copy():
                    wait(unsettled)
                # They hold a quarter of the memory of a run, at the end as much as before.
                for preparer in self._preparers:
                    preparer.rest()
                future.set_result(binder.finish(path.absolute(), partial=partial))
            except OSError as error:
                why = error.strerror or error
                future.set_exception(BindingError(f"{error.filename or path}: {why}"))
            except BaseException as error:  # noqa: BLE001  # whoever waits must hear of it
                future.set_exception(error)

        try:
            self._in_thread(write)
        except RuntimeError:
            write()  # late is better than never
        return future

    def close(self) -> None:
        """End the worker processes at once.

        Work that is not done is dropped; its futures raise BindingError.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            threads = list(self._threads)
        for preparer in self._preparers:
            preparer.kill()
            self._to_prepare.put((math.inf, next(self._turns), None))
        for thread in threads:
            thread.join()
        for preparer in self._preparers:
            preparer.end()
        self._spool.close()

    def _started(self) -> tuple[BookPlan, Binder]:
        if self._book is None:
            raise BindingError("the bindery has not been started")
        if self._closed:
            raise BindingError("the bindery is closed")
        return self._book

    def _in_thread(self, task: Callable[[], None]) -> None:
        """Run a task in a thread of its own. Raises RuntimeError where there can be none."""
        thread = threading.Thread(target=task, name="bindery", daemon=True)
        thread.start()
        self._threads.append(thread)

    # In the threads that prepare

    def _prepare_loop(self, preparer: WorkerProcess) -> None:
        try:
            preparer.start()
        except BaseException:  # noqa: BLE001 - the first chapter tries again, and reports it
            preparer.end()
        while (job := self._to_prepare.get()[2]) is not None:
            try:
                result: PreparedSummary | BaseException = self._prepare(job, preparer)
            except PdfError as error:
                result = error
            except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
                preparer.end()
                result = BindingError(f"{job.plan.name}: {type(error).__name__}: {error}")
                result.__cause__ = error
            self._settle(job, result)

    def _prepare(self, job: _Job, preparer: WorkerProcess) -> PreparedSummary:
        """Have one chapter prepared, and bind it. Raises RejectedChapter, BindingError."""
        book, binder = self._started()
        plan, position = job.plan, job.position
        prepared = self._refusals.recall(position, job.source, plan)
        if prepared is None:
            try:
                prepared = preparer.prepare(
                    job.source, plan, position, find_references=book.link_references
                )
            except RejectedChapter as rejected:
                if not self._closed:
                    with suppress(OSError):  # a file that is gone is not read again
                        self._refusals.note(job.source, plan, rejected)
                raise
        if prepared.repaired and not job.accept_repaired:
            self._refusals.repaired[position] = prepared
            raise RejectedChapter("repaired", prepared.warnings[0])
        self._started()  # it may have been closed since
        with self._lock:
            if self._jobs.get(position) is not job:
                raise BindingError(f"{plan.name} was discarded or replaced before")
            binder.append(prepared)
        self._refusals.repaired.pop(position, None)
        # While other chapters are coming: a quarter less of 0.4 s is left for the end.
        import dspguide.pdf.output.book  # noqa: F401, PLC0415

        return prepared.summary()

    def _settle(self, job: _Job, result: PreparedSummary | BaseException) -> None:
        if isinstance(result, PreparedSummary):
            job.future.set_result(result)
        elif self._closed:
            job.future.set_exception(BindingError("the bindery was closed"))
        else:
            job.future.set_exception(result)


def default_workers() -> int:
    """How many processes prepare chapters: the machine's cores, at most two."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return min(cores, 2)
