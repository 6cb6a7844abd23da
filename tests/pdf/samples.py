"""Chapter files made by the tests: small, valid, and written out byte by byte."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from dspguide.pdf import BookPlan, ChapterPlan

WORDS = "Every signal that leaves the bench has a story to tell of wires and of patience."
#: A font whose codes are UTF-16, for what WinAnsi has no codes for.
UNICODE_DESCRIPTOR = """<</Type/FontDescriptor/FontName/Any-Bold/Flags 4/ItalicAngle 0/StemV 80
/FontBBox[0 -200 900 900]/Ascent 800/Descent -200/CapHeight 700>>"""
UNICODE_DESCENDANT = """<</Type/Font/Subtype/CIDFontType2/BaseFont/Any-Bold/DW 550
/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor {} 0 R>>"""
UNICODE_FONT = """<</Type/Font/Subtype/Type0/BaseFont/Any-Bold/Encoding/Identity-H
/DescendantFonts[{} 0 R]/ToUnicode {} 0 R>>"""
UNICODE_MAP = (
    b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange "
    b"1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap"
)
FONT = "<</Type/Font/Subtype/Type1/BaseFont/{}/Encoding/WinAnsiEncoding>>"


@dataclass
class Raw:
    """A PDF file as a list of objects; ``data`` writes it out with a classic xref table."""

    version: str = "1.4"
    bodies: list[bytes] = field(default_factory=list)
    root: int = 0
    trailer: str = ""

    def add(self, body: str | bytes) -> int:
        """Add an object; returns its number."""
        self.bodies.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(self.bodies)

    def set(self, number: int, body: str | bytes) -> None:
        """Replace an object."""
        self.bodies[number - 1] = body.encode("latin-1") if isinstance(body, str) else body

    def stream(self, data: bytes, extra: str = "", length: int | None = None) -> int:
        """Add a stream; ``length`` is what it claims to have."""
        head = f"<<{extra}/Length {len(data) if length is None else length}>>\nstream\n"
        return self.add(head.encode("latin-1") + data + b"\nendstream")

    def data(self) -> bytes:
        """The file."""
        out = bytearray(f"%PDF-{self.version}\n%\xe2\xe3\xcf\xd3\n".encode("latin-1"))
        offsets = []
        for number, body in enumerate(self.bodies, start=1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        out += (
            f"trailer\n<</Size {len(offsets) + 1}/Root {self.root} 0 R{self.trailer}>>\n"
            f"startxref\n{start}\n%%EOF\n"
        ).encode("cp1252")
        return bytes(out)


def line(font: str, size: float, x: float, y: float, text: str) -> str:
    """A line of text in a content stream."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET\n"


def unicode_line(size: float, x: float, y: float, text: str) -> str:
    """A line of text in any script, in bold."""
    return f"BT /U {size} Tf 1 0 0 1 {x} {y} Tm <{text.encode('utf-16-be').hex()}> Tj ET\n"


