"""Reading the printed page numbers of a chapter.

Every number that begins or ends a line in a page's head or foot is a vote for "printed number
minus page index". Pages that agree make a run; runs are extended over pages without a vote.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.page_label import Series, read_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dspguide.pdf.analysis.text import PageText

_HEAD_BAND = 0.13  # part of the page's height in which a running head or foot stands
_NUMBER = r"(?:(?:[A-Z][-–]?|\d{1,3}[-–])?\d{1,5}"
_ROMAN = r"[ivxlc]{1,8}|[IVXLC]{1,8})"
_AT_THE_START = re.compile(rf"\W{{0,2}}({_NUMBER}|{_ROMAN})(?=\W|$)")
_AT_THE_END = re.compile(
    rf"(?<![\w.,])({_NUMBER}))(?:\s*(?:of|/)\s*\d{{1,5}})?\W{{0,2}}$"
    rf"|(?<=\s)((?:{_ROMAN})\W{{0,2}}$"
)
_LONGEST = 24  # characters of a line's end that may be a number, for the search is slow
_LINES_LOOKED_AT = 6  # from either end of the page's text, which need not be in visual order
_LEAST_SHARE = 8  # one of so many pages must bear a number before all are taken to be numbered
_LEAST_DENSITY = 3  # and one of so many from the first to the last page of a run

#: A series of numbers, and number minus 0-based page index.
Offset = tuple[Series, int]
#: How near to the page's edge a number of that offset stands, 0 to 0.5.
Votes = dict[Offset, float]


class NumberFinder:
    """Collects, page by page, the numbers that may be the printed page number."""

    def __init__(self) -> None:
        self._votes: list[Votes] = []

    def read(self, page: PageText) -> None:
        """Note the numbers in a page's head and foot; pages must come in order."""
        found: Votes = {}
        index, count = len(self._votes), len(page.lines)
        for line, text in enumerate(page.lines):
            if _LINES_LOOKED_AT <= line < count - _LINES_LOOKED_AT:
                continue
            for numeral in _numerals(text.strip()):
                read = read_label(numeral)
                glyph = page.glyph(line, max(text.find(numeral), 0)) if read else None
                if read is None or glyph is None or read[1] == 0:
                    continue
                height = ((glyph.top + glyph.bottom) / 2 - page.bottom) / page.height
                if abs(height - 0.5) >= 0.5 - _HEAD_BAND:
                    vote = (read[0], read[1] - index)
                    found[vote] = max(abs(height - 0.5), found.get(vote, 0.0))
        self._votes.append(found)

    def labels(self) -> tuple[str | None, ...]:
        """The printed number by 0-based page index, None where there is no knowing it."""
        self._drop_standing()
        chosen = agreed_offsets(self._votes)
        return tuple(
            None if one is None else one[0].label(index + one[1])
            for index, one in enumerate(chosen)
        )

    def _drop_standing(self) -> None:
        """Take out numbers that stand on most pages alike, as a chapter's or a year's do."""
        most = max(2, len(self._votes) // 2)
        pages = Counter(
            (series, index + offset)
            for index, votes in enumerate(self._votes)
            for series, offset in votes
        )
        for index, votes in enumerate(self._votes):
            for vote in [v for v in votes if pages[v[0], index + v[1]] > most]:
                del votes[vote]


def _numerals(text: str) -> set[str]:
    """What may be a page number at the ends of a line."""
    ends = (_AT_THE_START.match(text), _AT_THE_END.search(text, max(len(text) - _LONGEST, 0)))
    return {match.group(match.lastindex or 0) for match in ends if match}


def agreed_offsets(votes: Sequence[Votes]) -> list[Offset | None]:
    """The offset of each page on which the pages agree.

    What has most votes wins its pages; of what is left between, the next one, as long as at least
    two pages agree. A lone page of a one-page chapter wins if it has a single candidate.
    """
    chosen: list[Offset | None] = [None] * len(votes)
    if len(votes) == 1:
        if len(votes[0]) == 1:
            chosen[0] = min(votes[0])
    else:
        _agree(votes, chosen)
    _extend(chosen)
    return chosen


def _agree(votes: Sequence[Votes], chosen: list[Offset | None]) -> None:
    """Settle the pages: the strongest run first, then what lies beside it."""
    pending = [(0, len(votes), max(2, len(votes) // _LEAST_SHARE))]
    while pending:
        start, stop, least = pending.pop()
        pages = _strongest(votes[start:stop], least)
        if not pages:
            continue
        offset, indexes = pages
        run = [start + index for index in indexes]
        for index in run:
            chosen[index] = offset
        pending += [(start, run[0], 2), (run[-1] + 1, stop, 2)]
        pending += [(a + 1, b, 2) for a, b in pairwise(run) if b - a > 2]


def _strongest(
    votes: Sequence[Mapping[Offset, float]], least: int
) -> tuple[Offset, list[int]] | None:
    """The offset that most pages vote for, with their indexes; None if no ``least`` agree."""
    pages: dict[Offset, list[int]] = defaultdict(list)
    reach: dict[Offset, float] = defaultdict(float)
    for index, page in enumerate(votes):
        for vote, outward in page.items():
            pages[vote].append(index)
            reach[vote] += outward
    # Of equals the one that stands further out, then the smallest, for a stable result.
    for vote in sorted(pages, key=lambda v: (-len(pages[v]), -round(reach[v], 2), v)):
        run = pages[vote]
        if len(run) < least:
            return None
        if len(run) * _LEAST_DENSITY >= run[-1] - run[0] + 1:
            return vote, run
    return None


def _extend(chosen: list[Offset | None]) -> None:
    """Give pages without a number the offset of the page before, or of the first known one."""
    current = next((one for one in chosen if one is not None), None)
    if current is None:
        return
    for index, one in enumerate(chosen):
        if one is not None:
            current = one
        elif index + current[1] > 0:
            chosen[index] = current
