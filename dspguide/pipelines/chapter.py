"""The pipeline that says what is in a chapter's PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.addon import DspguideAddon, only_for_the_book
from dspguide.errors import BookError
from dspguide.pdf import RejectedChapter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from dspguide.items import Chapter
    from dspguide.pdf import PreparedSummary


class ChapterPipeline:
    """Adds pages, printed numbers and places of the sections to a chapter that is stored."""

    def __init__(self, crawler: Crawler) -> None:
        self._shared = DspguideAddon.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ChapterPipeline:
        only_for_the_book(crawler)
        return cls(crawler)

    async def process_item(self, item: Chapter) -> Chapter:
        if item.file is None:
            return item
        binding = self._shared.binding
        summary = binding.summaries.get(item.number)
        if summary is None and not binding.started:
            self._copy_from_manifest(item)
            if item.pages is not None:
                return item
        if summary is None:
            try:
                summary = await binding.check(item, self._shared.store.file(item.file))
            except (RejectedChapter, BookError) as error:
                item.file, item.error = None, f"{error}"
                return item
        describe(item, summary)
        return item

    def _copy_from_manifest(self, item: Chapter) -> None:
        """Take what is known from the last run, when the file is still the same."""
        chapters = self._shared.manifest.chapters if self._shared.manifest else []
        for known in chapters:
            if known.number == item.number and known.sha256 == item.sha256:
                item.pages, item.first_printed_page = known.pages, known.first_printed_page
                item.sections, item.warnings = known.sections, known.warnings


def describe(item: Chapter, summary: PreparedSummary) -> None:
    """Put into a chapter's record what was found in its PDF."""
    item.pages = summary.pages
    item.warnings = list(summary.warnings)
    item.first_printed_page = _printed(summary, 0)
    for section, found in zip(item.sections, summary.sections, strict=True):
        section.page = found.page_index + 1
        section.printed_page = _printed(summary, found.page_index)


def _printed(summary: PreparedSummary, index: int) -> str | None:
    label = summary.labels[index]
    return None if label is None else str(label)
