"""What the spider says about the book, and what the pipelines add to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass
class Section:
    """A section of a chapter; page numbers are filled in once the chapter's PDF has been read."""

    title: str
    url: str
    page: int | None = None
    """Page of the chapter's PDF on which the section begins, counted from 1."""
    printed_page: str | None = None
    """The number printed on that page."""


def _plain(sections: list[Section]) -> list[dict[str, str | int | None]]:
    """Return sections as Scrapy's exporters can write them, XML as elements."""
    return [asdict(section) for section in sections]


@dataclass
class Chapter:
    """One chapter: an item of the crawl and a record of the manifest."""

    number: int
    title: str
    part: str | None
    page_url: str
    pdf_url: str | None = None
    file: str | None = None
    """Path below FILES_STORE."""
    bytes: int | None = None
    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    pages: int | None = None
    first_page: int | None = None
    """Page of the book on which the chapter begins, counted from 1."""
    first_printed_page: str | None = None
    sections: list[Section] = field(default_factory=list, metadata={"serializer": _plain})
    status: str | None = None
    """`downloaded`, `unchanged`, `resumed` or `failed`; None in a dry run."""
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    attempts: int = 0
    """Requests made for the PDF in this run."""
    bytes_received: int = 0
    """Bytes of the PDF that came over the line in this run."""
    bytes_resumed: int = 0
    """Bytes that were on disk already and were not asked for again."""


@dataclass(frozen=True)
class Contents:
    """The book as its contents page describes it, chapters in the order of that page."""

    title: str
    author: str | None
    language: str
    url: str
    chapters: tuple[Chapter, ...]
    """Those that this run is for."""
    highest_number: int
    """Of all chapters that the page lists."""
