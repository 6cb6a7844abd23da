"""Typst's pages as a producer of the 1990s would have left them: body fonts named, not embedded.

Typst embeds every font and shows glyph numbers. Here each line of body text is written again in
WinAnsi codes for a font that the file only names, with the widths that the line was set with, so
that everything stays in its place. The fonts of mathematics stay as they are.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator


class Face(NamedTuple):
    """A font that files name and viewers have; flags and the rest as in its descriptor."""

    resource: str
    name: str
    flags: int
    italic_angle: int
    stem: int


FACES = {
    "LibertinusSerif-Regular": Face("F1", "TimesNewRoman", 34, 0, 84),
    "LibertinusSerif-Italic": Face("F2", "TimesNewRoman,Italic", 98, -15, 76),
    "LibertinusSerif-Bold": Face("F3", "Arial,Bold", 262176, 0, 138),
    "NewCM10-Regular": Face("F4", "Arial", 32, 0, 80),
    "DejaVuSansMono": Face("F5", "CourierNew", 35, 0, 41),
}
"""By the name of the font that typst sets in its stead."""

_RUN = re.compile(
    rb"q 1 0 0 -1 (\S+) (\S+) cm/c\d cs 0 scn\nBT 0 Tr/(f\d+) (\S+) Tf 1 0 0 -1 0 0 Tm(.*?) ?T([Jj])\n"
    rb"ET\nQ\n?",
    re.DOTALL,
)
_GLYPH = re.compile(rb"\\000(\\\d{3}|\\.|[^\\])", re.DOTALL)
_UNICODE = re.compile(rb"<([0-9A-Fa-f]{4})> ?<([0-9A-Fa-f]{4})>")
_ESCAPES = {b"\n": b"n", b"\r": b"r", b"\t": b"t", b"\b": b"b", b"\f": b"f"}
_ESCAPES |= {bracket: bracket for bracket in (b"(", b")", b"\\")}
_COLOR = re.compile(rb"/c\d (CS|cs) 0 (SCN|scn)")


@dataclass
class PageText:
    """The content of one page, and which fonts it needs."""

    content: bytes
    codes: dict[Face, set[int]]
    """The WinAnsi codes shown in each face."""
    embedded: dict[str, pikepdf.Object]
    """Fonts that stay, by resource name."""


class OldFonts:
    """Rewrites the pages of one PDF of typst's."""

    def __init__(self, made: bytes) -> None:
        self._pdf = pikepdf.open(io.BytesIO(made))
        self._glyphs: dict[tuple[int, int], dict[bytes, bytes]] = {}
        self.widths: dict[Face, dict[int, int]] = {face: {} for face in FACES.values()}
        """By WinAnsi code, in 1/1000 of the size."""

    def pages(self) -> Iterator[PageText]:
        """Each page in order."""
        for page in self._pdf.pages:
            fonts = {str(name)[1:].encode(): font for name, font in page.Resources.Font.items()}
            yield self._page(page.Contents.read_bytes(), fonts)

    def _page(self, content: bytes, fonts: dict[bytes, pikepdf.Object]) -> PageText:
        found = PageText(b"", {}, {})

        def rewritten(run: re.Match[bytes]) -> bytes:
            x, y, name, size, shown, operator = run.groups()
            face = _face(fonts[name])
            if face is None:
                resource = f"M{name.decode()[1:]}"
                found.embedded[resource] = fonts[name]
            else:
                resource = face.resource
                glyphs = self._of(fonts[name], face)
                found.codes.setdefault(face, set()).update(
                    glyphs[glyph][-1] for glyph in set(_GLYPH.findall(shown))
                )
                shown = _GLYPH.sub(lambda glyph: glyphs[glyph[1]], shown)
            return b"BT /%b %b Tf %b %b Td %b T%b ET\n" % (
                *(resource.encode(), size, x, y, shown, operator),
            )

        content = _RUN.sub(rewritten, content)
        found.content = b"0 g\n" + _COLOR.sub(
            lambda color: b"0 G" if color[1] == b"CS" else b"0 g", content
        )
        return found

    def _of(self, font: pikepdf.Object, face: Face) -> dict[bytes, bytes]:
        """What stands for each glyph of a font, both as written in a string."""
        if font.objgen not in self._glyphs:
            characters = {
                int(glyph, 16): bytes.fromhex(code.decode()).decode("utf-16-be").encode("cp1252")
                for glyph, code in _UNICODE.findall(font.ToUnicode.read_bytes())
                if code.lower() != b"ffff"  # the range of all codes
            }
            widths = dict(_widths(font.DescendantFonts[0].W))
            self.widths[face].update(
                {code[0]: round(widths[glyph]) for glyph, code in characters.items()}
            )
            self._glyphs[font.objgen] = {
                form: _escaped(code) for glyph, code in characters.items() for form in _forms(glyph)
            }
        return self._glyphs[font.objgen]


def _face(font: pikepdf.Object) -> Face | None:
    name = str(font.BaseFont).partition("+")[2].removesuffix("-Identity-H")
    return FACES.get(name)


def _forms(code: int) -> Iterator[bytes]:
    """How a byte may be written in a string; ISO 32000-1, table 3."""
    raw = bytes((code,))
    yield from (raw, b"\\%03o" % code)
    if raw in _ESCAPES:
        yield b"\\" + _ESCAPES[raw]


def _escaped(code: bytes) -> bytes:
    return b"\\" + code if code in b"()\\" else code


def _widths(array: pikepdf.Object) -> Iterator[tuple[int, float]]:
    """A CID font's widths by glyph; ISO 32000-1, 9.7.4.3."""
    items = iter(array.as_list())
    for first in items:
        second = next(items)
        if isinstance(second, pikepdf.Array):
            yield from enumerate(map(float, second.as_list()), int(first))
        else:
            width = float(next(items))
            yield from ((code, width) for code in range(int(first), int(second) + 1))