@dataclass
class Chapter:
    """A chapter of a few pages with its headings.

    ``headings`` maps a section's title to its 0-based page index and its baseline in points from
    the bottom. ``first`` is the printed number of the first page, None for no numbers.
    """

    number: int = 1
    title: str = "Beginnings"
    pages: int = 3
    first: int | None = 1
    headings: dict[str, tuple[int, float]] = field(default_factory=dict)
    part: str | None = "BASICS"
    annotations: dict[int, str] = field(default_factory=dict)
    catalog: str = ""
    extra_lines: dict[int, str] = field(default_factory=dict)
    page_extra: str = ""

    def plan(self) -> ChapterPlan:
        """The chapter as a contents page would describe it."""
        name = f"CH{self.number}.PDF"
        names = (name, f"http://www.example.org/{name}")
        return ChapterPlan(self.number, self.title, self.part, tuple(self.headings), names)

    def content(self, index: int) -> bytes:
        """The content stream of a page."""
        lines = []
        number = None if self.first is None else self.first + index
        if index == 0:
            lines += [line("B", 12, 60, 640, "CHAPTER"), line("B", 30, 60, 600, str(self.number))]
            lines.append(line("B", 18, 200, 600, self.title))
            if number is not None:
                lines.append(line("T", 10, 255, 40, str(number)))
        elif number is not None and number % 2 == 0:
            lines += [line("T", 9, 50, 660, str(number)), line("T", 9, 150, 660, "The Book")]
        elif number is not None:
            lines.append(line("T", 9, 50, 660, f"Chapter {self.number}- {self.title}"))
            lines.append(line("T", 9, 450, 660, str(number)))
        taken = [y for page, y in self.headings.values() if page == index]
        lines += [line("T", 10.6, 60, y, f"{WORDS[: 60 - n]}") for n, y in self._text_lines(taken)]
        lines += [
            line("B", 14, 60, y, title)
            for title, (page, y) in self.headings.items()
            if page == index
        ]
        lines.append(f"{0.1 * self.number:.2f} 0.4 0.6 rg 300 {90 + index} 60 20 re f\n")
        lines.append(self.extra_lines.get(index, ""))
        return "".join(lines).encode("cp1252")

    def _text_lines(self, taken: list[float]) -> list[tuple[int, float]]:
        heights = [540 - 14 * n for n in range(30)]
        return [(n, y) for n, y in enumerate(heights) if all(abs(y - t) > 16 for t in taken)]

    def raw(self) -> Raw:
        """The chapter as a Raw file: fonts are objects 1 and 2, pages 4, 6, 8 …"""
        file = Raw()
        file.add(FONT.format("Times-Roman"))
        file.add(FONT.format("Helvetica-Bold"))
        tree = file.add("")
        kids = []
        for index in range(self.pages):
            page = file.add("")
            kids.append(page)
            contents = file.stream(zlib.compress(self.content(index)), "/Filter/FlateDecode")
            annotations = self.annotations.get(index)
            file.set(
                page,
                f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 522 702]/Contents {contents} 0 R"
                f"/Resources<</Font<</T 1 0 R/B 2 0 R>>>>{self.page_extra}"
                + (f"/Annots[{annotations}]" if annotations else "")
                + ">>",
            )
        if any("/U " in text for text in self.extra_lines.values()):
            self._add_unicode_font(file, kids)
        refs = " ".join(f"{kid} 0 R" for kid in kids)
        file.set(tree, f"<</Type/Pages/Count {len(kids)}/Kids[{refs}]>>")
        file.root = file.add(f"<</Type/Catalog/Pages {tree} 0 R{self.catalog}>>")
        info = file.add("<</Title(Chapter 1 )/Author(Owner)/CreationDate(D:00000101000000Z)>>")
        file.trailer = f"/Info {info} 0 R"
        return file

    def _add_unicode_font(self, file: Raw, pages: list[int]) -> None:
        descendant = file.add(UNICODE_DESCENDANT.format(file.add(UNICODE_DESCRIPTOR)))
        number = file.add(UNICODE_FONT.format(descendant, file.stream(UNICODE_MAP)))
        for page in pages:
            body = file.bodies[page - 1]
            file.set(page, body.replace(b"/Font<<", b"/Font<</U %d 0 R" % number))

    def data(self) -> bytes:
        """The chapter as a file."""
        return self.raw().data()


def page_object(index: int) -> int:
    """The object number of a page in Chapter.raw()."""
    return 4 + 2 * index


def book_plan(chapters: list[Chapter]) -> BookPlan:
    """A book of these chapters."""
    plans = tuple(chapter.plan() for chapter in chapters)
    return BookPlan("The Maker’s Book", "A. N. Author", "en", plans)


def link(target: str) -> str:
    """A link annotation with an /A or /Dest in PDF syntax."""
    return f"<</Type/Annot/Subtype/Link/Rect[60 60 200 80]/Border[0 0 0]{target}>>"
