"""What is found on pages: plain values, no markup."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Selectors:
    """CSS that decides what would else be found by the shape of the pages; None: by the shape.

    The names are those of BookSpider's attributes and of the arguments of `scrapy crawl book`.
    """

    contents_link: str | None = None
    chapter_links: str | None = None
    pdf_link: str | None = None
    part_headings: str | None = None
    next_page: str | None = None


@dataclass(frozen=True)
class BookInfo:
    """What a page says of the book as a whole."""

    title: str
    author: str | None
    language: str
    """A BCP 47 tag; "en" where the page names none, "und" where it names no language."""


@dataclass
class FoundSection:
    """A section as the contents page names it."""

    title: str
    url: str | None
    """None where it has no page of its own."""


@dataclass
class FoundChapter:
    """A chapter as the contents page names it."""

    number: str | None
    """As the page writes it: "7", "A", "IV", "3-4"."""
    title: str
    part: str | None
    url: str
    """What the link leads to."""
    is_pdf: bool
    """Whether that is the PDF, as far as the link shows, rather than a page with one."""
    sections: list[FoundSection] = field(default_factory=list)


@dataclass(frozen=True)
class LeftOut:
    """Something that is linked where the chapters are and was taken for none."""

    text: str
    url: str | None
    why: str
    argument: str | None = "chapter_links"
    """The argument that decides otherwise."""


@dataclass(frozen=True)
class FoundContents:
    """The chapters in reading order, and what else was seen there."""

    chapters: list[FoundChapter]
    left_out: list[LeftOut]
    notes: list[str]
    """Sentences on what was settled, such as a listing that lacked a chapter."""
