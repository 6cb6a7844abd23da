"""A chapter's text, set by typst in the places that `layout` has chosen, in fonts of the 1990s.

Typst embeds every font and shows glyph numbers. Here each line of body text is written again in
WinAnsi codes for a font that the file only names, with the widths that the line was set with, so
that everything stays in its place. The font of mathematics stays as it is.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pikepdf

# Typst sets mathematics, captions and whole books from a few lines of template, faster than any
# other typesetter tried, to the same bytes on each run, and brings the fonts that it needs.
import typst

from dspguide.demo import prose
from dspguide.demo.data import FOLDER
from dspguide.demo.layout import Block, planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.demo.book import Book, Chapter

_TEMPLATE = str(FOLDER / "chapter.typ")
_CHARACTERS = 82
"""That a line of text holds at least, so that nothing runs over what stands below."""
_RUN = re.compile(
    rb"q 1 0 0 -1 (\S+) (\S+) cm/c\d cs 0 scn\nBT 0 Tr/(f\d+) (\S+) Tf 1 0 0 -1 0 0 Tm"
    rb"(.*?) ?T([Jj])\nET\nQ\n?",
    re.DOTALL,
)
_GLYPH = re.compile(rb"\\000(\\\d{3}|\\.|[^\\])", re.DOTALL)
_ESCAPED = {
    code: b"\\%c" % letter for code, letter in zip(b"\n\r\t\b\f()\\", b"nrtbf()\\", strict=True)
}
"""Bytes that may be written so in a string; ISO 32000-1, table 3."""


class Face(NamedTuple):
    """A font that files name and viewers have; flags and the rest as in its descriptor."""

    resource: str
    name: str
    flags: int
    italic_angle: int
    stem: int


_FACES = {
    "LibertinusSerif-Regular": Face("F1", "TimesNewRoman", 34, 0, 84),
    "LibertinusSerif-Italic": Face("F2", "TimesNewRoman,Italic", 98, -15, 76),
    "LibertinusSerif-Bold": Face("F3", "Arial,Bold", 262176, 0, 138),
    "NewCM10-Regular": Face("F4", "Arial", 32, 0, 80),
    "DejaVuSansMono": Face("F5", "CourierNew", 35, 0, 41),
}
"""By the name of the font that typst sets in its stead."""


@dataclass
class PageText:
    """The content of one page, and which fonts it needs."""

    content: bytes = b""
    codes: dict[Face, set[int]] = field(default_factory=dict)
    """The WinAnsi codes shown in each face."""
    embedded: dict[str, pikepdf.Object] = field(default_factory=dict)
    """Fonts that stay, by resource name."""


class Text:
    """The text of a chapter. Another revision has other words in the same places."""

    def __init__(self, book: Book, chapter: Chapter, revision: int) -> None:
        inputs = {"chapter": json.dumps(_content(book, chapter, revision))}
        self._pdf = pikepdf.open(io.BytesIO(_compiled(_TEMPLATE, inputs)))
        self._codes: dict[tuple[int, int], dict[bytes, bytes]] = {}
        self.widths: dict[Face, dict[int, int]] = {}
        """Of each face's characters by WinAnsi code, in 1/1000 of the size."""

    def pages(self) -> Iterator[PageText]:
        """Each page in order; ValueError where typst writes otherwise than this was written for."""
        for page in self._pdf.pages:
            found = PageText()
            rewritten = partial(self._rewritten, page.Resources.Font, found)
            content = _RUN.sub(rewritten, page.Contents.read_bytes())
            if b" Tr/f" in content:
                raise ValueError("typst writes its text in another way")
            content = re.sub(rb"/c\d CS 0 SCN", b" 0 G", content)
            found.content = b"0 g\n" + re.sub(rb"/c\d cs 0 scn", b" 0 g", content)
            yield found

    def _rewritten(self, fonts: pikepdf.Object, found: PageText, run: re.Match[bytes]) -> bytes:
        x, y, resource, size, shown, operator = run.groups()
        font = fonts[f"/{resource.decode()}"]
        face = _FACES.get(str(font.BaseFont).partition("+")[2].removesuffix("-Identity-H"))
        if face is None:
            found.embedded[resource.decode()] = font
        else:
            resource = face.resource.encode()
            codes = self._codes.get(font.objgen) or self._read(font, face)
            used = found.codes.setdefault(face, set())
            used.update(codes[glyph][-1] for glyph in set(_GLYPH.findall(shown)))
            shown = _GLYPH.sub(lambda glyph: codes[glyph[1]], shown)
        return b"BT /%b %b Tf %b %b Td %b T%b ET\n" % (resource, size, x, y, shown, operator)

    def _read(self, font: pikepdf.Object, face: Face) -> dict[bytes, bytes]:
        """The WinAnsi code of each glyph of a font, both as written in a string."""
        codes = self._codes[font.objgen] = {}
        ranges = iter(font.DescendantFonts[0].W.as_list())  # ISO 32000-1, 9.7.4.3
        widths = {
            glyph: round(width)
            for first, last, width in zip(ranges, ranges, ranges, strict=True)
            for glyph in range(int(first), int(last) + 1)
        }
        _, _, table = font.ToUnicode.read_bytes().partition(b"endcodespacerange")
        for glyph, character in re.findall(rb"<(\w{4})> ?<(\w{4})>", table):
            number = int(glyph, 16)
            code = chr(int(character, 16)).encode("cp1252")
            self.widths.setdefault(face, {})[code[0]] = widths[number]
            for form in (b"%c" % number, b"\\%03o" % number, _ESCAPED.get(number, b"")):
                codes[form] = _ESCAPED[code[0]] if code in b"()\\" else code
        return codes


