"""On which numbers the pages of a chapter agree.

Pages that vote for one offset make a run; runs are extended over pages without a vote.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.page_label import Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: A series of numbers, and number minus 0-based page index.
Offset = tuple[Series, int]
#: What a vote weighs up to 1, how near to the page's edge its number stands (0 to 0.5), and
#: whether it stands alone.
Vote = tuple[float, float, bool]
Votes = dict[Offset, Vote]

_LEAST_SHARE = 8  # one of so many pages must bear a number before all are taken to be numbered
_LEAST_DENSITY = 3  # and one of so many from the first to the last page of a run
_LEAST_WEIGHT = 0.6  # of the votes of a run, for each page that there must be
_FEW = 3  # pages of a chapter of which each may have its number elsewhere
_LEAST_OF_FEW = 0.35
_TOO_FEW = 2  # pages that need not agree, if only one has a number
_YEARS = range(1900, 2100)


def agreed_offsets(votes: Sequence[Mapping[Offset, Vote]]) -> list[Offset | None]:
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
    _extend(chosen)
    return chosen


def _strongest(
    votes: Sequence[Mapping[Offset, Vote]], least: int, least_weight: float
) -> tuple[Offset, list[int]] | None:
    """The offset that weighs most, with its pages' indexes; None if no ``least`` pages agree."""
    pages: dict[Offset, list[int]] = defaultdict(list)
    weight: dict[Offset, float] = defaultdict(float)
    reach: dict[Offset, float] = defaultdict(float)
    for index, page in enumerate(votes):
        for offset, (weighs, outward, _) in page.items():
            pages[offset].append(index)
            weight[offset] += weighs
            reach[offset] += outward
    # Of equals the one that stands further out, then the smallest, for a stable result.
    for offset in sorted(
        pages, key=lambda o: (-round(weight[o], 2), -len(pages[o]), -round(reach[o], 2), o)
    ):
        run = pages[offset]
        enough = len(run) >= least and weight[offset] >= least * least_weight
        if enough and len(run) * _LEAST_DENSITY >= run[-1] - run[0] + 1:
            return offset, run
    return None


def _lone(page: Mapping[Offset, Vote]) -> Offset | None:
    """What a page says that has no other to agree with: its number alone, or its only one."""
    able = {
        offset: vote
        for offset, vote in page.items()
        if not (offset[0] == Series() and offset[1] in _YEARS)
    }
    alone = {offset: weight for offset, (weight, _, is_alone) in able.items() if is_alone}
    best = [offset for offset in alone if alone[offset] == max(alone.values())] or list(able)
    return best[0] if len(best) == 1 else None


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
