"""A file that says it is another chapter is refused, and no other file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dspguide.pdf import ChapterPlan, RejectedChapter, prepare
from tests.pdf.samples import WORDS, Chapter, line

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf.model import Evidence


class Opened(Chapter):
    """A chapter whose first page has this opening over its text."""

    opening: str = ""

    def content(self, index: int) -> bytes:
        if index:
            return super().content(index)
        text = "".join(line("T", 10.6, 60, 420 - 14 * n, WORDS) for n in range(20))
        return (self.opening + text).encode("cp1252")


def read(tmp_path: Path, opening: str, plan: ChapterPlan) -> Evidence | str:
    """What is known of the file, or the reason why it is refused."""
    chapter = Opened()
    chapter.opening = opening
    (tmp_path / "CH.PDF").write_bytes(chapter.data())
    try:
        return prepare(tmp_path / "CH.PDF", plan).evidence
    except RejectedChapter as rejected:
        return rejected.reason


def small_word(number: str, *title: str, between: str = "") -> str:
    """The page number first, a small "CHAPTER" over a large number, then the title at the right."""
    return "".join(
        [
            line("T", 9, 255, 40, "87"),
            line("T", 6, 67, 606, "CHAPTER"),
            line("T", 25, 83, 570, number),
            between,
            *(line("B", 17, 169, 589 - 20 * n, text) for n, text in enumerate(title)),
        ]
    )


def large_word(number: str, title: str) -> str:
    return line("B", 20, 60, 640, f"Chapter {number}") + line("B", 18, 60, 600, title)


def lines(*texts: str, size: float = 14) -> str:
    return "".join(line("B", size, 60, 640 - 24 * n, text) for n, text in enumerate(texts))


FIGURE = line("B", 8, 60, 500, "FIGURE 5-1") + line("T", 8, 60, 490, "What a train sounds like.")
OWN = ChapterPlan(5, "Linear Trains")


@pytest.mark.parametrize(
    "opening",
    [
        small_word("3", "Statistics of Rain"),
        small_word("3", "Statistics of Rain", between=FIGURE),
        small_word("3", "More Trains", "Than Linear Trains"),
        large_word("3", "Statistics of Rain"),
        large_word("III", "Statistics of Rain"),
        large_word("Three", "Statistics of Rain"),
        lines("Chapter 3: Statistics of Rain"),
        lines("CHAPTER 3", "What Linear Trains Do"),
        line("B", 20, 60, 640, "C H A P T E R") + line("B", 30, 60, 600, "3   Statistics of Rain"),
        line("T", 60, 400, 560, "3") + line("T", 14, 60, 660, "Chapter") + lines("Of the Rain"),
        lines("Kapitel 3", "Vom Regen"),
    ],
)
def test_a_file_that_opens_another_chapter_is_refused(opening: str, tmp_path: Path) -> None:
    assert read(tmp_path, opening, OWN) == "other-chapter"


@pytest.mark.parametrize(
    ("opening", "plan"),
    [
        (small_word("5", "Linear Trains", between=FIGURE), OWN),
        (small_word("5", "Linear", "Trains"), OWN),
        (large_word("5", "Trains, in a Line"), OWN),  # by its number
        (large_word("V", "Linear Trains"), OWN),
        (large_word("4", "Linear Trains"), OWN),  # numbers offset by a preface
        (large_word("4", "The Linear Train"), ChapterPlan(5, "4. Linear Trains")),
        (large_word("1", "Linear Trains"), ChapterPlan(25, "Linear Trains")),  # of volume II
        (large_word("5", "Linear Trains"), ChapterPlan("V", "Linear Trains")),
        (lines("Appendix B", "Tables"), ChapterPlan("B", "Tables of Rain")),
        (lines("Appendix B", "Tables"), ChapterPlan(35, "Appendix B: Tables")),
    ],
)
def test_a_file_that_opens_its_own_chapter_is_known(
    opening: str, plan: ChapterPlan, tmp_path: Path
) -> None:
    evidence = read(tmp_path, opening, plan)
    assert not isinstance(evidence, str)
    assert evidence.is_own


LEADERS = " . " * 15


@pytest.mark.parametrize(
    ("opening", "plan"),
    [
        ("", OWN),
        (lines("Contents", f"Preface{LEADERS}i", f"Chapter 1 - Trains{LEADERS}6"), OWN),
        (
            lines("Table of Contents", "Chapter 1 - Trains 6", "Signals 8"),
            ChapterPlan(0, "Contents"),
        ),
        (lines("Preface", "Chapter 1 says what trains are."), ChapterPlan(0, "Preface")),
        (lines("Answers", "Chapter 2"), ChapterPlan(40, "Answers to Selected Problems")),
        (lines("Exercises", "Chapter 2: Rain"), ChapterPlan(12, "Problems")),
        (lines("Exercises for Chapter 2"), ChapterPlan(12, "Exercises 2")),
        (lines("PART II", "Of Rain"), OWN),
        (lines("PART II", "Chapter 3", "Chapter 4", "Chapter 5"), OWN),
        (lines("Chapter 3", "Chapter 4"), OWN),
        (lines("Chapter Opening Remarks"), OWN),
        (lines("Chapter A new beginning"), OWN),
        (small_word("3"), OWN),  # where no title can be read, the site may count otherwise
        (line("T", 10.6, 60, 640, "Chapter 3 is about rain"), OWN),
        (large_word("3", "Statistics of Rain"), ChapterPlan(None, "Rain")),
    ],
)
def test_a_page_that_names_chapters_otherwise_says_nothing(
    opening: str, plan: ChapterPlan, tmp_path: Path
) -> None:
    evidence = read(tmp_path, opening, plan)
    assert not isinstance(evidence, str)
    assert not evidence.is_own
