"""Typst's pages as a producer of the 1990s would have left them: body fonts named, not embedded.

Typst embeds every font and shows glyph numbers. Here each line of body text is written again in
WinAnsi codes for a font that the file only names, with the widths that the line was set with, so
that everything stays in its place. The fonts of mathematics stay as they are.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from functools import partial
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
    rb"q 1 0 0 -1 (\S+) (\S+) cm/c\d cs 0 scn\nBT 0 Tr/(f\d+) (\S+) Tf 1 0 0 -1 0 0 Tm"
    rb"(.*?) ?T([Jj])\nET\nQ\n?",
    re.DOTALL,
)
_GLYPH = re.compile(rb"\\000(\\\d{3}|\\.|[^\\])", re.DOTALL)
_ESCAPED = {
    code: b"\\%c" % letter for code, letter in zip(b"\n\r\t\b\f()\\", b"nrtbf()\\", strict=True)
}
"""Bytes that may be written so in a string; ISO 32000-1, table 3."""


@dataclass
class PageText:
    """The content of one page, and which fonts it needs."""

    content: bytes = b""
    codes: dict[Face, set[int]] = field(default_factory=dict)
    """The WinAnsi codes shown in each face."""
    embedded: dict[str, pikepdf.Object] = field(default_factory=dict)
    """Fonts that stay, by resource name."""


class OldFonts:
    """Rewrites the pages of one PDF of typst's."""

    def __init__(self, made: bytes) -> None:
        self._pdf = pikepdf.open(io.BytesIO(made))
        self._codes: dict[tuple[int, int], dict[bytes, bytes]] = {}
        self.widths: dict[Face, dict[int, int]] = {face: {} for face in FACES.values()}
        """By WinAnsi code, in 1/1000 of the size."""

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
        face = FACES.get(str(font.BaseFont).partition("+")[2].removesuffix("-Identity-H"))
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
        widths = dict(_widths(font.DescendantFonts[0].W))
        _, _, table = font.ToUnicode.read_bytes().partition(b"endcodespacerange")
        for glyph, character in re.findall(rb"<(\w{4})> ?<(\w{4})>", table):
            number = int(glyph, 16)
            code = chr(int(character, 16)).encode("cp1252")
            self.widths[face][code[0]] = round(widths[number])
            for form in (b"%c" % number, b"\\%03o" % number, _ESCAPED.get(number, b"")):
                codes[form] = _ESCAPED[code[0]] if code in b"()\\" else code
        return codes


def _widths(array: pikepdf.Object) -> Iterator[tuple[int, float]]:
    """A CID font's widths by glyph; ISO 32000-1, 9.7.4.3."""
    items = iter(array.as_list())
    for first in items:
        second = next(items)
        if isinstance(second, pikepdf.Array):
            yield from enumerate(map(float, second.as_list()), int(first))
        else:
            yield from dict.fromkeys(range(int(first), int(second) + 1), float(next(items))).items()
