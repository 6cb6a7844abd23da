"""The bindery: chapters are prepared in worker processes while others are coming."""

from __future__ import annotations

import math
import os
import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dspguide.pdf.errors import BindingError, PdfError, RejectedChapter
from dspguide.pdf.model import (
    BindResult,
    BookPlan,
    ChapterPlan,
    Limits,
    PreparedChapter,
    PreparedSummary,
)
from dspguide.pdf.output.binder import Binder
from dspguide.pdf.workers.process import WorkerDied, WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: A process that waits is no reason to give up on it; one that hangs is. The limit of CPU time
#: is what ends a busy one, where the system knows such limits.
_WALL_CLOCK_FACTOR = 6


@dataclass(order=True)
class _Turn:
    """Something for a thread that prepares; the least ``rank`` is next."""

    rank: float
    job: _Job | None = field(default=None, compare=False)
    """None when there is nothing more to come."""


@dataclass
class _Job:
    """A chapter on its way into the book."""

    position: int
    plan: ChapterPlan
    source: Path
    accept_repaired: bool
    future: Future[PreparedSummary]

    def turn(self) -> _Turn:
        """The largest file first: the last one to be read is waited for alone."""
        try:
            return _Turn(-self.source.stat().st_size, self)
        except OSError:
            return _Turn(0, self)  # whoever reads it reports it


