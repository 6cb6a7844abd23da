"""One chapter's PDF: typeset pages with old fonts, and figures up to the file's size."""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING, Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from dspguide.demo import figures, saving
from dspguide.demo.data import BOOK
from dspguide.demo.layout import LEFT, PAGE_HEIGHT, PAGE_WIDTH, RIGHT
from dspguide.demo.typeset import Face, PageText, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dspguide.demo.book import Book, Chapter

_SMALL_SIGNAL, _SMALL_PICTURE = 24, 900
"""Samples in a figure where the file's size does not matter."""
_POINT_BYTES = {"LZWDecode": 6.4, "FlateDecode": 5.5, "": 19.0}
"""Of a signal's point, encoded: a first guess, corrected from figure to figure."""
_LINES = {"LZWDecode": 0.95, "FlateDecode": 0.6, "": 0.9}
"""Part of a signal drawn as a line: brings the real files' ratio of raw to decoded bytes."""
_SHARED_FONTS = 6
"""Kilobytes a page below which all pages share their fonts; most real files' pages do not."""
_JPEG_SAMPLES = 8000
"""For each kilobyte of the picture in DCT."""


class ChapterFile:
    """The file of one chapter; `build()` makes it."""

    def __init__(self, book: Book, chapter: Chapter, revision: int) -> None:
        self._chapter = chapter
        self._rng = Random(chapter.number * 7 + revision * 101)  # noqa: S311 - to repeat
        self._full = book.size == "full"
        self._shape: dict[str, Any] = BOOK["chapters"][chapter.shape]
        self._filter: str = self._shape["filter"]
        self._text = Text(book, chapter, revision)
        self._pdf = pikepdf.new()
        self._descriptors: dict[Face, Object] = {}
        self._embedded: set[tuple[int, int]] = set()

    def build(self) -> bytes:
        """The whole file."""
        texts = list(self._text.pages())
        own_fonts = self._full and self._chapter.kilobytes > _SHARED_FONTS * self._chapter.pages
        shared = {} if own_fonts else self._fonts(self._text.widths)
        for text in texts:
            self._page(text, shared or self._fonts(text.codes))
        self._draw()
        return saving.saved(self._pdf, self._chapter)

    def _stream(self, content: bytes, filters: str, stream: Object | None = None) -> Object:
        """A new stream, or another content for an old one."""
        stream = pikepdf.Stream(self._pdf, b"") if stream is None else stream
        encoded = saving.ENCODERS.get(filters, bytes)(content)
        stream.write(encoded, filter=Name(f"/{filters}") if filters else None)
        return stream

    def _parsed(self, source: str) -> Object:
        return self._pdf.make_indirect(Object.parse(source.encode()))

    # -- pages and fonts --------------------------------------------------------------------

    def _page(self, text: PageText, fonts: dict[Face, Object]) -> None:
        used = {f"/{face.resource}": fonts[face] for face in sorted(text.codes)}
        used |= {f"/{name}": self._math(font) for name, font in text.embedded.items()}
        page = self._parsed(
            f"<< /Type /Page /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] "
            f"/CropBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] /Rotate 0 >>"
        )
        page.Resources = self._parsed("<< /ProcSet [/PDF /Text /ImageB] >>")
        page.Resources.Font = Dictionary(used)
        page.Contents = Array([self._stream(text.content, self._filter)])
        self._pdf.pages.append(pikepdf.Page(page))

    def _fonts(self, used: Mapping[Face, Collection[int]]) -> dict[Face, Object]:
        """Fonts that the file only names, with the widths of what is shown."""
        fonts = {}
        for face, codes in sorted(used.items()):
            if face not in self._descriptors:
                self._descriptors[face] = self._parsed(
                    f"<< /Type /FontDescriptor /FontName /{face.name} /Flags {face.flags} "
                    f"/ItalicAngle {face.italic_angle} /StemV {face.stem} /Ascent 905 "
                    "/Descent -212 /CapHeight 716 /FontBBox [-250 -250 1200 1000] >>"
                )
            first, last = min(codes), max(codes)
            widths = (self._text.widths[face].get(n, 0) for n in range(first, last + 1))
            fonts[face] = self._parsed(
                f"<< /Type /Font /Subtype /TrueType /Name /{face.resource} /BaseFont /{face.name} "
                f"/Encoding /WinAnsiEncoding /FirstChar {first} /LastChar {last} "
                f"/Widths [{' '.join(map(str, widths))}] >>"
            )
            fonts[face].FontDescriptor = self._descriptors[face]
        return fonts

    def _math(self, font: Object) -> Object:
        """A font that stays embedded, its streams encoded like the chapter's others."""
        copy = self._pdf.copy_foreign(font)
        if copy.objgen not in self._embedded:
            self._embedded.add(copy.objgen)
            descriptor = copy.DescendantFonts[0].FontDescriptor
            for stream in (copy.ToUnicode, descriptor.FontFile3):
                self._stream(stream.read_bytes(), self._filter, stream)
            del descriptor.CIDSet  # no file of the 1990s had one
        return copy

    # -- figures ----------------------------------------------------------------------------

    def _draw(self) -> None:
        """Fills the figures; at full size so that the file comes out at the chapter's size."""
        boxes = [
            (b.page_index, (LEFT + 40, b.edge - b.graphic, RIGHT - LEFT - 80, b.graphic - 10))
            for b in self._chapter.blocks
            if b.graphic
        ]
        samples = self._shape.get("picture_kilobytes", 0) * 1000 // (2 * len(boxes))
        parts = []
        for number, (index, box) in enumerate(boxes):
            part = figures.axes(box)
            if number % 2 == 0:  # some producer or other wrote them by themselves
                self._show(index, part, "ASCII85Decode" if number % 4 else self._filter)
                part = b""
            for half in (0, 1) if samples else ():
                name = f"Im{number}{'ab'[half]}"
                self._picture(index, name, samples if self._full else _SMALL_PICTURE)
                part += figures.placed(name, box, half)
            parts.append(part)
        left = self._chapter.kilobytes * 1000 - len(saving.plain(self._pdf)) if self._full else 0
        point = _POINT_BYTES[self._filter]
        for number, (index, box) in enumerate(boxes):
            points = max(_SMALL_SIGNAL, int(left / (len(boxes) - number) / point))
            drawn = figures.signal(box, points, _LINES[self._filter], self._rng)
            spent = self._show(index, parts[number] + drawn, self._filter)
            left -= spent
            point = spent / points

    def _show(self, index: int, content: bytes, filters: str) -> int:
        """Draws more on a page; the bytes that it takes in the file, with what surrounds it."""
        stream = self._stream(content, filters)
        self._pdf.pages[index].obj.Contents.append(stream)
        return len(stream.read_raw_bytes()) + 100

    def _picture(self, index: int, name: str, samples: int) -> None:
        """Puts a picture among a page's resources; one of a chapter may be in DCT."""
        jpeg = self._shape.get("jpeg_kilobytes", 0) if self._full and name == "Im0b" else 0
        image = figures.picture(jpeg * _JPEG_SAMPLES or samples, self._rng)
        content, filters = image.tobytes(), ""
        if jpeg:
            file = io.BytesIO()
            image.save(file, "JPEG", quality=95)
            content, filters = file.getvalue(), "DCTDecode"
        stream = self._stream(content, filters)
        stream.Type, stream.Subtype, stream.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
        stream.Width, stream.Height, stream.BitsPerComponent = *image.size, 8
        resources = self._pdf.pages[index].obj.Resources
        resources.XObject = resources.get("/XObject", Dictionary())
        resources.XObject[f"/{name}"] = stream
