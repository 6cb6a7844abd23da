"""Text of a chapter with positions and fonts, read with PDFium.

PDFium is not thread-safe: call from one thread of a process at a time.
"""

from __future__ import annotations

import ctypes
import re
from itertools import accumulate
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What PDFium fills in, for one thread calls it: to make them anew takes as long as to fill them.
_BOX, _MATRIX, _FLAGS = pdfium.FS_RECTF(), pdfium.FS_MATRIX(), ctypes.c_int()
_BOLD_WEIGHT = 600
_BOLD_NAMES = re.compile(rb"bold|black|heavy|semib|demi")
_NAME = ctypes.create_string_buffer(128)


class Glyph(NamedTuple):
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

    def __init__(self, index: int, page: pdfium.FPDF_PAGE, handle: pdfium.FPDF_TEXTPAGE) -> None:
        self.index = index
        self._quarters = pdfium.FPDFPage_GetRotation(page)  # clockwise
        pdfium.FPDF_GetPageBoundingBox(page, _BOX)
        box = self._seen(_BOX.left, _BOX.bottom, _BOX.right, _BOX.top)
        self.left, self.bottom, self.right, self.top = box
        self.height = self.top - self.bottom or 1.0  # of a page of which nothing is seen
        self._handle = handle
        count = max(pdfium.FPDFText_CountChars(handle), 0)
        buffer = (ctypes.c_ushort * (count + 1))()
        written = pdfium.FPDFText_GetText(handle, 0, count, buffer) if count else 1
        text = bytes(memoryview(buffer)[: written - 1]).decode("utf-16-le", "surrogatepass")
        # PDFium counts UTF-16 units, of which a mathematical italic letter has two.
        self._has_pairs = len(text) < written - 1
        # It writes one of two signs where a line's end divides a word.
        self._raw = text.split("\n")
        shown = text.replace("\ufffe", "-").replace("\x02", "-")
        self.lines = [line.rstrip("\r") for line in shown.split("\n")]
        length = _units if self._has_pairs else len
        self._starts = list(accumulate((length(line) + 1 for line in self._raw), initial=0))

    def undivided(self, line: int) -> str:
        """A line without the hyphens that only its breaks put into words."""
        return self._raw[line].rstrip("\r").replace("\ufffe", "").replace("\x02", "")

    def glyph(self, line: int, offset: int = 0) -> Glyph | None:
        """The character at ``offset`` of a line, or the first visible one after it."""
        index = self._index(line, offset)
        return self._char(index) if index >= 0 else None

    def edges(self, line: int, offset: int) -> tuple[float, float] | None:
        """How high a character's lower and upper edge are above the page's, in points."""
        index = self._index(line, offset)
        if index < 0 or not pdfium.FPDFText_GetLooseCharBox(self._handle, index, _BOX):
            return None
        _, bottom, _, top = self._seen(_BOX.left, _BOX.bottom, _BOX.right, _BOX.top)
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
        handle = self._handle
        if not pdfium.FPDFText_GetLooseCharBox(handle, index, _BOX):
            return None
        scale = 1.0
        if pdfium.FPDFText_GetMatrix(handle, index, _MATRIX):
            scale = hypot(_MATRIX.c, _MATRIX.d)
        size = pdfium.FPDFText_GetFontSize(handle, index) * scale
        left, bottom, _, top = self._seen(_BOX.left, _BOX.bottom, _BOX.right, _BOX.top)
        _NAME.value = b""
        pdfium.FPDFText_GetFontInfo(handle, index, _NAME, len(_NAME), _FLAGS)
        font = _NAME.value.lower()
        bold = _BOLD_NAMES.search(font) is not None or (
            pdfium.FPDFText_GetFontWeight(handle, index) >= _BOLD_WEIGHT
        )
        return Glyph(size, bold, font, left, bottom, top)

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


def _units(text: str) -> int:
    """The length in UTF-16 units."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def pages_of(data: bytes) -> Iterator[PageText]:
    """Every page's text in order; a page is valid only until the next one is asked for."""
    document = pypdfium2.PdfDocument(data)
    try:
        for index in range(len(document)):
            page = pdfium.FPDF_LoadPage(document, index)
            if not page:
                raise pypdfium2.PdfiumError("PDFium cannot load the page")
            handle = pdfium.FPDFText_LoadPage(page)
            try:
                yield PageText(index, page, handle)
            finally:
                pdfium.FPDFText_ClosePage(handle)
                pdfium.FPDF_ClosePage(page)
    finally:
        document.close()
