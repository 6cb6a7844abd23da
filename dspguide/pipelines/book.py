"""The pipeline that makes the book when the spider closes."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from scrapy import signals
from scrapy.exceptions import CloseSpider
from scrapy.utils.asyncio import run_in_thread

from dspguide.addon import DspguideAddon, only_for_the_book
from dspguide.book import outcome
from dspguide.book.binding import Binding
from dspguide.book.destination import BookPlace, publish
from dspguide.book.manifest import Manifest, changes, made_by
from dspguide.crawl.signals import contents_read
from dspguide.errors import BookError, DspguideError, SendError, StoreError
from dspguide.pdf import RejectedChapter
from dspguide.pipelines.chapter import describe

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from dspguide.items import Chapter, Contents
    from dspguide.pdf import BindResult
    from dspguide.spiders.dspguide import DspguideSpider

INCOMPLETE = "-incomplete"
_NEVER_CAME = "the crawl ended before it was fetched."

logger = logging.getLogger("dspguide")


class BookPipeline:
    """Collects the chapters and, when all of them are good, puts the book in its place.

    The book is bound while chapters arrive (Binding); close_spider() finishes it, or says why
    there is none.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._shared = DspguideAddon.of(crawler)
        self._chapters: dict[int, Chapter] = {}
        self._contents: Contents | None = None
        self._old: Manifest | None = None
        self._began = time.time()
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.contents_read, contents_read)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BookPipeline:
        only_for_the_book(crawler)
        return cls(crawler)

    def spider_opened(self) -> None:
        """Find out whether a book could be put in its place, before anything is fetched."""
        if self._spider.dry_run:
            return
        try:
            self._place.check()
        except BookError as error:
            self._shared.problem = str(error)
            raise CloseSpider("book_unwritable") from error
        if not Manifest.path_for(self._place.path).exists():
            # A book has to be bound whatever the contents: the processes load meanwhile.
            self._shared.binding.warm()

    def contents_read(self, contents: Contents) -> None:
        """Find out whether there is a book of these contents; if not, begin to bind one."""
        self._contents = contents
        shared, path = self._shared, self._place.path
        shared.binding.take(contents)
        self._old = old = Manifest.load(path)
        for known in (old, Manifest.load(self._place.beside(INCOMPLETE))):
            shared.sizes |= {c.number: c.bytes for c in known.chapters if c.bytes} if known else {}
        if self._spider.dry_run:
            return
        if self._spider.selection is None and not self._spider.offline:
            try:
                shared.store.save_contents(contents)
            except OSError as error:
                shared.problem = outcome.unwritable(error)
        bind_anyway = self._spider.offline
        if old is None or bind_anyway or not old.describes(path, contents, self._place.remote):
            shared.binding.start()
        else:
            shared.manifest = old

    def open_spider(self) -> None:
        self._place = BookPlace(self._crawler.settings, self._spider, self._spider.variant)
        workers = self._crawler.settings.getint("BOOK_WORKERS")
        self._shared.binding = Binding(workers)

    def process_item(self, item: Chapter) -> Chapter:
        if item.error is not None:
            item.status = "failed"
        self._chapters[item.number] = item
        return item

    async def close_spider(self) -> None:
        """Make the book, or say why there is none."""
        contents, result, stats = self._contents, self._shared.outcome, self._crawler.stats
        try:
            if self._shared.problem is not None:
                raise StoreError(self._shared.problem)  # noqa: TRY301  # said like all others
            if contents is None:
                problem = self._spider.problem or "the crawl ended before the contents were read."
                result.fail(f"No new book: {problem}", *self._hints())
            elif self._spider.dry_run:
                plan = outcome.describe_plan(contents, self._shared.store, self._shared.sizes)
                result.succeed(*plan)
            else:
                stats.set_value("book/chapters_expected", len(contents.chapters))
                await self._make(contents)
        except SendError as error:
            result.fail(str(error), outcome.SEND_AGAIN)
        except DspguideError as error:
            result.fail(f"No new book: {error}", self._again)
        except OSError as error:
            result.fail(f"No new book: {outcome.unwritable(error)}", self._again)
        except Exception:
            # Scrapy logs it, with where it was; without a word here it would look like a signal.
            result.fail(
                "No new book: an error in the program; the log shows it above.", self._again
            )
            raise
        finally:
            await run_in_thread(self._shared.binding.close)
        stats.set_value("book/complete", result.complete and not self._spider.dry_run)

    def _hints(self) -> list[str]:
        """Return what to do when the contents could not be read."""
        if self._spider.mistaken or self._spider.offline:
            return []
        if self._shared.line.stopped.is_set():
            return [outcome.AGAIN]
        return outcome.hints(self._spider.url)

    async def _make(self, contents: Contents) -> None:
        """Finish the book, or report what is missing. Raises DspguideError, OSError."""
        chapters = [
            self._chapters.get(chapter.number, replace(chapter, error=_NEVER_CAME, status="failed"))
            for chapter in contents.chapters
        ]
        bound = self._shared.binding.started
        if bound and not any(chapter.error for chapter in chapters):
            for chapter in chapters:
                await self._give(self._shared.binding, chapter)
        missing = [chapter for chapter in chapters if chapter.error is not None]
        self._crawler.stats.set_value("book/chapters", len(chapters) - len(missing))
        if missing:
            await self._report_missing(contents, chapters, missing)
        elif bound:
            await self._publish(contents, chapters)
        else:
            self._keep(chapters)

    async def _give(self, binding: Binding, chapter: Chapter) -> None:
        """Give the binding a chapter that was not checked in this run."""
        if chapter.file is None or chapter.number in binding.summaries:
            return
        try:
            summary = await binding.check(chapter, self._shared.store.file(chapter.file))
        except RejectedChapter as rejected:
            chapter.error, chapter.status = f"{rejected}", "failed"
        else:
            describe(chapter, summary)

    async def _publish(self, contents: Contents, chapters: list[Chapter]) -> None:
        """Put the new book in its place, and wherever else it goes."""
        shared, place = self._shared, self._place
        new = shared.store.work / "book.pdf"
        facts = await shared.binding.finish(new)
        manifest = self._manifest(contents, chapters, facts, complete=True)
        await run_in_thread(publish, new, place.path, manifest)
        after = time.monotonic() - shared.binding.last_given
        shared.made = place.path, manifest
        self._tidy(chapters)
        self._crawler.stats.set_value("book/seconds_after_last_chapter", round(after, 3))
        self._count(facts.pages, facts.bytes)
        if place.remote is not None:
            await self._send(manifest)
        shared.outcome.succeed(
            *(warning for chapter in chapters for warning in chapter.warnings),
            *changes(self._old, manifest),
            self._described(len(chapters), facts.pages, facts.bytes),
        )

    def _tidy(self, chapters: list[Chapter]) -> None:
        """Remove what is of no more use once the book is complete."""
        book = self._place.beside(INCOMPLETE)
        record, report = Manifest.path_for(book), book.with_suffix(".html")
        try:
            for path in (book, record, report):
                path.unlink(missing_ok=True)
            if self._spider.selection is None and not self._spider.offline:
                self._shared.store.sweep(c.file for c in chapters if c.file is not None)
        except OSError as error:
            logger.warning("%s cannot be removed: %s.", error.filename, error.strerror)

    async def _send(self, manifest: Manifest) -> None:
        """Send book and manifest, and note here that they are there. Raises SendError, OSError."""
        sent_to = {"sent_to": self._place.remote}
        copy = self._shared.store.work / self._place.path.name
        Manifest(manifest.book | sent_to, manifest.chapters).save(copy)
        await self._place.send(self._crawler, Manifest.path_for(copy))
        manifest.book |= sent_to
        manifest.save(self._place.path)

    def _keep(self, chapters: list[Chapter]) -> None:
        assert self._old is not None  # noqa: S101  # for the type checker: it describes the book
        pages, size = self._old.book["pages"], self._old.book["bytes"]
        self._tidy(chapters)
        self._count(pages, size)
        self._shared.outcome.succeed(
            "Nothing changed on the site since the book was made.",
            self._described(len(chapters), pages, size),
        )

    async def _report_missing(
        self, contents: Contents, chapters: list[Chapter], missing: list[Chapter]
    ) -> None:
        """Say what is missing, in the log and in a manifest; bind the rest if that is wanted."""
        path = self._place.beside(INCOMPLETE)
        lines = outcome.describe_missing(missing, len(chapters))
        try:
            if self._crawler.settings.getbool("BOOK_PARTIAL") and len(missing) < len(chapters):
                new = self._shared.store.work / "book.pdf"
                for chapter in chapters:
                    await self._give(self._shared.binding, chapter)
                facts = await self._shared.binding.finish(new, partial=True)
                manifest = self._manifest(contents, chapters, facts, complete=False)
                await run_in_thread(publish, new, path, manifest)
                lines.append(f"What there is: {path} ({facts.pages} pages)")
            else:
                manifest = self._manifest(contents, chapters, None, complete=False)
                manifest.save(path)
            self._shared.made = path, manifest
        except BookError as error:
            lines.append(str(error))
        except OSError as error:
            lines.append(outcome.unwritable(error))
        self._shared.outcome.fail(*lines, self._again)

    def _manifest(
        self,
        contents: Contents,
        chapters: list[Chapter],
        facts: BindResult | None,
        *,
        complete: bool,
    ) -> Manifest:
        if facts is not None:
            _add_places(chapters, facts)
        book: dict[str, Any] = {
            "title": contents.title,
            "author": contents.author,
            "language": contents.language,
            "url": contents.url,
            "complete": complete,
            "pages": facts.pages if facts else None,
            "bytes": facts.bytes if facts else None,
            "sha256": facts.sha256 if facts else None,
            "started": datetime.fromtimestamp(self._began, tz=timezone.utc).isoformat(),
            "seconds": round(time.time() - self._began, 3),
            "made_by": made_by(),
            "sent_to": None,
        }
        return Manifest(book, chapters)

    def _count(self, pages: int, size: int) -> None:
        self._crawler.stats.set_value("book/pages", pages)
        self._crawler.stats.set_value("book/bytes", size)

    def _described(self, chapters: int, pages: int, size: int) -> str:
        seconds = time.time() - self._began
        return outcome.describe_book(self._place.name, chapters, pages, size, seconds)

    @property
    def _again(self) -> str:
        return outcome.FETCH if self._spider.offline else outcome.AGAIN

    @property
    def _spider(self) -> DspguideSpider:
        return cast("DspguideSpider", self._crawler.spider)


def _add_places(chapters: list[Chapter], facts: BindResult) -> None:
    """Add to the records where chapters and sections are in the finished book."""
    places = {chapter.number: chapter for chapter in facts.chapters}
    for chapter in chapters:
        place = places.get(chapter.number)
        if place is None:
            continue
        chapter.first_page = place.first_page_index + 1
        chapter.first_printed_page = place.first_label
        for section, found in zip(chapter.sections, place.sections, strict=True):
            section.printed_page = found.label
