"""One chapter's PDF: typeset pages with old fonts, and figures up to the file's size."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from dspguide.demo import figures, saving
from dspguide.demo.data import load
from dspguide.demo.encode import ENCODERS
from dspguide.demo.layout import LEFT, PAGE_HEIGHT, PAGE_WIDTH, RIGHT, planned
from dspguide.demo.oldfonts import Face, OldFonts, PageText
from dspguide.demo.typeset import typeset

if TYPE_CHECKING:
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

    def __init__(self, book: Book, chapter: Chapter, revision: int = 0) -> None:
        self._book, self._chapter = book, chapter
        self._rng = Random(chapter.number * 7 + revision * 101)  # noqa: S311 - to repeat
        self._full = book.size == "full" and not book.old_set
        self._shape: dict[str, Any] = load("book")["chapters"][chapter.shape]
        self._filter: str = self._shape["filter"]
        self._old = OldFonts(typeset(book, chapter, revision))
        self._pdf = pikepdf.new()
        self._descriptors: dict[Face, Object] = {}
        self._embedded: set[tuple[int, int]] = set()

    def build(self) -> bytes:
        """The whole file."""
        texts = list(self._old.pages())
        own_fonts = self._full and self._chapter.kilobytes > _SHARED_FONTS * self._chapter.pages
        every = {face: set(widths) for face, widths in self._old.widths.items() if widths}
        shared = {} if own_fonts else self._fonts(every)
        for text in texts:
            self._page(text, shared or self._fonts(text.codes))
        self._draw()
        return saving.saved(self._pdf, self._chapter, old_set=self._book.old_set)

    def _stream(self, content: bytes, filters: str, stream: Object | None = None) -> Object:
        """A new stream, or another content for an old one."""
        stream = pikepdf.Stream(self._pdf, b"") if stream is None else stream
        stream.write(ENCODERS[filters](content), filter=Name(f"/{filters}") if filters else None)
        return stream

    # -- pages and fonts --------------------------------------------------------------------

    def _page(self, text: PageText, fonts: dict[Face, Object]) -> None:
        used = {f"/{face.resource}": fonts[face] for face in sorted(text.codes)}
        used |= {f"/{name}": self._math(font) for name, font in text.embedded.items()}
        page = _parsed(
            f"<< /Type /Page /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] "
            f"/CropBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] /Rotate 0 >>"
        )
        resources = Dictionary(ProcSet=Array([Name.PDF, Name.Text, Name.ImageB]))
        resources.Font = Dictionary(used)
        page.Resources = self._pdf.make_indirect(resources)
        page.Contents = Array([self._stream(text.content, self._filter)])
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))

    def _fonts(self, used: dict[Face, set[int]]) -> dict[Face, Object]:
        """Fonts that the file only names, with the widths of what is shown."""
        fonts = {}
        for face, codes in sorted(used.items()):
            first, last = min(codes), max(codes)
            widths = (
                self._old.widths[face].get(n, 0) if n in codes else 0
                for n in range(first, last + 1)
            )
            font = _parsed(
                f"<< /Type /Font /Subtype /TrueType /Name /{face.resource} /BaseFont /{face.name} "
                f"/Encoding /WinAnsiEncoding /FirstChar {first} /LastChar {last} "
                f"/Widths [{' '.join(map(str, widths))}] >>"
            )
            if face not in self._descriptors:
                descriptor = _parsed(
                    f"<< /Type /FontDescriptor /FontName /{face.name} /Flags {face.flags} "
                    f"/ItalicAngle {face.italic_angle} /StemV {face.stem} /Ascent 905 "
                    "/Descent -212 /CapHeight 716 /FontBBox [-250 -250 1200 1000] >>"
                )
                self._descriptors[face] = self._pdf.make_indirect(descriptor)
            font.FontDescriptor = self._descriptors[face]
            fonts[face] = self._pdf.make_indirect(font)
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
            (index, (LEFT + 40, block.top - block.graphic, RIGHT - LEFT - 80, block.graphic - 10))
            for index, blocks in enumerate(planned(self._chapter).pages)
            for block in blocks
            if block.graphic
        ]
        parts = [figures.axes(box) for _, box in boxes]
        for number, (index, _) in enumerate(boxes):
            if number % 2 == 0:  # some producer or other wrote them by themselves
                self._show(index, parts[number], "ASCII85Decode" if number % 4 else self._filter)
                parts[number] = b""
        if "picture_kilobytes" in self._shape:
            samples = self._shape["picture_kilobytes"] * 1000 // (2 * len(boxes))
            for number, (index, box) in enumerate(boxes):
                for half in (0, 1):
                    name = f"Im{number}{'ab'[half]}"
                    self._picture(index, name, samples if self._full else _SMALL_PICTURE)
                    parts[number] += figures.placed(name, box, half)
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
            content, filters = figures.jpeg(image), "DCTDecode"
        stream = self._stream(content, filters)
        stream.Type, stream.Subtype, stream.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
        stream.Width, stream.Height, stream.BitsPerComponent = *image.size, 8
        resources = self._pdf.pages[index].obj.Resources
        resources.XObject = resources.get("/XObject", Dictionary())
        resources.XObject[f"/{name}"] = stream


def _parsed(source: str) -> Object:
    return Object.parse(source.encode())
