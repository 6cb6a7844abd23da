"""The pipeline that makes the book when the spider closes."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from scrapy.utils.asyncio import run_in_thread

from dspguide.book import outcome
from dspguide.book.destination import publish
from dspguide.book.manifest import BookRecord, Manifest, changes, made_by, plan_digest
from dspguide.book.run import INCOMPLETE
from dspguide.crawl.context import Component
from dspguide.errors import BookError, DspguideError, StoreError, UploadError
from dspguide.items import fill_item
from dspguide.pages import describe_rest
from dspguide.pipelines.chapter import read_chapter

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler

    from dspguide.items import Chapter
    from dspguide.pdf import BindResult

_NEVER_CAME = "the crawl ended before it was fetched."

logger = logging.getLogger("dspguide")


class BookPipeline(Component):
    """Sees that all chapters came and, when all of them are good, puts the book in its place.

    The book is bound while chapters arrive (Binding); close_spider() finishes it, or says why
    there is none.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        context = self.context
        self._spider, self._store, self._run = context.spider, context.store, context.run
        self._binding, self._outcome = context.binding, context.outcome
        self._destination = context.destination

    def process_item(self, item: Any) -> Any:
        job = self._run.job_of(item)
        if job is not None:
            job.delivered = True
            if job.chapter.error is not None:
                job.chapter.status = "failed"
            fill_item(item, job.chapter)
        return item

    async def close_spider(self) -> None:
        """Make the book, or say why there is none."""
        if not self.context.begun:
            return
        result = self._outcome
        try:
            await self._decide()
        except UploadError as error:
            result.fail(str(error), outcome.UPLOAD_AGAIN)
        except DspguideError as error:
            result.fail(f"No new book: {error}", *self._again)
        except OSError as error:
            result.fail(f"No new book: {outcome.unwritable(error)}", *self._again)
        except Exception:
            # Scrapy logs it, with where it was; without a word here it would look like a signal.
            result.fail(
                "No new book: an error in the program; the log shows it above.",
                outcome.Advice.PROGRAM.value,
            )
            raise
        finally:
            complete = result.complete and not self._spider.dry_run
            self.crawler.stats.set_value("book/complete", int(complete))
            if not result.complete:
                # Here, as the end of the log comes after the count of errors that monitors read.
                logger.error("%s", result.lines[0])
            await run_in_thread(self._binding.close)

    async def _decide(self) -> None:
        """Make the book, list what would be fetched, or say why not.

        Raises DspguideError, OSError.
        """
        run, spider = self._run, self._spider
        if spider.contents_error is not None or not run.has_contents:
            problem = spider.contents_error or "the crawl ended before the contents were read."
            hints = self._again
            if spider.usage_error is not None or spider.offline or run.has_contents:
                hints = []
            elif spider.contents_error is not None and not self._stopped:
                hints = [*hints, outcome.NO_NETWORK]
            self._outcome.fail(f"No new book: {problem}", *hints)
        elif spider.dry_run:
            plan = outcome.describe_plan(run.contents, run.jobs, self._store)
            self._outcome.succeed(*plan, *(describe_rest(spider.found) if spider.found else ()))
        else:
            self.crawler.stats.set_value("book/chapters_expected", len(run.jobs))
            await self._make()

    async def _make(self) -> None:
        """Finish the book, or report what is missing. Raises DspguideError, OSError."""
        chapters = [job.chapter for job in self._run.jobs]
        for job in self._run.jobs:
            if not job.delivered:
                job.chapter.error = job.chapter.error or _NEVER_CAME
                job.chapter.status = "failed"
        bound = self._binding.started
        if bound and not any(chapter.error for chapter in chapters):
            await self._read_all()
            for job in self._run.doubt_all():
                # The next run shall ask for it anew, and not whether it changed.
                await run_in_thread(self._store.forget, job.file_name)
        missing = [chapter for chapter in chapters if chapter.error is not None]
        self.crawler.stats.set_value("book/chapters", len(chapters) - len(missing))
        if missing:
            await self._report_missing(chapters, missing)
        elif bound:
            await self._publish(chapters)
        else:
            current = self._run.current
            assert current is not None  # noqa: S101  # else the book would have been bound
            await self._settle(chapters, current.book)
            unchanged = "Nothing changed on the site since the book was made."
            self._outcome.succeed(unchanged, self._described(current.book))

    async def _read_all(self) -> None:
        """Give the binding the chapters that were not read in this run."""
        for job in self._run.jobs:
            if job.summary is None:
                await read_chapter(self.context, job)

    async def _publish(self, chapters: list[Chapter]) -> None:
        """Put the new book in its place, and wherever else it goes."""
        destination = self._destination
        await run_in_thread(self._store.flush)
        manifest = await self._put(chapters, destination.path, partial=False)
        after = time.monotonic() - self._binding.last_given
        self.crawler.stats.set_value("book/seconds_after_last_chapter", round(after, 3))
        await self._settle(chapters, manifest.book)
        if destination.remote is not None:
            await destination.upload(self.crawler, manifest, self._store.work)
            manifest.save(destination.path)  # which now says that they are there
        self._outcome.succeed(
            *(warning for chapter in chapters for warning in chapter.warnings),
            *changes(self._run.previous, manifest),
            self._described(manifest.book),
        )

    async def _put(self, chapters: list[Chapter], path: Path, *, partial: bool) -> Manifest:
        """Put a book and its manifest in their place. Raises BookError, OSError."""
        new = self._store.work / "book.pdf"
        manifest = self._manifest(chapters, await self._binding.finish(new, partial=partial))
        manifest.book.complete = not partial
        await run_in_thread(publish, new, path, manifest)
        self._run.last_output = path, manifest
        return manifest

    async def _report_missing(self, chapters: list[Chapter], missing: list[Chapter]) -> None:
        """Say what is missing, in the log and in a manifest; bind the rest if that is wanted."""
        path = self._destination.beside(INCOMPLETE)
        lines = outcome.describe_missing(missing, len(chapters))
        try:
            if self.crawler.settings.getbool("BOOK_PARTIAL") and len(missing) < len(chapters):
                await self._read_all()
                manifest = await self._put(chapters, path, partial=True)
                lines.append(f"What there is: {path} ({manifest.book.pages} pages)")
            else:
                manifest = self._manifest(chapters)
                manifest.save(path)
                self._run.last_output = path, manifest
        except BookError as error:
            lines.append(str(error))
        except OSError as error:
            lines.append(outcome.unwritable(error))
        self._outcome.fail(*lines, *self._again)

    async def _settle(self, chapters: list[Chapter], book: BookRecord) -> None:
        """Count what a complete book has, and remove what is of no more use."""
        for name in ("pages", "bytes", "references_linked"):
            self.crawler.stats.set_value(f"book/{name}", getattr(book, name))
        await run_in_thread(self._tidy, chapters)

    def _tidy(self, chapters: list[Chapter]) -> None:
        book = self._destination.beside(INCOMPLETE)
        try:
            for path in (book, Manifest.path_for(book), book.with_suffix(".html")):
                path.unlink(missing_ok=True)
            if self._spider.selection is None and not self._spider.offline:
                self._store.sweep(c.file for c in chapters if c.file is not None)
        except StoreError as error:
            logger.warning("%s", error)
        except OSError as error:
            logger.warning("%s cannot be removed: %s.", error.filename, error.strerror)

    def _manifest(self, chapters: list[Chapter], result: BindResult | None = None) -> Manifest:
        """Return the record of a run; of a book that was bound, with what is where in it."""
        contents, began = self._run.contents, self.context.began
        book = BookRecord(
            title=contents.title,
            author=contents.author,
            language=contents.language,
            url=contents.url,
            complete=False,
            started=datetime.fromtimestamp(began, tz=timezone.utc).isoformat(),
            seconds=round(time.time() - began, 3),
            made_by=made_by(),
            plan=plan_digest(self._run.plan),
        )
        if result is not None:
            book.pages, book.bytes, book.sha256 = result.pages, result.bytes, result.sha256
            book.front_matter_pages = result.front_matter_pages
            book.references_found = result.references.found
            book.references_linked = result.references.linked
            book.references_nowhere = list(result.references.nowhere)
        for facts in result.chapters if result is not None else ():
            chapter = self._run.jobs[facts.position].chapter
            chapter.first_page = facts.first_page_index + 1
            chapter.first_printed_page = facts.first_label
            for section, found in zip(chapter.sections, facts.sections, strict=True):
                section.printed_page = found.label
        return Manifest(book, chapters)

    def _described(self, book: BookRecord) -> str:
        seconds, chapters = time.time() - self.context.began, len(self._run.jobs)
        size = book.pages or 0, book.bytes or 0
        return outcome.describe_book(self._destination.name, chapters, *size, seconds)

    @property
    def _stopped(self) -> bool:
        return self.context.limiter.stopped.is_set()

    @property
    def _again(self) -> list[str]:
        """What to do for the book to become complete."""
        if self._spider.offline:
            return [outcome.fetch_first(self._spider.name)]
        return [outcome.AGAIN] if self._stopped else self._outcome.advice(self._spider.start_url)
