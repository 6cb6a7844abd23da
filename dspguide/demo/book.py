"""The shape of the book: parts, chapters, sections, pages, printed numbers, sizes.

The figures are those of the real book; titles, author and prose are invented (`data/book.json`).
A section whose title the PDF prints in another way than the site is there as "site => print".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple

from dspguide.demo import layout
from dspguide.demo.data import BOOK

if TYPE_CHECKING:
    from collections.abc import Iterator

_GAP_BEFORE_LAST = 70
"""Chapter 33 ends on page 630, chapter 34 begins on page 701."""


class Section(NamedTuple):
    """A section of a chapter."""

    number: int  # 1-based within its chapter
    title: str  # as the site writes it
    printed_title: str  # as the PDF prints it: other dashes, apostrophes, a multiplication sign


@dataclass(frozen=True)
class Chapter:
    """A chapter: one PDF. What is in it depends on nothing else, so that chapters can be shared."""

    number: int
    shape: int  # 0-based index of the chapter of the real book that it has the shape of
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
    def printed_numbers(self) -> tuple[str, ...]:
        """The printed page numbers, by 0-based page index."""
        return tuple(str(self.first_number + index) for index in range(self.pages))

    @property
    def blocks(self) -> list[layout.Block]:
        """What stands on its pages, in reading order."""
        return list(chain(*layout.planned(self)))

    @property
    def headings(self) -> list[layout.Block]:
        """The headings of its sections, one line each."""
        return [block for block in self.blocks if block.kind == "heading"]

    @property
    def captions(self) -> list[layout.Block]:
        """Each figure's, table's and equation's, a line that begins "FIGURE 7-1"."""
        return [block for block in self.blocks if block.kind in ("figure", "table", "equation")]

    @property
    def references(self) -> list[layout.Reference]:
        """What the text refers to."""
        return [reference for block in self.blocks for reference in block.references]


class Part(NamedTuple):
    """A part of the book."""

    title: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True)
class Book:
    """What the site holds."""

    title: str
    author: str
    chapters: tuple[Chapter, ...]
    size: Literal["small", "full"] = "small"

    @classmethod
    def standard(
        cls, size: Literal["small", "full"] = "small", chapters: int | None = None
    ) -> Book:
        """The copy of the real book, or a book of that many chapters of the same character.

        "small" has all pages, headings, captions and references, but little else; "full" has the
        real files' sizes and costs as much work. With fewer chapters than the real book it is the
        beginning of it, with more it goes on in further volumes.
        """
        count = len(BOOK["chapters"]) if chapters is None else chapters
        return cls(BOOK["title"], BOOK["author"], tuple(_chapters(count)), size)

    @property
    def parts(self) -> list[Part]:
        """The parts in order, each with its chapters."""
        names = dict.fromkeys(chapter.part for chapter in self.chapters)
        return [Part(n, tuple(c for c in self.chapters if c.part == n)) for n in names]

    @property
    def pages(self) -> int:
        """Pages of all chapters together."""
        return sum(chapter.pages for chapter in self.chapters)

    def chapter(self, number: int) -> Chapter:
        """The chapter of that number; KeyError when there is none."""
        return {chapter.number: chapter for chapter in self.chapters}[number]

    def without_chapter(self, number: int) -> Book:
        """The book without that chapter; the others keep their numbers and files."""
        return replace(self, chapters=tuple(c for c in self.chapters if c.number != number))


def _chapters(count: int) -> Iterator[Chapter]:
    shapes, endings = BOOK["chapters"], BOOK["volumes"]
    next_number = 1
    for index in range(count):
        volume, shape = divmod(index, len(shapes))
        ending = f"{endings[volume % len(endings)]} {volume + 1}" if volume else ""
        own = shapes[shape]
        if shape == len(shapes) - 1:
            next_number += _GAP_BEFORE_LAST
        sections = []
        for number, name in enumerate(own["sections"], 1):
            title, _, printed = name.partition(" => ")
            sections.append(Section(number, title + ending, (printed or title) + ending))
        yield Chapter(
            number=index + 1,
            shape=shape,
            title=own["title"] + ending,
            part=own["part"] + (f", VOLUME {volume + 1}" if volume else ""),
            sections=tuple(sections),
            pages=own["pages"],
            first_number=next_number,
            kilobytes=own["kilobytes"],
        )
        next_number += own["pages"]
