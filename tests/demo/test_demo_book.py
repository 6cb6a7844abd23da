"""The synthetic book has the real one's shape."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from dspguide.demo import Book

SECTIONS = "5 7 7 7 8 5 4 9 3 7 6 5 4 6 5 4 3 3 5 4 3 7 7 7 5 6 7 7 6 6 5 5 7 10"


def test_five_parts_34_chapters_195_sections_652_pages(book: Book) -> None:
    assert [len(part.chapters) for part in book.parts] == [4, 9, 8, 8, 5]
    assert [len(chapter.sections) for chapter in book.chapters] == list(map(int, SECTIONS.split()))
    assert book.pages == 652


def test_printed_numbers_run_to_630_and_the_last_chapter_begins_at_701(book: Book) -> None:
    first_33 = [n for chapter in book.chapters[:33] for n in chapter.printed_numbers]
    assert first_33 == [str(n) for n in range(1, 631)]
    assert book.chapter(34).printed_numbers == tuple(str(n) for n in range(701, 723))


def test_headings_stand_in_order_and_apart(book: Book) -> None:
    for chapter in book.chapters:
        places = [(heading.page_index, -heading.top) for heading in chapter.headings]
        assert places == sorted(set(places))
        titles = [section.printed_title for section in chapter.sections]
        assert [heading.label for heading in chapter.headings] == titles
        assert all(0 <= page < chapter.pages for page, _ in places)


def test_traps_of_the_real_book_are_there(book: Book) -> None:
    sections = [section for chapter in book.chapters for section in chapter.sections]
    headings = [heading for chapter in book.chapters for heading in chapter.headings]
    assert any(s.title == c.title for c in book.chapters for s in c.sections)
    assert any("3x3" in s.title and "3×3" in s.printed_title for s in sections)
    assert any("'" in s.title and "’" in s.printed_title for s in sections)
    assert any(heading.page_index == 0 for heading in headings)
    assert any(
        a.page_index == b.page_index
        for chapter in book.chapters
        for a, b in pairwise(chapter.headings)
    )


def test_captions_are_as_many_as_in_the_real_book_and_numbered_in_order(book: Book) -> None:
    counts = Counter(caption.kind for chapter in book.chapters for caption in chapter.captions)
    assert counts == {"figure": 344, "table": 64, "equation": 124}
    for chapter in book.chapters:
        for kind in counts:
            own = [caption for caption in chapter.captions if caption.kind == kind]
            assert [c.label for c in own] == [f"{chapter.number}-{n + 1}" for n in range(len(own))]
            assert own == sorted(own, key=lambda caption: (caption.page_index, -caption.top))


def test_references_are_about_as_many_as_in_the_real_book_and_eight_name_nothing(
    book: Book,
) -> None:
    references = [each for chapter in book.chapters for each in chapter.references]
    counts = Counter(each.target[0] for each in references if each.target)
    real = {"figure": 640, "equation": 180, "table": 140, "chapter": 170}
    assert all(abs(counts[kind] - count) <= count / 10 for kind, count in real.items())
    assert sum(each.target is None for each in references) == 8
    there = {(c.kind, c.label) for chapter in book.chapters for c in chapter.captions}
    there |= {("chapter", str(chapter.number)) for chapter in book.chapters}
    assert {each.target for each in references} - {None} <= there
    words = {each.text.rpartition(" ")[0] for each in references}
    assert {"Fig.", "Figs.", "Figure", "Figures", "Eq.", "Eqs.", "Equation", "Table"} <= words
    assert {"Chapter", "Chapters", ""} <= words


@pytest.mark.parametrize("count", [1, 3, 340])
def test_a_book_may_have_any_number_of_chapters(count: int) -> None:
    other = Book.standard(chapters=count)
    assert [chapter.number for chapter in other.chapters] == list(range(1, count + 1))
    titles = [chapter.title for chapter in other.chapters]
    assert len(set(titles)) == count
    numbers = [int(n) for chapter in other.chapters for n in chapter.printed_numbers]
    assert numbers == sorted(set(numbers))


def test_a_chapter_can_leave_and_the_others_keep_their_numbers(book: Book) -> None:
    without = book.without_chapter(6)
    assert [chapter.number for chapter in without.chapters] == [*range(1, 6), *range(7, 35)]
    assert without.chapter(7) == book.chapter(7)
    with pytest.raises(KeyError):
        without.chapter(6)
