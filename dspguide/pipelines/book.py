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
from dspguide.crawl.context import CrawlContext
from dspguide.errors import BookError, DspguideError, StoreError, UploadError
from dspguide.items import fill_item
from dspguide.pages import describe_rest
from dspguide.pdf import RejectedChapter
from dspguide.pipelines.chapter import describe

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

    from dspguide.book.run import ChapterJob
    from dspguide.items import Chapter
    from dspguide.pdf import BindResult

_NEVER_CAME = "the crawl ended before it was fetched."

logger = logging.getLogger("dspguide")


class BookPipeline:
    """Sees that all chapters came and, when all of them are good, puts the book in its place.

    The book is bound while chapters arrive (Binding); close_spider() finishes it, or says why
    there is none.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._context = context = CrawlContext.of(crawler)
        self._run, self._binding = context.run, context.binding
        self._destination, self._outcome = context.destination, context.outcome

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

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
        if not self._context.begun:
            return
        result, dry_run = self._outcome, self._context.spider.dry_run
        try:
            await self._decide(dry_run=dry_run)
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
            complete = result.complete and not dry_run
            self._crawler.stats.set_value("book/complete", int(complete))
            if not result.complete:
                # Here, as the end of the log comes after the count of errors that monitors read.
                logger.error("%s", result.lines[0])
            await run_in_thread(self._binding.close)

    async def _decide(self, *, dry_run: bool) -> None:
        """Make the book, list what would be fetched, or say why not.

        Raises DspguideError, OSError.
        """
        run, spider = self._run, self._context.spider
        if spider.contents_error is not None or not run.has_contents:
            problem = spider.contents_error or "the crawl ended before the contents were read."
            self._outcome.fail(f"No new book: {problem}", *self._hints())
        elif dry_run:
            plan = outcome.describe_plan(run.contents, run.jobs, self._context.store)
            self._outcome.succeed(*plan, *(describe_rest(spider.found) if spider.found else ()))
        else:
            self._crawler.stats.set_value("book/chapters_expected", len(run.jobs))
            await self._make()

    def _hints(self) -> list[str]:
        """Return what to do when the contents could not be read."""
        spider = self._context.spider
        if spider.usage_error is not None or spider.offline or self._run.has_contents:
            return []
        if self._context.limiter.stopped.is_set():
            return [outcome.AGAIN]
        lines = self._outcome.advice(spider.start_url)
        return [*lines, outcome.NO_NETWORK] if spider.contents_error is not None else lines

    async def _make(self) -> None:
        """Finish the book, or report what is missing. Raises DspguideError, OSError."""
        chapters = [job.chapter for job in self._run.jobs]
        for job in self._run.jobs:
            if not job.delivered:
                job.chapter.error = job.chapter.error or _NEVER_CAME
                job.chapter.status = "failed"
        bound = self._binding.started
        if bound and not any(chapter.error for chapter in chapters):
            for job in self._run.jobs:
                await self._give(job)
            for job in self._run.doubt_all():
                # The next run shall ask for it anew, and not whether it changed.
                await run_in_thread(self._context.store.forget, job.file_name)
        missing = [chapter for chapter in chapters if chapter.error is not None]
        self._crawler.stats.set_value("book/chapters", len(chapters) - len(missing))
        if missing:
            await self._report_missing(chapters, missing)
        elif bound:
            await self._publish(chapters)
        else:
            await self._keep(chapters)

    async def _give(self, job: ChapterJob) -> None:
        """Give the binding a chapter that was not checked in this run."""
        if job.chapter.file is None or job.summary is not None:
            return
        try:
            path = await run_in_thread(self._context.store.local, job.chapter.file)
            describe(job.chapter, await self._binding.check(job, path))
            self._run.doubt(job)
        except (RejectedChapter, StoreError) as rejected:
            job.chapter.error, job.chapter.status = f"{rejected}", "failed"

    async def _publish(self, chapters: list[Chapter]) -> None:
        """Put the new book in its place, and wherever else it goes."""
        destination = self._destination
        await run_in_thread(self._context.store.flush)
        new = self._context.store.work / "book.pdf"
        result = await self._binding.finish(new)
        manifest = self._manifest(chapters, result, complete=True)
        await run_in_thread(publish, new, destination.path, manifest)
        after = time.monotonic() - self._binding.last_given
        self._run.last_output = destination.path, manifest
        await run_in_thread(self._tidy, chapters)
        self._crawler.stats.set_value("book/seconds_after_last_chapter", round(after, 3))
        self._count(manifest.book)
        if destination.remote is not None:
            await self._upload(manifest)
        self._outcome.succeed(
            *(warning for chapter in chapters for warning in chapter.warnings),
            *changes(self._run.previous, manifest),
            self._described(len(chapters), result.pages, result.bytes),
        )

    def _tidy(self, chapters: list[Chapter]) -> None:
        """Remove what is of no more use once the book is complete."""
        book = self._destination.beside(INCOMPLETE)
        spider = self._context.spider
        try:
            for path in (book, Manifest.path_for(book), book.with_suffix(".html")):
                path.unlink(missing_ok=True)
            if spider.selection is None and not spider.offline:
                self._context.store.sweep(c.file for c in chapters if c.file is not None)
        except StoreError as error:
            logger.warning("%s", error)
        except OSError as error:
            logger.warning("%s cannot be removed: %s.", error.filename, error.strerror)

    async def _upload(self, manifest: Manifest) -> None:
        """Send book and manifest, and note here that they are there.

        Raises UploadError, OSError.
        """
        await self._destination.upload(self._crawler, manifest, self._context.store.work)
        manifest.save(self._destination.path)

    async def _keep(self, chapters: list[Chapter]) -> None:
        current = self._run.current
        assert current is not None  # noqa: S101  # else the book would have been bound
        pages, size = current.book.pages or 0, current.book.bytes or 0
        await run_in_thread(self._tidy, chapters)
        self._count(current.book)
        self._outcome.succeed(
            "Nothing changed on the site since the book was made.",
            self._described(len(chapters), pages, size),
        )

    async def _report_missing(self, chapters: list[Chapter], missing: list[Chapter]) -> None:
        """Say what is missing, in the log and in a manifest; bind the rest if that is wanted."""
        path = self._destination.beside(INCOMPLETE)
        lines = outcome.describe_missing(missing, len(chapters))
        try:
            if self._crawler.settings.getbool("BOOK_PARTIAL") and len(missing) < len(chapters):
                new = self._context.store.work / "book.pdf"
                for job in self._run.jobs:
                    await self._give(job)
                result = await self._binding.finish(new, partial=True)
                manifest = self._manifest(chapters, result, complete=False)
                await run_in_thread(publish, new, path, manifest)
                lines.append(f"What there is: {path} ({result.pages} pages)")
            else:
                manifest = self._manifest(chapters, None, complete=False)
                manifest.save(path)
            self._run.last_output = path, manifest
        except BookError as error:
            lines.append(str(error))
        except OSError as error:
            lines.append(outcome.unwritable(error))
        self._outcome.fail(*lines, *self._again)

    def _manifest(
        self, chapters: list[Chapter], result: BindResult | None, *, complete: bool
    ) -> Manifest:
        if result is not None:
            self._add_places(result)
        contents, began = self._run.contents, self._context.began
        book = BookRecord(
            title=contents.title,
            author=contents.author,
            language=contents.language,
            url=contents.url,
            complete=complete,
            pages=result.pages if result else None,
            bytes=result.bytes if result else None,
            sha256=result.sha256 if result else None,
            started=datetime.fromtimestamp(began, tz=timezone.utc).isoformat(),
            seconds=round(time.time() - began, 3),
            made_by=made_by(),
            front_matter_pages=result.front_matter_pages if result else None,
            references_found=result.references.found if result else 0,
            references_linked=result.references.linked if result else 0,
            references_nowhere=list(result.references.nowhere) if result else [],
            plan=plan_digest(self._run.plan),
        )
        return Manifest(book, chapters)

    def _add_places(self, result: BindResult) -> None:
        """Add to the records where chapters and sections are in the finished book."""
        for facts in result.chapters:
            chapter = self._run.jobs[facts.position].chapter
            chapter.first_page = facts.first_page_index + 1
            chapter.first_printed_page = facts.first_label
            for section, found in zip(chapter.sections, facts.sections, strict=True):
                section.printed_page = found.label

    def _count(self, book: BookRecord) -> None:
        stats = self._crawler.stats
        stats.set_value("book/pages", book.pages)
        stats.set_value("book/bytes", book.bytes)
        stats.set_value("book/references_linked", book.references_linked)

    def _described(self, chapters: int, pages: int, size: int) -> str:
        seconds = time.time() - self._context.began
        return outcome.describe_book(self._destination.name, chapters, pages, size, seconds)

    @property
    def _again(self) -> list[str]:
        spider = self._context.spider
        if spider.offline:
            return [outcome.fetch_first(spider.name)]
        if self._context.limiter.stopped.is_set():
            return [outcome.AGAIN]
        return self._outcome.advice(spider.start_url)
