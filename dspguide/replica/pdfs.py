"""Chapter PDFs as the producers of the late 1990s left them, at either size."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from dspguide.replica.chapterfile import ChapterFile
from dspguide.replica.syntax import Objects, plain_file, string

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dspguide.replica.book import Book, Chapter

_GENERATION = "2"
"""Part of the names in a cache directory: to be raised when the bytes change."""


def chapter_pdf(
    book: Book, chapter: Chapter, *, revision: int = 0, cache: Path | None = None
) -> bytes:
    """A chapter's PDF; the same bytes for the same arguments.

    `revision` gives another edition: the same pages with other words. `cache` is a directory that
    keeps the result for the next time.
    """
    if cache is None:
        return ChapterFile(book, chapter, revision).build()
    key = repr((_GENERATION, book.title, book.size, book.old_set, chapter, revision))
    file = cache / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.pdf"
    try:
        return file.read_bytes()
    except FileNotFoundError:
        body = ChapterFile(book, chapter, revision).build()
    cache.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_bytes(body)
    part.replace(file)
    return body


def chapter_pdfs(
    book: Book,
    chapters: Sequence[Chapter],
    *,
    cache: Path | None = None,
    processes: int | None = 1,
) -> Iterator[bytes]:
    """The PDFs of several chapters in order; `processes` None is one per core."""
    if processes == 1 or len(chapters) < 2:
        yield from (chapter_pdf(book, chapter, cache=cache) for chapter in chapters)
        return
    # Most users of the replica never need these: they would double its import time.
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - see above
    from multiprocessing import get_context  # noqa: PLC0415 - see above

    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(chapter_pdf, book, chapter, cache=cache) for chapter in chapters]
        for future in futures:
            yield future.result()


def one_page_pdf(text: str) -> bytes:
    """A PDF of one page with one line on it."""
    objects = Objects()
    root, pages, page = objects.reserve(), objects.reserve(), objects.reserve()
    font = objects.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    content = objects.stream(f"BT /F1 18 Tf 72 600 Td {string(text)} Tj ET".encode("cp1252"))
    objects.set(root, f"<< /Type /Catalog /Pages {pages} 0 R >>")
    objects.set(pages, f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>")
    objects.set(
        page,
        f"<< /Type /Page /Parent {pages} 0 R /MediaBox [0 0 522 702] /Contents {content} 0 R "
        f"/Resources << /Font << /F1 {font} 0 R >> >> >>",
    )
    info = objects.add("<< /Producer (replica) >>")
    return plain_file(objects, root, info, "1.4")
