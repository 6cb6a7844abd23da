"""The pages of a chapter as content streams: text, captions, tables, formulas, room for figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dspguide.replica import mathfont
from dspguide.replica.figures import Box
from dspguide.replica.layout import (
    BODY_LEADING,
    BODY_SIZE,
    BOTTOM,
    FIRST_PAGE_TOP,
    FOOT,
    HEADING_LEADING,
    HEADING_SIZE,
    LEFT,
    RIGHT,
    RUNNING_HEAD,
    TITLE_SIZE,
    TOP,
    Heading,
    wrap,
)
from dspguide.replica.metrics import SANS, SANS_BOLD, SERIF, SERIF_ITALIC, Metrics
from dspguide.replica.prose import pick, sentence
from dspguide.replica.titles import BOOK, RUNNING_BOOK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from dspguide.replica.book import Book, Chapter

FONTS = {"F1": SERIF, "F2": SERIF_ITALIC, "F3": SANS_BOLD, "F4": SANS}
"""Names in the pages' resources; "M1" is the font of mathematical signs."""

_CAPTION = 8.2
_FORMULAS = (
    "F2 y|M1 [|F2 i|M1 ]=|M1 S|F2  h|M1 [|F2 j|M1 ]|F2 x|M1 [|F2 i|M1 -|F2 j|M1 ]",
    "F2 X|M1 (w)=|M1 I|F2  x|M1 (|F2 t|M1 )|F2  e|M1 -|F2 j|M1 w|F2 t dt",
    "M1 s=|M1 r|F2  N|M1 /|F1 2|M1 ~*|F2 e|M1 a",
    "F2 f|M1 <|F1 0.5|M1 ,q=P/|F1 2|M1 +Dft>e",
    "M1 dg=l|F2 m|M1 x(b-m)W.|F2 k|M1 8",
)
"""Runs of "font text"."""


@dataclass
class Page:
    """What stands on one page."""

    operators: list[str] = field(default_factory=list)
    figures: list[Box] = field(default_factory=list)
    used: dict[str, set[str]] = field(default_factory=dict)
    """Characters set in each text font."""

    def put(self, font: str, size: float, x: float, y: float, text: str) -> None:
        """One line of text at a baseline, in points."""
        shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.operators.append(f"BT /{font} {size:g} Tf {x:.2f} {y:.2f} Td ({shown}) Tj ET\n")
        self.used.setdefault(font, set()).update(text)

    def codes(self) -> dict[str, frozenset[int]]:
        """The WinAnsi codes of the characters set in each text font."""
        return {
            name: frozenset(" ".join(self.used.get(name, ())).encode("cp1252")) | {32}
            for name in FONTS
        }

    def content(self) -> bytes:
        """The page's text as a content stream."""
        return "".join(["0 g\n", *self.operators]).encode("cp1252")


def typeset(book: Book, chapter: Chapter, rng: Random) -> list[Page]:
    """All pages of a chapter, with its headings where `layout.headings` says."""
    return list(_Typesetter(book, chapter, rng).pages())


