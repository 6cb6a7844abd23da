"""pypdf's writer, for objects that are bytes already and for files with object streams."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from pypdf import PdfWriter
from pypdf.generic import IndirectObject, PdfObject, StreamObject

from dspguide.pdf.output.file_writer import PdfFile
from dspguide.pdf.spool import Stored
from dspguide.pdf.syntax import reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypdf._utils import StreamType  # pypdf gives this type no public name

    from dspguide.pdf.spool import Spool

Pieces = list["bytes | IndirectObject"]


class FrozenObject(PdfObject):
    """An object that is PDF syntax already, with references between its pieces.

    ``stream`` is None for an object that is no stream; else the pieces are its dictionary.
    """

    def __init__(
        self, pieces: Sequence[bytes | IndirectObject] = (), stream: bytes | Stored | None = None
    ) -> None:
        self.pieces = pieces
        self.stream = stream

    def syntax(self) -> bytes:
        """Return the object without its stream."""
        return b"".join(
            piece if isinstance(piece, bytes) else reference(piece.idnum) for piece in self.pieces
        )

    def write_to_stream(
        self, stream: StreamType, encryption_key: str | bytes | None = None
    ) -> None:
        """Write the object as pypdf's objects are written."""
        if encryption_key is not None:
            raise ValueError("what is bytes already cannot be encrypted")
        if isinstance(self.stream, Stored):
            raise TypeError("what is stored elsewhere is written by write_packed()")
        stream.write(self.syntax())
        if self.stream is not None:
            stream.write(b"\nstream\n" + self.stream + b"\nendstream")


class BookWriter(PdfWriter):
    """A PdfWriter that is given objects one by one, and packs those without a stream."""

    def put(self, item: PdfObject) -> IndirectObject:
        """Add an object; returns the reference to it."""
        return self._add_object(item)

    def replace(self, reference: IndirectObject, item: PdfObject) -> None:
        """Put another object in the place of one."""
        self._replace_object(reference, item)

    def write_packed(self, out: BinaryIO, spool: Spool) -> tuple[int, str]:
        """Write the file with object streams; returns its bytes and SHA-256. Raises OSError."""
        file = PdfFile(out, len(self._objects))
        for number, item in enumerate(self._objects, start=1):
            if isinstance(item, FrozenObject):
                stream = item.stream
                if isinstance(stream, Stored):
                    file.put_stream(number, item.syntax(), spool.pieces(stream))
                elif stream is not None:
                    file.put_stream(number, item.syntax(), (stream,))
                else:
                    file.put(number, item.syntax())
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
