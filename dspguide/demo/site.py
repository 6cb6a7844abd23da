"""The site as a mapping from paths to what is there, changeable while it is being served."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile

from dspguide.demo.book import Book, Chapter
from dspguide.demo.chapterfile import ChapterFile
from dspguide.demo.pages import OTHER_FILES, page
from dspguide.demo.typeset import one_page_pdf

_DAY = 86400
_FIRST_EDITION = 1_305_000_000.0
"""Last-Modified of everything that has not been changed, seconds since the epoch (May 2011)."""


@dataclass(frozen=True)
class Resource:
    """What stands at a path."""

    body: bytes
    content_type: str
    etag: str  # with its quotes
    last_modified: float  # seconds since the epoch

    @classmethod
    def of(cls, body: bytes, content_type: str, edition: int = 0) -> Resource:
        """A resource whose validators follow from its content and the number of its edition."""
        etag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()[:16]}"'
        return cls(body, content_type, etag, _FIRST_EDITION + edition * _DAY)


class Site:
    """The whole site: home page, contents page, chapters, PDFs and what else a crawl may meet.

    `cache` is a directory that keeps generated PDFs between processes.
    """

    def __init__(self, book: Book | None = None, *, cache: Path | None = None) -> None:
        self.book = book or Book.standard()
        """What the site holds; assign another one to change contents page and all the rest."""
        self.cache = cache
        self._replaced: dict[str, Resource] = {}
        self._editions: dict[str, int] = {}
        self._lock = threading.Lock()  # threads serve it, and one chapter is made once

    def warm(self, processes: int | None = 1) -> None:
        """Makes all chapter PDFs now, with a cache in `processes` processes, None for all cores."""
        if self.cache is not None:
            make = partial(_chapter_pdf, self.book, revision=0, folder=self.cache)
            with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
                list(pool.map(make, self.book.chapters))
        for chapter in self.book.chapters:
            self.pdf(chapter.number)

    def pdf(self, number: int) -> bytes:
        """Chapter `number`'s PDF as the site sends it; KeyError where there is none."""
        path = self.book.chapter(number).pdf_path
        if resource := self.get(path):
            return resource.body
        raise KeyError(path)

    def get(
        self, path: str, *, base: str = "http://www.dspguide.com", revision: int = 0
    ) -> Resource | None:
        """What stands at `path` (percent-decoded, without query), None for nothing (a 404).

        `base` is what absolute links begin with, no slash at the end. `revision` asks for another
        edition: same kind of content, other bytes and validators.
        """
        if path in self._replaced:
            return self._replaced[path]
        edition = revision + self._editions.get(path, 0)
        for chapter in self.book.chapters:
            if chapter.pdf_path == path:
                with self._lock:
                    body = _chapter_pdf(self.book, chapter, edition, self.cache)
                return Resource.of(body, "application/pdf", edition)
        if path in OTHER_FILES:
            return Resource.of(one_page_pdf(path), "application/pdf", edition)
        text = page(self.book, path, base)
        if text is None:
            return None
        text += f"<!-- edition {edition} -->\n" * (revision > 0)
        return Resource.of(text.encode(), "text/html", edition)

    def replace(self, path: str, body: bytes | str, content_type: str | None = None) -> None:
        """Puts `body` at `path` from now on, with new validators."""
        raw = body.encode() if isinstance(body, str) else body
        kind = content_type or ("application/pdf" if path.lower().endswith(".pdf") else "text/html")
        self.revise(path)
        self._replaced[path] = Resource.of(raw, kind, self._editions[path])

    def revise(self, path: str) -> None:
        """Puts a new edition of a chapter's PDF at `path`: the same pages with other words."""
        self._editions[path] = self._editions.get(path, 0) + 1


def _chapter_pdf(book: Book, chapter: Chapter, revision: int, folder: Path | None) -> bytes:
    # A chapter's file depends on nothing else that the book holds.
    return _made(replace(book, chapters=(chapter,)), revision, folder)


@lru_cache(maxsize=1024)
def _made(book: Book, revision: int, folder: Path | None) -> bytes:
    """The PDF of a book's only chapter, kept in the folder for other processes."""
    if folder is None:
        return ChapterFile(book, book.chapters[0], revision).build()
    key = hashlib.sha256(repr((_edition(), book, revision)).encode()).hexdigest()
    path = folder / f"{key[:24]}.pdf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(_made(book, revision, None))
        Path(part.name).replace(path)
    return path.read_bytes()


@cache
def _edition() -> str:
    """Another one whenever what makes the bytes is another."""
    files = sorted(file for file in Path(__file__).parent.rglob("*.*") if file.suffix != ".pyc")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
