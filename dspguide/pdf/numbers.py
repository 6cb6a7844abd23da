"""Reading the printed page numbers of a chapter.

Every number that begins or ends a line in a page's head or foot is a vote for "printed number
minus page index". Pages that agree make a run; runs are extended over pages without a vote.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.text import PageText

_HEAD_BAND = 0.13  # part of the page's height in which a running head or foot stands
_AT_AN_END = re.compile(r"^\W{0,2}(\d{1,5})(?=\W|$)|(?<![\d.])(\d{1,5})\W{0,2}$")
_LINES_LOOKED_AT = 6  # from either end of the page's text, which need not be in visual order


class NumberFinder:
    """Collects, page by page, the numbers that may be the printed page number."""

    def __init__(self) -> None:
        self._votes: list[frozenset[int]] = []

    def read(self, page: PageText) -> None:
        """Note the numbers in a page's head and foot; pages must come in order."""
        found: set[int] = set()
        count = len(page.lines)
        for line, text in enumerate(page.lines):
            if _LINES_LOOKED_AT <= line < count - _LINES_LOOKED_AT:
                continue
            for match in _AT_AN_END.finditer(text.strip()):
                at = text.find(match.group(1) or match.group(2))
                glyph = page.glyph(line, max(at, 0))
                if glyph is None:
                    continue
                height = ((glyph.top + glyph.bottom) / 2 - page.bottom) / page.height
                if not _HEAD_BAND <= height <= 1 - _HEAD_BAND:
                    found.add(int(match.group(1) or match.group(2)))
        self._votes.append(frozenset(found - {0}))

    def labels(self) -> tuple[str | None, ...]:
        """The printed number by 0-based page index, None where there is no knowing it."""
        return tuple(None if n is None else str(n) for n in agreed_numbers(self._votes))


def agreed_numbers(votes: Sequence[frozenset[int]]) -> list[int | None]:
    """The number of each page on which the pages agree.

    The offset (number minus index) with most votes wins its pages; of what is left between, the
    next one, as long as at least two pages agree. A lone page of a one-page chapter wins if it
    has a single candidate.
    """
    offsets = [{number - index for number in page} for index, page in enumerate(votes)]
    chosen: list[int | None] = [None] * len(votes)
    if len(votes) == 1:
        if len(offsets[0]) == 1:
            chosen[0] = min(offsets[0])
    else:
        _agree(offsets, chosen, 0, len(votes))
    _extend(chosen)
    return [None if off is None else index + off for index, off in enumerate(chosen)]


def _agree(offsets: list[set[int]], chosen: list[int | None], start: int, stop: int) -> None:
    """Settle pages ``start`` to ``stop``: the strongest run first, then what lies beside it."""
    pending = [(start, stop)]
    while pending:
        start, stop = pending.pop()
        counts = Counter(offset for page in offsets[start:stop] for offset in page)
        # A printed number is at least 1; of equals take the smallest, for a stable result.
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if not ranked or ranked[0][1] < 2:
            continue
        offset = ranked[0][0]
        pages = [i for i in range(start, stop) if offset in offsets[i] and i + offset > 0]
        first, last = pages[0], pages[-1]
        for index in pages:
            chosen[index] = offset
        pending += [(start, first), (last + 1, stop)]
        pending += [(a + 1, b) for a, b in pairwise(pages) if b - a > 2]


def _extend(chosen: list[int | None]) -> None:
    """Give pages without a number the offset of the page before, or of the first known one."""
    known = next((offset for offset in chosen if offset is not None), None)
    if known is None:
        return
    current = known
    for index, offset in enumerate(chosen):
        if offset is not None:
            current = offset
        elif index + current > 0:
            chosen[index] = current
