"""As the 1990s wrote files: streams in LZW; plain, or linearized and changed, or saved twice."""

from __future__ import annotations

import base64
import io
import re
import zlib
from typing import TYPE_CHECKING

import pikepdf
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from dspguide.demo.book import Chapter

_SECOND_SAVE = 0.08
"""Part of a file saved twice that came with the second time."""
_TRAILER = re.compile(rb"trailer (<<.*)>>\nstartxref\n(\d+)\n%%EOF\n$", re.DOTALL)


def lzw(data: bytes) -> bytes:
    """For LZWDecode, which TIFF has for its strips: the one strip of an image one line high."""
    if not data:  # is no image
        return b"\x80@@"
    file = io.BytesIO()
    Image.frombytes("L", (len(data), 1), data).save(file, "TIFF", compression="tiff_lzw")
    with Image.open(file) as image:
        tags = image.tag_v2
        (offset,), (count,) = tags[273], tags[279]  # StripOffsets, StripByteCounts
    return file.getvalue()[offset : offset + count]


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "LZWDecode": lzw,
    "FlateDecode": zlib.compress,
    "ASCII85Decode": lambda data: base64.a85encode(data, wrapcol=72) + b"~>",
}
"""By the name that PDF has for the decoder, without its slash."""


def plain(pdf: pikepdf.Pdf, *, linearize: bool = False) -> bytes:
    """The file in one piece, each stream as it is."""
    file = io.BytesIO()
    pdf.save(
        file,
        force_version="1.4",
        linearize=linearize,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        deterministic_id=True,
        fix_metadata_version=False,
    )
    return file.getvalue()


def saved(pdf: pikepdf.Pdf, chapter: Chapter) -> bytes:
    """The file as careless people left it."""
    info, shape = pdf.docinfo, chapter.shape
    info.Title = "C:\\Benford\\Benford.wpd" if shape == 33 else f"Chapter {chapter.number} "
    info.Creator, info.Producer = "Typing Engine 8", "Page Distillery 4.05"
    date = f"1999{shape % 12 + 1:02}12093015" if shape % 3 else "00000101000000Z"
    info.CreationDate = f"D:{date}"
    if shape == 21:
        info.Author = "Owner"
    if shape % 10 == 2:
        return _saved_twice(pdf)
    if shape % 3 == 1:
        # Something changed the file after its hints were made, as happened to the real ones.
        return re.sub(rb"/E \d", b"/E 9", plain(pdf, linearize=True), count=1)
    return plain(pdf)


def _saved_twice(pdf: pikepdf.Pdf) -> bytes:
    """Saved without the text of its last pages, then again with an update; ISO 32000-1, 7.5.6."""
    late: dict[int, bytes] = {}
    left = len(plain(pdf)) * _SECOND_SAVE
    for index in reversed(range(len(pdf.pages))):
        stream = pdf.pages[index].obj.Contents[0]
        raw = stream.read_raw_bytes()
        late[index] = b"%b\nstream\n%b\nendstream" % (stream.stream_dict.unparse(), raw)
        stream.write(b"q Q\n")
        left -= len(raw)
        if left <= 0:
            break
    file = bytearray(plain(pdf))
    trailer = _TRAILER.search(file)
    if trailer is None:
        raise ValueError("qpdf writes its trailers in another way")
    table = b""
    with pikepdf.open(io.BytesIO(file)) as first:
        for index, body in late.items():
            number = first.pages[index].obj.Contents[0].objgen[0]
            table += b"%d 1\n%010d 00000 n \n" % (number, len(file))
            file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    entries = b"%b/Prev %b >>" % trailer.groups()
    file += b"xref\n%btrailer %b\nstartxref\n%d\n%%%%EOF\n" % (table, entries, len(file))
    return bytes(file)
