"""Places on the pages where there may be a heading, and how they are set."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dspguide.pdf.analysis.text import PageText

SAME_SIZE = 0.6  # points: sizes closer than this are one size
_HEAD_BAND = 0.1  # part of the page's height in which running heads and feet stand
_RIGHT_MARGIN = 0.25  # part of the page's width in which lines end that are set to the right
_COLUMN_LINE = 15  # characters: a line of text in a column has more
_TEXT_LINE = 40  # characters: a line of text, not of a table or a caption, has more


@dataclass(frozen=True)
class Place:
    """Where lines may be a heading.

    ``spot`` has the file's coordinates, in points, of what is seen at the line's left end of the
    page. ``lines`` are the first and the last line, counted on the page. ``bold`` and ``font`` are
    of its beginning, ``end_bold`` and ``end_font`` of its end.
    """

    page_index: int
    position: tuple[int, bool, float]  # page, column, how far down: in order of reading
    spot: tuple[float, float]
    size: float
    bold: bool
    font: bytes
    end_bold: bool
    end_font: bytes
    in_margin: bool
    lines: tuple[int, int]


def place_of(page: PageText, first: int, last: int) -> Place | None:
    """How lines of a page are set; None if they are set in different ways."""
    glyphs = [page.glyph(line) for line in (first, last)]
    ends = [page.glyph(line, len(page.lines[line].rstrip()) - 1) for line in (first, last)]
    (top, below), (right, end) = glyphs, ends
    if top is None or below is None or right is None or end is None:
        return None
    # The larger of a line's ends: of small capitals only the first may be large.
    size = max(top.size, right.size)
    if abs(size - max(below.size, end.size)) > SAME_SIZE or top.bold != below.bold:
        return None  # lines set differently are not one heading
    low, high = page.bottom + page.height * _HEAD_BAND, page.top - page.height * _HEAD_BAND
    in_margin = not low <= (top.top + top.bottom) / 2 <= high
    column = top.left > (page.left + page.right) / 2 and (
        end.left < page.right - (page.right - page.left) * _RIGHT_MARGIN
        or _is_beside_text(page, first, last)
    )
    return Place(
        page.index,
        (page.index, column, page.top - top.top),
        page.in_file(page.left, top.top),
        size,
        top.bold,
        top.font,
        end.bold,
        end.font,
        in_margin,
        (first, last),
    )


def _is_beside_text(page: PageText, first: int, last: int) -> bool:
    """Whether lines near begin beyond the middle too, so that none of them is set to the right."""
    for line in (*range(last + 1, last + 4), *range(first - 3, first)):
        if 0 <= line < len(page.lines) and len(page.lines[line]) >= _COLUMN_LINE:
            glyph = page.glyph(line)
            if glyph is not None and glyph.left > (page.left + page.right) / 2:
                return True
    return False


class BodyText:
    """How the text of a chapter is set, by a sample of its lines."""

    def __init__(self) -> None:
        self._styles: Counter[tuple[float, bytes]] = Counter()

    def read(self, page: PageText) -> None:
        """Take a sample of a page."""
        if middle := len(page.lines) // 2:
            for line in (middle, middle // 2):
                if len(page.lines[line]) > _TEXT_LINE and (glyph := page.glyph(line)):
                    self._styles[round(glyph.size, 1), glyph.font] += 1

    @property
    def size(self) -> float:
        """In points; 0 where there is no text."""
        sizes: Counter[float] = Counter()
        for (size, _), count in self._styles.items():
            sizes[size] += count
        return sizes.most_common(1)[0][0] if sizes else 0.0

    @property
    def font(self) -> bytes:
        """The name of its font; "" where there is no text."""
        return self._styles.most_common(1)[0][0][1] if self._styles else b""


def usual_size(page: PageText) -> float | None:
    """The size of most lines of text on a page, in points; None where there are none."""
    sizes: Counter[float] = Counter()
    for line, text in enumerate(page.lines):
        if len(text) > _TEXT_LINE and (glyph := page.glyph(line)):
            sizes[round(glyph.size, 1)] += 1
    return sizes.most_common(1)[0][0] if sizes else None


def heading_like(places: Iterable[Place], body: float) -> list[Place]:
    """Those set larger than the text, or in bold and not smaller, as captions may be."""
    return [
        place for place in places if place.size > body + (-SAME_SIZE if place.bold else SAME_SIZE)
    ]
