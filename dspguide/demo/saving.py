"""How a chapter's file is written: plain, linearized with stale hints, or saved twice."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem

if TYPE_CHECKING:
    from dspguide.demo.book import Chapter

_SECOND_SAVE = 0.08
"""Part of a file saved twice that came with the second time."""
_TRAILER = re.compile(rb"trailer (<<.*>>)\nstartxref\n(\d+)\n%%EOF\n$", re.DOTALL)


def plain(pdf: pikepdf.Pdf, version: str = "1.4", *, linearize: bool = False) -> bytes:
    """The file in one piece, each stream as it is."""
    file = io.BytesIO()
    pdf.save(
        file,
        force_version=version,
        linearize=linearize,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        deterministic_id=True,
        fix_metadata_version=False,
    )
    return file.getvalue()


def saved(pdf: pikepdf.Pdf, chapter: Chapter, *, old_set: bool) -> bytes:
    """The file as careless people left it."""
    _junk(pdf, chapter)
    if old_set:
        _old_outline(pdf, chapter)
        return plain(pdf, "1.2")
    if chapter.shape % 10 == 2:
        return _saved_twice(pdf)
    if chapter.shape % 3 == 1:
        # Something changed the file after its hints were made, as happened to the real ones.
        return re.sub(rb"/E \d", b"/E 9", plain(pdf, linearize=True), count=1)
    return plain(pdf)


def _junk(pdf: pikepdf.Pdf, chapter: Chapter) -> None:
    shape = chapter.shape
    info = pdf.docinfo
    info.Title = "C:\\Benford\\Benford.wpd" if shape == 33 else f"Chapter {chapter.number} "
    info.Creator, info.Producer = "Typing Engine 8", "Page Distillery 4.05"
    info.CreationDate = (
        f"D:{'00000101000000Z' if shape % 3 == 0 else f'1999{shape % 12 + 1:02}12093015'}"
    )
    if shape == 21:
        info.Author = "Owner"


def _old_outline(pdf: pikepdf.Pdf, chapter: Chapter) -> None:
    """The outline of the set of 1999: a dead entry, colons, a zoom that nobody asked for."""
    nowhere = Dictionary(S=Name.GoToR, F="contents.pdf", D=Array([0, Name.XYZ, 0, 702, 1.25]))
    with pdf.open_outline() as outline:
        outline.root.append(OutlineItem("Table of Contents", action=nowhere))
        for heading in chapter.headings:
            page = pdf.pages[heading.page_index].obj
            place = Array([page, Name.XYZ, 0, round(heading.top, 1), 1.25])
            outline.root.append(OutlineItem(f"{heading.section.title}:", place))
    pdf.Root.PageMode = Name.UseOutlines


def _saved_twice(pdf: pikepdf.Pdf) -> bytes:
    """Saved with the text of its last pages missing, then again with an update for that."""
    late: dict[int, bytes] = {}
    left = len(plain(pdf)) * _SECOND_SAVE
    for index in reversed(range(len(pdf.pages))):
        stream = pdf.pages[index].obj.Contents[0]
        raw = stream.read_raw_bytes()
        entries = f"/Filter {stream.Filter} " if "/Filter" in stream else ""
        late[index] = f"<< {entries}/Length {len(raw)} >>\nstream\n".encode() + raw + b"\nendstream"
        stream.write(b"q Q\n")
        left -= len(raw)
        if left <= 0:
            break
    first = plain(pdf)
    with pikepdf.open(io.BytesIO(first)) as again:
        objects = {again.pages[i].obj.Contents[0].objgen[0]: body for i, body in late.items()}
    return _updated(first, objects)


def _updated(first: bytes, objects: dict[int, bytes]) -> bytes:
    """An incremental update; ISO 32000-1, 7.5.6."""
    trailer = _TRAILER.search(first)
    if trailer is None:
        raise ValueError("qpdf writes its trailers in another way")
    file = bytearray(first)
    table = b""
    for number, body in sorted(objects.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    place = len(file)
    entries = trailer[1].removesuffix(b">>") + b"/Prev %b >>" % trailer[2]
    file += b"xref\n%btrailer %b\nstartxref\n%d\n%%%%EOF\n" % (table, entries, place)
    return bytes(file)
