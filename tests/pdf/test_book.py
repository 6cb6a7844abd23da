"""What a finished book is: outline, labels, metadata, size, and the same picture."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dspguide.demo import Book, Site
from dspguide.pdf import (
    Binder,
    BindingError,
    BindResult,
    BookPlan,
    ChapterPlan,
    PreparedChapter,
    bind_files,
    prepare,
)
from tests.pdf.nasty import with_layers
from tests.pdf.samples import FONT, Chapter, book_plan, page_object
from tests.pdf.tools import looks, qpdf_check

if TYPE_CHECKING:
    from pathlib import Path

CHAPTERS = [
    Chapter(1, "First Things", 3, 1, {"Ohm’s Law": (0, 400), "The 3×3 Case": (2, 500)}, "ONE"),
    Chapter(2, "Second Things", 2, 4, {"Odds — and Ends": (1, 300)}, "ONE"),
    Chapter(3, "Third Things", 4, 701, {"Third Things": (1, 200.5), "Last": (3, 90)}, "TWO"),
]
#: As the site writes what the chapters print.
SITE_TITLES = {"Ohm’s Law": "Ohm's Law", "The 3×3 Case": "The 3x3 Case"}


def plan() -> BookPlan:
    chapters = []
    for chapter in CHAPTERS:
        own = chapter.plan()
        sections = tuple(SITE_TITLES.get(title, title) for title in own.sections)
        chapters.append(ChapterPlan(own.number, own.title, own.part, sections, own.names))
    return BookPlan("The Maker’s Book", "A. N. Author", "en", tuple(chapters))


class Bound:
    """A book on disk."""

    def __init__(self, folder: Path) -> None:
        self.files = [folder / f"CH{chapter.number}.PDF" for chapter in CHAPTERS]
        for file, chapter in zip(self.files, CHAPTERS, strict=True):
            file.write_bytes(chapter.data())
        self.path = folder / "book.pdf"
        self.facts: BindResult = bind_files(plan(), self.files, self.path)


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Bound:
    return Bound(tmp_path_factory.mktemp("book"))


def entries(pdf: pikepdf.Pdf, first: Any, depth: int = 0) -> list[tuple[int, str, int, float, int]]:
    """Depth, title, 0-based page index, height, and /Count of every entry."""
    index = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
    found = []
    entry = first
    while entry is not None:
        dest = entry.Dest
        assert str(dest[1]) == "/XYZ"
        assert dest[4] is None  # the reader's zoom stays
        count = int(entry.get("/Count", 0))
        found.append((depth, str(entry.Title), index[dest[0].objgen], float(dest[3]), count))
        if "/First" in entry:
            found += entries(pdf, entry.First, depth + 1)
        entry = entry.get("/Next")
    return found


def test_the_outline_leads_to_every_heading(bound: Bound) -> None:
    with pikepdf.open(bound.path) as pdf:
        found = entries(pdf, pdf.Root.Outlines.First)
        assert pdf.Root.Outlines.Count == 5
    expected = [
        (0, "ONE", 0, 702, 2),
        (1, "1 First Things", 0, 702, -2),
        (2, "Ohm's Law", 0, 410, 0),
        (2, "The 3x3 Case", 2, 510, 0),
        (1, "2 Second Things", 3, 702, -1),
        (2, "Odds — and Ends", 4, 310, 0),
        (0, "TWO", 5, 702, 1),
        (1, "3 Third Things", 5, 702, -2),
        (2, "Third Things", 6, 210.5, 0),
        (2, "Last", 8, 100, 0),
    ]
    assert [entry[:3] + entry[4:] for entry in found] == [e[:3] + e[4:] for e in expected]
    for entry, want in zip(found, expected, strict=True):
        assert abs(entry[3] - want[3]) <= 5


def test_the_facts_say_the_same_as_the_file(bound: Bound) -> None:
    data = bound.path.read_bytes()
    assert bound.facts.bytes == len(data)
    assert bound.facts.sha256 == hashlib.sha256(data).hexdigest()
    assert bound.facts.pages == 9
    assert [chapter.first_label for chapter in bound.facts.chapters] == ["1", "4", "701"]
    assert bound.facts.chapters[2].sections[1].label == "704"
    assert bound.facts.warnings == ()


def test_pages_are_labelled_with_their_printed_numbers(bound: Bound) -> None:
    with pikepdf.open(bound.path) as pdf:
        labels = [page.label for page in pdf.pages]
        assert len(pdf.Root.PageLabels.Nums) == 4  # two runs
    assert labels == ["1", "2", "3", "4", "5", "701", "702", "703", "704"]
    assert bound.facts.labels == tuple(labels)


def test_a_chapter_without_numbers_continues_the_count(tmp_path: Path) -> None:
    chapters = [Chapter(1, "First Things", 2, 10), Chapter(2, "Silence", 3, None)]
    files = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for file, chapter in zip(files, chapters, strict=True):
        file.write_bytes(chapter.data())
    facts = bind_files(book_plan(chapters), files, tmp_path / "book.pdf")
    assert facts.labels == ("10", "11", "12", "13", "14")
    assert "no printed page numbers" in facts.warnings[0]


def test_a_section_that_is_not_there_stands_between_its_neighbours(tmp_path: Path) -> None:
    chapter = Chapter(1, "First Things", 4, 1, {"One": (1, 300), "Two": (3, 300)})
    wanted = ChapterPlan(1, "First Things", None, ("One", "Lost", "Two"))
    (tmp_path / "1.pdf").write_bytes(chapter.data())
    found = prepare(tmp_path / "1.pdf", wanted)
    assert [section.found for section in found.sections] == [True, False, True]
    assert 1 <= found.sections[1].page_index <= 3
    assert "“Lost”" in found.warnings[0]
    assert "chapter 1 (First Things)" in found.warnings[0]


def test_a_good_entry_of_a_chapters_own_outline_is_a_hint(tmp_path: Path) -> None:
    outline = (
        "/Outlines<</First<</Title(Table of Contents)/A<</S/GoToR/F(TOC.PDF)/D[0/Fit]>>"
        f"/Next<</Title(Lost:)/Dest[{page_object(2)} 0 R/XYZ 0 432 1.5]>>>>>>"
    )
    chapter = Chapter(1, "First Things", 4, 1, {"One": (1, 300), "Two": (3, 300)}, catalog=outline)
    wanted = ChapterPlan(1, "First Things", None, ("One", "Lost", "Two"))
    (tmp_path / "1.pdf").write_bytes(chapter.data())
    lost = prepare(tmp_path / "1.pdf", wanted).sections[1]
    assert (lost.page_index, lost.top) == (2, 432)


def test_odd_characters_of_a_title_reach_neither_metadata_nor_harm(tmp_path: Path) -> None:
    (tmp_path / "1.pdf").write_bytes(CHAPTERS[0].data())
    odd = BookPlan("A <b>\x00 & (\\ \ud800 Bü\tch", 'X "Y" )', "de", (CHAPTERS[0].plan(),))
    bind_files(odd, [tmp_path / "1.pdf"], tmp_path / "book.pdf")
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        assert str(pdf.docinfo.Title) == pdf.open_metadata()["dc:title"] == "A <b> & (\\ Bü ch"
    qpdf_check(tmp_path / "book.pdf")


def test_document_info_and_xmp_agree_and_bear_no_date(bound: Bound) -> None:
    with pikepdf.open(bound.path) as pdf:
        info = {key: str(value) for key, value in pdf.docinfo.items()}
        meta = pdf.open_metadata()
        assert info["/Title"] == meta["dc:title"] == "The Maker’s Book"
        assert info["/Author"] == "A. N. Author"
        assert meta["dc:creator"] == ["A. N. Author"]
        assert info["/Producer"] == meta["pdf:Producer"]
        assert set(info) == {"/Title", "/Author", "/Producer"}
        assert pdf.Root.Lang == "en"
        assert pdf.Root.PageMode == "/UseOutlines"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.Root.Metadata.Type) == "/Metadata"
    assert b"D:20" not in bound.path.read_bytes()


def test_the_book_is_sound(bound: Bound) -> None:
    qpdf_check(bound.path)


def test_every_page_looks_and_reads_as_in_its_chapter(bound: Bound) -> None:
    expected = [look for file in bound.files for look in looks(file)]
    assert looks(bound.path) == expected


@pytest.mark.parametrize("off_by_default", [False, True])
def test_layers_of_one_name_are_on_and_off_chapter_by_chapter(
    tmp_path: Path, *, off_by_default: bool
) -> None:
    chapters = [Chapter(number, f"Title {number}") for number in (1, 2)]
    files = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for number, file in enumerate(files, start=1):
        file.write_bytes(with_layers(number % 2, number, off_by_default=off_by_default))
    bind_files(book_plan(chapters), files, tmp_path / "book.pdf")
    assert looks(tmp_path / "book.pdf") == looks(files[0]) + looks(files[1])
    qpdf_check(tmp_path / "book.pdf")


def test_identical_objects_are_stored_once(bound: Bound) -> None:
    with pikepdf.open(bound.path) as pdf:
        fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/BaseFont" in o]
    assert len(fonts) == 2


def test_objects_that_say_the_same_of_different_things_stay_apart(tmp_path: Path) -> None:
    chapters = [Chapter(number, f"Title {number}") for number in (1, 2)]
    files = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for font, chapter, path in zip(("Times-Roman", "Courier"), chapters, files, strict=True):
        file = chapter.raw()
        file.set(1, FONT.format(font))
        fonts = b"/Font %d 0 R" % file.add("<</T 1 0 R/B 2 0 R>>")
        for index in range(chapter.pages):
            body = file.bodies[page_object(index) - 1]
            file.set(page_object(index), body.replace(b"/Font<</T 1 0 R/B 2 0 R>>", fonts))
        path.write_bytes(file.data())
    bind_files(book_plan(chapters), files, tmp_path / "book.pdf")
    assert looks(tmp_path / "book.pdf") == looks(files[0]) + looks(files[1])


@pytest.fixture(scope="module")
def prepared(bound: Bound) -> list[PreparedChapter]:
    pairs = zip(bound.files, plan().chapters, strict=True)
    return [prepare(file, chapter, place) for place, (file, chapter) in enumerate(pairs)]


@given(order=st.permutations(range(3)), twice=st.integers(0, 2))
@settings(max_examples=20)
def test_the_order_of_arrival_does_not_show(
    order: list[int], twice: int, bound: Bound, prepared: list[PreparedChapter]
) -> None:
    binder = Binder(plan())
    for place in [twice, *order]:
        binder.append(prepared[place])
    out = bound.path.with_name("again.pdf")
    assert binder.finish(out).sha256 == bound.facts.sha256


_AGAIN = """
import sys
from pathlib import Path
from dspguide.pdf import bind_files
from tests.pdf.test_book import plan
print(bind_files(plan(), [Path(file) for file in sys.argv[2:]], Path(sys.argv[1])).sha256)
"""


@pytest.mark.parametrize("seed", ["0", "12345"])
def test_the_hash_seed_does_not_show(seed: str, bound: Bound, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _AGAIN, tmp_path / "book.pdf", *bound.files],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == bound.facts.sha256


def test_missing_chapters_are_named_unless_a_part_will_do(
    tmp_path: Path, prepared: list[PreparedChapter]
) -> None:
    binder = Binder(plan())
    binder.append(prepared[2])
    binder.append(prepared[0])
    with pytest.raises(BindingError, match=r"lacks chapter 2 \("):
        binder.finish(tmp_path / "book.pdf")
    facts = binder.finish(tmp_path / "book.pdf", partial=True)
    assert [chapter.number for chapter in facts.chapters] == [1, 3]
    qpdf_check(tmp_path / "book.pdf")


def test_a_book_needs_chapters() -> None:
    with pytest.raises(BindingError, match="needs chapters"):
        Binder(BookPlan("Book", None, "en", ()))


def test_chapters_may_share_a_number_or_have_none(tmp_path: Path, bound: Bound) -> None:
    numbers: tuple[int | str | None, ...] = (None, "A", "A")
    chapters = tuple(
        replace(chapter, number=number)
        for chapter, number in zip(plan().chapters, numbers, strict=True)
    )
    facts = bind_files(BookPlan("Book", None, "en", chapters), bound.files, tmp_path / "book.pdf")
    assert [chapter.number for chapter in facts.chapters] == [None, "A", "A"]
    assert looks(tmp_path / "book.pdf") == looks(bound.path)


def test_the_copy_of_the_site_comes_out_right(tmp_path: Path) -> None:
    book = Book.standard(chapters=8)
    site = Site(book)
    files, plans = [], []
    for chapter in book.chapters:
        file = tmp_path / chapter.pdf_path.lstrip("/")
        file.write_bytes(site.pdf(chapter.number))
        files.append(file)
        titles = tuple(section.title for section in chapter.sections)
        plans.append(ChapterPlan(chapter.number, chapter.title, chapter.part, titles))
    facts = bind_files(
        BookPlan(book.title, book.author, "en", tuple(plans)), files, tmp_path / "book.pdf"
    )
    for found, chapter in zip(facts.chapters, book.chapters, strict=True):
        first = found.first_page_index
        assert facts.labels[first : first + found.pages] == chapter.printed_numbers
        for section, heading in zip(found.sections, chapter.headings, strict=True):
            assert (section.page_index - first, section.found) == (heading.page_index, True)
            assert section.top is not None
            assert abs(section.top - heading.top) <= 5
    assert facts.warnings == ()
    qpdf_check(tmp_path / "book.pdf")
