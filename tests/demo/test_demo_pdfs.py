"""The PDFs have the real ones' traits, as tools that are not ours see them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
import pytest
from pypdf import PdfReader

from dspguide.demo import Book, Chapter, Site
from tests.pdf.tools import qpdf_status

if TYPE_CHECKING:
    from collections.abc import Iterator

LINEARIZED, RESAVED, PLAIN = 2, 3, 1
"""Chapters saved in one of the three ways."""

REAL = {
    "objects": 5_797,
    "characters": 1_553_000,
    "LZWDecode streams": 624,
    "LZWDecode raw": 6_020_000,
    "LZWDecode decoded": 17_990_000,
    "none streams": 321,
    "none raw": 3_660_000,
    "FlateDecode streams": 204,
    "FlateDecode raw": 1_620_000,
    "FlateDecode decoded": 6_820_000,
    "ASCII85Decode streams": 87,
    "image none streams": 123,
    "image none raw": 3_750_000,
    "image DCTDecode streams": 1,
    "image DCTDecode raw": 170_000,
}
"""What the real files hold, all together."""


class Line:
    """A line of a page as PDFium reads it, with the place and the font of its first character."""

    def __init__(self, text: pypdfium2.PdfTextPage, start: int, words: str) -> None:
        self.words = words.strip()
        self.left, self.bottom, _, self.top = text.get_charbox(start)


def lines(document: pypdfium2.PdfDocument, index: int) -> Iterator[Line]:
    page = document[index]
    text = page.get_textpage()
    start = 0
    for words in text.get_text_range().split("\n"):
        if words.strip():
            yield Line(text, start, words)
        start += len(words) + 1
    text.close()
    page.close()


@pytest.fixture(params=[1, 2, 6, 24, 34])
def chapter(request: pytest.FixtureRequest, book: Book) -> Chapter:
    return book.chapter(request.param)


@pytest.fixture
def document(site: Site, chapter: Chapter) -> Iterator[pypdfium2.PdfDocument]:
    opened = pypdfium2.PdfDocument(site.pdf(chapter.number))
    yield opened
    opened.close()


@pytest.mark.parametrize("number", range(1, 35))
def test_every_chapter_reads_everywhere(site: Site, tmp_path: Path, number: int) -> None:
    data = site.pdf(number)
    file = tmp_path / "chapter.pdf"
    file.write_bytes(data)
    assert qpdf_status(file) in (0, 3)
    expected = site.book.chapter(number).pages
    assert len(PdfReader(file).pages) == expected
    document = pypdfium2.PdfDocument(data)
    assert len(document) == expected
    for page in document:
        assert page.get_size() == (522, 702)
        page.close()
    document.close()


def test_headings_and_captions_stand_where_the_book_says(
    chapter: Chapter, document: pypdfium2.PdfDocument
) -> None:
    places = [(h.page_index, h.top, h.label) for h in chapter.headings]
    places += [(c.page_index, c.top, f"{c.kind.upper()} {c.label}") for c in chapter.captions]
    for index, top, words in places:
        text = document[index].get_textpage()
        search = text.search(words, match_case=True)
        found = []
        while hit := search.get_next():
            left, _, _, upper = text.get_charbox(hit[0])
            found.append(abs(left - 67) < 3 and abs(upper - top) < 3)
        assert found.count(True) == 1
        search.close()
        text.close()


def test_references_stand_on_their_pages_in_the_order_of_reading(
    chapter: Chapter, document: pypdfium2.PdfDocument
) -> None:
    for index in range(chapter.pages):
        words = " ".join(line.words for line in lines(document, index))
        place = 0
        for reference in chapter.references:
            if reference.page_index == index:
                assert reference.text in words
                place = words.find(reference.text, place)
                assert place >= 0


def test_printed_numbers_stand_at_the_foot_then_left_or_right_in_the_head(
    chapter: Chapter, document: pypdfium2.PdfDocument
) -> None:
    for index, printed in enumerate(chapter.printed_numbers):
        first, *_ = lines(document, index)
        if index == 0:
            assert (first.words, first.bottom < 50) == (printed, True)
        else:
            assert first.bottom > 640
            place = 0 if int(printed) % 2 == 0 else -1
            assert first.words.split()[place] == printed


def test_a_chapter_opens_with_its_number_before_its_title_and_chapter_in_small_print(
    chapter: Chapter, document: pypdfium2.PdfDocument
) -> None:
    found = list(lines(document, 0))
    assert [line.words for line in found[1:3]] == ["CHAPTER", str(chapter.number)]
    small, number = found[1:3]
    (title,) = (line for line in found if line.words == chapter.title and line.left > 160)
    assert [(round(line.left), round(line.bottom)) for line in (small, number, title)] == [
        (67, 606),
        pytest.approx((83, 570), abs=3),
        pytest.approx((169, 589), abs=4),
    ]
    assert small.top - small.bottom < 7
    assert number.top - number.bottom > 16


def test_titles_also_stand_in_captions_and_text(site: Site) -> None:
    chapter = site.book.chapter(6)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(site.pdf(6))).pages)
    assert text.count(chapter.sections[0].printed_title) >= 3


def test_text_fonts_are_only_named_and_the_font_of_mathematics_is_embedded(site: Site) -> None:
    embedded: set[str] = set()
    named: set[str] = set()
    for number in (2, 3, 5):
        with pikepdf.open(io.BytesIO(site.pdf(number))) as pdf:
            for item in pdf.objects:
                if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                    own = embedded if any(f"/FontFile{n}" in item for n in ("", 2, 3)) else named
                    own.add(str(item.FontName).partition("+")[2] or str(item.FontName))
    assert named >= {"/TimesNewRoman", "/TimesNewRoman,Italic", "/Arial", "/Arial,Bold"}
    assert len(embedded) == 1


def test_no_outline_no_links_no_object_streams_and_junk_info(site: Site) -> None:
    for number in (LINEARIZED, RESAVED, PLAIN, 34):
        data = site.pdf(number)
        assert data.startswith(b"%PDF-1.4")
        assert not re.search(rb"/ObjStm|/Annots|/Outlines|/PageLabels|/StructTreeRoot", data)
    titles = {PdfReader(io.BytesIO(site.pdf(n))).metadata.title for n in (13, 34)}  # type: ignore[union-attr]  # there is one
    assert titles == {"Chapter 13 ", "C:\\Benford\\Benford.wpd"}
    assert any(b"(D:00000101000000Z)" in site.pdf(n) for n in (1, 4))


def test_files_are_linearized_with_stale_hints_resaved_or_plain(site: Site, tmp_path: Path) -> None:
    statuses = {}
    for number in (LINEARIZED, RESAVED, PLAIN):
        file = tmp_path / f"{number}.pdf"
        file.write_bytes(site.pdf(number))
        statuses[number] = qpdf_status(file)
    assert statuses == {LINEARIZED: 3, RESAVED: 0, PLAIN: 0}
    assert b"/Linearized" in site.pdf(LINEARIZED)[:1000]
    assert site.pdf(RESAVED).count(b"%%EOF") == 2


def test_a_resaved_file_cut_at_95_percent_opens_with_all_its_pages(site: Site) -> None:
    data = site.pdf(RESAVED)
    cut = PdfReader(io.BytesIO(data[: int(len(data) * 0.95)]))
    assert len(cut.pages) == site.book.chapter(RESAVED).pages


def test_the_same_bytes_under_another_hash_seed(site: Site) -> None:
    program = (
        "import hashlib; from dspguide.demo import Site\n"
        "print(*(hashlib.sha256(Site().pdf(n)).hexdigest() for n in (2, 3, 24)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout.split() == [hashlib.sha256(site.pdf(n)).hexdigest() for n in (2, 3, 24)]


def test_a_cache_directory_gives_the_same_bytes_the_next_time(tmp_path: Path) -> None:
    book = Book.standard(chapters=2)
    first = Site(book, cache=tmp_path).pdf(2)
    assert Site(book, cache=tmp_path).pdf(2) == first == Site(book).pdf(2)
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == first


def test_a_full_size_chapter_has_the_small_ones_headings_captions_and_references() -> None:
    full, small = (Book.standard(size).chapter(7) for size in ("full", "small"))
    assert full == small
    assert full.references == small.references


def work(data: bytes) -> Iterator[tuple[str, int]]:
    """Counts of what a program has to go through in a file."""
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
        yield "objects", len(pdf.objects)
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                image = "image " if item.get("/Subtype") == "/Image" else ""
                filters = str(item.get("/Filter", "/none"))[1:]
                yield f"{image}{filters} streams", 1
                yield f"{image}{filters} raw", len(item.read_raw_bytes())
                if filters != "DCTDecode":
                    yield f"{image}{filters} decoded", len(item.read_bytes())
    document = pypdfium2.PdfDocument(data)
    for page in document:
        text = page.get_textpage()
        yield "characters", text.count_chars()
        text.close()
        page.close()
    document.close()


@pytest.mark.timeout(240)
def test_the_full_size_has_the_real_files_sizes_and_work() -> None:
    book = Book.standard("full")
    site = Site(book)
    counts: Counter[str] = Counter()
    for chapter in book.chapters:
        data = site.pdf(chapter.number)
        assert abs(len(data) / 1000 / chapter.kilobytes - 1) < 0.05
        for name, count in work(data):
            counts[name] += count
    assert {name: counts[name] for name in REAL} == {
        name: pytest.approx(count, rel=0.1) for name, count in REAL.items()
    }
    assert counts.keys() - REAL.keys() <= {
        "none decoded",
        "image none decoded",
        "ASCII85Decode raw",
        "ASCII85Decode decoded",
    }
