"""Finding section headings on the pages of a chapter.

While the pages pass by, every run of lines that reads like a section's title is noted with
how it is set. Afterwards one of these places is chosen for each section: in order, and set
like the chapter's other headings rather than like a running head, a caption, body text or a
list of the sections.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.titles import title_key, title_keys
from dspguide.pdf.model import FoundSection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.text import PageText

_MAX_HEADING_LINES = 4
_SAME_SIZE = 0.6  # points: sizes closer than this are one size
_HEAD_BAND = 0.1  # part of the page's height in which running heads and feet stand
_HINT_REACH = 30.0  # points: how far a chapter's own bookmark may be off
_LIST = 3  # titles that follow each other with nothing between them
_NEAR = 0.85  # likeness of titles that differ in a letter or two
_NEAR_LENGTH = 8  # letters: shorter titles are too easily alike
_MAX_NEAR = 200


@dataclass(frozen=True)
class Place:
    """Where lines read like a title.

    ``spot`` has the file's coordinates, in points, of what is seen at the line's left end of the
    page. ``lines`` are the first and the last line, counted on the page.
    """

    page_index: int
    position: tuple[int, bool, float]  # page, column, how far down: in order of reading
    spot: tuple[float, float]
    size: float
    bold: bool
    in_margin: bool
    lines: tuple[int, int]


@dataclass(frozen=True)
class Hint:
    """A good entry of an outline that the chapter brings along."""

    key: str
    page_index: int
    top: float | None


class HeadingFinder:
    """Collects, page by page, the places that may be a section's heading."""

    def __init__(self, chapter_title: str, sections: Sequence[str]) -> None:
        self._sections = list(sections)
        self._chapter_key = title_key(chapter_title)
        self._numbers_of_key: dict[str, list[int]] = defaultdict(list)
        self._starts: set[str] = set()
        for number, title in enumerate(sections):
            for key in title_keys(title):
                self._numbers_of_key[key].append(number)
                self._starts.update(key[: n + 1] for n in range(len(key)))
        # A line that is longer than any title, with some room for a number, is no heading.
        self._longest = max((len(title) for title in sections), default=0) * 1.3 + 20
        self._places: list[list[Place]] = [[] for _ in sections]
        # Titles that may be printed with a letter more or less, by their first and last letters.
        self._likely: dict[str, set[int]] = defaultdict(set)
        self._alike: list[list[Place]] = [[] for _ in sections]
        self._alikes_left = _MAX_NEAR
        for key, numbers in self._numbers_of_key.items():
            if len(key) >= _NEAR_LENGTH:
                self._likely[key[:4]].update(numbers)
                self._likely[key[-4:]].update(numbers)
        self._sizes: Counter[float] = Counter()

    def read(self, page: PageText) -> None:
        """Note the candidates on a page; pages must come in order."""
        keys = [title_keys(line) if len(line) < self._longest else () for line in page.lines]
        for first in range(len(keys)):
            for key in keys[first]:
                self._match(page, keys, first, key)
            if keys[first] and (key := keys[first][-1]) not in self._numbers_of_key:
                for number in self._likely.get(key[:4], set()) | self._likely.get(key[-4:], set()):
                    self._compare(page, first, key, number)
        if middle := len(page.lines) // 2:
            for line in (middle, middle // 2):
                if len(page.lines[line]) > 40 and (glyph := page.glyph(line)):
                    self._sizes[round(glyph.size, 1)] += 1

    def _match(self, page: PageText, keys: list[tuple[str, ...]], first: int, joined: str) -> None:
        """Try the lines from ``first`` on as a title set on one or more lines."""
        last = first
        while joined in self._starts:
            for number in self._numbers_of_key.get(joined, ()):
                if place := _place(page, first, last):
                    self._places[number].append(place)
            last += 1
            if last >= len(keys) or last - first >= _MAX_HEADING_LINES or not keys[last]:
                return
            joined += keys[last][0]

    def _compare(self, page: PageText, line: int, key: str, number: int) -> None:
        """Note a line that reads like a title but for a letter or two."""
        title = title_key(self._sections[number])
        if self._alikes_left and _are_alike(key, title) and (place := _place(page, line, line)):
            self._alikes_left -= 1
            self._alike[number].append(place)

    def choose(self, pages: int, hints: Sequence[Hint] = ()) -> list[FoundSection]:
        """The sections in order, each with its place; a guess where it was not found."""
        body = self._sizes.most_common(1)[0][0] if self._sizes else 0.0
        self._drop_running_heads()
        candidates = [_heading_like(places, body) for places in self._places]
        if not any(candidates):  # the chapter sets its headings like its text
            candidates = self._places
        in_list = _lists(candidates)
        usual = _usual_size(candidates, in_list)
        alike = [_heading_like(places, body) for places in self._alike]
        scored = [
            [
                (place, self._score(number, place, usual, body, hints) - in_list.get(place, 0))
                for place in places or alike[number]
            ]
            for number, places in enumerate(candidates)
        ]
        chosen = _best_in_order(scored)
        return _fill_gaps(self._sections, chosen, pages, hints)

    def _drop_running_heads(self) -> None:
        """Take out what stands, set alike, in the margin of more pages than a heading may.

        A heading stands on one, and on as many as there are sections of its title.
        """
        for title, places in zip(self._sections, self._places, strict=True):
            pages: dict[tuple[float, bool], set[int]] = defaultdict(set)
            for place in places:
                if place.in_margin:
                    pages[_style(place)].add(place.page_index)
            may = len(self._numbers_of_key[title_key(title)])
            places[:] = [
                place
                for place in places
                if not (place.in_margin and len(pages[_style(place)]) > may)
            ]

    def _score(
        self, number: int, place: Place, usual: float, body: float, hints: Sequence[Hint]
    ) -> float:
        score = 10.0
        if usual and abs(place.size - usual) <= _SAME_SIZE:
            score += 4
        if place.bold:
            score += 2
        if place.size > body + _SAME_SIZE:
            score += 1
        if place.in_margin:
            score -= 1
        is_title = (
            place.page_index == 0
            and self._chapter_key in title_keys(self._sections[number])
            and place.size > usual + _SAME_SIZE
        )
        if is_title:
            score -= 9
        keys = title_keys(self._sections[number])
        for hint in hints:
            near = hint.top is None or abs(hint.top - place.spot[1]) <= _HINT_REACH
            if hint.key in keys and hint.page_index == place.page_index and near:
                score += 3
        return score


def _are_alike(key: str, title: str) -> bool:
    """Whether two keys differ in little, and not in a number."""
    if [c for c in key if c.isdigit()] != [c for c in title if c.isdigit()]:
        return False
    matcher = SequenceMatcher(None, key, title, autojunk=False)
    return matcher.real_quick_ratio() >= _NEAR and matcher.ratio() >= _NEAR


def _place(page: PageText, first: int, last: int) -> Place | None:
    glyphs = [page.glyph(line) for line in (first, last)]
    ends = [page.glyph(line, len(page.lines[line].rstrip()) - 1) for line in (first, last)]
    (top, below), (right, end) = glyphs, ends
    if top is None or below is None or right is None or end is None:
        return None
    # The larger of a line's ends: of small capitals only the first may be large.
    size = max(top.size, right.size)
    if abs(size - max(below.size, end.size)) > _SAME_SIZE or top.bold != below.bold:
        return None  # lines set differently are not one heading
    low, high = page.bottom + page.height * _HEAD_BAND, page.top - page.height * _HEAD_BAND
    in_margin = not low <= (top.top + top.bottom) / 2 <= high
    # A line that begins beyond the middle belongs to a second column.
    column = top.left > (page.left + page.right) / 2
    position = (page.index, column, page.top - top.top)
    spot = page.in_file(page.left, top.top)
    return Place(page.index, position, spot, size, top.bold, in_margin, (first, last))


def _style(place: Place) -> tuple[float, bool]:
    return round(place.size, 1), place.bold


def _heading_like(places: list[Place], body: float) -> list[Place]:
    """Those set larger than the text, or in bold and not smaller, as captions may be."""
    return [
        place for place in places if place.size > body + (-_SAME_SIZE if place.bold else _SAME_SIZE)
    ]


def _lists(candidates: list[list[Place]]) -> dict[Place, float]:
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


def _usual_size(candidates: list[list[Place]], in_list: dict[Place, float]) -> float:
    """The size in which most sections have a candidate; of several, the larger."""
    sizes: Counter[float] = Counter()
    for places in candidates:
        alone = [place for place in places if place not in in_list] or places
        sizes.update({round(place.size * 2) / 2 for place in alone if not place.in_margin})
    return max(sizes, key=lambda size: (sizes[size], size), default=0.0)


def _best_in_order(scored: list[list[tuple[Place, float]]]) -> list[Place | None]:
    """One place or None per section, so that places go down the pages and the sum is greatest.

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


def _fill_gaps(
    titles: list[str], chosen: list[Place | None], pages: int, hints: Sequence[Hint]
) -> list[FoundSection]:
    """Put each section without a place on the page where its neighbours put it."""
    hinted = {hint.key: hint for hint in reversed(hints)}
    following = [pages - 1] * (len(titles) + 1)
    for number in range(len(titles) - 1, -1, -1):
        place = chosen[number]
        following[number] = place.page_index if place else following[number + 1]
    found: list[FoundSection] = []
    page_index, top, left = 0, None, None
    for number, title in enumerate(titles):
        if place := chosen[number]:
            page_index, (left, top) = place.page_index, place.spot
            found.append(FoundSection(title, page_index, top, True, left))
            continue
        hint = next((hinted[key] for key in title_keys(title) if key in hinted), None)
        if hint and page_index <= hint.page_index <= following[number]:
            page_index, top, left = hint.page_index, hint.top, None
        found.append(FoundSection(title, page_index, top, False, left))
    return found
