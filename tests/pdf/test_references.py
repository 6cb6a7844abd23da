"""Words that name something in the book lead there, and none leads anywhere else."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest

from dspguide.demo import Book, Site
from dspguide.pdf import BookPlan, ChapterPlan, bind_files
from dspguide.pdf.analysis.spelling import groups, names_another_book
from tests.pdf.referring import NO_REFERENCES, expected, make
from tests.pdf.samples import Chapter, book_plan, line, link
from tests.pdf.tools import looks, qpdf_check

if TYPE_CHECKING:
    from pathlib import Path

    from dspguide.pdf import BindResult


def links(path: Path) -> list[tuple[int, int, float, dict[str, Any]]]:
    """Page, page that it leads to, height there, and the annotation, of every link in a book."""
    found = []
    with pikepdf.open(path) as pdf:
        index = {page.objgen: n for n, page in enumerate(pdf.pages)}
        for n, page in enumerate(pdf.pages):
            for annotation in page.obj.get("/Annots", []):
                page_of, _, _, top, zoom = annotation.Dest
                assert zoom is None
                found.append((n, index[page_of.objgen], float(top), dict(annotation)))
    return found


def bind(folder: Path, chapters: list[Chapter]) -> BindResult:
    files = [folder / f"{n}.pdf" for n in range(len(chapters))]
    for file, chapter in zip(files, chapters, strict=True):
        file.write_bytes(chapter.data())
    return bind_files(book_plan(chapters), files, folder / "book.pdf")


def chapter(number: int, *texts: str, first: int = 1, extra: str = "") -> Chapter:
    """A chapter whose second page has a few lines of text, set like its other text."""
    lines = "".join(line("T", 10.6, 60, 118 - 13 * n, text) for n, text in enumerate(texts))
    return Chapter(number, f"Title {number}", 3, first, extra_lines={1: lines, 2: extra})


def caption(text: str, y: float = 70, font: str = "B") -> str:
    return line(font, 9, 60, y, text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("see Fig. 7-1a here", ["figure 7 1a"]),
        ("Figs. 7-1 and 7-2", ["figure 7 1", "figure 7 2"]),
        ("Figures 7.1–7.4", ["figure 7 1", "figure 7 4"]),
        ("(Eq. (8.3))", ["equation 8 3"]),
        ("Equations 8-1 to 8-3", ["equation 8 1", "equation 8 3"]),
        ("Eqs. (8.1), (8.2), and (8.5)", ["equation 8 1", "equation 8 2", "equation 8 5"]),
        ("Table 12-1", ["table 12 1"]),
        ("Listing 3.2", ["listing 3 2"]),
        ("Chapter 9", ["chapter 9"]),
        ("Chapters 6 and 7", ["chapter 6", "chapter 7"]),
        ("Chapters 9-12", ["chapter 9", "chapter 12"]),
        ("Chapter IV", ["chapter IV"]),
        ("Section 9.2", ["section 9 2"]),
        ("Section 9.2.1", ["section 9 2 1"]),
        ("Appendix B", ["appendix B"]),
        ("page 123", ["page 123"]),
        ("pages 12–15", ["page 12", "page 15"]),
        ("page 3-12", ["page 3 12"]),
        ("Fig-\nure 7-\n1 and Chap-\nter 9", ["figure 7 1", "chapter 9"]),
        ("the Figure\n7-1 and\n7-2 show", ["figure 7 1", "figure 7 2"]),
        ("fig. 7-1; equation 8-1", ["figure 7 1", "equation 8 1"]),
        ("table 5 rows, figure 3 men", []),
        ("configure 7-1, a sub-section 9.2", []),
        ("Chapter 9 and 10 others", ["chapter 9"]),
        ("Figs. 7-1 and 34 more", ["figure 7 1"]),
        ("Chapter 9.5 and Figure 7.1.2.3.4.5", []),
    ],
)
def test_a_name_is_read_in_every_spelling(text: str, names: list[str]) -> None:
    found = [member for group in groups(text) for member in group.members]
    found.sort(key=lambda member: member.start)
    assert [" ".join((m.name.kind, *m.name.number)) for m in found] == names


@pytest.mark.parametrize(
    "text",
    [
        *NO_REFERENCES,
        "Chapter 3 of [12]",
        "Knuth’s Chapter 3",
        "[12], Chapter 3",
        "[12, Chapter 3]",
        "Table 2.1 in Ref. 5",
        "Chapter 3 (Knuth, 1997)",
        "Figure 2.1 [12] is better",
        "Section 3.1 of “The Art of Listening”",
        "Chapter 3 of the famous handbook",
        "Vol. 2, Chapter 3",
        "their Figure 2.1",
    ],
)
def test_what_another_book_has_is_no_reference(text: str) -> None:
    assert all(names_another_book(text, group) for group in groups(text))


@pytest.mark.parametrize(
    "text",
    [
        "However, Chapter 3 says so.",
        "In MATLAB, Figure 7-1 looks better.",
        "Figure 7-1 of this chapter",
        "See Fig. 7-1 in Chapter 7.",
        "Chapter 9 in the standard way",
        "y[n] = x[3]\nFigure 7-1 shows",
        "(see page 123)",
        "on\npage 123",
        "Fig. 7-1, page 123",
        "In 1998, nobody knew Figure 7-1. Others did.",
    ],
)
def test_what_this_book_has_is_a_reference(text: str) -> None:
    found = list(groups(text))
    assert found
    assert not any(names_another_book(text, group) for group in found)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, BindResult, list[Path], Path]:
    """The whole synthetic book."""
    folder = tmp_path_factory.mktemp("demo")
    book = Book.standard()
    site = Site(book)
    files, plans = [], []
    for chapter in book.chapters:
        files.append(folder / chapter.pdf_path.lstrip("/"))
        files[-1].write_bytes(site.pdf(chapter.number))
        titles = tuple(section.title for section in chapter.sections)
        plans.append(ChapterPlan(chapter.number, chapter.title, chapter.part, titles))
    plan = BookPlan(book.title, book.author, "en", tuple(plans), front_matter=True)
    return book, bind_files(plan, files, folder / "book.pdf"), files, folder / "book.pdf"


def test_every_reference_of_the_synthetic_book_leads_to_its_page(
    demo: tuple[Book, BindResult, list[Path], Path],
) -> None:
    book, facts, _, path = demo
    first = {chapter.number: chapter.first_page_index for chapter in facts.chapters}
    places: dict[tuple[str, str], tuple[int, float | None]] = {
        ("chapter", str(c.number)): (first[c.number], None) for c in book.chapters
    }
    for chapter in book.chapters:
        for caption in chapter.captions:
            place = (first[chapter.number] + caption.page_index, caption.top)
            places[caption.kind, caption.number] = place
    wanted: Counter[tuple[int, int]] = Counter()
    nowhere = []
    for chapter in book.chapters:
        for reference in chapter.references:
            if reference.target in places:
                page = first[chapter.number] + reference.page_index
                wanted[page, places[reference.target][0]] += 1
            else:
                nowhere.append(reference.text)
    made = [found for found in links(path) if found[0] >= facts.front_matter_pages]
    assert Counter(found[:2] for found in made) == wanted
    tops = {(page, top) for page, top in places.values() if top is not None}
    for _, page, top, _ in made:
        near = [t for p, t in tops if p == page]
        assert page in first.values() or min(abs(top - t) for t in near) < 12
    assert facts.references.found == facts.references.linked + len(nowhere)
    assert [text.split(" (")[0] for text in facts.references.nowhere] == nowhere
    assert facts.references.ambiguous == ()


def test_pages_with_links_look_as_they_did(
    demo: tuple[Book, BindResult, list[Path], Path],
) -> None:
    _, facts, files, path = demo
    qpdf_check(path)
    book = pypdfium2.PdfDocument(path)
    index = facts.front_matter_pages
    for file in files[:3]:
        for pixels, text in looks(file, 0.5):
            page = book[index]
            assert bytes(page.render(scale=0.5).buffer) == pixels
            assert page.get_textpage().get_text_range() == text
            index += 1


def test_every_reference_of_a_latex_book_leads_to_its_page(tmp_path: Path) -> None:
    titles = ("Listening", "Quiet Rooms", "Wires")
    chapters, files, first = [], [], 1
    for number, title in enumerate(titles, start=1):
        chapters.append(make(number, title, first, len(titles)))
        files.append(tmp_path / f"{number}.pdf")
        files[-1].write_bytes(chapters[-1].data)
        first += len(pypdfium2.PdfDocument(chapters[-1].data))
    plans = tuple(ChapterPlan(chapter.number, chapter.title) for chapter in chapters)
    facts = bind_files(BookPlan("Book", None, "en", plans), files, tmp_path / "book.pdf")
    wanted = expected(chapters, [chapter.first_page_index for chapter in facts.chapters])
    assert Counter(found[:2] for found in links(tmp_path / "book.pdf")) == wanted
    assert facts.references.found == facts.references.linked == sum(wanted.values())


def test_two_of_a_name_and_none_are_no_link(tmp_path: Path) -> None:
    one = chapter(1, "See Fig. 1-1 and Fig. 1-2 and Fig. 1-3.", extra=caption("FIGURE 1-1"))
    two = chapter(2, first=4, extra=caption("FIGURE 1-1") + caption("FIGURE 1-2", 40))
    facts = bind(tmp_path, [one, two])
    assert [found[:2] for found in links(tmp_path / "book.pdf")] == [(1, 5)]
    assert facts.references.found == 3
    assert facts.references.nowhere == ("Fig. 1-3 (page 2)",)
    assert facts.references.ambiguous == ("Fig. 1-1 (page 2)",)


def test_captions_headings_and_running_heads_are_no_references(tmp_path: Path) -> None:
    captions = caption("FIGURE 1-1", 100) + caption("FIGURE 1-2", 70)
    below = line("T", 8, 60, 60, "The same as Fig. 1-2 but for Fig. 1-1.")
    one = chapter(1, "Nothing is said here.", extra=captions + below)
    one.headings["Fig. 1-1 Again"] = (2, 300)
    facts = bind(tmp_path, [one])
    assert facts.references.found == 0
    assert links(tmp_path / "book.pdf") == []


def test_a_list_of_contents_has_no_references(tmp_path: Path) -> None:
    lines = [
        "Chapter 1 Title 1 . . . . . 1",
        "Chapter 2 Title 2 . . . . . 4",
        "Chapter 2 Last 6",
        "Chapter 1 Second 3",
    ]
    one, two = chapter(1, *lines, "See Chapter 2."), chapter(2, first=4)
    assert bind(tmp_path, [one, two]).references.found == 1
    assert [found[:2] for found in links(tmp_path / "book.pdf")] == [(1, 3)]


def test_a_line_of_text_that_begins_like_a_caption_is_none(tmp_path: Path) -> None:
    one = chapter(
        1,
        "It is so long as in the second one, see",
        "Fig. 1-9. The others are not.",
        "See Fig. 1-1.",
    )
    one.extra_lines[2] = caption("FIGURE 1-1")
    facts = bind(tmp_path, [one])
    assert facts.references.nowhere == ("Fig. 1-9 (page 2)",)
    assert facts.references.linked == 1


def test_pages_and_appendices_are_found_by_what_is_printed(tmp_path: Path) -> None:
    one = chapter(1, "It is on page 12, see Appendix B and page 99.", first=10)
    two = chapter(2, "See pages 11 and 21.", first=20)
    plan = book_plan([one, two])
    plan = BookPlan("Book", None, "en", (plan.chapters[0], ChapterPlan("B", two.title, "BASICS")))
    files = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for file, made in zip(files, (one, two), strict=True):
        file.write_bytes(made.data())
    facts = bind_files(plan, files, tmp_path / "book.pdf")
    found = sorted(found[:2] for found in links(tmp_path / "book.pdf"))
    assert found == [(1, 2), (1, 3), (4, 1), (4, 4)]
    assert facts.references.nowhere == ("page 99 (page 11)",)


def test_a_chapters_own_link_stays_and_gets_no_other_over_it(tmp_path: Path) -> None:
    one = chapter(1, "See Fig. 1-1 now.", extra=caption("FIGURE 1-1"))
    one.annotations[1] = link("/A<</S/URI/URI(http://example.org/)>>").replace(
        "Rect[60 60 200 80]", "Rect[60 110 200 130]"
    )
    facts = bind(tmp_path, [one])
    assert facts.references.found == 0
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        (only,) = pdf.pages[1].obj.Annots
        assert str(only.A.URI) == "http://example.org/"


def test_a_link_is_made_of_a_box_and_a_place_alone(tmp_path: Path) -> None:
    one = chapter(1, "See Fig. 1-1 now.", extra=caption("FIGURE 1-1"))
    bind(tmp_path, [one])
    ((page, leads, top, annotation),) = links(tmp_path / "book.pdf")
    assert (page, leads) == (1, 2)
    assert abs(top - 79) < 5
    assert set(annotation) == {"/Type", "/Subtype", "/Rect", "/Border", "/Dest"}
    assert [int(n) for n in annotation["/Border"]] == [0, 0, 0]
    left, bottom, right, upper = (float(n) for n in annotation["/Rect"])
    assert 75 <= left < right <= 120
    assert 113 <= bottom < upper <= 131


def test_no_links_where_none_are_wanted(tmp_path: Path) -> None:
    one = chapter(1, "See Fig. 1-1 now.", extra=caption("FIGURE 1-1"))
    (tmp_path / "1.pdf").write_bytes(one.data())
    plan = BookPlan("Book", None, "en", (one.plan(),), link_references=False)
    facts = bind_files(plan, [tmp_path / "1.pdf"], tmp_path / "book.pdf")
    assert links(tmp_path / "book.pdf") == []
    assert facts.references.found == 0
