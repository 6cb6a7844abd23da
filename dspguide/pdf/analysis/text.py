"""Text of a chapter with positions and fonts, read with PDFium.

PDFium is not thread-safe: call from one thread of a process at a time.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

import pypdfium2
import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOLD_WEIGHT = 600
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"semib", b"demi")
_NAME_BYTES = 128


@dataclass(frozen=True)
class Glyph:
    """How one character is set; in points from the origin of the page as it is seen.

    ``font`` is the name that the file has for it, in small letters.
    """

    size: float
    bold: bool
    font: bytes
    left: float
    bottom: float
    top: float


class PageText:
    """The text of one page in reading order, line by line.

    Places are those on the page as it is seen, turned by its /Rotate around the origin;
    ``in_file`` turns them back.
    """

    def __init__(self, index: int, page: pypdfium2.PdfPage, handle: pdfium.FPDF_TEXTPAGE) -> None:
        self.index = index
        self._quarters = page.get_rotation() // 90
        self.left, self.bottom, self.right, self.top = self._seen(*page.get_bbox())
        self.height = self.top - self.bottom or 1.0  # of a page of which nothing is seen
        self._handle = handle
        count = max(pdfium.FPDFText_CountChars(handle), 0)
        buffer = (ctypes.c_ushort * (count + 1))()
        written = pdfium.FPDFText_GetText(handle, 0, count, buffer) if count else 1
        text = bytes(buffer)[: (written - 1) * 2].decode("utf-16-le", "surrogatepass")
        # PDFium counts UTF-16 units, of which a mathematical italic letter has two.
        self._has_pairs = len(text) < written - 1
        self.lines: list[str] = []
        self._starts: list[int] = []
        self._cut: dict[int, str] = {}  # lines with words that the page divides
        start = 0
        for line in text.split("\n"):
            if "\ufffe" in line or "\x02" in line:
                self._cut[len(self.lines)] = line
            self.lines.append(line.rstrip("\r").replace("\ufffe", "-").replace("\x02", "-"))
            self._starts.append(start)
            start += (_units(line) if self._has_pairs else len(line)) + 1

    def undivided(self, line: int) -> str:
        """A line without the hyphens that only its breaks put into words."""
        if line not in self._cut:
            return self.lines[line]
        return self._cut[line].replace("\ufffe", "").replace("\x02", "")

    def glyph(self, line: int, offset: int = 0) -> Glyph | None:
        """The character at ``offset`` of a line, or the first visible one after it."""
        index = self._index(line, offset)
        return self._char(index) if index >= 0 else None

    def edges(self, line: int, offset: int) -> tuple[float, float] | None:
        """How high a character's lower and upper edge are above the page's, in points."""
        index = self._index(line, offset)
        box = pdfium.FS_RECTF()
        if index < 0 or not pdfium.FPDFText_GetLooseCharBox(self._handle, index, box):
            return None
        _, bottom, _, top = self._seen(box.left, box.bottom, box.right, box.top)
        return bottom - self.bottom, top - self.bottom

    def _index(self, line: int, offset: int) -> int:
        """PDFium's index of the first visible character from an offset on; -1 if there is none."""
        text = self.lines[line]
        while offset < len(text) and text[offset].isspace():
            offset += 1
        if offset >= len(text):
            return -1
        units = _units(text[:offset]) if self._has_pairs else offset
        start = self._starts[line] + units
        return int(pdfium.FPDFText_GetCharIndexFromTextIndex(self._handle, start))

    def _char(self, index: int) -> Glyph | None:
        box = pdfium.FS_RECTF()
        if not pdfium.FPDFText_GetLooseCharBox(self._handle, index, box):
            return None
        matrix = pdfium.FS_MATRIX()
        scale = 1.0
        if pdfium.FPDFText_GetMatrix(self._handle, index, matrix):
            scale = hypot(matrix.c, matrix.d)
        size = pdfium.FPDFText_GetFontSize(self._handle, index) * scale
        left, bottom, _, top = self._seen(box.left, box.bottom, box.right, box.top)
        font = self._font(index)
        return Glyph(size, self._is_bold(index, font), font, left, bottom, top)

    def _seen(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        """A box as it is seen."""
        for _ in range(self._quarters):  # a quarter clockwise each
            left, bottom, right, top = bottom, -right, top, -left
        return left, bottom, right, top

    def in_file(self, x: float, y: float) -> tuple[float, float]:
        """The coordinates that the file has for a place on the page as it is seen."""
        for _ in range(self._quarters):
            x, y = -y, x
        return x, y

    def boxes(self, line: int, start: int, end: int) -> list[tuple[float, float, float, float]]:
        """Boxes in the file's coordinates around characters of a line, ``end`` not included."""
        first, last = self._index(line, start), self._index(line, end - 1)
        if first < 0 or last < first:
            return []
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        return [
            (left.value, bottom.value, right.value, top.value)
            for index in range(pdfium.FPDFText_CountRects(self._handle, first, last - first + 1))
            if pdfium.FPDFText_GetRect(self._handle, index, left, top, right, bottom)
        ]

    def _font(self, index: int) -> bytes:
        flags = ctypes.c_int()
        name = ctypes.create_string_buffer(_NAME_BYTES)
        pdfium.FPDFText_GetFontInfo(self._handle, index, name, _NAME_BYTES, flags)
        return name.value.lower()

    def _is_bold(self, index: int, font: bytes) -> bool:
        if any(word in font for word in _BOLD_NAMES):
            return True
        return bool(pdfium.FPDFText_GetFontWeight(self._handle, index) >= _BOLD_WEIGHT)


def _units(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def pages_of(data: bytes) -> Iterator[PageText]:
    """Every page's text in order; a page is valid only until the next one is asked for."""
    document = pypdfium2.PdfDocument(data)
    try:
        for index in range(len(document)):
            page = document[index]
            handle = pdfium.FPDFText_LoadPage(page)
            try:
                yield PageText(index, page, handle)
            finally:
                pdfium.FPDFText_ClosePage(handle)
                page.close()
    finally:
        document.close()
