"""Every kind of bad file comes to the end that is promised, within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
import pytest

from dspguide.pdf import Bindery, BookPlan, ChapterPlan, RejectedChapter, bind_files, prepare
from tests.pdf.nasty import ACTIVE_FILES, KINDS
from tests.pdf.samples import Chapter
from tests.pdf.tools import looks, qpdf_check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHAPTER = Chapter()
PLAN = BookPlan("Book", None, "en", (CHAPTER.plan(),))
#: These are tried in a worker process, which is what bounds their memory.
IN_A_WORKER = sorted(
    name
    for name in KINDS
    if any(word in name for word in ("bomb", "million", "deep", "circle", "giga", "huge"))
)
ACTIVE_WORDS = [
    b"/JS", b"/JavaScript", b"javascript", b"/Launch", b"/SubmitForm", b"/ImportData", b"/AA",
    b"/Filespec", b"/GoToR", b"/GoToE", b"/Movie", b"/RichMedia", b"/AcroForm", b"/XFA",
    b"/OpenAction", b"/Rendition", b"file:", b"evil", b"/PA ", b"script:", b"data:", b"/Ref ",
    b"/URI", b"/3D", b"/Subtype /PS", b"/Dur", b"/Dissolve",
]  # fmt: skip
IN_PLACE = sorted(KINDS.keys() - set(IN_A_WORKER))


def outcome(path: Path) -> str:
    try:
        prepared = prepare(path, CHAPTER.plan())
    except RejectedChapter as rejected:
        return rejected.reason if "chapter 1 (Beginnings)" in rejected.detail else rejected.detail
    if not prepared.repaired:
        return "bound"
    assert any("repaired" in warning for warning in prepared.warnings)
    return "repaired"


def test_there_are_enough_kinds() -> None:
    assert len(KINDS) >= 40


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_bad_file_has_its_promised_outcome(name: str, tmp_path: Path) -> None:
    make, promised = KINDS[name]
    source = tmp_path / "CH1.PDF"
    source.write_bytes(make())
    found = outcome(source)
    assert found in promised
    if found in ("bound", "repaired"):
        book = tmp_path / "book.pdf"
        bind_files(PLAN, [source], book)
        qpdf_check(book)
        if found == "bound" and name not in ("encrypted-aes", "several-ends"):
            assert looks(book) == looks(source)


@pytest.fixture(scope="module")
def bindery() -> Iterator[Bindery]:
    bindery = Bindery(workers=1)
    bindery.start(PLAN)
    yield bindery
    bindery.close()


@pytest.mark.parametrize("name", IN_A_WORKER)
def test_a_bomb_costs_one_chapter_and_no_more(name: str, bindery: Bindery, tmp_path: Path) -> None:
    make, promised = KINDS[name]
    source, good = tmp_path / "CH1.PDF", tmp_path / "GOOD.PDF"
    source.write_bytes(make())
    good.write_bytes(CHAPTER.data())
    try:
        found = "repaired" if bindery.submit(0, source).result().repaired else "bound"
    except RejectedChapter as rejected:
        found = rejected.reason
    assert found in promised
    assert bindery.submit(0, good).result().pages == 3


@pytest.mark.parametrize("name", sorted(ACTIVE_FILES))
def test_nothing_active_gets_into_the_book(name: str, tmp_path: Path) -> None:
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(ACTIVE_FILES[name]())
    bind_files(PLAN, [source], book)
    with pikepdf.open(book) as pdf:
        text = b"\n".join(map(told, pdf.objects)).lower()
    for word in ACTIVE_WORDS:
        assert word.lower() not in text


def test_a_field_that_has_no_picture_leaves_none(tmp_path: Path) -> None:
    field = "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(filled in)/Rect[60 60 200 80]>>"
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(Chapter(annotations={0: field}).data())
    bind_files(PLAN, [source], book)
    with pikepdf.open(book) as pdf:
        assert "/Annots" not in pdf.pages[0]


def told(item: pikepdf.Object) -> bytes:
    """All that an object says; of a stream, unparse() alone would give no more than its number."""
    if not isinstance(item, pikepdf.Stream):
        return item.unparse(resolved=True)
    table = item.get("/Type") == "/XRef"  # bytes that may spell anything
    return item.stream_dict.unparse(resolved=True) + (b"" if table else item.read_bytes())


def test_a_page_of_which_nothing_is_seen_is_a_page(tmp_path: Path) -> None:
    source = tmp_path / "CH1.PDF"
    source.write_bytes(Chapter(page_extra="/CropBox[600 800 900 1000]").data())
    assert bind_files(PLAN, [source], tmp_path / "book.pdf").pages == 3
    qpdf_check(tmp_path / "book.pdf")


def test_a_chapter_plan_without_sections_is_enough(tmp_path: Path) -> None:
    source = tmp_path / "any.pdf"
    source.write_bytes(CHAPTER.data())
    assert prepare(source, ChapterPlan(1, "Beginnings")).pages == 3
