"""A chapter while it is under way: all that belongs to it, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.pdf import ChapterPlan

if TYPE_CHECKING:
    from dspguide.items import Chapter
    from dspguide.net.transfer import Transfer
    from dspguide.pdf import PreparedSummary
    from dspguide.store.chapter_store import Record


@dataclass(eq=False)
class ChapterJob:
    """One chapter of this run."""

    index: int
    """0-based place in the book that this run binds."""
    chapter: Chapter
    """Its record in the manifest."""
    file_name: str
    """Of its PDF in the store."""
    size: int = 0
    """Bytes of its PDF, as far as earlier runs or the server tell; 0 where they do not."""
    transfer: Transfer | None = None
    """Its PDF's way over the network, once it was asked for."""
    record: Record | None = None
    """What the store has of it."""
    summary: PreparedSummary | None = None
    """What is in its PDF, once that was read for the book in this run."""
    delivered: bool = False
    """Whether its item came through the pipelines."""

    @property
    def plan(self) -> ChapterPlan:
        """The chapter as the PDF side knows it."""
        chapter = self.chapter
        names = [chapter.page_url] if chapter.page_url is not None else []
        if chapter.pdf_url is not None:
            names += [chapter.pdf_url, chapter.pdf_url.rpartition("/")[2]]
        sections = tuple(section.title for section in chapter.sections)
        return ChapterPlan(chapter.number, chapter.title, chapter.part, sections, tuple(names))
