"""Where things stand on the pages: the page's measures and the place of each section's heading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from dspguide.replica.metrics import SANS_BOLD, Metrics

if TYPE_CHECKING:
    from dspguide.replica.book import Chapter, Section

# Points from the bottom left of the page.
PAGE_WIDTH, PAGE_HEIGHT = 522, 702
LEFT, RIGHT = 60.0, 462.0
RUNNING_HEAD = 660.0
TOP, BOTTOM = 630.0, 62.0
FOOT = 34.0
FIRST_PAGE_TOP = 388.0
"""Where the text of a chapter's first page begins, below title and abstract."""

HEADING_SIZE = 14.0
HEADING_LEADING = 17.0
TITLE_SIZE = 18.0
BODY_SIZE = 10.6
BODY_LEADING = 12.7

_CAP_HEIGHT = SANS_BOLD.cap_height / 1000
_LEAST_APART = 96.0


@dataclass(frozen=True)
class Heading:
    """A section's heading in the chapter's PDF."""

    section: Section
    page_index: int
    """0-based index of the page in the chapter."""
    baseline: float
    """Of its first line, in points from the bottom of the page."""
    lines: tuple[str, ...]
    """As printed; two where the title is too long for one."""

    @property
    def top(self) -> float:
        """Upper edge of its capitals, in points from the bottom of the page."""
        return self.baseline + HEADING_SIZE * _CAP_HEIGHT

    @property
    def bottom(self) -> float:
        """Where text may go on below it, in points from the bottom of the page."""
        return self.baseline - HEADING_LEADING * (len(self.lines) - 1) - 8


@lru_cache(maxsize=64)
def headings(chapter: Chapter) -> tuple[Heading, ...]:
    """The headings of all sections, in order.

    They stand at any height; in some chapters the first one is on page 1, in some two share a page.
    """
    rng = Random(chapter.number * 7919 + 11)  # noqa: S311 - to repeat, not to hide
    count = len(chapter.sections)
    step = (chapter.pages - 1) / count
    found: list[Heading] = []
    for index, section in enumerate(chapter.sections):
        lines = wrap(section.printed_title, SANS_BOLD, HEADING_SIZE, RIGHT - LEFT)
        page = 1 + int(step * (index + 0.8 * rng.random()))
        height = rng.random()
        if index == 0 and chapter.number % 3 == 0:
            page = 0
        if index == 2 and chapter.number % 5 == 1:
            page = found[-1].page_index
        top = FIRST_PAGE_TOP if page == 0 else TOP
        bottom = BOTTOM + 40
        if found and found[-1].page_index >= page:
            page = found[-1].page_index
            top = found[-1].baseline - _LEAST_APART
            if top < bottom:
                page, top = page + 1, TOP
        baseline = round(top - height * (top - bottom), 1)
        found.append(Heading(section, min(page, chapter.pages - 1), baseline, lines))
    return tuple(found)


def wrap(text: str, font: Metrics, size: float, width: float) -> tuple[str, ...]:
    """The lines, at most `width` points wide, that `text` takes."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and font.text_width(longer, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return (*lines, line)
