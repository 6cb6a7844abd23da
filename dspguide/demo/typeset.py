"""A chapter's text, set by typst in the places that `layout` has chosen."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import typst

from dspguide.demo import prose
from dspguide.demo.data import TEMPLATE, load
from dspguide.demo.layout import (
    ABSTRACT_TOP,
    LEADING,
    LEFT,
    PAGE_HEIGHT,
    RIGHT,
    Block,
    caption_top,
    planned,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.demo.book import Book, Chapter

Item: TypeAlias = "tuple[float, float, float, str, str]"
"""Left edge, baseline of the first line, width, style in the template, text; in points."""

_CHARACTERS = 84
"""That a line of body text holds at least, so that nothing runs over what stands below."""
_EQUATIONS = 5
_RUNNING_HEAD, _FOOT = 660.0, 34.0


def typeset(book: Book, chapter: Chapter, revision: int = 0) -> bytes:
    """A PDF as typst makes it. Another revision has other words in the same places."""
    setter = _Typesetter(book, chapter, revision)
    pages = [list(_from_top(items)) for items in setter.pages()]
    # No tags: they would be a third of the content, and no file of the 1990s had them.
    made = _compiler().compile(
        str(TEMPLATE),
        format="pdf",
        pdf_standards="1.4",
        pdf_tags=False,
        sys_inputs={"pages": json.dumps(pages)},
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made no PDF")
    return made


@cache
def _compiler() -> typst.Compiler:
    """One for all chapters; only typst's own fonts, so that each machine gets the same bytes."""
    return typst.Compiler(str(TEMPLATE), ignore_system_fonts=True)


def _from_top(items: Iterator[Item]) -> Iterator[Item]:
    for x, y, width, style, text in items:
        yield x, round(PAGE_HEIGHT - y, 2), width, style, text


class _Typesetter:
    def __init__(self, book: Book, chapter: Chapter, revision: int) -> None:
        self._rng = Random(chapter.number * 1_000_003 + revision * 101)  # noqa: S311 - to repeat
        self._chapter = chapter
        self._full = book.size == "full"
        self._titles = [section.printed_title for section in chapter.sections]
        standard = load("book")
        own = book.title == standard["title"]
        self._running_title = standard["running_title"] if own else book.title

    def pages(self) -> Iterator[Iterator[Item]]:
        for index, blocks in enumerate(planned(self._chapter).pages):
            yield self._running_page(index, blocks) if index else self._first_page(blocks)

    def _first_page(self, blocks: list[Block]) -> Iterator[Item]:
        """The page number comes first, the title in some chapters only behind all captions."""
        chapter = self._chapter
        items = [item for block in blocks for item in self._block(block)]
        text = [item for item in items if item[3] == "body"]
        others = [item for item in items if item[3] != "body"]
        yield LEFT, _FOOT, RIGHT - LEFT, "folio-center", f"{chapter.first_number}"
        yield 67, 606, 100, "chapter", "CHAPTER"
        yield 83, 570, 80, "number", f"{chapter.number}"
        if chapter.shape % 3 == 1:
            yield from others
        yield 169, 589, RIGHT - 169, "title", chapter.printed_title
        abstract = f"This chapter is about {' and '.join(self._titles[:2])}."
        more = 8 * _CHARACTERS if self._full else 3 * _CHARACTERS
        words = prose.filled(self._rng, [abstract], more, self._titles)
        yield LEFT, ABSTRACT_TOP, RIGHT - LEFT, "body", words
        yield from text if chapter.shape % 3 == 1 else items

    def _running_page(self, index: int, blocks: list[Block]) -> Iterator[Item]:
        """Even numbers stand left, with the book's title, odd ones right, with the chapter's."""
        number = self._chapter.first_number + index
        left, width = LEFT, RIGHT - LEFT
        if number % 2 == 0:
            yield left, _RUNNING_HEAD, width, "folio", f"{number}"
            yield left + 44, _RUNNING_HEAD, width - 44, "running", self._running_title
        else:
            title = f"Chapter {self._chapter.number}- {self._chapter.printed_title}"
            yield left, _RUNNING_HEAD, width - 44, "running-right", title
            yield left, _RUNNING_HEAD, width, "folio-right", f"{number}"
        for block in blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[Item]:
        width = RIGHT - LEFT
        if block.kind == "text":
            most = _CHARACTERS * block.lines - 30 if self._full else 0
            if words := prose.filled(self._rng, block.sentences, most, self._titles):
                yield LEFT, block.top - LEADING + 3, width, "body", words
            return
        if block.kind == "heading":
            yield LEFT, block.top - 24, width, "heading", block.label
            return
        if block.kind == "graphic":
            return
        base = caption_top(block) - 5.9
        yield LEFT, base, width, "label", f"{block.kind.upper()} {block.label}"
        if block.kind == "equation":
            yield LEFT, base - 10, 105, "small", prose.sentence(self._rng)
            number = int(self._rng.random() * _EQUATIONS)
            yield LEFT + 130, base - 12, width - 130, "equation", f"{number}"
            return
        yield LEFT, base - 10, width, "small", self._caption(int(block.label.partition("-")[2]))
        if block.kind == "table":
            yield from self._table(base - 30)

    def _caption(self, number: int) -> str:
        """Every third is a section's title and no more."""
        if number % 3 == 1:
            return self._titles[number // 3 % len(self._titles)]
        return prose.sentences(self._rng, 2 if self._full else 1)

    def _table(self, y: float) -> Iterator[Item]:
        """Numbers, or the lines of a program."""
        listing = load("prose")["listing"]
        program = self._rng.random() < 0.4
        for row, code in enumerate(listing):
            base = y - 11 * row
            if program:
                yield LEFT + 30, base, 300, "code", code
                continue
            for column in range(4):
                value = self._rng.random() * 10 ** (column + 1)
                yield LEFT + 30 + 86 * column, base, 80, "small", f"{value:.{3 - min(column, 2)}f}"