def _content(book: Book, chapter: Chapter, revision: int) -> dict[str, Any]:
    """What the template is to set."""
    rng = Random(chapter.number * 1_000_003 + revision * 101)  # noqa: S311 - to repeat
    full = book.size == "full"
    titles = [section.printed_title for section in chapter.sections]

    def shown(block: Block) -> dict[str, Any]:
        words = ""
        if block.kind == "text":
            room = _CHARACTERS * block.lines - 30 if full else 0
            words = prose.filled(rng, block.sentences, room, titles)
        elif block.kind not in ("heading", "graphic"):
            number = int(block.label.partition("-")[2])
            words = prose.sentences(rng, 2 if full and block.kind != "equation" else 1)
            if number % 3 == 1:  # a title also stands where no section begins
                words = titles[number // 3 % len(titles)]
        chance = int(rng.random() * 100)
        return vars(block) | {"base": block.base, "words": words, "chance": chance}

    about = f"This chapter is about {' and '.join(titles[:2])}."
    return {
        "number": chapter.number,
        "title": chapter.title.replace("'", "’"),
        "book": book.title.replace("'", "’"),
        "first": chapter.first_number,
        # In some chapters the title comes only after the captions of its page.
        "late": chapter.shape % 3 == 1,
        "abstract": prose.filled(rng, [about], (8 if full else 3) * _CHARACTERS, titles),
        "pages": [[shown(block) for block in blocks] for blocks in planned(chapter)],
    }


@cache
def one_page_pdf(text: str) -> bytes:
    """A PDF of one page with a line on it."""
    return _compiled(text.encode(), {})


def _compiled(source: Any, inputs: dict[str, str]) -> bytes:
    # No tags: they would be a third of the content, and no file of the 1990s had them.
    made = _compiler().compile(
        source, format="pdf", pdf_standards="1.4", pdf_tags=False, sys_inputs=inputs
    )
    return bytes(made)  # type: ignore[arg-type]


@cache
def _compiler() -> typst.Compiler:
    """One for all chapters; only typst's own fonts, so that each machine gets the same bytes."""
    return typst.Compiler(_TEMPLATE, ignore_system_fonts=True)