class _Typesetter:
    def __init__(self, book: Book, chapter: Chapter, rng: Random) -> None:
        self._rng = rng
        self._book = book
        self._chapter = chapter
        self._sparse = book.size == "small"
        self._figure = 0
        self._table = 0
        self._formula = 0
        self._widths = {" ": SERIF.widths[32]}
        self._words: list[str] = []

    def pages(self) -> Iterator[Page]:
        headings = self._chapter.headings
        for index in range(self._chapter.pages):
            page = Page()
            top = TOP
            if index == 0:
                self._opening(page)
                top = FIRST_PAGE_TOP
            else:
                self._running_head(page, index)
            for heading in headings:
                if heading.page_index == index:
                    self._zone(page, index, top, heading.baseline + 24)
                    self._heading(page, heading)
                    top = heading.bottom - BODY_LEADING
            self._zone(page, index, top, BOTTOM)
            yield page

    def _opening(self, page: Page) -> None:
        """First page: "CHAPTER", number, title, abstract; the page number at the foot."""
        chapter = self._chapter
        number = f"{chapter.first_number}"
        page.put("F4", 9, (LEFT + RIGHT - SANS.text_width(number, 9)) / 2, FOOT, number)
        page.operators.append(f"0.85 g {LEFT} 562 110 64 re f 0 g\n")
        page.put("F3", TITLE_SIZE, LEFT + 8, 604, "CHAPTER")
        number = str(chapter.number)
        middle = LEFT + 55 - SANS_BOLD.text_width(number, TITLE_SIZE) / 2
        page.put("F3", TITLE_SIZE, middle, 578, number)
        lines = wrap(_printed(chapter.title), SANS_BOLD, TITLE_SIZE, RIGHT - LEFT - 128)
        for n, line in enumerate(lines):
            page.put("F3", TITLE_SIZE, LEFT + 128, 590 - 22 * n, line)
        page.operators.append(f"1.2 w {LEFT} 540 m {RIGHT} 540 l S\n")
        self._words = self._abstract_words()
        self._paragraph(page, 512, 7)

    def _abstract_words(self) -> list[str]:
        named = [section.printed_title for section in self._chapter.sections[:2]]
        text = f"This chapter is about {' and '.join(named)}. " + " ".join(
            sentence(self._rng) for _ in range(7)
        )
        return text.split(" ")

    def _running_head(self, page: Page, index: int) -> None:
        """Even numbers left with the book's title, odd ones right with the chapter's."""
        number = self._chapter.first_number + index
        if number % 2 == 0:
            title = RUNNING_BOOK if self._book.title == BOOK else self._book.title
            page.put("F4", 9, LEFT, RUNNING_HEAD, f"{number}")
            page.put("F2", 9.5, LEFT + 44, RUNNING_HEAD, title)
        else:
            title = f"Chapter {self._chapter.number}- {_printed(self._chapter.title)}"
            right = RIGHT - SANS.text_width(str(number), 9)
            page.put("F4", 9, right, RUNNING_HEAD, f"{number}")
            page.put(
                "F2", 9.5, RIGHT - 44 - SERIF_ITALIC.text_width(title, 9.5), RUNNING_HEAD, title
            )
        page.operators.append(f"0.4 w {LEFT} {RUNNING_HEAD - 6} m {RIGHT} {RUNNING_HEAD - 6} l S\n")

    def _heading(self, page: Page, heading: Heading) -> None:
        for n, line in enumerate(heading.lines):
            page.put("F3", HEADING_SIZE, LEFT, heading.baseline - n * HEADING_LEADING, line)

    def _zone(self, page: Page, index: int, top: float, bottom: float) -> None:
        """Text, figures, tables and formulas between two heights."""
        y = top
        rng = self._rng
        paragraphs = 0
        while y - bottom > 2 * BODY_LEADING:
            room = y - bottom
            chance = rng.random()
            if self._sparse and paragraphs >= 2:
                break
            if room > 180 and chance < (0.12 if self._sparse else 0.45):
                y = self._figure_at(page, index, y, min(room - 50, 110 + 120 * rng.random()))
            elif room > 120 and chance < (0.16 if self._sparse else 0.52):
                y = self._table_at(page, y)
            elif room > 70 and chance < 0.66 and paragraphs and self._chapter.shape:
                y = self._formula_at(page, y)
                paragraphs = 0 if not self._sparse else paragraphs
            else:
                most = min(
                    int(room / BODY_LEADING), 3 if self._sparse else 4 + int(6 * rng.random())
                )
                y = self._paragraph(page, y, most) - 5
                paragraphs += 1

    def _paragraph(self, page: Page, y: float, most: int) -> float:
        """Justified lines from y down, `most` at the most; the height below them."""
        width = (RIGHT - LEFT) * 1000 / BODY_SIZE
        operators = [f"BT /F1 {BODY_SIZE} Tf {BODY_LEADING} TL {LEFT} {y:.2f} Td\n"]
        for n in range(most):
            line, total = self._line(width)
            gaps = line.count(" ")
            spread = (width - total) / gaps * BODY_SIZE / 1000 if gaps else 0.0
            if n == most - 1:
                line, spread = line[: line.rfind(". ") + 1] or f"{line}.", 0.0
            shown = line.replace("(", "\\(").replace(")", "\\)")
            operators.append(f"{spread:.4f} Tw ({shown}) Tj T*\n")
            page.used.setdefault("F1", set()).update(line)
        self._words.clear()
        operators.append("0 Tw ET\n")
        page.operators.extend(operators)
        return y - most * BODY_LEADING

    def _line(self, width: float) -> tuple[str, float]:
        """The next line of running text and its width in 1/1000 of the size."""
        widths = self._widths
        space = widths[" "]
        total, taken = 0, 0
        while True:
            if taken == len(self._words):
                self._words.extend(self._more_words())
            word = self._words[taken]
            size = widths.get(word)
            if size is None:
                size = widths[word] = round(SERIF.text_width(word, 1000))
            if taken and total + space + size > width:
                break
            total += size + (space if taken else 0)
            taken += 1
        line = " ".join(self._words[:taken])
        del self._words[:taken]
        return line, total

    def _more_words(self) -> list[str]:
        """A sentence; now and then one that names a section, as books do."""
        if self._rng.random() < 0.04:
            named = pick(self._rng, [s.printed_title for s in self._chapter.sections])
            return f"{named} takes this up again (see there).".split(" ")
        return sentence(self._rng).split(" ")

    def _figure_at(self, page: Page, index: int, y: float, height: float) -> float:
        self._figure += 1
        bottom = y - height
        page.figures.append(Box(index, LEFT + 40, bottom, RIGHT - LEFT - 80, height - 6))
        page.put("F3", _CAPTION, LEFT, bottom - 16, f"FIGURE {self._chapter.number}-{self._figure}")
        page.put("F4", _CAPTION, LEFT, bottom - 27, self._caption(self._figure))
        return bottom - 46

    def _caption(self, number: int) -> str:
        """Every third caption is a section's title and no more."""
        if number % 3 == 1:
            sections = self._chapter.sections
            return sections[number // 3 % len(sections)].printed_title
        text = sentence(self._rng)
        return wrap(text, SANS, _CAPTION, RIGHT - LEFT)[0]

    def _table_at(self, page: Page, y: float) -> float:
        self._table += 1
        rows = 3 if self._sparse else 5
        edge = y - 20 - 13 * rows
        page.operators.append(
            f"0.5 w {LEFT + 30} {edge:.1f} {RIGHT - LEFT - 60} {13 * rows:.1f} re S\n"
        )
        for row in range(rows):
            baseline = y - 30 - 13 * row
            for column in range(4):
                value = f"{self._rng.random() * 10 ** (column + 1):.{3 - min(column, 2)}f}"
                page.put("F4", 8, LEFT + 44 + 86 * column, baseline, value)
        sections = self._chapter.sections
        title = sections[self._table % len(sections)].printed_title
        page.put("F3", 9.5, LEFT + 30, y - 14, f"TABLE {self._chapter.number}-{self._table}")
        page.put("F3", 9.5, LEFT + 30, edge - 13, title)
        return edge - 32

    def _formula_at(self, page: Page, y: float) -> float:
        self._formula += 1
        runs = pick(self._rng, _FORMULAS).split("|")
        x = LEFT + 120
        for font, text in (run.split(" ", 1) for run in runs):
            page.put(font, 12, x, y - 14, text)
            x += _width(font, text, 12)
        page.put("F4", 8, LEFT, y - 14, f"EQUATION {self._chapter.number}-{self._formula}")
        return y - 40


def _width(font: str, text: str, size: float) -> float:
    if font == "M1":
        return sum(map(mathfont.advance, text)) * size / 1000
    metrics: Metrics = FONTS[font]
    return metrics.text_width(text, size)


def _printed(title: str) -> str:
    """A chapter's title as the PDF prints it."""
    return title.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
