"""Choosing one place for each heading, so that they follow each other as they should."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dspguide.pdf.analysis.layout import Place

T = TypeVar("T")
_LIST = 3  # titles that follow each other with nothing between them


def list_losses(candidates: Iterable[Sequence[Place]]) -> dict[Place, float]:
    """What places lose for standing right below or above another section's title.

    Two may be a section and its first subsection, more are a list of what is to come.
    """
    run_of: dict[Place, list[Place]] = {}
    ending: dict[tuple[int, int], list[Place]] = {}  # runs by page and last line
    places = {place for many in candidates for place in many}
    for place in sorted(places, key=lambda p: (p.page_index, p.lines)):
        first, last = place.lines
        run = run_of[place] = ending.get((place.page_index, first - 1), [])
        run.append(place)
        ending[place.page_index, last] = run
    return {place: 6 if len(run) >= _LIST else 2 for place, run in run_of.items() if len(run) > 1}


def most_common(of_headings: Iterable[Iterable[T]]) -> T | None:
    """What most headings have; of several, the largest."""
    counts = Counter(one for of_heading in of_headings for one in set(of_heading))
    return max(counts, key=lambda one: (counts[one], one), default=None)


def best_in_order(scored: Sequence[Sequence[tuple[Place, float, T]]]) -> list[T | None]:
    """One or none of each heading's, so that places go down the pages and the sum is greatest.

    Weighted longest increasing subsequence: the frontier has the best sums by the position that
    they reach, both rising.
    """
    position: Any = itemgetter(0)
    # Position, sum, and what was chosen last: its heading, itself, what was chosen before it.
    frontier: list[tuple[Any, float, Any]] = [((-1, False, 0.0), 0.0, None)]
    for number, places in enumerate(scored):
        added = []
        for place, score, one in places:
            before = frontier[bisect_left(frontier, place.position, key=position) - 1]
            added.append((place.position, before[1] + score, (number, one, before[2])))
        for state in sorted(added, key=position):
            at = bisect_left(frontier, state[0], key=position)
            end = bisect_right(frontier, state[0], key=position)
            if frontier[end - 1][1] < state[1]:
                while end < len(frontier) and frontier[end][1] <= state[1]:
                    end += 1
                frontier[at:end] = [state]
    chosen: list[T | None] = [None] * len(scored)
    last = frontier[-1][2]
    while last is not None:
        number, one, last = last
        chosen[number] = one
    return chosen
