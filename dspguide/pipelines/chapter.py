"""The pipeline that says what is in a chapter's PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.utils.asyncio import run_in_thread

from dspguide.crawl.context import Component
from dspguide.errors import BookError, StoreError
from dspguide.items import Section, fill_item
from dspguide.pdf import RejectedChapter

if TYPE_CHECKING:
    from dspguide.book.run import ChapterJob
    from dspguide.crawl.context import CrawlContext
    from dspguide.items import Chapter
    from dspguide.pdf import PreparedSummary

_KNOWN = ("pages", "first_page", "first_printed_page", "sections", "warnings")
"""What a manifest knows of a chapter's file."""


class ChapterPipeline(Component):
    """Adds pages, printed numbers and places of the sections to a chapter that is stored."""

    async def process_item(self, item: Any) -> Any:
        job = self.context.run.job_of(item)
        if job is not None and job.chapter.file is not None:
            read = job.summary is not None or self.context.binding.started
            if read or not self._copied_from_manifest(job.chapter):
                await read_chapter(self.context, job)
            fill_item(item, job.chapter)
        return item

    def _copied_from_manifest(self, chapter: Chapter) -> bool:
        """Take what is known from the last run, when the file is still the same."""
        current = self.context.run.current
        for known in current.chapters if current is not None else ():
            if known.url == chapter.url and known.sha256 == chapter.sha256:
                for name in _KNOWN:
                    setattr(chapter, name, getattr(known, name))
        return chapter.pages is not None


async def read_chapter(context: CrawlContext, job: ChapterJob) -> None:
    """Give a stored chapter to the book, unless it was in this run, and note what is in it."""
    chapter = job.chapter
    if job.summary is None and chapter.file is not None:
        try:
            path = await run_in_thread(context.store.local, chapter.file)
            await context.binding.check(job, path)
        except (RejectedChapter, BookError, StoreError) as error:
            chapter.file, chapter.error, chapter.status = None, f"{error}", "failed"
    if job.summary is not None:
        _describe(chapter, job.summary)


def _describe(chapter: Chapter, summary: PreparedSummary) -> None:
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
