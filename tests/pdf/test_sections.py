"""Headings and printed numbers are found in whatever way a chapter sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
import pytest

from dspguide.pdf import ChapterPlan, bind_files, prepare
from tests.pdf.samples import Chapter, book_plan, line
from tests.pdf.tools import qpdf_check

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf import PreparedChapter

TITLES = ("Noise Sources", "Filter Banks", "Last Words")
HEADINGS = {title: (index, 600.0) for index, title in enumerate(TITLES, start=1)}
#: Of a capital's upper edge from its baseline in the tests' headings of 14 points.
RISE = 10.0


def prepared(tmp_path: Path, sections: tuple[str, ...], chapter: Chapter) -> PreparedChapter:
    source = tmp_path / "CH1.PDF"
    source.write_bytes(chapter.data())
    return prepare(source, ChapterPlan(1, "Beginnings", None, sections))


def bold(y: float, text: str, size: float = 14, x: float = 60) -> str:
    return line("B", size, x, y, text)


@pytest.mark.parametrize(
    ("printed", "labels"),
    [
        (["iii", "iv", "v", "vi"], ["iii", "iv", "v", "vi"]),
        (["XXXIX", "XL", "XLI"], ["XXXIX", "XL", "XLI"]),
        (["i", "ii", "1", "2"], ["i", "ii", "1", "2"]),
        (["3-12", "3-13", "3-14"], ["3-12", "3-13", "3-14"]),
        (["A1", "A2", "A3"], ["A1", "A2", "A3"]),
        (["- 8 -", "- 9 -", "- 10 -"], ["8", "9", "10"]),
        (["Page 8 of 30", "Page 9 of 30"], ["8", "9"]),
        (["8 / 30", "9 / 30"], ["8", "9"]),
        (["2011 8", "2011 9", "2011 10"], ["8", "9", "10"]),
        (["8 The Book, 2011", "9 The Book, 2011"], ["8", "9"]),
        (["1,008", "1,009", "1,010"], [None, None, None]),  # better none than a wrong one
        (["2011", "2011", "2011"], [None, None, None]),
        (["", "9", "", "11"], ["8", "9", "10", "11"]),
        (["8", "9", "11", "12"], ["8", "9", "11", "12"]),
    ],
)
def test_printed_numbers_become_labels(
    printed: list[str], labels: list[str | None], tmp_path: Path
) -> None:
    feet = {index: line("T", 9, 255, 34, number) for index, number in enumerate(printed)}
    chapter = Chapter(pages=len(printed), first=None, extra_lines=feet)
    assert prepared(tmp_path, (), chapter).labels == tuple(labels)


def test_of_numbers_that_count_the_outermost_is_the_pages(tmp_path: Path) -> None:
    feet = {
        index: line("T", 9, 255, 34, f"{30 + index}") + line("T", 9, 60, 76, f"{2 + index}. Item")
        for index in range(6)
    }
    chapter = Chapter(pages=6, first=None, extra_lines=feet)
    assert prepared(tmp_path, (), chapter).labels == ("30", "31", "32", "33", "34", "35")


def test_two_numbers_by_chance_are_not_page_numbers(tmp_path: Path) -> None:
    feet = {3: line("T", 9, 440, 76, "(8)"), 4: line("T", 9, 440, 76, "(9)")}
    chapter = Chapter(pages=30, first=None, extra_lines=feet)
    assert set(prepared(tmp_path, (), chapter).labels) == {None}


def test_labels_of_every_style_are_in_the_book(tmp_path: Path) -> None:
    printed = [["i", "ii"], ["1-1", "1-2"], ["", ""], ["7", "8"]]
    chapters, files = [], []
    for number, feet in enumerate(printed):
        lines = {index: line("T", 9, 255, 34, foot) for index, foot in enumerate(feet)}
        chapters.append(Chapter(number, "Any", len(feet), None, extra_lines=lines))
        files.append(tmp_path / f"{number}.pdf")
        files[-1].write_bytes(chapters[-1].data())
    book = tmp_path / "book.pdf"
    labels = bind_files(book_plan(chapters), files, book).labels
    assert labels == ("i", "ii", "1-1", "1-2", "1-3", "1-4", "7", "8")
    with pikepdf.open(book) as pdf:
        assert tuple(page.label for page in pdf.pages) == labels
    qpdf_check(book)
