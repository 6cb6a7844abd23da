"""This run's book: what its chapters are, what is known of them, and what was there before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter

from dspguide.book.manifest import Manifest
from dspguide.errors import ChangedSiteError
from dspguide.pdf import BookPlan, ChapterPlan, RejectedChapter
from dspguide.pdf.analysis.doubt import contradictions
from dspguide.store.chapter_store import file_name
from dspguide.urls import PageKey, page_key

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.book.destination import BookDestination
    from dspguide.items import Chapter, Contents
    from dspguide.net.transfer import Transfer
    from dspguide.pdf import PreparedSummary
    from dspguide.store.chapter_store import Record

INCOMPLETE = "-incomplete"
"""What the file names of a book have that lacks chapters."""

_LEAST_LEFT = 0.5
"""The part of its pages that a chapter may shrink to without being doubted."""


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
    pages_before: int | None = None
    """Pages that it has in the book that is there."""
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


@dataclass
class BookRun:
    """The chapters of this run, in the book's order; none before the contents are read."""

    destination: BookDestination
    accept_changes: bool = False
    front_matter: bool = True
    link_references: bool = True
    permitted_use: str | None = None
    jobs: list[ChapterJob] = field(default_factory=list)
    previous: Manifest | None = None
    """The record of the book that is there, and ..."""
    intact: bool = False
    """... whether that book is, unharmed."""
    current: Manifest | None = None
    """The same, where that book is of the site's contents and unharmed."""
    last_output: tuple[Path, Manifest] | None = None
    """What this run wrote: the book's path, and the record beside it, of a failed run too."""
    _contents: Contents | None = None
    _by_position: dict[int, ChapterJob] = field(default_factory=dict)
    _by_url: dict[PageKey, ChapterJob] = field(default_factory=dict)
    _by_pdf: dict[PageKey, ChapterJob] = field(default_factory=dict)

    @property
    def has_contents(self) -> bool:
        """Whether the contents have been read."""
        return self._contents is not None

    @property
    def contents(self) -> Contents:
        """The contents of this run's book. Raises RuntimeError before they are read."""
        if self._contents is None:
            raise RuntimeError("the contents have not been read")
        return self._contents

    def begin(self, contents: Contents) -> None:
        """Take the chapters of this run, and look what is known of them.

        Raises ChangedSiteError where chapters are gone that the book has which is there.
        """
        old = self.previous
        self._check_nothing_gone(contents)
        self._contents = contents
        for index, chapter in enumerate(contents.chapters):
            job = ChapterJob(index, chapter, file_name(chapter, contents.count))
            self.jobs.append(job)
            self._by_position[chapter.position] = job
            self._by_url.setdefault(page_key(chapter.url), job)
        for known in (old, Manifest.load(self.destination.beside(INCOMPLETE))):
            for chapter in known.chapters if known is not None else ():
                found = self._by_url.get(page_key(chapter.url))
                if found is not None:
                    found.size = chapter.bytes or found.size
                    found.pages_before = chapter.pages if known is old else found.pages_before
        if old is not None and self.intact and old.is_of(self.plan, self.destination.remote):
            self.current = old

    @property
    def plan(self) -> BookPlan:
        """The book as the PDF side knows it."""
        contents = self.contents
        plans = tuple(job.plan for job in self.jobs)
        return BookPlan(
            contents.title,
            contents.author,
            contents.language,
            plans,
            source_url=contents.start_url,
            permitted_use=self.permitted_use,
            front_matter=self.front_matter,
            link_references=self.link_references,
        )

    def job_of(self, item: Any) -> ChapterJob | None:
        """Return the chapter that an item stands for; None for an item that is none of them.

        Known by its `position`, or by its `page_url` or `pdf_url` where a recipe's class has none.
        """
        if not ItemAdapter.is_item(item):
            return None
        adapter = ItemAdapter(item)
        position = adapter.get("position")
        job = self._by_position.get(position) if isinstance(position, int) else None
        for name in ("page_url", "pdf_url"):
            if job is None and isinstance(adapter.get(name), str):
                job = self._by_url.get(page_key(adapter[name]))
        return job

    def owner_of(self, pdf_url: str, chapter: Chapter) -> Chapter:
        """Return the chapter whose page was the first to link a PDF: this one, or another."""
        job = self._by_url.get(page_key(chapter.url))
        return chapter if job is None else self._by_pdf.setdefault(page_key(pdf_url), job).chapter

    def doubt(self, job: ChapterJob) -> None:
        """Refuse a chapter that was read for the book but has lost most of its pages.

        Raises RejectedChapter.
        """
        before, summary = job.pages_before, job.summary
        if before is None or summary is None or self.accept_changes:
            return
        if summary.pages < before * _LEAST_LEFT:
            raise RejectedChapter(
                "shrunk",
                f"it had {before} pages and now has {summary.pages}; if that is meant, run once "
                "with -s ACCEPT_CHANGES=True",
            )

    def doubt_all(self) -> list[ChapterJob]:
        """Note as errors what chapters' files say against each other, once all were read.

        Returns the chapters that are doubted.
        """
        summaries = {job.index: job.summary for job in self.jobs if job.summary is not None}
        doubted = contradictions(summaries)
        for index, sentence in doubted.items():
            chapter = self.jobs[index].chapter
            chapter.error, chapter.status = f"{sentence}.", "failed"
        return [self.jobs[index] for index in doubted]

    def _check_nothing_gone(self, contents: Contents) -> None:
        old = self.previous
        if old is None or not old.book.complete or self.accept_changes:
            return
        here = {page_key(chapter.url) for chapter in contents.chapters}
        named = {(chapter.number, chapter.title) for chapter in contents.chapters}
        gone = [
            chapter.name
            for chapter in old.chapters
            if page_key(chapter.url) not in here and (chapter.number, chapter.title) not in named
        ]
        if gone and len(contents.chapters) < len(old.chapters):
            raise ChangedSiteError(
                f"{contents.url} lists {len(contents.chapters)} chapters, and the book that is "
                f"there has {len(old.chapters)}. Gone: {'; '.join(gone[:5])}"
                + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
                + ". If that is meant, run once with -s ACCEPT_CHANGES=True."
            )
