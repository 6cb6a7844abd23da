"""The entries of the outline and of the table of contents, which lead to the same places."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.output.references import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dspguide.pdf.model import PreparedChapter


class ContentsEntry(NamedTuple):
    """A part, chapter or section, and the place it leads to.

    ``level`` is 0 for a part, 1 for a chapter, 2 and more for its sections. ``label`` is the
    printed number of the page, whose 0-based index is counted in the chapter at ``position``.
    """

    level: int
    number: str
    title: str
    label: str
    position: int
    page_index: int
    left: float
    top: float

    @property
    def spot(self) -> Spot:
        """Where it leads."""
        return Spot(self.position, self.page_index, self.left, self.top)

    @property
    def heading(self) -> str:
        """Number and title as one."""
        return f"{self.number} {self.title}" if self.number else self.title


def contents_of(
    chapters: Sequence[PreparedChapter], labels: Sequence[str]
) -> Iterator[ContentsEntry]:
    """All entries in the book's order; ``labels`` are those of the chapters' pages."""
    first = 0
    for part, members in groupby(chapters, key=lambda chapter: chapter.plan.part):
        for place, chapter in enumerate(members):
            corner = chapter.corners[0]
            if part is not None and place == 0:
                yield ContentsEntry(0, "", part, labels[first], chapter.position, 0, *corner)
            title = chapter.plan.title
            number = _number_before(title, chapter.plan.number)
            yield ContentsEntry(1, number, title, labels[first], chapter.position, 0, *corner)
            for section in chapter.sections:
                index = section.page_index
                left, top = chapter.corners[index]
                yield ContentsEntry(
                    1 + max(section.level, 1),
                    "",
                    section.title,
                    labels[first + index],
                    chapter.position,
                    index,
                    left if section.left is None else section.left,
                    top if section.top is None else section.top,
                )
            first += chapter.pages


def _number_before(title: str, number: int | str | None) -> str:
    """What stands before a chapter's title, which may begin with its number already."""
    text = "" if number is None else " ".join(str(number).split())
    own = re.match(
        rf"(?:(?:chapter|appendix)\s+)?{re.escape(text)}[.:)]?(?:\s|$)", title, re.IGNORECASE
    )
    return "" if text and own else text
