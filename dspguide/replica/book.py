"""The shape of the book: parts, chapters, sections, pages, printed numbers, sizes.

The figures are those of the real book; titles and author are invented (see `titles`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from dspguide.replica import layout, titles

Size = Literal["small", "full"]

_PAGES = (
    *(10, 24, 32, 20, 20, 16, 18, 28, 16, 24, 16, 18, 18, 16, 8, 12, 14, 8, 14, 10, 8, 22, 24, 26),
    *(28, 30, 22, 32, 16, 16, 14, 24, 26, 22),
)
_KILOBYTES = (
    *(45, 481, 569, 142, 206, 252, 285, 487, 434, 689, 590, 189, 370, 255, 166, 353, 373, 155, 363),
    *(244, 167, 362, 694, 2113, 689, 486, 394, 430, 1141, 349, 398, 1619, 302, 715),
)
_GAP_BEFORE_LAST = 70
"""Chapter 33 ends on page 630, chapter 34 begins on page 701."""


@dataclass(frozen=True)
class Section:
    """A section of a chapter."""

    number: int
    """1-based within its chapter."""
    title: str
    """As the site writes it."""
    printed_title: str
    """As the PDF prints it: other dashes, apostrophes, a multiplication sign."""


@dataclass(frozen=True)
class Chapter:
    """A chapter: one PDF."""

    number: int
    title: str
    part: str
    sections: tuple[Section, ...]
    pages: int
    first_number: int
    """The number printed on its first page."""
    kilobytes: int
    """Size of its full-size PDF."""

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
        """0-based number of the chapter of the 34 that this one has the shape of."""
        return (self.number - 1) % len(_PAGES)

    @property
    def printed_numbers(self) -> tuple[str, ...]:
        """The printed page numbers, by 0-based page index."""
        return tuple(str(self.first_number + index) for index in range(self.pages))

    @property
    def headings(self) -> tuple[layout.Heading, ...]:
        """Where the heading of each section stands in the PDF, in the order of the sections."""
        return layout.headings(self)


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
    old_set: bool = False
    """PDFs as of 1999: PDF 1.2, each chapter with a poor outline of its own."""

    @classmethod
    def standard(
        cls, size: Size = "small", chapters: int | None = None, *, old_set: bool = False
    ) -> Book:
        """The replica of the real book, or a book of that many chapters of the same character.

        "small" has all pages, but little on them; "full" has the real files' sizes. With fewer
        chapters than 34 it is the beginning of the book, with more it goes on in further volumes.
        """
        count = len(_PAGES) if chapters is None else chapters
        return cls(titles.BOOK, titles.AUTHOR, tuple(_chapters(count)), size, old_set)

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
        return self._by_number[number]

    def chapter_at_pdf(self, path: str) -> Chapter | None:
        """The chapter whose PDF stands at `path`."""
        return self._by_pdf.get(path)

    def without_chapter(self, number: int) -> Book:
        """The book without that chapter; the others keep their numbers and files."""
        return replace(self, chapters=tuple(c for c in self.chapters if c.number != number))

    def with_chapter(self, chapter: Chapter) -> Book:
        """The book with that chapter, in place of the one of the same number if there is one."""
        others = [c for c in self.chapters if c.number != chapter.number]
        return replace(self, chapters=tuple(sorted([*others, chapter], key=lambda c: c.number)))

    def with_title(self, number: int, title: str) -> Book:
        """The book with another title for a chapter."""
        return self.with_chapter(replace(self.chapter(number), title=title))

    @cached_property
    def _by_number(self) -> dict[int, Chapter]:
        return {chapter.number: chapter for chapter in self.chapters}

    @cached_property
    def _by_pdf(self) -> dict[str, Chapter]:
        return {chapter.pdf_path: chapter for chapter in self.chapters}


def _chapters(count: int) -> list[Chapter]:
    names = _names()
    chapters: list[Chapter] = []
    next_number = 1
    for number in range(1, count + 1):
        volume, shape = divmod(number - 1, len(_PAGES))
        ending = f"{titles.VARIANTS[volume % len(titles.VARIANTS)]} {volume + 1}" if volume else ""
        title, sections = names[shape]
        if shape == len(_PAGES) - 1:
            next_number += _GAP_BEFORE_LAST
        chapters.append(
            Chapter(
                number=number,
                title=title + ending,
                part=_part(shape) + (f", VOLUME {volume + 1}" if volume else ""),
                sections=_sections(sections, ending),
                pages=_PAGES[shape],
                first_number=next_number,
                kilobytes=_KILOBYTES[shape],
            )
        )
        next_number += _PAGES[shape]
    return chapters


def _part(shape: int) -> str:
    return next(title for title, first, last in titles.PARTS if first <= shape + 1 <= last)


def _names() -> list[tuple[str, list[str]]]:
    """Chapter titles, each with the titles of its sections."""
    names: list[tuple[str, list[str]]] = []
    for line in titles.CHAPTERS.splitlines():
        if line.startswith(" "):
            names[-1][1].append(line.strip())
        else:
            names.append((line, []))
    return names


def _sections(names: list[str], ending: str) -> tuple[Section, ...]:
    sections = []
    for number, title in enumerate(names, 1):
        site, _, printed = title.partition(" => ")
        sections.append(Section(number, site + ending, (printed or site) + ending))
    return tuple(sections)
