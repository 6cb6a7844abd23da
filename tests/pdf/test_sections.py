"""Headings and printed numbers are found in whatever way a chapter sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from dspguide.pdf import BookPlan, ChapterPlan, bind_files, prepare
from tests.pdf.samples import Chapter, book_plan, line, unicode_line
from tests.pdf.tools import qpdf_check

if TYPE_CHECKING:
    from collections.abc import Callable
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


NUMBERED = (
    *("A1.1 {}", "A.2 {}", "Lesson 3: {}", "Unit 1 {}", "Kapitel 1: {}", "Chapitre 1 {}"),
    *("Chapter One: {}", "Appendix B {}", "Part IV - {}", "Module 2. {}", "Session 4 – {}"),
)
NUMBERED_CHINESE = ("第一节 ", "第一节", "第3章　", "三、", "（二）", "１．２ ")
ACCENTED = (
    "The´orie des bruits",
    "Th´eorie des bruits",
    "The\u0301orie des bruits",
    "THÉORIE DES BRUITS",
)


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("Noise Sources", bold(600, "N O I S E   S O U R C E S")),
        ("Noise Sources", f"6 Tc {bold(600, 'NOISE SOURCES')} 0 Tc "),
        ("Noise Sources", bold(600, "1.2") + bold(600, "Noise Sources", x=110)),
        ("Noise Sources", bold(600, "§ 1.2. Noise Sources")),
        ("Noise Sources", bold(600, "IV. Noise Sources")),
        ("Noise Sources", bold(600, "B. Noise Sources")),
        ("1.2 Noise Sources", bold(600, "1.2 Noise Sources")),
        ("Noise & Sources", bold(600, "Noise and Sources")),
        ("The Color of Noise", bold(600, "The Colour of Noise")),
        ("Program Language", bold(600, "Programming Language")),
        ("Noise Sources", bold(600, "N") + bold(600, "OISE SOURCES", 11, 71)),
        ("A Bench Test: Light on Paper", bold(600, "A Bench Test:") + bold(584, "Light on Paper")),
        ("With Hyphenation in It", bold(600, "With Hyphen-") + bold(584, "ation in It")),
        ('Fit Filters - the "3x3"', unicode_line(14, 60, 600, "Fit ﬁlters – the “3×3”")),
        ("Σήματα και Φίλτρα", unicode_line(14, 60, 600, "ΣΗΜΑΤΑ ΚΑΙ ΦΙΛΤΡΑ")),
        ("Сигналы и шумы", unicode_line(14, 60, 600, "Сигналы и шумы")),
        ("信号处理基础", unicode_line(14, 60, 600, "信号处理基础")),
        ("معالجة", unicode_line(14, 60, 600, "معالجة"[::-1])),  # as it is drawn, from the left
        ("H₂O at 10 °C", unicode_line(14, 60, 600, "H2O at 10°C")),
        *(("Noise Sources", bold(600, form.format("Noise Sources"))) for form in NUMBERED),
        ("Exercises", bold(600, "Exercises 1.1")),
        ("Exercises", bold(600, "Exercises A-2")),
        *(
            ("数字滤波器", unicode_line(14, 60, 600, f"{form}数字滤波器"))
            for form in NUMBERED_CHINESE
        ),
        *(("Théorie des bruits", unicode_line(14, 60, 600, text)) for text in ACCENTED),
        ("Naïve Über-Noise", unicode_line(14, 60, 600, "Na¨ıve ¨Uber-Noise")),
        # The accent of a capital is a glyph of its own, so high that it is on a line of its own.
        (
            "Étude de Bruits",
            bold(600, "E") + bold(604, "\xb4", x=62) + bold(600, "tude de Bruits", x=70),
        ),
    ],
)
def test_a_heading_is_found_as_it_is_printed(title: str, printed: str, tmp_path: Path) -> None:
    chapter = Chapter(extra_lines={1: printed})
    found = prepared(tmp_path, (title,), chapter).sections[0]
    assert (found.page_index, found.found) == (1, True)
    assert found.top is not None
    assert abs(found.top - 600 - RISE) <= 5


@pytest.mark.parametrize("size", [10.6, 14, 16])
@pytest.mark.parametrize("page", [0, 4])
def test_a_list_of_the_sections_is_not_their_headings(
    page: int, size: float, tmp_path: Path
) -> None:
    items = "".join(
        bold(120 - 1.2 * size * number, title, size) for number, title in enumerate(TITLES)
    )
    chapter = Chapter(pages=5, headings=HEADINGS, extra_lines={page: items})
    assert [s.page_index for s in prepared(tmp_path, TITLES, chapter).sections] == [1, 2, 3]


def test_running_heads_that_name_the_section_are_not_headings(tmp_path: Path) -> None:
    heads = {index: bold(660, TITLES[min(index, 2)], 14, 150) for index in range(1, 5)}
    headings = {title: (1 + 2 * number, 500.0) for number, title in enumerate(TITLES[:2])}
    chapter = Chapter(pages=5, headings=headings, extra_lines=heads)
    found = prepared(tmp_path, TITLES[:2], chapter).sections
    assert [(s.page_index, round(s.top or 0)) for s in found] == [(1, 513), (3, 513)]


@pytest.mark.parametrize("set_head", [line, lambda _, *rest: line("B", *rest)])
def test_a_heading_at_the_top_is_told_from_running_heads(
    set_head: Callable[..., str], tmp_path: Path
) -> None:
    heads = {index: set_head("T", 9, 150, 675, TITLES[0]) for index in (2, 3, 4)}
    chapter = Chapter(pages=5, extra_lines={1: bold(645, TITLES[0])} | heads)
    found = prepared(tmp_path, TITLES[:1], chapter).sections[0]
    assert (found.page_index, found.found) == (1, True)


def test_sections_of_one_title_may_all_begin_at_the_top(tmp_path: Path) -> None:
    chapter = Chapter(pages=5, extra_lines={n: bold(645, "Exercises") for n in (1, 3)})
    found = prepared(tmp_path, ("Exercises", "Exercises"), chapter).sections
    assert [(s.page_index, s.found) for s in found] == [(1, True), (3, True)]


def test_the_second_column_comes_after_the_first(tmp_path: Path) -> None:
    columns = bold(560, "Noise Sources") + bold(620, "Filter Banks", x=300)
    found = prepared(tmp_path, TITLES[:2], Chapter(extra_lines={1: columns})).sections
    assert [s.found for s in found] == [True, True]


def test_a_section_with_another_ones_number_is_another_section(tmp_path: Path) -> None:
    chapter = Chapter(extra_lines={1: bold(600, "Worked Example 2")})
    found = prepared(tmp_path, ("Worked Example 1", "Worked Example 2"), chapter).sections
    assert [s.found for s in found] == [False, True]


@pytest.mark.parametrize(
    "mention",
    [
        "Task 2, The Long Experiment with the Nine Filters, on the next page",
        "See The Long Experiment with the Nine Filters below",
        "The Long Experiment with the Nine Filters . . . . . 12",
        "Figure 2: The Long Experiment with the Nine Filters",
        "Table 2 The Long Experiment with the Nine Filters",
    ],
)
def test_a_mention_is_not_a_heading(mention: str, tmp_path: Path) -> None:
    title = "The Long Experiment with the Nine Filters"
    chapter = Chapter(pages=4, extra_lines={1: bold(600, mention), 2: bold(600, title)})
    found = prepared(tmp_path, (title,), chapter).sections[0]
    assert (found.page_index, found.found) == (2, True)
    chapter.extra_lines.pop(2)
    assert not prepared(tmp_path, (title,), chapter).sections[0].found


class Turned(Chapter):
    """A chapter whose pages are turned by their content one way, and by /Rotate back again."""

    turn: int = 0

    def content(self, index: int) -> bytes:
        matrix = {0: "1 0 0 1 0 0", 90: "0 1 -1 0 702 0", 180: "-1 0 0 -1 522 702"}
        return f"{matrix.get(self.turn, '0 -1 1 0 0 522')} cm ".encode() + super().content(index)

    def data(self) -> bytes:
        self.page_extra = f"/Rotate {self.turn}"
        if self.turn % 180 == 0:
            return super().data()
        return super().data().replace(b"[0 0 522 702]", b"[0 0 702 522]")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_an_entry_leads_to_what_is_seen_of_a_turned_page(turn: int, tmp_path: Path) -> None:
    chapter = Turned(pages=3, first=7, headings={"Up": (1, 500), "Down": (1, 200)})
    chapter.turn = turn
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(chapter.data())
    facts = bind_files(BookPlan("Book", None, "en", (chapter.plan(),)), [source], book)
    assert facts.labels == ("7", "8", "9")
    with pikepdf.open(book) as pdf:
        entry: Any = pdf.Root.Outlines.First.First
        corner, up, down = (seen(e.Dest, turn) for e in (entry, entry.First, entry.First.Next))
    assert not any(corner)
    for (left, depth), baseline in ((up, 500), (down, 200)):
        assert left == 0
        assert abs(702 - depth - baseline - RISE) <= 5


def seen(destination: pikepdf.Object, turn: int) -> tuple[float, float]:
    """How far right and down from the upper left corner of the seen page an entry leads."""
    x, y = float(destination[2]), float(destination[3])
    return {0: (x, 702 - y), 90: (y, x), 180: (522 - x, y), 270: (522 - y, 702 - x)}[turn]


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
        (["(1)", "Rev. 3", "Rev. 3", "Rev. 3", "Rev. 3"], [None] * 5),
        (["3", "3 of it 4", "3 of it 5", "3 of it 6"], ["3", "4", "5", "6"]),
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
