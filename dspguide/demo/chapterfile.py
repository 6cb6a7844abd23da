"""One chapter's PDF: typeset pages with old fonts, figures up to its size, junk around it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pikepdf
from pikepdf import Array, Dictionary, Name

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
_LINES = {"LZWDecode": 0.75, "FlateDecode": 0.35, "": 0.6}
"""Part of a signal drawn as a line: brings the real files' ratio of raw to decoded bytes."""
_SHARED_FONTS = 6
"""Kilobytes a page below which all pages share their fonts; most real files' pages do not."""
_JPEG_SAMPLES = 5900
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
        self._descriptors: dict[str, pikepdf.Object] = {}
        self._embedded: set[tuple[int, int]] = set()

    def build(self) -> bytes:
        """The whole file."""
        texts = list(self._old.pages())
        own_fonts = self._full and self._chapter.kilobytes > _SHARED_FONTS * self._chapter.pages
        if not own_fonts:
            names = {face for text in texts for face in text.codes}
            every = {face: set().union(*(t.codes.get(face, ()) for t in texts)) for face in names}
            fonts = {face: self._font(face, every[face]) for face in sorted(names)}
        for text in texts:
            if own_fonts:
                fonts = {face: self._font(face, text.codes[face]) for face in sorted(text.codes)}
            self._page(text, [fonts[face] for face in sorted(text.codes)])
        self._draw()
        return saving.saved(self._pdf, self._chapter, old_set=self._book.old_set)

    def _stream(self, content: bytes, filters: str, **entries: Any) -> pikepdf.Stream:
        stream = pikepdf.Stream(self._pdf, b"", **entries)
        self._encode(stream, content, filters)
        return stream

    @staticmethod
    def _encode(stream: pikepdf.Object, content: bytes, filters: str) -> None:
        raw = ENCODERS[filters](content)
        stream.write(raw, filter=Name(f"/{filters}") if filters else None)

    # -- pages and fonts --------------------------------------------------------------------

    def _page(self, text: PageText, fonts: list[pikepdf.Object]) -> None:
        used = {str(font.Name): font for font in fonts}
        used |= {f"/{name}": self._math(font) for name, font in text.embedded.items()}
        box = Array([0, 0, PAGE_WIDTH, PAGE_HEIGHT])
        resources = Dictionary(
            ProcSet=Array([Name.PDF, Name.Text, Name.ImageB]), Font=Dictionary(used)
        )
        page = Dictionary(
            Type=Name.Page,
            MediaBox=box,
            CropBox=box,
            Rotate=0,
            Resources=self._pdf.make_indirect(resources),
            Contents=Array([self._stream(text.content, self._filter)]),
        )
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))

    def _font(self, face: Face, codes: set[int]) -> pikepdf.Object:
        """A font that the file only names; producers wrote the widths of what a page shows."""
        if face.name not in self._descriptors:
            descriptor = Dictionary(
                Type=Name.FontDescriptor,
                FontName=Name(f"/{face.name}"),
                Flags=face.flags,
                FontBBox=Array([-250, -250, 1200, 1000]),
                ItalicAngle=face.italic_angle,
                Ascent=905,
                Descent=-212,
                CapHeight=716,
                StemV=face.stem,
            )
            self._descriptors[face.name] = self._pdf.make_indirect(descriptor)
        widths, shown = self._old.widths[face], range(min(codes), max(codes) + 1)
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            Name=Name(f"/{face.resource}"),
            BaseFont=Name(f"/{face.name}"),
            FirstChar=shown[0],
            LastChar=shown[-1],
            Widths=Array([widths[code] if code in codes else 0 for code in shown]),
            Encoding=Name.WinAnsiEncoding,
            FontDescriptor=self._descriptors[face.name],
        )
        return self._pdf.make_indirect(font)

    def _math(self, font: pikepdf.Object) -> pikepdf.Object:
        """A font that stays embedded, its streams encoded like the chapter's others."""
        copy = self._pdf.copy_foreign(font)
        if copy.objgen not in self._embedded:
            self._embedded.add(copy.objgen)
            descriptor = copy.DescendantFonts[0].FontDescriptor
            for stream in (copy.ToUnicode, descriptor.FontFile3):
                self._encode(stream, stream.read_bytes(), self._filter)
            del descriptor.CIDSet  # no file of the 1990s had one
        return copy

    # -- figures ----------------------------------------------------------------------------

    def _draw(self) -> None:
        """Fills the figures; at full size so that the file comes out at the chapter's size."""
        boxes = [
            (index, figures.Box(LEFT + 40, block.floor, RIGHT - LEFT - 80, block.graphic - 10))
            for index, blocks in enumerate(planned(self._chapter).pages)
            for block in blocks
            if block.graphic
        ]
        parts = [self._axes(number, *place) for number, place in enumerate(boxes)]
        if "picture_kilobytes" in self._shape:
            for number, (index, box) in enumerate(boxes[:-1]):  # the last one is a drawing
                parts[number] += self._pictures(number, len(boxes) - 1, index, box)
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
        self._pdf.pages[index].obj.Contents.append(self._pdf.make_indirect(stream))
        return len(stream.read_raw_bytes()) + 100

    def _axes(self, number: int, index: int, box: figures.Box) -> bytes:
        """What belongs at the beginning of a figure's stream.

        Every fourth figure has its axes in a stream of its own, in ASCII85.
        """
        if number % 4 == 2:
            self._show(index, figures.axes(box), "ASCII85Decode")
            return b""
        return figures.axes(box)

    def _pictures(self, number: int, figures_: int, index: int, box: figures.Box) -> bytes:
        """Puts two pictures into a figure, "before" and "after", and says how to show them."""
        samples = self._shape["picture_kilobytes"] * 500 // figures_ if self._full else _SMALL_PICTURE
        resources = self._pdf.pages[index].obj.Resources
        if "/XObject" not in resources:
            resources.XObject = Dictionary()
        shown = b""
        for half in (0, 1):
            image, filters = figures.picture(samples, self._rng), ""
            raw = image.tobytes()
            if self._full and half > number and "jpeg_kilobytes" in self._shape:
                image = figures.picture(self._shape["jpeg_kilobytes"] * _JPEG_SAMPLES, self._rng)
                raw, filters = figures.jpeg(image), "DCTDecode"
            name = f"Im{number}{'ab'[half]}"
            resources.XObject[f"/{name}"] = self._stream(
                raw,
                filters,
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=image.width,
                Height=image.height,
                BitsPerComponent=8,
                ColorSpace=Name.DeviceGray,
            )
            shown += figures.placed(name, box, half)
        return shown
