"""The copy's book has the real one's shape."""

from __future__ import annotations

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
        assert [heading.section for heading in chapter.headings] == list(chapter.sections)
        assert all(0 <= page < chapter.pages for page, _ in places)


def test_traps_of_the_real_book_are_there(book: Book) -> None:
    headings = [heading for chapter in book.chapters for heading in chapter.headings]
    assert any(s.title == c.title for c in book.chapters for s in c.sections)
    assert any("3x3" in h.section.title and "3×3" in h.section.printed_title for h in headings)
    assert any("'" in h.section.title and "’" in h.section.printed_title for h in headings)
    assert any(heading.page_index == 0 for heading in headings)
    assert any(
        a.page_index == b.page_index
        for chapter in book.chapters
        for a, b in zip(chapter.headings, chapter.headings[1:], strict=False)
    )


@pytest.mark.parametrize("count", [1, 3, 340])
def test_a_book_may_have_any_number_of_chapters(count: int) -> None:
    other = Book.standard(chapters=count)
    assert [chapter.number for chapter in other.chapters] == list(range(1, count + 1))
    titles = [chapter.title for chapter in other.chapters]
    assert len(set(titles)) == count
    numbers = [int(n) for chapter in other.chapters for n in chapter.printed_numbers]
    assert numbers == sorted(set(numbers))


def test_a_chapter_can_leave_and_the_others_stay_as_they_are(book: Book) -> None:
    without = book.without_chapter(6)
    assert [chapter for chapter in book.chapters if chapter.number != 6] == list(without.chapters)
