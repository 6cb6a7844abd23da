"""How lines are set on a page, and how the text of a chapter is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dspguide.pdf.analysis.text import Glyph, PageText

SAME_SIZE = 0.6  # points: sizes closer than this are one size
_HEAD_BAND = 0.1  # part of the page's height in which running heads and feet stand
_RIGHT_MARGIN = 0.25  # part of the page's width in which lines end that are set to the right
_COLUMN_LINE = 15  # characters: a line of text in a column has more
_TEXT_LINE = 40  # characters: a line of text, not of a table or a caption, has more

#: Page, column, how far down in points: in order of reading.
Position = tuple[int, bool, float]


class Place(NamedTuple):
    """Where lines may be a heading.

    ``spot`` has the file's coordinates, in points, of what is seen at the line's left end of the
    page. ``start`` and ``end`` are the first and the last character, ``lines`` the first and the
    last line, counted on the page.
    """

    position: Position
    spot: tuple[float, float]
    size: float
    start: Glyph
    end: Glyph
    in_margin: bool
    lines: tuple[int, int]

    @property
    def page_index(self) -> int:
        """0-based."""
        return self.position[0]

    @property
    def style(self) -> tuple[float, bytes]:
        """The size to half a point, and the font."""
        return round(self.size * 2) / 2, self.start.font


def place_of(page: PageText, first: int, last: int) -> Place | None:
    """How lines of a page are set; None if they are set in different ways."""
    upper = _ends(page, first)
    lower = _ends(page, last) if last > first else upper
    if upper is None or lower is None:
        return None
    (start, right), (below, end) = upper, lower
    # The larger of a line's ends: of small capitals only the first may be large.
    size = max(start.size, right.size)
    if abs(size - max(below.size, end.size)) > SAME_SIZE or start.bold != below.bold:
        return None  # lines set differently are not one heading
    band, margin = page.height * _HEAD_BAND, (page.right - page.left) * _RIGHT_MARGIN
    in_margin = not page.bottom + band <= (start.top + start.bottom) / 2 <= page.top - band
    column = _is_beyond_middle(page, start) and (
        end.left < page.right - margin or _is_beside_text(page, first, last)
    )
    position = (page.index, column, page.top - start.top)
    spot = page.in_file(page.left, start.top)
    return Place(position, spot, size, start, end, in_margin, (first, last))


def _ends(page: PageText, line: int) -> tuple[Glyph, Glyph] | None:
    start = page.glyph(line)
    end = page.glyph(line, len(page.lines[line].rstrip()) - 1) if start else None
    return (start, end) if start and end else None


def _is_beyond_middle(page: PageText, glyph: Glyph) -> bool:
    return glyph.left > (page.left + page.right) / 2


def _is_beside_text(page: PageText, first: int, last: int) -> bool:
    """Whether lines near begin beyond the middle too, so that none of them is set to the right."""
    near = (*range(last + 1, last + 4), *range(first - 3, first))
    return any(
        0 <= line < len(page.lines)
        and len(page.lines[line]) >= _COLUMN_LINE
        and (glyph := page.glyph(line)) is not None
        and _is_beyond_middle(page, glyph)
        for line in near
    )


class BodyText:
    """How the text of a chapter is set, by a sample of its lines."""

    def __init__(self) -> None:
        self._sizes: Counter[float] = Counter()
        self._styles: Counter[tuple[float, bytes]] = Counter()

    def read(self, page: PageText, lines: Iterable[int] | None = None) -> None:
        """Take lines of a page, by default a sample of two."""
        middle = len(page.lines) // 2
        for line in (middle, middle // 2) if lines is None else lines:
            if len(page.lines[line]) > _TEXT_LINE and (glyph := page.glyph(line)):
                size = round(glyph.size, 1)
                self._sizes[size] += 1
                self._styles[size, glyph.font] += 1

    @property
    def size(self) -> float:
        """In points; 0 where there is no text."""
        return self._sizes.most_common(1)[0][0] if self._sizes else 0.0

    @property
    def font(self) -> bytes:
        """The name of its font; "" where there is no text."""
        return self._styles.most_common(1)[0][0][1] if self._styles else b""
