"""The bindery: chapters are prepared and bound in worker processes while others are coming."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dspguide.pdf.errors import BindingError, PdfError, RejectedChapter
from dspguide.pdf.model import (
    BookFacts,
    BookPlan,
    ChapterPlan,
    Limits,
    PreparedChapter,
    PreparedSummary,
)
from dspguide.pdf.process import WorkerDied, WorkerProcess

if TYPE_CHECKING:
    from pathlib import Path

#: A process that waits is no reason to give up on it; one that hangs is. The limit of CPU time
#: is what ends a busy one, where the system knows such limits.
_WALL_CLOCK_FACTOR = 6


@dataclass
class _Job:
    """A chapter on its way into the book."""

    plan: ChapterPlan
    source: Path
    target: Path
    accept_repaired: bool
    future: Future[PreparedSummary]
    prepared: PreparedChapter | None = None


_Task = Callable[[], None]


class Bindery:
    """Prepares and binds chapters in worker processes; every method returns at once.

    One process binds, others prepare. They write only into ``directory`` and, for finish(), to
    the given path. A process that a chapter brings down is replaced, and only that chapter is
    rejected.
    """

    def __init__(
        self, directory: Path, *, limits: Limits | None = None, workers: int | None = None
    ) -> None:
        """``directory`` must exist; close() leaves it as it was. ``workers`` prepare chapters."""
        self._directory = directory.absolute()
        self._limits = limits or Limits()
        self._count = workers or default_workers()
        self._plan: BookPlan | None = None
        self._lock = threading.Lock()
        self._jobs: dict[int, _Job] = {}  # the newest of each chapter number
        self._files = 0
        self._unsettled = 0
        self._when_settled: list[_Task] = []
        self._closed = False
        self._to_prepare: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._to_bind: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._processes: set[WorkerProcess] = set()
        self._bound: dict[int, _Job] = {}  # of the binding thread alone, as is the next
        self._binder: WorkerProcess | None = None
        self._threads: list[threading.Thread] = []

    def warm(self) -> None:
        """Start the processes before there is a plan, without waiting for them."""
        for target in [self._bind_loop] + [self._prepare_loop] * self._count:
            thread = threading.Thread(target=target, name="bindery", daemon=True)
            self._threads.append(thread)
            thread.start()

    def start(self, plan: BookPlan) -> None:
        """Take the plan, and start the processes if they are not, without waiting for them."""
        if self._plan is not None:
            raise BindingError("the bindery has been started")
        self._plan = plan
        if not self._threads:
            self.warm()
        self._to_bind.put(self._begin)

    def submit(
        self,
        index: int,
        source: Path,
        plan: ChapterPlan | None = None,
        *,
        accept_repaired: bool = True,
    ) -> Future[PreparedSummary]:
        """Check, prepare and bind ``source`` as the chapter at 0-based ``index`` in the plan.

        ``plan`` may say more of the chapter than the book's plan did; its number must be the same.
        A chapter that is submitted again replaces what was submitted before, bound or not. The
        future is done when the chapter is in the book. It raises RejectedChapter; with
        ``accept_repaired`` False also for a file that would need repair, reason "repaired".
        """
        book = self._started()
        chapter = plan or book.chapters[index]
        if chapter.number != book.chapters[index].number:
            raise BindingError(f"chapter {chapter.number} is not at place {index} of the book")
        future: Future[PreparedSummary] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            self._files += 1
            target = self._directory / f"prepared-{self._files}.pdf"
            job = _Job(chapter, source.absolute(), target, accept_repaired, future)
            self._jobs[chapter.number] = job
            self._unsettled += 1
        self._to_prepare.put(job)
        return future

    def discard(self, index: int) -> None:
        """Take a chapter out of the book again, bound or not."""
        number = self._started().chapters[index].number
        with self._lock:
            self._jobs.pop(number, None)
        self._to_bind.put(lambda: self._drop(number))

    def finish(self, path: Path, *, partial: bool = False) -> Future[BookFacts]:
        """Write the book to ``path`` as soon as all that was submitted is bound or rejected.

        The future raises BindingError when chapters are missing, unless ``partial``.
        """
        self._started()
        future: Future[BookFacts] = Future()
        future.set_running_or_notify_cancel()

        def task() -> None:
            self._to_bind.put(lambda: self._finish(path.absolute(), partial, future))

        with self._lock:
            if self._unsettled:
                self._when_settled.append(task)
                return future
        task()
        return future

    def close(self) -> None:
        """End the worker processes at once and remove what they left in the directory.

        Work that is not done is dropped; its futures raise BindingError.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            processes = list(self._processes)
        for process in processes:
            process.kill()
        for thread in self._threads:
            (self._to_bind if thread is self._threads[0] else self._to_prepare).put(None)
        for thread in self._threads:
            thread.join()
        for process in processes:
            process.end()
        for number in range(1, self._files + 1):
            (self._directory / f"prepared-{number}.pdf").unlink(missing_ok=True)

    def _started(self) -> BookPlan:
        if self._plan is None:
            raise BindingError("the bindery has not been started")
        if self._closed:
            raise BindingError("the bindery is closed")
        return self._plan

    # In the threads that prepare

    def _prepare_loop(self) -> None:
        process: WorkerProcess | None = None
        try:
            process = self._spawn("warm_prepare", self._limits)
        except PdfError:
            process = None  # the first chapter tries again, and reports what is wrong
        while (job := self._to_prepare.get()) is not None:
            process = self._prepare(job, process)

    def _prepare(self, job: _Job, process: WorkerProcess | None) -> WorkerProcess | None:
        """Have one chapter prepared; returns the process for the next one, if it is any good."""
        try:
            if process is None:
                process = self._spawn("warm_prepare", self._limits)
            job.prepared = process.ask(
                "prepare",
                job.source,
                job.plan,
                self._limits,
                job.target,
                seconds=self._limits.seconds * _WALL_CLOCK_FACTOR,
            )
            self._accept(job)
        except WorkerDied as died:
            self._settle(job, _rejection(job.plan, died))
            return self._end(process)
        except RejectedChapter as rejected:
            self._settle(job, rejected)
            if rejected.reason == "too-big":  # leaves the process short of memory
                return self._end(process)
        except PdfError as error:
            self._settle(job, error)
        return process

    def _accept(self, job: _Job) -> None:
        prepared = job.prepared
        if prepared is not None and prepared.repaired and not job.accept_repaired:
            raise RejectedChapter("repaired", prepared.warnings[0])
        self._to_bind.put(lambda: self._bind(job))

    # In the thread that binds

    def _bind_loop(self) -> None:
        try:
            self._binder = self._spawn("warm_binder")
        except PdfError:
            self._binder = None  # the first chapter tries again, and reports what is wrong
        while (task := self._to_bind.get()) is not None:
            task()

    def _begin(self) -> None:
        if self._binder is not None:
            try:
                self._binder.ask("begin", self._plan)
            except PdfError:
                self._binder = self._end(self._binder)  # the first chapter tries again

    def _begin_book(self) -> WorkerProcess:
        """A process with the book as far as it was bound."""
        process = self._spawn("warm_binder")
        process.ask("begin", self._plan)
        for job in self._bound.values():
            process.ask("append", job.prepared, job.target)
        return process

    def _ask_binder(self, name: str, *arguments: object) -> Any:
        """Ask the process that binds; if it dies, once more from what was prepared."""
        try:
            return self._ask_once(name, *arguments)
        except WorkerDied:
            return self._ask_once(name, *arguments)

    def _ask_once(self, name: str, *arguments: object) -> Any:
        try:
            if self._binder is None:
                self._binder = self._begin_book()
            return self._binder.ask(name, *arguments)
        except WorkerDied:
            self._binder = self._end(self._binder)
            raise

    def _bind(self, job: _Job) -> None:
        number = job.plan.number
        if self._jobs.get(number) is not job:
            error = BindingError(f"chapter {number} was discarded or replaced before it was bound")
            self._settle(job, error)
            return
        try:
            self._ask_binder("append", job.prepared, job.target)
        except WorkerDied as died:
            self._settle(job, _rejection(job.plan, died))
        except PdfError as error:
            self._settle(job, error)
        else:
            self._bound[number] = job
            self._settle(job, None)

    def _drop(self, number: int) -> None:
        if self._bound.pop(number, None) is not None and self._binder is not None:
            try:
                self._binder.ask("discard", number)
            except PdfError:
                self._binder = self._end(self._binder)  # begins again without the chapter

    def _finish(self, path: Path, partial: bool, future: Future[BookFacts]) -> None:
        try:
            future.set_result(self._ask_binder("finish", path, partial))
        except WorkerDied as died:
            future.set_exception(BindingError(f"the book cannot be written: {died}"))
        except PdfError as error:
            future.set_exception(error)

    # In any of them

    def _spawn(self, warm: str, *arguments: object) -> WorkerProcess:
        try:
            process = WorkerProcess()
        except OSError as error:
            raise BindingError(f"no worker process can be started: {error}") from error
        with self._lock:
            self._processes.add(process)
            closed = self._closed
        if closed:
            process.kill()
        process.ask(warm, *arguments)
        return process

    def _end(self, process: WorkerProcess | None) -> WorkerProcess | None:
        """End a process and return None: the next one is started when there is work for it."""
        if process is not None:
            process.end()
            with self._lock:
                self._processes.discard(process)
        return None

    def _settle(self, job: _Job, error: PdfError | None) -> None:
        if error is None and job.prepared is not None:
            job.future.set_result(job.prepared.summary())
        elif self._closed:
            job.future.set_exception(BindingError("the bindery was closed"))
        else:
            job.future.set_exception(error or BindingError("the chapter was not prepared"))
        with self._lock:
            self._unsettled -= 1
            tasks = self._when_settled if not self._unsettled else []
            if not self._unsettled:
                self._when_settled = []
        for task in tasks:
            task()


def default_workers() -> int:
    """How many processes prepare chapters: the machine's cores, at most two.

    The process that binds needs a third of a core; a third one that prepares would wait for it.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return min(cores, 2)


def _rejection(plan: ChapterPlan, died: WorkerDied) -> RejectedChapter:
    what = {
        "too-slow": "reading it takes too long",
        "too-big": "reading it takes too much memory",
    }.get(died.reason, f"the process that read it died ({died})")
    return RejectedChapter(
        died.reason, f"chapter {plan.number} ({plan.title}) cannot be bound: {what}"
    )
