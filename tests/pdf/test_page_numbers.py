"""Printed page numbers are read wherever books put them, and nothing else is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspguide.pdf import BookPlan, ChapterPlan, bind_files, prepare
from dspguide.pdf.analysis.page_label import LOWER, UPPER, Series, from_roman, split_label
from dspguide.pdf.analysis.page_number_detection import NumberFinder
from dspguide.pdf.output.navigation import book_labels
from tests.pdf.samples import Chapter, line, unicode_line
from tests.pdf.tools import qpdf_check

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf.analysis.text import PageText

HEIGHT = 702.0


class Page:
    """A page of lines, each with the height of its middle in points, as NumberFinder reads them."""

    height = HEIGHT

    def __init__(self, *placed: tuple[str, float]) -> None:
        self.lines = [text for text, _ in placed]
        self._heights = [height for _, height in placed]

    def edges(self, line: int, _offset: int) -> tuple[float, float]:
        return self._heights[line] - 5, self._heights[line] + 5


def labels(pages: list[Page], own: tuple[str | None, ...] = ()) -> list[str | None]:
    finder = NumberFinder()
    for page in pages:
        finder.read(cast("PageText", page))
    return list(finder.labels(own))


def body(*extra: tuple[str, float]) -> list[tuple[str, float]]:
    """Lines of text between the heads and feet, with others among them."""
    text = [("Every signal has a story to tell of wires", 580.0 - 14 * n) for n in range(30)]
    return [*text[:15], *extra, *text[15:]]


def book(feet: list[str], height: float = 40.0, *extra: tuple[str, float]) -> list[Page]:
    return [Page(*body(*extra), (foot, height)) for foot in feet]


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1, 0.13, 0.145, 0.16, 0.2, 0.3])
@pytest.mark.parametrize("at_head", [False, True])
def test_a_number_is_read_at_whatever_height_all_pages_have_it(share: float, at_head: bool) -> None:
    height = HEIGHT * (1 - share if at_head else share)
    assert labels(book(["41", "42", "43", "44"], height)) == ["41", "42", "43", "44"]


@pytest.mark.parametrize(
    "form",
    [
        *("{}", "- {} -", "[{}]", "({})", "Page {}", "p. {}", "Seite {}", "{} / 40", "{} of 40"),
        *("Page {} of 40", "12 March 2011   {}", "{} | Of Trains"),
        *("Of Trains · {} · Edition 2", "A. Author {} Of Trains", "Chapter 3 - Rain {}"),
        *("Chapter 3 - {}", "第{}页", "第 {} 页 共 40 页", "{}页", "{} Part II, 1995"),
    ],
)
@pytest.mark.parametrize("pages", [2, 3, 12])
def test_a_number_is_read_among_what_else_a_foot_says(form: str, pages: int) -> None:
    expected = [str(number) for number in range(7, 7 + pages)]
    assert labels(book([form.format(number) for number in expected])) == expected


@pytest.mark.parametrize("form", ["{}-40", "Rev. 2.1   {}-40"])
def test_a_number_that_stays_is_how_many_there_are(form: str) -> None:
    assert labels(book([form.format(number) for number in range(7, 12)])) == [*"789", "10", "11"]


@pytest.mark.parametrize(
    "prefix",
    ["3.", "A.", "II-", "App-", "A-3-", "3:", "3-", "A-", "A", "S-", "Index-", "3–", "12.", "IV."],
)
@pytest.mark.parametrize("pages", [2, 6])
def test_what_stands_before_a_number_is_part_of_it(prefix: str, pages: int) -> None:
    expected = [f"{prefix}{number}" for number in range(7, 7 + pages)]
    assert labels(book(expected)) == expected


@pytest.mark.parametrize(
    "lines",
    [
        [[(f"{n}.5 12.1 0.{n}", 60.0)] for n in range(3, 9)],
        [[("8.3", 300.0)], [("8.4", 310.0)], [("8.5", 296.0)]],  # rows of tables
        [[("E = mc (8.3)", 60.0)], [("F = ma (8.4)", 60.0)], [("x = y (8.5)", 60.0)]],
        [[("(8.3)", 60.0)], [("(8.4)", 60.0)], [("(8.5)", 60.0)]],
        [[("1 See Smith.", 60.0)], [("2 So says Jones.", 72.0)], [("3 Ibid.", 84.0)]],
        [[("1995", 40.0)], [("1995", 40.0)], [("1995", 40.0)]],
        [[(f"{n}", 600.0 - 14 * n) for n in range(1, 41)]] * 6,  # every line has a number
        [[(f"{n} begin", 600.0 - 14 * n) for n in range(1, 41)]] * 6,
        [[(f"{40 * p + n}", 600.0 - 14 * n) for n in range(1, 41)] for p in range(6)],
        [[(f"{p + n}. Item {'abcdef'[p]}x", 90.0 - 9 * n) for n in range(3)] for p in range(6)],
    ],
)
def test_what_is_no_page_number_is_not_read(lines: list[list[tuple[str, float]]]) -> None:
    assert set(labels([Page(*body(), *extra) for extra in lines])) == {None}
    numbered = [Page(*body(*extra), (f"{n}", 25.0)) for n, extra in enumerate(lines, 11)]
    assert labels(numbered) == [str(n) for n in range(11, 11 + len(lines))]


@pytest.mark.parametrize(
    ("feet", "expected"),
    [
        (["7"], ["7"]),
        (["Page 7 of 7"], ["7"]),
        (["7 Of Trains, 1995"], ["7"]),
        (["3.7"], ["3.7"]),
        (["", "8"], ["7", "8"]),
        (["7", ""], ["7", "8"]),
        (["7", "19"], [None, None]),
        (["1995"], [None]),
        ([""], [None]),
    ],
)
def test_a_chapter_of_a_page_or_two_uses_what_it_has(
    feet: list[str], expected: list[str | None]
) -> None:
    assert labels(book(feet)) == expected


def test_the_files_own_labels_decide_between_doubtful_numbers() -> None:
    pages = [Page(*body(), ("7", 50.0), ("19", 40.0))]
    assert labels(pages) == [None]
    assert labels(pages, ("19",)) == ["19"]


heads = st.sampled_from(["{n} Of Trains", "Of Trains {n}", "{n}", "Rain and Trains   {n}"])
noise = st.lists(
    st.tuples(
        st.sampled_from(["{} of it", "see {}", "in 19{} there were", "{}.5 12.1 0.{}", "({})"]),
        st.integers(1, 99),
        st.floats(120, 580),
    ),
    max_size=6,
)


@given(
    st.integers(1, 900),
    st.lists(noise, min_size=3, max_size=25),
    st.tuples(heads, heads),
    st.floats(0.02, 0.155),
    st.booleans(),
)
def test_numbers_that_count_are_read_whatever_stands_on_the_pages(
    first: int,
    pages: list[list[tuple[str, int, float]]],
    head: tuple[str, str],
    share: float,
    opens_below: bool,
) -> None:
    made = []
    for index, extra in enumerate(pages):
        among = [(form.format(number, number), height) for form, number, height in extra]
        number = first + index
        if index == 0 and opens_below:
            made.append(Page(*body(*among), (str(number), 30.0)))
        else:
            text = head[number % 2].format(n=number)
            made.append(Page((text, HEIGHT * (1 - share)), *body(*among)))
    assert labels(made) == [str(first + index) for index in range(len(pages))]


@given(st.lists(noise, min_size=4, max_size=20))
def test_numbers_in_the_text_are_no_page_numbers(
    pages: list[list[tuple[str, int, float]]],
) -> None:
    made = [
        Page(*body(*((form.format(number, number), height) for form, number, height in extra)))
        for extra in pages
    ]
    assert set(labels(made)) <= {None}


@given(st.text(max_size=12), st.integers(0, 10**6))
def test_any_label_is_a_series_and_a_number_of_it(prefix: str, number: int) -> None:
    for label in (prefix, f"{prefix}{number}", f"{prefix}-{number}"):
        series, count = split_label(label)
        assert series.label(count) == label


@given(st.integers(1, 399), st.sampled_from([LOWER, UPPER]), st.sampled_from(["", "A-", "§"]))
def test_roman_numbers_count_on(number: int, style: str, prefix: str) -> None:
    label = Series(prefix, style).label(number)
    assert split_label(label) == (Series(prefix, style), number)
    assert from_roman(label.removeprefix(prefix)) == number


def test_pages_without_a_number_are_counted_on_from_any_label() -> None:
    chapters = [["Cover", None, "ii", None], ["A-3-7", None], ["007", None]]
    assert book_labels(chapters) == ["Cover", "1", "ii", "iii", "A-3-7", "A-3-8", "007", "008"]


PAGE_LABELS = "/PageLabels<</Kids[<</Nums[0<</P(Cover)>>1<</S/r>>]>><</Nums[3<</S/A/P(x)>>]>>]>>"


def test_labels_of_the_file_are_taken_where_no_number_is_printed(tmp_path: Path) -> None:
    chapter = Chapter(pages=5, first=None, catalog=PAGE_LABELS)
    source, out = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(chapter.data())
    expected = ("Cover", "i", "ii", "xA", "xB")
    facts = bind_files(BookPlan("Book", None, "en", (chapter.plan(),)), [source], out)
    assert facts.labels == expected
    assert not any("printed page numbers" in warning for warning in facts.warnings)
    with pikepdf.open(out) as pdf:
        assert tuple(page.label for page in pdf.pages) == expected
    qpdf_check(out)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("/PageLabels<</Nums[0<</S/r>>2<</S/D/St 101>>]>>", ("i", "ii", "101", "102")),
        ("/PageLabels<</Nums[0<</S/D>>]>>", (None, None, "101", "102")),  # of another count
        (
            "/PageLabels<</Nums[0 7 1<</S/Q/St(x)>>(x)<<>>]/Kids[0 null]>>",
            (None, None, "101", "102"),
        ),
        ("/PageLabels 12", (None, None, "101", "102")),
    ],
)
def test_printed_numbers_go_before_the_labels_of_the_file(
    own: str, expected: tuple[str | None, ...], tmp_path: Path
) -> None:
    feet = {2: line("T", 9, 255, 34, "101"), 3: line("T", 9, 255, 34, "102")}
    chapter = Chapter(pages=4, first=None, extra_lines=feet, catalog=own)
    (tmp_path / "CH1.PDF").write_bytes(chapter.data())
    found = prepare(tmp_path / "CH1.PDF", ChapterPlan(1, "Beginnings")).labels
    assert found[2:] == expected[2:]
    assert found[:2] in (expected[:2], ("99", "100"))


def test_characters_beyond_the_basic_plane_shift_nothing(tmp_path: Path) -> None:
    """Mathematical letters have two UTF-16 units each, in which PDFium counts."""
    formula = "".join(
        unicode_line(10, 60, 560 - 12 * n, "\U0001d44e\U0001d44f" * 8) for n in range(9)
    )
    extra = {
        index: formula + line("B", 14, 60, 400, title) + line("T", 9, 255, 34, str(41 + index))
        for index, title in enumerate(("Noise Sources", "Filter Banks", "Last Words"))
    }
    chapter = Chapter(first=None, extra_lines=extra)
    (tmp_path / "CH1.PDF").write_bytes(chapter.data())
    plan = ChapterPlan(1, "Beginnings", sections=("Noise Sources", "Filter Banks", "Last Words"))
    found = prepare(tmp_path / "CH1.PDF", plan)
    assert found.labels == ("41", "42", "43")
    assert [(s.page_index, s.found) for s in found.sections] == [(0, True), (1, True), (2, True)]
    assert all(abs((s.top or 0) - 410) <= 5 for s in found.sections)
