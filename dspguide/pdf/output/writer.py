"""Writing the book's file: pypdf's table of objects, for objects that are bytes already.

Those without a stream are packed into object streams; a cross-reference stream says where all are,
and an /ID made of the content ends the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from deflate import zlib_compress
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from dspguide.pdf.spool import Stored
from dspguide.pdf.syntax import dictionary, reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dspguide.pdf.spool import Spool

Pieces = list["bytes | IndirectObject"]

_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_OBJECTS_PER_STREAM = 500
_LEVEL = 9
_ID_BYTES = 16


def pypdf_object(value: object) -> PdfObject:
    """A plain value as an object of pypdf; strings are names, with their slash."""
    if isinstance(value, PdfObject):
        return value
    if isinstance(value, dict):
        return DictionaryObject({NameObject(k): pypdf_object(v) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return ArrayObject(map(pypdf_object, value))
    if isinstance(value, bool):
        return BooleanObject(value)
    if isinstance(value, int):
        return NumberObject(value)
    return NullObject() if value is None else NameObject(value)


@dataclass(eq=False)
class FrozenObject(PdfObject):
    """An object that is PDF syntax already, with references between its pieces.

    ``stream`` is None for an object that is no stream; else the pieces are its dictionary.
    """

    pieces: Sequence[bytes | IndirectObject] = ()
    stream: bytes | Stored | None = None

    def syntax(self) -> bytes:
        """Return the object without its stream."""
        return b"".join(
            piece if isinstance(piece, bytes) else reference(piece.idnum) for piece in self.pieces
        )


class BookWriter(PdfWriter):
    """A PdfWriter that is given objects one by one, and packs those without a stream."""

    def put(self, item: PdfObject) -> IndirectObject:
        """Add an object; returns the reference to it."""
        return self._add_object(item)

    def replace(self, reference: IndirectObject, item: PdfObject) -> None:
        """Put another object in the place of one."""
        self._replace_object(reference, item)

    def write_packed(self, out: BinaryIO, spool: Spool) -> tuple[int, str]:
        """Write the file; returns its bytes and SHA-256. Raises OSError."""
        file = _PdfFile(out, len(self._objects))
        for number, item in enumerate(self._objects, start=1):
            if isinstance(item, FrozenObject):
                stream = item.stream
                if stream is None:
                    file.put(number, item.syntax())
                else:
                    pieces = spool.pieces(stream) if isinstance(stream, Stored) else (stream,)
                    file.put_apart(number, item.syntax(), pieces)
            elif item is not None:
                buffer = BytesIO()
                item.write_to_stream(buffer)
                put = file.put_apart if isinstance(item, StreamObject) else file.put
                put(number, buffer.getvalue())
        info = self._info_obj
        root = self.root_object.indirect_reference
        if info is None or info.indirect_reference is None or root is None:
            raise ValueError("a new writer has a catalog and document information")
        return file.close(root.idnum, info.indirect_reference.idnum)


class _PdfFile:
    """Writes numbered objects to ``out`` in the order given; small ones go into object streams."""

    def __init__(self, out: BinaryIO, count: int) -> None:
        """``count`` is the highest number of an object that is given."""
        self._out = out
        self._hash = hashlib.sha256()
        self._position = 0
        self._count = count
        # By object number: (1, offset, 0), or (2, number of the object stream, place in it).
        self._entries: dict[int, tuple[int, int, int]] = {}
        self._waiting: list[tuple[int, bytes]] = []
        self._write(_HEADER)

    def put(self, number: int, body: bytes) -> None:
        """Write an object without stream data."""
        self._waiting.append((number, body))
        if len(self._waiting) >= _OBJECTS_PER_STREAM:
            self._flush()

    def put_apart(self, number: int, body: bytes, stream: Iterable[bytes] | None = None) -> None:
        """Write an object that may not stand in an object stream.

        Where ``stream`` has its stream in pieces, ``body`` is its dictionary, with its /Length.
        """
        self._entries[number] = (1, self._position, 0)
        if stream is None:
            self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
            return
        self._write(b"%d 0 obj\n%b\nstream\n" % (number, body))
        for piece in stream:
            self._write(piece)
        self._write(b"\nendstream\nendobj\n")

    def close(self, root: int, info: int) -> tuple[int, str]:
        """Write the cross-reference stream; returns the file's bytes and SHA-256."""
        self._flush()
        identity = b"<" + self._hash.digest()[:_ID_BYTES].hex().encode() + b">"
        number, start = self._new_number(), self._position
        self._entries[number] = (1, start, 0)
        width = max((start.bit_length() + 7) // 8, 2)
        rows = bytearray(b"\0" * (1 + width) + b"\xff\xff")
        for at in range(1, number + 1):
            kind, where, place = self._entries.get(at, (0, 0, 0))
            rows += bytes((kind,)) + where.to_bytes(width, "big") + place.to_bytes(2, "big")
        self._put_packed(
            number,
            _up(bytes(rows), width + 3),
            ("Type", b"/XRef"),
            ("Size", b"%d" % (number + 1)),
            ("W", b"[1 %d 2]" % width),
            ("Root", reference(root)),
            ("Info", reference(info)),
            ("ID", b"[%b %b]" % (identity, identity)),
            parameters=dictionary(("Predictor", b"12"), ("Columns", b"%d" % (width + 3))),
        )
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)
        return self._position, self._hash.hexdigest()

    def _flush(self) -> None:
        if not self._waiting:
            return
        number = self._new_number()
        index: list[bytes] = []
        position = 0
        for place, (at, body) in enumerate(self._waiting):
            self._entries[at] = (2, number, place)
            index.append(b"%d %d" % (at, position))
            position += len(body) + 1
        first = b" ".join(index) + b"\n"
        self._put_packed(
            number,
            first + b"\n".join(body for _, body in self._waiting),
            ("Type", b"/ObjStm"),
            ("N", b"%d" % len(self._waiting)),
            ("First", b"%d" % len(first)),
        )
        self._waiting = []

    def _put_packed(
        self, number: int, data: bytes, *entries: tuple[str, bytes], parameters: bytes = b""
    ) -> None:
        packed = bytes(zlib_compress(data, _LEVEL))
        told = [*entries, ("Filter", b"/FlateDecode")]
        if parameters:
            told.append(("DecodeParms", parameters))
        header = dictionary(*told, ("Length", b"%d" % len(packed)))
        self.put_apart(number, header, (packed,))

    def _new_number(self) -> int:
        self._count += 1
        return self._count

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._hash.update(data)
        self._position += len(data)


def _up(rows: bytes, width: int) -> bytes:
    """PNG's "up" prediction: each row as its difference from the one above."""
    out = bytearray()
    above = bytes(width)
    for start in range(0, len(rows), width):
        row = rows[start : start + width]
        out.append(2)
        out += bytes((a - b) & 255 for a, b in zip(row, above, strict=True))
        above = row
    return bytes(out)
