"""Reading the printed page numbers of a chapter.

Every number in a page's head or foot, and every number that stands alone on its line, is a vote
for "printed number minus page index". What a vote weighs is decided when all pages are read:
page numbers stand at one height and in one company, those of rows, notes and lists do not. Pages
that vote for one offset make a run; runs are extended over pages without a vote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.analysis.page_label import Series
from dspguide.pdf.analysis.page_numerals import Numeral, numerals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
_TOO_FEW = 2  # pages that need not agree in company, or at all if only one has a number
_LARGE = 0.025  # part of the page's height: a larger number is a chapter's
_LEAST_SHARE = 8  # one of so many pages must bear a number before all are taken to be numbered
_LEAST_DENSITY = 3  # and one of so many from the first to the last page of a run
_LEAST_WEIGHT = 0.6  # of the votes of a run, for each page that there must be
_FEW = 3  # pages of a chapter of which each may have its number elsewhere
_LEAST_OF_FEW = 0.35
_YEARS = range(1900, 2100)

#: A series of numbers, and number minus 0-based page index.
Offset = tuple[Series, int]


class _Vote(NamedTuple):
    """``weight`` is up to 1, ``outward`` how near to the page's edge the number is, 0 to 0.5."""

    weight: float
    outward: float
    is_alone: bool


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
        chosen = _agreed(self._votes(own))
        return tuple(
            None if one is None else one[0].label(index + one[1])
            for index, one in enumerate(chosen)
        )

    def _votes(self, own: Sequence[str | None]) -> list[dict[Offset, _Vote]]:
        votes: list[dict[Offset, _Vote]] = [{} for _ in range(self._pages)]
        # What stands on most pages alike is a chapter's number, or a year.
        on = Counter(standing for _, standing in {(s.page_index, s.standing) for s in self._seen})
        seen = [s for s in self._seen if on[s.standing] <= max(2, self._pages // 2)]
        pages_of = Counter(c for _, c in {(s.page_index, s.numeral.company) for s in seen})
        by_offset: dict[Offset, list[_Sighting]] = defaultdict(list)
        for sighting in seen:
            by_offset[sighting.offset].append(sighting)
        for offset, sightings in by_offset.items():
            pages_at = _pages_at_levels(sightings)
            for sighting in sightings:
                index, company = sighting.page_index, sighting.numeral.company
                known = not company or pages_of[company] > 1
                weight = self._weight(sighting, known, pages_at[sighting.level])
                if index < len(own) and own[index] == offset[0].label(sighting.numeral.number):
                    weight = 1.0
                if weight:
                    vote = _Vote(weight, 0.5 - sighting.share, not company)
                    votes[index][offset] = max(vote, votes[index].get(offset, vote))
        return votes

    def _weight(self, sighting: _Sighting, known: bool, pages: int) -> float:
        """What a number weighs that stands at its height on so many pages; 0 if it is no vote.

        ``known`` says that it stands alone, or in company that other pages have too.
        """
        inside, share = sighting.numeral.inside, sighting.share
        # The first page of a chapter often has its number elsewhere.
        nearly_all = max(min(self._pages, _LEAST_FURTHER_IN), (self._pages - 1) * _NEARLY_ALL)
        if (inside and not known) or (share > _WIDE_BAND and pages < max(2, nearly_all)):
            return 0.0
        weight = 1.0 if known else _STRANGER
        if pages > 1:
            return weight
        band = _WIDE_BAND if known and self._pages == 1 else _BAND
        is_strange = not known and self._pages > _TOO_FEW
        is_lost = inside or sighting.is_large or share > band or is_strange
        return 0.0 if is_lost else weight * _LOST


def _pages_at_levels(seen: Iterable[_Sighting]) -> dict[int, int]:
    """How many pages have a number at each level or at one next to it."""
    pages: dict[int, set[int]] = defaultdict(set)
    for sighting in seen:
        pages[sighting.level].add(sighting.page_index)
    return {
        level: len(on.union(pages.get(level - 1, ()), pages.get(level + 1, ())))
        for level, on in pages.items()
    }


def _agreed(votes: Sequence[dict[Offset, _Vote]]) -> list[Offset | None]:
    """The offset of each page on which the pages agree.

    What has most votes wins its pages; of what lies before and after, the next one, as long as at
    least two pages agree. A page without a vote goes on from the one before.
    """
    chosen: list[Offset | None] = [None] * len(votes)
    least_weight = _LEAST_OF_FEW if len(votes) <= _FEW else _LEAST_WEIGHT
    pending = [(0, len(votes), max(2, len(votes) // _LEAST_SHARE))]
    while pending:
        start, stop, least = pending.pop()
        if run := _strongest(votes[start:stop], least, least_weight):
            offset, indexes = run
            first, last = start + indexes[0], start + indexes[-1]
            chosen[first : last + 1] = [offset] * (last + 1 - first)
            pending += [(start, first, 2), (last + 1, stop, 2)]
    if len(votes) <= _TOO_FEW and not any(chosen):
        lone = [_lone(page) for page in votes]
        if len(lone) - lone.count(None) == 1:  # two that do not agree are no page numbers
            chosen = lone
    current = next((one for one in chosen if one is not None), None)
    for index, one in enumerate(chosen):
        current = one or current
        if current and index + current[1] > 0:
            chosen[index] = current
    return chosen


def _strongest(
    votes: Sequence[dict[Offset, _Vote]], least: int, least_weight: float
) -> tuple[Offset, list[int]] | None:
    """The offset that weighs most, with its pages' indexes; None if no ``least`` pages agree."""
    runs: dict[Offset, dict[int, _Vote]] = defaultdict(dict)
    for index, page in enumerate(votes):
        for offset, vote in page.items():
            runs[offset][index] = vote
    weights = {offset: sum(vote.weight for vote in run.values()) for offset, run in runs.items()}

    def rank(offset: Offset) -> tuple[float, int, float, Offset]:
        # Of equals the one that stands further out, then the smallest, for a stable result.
        outward = sum(vote.outward for vote in runs[offset].values())
        return -round(weights[offset], 2), -len(runs[offset]), -round(outward, 2), offset

    for offset in sorted(runs, key=rank):
        run = list(runs[offset])
        enough = len(run) >= least and weights[offset] >= least * least_weight
        if enough and len(run) * _LEAST_DENSITY >= run[-1] - run[0] + 1:
            return offset, run
    return None


def _lone(page: dict[Offset, _Vote]) -> Offset | None:
    """What a page says that has no other to agree with: its number alone, or its only one."""
    able = {o: vote for o, vote in page.items() if not (o[0] == Series() and o[1] in _YEARS)}
    alone = {offset: vote.weight for offset, vote in able.items() if vote.is_alone}
    best = [offset for offset in alone if alone[offset] == max(alone.values())] or list(able)
    return best[0] if len(best) == 1 else None


def with_own_labels(
    printed: Sequence[str | None], own: Sequence[str | None]
) -> tuple[str | None, ...]:
    """The file's own labels where no number is printed, if they are not of another count."""
    pairs = list(zip(printed, own, strict=True))
    if any(printed) and all(a is None or a != b for a, b in pairs):
        return tuple(printed)
    return tuple(a if a is not None else b for a, b in pairs)
