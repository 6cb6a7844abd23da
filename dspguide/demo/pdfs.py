"""Chapter PDFs, made once per process and kept in a folder where one is given."""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from dspguide.demo.chapterfile import ChapterFile

if TYPE_CHECKING:
    from dspguide.demo.book import Book, Chapter


def chapter_pdf(book: Book, chapter: Chapter, revision: int, folder: Path | None) -> bytes:
    """A chapter's PDF; the same bytes for the same arguments.

    Another `revision` has the same pages with other words. `folder` keeps it for the next time.
    """
    # A chapter's file depends on nothing else that the book holds.
    return _chapter_pdf(replace(book, chapters=(chapter,)), revision, folder)


def make_all(book: Book, folder: Path | None, processes: int | None) -> None:
    """Makes all chapters' PDFs; more than one of the `processes` takes a folder to share them."""
    if processes != 1 and folder is not None:
        make = partial(chapter_pdf, book, revision=0, folder=folder)
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            list(pool.map(make, book.chapters))
    for chapter in book.chapters:
        chapter_pdf(book, chapter, 0, folder)


@lru_cache(maxsize=1024)
def _chapter_pdf(book: Book, revision: int, folder: Path | None) -> bytes:
    if folder is None:
        return ChapterFile(book, book.chapters[0], revision).build()
    key = hashlib.sha256(repr((_edition(), book, revision)).encode()).hexdigest()
    path = folder / f"{key[:24]}.pdf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(_chapter_pdf(book, revision, None))
        Path(part.name).replace(path)
    return path.read_bytes()


@cache
def _edition() -> str:
    """Another one whenever what makes the bytes is another."""
    files = sorted(file for file in Path(__file__).parent.rglob("*.*") if file.suffix != ".pyc")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
