"""One chapter's PDF, object by object: fonts, pages, figures up to its size, junk around it.

The mix of stream filters over the 34 full-size files is that of the real ones (bytes): LZW
6.0 MB, none 7.4 MB (half of it pictures), Flate 1.6 MB, ASCII85 0.1 MB.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from dspguide.replica import mathfont
from dspguide.replica.figures import POINT_BYTES, Box, frame, picture, trace
from dspguide.replica.layout import HEADING_SIZE, PAGE_HEIGHT, PAGE_WIDTH
from dspguide.replica.syntax import (
    Objects,
    linearized_file,
    plain_file,
    resaved_file,
    stream_body,
    string,
)
from dspguide.replica.typeset import FONTS, Page, typeset

if TYPE_CHECKING:
    from dspguide.replica.book import Book, Chapter
    from dspguide.replica.metrics import Metrics

_GRAIN = 21
"""Of 256 samples of a picture, those that differ from their band: sets how well Flate does."""
_STRIP_ROWS = 96
_PER_OBJECT = 38
"""Bytes around an object and in the xref table."""
_WIDTHS_SHARE = 0.048
"""Share of a file's bytes in widths of fonts, most pages having fonts of their own."""
_RESAVED_SHARE = 0.08

_KINDS = {
    ("picture", ""): 0.225,
    ("trace", ""): 0.22,
    ("trace", "LZW"): 0.245,
    ("picture", "LZW"): 0.18,
    ("picture", "Flate"): 0.13,
}
"""Shares of the figures' bytes."""
_ASCII_MOST = 12000
"""Bytes of the one picture in ASCII85 that some chapters have."""
_RATIO = {"": 1.0, "LZW": 0.42, "Flate": 0.3, "A85 Flate": 0.38}
"""Encoded to plain, roughly, to choose how much to draw."""


