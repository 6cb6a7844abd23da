"""Files that are not as they should be, of which readers show all, or not."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Dictionary, Name

from dspguide.pdf import BindResult, BookPlan, Limits, RejectedChapter, bind_files
from dspguide.pdf.source.flate import End, check, unpack
from tests.pdf.nasty import CONTENT, with_content, with_image
from tests.pdf.samples import Chapter, page_object
from tests.pdf.tools import looks, qpdf_check, qpdf_status

if TYPE_CHECKING:
    from pathlib import Path

PLAN = BookPlan("Book", None, "en", (Chapter().plan(),))
PACKED = zlib.compress(CONTENT)


def bound(data: bytes, tmp_path: Path, limits: Limits | None = None) -> BindResult:
    """Bind a chapter; the book is sound and looks as the chapter does."""
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(data)
    result = bind_files(PLAN, [source], book, limits=limits)
    qpdf_check(book)
    return result


def flushed() -> bytes:
    packer = zlib.compressobj()
    return packer.compress(CONTENT) + packer.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (PACKED[:-4] + bytes(4), "checksum is wrong"),
        (PACKED[:-4], "had no checksum"),
        (PACKED[:-1], "had no checksum"),
        (flushed(), "had no checksum"),
        (PACKED[:-5], "last block is not closed"),
    ],
)
def test_content_whose_end_is_wrong_is_bound_with_a_warning(
    data: bytes, word: str, tmp_path: Path
) -> None:
    result = bound(with_content(data, "/Filter/FlateDecode"), tmp_path)
    assert word in result.warnings[0]
    right = looks(with_content(PACKED, "/Filter/FlateDecode"))
    assert looks(tmp_path / "book.pdf") == right


@given(cut=st.integers(8, len(PACKED) - 3))
def test_content_of_which_words_are_lost_is_never_taken_for_whole(cut: int) -> None:
    try:
        found = check(PACKED[:-cut], 1 << 20)
    except ValueError:
        return
    assert found.end is End.UNCLOSED
    assert found.length == len(unpack(PACKED[:-cut])) < len(CONTENT)


@given(data=st.binary(max_size=5000), most=st.integers(1, 6000))
def test_sound_data_are_sound_and_never_unpacked_much_further_than_may_be(
    data: bytes, most: int
) -> None:
    found = check(zlib.compress(data), most)
    assert found.end is End.SOUND
    assert found.length == len(data) or found.length > most


@pytest.mark.parametrize("broken", [False, True], ids=["sound file", "broken table"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "object streams"])
@pytest.mark.parametrize(
    "without",
    [rb"/Contents \d+ 0 R", rb"(/Contents \d+ 0 R|/Resources<<.*?>>>>)"],
    ids=["no content", "nothing at all"],
)
def test_a_blank_page_is_a_page(without: bytes, packed: bool, broken: bool, tmp_path: Path) -> None:
    file = Chapter().raw()
    body = file.bodies[page_object(1) - 1]
    file.set(page_object(1), re.sub(without, b"", body))
    data = file.data()
    if packed:
        (tmp_path / "plain.pdf").write_bytes(data)
        with pikepdf.open(tmp_path / "plain.pdf") as pdf:
            pdf.save(tmp_path / "packed.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
        data = (tmp_path / "packed.pdf").read_bytes()
    if broken:
        data = data.replace(b"startxref\n", b"startxref\n1")
    result = bound(data, tmp_path)
    assert result.pages == 3
    assert any("repaired" in text for text in result.warnings) == broken
    assert "Every signal" not in looks(tmp_path / "book.pdf")[1][1]


@pytest.mark.parametrize("contents", ["()", "(q Q)", "<<>>", "/Name", "12", "null", "[]", "[() 7]"])
def test_what_is_no_content_is_passed_over(contents: str, tmp_path: Path) -> None:
    file = Chapter().raw()
    body = file.bodies[page_object(1) - 1]
    file.set(page_object(1), re.sub(rb"/Contents \d+ 0 R", f"/Contents {contents}".encode(), body))
    assert bound(file.data(), tmp_path).pages == 3


def scans(count: int, side: int, path: Path) -> None:
    with pikepdf.new() as pdf:
        for gray in range(count):
            samples = zlib.compress(bytes([gray]) * (side * side), 1)
            image = pdf.make_stream(
                samples,
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=side,
                Height=side,
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=8,
                Filter=Name.FlateDecode,
            )
            pdf.add_blank_page(page_size=(522, 702))
            page = pdf.pages[-1].obj
            page.Resources = Dictionary(XObject=Dictionary(I=image))
            page.Contents = pdf.make_stream(b"q 522 0 0 702 0 0 cm /I Do Q")
        pdf.save(path)


def test_what_images_unpack_to_is_not_counted_together(tmp_path: Path) -> None:
    scans(6, 1000, tmp_path / "scan.pdf")
    limits = Limits(decoded_bytes=1_500_000)
    assert bound((tmp_path / "scan.pdf").read_bytes(), tmp_path, limits).pages == 6


def test_content_that_unpacks_to_more_than_may_be_is_too_big(tmp_path: Path) -> None:
    data = with_content(zlib.compress(CONTENT + b" " * 100_000), "/Filter/FlateDecode")
    bound(data, tmp_path, Limits(decoded_bytes=200_000))
    with pytest.raises(RejectedChapter) as caught:
        bound(data, tmp_path, Limits(decoded_bytes=50_000))
    assert caught.value.reason == "too-big"


@pytest.mark.parametrize(
    "parameters",
    [
        "/Predictor 15/Columns 2147483647",
        "/Predictor 2/Columns 9/Colors 2000000000",
        "/Predictor 12/Columns 0",
        "/Predictor 12/Columns -5",
    ],
)
def test_rows_that_no_reader_takes_are_in_no_book(parameters: str, tmp_path: Path) -> None:
    extra = (
        f"/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode/DecodeParms<<{parameters}>>"
    )
    result = bound(with_image(zlib.compress(bytes(256)), extra), tmp_path)
    assert "1 of its images or fonts cannot be decoded" in result.warnings[0]
    with pikepdf.open(tmp_path / "book.pdf") as book:
        assert not any(
            "/DecodeParms" in item and item.get("/Type") != "/XRef"
            for item in book.objects
            if isinstance(item, pikepdf.Stream)
        )


@pytest.mark.parametrize("number", ["9" * 20, "-" + "9" * 20, "4294967296", "9" * 400, "9" * 5000])
@pytest.mark.parametrize(
    "where", ["/Rotate {}", "/UserUnit {}", "/TrimBox[0 0 9 {}]", "/Group<</S/Transparency/K {}>>"]
)
def test_a_number_that_no_reader_takes_is_refused_or_mended(
    where: str, number: str, tmp_path: Path
) -> None:
    try:
        bound(Chapter(page_extra=where.format(number)).data(), tmp_path)
    except RejectedChapter as rejected:
        assert rejected.reason in ("damaged", "no-pages")  # noqa: PT017 - else it is mended
        return
    with pikepdf.open(tmp_path / "book.pdf") as book:
        for item in book.objects:
            assert not re.search(rb"(?<![\d<a-f])\d{11}", item.unparse())


@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=4),
    cut=st.floats(0, 1) | st.none(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_was_changed_anywhere_is_bound_or_refused(
    changes: list[tuple[float, bytes]], cut: float | None, tmp_path: Path
) -> None:
    data = bytearray(Chapter().data())
    for where, new in changes:
        start = int(where * (len(data) - len(new)))
        data[start : start + len(new)] = new
    source, book = tmp_path / "CH1.PDF", tmp_path / "book.pdf"
    source.write_bytes(data[: int(cut * len(data))] if cut else data)
    try:
        result = bind_files(PLAN, [source], book)
    except RejectedChapter as rejected:
        assert rejected.detail.startswith("chapter 1 (Beginnings) cannot be bound: ")  # noqa: PT017
        return
    assert 1 <= result.pages <= 3
    assert qpdf_status(book) in (0, 3)  # a page may have been nonsense, the book's structure is not


@pytest.mark.parametrize("lost", ["font", "nothing"])
def test_a_file_that_was_cut_before_its_fonts_is_no_chapter(tmp_path: Path, lost: str) -> None:
    file = Chapter(1, "Beginnings").raw()
    font = file.add("<</Type/Font/Subtype/Type1/BaseFont/Courier>>")
    for index in range(3):
        body = file.bodies[page_object(index) - 1]
        file.set(page_object(index), body.replace(b"/T 1 0 R", b"/T %d 0 R" % font))
    data = file.data()
    cut = data.index(b"%d 0 obj" % font) if lost == "font" else data.rindex(b"xref\n")
    source = tmp_path / "cut.pdf"
    source.write_bytes(data[:cut])
    if lost == "nothing":
        assert "repaired" in bind_files(PLAN, [source], tmp_path / "book.pdf").warnings[0]
    else:
        with pytest.raises(RejectedChapter, match="1 of the file's objects are lost"):
            bind_files(PLAN, [source], tmp_path / "book.pdf")
