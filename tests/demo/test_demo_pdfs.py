"""The copy's PDFs have the real ones' traits, as tools that are not ours see them."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pypdf import PdfReader

from dspguide.demo import Book, Chapter, Site
from tests.pdf.tools import qpdf_status

LINEARIZED, RESAVED, PLAIN = 2, 3, 7
"""Chapters saved in one of the three ways."""


def characters(page: pypdfium2.PdfPage) -> list[tuple[str, float, float]]:
    """Each visible character with the left and bottom edge of its box."""
    text = page.get_textpage()
    count = text.count_chars()
    found = [(text.get_text_range(n, 1), *text.get_charbox(n)[:2]) for n in range(count)]
    text.close()
    return [(char, left, bottom) for char, left, bottom in found if char.strip()]


def line_at(page: pypdfium2.PdfPage, bottom: float, top: float) -> str:
    """The text of the page between two heights."""
    text = page.get_textpage()
    line: str = text.get_text_bounded(bottom=bottom, top=top)
    text.close()
    return " ".join(line.split())


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
        page.render(scale=0.1)
    document.close()


@pytest.mark.parametrize("number", [1, 2, 6, 24, 34])
def test_headings_and_printed_numbers_stand_where_the_book_says(site: Site, number: int) -> None:
    chapter = site.book.chapter(number)
    document = pypdfium2.PdfDocument(site.pdf(number))
    for heading in chapter.headings:
        page = document[heading.page_index]
        assert heading.section.printed_title in line_at(page, heading.bottom, heading.top + 1)
    for index, printed in enumerate(chapter.printed_numbers):
        place = (30, 46) if index == 0 else (654, 672)
        line = line_at(document[index], *place).split()
        assert printed == (line[0] if int(printed) % 2 == 0 or index == 0 else line[-1])
    document.close()


def test_first_page_says_which_chapter_it_is(site: Site) -> None:
    document = pypdfium2.PdfDocument(site.pdf(7))
    text = line_at(document[0], 560, 625)
    assert "CHAPTER" in text
    assert "7" in text
    assert site.book.chapter(7).title in text
    document.close()


def test_titles_also_stand_in_captions_and_text(site: Site) -> None:
    chapter = site.book.chapter(6)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(site.pdf(6))).pages]
    text = "\n".join(pages)
    assert text.count(chapter.sections[0].printed_title) >= 3
    assert "FIGURE 6-1" in text
    assert "TABLE 6-1" in text


def test_streams_are_lzw_flate_ascii85_and_bare(site: Site) -> None:
    filters = set()
    for number in range(1, 9):
        with pikepdf.open(io.BytesIO(site.pdf(number))) as pdf:
            for item in pdf.objects:
                if isinstance(item, pikepdf.Stream):
                    filters.add(str(item.get("/Filter", "none")))
    assert {"/LZWDecode", "/FlateDecode", "none"} <= filters
    assert any("/ASCII85Decode" in name for name in filters)


def test_text_fonts_are_only_named_and_the_font_of_signs_is_embedded(site: Site) -> None:
    for number in (2, 3, 5):
        with pikepdf.open(io.BytesIO(site.pdf(number))) as pdf:
            for item in pdf.objects:
                if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                    named = str(item.FontName).startswith(("/Arial", "/Courier", "/Times"))
                    assert named is not ("/FontFile3" in item)


def test_no_outline_no_links_no_object_streams_and_junk_info(site: Site) -> None:
    for number in (LINEARIZED, RESAVED, PLAIN, 34):
        data = site.pdf(number)
        assert data.startswith(b"%PDF-1.4")
        assert b"/ObjStm" not in data
        assert b"/Annots" not in data
        assert b"/Outlines" not in data
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
    assert site.pdf(RESAVED).count(b"%%EOF") == 2


def test_a_resaved_file_cut_at_95_percent_opens_with_all_its_pages(site: Site) -> None:
    data = site.pdf(RESAVED)
    cut = PdfReader(io.BytesIO(data[: int(len(data) * 0.95)]))
    assert len(cut.pages) == site.book.chapter(RESAVED).pages


def test_the_old_set_brings_poor_outlines() -> None:
    site = Site(Book.standard(chapters=2, old_set=True))
    reader = PdfReader(io.BytesIO(site.pdf(2)))
    assert site.pdf(2).startswith(b"%PDF-1.2")
    outline = [item for item in reader.outline if not isinstance(item, list)]
    sections = site.book.chapter(2).sections
    assert [str(item.title) for item in outline][-len(sections) :] == [
        f"{s.title}:" for s in sections
    ]
    assert b"/F (contents.pdf) /S /GoToR" in site.pdf(2)


def test_the_same_bytes_under_another_hash_seed(site: Site) -> None:
    program = (
        "import hashlib; from dspguide.demo import Site\n"
        "print(*(hashlib.sha256(Site().pdf(n)).hexdigest() for n in (2, 3, 8)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout.split() == [hashlib.sha256(site.pdf(n)).hexdigest() for n in (2, 3, 8)]


def test_a_cache_directory_gives_the_same_bytes_the_next_time(tmp_path: Path) -> None:
    book = Book.standard(chapters=2)
    first = Site(book, cache=tmp_path).pdf(2)
    assert Site(book, cache=tmp_path).pdf(2) == first == Site(book).pdf(2)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("number", [1, 18])
def test_a_full_size_chapter_has_the_real_ones_size(number: int) -> None:
    book = Book.standard("full")
    chapter: Chapter = book.chapter(number)
    size = len(Site(book).pdf(number))
    assert abs(size - chapter.kilobytes * 1000) < 0.08 * chapter.kilobytes * 1000
