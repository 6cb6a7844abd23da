"""The shape of the book: parts, chapters, sections, pages, printed numbers, sizes.

The figures are those of the real book; titles, author and prose are invented (`data/book.json`).
A section whose title the PDF prints in another way than the site is there as "site => print".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from dspguide.demo import layout
from dspguide.demo.data import load

if TYPE_CHECKING:
    from collections.abc import Iterator

Size = Literal["small", "full"]

_GAP_BEFORE_LAST = 70
"""Chapter 33 ends on page 630, chapter 34 begins on page 701."""


@dataclass(frozen=True)
class Section:
    """A section of a chapter."""

    number: int  # 1-based within its chapter
    title: str  # as the site writes it
    printed_title: str  # as the PDF prints it: other dashes, apostrophes, a multiplication sign


@dataclass(frozen=True)
class Chapter:
    """A chapter: one PDF. What is in it depends on nothing else, so that chapters can be shared."""

    number: int
    title: str
    part: str
    sections: tuple[Section, ...]
    pages: int
    first_number: int  # the number printed on its first page
    kilobytes: int  # size of its full-size PDF, in 1000 bytes

    @property
    def page_path(self) -> str:
        """Path of the chapter's page, "/ch7.htm"."""
        return f"/ch{self.number}.htm"

    @property
    def pdf_path(self) -> str:
        """Path of the chapter's PDF, "/CH7.PDF": upper case, no padding."""
        return f"/CH{self.number}.PDF"

    def section_path(self, section: Section) -> str:
        """Path of a section's page, "/ch7/2.htm"."""
        return f"/ch{self.number}/{section.number}.htm"

    @property
    def shape(self) -> int:
        """0-based index of the chapter of the real book that this one has the shape of."""
        return (self.number - 1) % len(load("book")["chapters"])

    @property
    def printed_numbers(self) -> tuple[str, ...]:
        """The printed page numbers, by 0-based page index."""
        return tuple(str(self.first_number + index) for index in range(self.pages))

    @property
    def headings(self) -> tuple[layout.Heading, ...]:
        """Where the heading of each section stands in the PDF, in the order of the sections."""
        return layout.planned(self).headings

    @property
    def captions(self) -> tuple[layout.Caption, ...]:
        """Where each figure's, table's and equation's caption stands in the PDF."""
        return layout.planned(self).captions

    @property
    def references(self) -> tuple[layout.Reference, ...]:
        """What the text refers to, in reading order."""
        return layout.planned(self).references


@dataclass(frozen=True)
class Part:
    """A part of the book."""

    title: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True)
class Book:
    """What the site holds."""

    title: str
    author: str
    chapters: tuple[Chapter, ...]
    size: Size = "small"
    old_set: bool = False  # PDFs as of 1999: PDF 1.2, each chapter with a poor outline of its own

    @classmethod
    def standard(
        cls, size: Size = "small", chapters: int | None = None, *, old_set: bool = False
    ) -> Book:
        """The copy of the real book, or a book of that many chapters of the same character.

        "small" has all pages, headings, captions and references, but little else; "full" has the
        real files' sizes and costs as much work. With fewer chapters than the real book it is the
        beginning of it, with more it goes on in further volumes.
        """
        data = load("book")
        count = len(data["chapters"]) if chapters is None else chapters
        return cls(data["title"], data["author"], tuple(_chapters(count)), size, old_set)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts in order, each with its chapters."""
        names = dict.fromkeys(chapter.part for chapter in self.chapters)
        return tuple(Part(n, tuple(c for c in self.chapters if c.part == n)) for n in names)

    @property
    def pages(self) -> int:
        """Pages of all chapters together."""
        return sum(chapter.pages for chapter in self.chapters)

    def chapter(self, number: int) -> Chapter:
        """The chapter of that number; KeyError when there is none."""
        return {chapter.number: chapter for chapter in self.chapters}[number]

    def chapter_at_pdf(self, path: str) -> Chapter | None:
        """The chapter whose PDF stands at `path`."""
        return next((chapter for chapter in self.chapters if chapter.pdf_path == path), None)

    def without_chapter(self, number: int) -> Book:
        """The book without that chapter; the others keep their numbers and files."""
        return replace(self, chapters=tuple(c for c in self.chapters if c.number != number))


def _chapters(count: int) -> Iterator[Chapter]:
    data = load("book")
    shapes, endings = data["chapters"], data["volumes"]
    next_number = 1
    for index in range(count):
        volume, shape = divmod(index, len(shapes))
        ending = f"{endings[volume % len(endings)]} {volume + 1}" if volume else ""
        own = shapes[shape]
        if shape == len(shapes) - 1:
            next_number += _GAP_BEFORE_LAST
        yield Chapter(
            number=index + 1,
            title=own["title"] + ending,
            part=own["part"] + (f", VOLUME {volume + 1}" if volume else ""),
            sections=tuple(_sections(own["sections"], ending)),
            pages=own["pages"],
            first_number=next_number,
            kilobytes=own["kilobytes"],
        )
        next_number += own["pages"]


def _sections(names: list[str], ending: str) -> Iterator[Section]:
    for number, name in enumerate(names, 1):
        title, _, printed = name.partition(" => ")
        yield Section(number, title + ending, (printed or title) + ending)