class ChapterFile:
    """The file of one chapter, `build()` makes it."""

    def __init__(self, book: Book, chapter: Chapter, revision: int = 0) -> None:
        self._book = book
        self._chapter = chapter
        seed = chapter.number * 1_000_003 + revision * 101
        self._rng = Random(seed)  # noqa: S311 - to repeat, not to hide
        self._objects = Objects()
        self._full = book.size == "full" and not book.old_set
        self._used = 0
        self._counted = 0
        self._contents: list[list[int]] = []
        self._pictures: list[list[int]] = []
        self._rewritable: list[int] = []

    def build(self) -> bytes:
        """The whole file."""
        objects, chapter = self._objects, self._chapter
        root, info = objects.reserve(), objects.reserve()
        pages = typeset(self._book, chapter, self._rng)
        numbers = [objects.reserve() for _ in pages]
        self._contents = [[] for _ in pages]
        self._pictures = [[] for _ in pages]
        resources = self._resources(pages)
        for page, contents in zip(pages, self._contents, strict=True):
            contents.append(objects.stream(page.content(), self._text_filter()))
        self._rewritable += [contents[0] for contents in self._contents[1:]]
        self._draw([box for page in pages for box in page.figures], len(pages))
        tree = self._page_tree(numbers)
        for index, number in enumerate(numbers):
            self._page(number, tree[index], index, resources[index])
        outline = self._old_outline(numbers) if self._book.old_set else ""
        objects.set(root, f"<< /Type /Catalog /Pages {tree[-1]} 0 R {outline}>>")
        objects.set(info, self._info())
        return self._written(root, info, numbers[0], len(pages))

    # -- fonts ------------------------------------------------------------------------------

    def _resources(self, pages: list[Page]) -> list[str]:
        """The font entries of each page: shared, or the page's own where there is room."""
        objects = self._objects
        descriptors = {name: objects.add(_descriptor(font)) for name, font in FONTS.items()}
        math = f"/M1 {self._math_font()} 0 R " if self._chapter.shape else ""
        everything = {name: frozenset(range(32, 256)) for name in FONTS}
        shared = self._fonts(descriptors, everything) + math
        budget = self._chapter.kilobytes * 1000 * _WIDTHS_SHARE if self._full else 0
        entries = []
        for page in pages:
            before = self._size()
            if budget > 0:
                entries.append(self._fonts(descriptors, page.codes()) + math)
                budget -= self._size() - before
            else:
                entries.append(shared)
        return entries

    def _fonts(self, descriptors: dict[str, int], used: dict[str, frozenset[int]]) -> str:
        parts = []
        for name, codes in used.items():
            font = FONTS[name]
            last = max(code for code in font.widths if code in codes)
            widths = " ".join(
                str(font.widths.get(code, 0) if code in codes else 0)
                for code in range(32, last + 1)
            )
            number = self._objects.add(
                f"<< /Type /Font /Subtype /TrueType /Name /{name} /BaseFont /{font.name} "
                f"/FirstChar 32 /LastChar {last} /Widths [ {widths} ] "
                f"/Encoding /WinAnsiEncoding /FontDescriptor {descriptors[name]} 0 R >>"
            )
            parts.append(f"/{name} {number} 0 R ")
        return "".join(parts)

    def _math_font(self) -> int:
        """The embedded font: the same file in each chapter, encoded in some way or other."""
        data = mathfont.font_file()
        filters = ("LZW", "Flate", "Flate", "")[self._chapter.shape % 4]
        file = self._objects.stream(data, filters, f"/Length1 {len(data)} ")
        first, last = min(map(ord, mathfont.CODES)), max(map(ord, mathfont.CODES))
        widths = " ".join(
            str(mathfont.advance(chr(code)) if chr(code) in mathfont.CODES else 0)
            for code in range(first, last + 1)
        )
        descriptor = self._objects.add(
            f"<< /Type /FontDescriptor /FontName /{mathfont.NAME} /Flags 4 /ItalicAngle 0 "
            f"/FontBBox [ -50 -250 1050 800 ] /Ascent {mathfont.ASCENT} "
            f"/Descent {mathfont.DESCENT} /CapHeight 700 /StemV 58 /FontFile2 {file} 0 R >>"
        )
        return self._objects.add(
            f"<< /Type /Font /Subtype /TrueType /BaseFont /{mathfont.NAME} /FirstChar {first} "
            f"/LastChar {last} /Widths [ {widths} ] /FontDescriptor {descriptor} 0 R >>"
        )

    # -- figures ----------------------------------------------------------------------------

    def _draw(self, boxes: list[Box], pages: int) -> None:
        """Fills the figures; at full size so that the file comes out at the chapter's size."""
        if not self._full:
            for box in boxes:
                if self._rng.random() < 0.7:
                    self._trace(box, 40, "LZW" if self._chapter.shape % 3 else "")
                else:
                    filters = ("", "LZW", "Flate", "A85 Flate")[self._chapter.shape % 4]
                    self._picture(box, 48 * 32, filters)
            return
        target = self._chapter.kilobytes * 1000 - 420 * pages - 600
        credit = {kind: share * self._rng.random() * 40000 for kind, share in _KINDS.items()}
        for index, box in enumerate(boxes):
            left = target - self._size()
            size = left / (len(boxes) - index) * (0.6 + 0.8 * self._rng.random())
            if index == len(boxes) - 1:
                self._picture(box, max(600, int(left)), "")
                break
            size = max(size, 300)
            for kind, share in _KINDS.items():
                credit[kind] += share * size
            if index == 1 and self._chapter.shape % 3 == 1:
                self._picture(box, int(min(size, _ASCII_MOST) / _RATIO["A85 Flate"]), "A85 Flate")
                continue
            drawn, filters = max(credit, key=credit.__getitem__)
            before = self._size()
            if drawn == "trace":
                self._trace(box, max(20, int(size / POINT_BYTES / _RATIO[filters])), filters)
            else:
                self._picture(box, int(size / _RATIO[filters]), filters)
            credit[drawn, filters] -= self._size() - before

    def _trace(self, box: Box, points: int, filters: str) -> None:
        number = self._objects.stream(trace(box, points, self._rng), filters)
        self._contents[box.page_index].append(number)
        self._rewritable.append(number)

    def _picture(self, box: Box, samples: int, filters: str) -> None:
        """A gray picture, cut into strips as word processors did, and its frame."""
        width = max(24, min(900, int((samples * box.width / box.height) ** 0.5)))
        height = max(16, samples // width)
        data = picture(width, height, self._rng, _GRAIN)
        operators = ["q\n", frame(box)]
        for first in range(0, height, _STRIP_ROWS):
            rows = min(_STRIP_ROWS, height - first)
            number = self._objects.stream(
                data[first * width : (first + rows) * width],
                filters,
                f"/Type /XObject /Subtype /Image /Width {width} /Height {rows} "
                "/BitsPerComponent 8 /ColorSpace /DeviceGray ",
            )
            self._pictures[box.page_index].append(number)
            bottom = box.y + box.height * (height - first - rows) / height
            operators.append(
                f"q {box.width:.2f} 0 0 {box.height * rows / height:.3f} "
                f"{box.x:.2f} {bottom:.3f} cm /Im{number} Do Q\n"
            )
        operators.append("Q\n")
        content = self._objects.stream("".join(operators).encode())
        self._contents[box.page_index].append(content)

    # -- pages ------------------------------------------------------------------------------

    def _page_tree(self, numbers: list[int]) -> list[int]:
        """The parent of each page; the tree's root comes last."""
        objects = self._objects
        root = objects.reserve()
        groups = [numbers[n : n + 12] for n in range(0, len(numbers), 12)]
        parents, nodes = [], []
        for group in groups:
            kids = " ".join(f"{number} 0 R" for number in group)
            node = objects.add(
                f"<< /Type /Pages /Parent {root} 0 R /Count {len(group)} /Kids [ {kids} ] >>"
            )
            nodes.append(f"{node} 0 R")
            parents += [node] * len(group)
        objects.set(
            root,
            f"<< /Type /Pages /Count {len(numbers)} /Kids [ {' '.join(nodes)} ] "
            f"/MediaBox [ 0 0 {PAGE_WIDTH} {PAGE_HEIGHT} ] >>",
        )
        return [*parents, root]

    def _page(self, number: int, parent: int, index: int, fonts: str) -> None:
        images = "".join(f"/Im{n} {n} 0 R " for n in self._pictures[index])
        xobjects = f"/XObject << {images}>> " if images else ""
        resources = self._objects.add(
            f"<< /ProcSet [ /PDF /Text {'/ImageB ' if images else ''}] "
            f"/Font << {fonts}>> {xobjects}>>"
        )
        contents = self._contents[index]
        listed = " ".join(f"{n} 0 R" for n in contents)
        shown = listed if len(contents) == 1 else f"[ {listed} ]"
        # Half of the producers repeat the page size, the others leave it to the tree.
        box = f"/MediaBox [ 0 0 {PAGE_WIDTH} {PAGE_HEIGHT} ] " if self._chapter.shape % 2 else ""
        self._objects.set(
            number,
            f"<< /Type /Page /Parent {parent} 0 R /Resources {resources} 0 R /Contents {shown} "
            f"{box}/CropBox [ 0 0 {PAGE_WIDTH} {PAGE_HEIGHT} ] /Rotate 0 >>",
        )

    def _old_outline(self, numbers: list[int]) -> str:
        """The outline of the set of 1999: a dead entry, colons, a zoom that nobody asked for."""
        objects = self._objects
        outline = objects.reserve()
        places: list[tuple[str, str]] = [
            ("Table of Contents", "/A << /S /GoToR /F (contents.pdf) /D [ 0 /XYZ 0 702 1.25 ] >>")
        ]
        for heading in self._chapter.headings:
            top = heading.baseline + HEADING_SIZE
            target = f"/Dest [ {numbers[heading.page_index]} 0 R /XYZ 0 {top:.1f} 1.25 ]"
            places.append((f"{heading.section.title}:", target))
        items = [objects.reserve() for _ in places]
        for index, (title, target) in enumerate(places):
            links = f"/Prev {items[index - 1]} 0 R " if index else ""
            links += f"/Next {items[index + 1]} 0 R " if index + 1 < len(items) else ""
            objects.set(
                items[index], f"<< /Title {string(title)} /Parent {outline} 0 R {links}{target} >>"
            )
        objects.set(
            outline, f"<< /First {items[0]} 0 R /Last {items[-1]} 0 R /Count {len(items)} >>"
        )
        return f"/Outlines {outline} 0 R /PageMode /UseOutlines "

    # -- the file ---------------------------------------------------------------------------

    def _text_filter(self) -> str:
        shape = self._chapter.shape
        if shape % 6 == 5:
            return ""
        return "Flate" if shape % 8 == 4 else "LZW"

    def _info(self) -> str:
        """Document info as careless as the real one's."""
        shape = self._chapter.shape
        title = "C:\\Benford\\Benford.wpd" if shape == 33 else f"Chapter {self._chapter.number} "
        author = "/Author (Owner) " if shape == 21 else ""
        date = "00000101000000Z" if shape % 3 == 0 else f"1999{shape % 12 + 1:02d}12093015"
        return (
            f"<< /Title {string(title)} {author}/Creator (Typing Engine 8) "
            f"/Producer (Page Distillery 4.05) /CreationDate (D:{date}) >>"
        )

    def _written(self, root: int, info: int, first: int, pages: int) -> bytes:
        shape = self._chapter.shape
        version = "1.2" if self._book.old_set else "1.4"
        if shape % 10 == 2:
            return resaved_file(self._objects, root, info, version, self._first_saved())
        if shape % 11 == 7 or self._book.old_set:
            return plain_file(self._objects, root, info, version)
        first_page = [first, *self._contents[0], *self._pictures[0]]
        return linearized_file(
            self._objects, root, info, version, first_page=first_page, pages=pages
        )

    def _first_saved(self) -> dict[int, bytes]:
        """Contents of pages that stood empty when the file was first saved."""
        before: dict[int, bytes] = {}
        enough = self._size() * _RESAVED_SHARE
        for number in reversed(self._rewritable):
            if enough <= 0:
                break
            enough -= len(self._objects.bodies[number - 1])
            before[number] = stream_body(b"q Q\n")
        return before

    def _size(self) -> int:
        """Bytes of the objects so far, with what surrounds them."""
        bodies = self._objects.bodies
        self._used += sum(len(body) + _PER_OBJECT for body in bodies[self._counted :])
        self._counted = len(bodies)
        return self._used


def _descriptor(font: Metrics) -> str:
    return (
        f"<< /Type /FontDescriptor /FontName /{font.name} /Flags {font.flags} "
        f"/FontBBox [ -250 -250 1200 1000 ] /ItalicAngle {font.italic_angle} /Ascent {font.ascent} "
        f"/Descent {font.descent} /CapHeight {font.cap_height} /StemV {font.stem} >>"
    )
