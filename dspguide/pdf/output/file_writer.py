"""Writing a PDF file: object streams, a cross-reference stream, an /ID made of the content."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO

from deflate import zlib_compress

from dspguide.pdf.syntax import array, dictionary, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_OBJECTS_PER_STREAM = 500
_LEVEL = 9
_ID_BYTES = 16


class PdfFile:
    """Writes numbered objects to ``out`` in the order given; small ones go into object streams."""

    def __init__(self, out: BinaryIO, count: int) -> None:
        """``count`` is the highest number of an object that put() and put_stream() are given."""
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

    def put_stream(self, number: int, header: bytes, pieces: Iterable[bytes]) -> None:
        """Write a stream of ``pieces``; ``header`` is its dictionary, with its /Length."""
        self._entries[number] = (1, self._position, 0)
        self._write(b"%d 0 obj\n%b\nstream\n" % (number, header))
        for piece in pieces:
            self._write(piece)
        self._write(b"\nendstream\nendobj\n")

    def put_apart(self, number: int, body: bytes) -> None:
        """Write an object that may not stand in an object stream, such as a whole stream."""
        self._entries[number] = (1, self._position, 0)
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def close(self, root: int, info: int) -> tuple[int, str]:
        """Write the cross-reference stream; returns the file's bytes and SHA-256."""
        self._flush()
        identifier = self._hash.digest()[:_ID_BYTES]
        number = self._new_number()
        start = self._position
        self._entries[number] = (1, start, 0)
        width = max((start.bit_length() + 7) // 8, 2)
        rows = bytearray(b"\0" * (1 + width) + b"\xff\xff")
        for at in range(1, number + 1):
            kind, where, place = self._entries.get(at, (0, 0, 0))
            rows += bytes((kind,)) + where.to_bytes(width, "big") + place.to_bytes(2, "big")
        packed = bytes(zlib_compress(_up(bytes(rows), width + 3), _LEVEL))
        identity = b"<" + identifier.hex().encode() + b">"
        parameters = dictionary(("Predictor", b"12"), ("Columns", b"%d" % (width + 3)))
        header = dictionary(
            ("Type", b"/XRef"),
            ("Size", b"%d" % (number + 1)),
            ("W", b"[1 %d 2]" % width),
            ("Root", reference(root)),
            ("Info", reference(info)),
            ("ID", array([identity, identity])),
            ("Filter", b"/FlateDecode"),
            ("DecodeParms", parameters),
            ("Length", b"%d" % len(packed)),
        )
        self._write(b"%d 0 obj\n%b\nstream\n" % (number, header))
        self._write(packed)
        self._write(b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start)
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
        bodies = b"\n".join(body for _, body in self._waiting)
        packed = bytes(zlib_compress(first + bodies, _LEVEL))
        header = dictionary(
            ("Type", b"/ObjStm"),
            ("N", b"%d" % len(self._waiting)),
            ("First", b"%d" % len(first)),
            ("Filter", b"/FlateDecode"),
            ("Length", b"%d" % len(packed)),
        )
        self._waiting = []
        self.put_stream(number, header, (packed,))

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
