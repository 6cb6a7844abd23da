"""Reading the printed page numbers of a chapter.

Every number in a page's head or foot, and every number that stands alone on its line, is a vote
for "printed number minus page index". What a vote weighs is decided when all pages are read:
page numbers stand at one height and in one company, those of rows, notes and lists do not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.analysis.page_number_agreement import agreed_offsets
from dspguide.pdf.analysis.page_numerals import numerals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dspguide.pdf.analysis.page_label import Series
    from dspguide.pdf.analysis.page_number_agreement import Offset, Votes
    from dspguide.pdf.analysis.page_numerals import Numeral
    from dspguide.pdf.analysis.text import PageText

_LINES_LOOKED_AT = 6  # from either end of the page's text, which need not be in visual order
_LONGEST_ALONE = 40  # characters of a line elsewhere that may be no more than a page number
_LEVEL = 1.5  # points: heights of one level, or of two next to each other, are one
_BAND = 0.13  # part of the page's height in which a head or foot stands, of most books
_WIDE_BAND = 0.165  # and of all, if the number stands at that height on other pages too
_NEARLY_ALL = 0.8  # of the pages have it at one height, or it is no number further in
_LEAST_FURTHER_IN = 3  # pages, if the chapter has so many
_STRANGER = 0.6  # weight of a number in company that no other page has
_LOST = 0.5  # and of one at a height where no other page has it
_FEW = 2  # pages of a chapter in which the company of one need not be that of another
_LARGE = 0.025  # part of the page's height: a larger number is a chapter's


class _Sighting(NamedTuple):
    """A number on a page; ``height`` of its middle is in points from the page's lower edge.

    ``share`` is the part of the page's height that lies between it and the nearer edge.
    """

    page_index: int
    numeral: Numeral
    height: float
    share: float
    is_large: bool

    @property
    def standing(self) -> tuple[Series, int, int]:
        return self.numeral.series, self.numeral.number, round(self.height)

    @property
    def level(self) -> int:
        return round(self.height / _LEVEL)

    @property
    def offset(self) -> Offset:
        return self.numeral.series, self.numeral.number - self.page_index


class NumberFinder:
    """Collects, page by page, the numbers that may be the printed page number."""

    def __init__(self) -> None:
        self._pages = 0
        self._seen: list[_Sighting] = []

    def read(self, page: PageText) -> None:
        """Note a page's numbers; pages must come in order."""
        index, count = self._pages, len(page.lines)
        self._pages += 1
        for line, text in enumerate(page.lines):
            alone = _LINES_LOOKED_AT <= line < count - _LINES_LOOKED_AT
            if alone and len(text) > _LONGEST_ALONE:
                continue
            for numeral in numerals(text, alone=alone):
                if edges := page.edges(line, numeral.start):
                    height = sum(edges) / 2
                    share = 0.5 - abs(height / page.height - 0.5)
                    is_large = edges[1] - edges[0] > page.height * _LARGE
                    self._seen.append(_Sighting(index, numeral, height, share, is_large))

    def labels(self, own: Sequence[str | None] = ()) -> tuple[str | None, ...]:
        """The printed number by 0-based page index, None where there is no knowing it.

        ``own`` are the labels that the file itself has: they decide between doubtful numbers.
        """
        chosen = agreed_offsets(self._votes(own))
        return tuple(
            None if one is None else one[0].label(index + one[1])
            for index, one in enumerate(chosen)
        )

    def _votes(self, own: Sequence[str | None]) -> list[Votes]:
        votes: list[Votes] = [{} for _ in range(self._pages)]
        sightings = _without_standing(self._seen, self._pages)
        pages_of = Counter(c for _, c in {(s.page_index, s.numeral.company) for s in sightings})
        by_offset: dict[Offset, list[_Sighting]] = defaultdict(list)
        for sighting in sightings:
            by_offset[sighting.offset].append(sighting)
        for offset, seen in by_offset.items():
            pages_at = _pages_at_levels(seen)
            for sighting in seen:
                index, company = sighting.page_index, sighting.numeral.company
                if index < len(own) and own[index] == offset[0].label(sighting.numeral.number):
                    weight = 1.0
                else:
                    known = not company or pages_of[company] > 1
                    weight = self._weight(sighting, known, pages_at[sighting.level])
                if weight:
                    vote = (weight, 0.5 - sighting.share, not company)
                    votes[index][offset] = max(vote, votes[index].get(offset, vote))
        return votes

    def _weight(self, sighting: _Sighting, known: bool, pages: int) -> float:
        """What a number weighs that stands at its height on so many pages; 0 if it is no vote.

        ``known`` says that it stands alone, or in company that other pages have too.
        """
        inside = sighting.numeral.inside
        if pages == 1 and (inside or sighting.is_large or sighting.share > self._band(known)):
            return 0.0
        if inside and not known:
            return 0.0
        # The first page of a chapter often has its number elsewhere.
        nearly_all = max(min(self._pages, _LEAST_FURTHER_IN), (self._pages - 1) * _NEARLY_ALL)
        if sighting.share > _WIDE_BAND and pages < max(2, nearly_all):
            return 0.0
        if pages == 1 and not known and self._pages > _FEW:
            return 0.0
        return (1.0 if known else _STRANGER) * (1.0 if pages > 1 else _LOST)

    def _band(self, known: bool) -> float:
        """How far in a number may stand that no other page has at that height."""
        return _WIDE_BAND if known and self._pages == 1 else _BAND


def _without_standing(seen: list[_Sighting], pages: int) -> list[_Sighting]:
    """Without numbers that stand on most pages alike, as a chapter's or a year's do."""
    most = max(2, pages // 2)
    on = Counter(place for _, place in {(s.page_index, s.standing) for s in seen})
    return [s for s in seen if on[s.standing] <= most]


def _pages_at_levels(seen: Iterable[_Sighting]) -> dict[int, int]:
    """How many pages have a number at each level or at one next to it."""
    pages: dict[int, set[int]] = defaultdict(set)
    for sighting in seen:
        pages[sighting.level].add(sighting.page_index)
    return {
        level: len(pages[level].union(*(pages.get(level + step, ()) for step in (-1, 1))))
        for level in tuple(pages)
    }


def with_own_labels(
    printed: Sequence[str | None], own: Sequence[str | None]
) -> tuple[str | None, ...]:
    """The file's own labels where no number is printed, if they are not of another count."""
    pairs = list(zip(printed, own, strict=True))
    if any(printed) and all(a is None or a != b for a, b in pairs):
        return tuple(printed)
    return tuple(a if a is not None else b for a, b in pairs)
