"""Choosing one place for each heading, so that they follow each other as they should."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dspguide.pdf.analysis.heading_place import Place

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


def best_in_order(scored: Sequence[Sequence[tuple[Place, float]]]) -> list[Place | None]:
    """One place or None per heading, so that places go down the pages and the sum is greatest.

    Weighted longest increasing subsequence, with a Fenwick-like list kept sorted by position.
    """
    # One entry per state on the frontier: (position, score, section, place, entry before).
    best: list[_State] = [_State((-1, False, 0.0), 0.0, -1, None, None)]
    for number, places in enumerate(scored):
        added = []
        for place, score in places:
            position = place.position
            before = best[bisect_right(best, position, key=lambda s: s.position) - 1]
            if before.position < position:
                added.append(_State(position, before.score + score, number, place, before))
        for added_state in sorted(added, key=lambda s: s.position):
            _insert(best, added_state)
    state: _State | None = best[-1]
    chosen: list[Place | None] = [None] * len(scored)
    while state is not None and state.place is not None:
        chosen[state.section] = state.place
        state = state.before
    return chosen


@dataclass(frozen=True)
class _State:
    position: tuple[int, bool, float]
    score: float
    section: int
    place: Place | None
    before: _State | None


def _insert(best: list[_State], state: _State) -> None:
    """Keep ``best`` sorted by position with strictly rising scores."""
    at = bisect_right(best, state.position, key=lambda s: s.position)
    if best[at - 1].score >= state.score:
        return
    if best[at - 1].position == state.position:
        at -= 1
        del best[at]
    while at < len(best) and best[at].score <= state.score:
        del best[at]
    best.insert(at, state)
