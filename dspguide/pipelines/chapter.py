"""The pipeline that says what is in a chapter's PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.utils.asyncio import run_in_thread

from dspguide.crawl.context import CrawlContext
from dspguide.errors import BookError, StoreError
from dspguide.items import Section, fill_item
from dspguide.pdf import RejectedChapter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

    from dspguide.book.run import ChapterJob
    from dspguide.items import Chapter
    from dspguide.pdf import PreparedSummary


class ChapterPipeline:
    """Adds pages, printed numbers and places of the sections to a chapter that is stored."""

    def __init__(self, crawler: Crawler) -> None:
        self._context = CrawlContext.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        job = self._context.run.job_of(item)
        if job is not None and job.chapter.file is not None:
            await self._read(job, job.chapter.file)
            fill_item(item, job.chapter)
        return item

    async def _read(self, job: ChapterJob, file: str) -> None:
        chapter, binding = job.chapter, self._context.binding
        if job.summary is None and not binding.started:
            self._copy_from_manifest(chapter)
            if chapter.pages is not None:
                return
        if job.summary is None:
            try:
                path = await run_in_thread(self._context.store.local, file)
                await binding.check(job, path)
            except (RejectedChapter, BookError, StoreError) as error:
                chapter.file, chapter.error = None, f"{error}"
        if job.summary is not None:
            describe(chapter, job.summary)

    def _copy_from_manifest(self, chapter: Chapter) -> None:
        """Take what is known from the last run, when the file is still the same."""
        current = self._context.run.current
        for known in current.chapters if current is not None else ():
            if known.url == chapter.url and known.sha256 == chapter.sha256:
                chapter.pages, chapter.first_page = known.pages, known.first_page
                chapter.first_printed_page = known.first_printed_page
                chapter.sections, chapter.warnings = known.sections, known.warnings


def describe(chapter: Chapter, summary: PreparedSummary) -> None:
    """Put into a chapter's record what was found in its PDF."""
    chapter.pages = summary.pages
    chapter.warnings = list(summary.warnings)
    chapter.first_printed_page = summary.labels[0]
    urls = {section.title: section.url for section in chapter.sections}
    chapter.sections = [
        Section(
            found.title,
            urls.get(found.title),
            found.level,
            page=found.page_index + 1,
            printed_page=summary.labels[found.page_index],
        )
        for found in summary.sections
    ]
