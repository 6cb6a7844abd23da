"""The site as a mapping from paths to what is there, changeable while it is being served."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.demo.book import Book
from dspguide.demo.pages import OTHER_FILES, page, paths
from dspguide.demo.pdfs import chapter_pdf, make_all
from dspguide.demo.typeset import one_page_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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

    `base` is what absolute links begin with ("http://www.dspguide.com", no slash at the end); None
    takes the address that the client asked for. `cache` is a directory that keeps generated PDFs
    between processes. `robots` is the text of /robots.txt, None for a 404 as on the real site.
    """

    def __init__(
        self,
        book: Book | None = None,
        *,
        base: str | None = None,
        cache: Path | None = None,
        robots: str | None = None,
    ) -> None:
        self.book = book or Book.standard()
        """What the site holds; assign another one to change contents page and all the rest."""
        self.base, self.cache, self.robots = base, cache, robots
        self._replaced: dict[str, Resource | None] = {}
        self._editions: dict[str, int] = {}
        self._lock = threading.Lock()  # threads serve it, and one chapter is made once

    def warm(self, *, processes: int | None = 1) -> None:
        """Makes all chapter PDFs now (in `processes` processes, None for one per core)."""
        make_all(self.book, self.cache, processes)

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

        `base` is used where the site has none of its own. `revision` asks for another edition: same
        kind of content, other bytes and validators.
        """
        with self._lock:
            if path in self._replaced:
                return self._replaced[path]
            edition = revision + self._editions.get(path, 0)
            if chapter := self.book.chapter_at_pdf(path):
                body = chapter_pdf(self.book, chapter, edition, self.cache)
                return Resource.of(body, "application/pdf", edition)
        if path in OTHER_FILES:
            return Resource.of(one_page_pdf(path), "application/pdf", edition)
        plain = path == "/robots.txt"
        text = self.robots if plain else page(self.book, path, self.base or base)
        if text is None:
            return None
        if revision:
            text += f"<!-- edition {edition} -->\n"
        return Resource.of(text.encode(), "text/plain" if plain else "text/html", edition)

    def replace(
        self,
        path: str,
        body: bytes | str,
        *,
        content_type: str | None = None,
        etag: str | None = None,
        last_modified: float | None = None,
    ) -> None:
        """Puts `body` at `path` from now on, with new validators unless they are given.

        `etag` comes with its quotes, `last_modified` in seconds since the epoch.
        """
        raw = body.encode() if isinstance(body, str) else body
        kind = content_type or ("application/pdf" if path.lower().endswith(".pdf") else "text/html")
        self.revise(path)
        new = Resource.of(raw, kind, self._editions[path])
        self._replaced[path] = Resource(
            raw, kind, etag or new.etag, last_modified or new.last_modified
        )

    def remove(self, path: str) -> None:
        """Makes `path` a 404."""
        self._replaced[path] = None

    def restore(self, path: str) -> None:
        """Undoes `replace`, `remove` and `revise` for `path`."""
        self._replaced.pop(path, None)
        self._editions.pop(path, None)

    def revise(self, path: str) -> None:
        """Puts a new edition of a chapter's PDF at `path`: as good as before, other bytes."""
        self._editions[path] = self._editions.get(path, 0) + 1

    def paths(self) -> Iterator[str]:
        """All paths that lead somewhere: pages first, then the PDFs."""
        yield from (*paths(self.book), *OTHER_FILES)
        yield from (chapter.pdf_path for chapter in self.book.chapters)
        if self.robots is not None:
            yield "/robots.txt"
