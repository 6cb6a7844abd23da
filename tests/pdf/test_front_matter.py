"""The title page and the table of contents: of which books, how they look, where they lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
import pytest

from dspguide.pdf import Binder, Bindery, BookPlan, ChapterPlan, bind_files, prepare
from dspguide.pdf.output import fonts
from dspguide.pdf.output.front_matter import typeset
from dspguide.pdf.output.navigation import ContentsEntry
from dspguide.pdf.output.references import Spot
from tests.pdf.samples import Chapter, Raw
from tests.pdf.tools import looks, qpdf_check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dspguide.pdf import BindResult

URL = "https://books.example.org/maker"
USE = "Free for personal use: read it, keep it, print one copy for yourself."
SIZES = {"site": (522, 702), "A4": (595, 842), "slide": (960, 540), "beamer": (363, 272)}
CHAPTERS = [
    Chapter(1, "First Things", 3, 1, {"Ohm's Law": (0, 400), "The 3x3 Case": (2, 500)}, "ONE"),
    Chapter(2, "Second Things", 2, 4, {"Odds and Ends": (1, 300)}, "ONE"),
    Chapter(3, "Third Things", 4, 701, {"Last": (3, 90)}, "TWO"),
]


def book(folder: Path, chapters: Sequence[Chapter], plan: BookPlan | None = None) -> BindResult:
    """Bind chapters into book.pdf, with front matter unless a plan says otherwise."""
    files = [folder / f"{n}.pdf" for n in range(len(chapters))]
    for file, chapter in zip(files, chapters, strict=True):
        file.write_bytes(chapter.data())
    return bind_files(plan or whole_plan(chapters), files, folder / "book.pdf")


def whole_plan(chapters: Sequence[Chapter], title: str = "The Maker’s Book") -> BookPlan:
    plans = tuple(chapter.plan() for chapter in chapters)
    return BookPlan(
        title, "A. N. Author", "en", plans, source_url=URL, permitted_use=USE, front_matter=True
    )


def texts(path: Path) -> list[str]:
    return [" ".join(text.split()) for _, text in looks(path, 0.1)]


def pages_of_one_size(folder: Path, size: tuple[int, int], rotate: int = 0) -> Path:
    """A file with one page of a size."""
    raw = Raw()
    tree = raw.add("")
    turned = f"/Rotate {rotate}" if rotate else ""
    content = raw.stream(b"0 0 9 9 re f")
    page = raw.add(
        f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 {size[0]} {size[1]}]{turned}"
        f"/Resources<<>>/Contents {content} 0 R>>"
    )
    raw.set(tree, f"<</Type/Pages/Count 1/Kids[{page} 0 R]>>")
    raw.root = raw.add(f"<</Type/Catalog/Pages {tree} 0 R>>")
    (folder / "page.pdf").write_bytes(raw.data())
    return folder / "page.pdf"


def front(
    titles: Sequence[str], *, title: str = "A Book", author: str | None = None, language: str = "en"
) -> tuple[str, tuple[str, ...], int]:
    """The text of the front matter of a book with chapters of these titles; warnings; pages."""
    entries = [
        ContentsEntry(1, str(n + 1), text, str(10 * n), Spot(n, 0, 0.0, 700.0))
        for n, text in enumerate(titles)
    ]
    plan = BookPlan(title, author, language, ())
    made = typeset(plan, entries, page_size=(522, 702), chapters=len(titles), pages=99)
    text = " ".join(page.extract_text() for page in made.pages)
    assert len(made.pages) % 2 == 0
    assert [link.entry for link in made.links] == list(range(len(titles)))
    return text, made.warnings, len(made.pages)


def test_the_title_page_says_what_the_book_is(tmp_path: Path) -> None:
    facts = book(tmp_path, CHAPTERS)
    title, contents, *_ = texts(tmp_path / "book.pdf")
    assert title.startswith("The Maker’s Book A. N. Author 3 chapters, 9 pages")
    assert URL in title
    assert USE in title
    assert contents.startswith("Contents ONE 1 1 First Things 1 Ohm's Law 1 The 3x3 Case 3")
    assert contents.endswith("TWO 701 3 Third Things 701 Last 704 ii")
    assert facts.warnings == ()
    qpdf_check(tmp_path / "book.pdf")


def test_pages_are_counted_with_the_front_matter_before_them(tmp_path: Path) -> None:
    facts = book(tmp_path, CHAPTERS)
    assert facts.front_matter_pages == 2
    assert facts.pages == 11
    assert facts.labels[:4] == ("i", "ii", "1", "2")
    assert [chapter.first_page_index for chapter in facts.chapters] == [2, 5, 7]
    assert [s.page_index for c in facts.chapters for s in c.sections] == [2, 4, 6, 10]
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        assert tuple(page.label for page in pdf.pages) == facts.labels


def test_the_chapters_pages_are_as_without_it(tmp_path: Path) -> None:
    book(tmp_path, CHAPTERS)
    pages = looks(tmp_path / "book.pdf")[2:]
    assert pages == [page for n in range(3) for page in looks(tmp_path / f"{n}.pdf")]


def test_every_entry_leads_where_the_outlines_does(tmp_path: Path) -> None:
    book(tmp_path, CHAPTERS)
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        outline = []

        def walk(item: pikepdf.Object | None) -> None:
            while item is not None:
                outline.append((str(item.Title), item.Dest))
                walk(item.get("/First"))
                item = item.get("/Next")

        walk(pdf.Root.Outlines.First)
        assert outline[0][0] == "Contents"
        assert outline[0][1][0].objgen == pdf.pages[1].objgen
        links = list(pdf.pages[1].Annots)
        assert len(links) == len(outline) - 1 == 9
        for link, (_, place) in zip(links, outline[1:], strict=True):
            assert link.Dest[0].objgen == place[0].objgen
            assert [link.Dest[n] for n in (2, 3, 4)] == [place[n] for n in (2, 3, 4)]
            assert [int(n) for n in link.Border] == [0, 0, 0]
        heights = [float(link.Rect[1]) for link in links]
        assert heights == sorted(heights, reverse=True)
        (web,) = pdf.pages[0].Annots
        assert str(web.A.URI) == URL


@pytest.mark.parametrize("name", SIZES)
def test_it_has_the_size_of_the_first_page(name: str, tmp_path: Path) -> None:
    width, height = SIZES[name]
    file = pages_of_one_size(tmp_path, (width, height))
    turned = pages_of_one_size(tmp_path, (height, width), 90).rename(tmp_path / "turned.pdf")
    file = pages_of_one_size(tmp_path, (width, height))
    for path in (file, turned):
        plan = whole_plan(CHAPTERS[:1])
        facts = bind_files(plan, [path], tmp_path / "book.pdf")
        assert facts.front_matter_pages % 2 == 0
        for page in list(pypdfium2.PdfDocument(tmp_path / "book.pdf"))[: facts.front_matter_pages]:
            assert page.get_size() == pytest.approx((width, height))


def test_the_same_book_has_the_same_bytes(tmp_path: Path) -> None:
    assert book(tmp_path, CHAPTERS).sha256 == book(tmp_path, CHAPTERS).sha256


def test_worker_processes_make_the_same_book(tmp_path: Path) -> None:
    expected = book(tmp_path, CHAPTERS)
    bindery = Bindery(workers=1)
    try:
        bindery.start(whole_plan(CHAPTERS))
        for n in (2, 0, 1):
            bindery.submit(n, tmp_path / f"{n}.pdf")
        assert bindery.finish(tmp_path / "other.pdf").result() == expected
    finally:
        bindery.close()


def test_long_contents_and_long_titles_go_on_over_lines_and_pages() -> None:
    title = "On the Measurement of Very Small Things in Very Large Rooms " * 4
    text, warnings, pages = front([f"{title}{n}" for n in range(500)], title=title[:200])
    assert pages > 30
    words = " ".join(text.split())
    assert words.count("Large Rooms") >= 2000 + 3
    assert warnings == ()
    assert all(f"Rooms {n}" in words for n in range(500))


@pytest.mark.parametrize(
    "title",
    [
        "Η φωνή των σημάτων",
        "Обработка сигналов",
        "数字信号处理",
        "デジタル信号処理",
        "디지털 신호 처리",
        "מבוא לאותות",
        "सिग्नल",
    ],
)
def test_a_title_in_any_script_is_shown(title: str) -> None:
    text, warnings, _ = front([title], title=title, author=title)
    assert warnings == ()
    assert title in text or title[::-1] in text or len(set(text) & set(title)) > 3


def test_an_arabic_title_is_shown_in_a_font_that_has_it() -> None:
    text, warnings, _ = front(["مقدمة في الإشارات"], title="مقدمة في الإشارات", language="ar")
    assert warnings == ()
    assert any("\u0600" <= c <= "\u06ff" or "\ufb50" <= c <= "\ufeff" for c in text)


def test_what_no_font_has_is_said_and_is_no_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "find_spec", lambda _: None)
    text, warnings, _ = front(["Runes \U00010c92\U00010c93 and more", "One"])
    assert "Runes […] and more" in " ".join(text.split())
    (warning,) = warnings
    assert "\U00010c92 (U+10C92) \U00010c93 (U+10C93)" in warning


def test_titles_with_markup_and_signs_are_shown_as_they_are() -> None:
    text, _, _ = front(["#strong[x] *a* _b_ $c$ \\ <d> @e", "Tabs\tand\nlines\x00"])
    assert "#strong[x] *a* _b_ $c$ \\ <d> @e" in text
    assert "Tabs and lines" in " ".join(text.split())


def test_books_without_author_parts_or_numbers(tmp_path: Path) -> None:
    files = [pages_of_one_size(tmp_path, (522, 702)).rename(tmp_path / f"{n}.pdf") for n in (1, 2)]
    chapters = (ChapterPlan(None, "Preface"), ChapterPlan("B", "Tables"))
    plan = BookPlan("Book", None, "xx-nonsense", chapters, front_matter=True)
    bind_files(plan, files, tmp_path / "book.pdf")
    title, contents, *_ = texts(tmp_path / "book.pdf")
    assert title == "Book 2 chapters, 2 pages"
    assert contents == "Contents Preface 1 B Tables 2 ii"
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        names = [str(item.Title) for item in (pdf.Root.Outlines.First.Next, pdf.Root.Outlines.Last)]
    assert names == ["Preface", "B Tables"]


def test_a_number_that_the_title_begins_with_is_not_said_twice(tmp_path: Path) -> None:
    file = pages_of_one_size(tmp_path, (522, 702))
    chapters = (ChapterPlan(7, "Chapter 7: Sums"), ChapterPlan(8, "80 Ways"))
    plan = BookPlan("Book", None, "en", chapters)
    bind_files(plan, [file, file], tmp_path / "book.pdf")
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        first = pdf.Root.Outlines.First
        assert [str(first.Title), str(first.Next.Title)] == ["Chapter 7: Sums", "8 80 Ways"]


def test_a_partial_book_has_the_contents_of_what_is_there(tmp_path: Path) -> None:
    plan = whole_plan(CHAPTERS)
    (tmp_path / "2.pdf").write_bytes(CHAPTERS[1].data())
    binder = Binder(plan)
    binder.append(prepare(tmp_path / "2.pdf", plan.chapters[1], 1))
    facts = binder.finish(tmp_path / "book.pdf", partial=True)
    assert facts.front_matter_pages == 2
    assert texts(tmp_path / "book.pdf")[1] == (
        "Contents ONE 4 2 Second Things 4 Odds and Ends 5 ii"
    )


@pytest.mark.parametrize("title", ["Contents", "Front matter", "Title Page", "Table of Contents"])
def test_a_book_that_brings_its_own_gets_no_second_one(title: str, tmp_path: Path) -> None:
    file = pages_of_one_size(tmp_path, (522, 702))
    chapters = (ChapterPlan(None, title), ChapterPlan(1, "One"))
    plan = BookPlan("Book", None, "en", chapters, front_matter=True)
    facts = bind_files(plan, [file, file], tmp_path / "book.pdf")
    assert facts.front_matter_pages == 0
    assert facts.labels == ("1", "2")


def test_a_first_file_that_lists_the_book_is_its_contents(tmp_path: Path) -> None:
    lines = ["Contents", *(f"{n} A Chapter . . . . . . {20 * n}" for n in range(1, 9))]
    text = "".join(
        f"BT /T 10 Tf 1 0 0 1 60 {120 - 10 * n} Tm ({words}) Tj ET\n"
        for n, words in enumerate(lines)
    )
    opening = Chapter(0, "Before All", 2, 1, part=None, extra_lines={1: text})
    assert book(tmp_path, [opening, *CHAPTERS]).front_matter_pages == 0


def test_no_front_matter_where_none_is_wanted(tmp_path: Path) -> None:
    plan = BookPlan("Book", None, "en", tuple(chapter.plan() for chapter in CHAPTERS))
    facts = book(tmp_path, CHAPTERS, plan)
    assert facts.front_matter_pages == 0
    assert facts.labels[0] == "1"
