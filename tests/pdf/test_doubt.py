"""Files that contradict each other are doubted, and no good book is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspguide.pdf import ChapterPlan, FoundSection, PreparedSummary
from dspguide.pdf.analysis.doubt import contradictions
from dspguide.pdf.analysis.titles import title_key
from dspguide.pdf.model import Evidence

SECTIONS = ("Noise of {}", "Rain in {}", "Wind over {}")
TITLES = ("Hills", "Lakes", "Roads", "Woods", "Coasts", "Towns", "Moors", "Isles")


def chapter(
    position: int, first: int, pages: int = 10, *, prefix: str = "", named: bool = True
) -> PreparedSummary:
    """A chapter as it should be; its opening, sections and printed numbers are its own."""
    title = TITLES[position % len(TITLES)]
    sections = tuple(text.format(title) for text in SECTIONS) if named else ()
    number = position + 1
    return PreparedSummary(
        plan=ChapterPlan(number, title, None, sections, (f"http://x.org/{number}.pdf",)),
        position=position,
        sha256=f"{position:064}",
        pages=pages,
        labels=tuple(f"{prefix}{first + index}" for index in range(pages)),
        sections=tuple(FoundSection(text, 0, None, True) for text in sections),
        warnings=(),
        repaired=False,
        evidence=Evidence(str(number), title, is_own=True, printed_labels=True, has_text=True),
    )


def silent(summary: PreparedSummary) -> PreparedSummary:
    """The same chapter, if its first page and the contents page said nothing."""
    evidence = replace(summary.evidence, number="", title="", is_own=None)
    plan = replace(summary.plan, sections=())
    return replace(summary, plan=plan, sections=(), evidence=evidence)


def with_file_of(own: PreparedSummary, other: PreparedSummary) -> PreparedSummary:
    """A chapter whose file is another's, as far as no single file shows it."""
    missing = tuple(FoundSection(text, 0, None, False) for text in own.plan.sections)
    lines = tuple(title_key(title) for title in other.plan.sections)
    evidence = replace(other.evidence, is_own=False, lines=lines)
    return replace(other, plan=own.plan, position=own.position, sections=missing, evidence=evidence)


def book(count: int = 6) -> dict[int, PreparedSummary]:
    return {n: chapter(n, 1 + 10 * n) for n in range(count)}


def test_the_same_bytes_twice_are_doubted_where_they_fit_less() -> None:
    chapters = book()
    chapters[4] = with_file_of(chapters[4], chapters[2])
    assert contradictions(chapters) == {
        4: "its file has the same bytes as that of chapter 3 (Roads)"
    }


def test_the_same_bytes_twice_are_doubted_in_both_where_nothing_decides() -> None:
    chapters = {n: silent(one) for n, one in book().items()}
    chapters[4] = replace(chapters[4], sha256=chapters[2].sha256)
    assert set(contradictions(chapters)) == {2, 4}


def test_one_file_may_be_two_chapters() -> None:
    chapters = book()
    plan = replace(chapters[4].plan, names=chapters[3].plan.names)
    chapters[4] = replace(with_file_of(chapters[4], chapters[3]), plan=plan)
    assert not any("bytes" in sentence for sentence in contradictions(chapters).values())


@pytest.mark.parametrize(
    ("hide", "words"),
    [
        ("none", "its first page bears the title of chapter 3 (Roads)"),
        ("title", "its file has the sections of chapter 3 (Roads)"),
        ("lines", "the page numbers printed in its file are those of chapter 3 (Roads)"),
        ("labels", "none of its 3 sections is in its file"),
    ],
)
def test_another_edition_of_another_chapters_file_is_doubted(hide: str, words: str) -> None:
    chapters = book()
    wrong = replace(with_file_of(chapters[4], chapters[2]), sha256="f" * 64)
    evidence = wrong.evidence
    if hide != "none":
        evidence = replace(evidence, title="", is_own=None)
    if hide in ("lines", "labels"):
        evidence = replace(evidence, lines=())
    if hide == "labels":
        wrong = replace(wrong, labels=tuple(str(900 + n) for n in range(10)))
    chapters[4] = replace(wrong, evidence=evidence)
    assert contradictions(chapters) == {4: words}


def test_the_same_numbers_twice_are_doubted_where_they_are_out_of_order() -> None:
    chapters = {n: silent(one) for n, one in book().items()}
    chapters[4] = replace(chapters[4], labels=chapters[1].labels)
    assert set(contradictions(chapters)) == {4}


def test_numbers_with_their_chapter_in_them_are_doubted_twice() -> None:
    chapters = {n: silent(chapter(n, 1, prefix=f"{n + 1}-")) for n in range(6)}
    chapters[4] = replace(chapters[4], labels=chapters[1].labels)
    assert set(contradictions(chapters)) == {1, 4}


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    "chapters",
    [
        [(1 + 10 * n, 10, "") for n in range(8)],
        [(1, 6 + n, "") for n in range(8)],  # every chapter begins on page 1
        [(1, 10, "") for _ in range(8)],
        [(1, 10, f"{n + 1}-") for n in range(8)],
        [(1, 10, "Draft-") for _ in range(8)],
        [*((1 + 10 * n, 10, "") for n in range(7)), (1, 9, "")],  # answers count again
        [*((1 + 10 * n, 10, "") for n in range(4)), *((1 + 10 * n, 10, "") for n in range(4))],
        [(1, 1, "") for _ in range(8)],
        [(1, 12, ""), (1, 12, "")],
    ],
)
def test_a_good_book_is_not_doubted(chapters: list[tuple[int, int, str]], named: bool) -> None:
    made = {
        n: chapter(n, first, pages, prefix=prefix)
        for n, (first, pages, prefix) in enumerate(chapters)
    }
    if not named:
        made = {n: silent(one) for n, one in made.items()}
    assert contradictions(made) == {}


def test_a_book_whose_sections_are_named_otherwise_is_not_doubted() -> None:
    chapters = book()
    for n, one in chapters.items():
        missing = tuple(replace(section, found=False) for section in one.sections)
        evidence = replace(one.evidence, number="", title="", is_own=None, lines=("anyline",))
        chapters[n] = replace(one, sections=missing, evidence=evidence)
    assert contradictions(chapters) == {}


def test_a_scanned_chapter_is_not_doubted_for_its_sections() -> None:
    chapters = book()
    missing = tuple(replace(section, found=False) for section in chapters[3].sections)
    chapters[3] = replace(chapters[3], sections=missing, labels=(None,) * 10, evidence=Evidence())
    assert contradictions(chapters) == {}


@given(st.integers(2, 40), st.data())
def test_one_wrong_file_in_a_good_book_is_the_only_one_doubted(
    count: int, data: st.DataObject
) -> None:
    wrong = data.draw(st.integers(0, count - 1))
    right = data.draw(st.integers(0, count - 1).filter(lambda n: n != wrong))
    chapters = {
        n: replace(one, plan=replace(one.plan, title=f"{one.plan.title} {n}"))
        for n, one in book(count).items()
    }
    chapters[wrong] = with_file_of(chapters[wrong], chapters[right])
    assert set(contradictions(chapters)) == {wrong}