class Bindery:
    """Prepares chapters in worker processes and binds them; every method returns at once.

    The processes read and clean the chapters, which is nearly all of the work; what they send back
    is bytes that only need to be numbered and written, in this process. A process that a chapter
    brings down is replaced, and only that chapter is rejected.
    """

    def __init__(self, *, limits: Limits | None = None, workers: int | None = None) -> None:
        """``workers`` is how many processes prepare chapters, None for default_workers()."""
        self._limits = limits or Limits()
        self._count = workers or default_workers()
        self._plan: BookPlan | None = None
        self._lock = threading.Lock()  # held to look at or change any of the next seven
        self._binder: Binder | None = None
        self._jobs: dict[int, _Job] = {}  # the newest of each chapter, by position
        self._unsettled = 0
        self._when_settled: list[Callable[[], None]] = []
        self._closed = False
        self._processes: set[WorkerProcess] = set()
        self._threads: list[threading.Thread] = []
        self._to_prepare: queue.PriorityQueue[_Turn] = queue.PriorityQueue()

    def warm(self) -> None:
        """Start the processes before there is a plan, without waiting for them."""
        for _ in range(self._count):
            self._in_thread(self._prepare_loop)

    def start(self, plan: BookPlan) -> None:
        """Take the plan, and start the processes if they are not, without waiting for them."""
        if self._plan is not None:
            raise BindingError("the bindery has been started")
        self._plan = plan
        self._binder = Binder(plan)
        if not self._threads:
            self.warm()

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
        """
        book, _ = self._started()
        chapter = plan or book.chapters[index]
        future: Future[PreparedSummary] = Future()
        future.set_running_or_notify_cancel()
        job = _Job(index, chapter, source.absolute(), accept_repaired, future)
        with self._lock:
            self._jobs[index] = job
            self._unsettled += 1
        self._to_prepare.put(job.turn())
        return future

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
                future.set_result(binder.finish(path.absolute(), partial=partial))
            except PdfError as error:
                future.set_exception(error)
            except OSError as error:
                why = error.strerror or error
                future.set_exception(BindingError(f"{error.filename or path}: {why}"))
            except BaseException as error:  # noqa: BLE001  # whoever waits must hear of it
                future.set_exception(error)

        with self._lock:
            if self._unsettled:
                self._when_settled.append(lambda: self._in_thread(write))
                return future
        self._in_thread(write)
        return future

    def close(self) -> None:
        """End the worker processes at once.

        Work that is not done is dropped; its futures raise BindingError.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            processes = list(self._processes)
        for process in processes:
            process.kill()
        for _ in range(self._count):
            self._to_prepare.put(_Turn(math.inf))
        for thread in self._threads:
            thread.join()
        for process in processes:
            process.end()

    def _started(self) -> tuple[BookPlan, Binder]:
        if self._plan is None or self._binder is None:
            raise BindingError("the bindery has not been started")
        if self._closed:
            raise BindingError("the bindery is closed")
        return self._plan, self._binder

    def _in_thread(self, task: Callable[[], None]) -> None:
        thread = threading.Thread(target=task, name="bindery", daemon=True)
        self._threads.append(thread)
        thread.start()

    # In the threads that prepare

    def _prepare_loop(self) -> None:
        process: WorkerProcess | None = None
        try:
            process = self._spawn()
        except PdfError:
            process = None  # the first chapter tries again, and reports what is wrong
        while (job := self._to_prepare.get().job) is not None:
            process = self._prepare(job, process)

    def _prepare(self, job: _Job, process: WorkerProcess | None) -> WorkerProcess | None:
        """Have one chapter prepared; returns the process for the next one, if it is any good."""
        try:
            self._started()
            if process is None:
                process = self._spawn()
            patience = self._limits.seconds * _WALL_CLOCK_FACTOR
            prepared: PreparedChapter = process.ask(
                "prepare",
                job.source,
                job.plan,
                job.position,
                self._limits,
                self._started()[0].link_references,
                seconds=patience,
            )
            self._bind(job, prepared)
        except WorkerDied as died:
            self._settle(job, _rejection(job.plan, died))
            return self._end(process)
        except RejectedChapter as rejected:
            self._settle(job, rejected)
            if rejected.reason == "too-big":  # leaves the process short of memory
                return self._end(process)
        except PdfError as error:
            self._settle(job, error)
        else:
            self._settle(job, prepared.summary())
        return process

    def _bind(self, job: _Job, prepared: PreparedChapter) -> None:
        if prepared.repaired and not job.accept_repaired:
            raise RejectedChapter("repaired", prepared.warnings[0])
        _, binder = self._started()
        with self._lock:
            if self._jobs.get(job.position) is not job:
                raise BindingError(f"{job.plan.name} was discarded or replaced before")
            binder.append(prepared)
        import dspguide.pdf.output.book  # noqa: F401, PLC0415  # pypdf, while other chapters are coming

    def _spawn(self) -> WorkerProcess:
        try:
            process = WorkerProcess()
        except OSError as error:
            raise BindingError(f"no worker process can be started: {error}") from error
        with self._lock:
            self._processes.add(process)
            closed = self._closed
        if closed:
            process.kill()
        process.ask("warm", self._limits)
        return process

    def _end(self, process: WorkerProcess | None) -> WorkerProcess | None:
        """End a process and return None: the next one is started when there is work for it."""
        if process is not None:
            process.end()
            with self._lock:
                self._processes.discard(process)
        return None

    def _settle(self, job: _Job, result: PreparedSummary | PdfError) -> None:
        if isinstance(result, PreparedSummary):
            job.future.set_result(result)
        elif self._closed:
            job.future.set_exception(BindingError("the bindery was closed"))
        else:
            job.future.set_exception(result)
        with self._lock:
            self._unsettled -= 1
            tasks = self._when_settled if not self._unsettled else []
            if not self._unsettled:
                self._when_settled = []
        for task in tasks:
            task()


def default_workers() -> int:
    """How many processes prepare chapters: the machine's cores, at most two."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return min(cores, 2)


def _rejection(plan: ChapterPlan, died: WorkerDied) -> RejectedChapter:
    what = {
        "too-slow": "reading it takes too long",
        "too-big": "reading it takes too much memory",
    }.get(died.reason, f"the process that read it died ({died})")
    return RejectedChapter(died.reason, f"{plan.name} cannot be bound: {what}")
