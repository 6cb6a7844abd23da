"""The little of SVG that the drawings need; text stays text, numbers are short."""

from __future__ import annotations

from html import escape

# Every colour is of middle lightness, so that it can be read on white and on black: a drawing in a
# page does not learn which of the two the page has chosen.
INK = "#757d88"
FAINT = "#8b949e55"


class Drawing:
    """Collects shapes; coordinates in pixels from the top left."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self._shapes = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
                f'width="{_n(width)}" height="{_n(height)}" role="img" '
                f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">'
            ),
            f"<title>{escape(title)}</title>",
        ]

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        anchor: str = "start",
        size: float = 12,
        bold: bool = False,
        color: str | None = None,
    ) -> None:
        """Write words on the baseline `y`; `anchor` is start, middle or end."""
        more = "" if anchor == "start" else f' text-anchor="{anchor}"'
        more += "" if size == 12 else f' font-size="{_n(size)}"'
        more += ' font-weight="600"' if bold else ""
        more += f' fill="{color}"' if color else ""
        self._shapes.append(f'<text x="{_n(x)}" y="{_n(y)}"{more}>{escape(words)}</text>')

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        color: str = FAINT,
        *,
        width: float = 1,
        dash: str = "",
    ) -> None:
        """Draw a straight line."""
        self.path([(x1, y1), (x2, y2)], color, width=width, dash=dash)

    def path(
        self, points: list[tuple[float, float]], color: str, *, width: float = 2, dash: str = ""
    ) -> None:
        """Draw a line through points."""
        d = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._shapes.append(
            f'<path d="{d}" fill="none" stroke="{color}" stroke-width="{_n(width)}"{dashed}/>'
        )

    def bar(
        self, x: float, y: float, width: float, height: float, color: str, *, opacity: float = 1
    ) -> None:
        """Fill a rectangle; one that is too narrow to be seen is drawn a pixel wide."""
        shade = "" if opacity == 1 else f' opacity="{opacity:g}"'
        self._shapes.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 1))}" height="{_n(height)}" '
            f'fill="{color}"{shade}/>'
        )

    def dot(self, x: float, y: float, color: str, radius: float = 3) -> None:
        """Mark a point."""
        self._shapes.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{color}"/>')

    def __str__(self) -> str:
        return "\n".join([*self._shapes, "</svg>", ""])


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
