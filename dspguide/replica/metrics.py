"""Widths of the text fonts that the PDFs name but do not embed, in 1/1000 of the font size."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST = 32


@dataclass(frozen=True)
class Metrics:
    """A font's widths by WinAnsi code, and what its descriptor says."""

    name: str
    widths: dict[int, int]
    flags: int
    italic_angle: int
    ascent: int
    descent: int
    cap_height: int
    stem: int

    def text_width(self, text: str, size: float) -> float:
        """Width in points of `text` set at `size` points."""
        widths = self.widths
        return sum(widths[code] for code in text.encode("cp1252")) * size / 1000


def _widths(
    ascii_widths: str, apostrophe: int, en_dash: int, em_dash: int, times: int
) -> dict[int, int]:
    table = {_FIRST + n: int(width) for n, width in enumerate(ascii_widths.split())}
    return table | {0x92: apostrophe, 0x96: en_dash, 0x97: em_dash, 0xD7: times}


SANS = Metrics(
    "Arial",
    _widths(
        "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 "
        "556 556 556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 "
        "500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 "
        "556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
        "278 556 500 722 500 500 500 334 260 334 584",
        *(222, 556, 1000, 584),
    ),
    *(32, 0, 905, -212, 716, 80),
)
SANS_BOLD = Metrics(
    "Arial,Bold",
    _widths(
        "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 "
        "556 556 556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 "
        "556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 "
        "556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 "
        "333 611 556 778 556 556 500 389 280 389 584",
        *(278, 556, 1000, 584),
    ),
    *(262176, 0, 905, -212, 716, 138),
)
SERIF = Metrics(
    "TimesNewRoman",
    _widths(
        "250 333 408 500 500 833 778 180 333 333 500 564 250 333 250 278 500 500 500 500 500 "
        "500 500 500 500 500 278 278 564 564 564 444 921 722 667 667 722 611 556 722 722 333 "
        "389 722 611 889 722 722 556 722 667 556 611 722 722 944 722 722 611 333 278 333 469 "
        "500 333 444 500 444 500 444 333 500 500 278 278 500 278 778 500 500 500 500 333 389 "
        "278 500 500 722 500 500 444 480 200 480 541",
        *(333, 500, 1000, 564),
    ),
    *(34, 0, 891, -216, 662, 84),
)
SERIF_ITALIC = Metrics(
    "TimesNewRoman,Italic",
    _widths(
        "250 333 420 500 500 833 778 214 333 333 500 675 250 333 250 278 500 500 500 500 500 "
        "500 500 500 500 500 333 333 675 675 675 500 920 611 611 667 722 611 611 722 722 333 "
        "444 667 556 833 667 722 611 722 611 500 556 722 611 833 611 556 556 389 278 389 422 "
        "500 333 500 500 444 500 444 278 500 500 278 278 444 278 722 500 500 500 500 389 389 "
        "278 500 444 667 444 444 389 400 275 400 541",
        *(333, 500, 889, 675),
    ),
    *(98, -15, 891, -216, 662, 76),
)
