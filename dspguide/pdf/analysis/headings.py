"""Finding section headings on the pages of a chapter.

While the pages pass by, every run of lines that reads like a section's title is noted with
how it is set. Afterwards one of these places is chosen for each section: in order, and set
like the chapter's other headings rather than like a running head, a caption, body text or a
list of the sections.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from dspguide.pdf.analysis.layout import SAME_SIZE, BodyText, Place, place_of
from dspguide.pdf.analysis.titles import are_alike, line_keys, title_key, title_keys
from dspguide.pdf.model import FoundSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dspguide.pdf.analysis.text import PageText

_MAX_HEADING_LINES = 4
_HINT_REACH = 30.0  # points: how far a chapter's own bookmark may be off
_NEAR_LENGTH = 8  # letters: shorter titles are too easily alike
_MAX_NEAR = 200
_LIST = 3  # titles that follow each other with nothing between them

T = TypeVar("T")


class HeadingFinder:
    """Collects, page by page, the places that may be a section's heading."""

    def __init__(self, chapter_title: str, sections: Sequence[str], body: BodyText) -> None:
        self._sections = list(sections)
        self._keys = [title_keys(title) for title in sections]
        self._chapter_key = title_key(chapter_title)
        self._body = body
        self._numbers_of_key: dict[str, list[int]] = defaultdict(list)
        self._starts: set[str] = set()
        # Titles that may be printed with a letter more or less, by their first and last letters.
        self._likely: dict[str, set[int]] = defaultdict(set)
        for number, keys in enumerate(self._keys):
            for key in keys:
                self._numbers_of_key[key].append(number)
                self._starts.update(key[: n + 1] for n in range(len(key)))
                if len(key) >= _NEAR_LENGTH:
                    self._likely[key[:4]].add(number)
                    self._likely[key[-4:]].add(number)
        # A line that is longer than any title, with some room for a number, is no heading.
        self._longest = max((len(title) for title in sections), default=0) * 1.3 + 20
        self._places: list[list[Place]] = [[] for _ in sections]
        self._alike: list[list[Place]] = [[] for _ in sections]
        self._alikes_left = _MAX_NEAR
        self._lines: set[str] = set()

    @property
    def strange_lines(self) -> tuple[str, ...]:
        """The keys of the chapter's lines, if none of the sections is among them."""
        return () if any(self._places) or any(self._alike) else tuple(sorted(self._lines))

    def read(self, page: PageText) -> None:
        """Note the candidates on a page; pages must come in order."""
        keys = [line_keys(line) if len(line) < self._longest else () for line in page.lines]
        for first, own in enumerate(keys):
            for key in own:
                self._match(page, keys, first, key)
            if own and (key := own[-1]) not in self._numbers_of_key:
                for number in self._likely.get(key[:4], set()) | self._likely.get(key[-4:], set()):
                    self._compare(page, first, key, number, len(own) > 1)
        if not any(self._places) and not any(self._alike):
            self._lines.update(*keys)

    def _match(self, page: PageText, keys: list[tuple[str, ...]], first: int, joined: str) -> None:
        """Try the lines from ``first`` on as a title set on one or more lines."""
        last = first
        while joined in self._starts:
            for number in self._numbers_of_key.get(joined, ()):
                if place := place_of(page, first, last):
                    self._places[number].append(place)
            last += 1
            if last >= len(keys) or last - first >= _MAX_HEADING_LINES or not keys[last]:
                return
            joined += keys[last][0]

    def _compare(self, page: PageText, line: int, key: str, number: int, is_numbered: bool) -> None:
        """Note a line that reads like a title but for a letter or two."""
        # A mention has more words: "Task 2, Filter Banks, on the next page".
        words = len(page.lines[line].split()) - 2 * is_numbered
        more_words = abs(words - len(self._sections[number].split())) > 1
        if more_words or not self._alikes_left or not are_alike(key, self._keys[number][0]):
            return
        if place := place_of(page, line, line):
            self._alikes_left -= 1
            self._alike[number].append(place)

    def choose(self, pages: int, outline: Sequence[FoundSection] = ()) -> list[FoundSection]:
        """The sections in order, each with its place; a guess where it was not found."""
        hints: dict[str, list[FoundSection]] = defaultdict(list)
        for entry in outline:
            hints[title_key(entry.title)].append(entry)
        hints_of = [[hint for key in keys for hint in hints.get(key, ())] for keys in self._keys]
        found = self._without_running_heads()
        candidates = [self._heading_like(places) for places in found]
        if not any(candidates):  # the chapter sets its headings like its text
            candidates = found
        in_list = list_losses(candidates)
        usual = most_common(
            [p.style[0] for p in _outside(places, in_list) if not p.in_margin]
            for places in candidates
        )
        scored = [
            [
                (p, self._score(number, p, usual or 0.0, hints_of[number]) - in_list.get(p, 0), p)
                for p in places or self._heading_like(self._alike[number])
            ]
            for number, places in enumerate(candidates)
        ]
        return self._with_guesses(best_in_order(scored), pages, hints_of)

    def _heading_like(self, places: list[Place]) -> list[Place]:
        """Those set larger than the text, or in bold and not smaller, as captions may be."""
        body = self._body.size
        return [p for p in places if p.size > body + (-SAME_SIZE if p.start.bold else SAME_SIZE)]

    def _without_running_heads(self) -> list[list[Place]]:
        """Without what stands, set alike, in the margin of more pages than a heading may.

        A heading stands on one, and on as many as there are sections of its title.
        """
        kept: list[list[Place]] = []
        for keys, places in zip(self._keys, self._places, strict=True):
            on = Counter(
                style for _, style in {(p.page_index, p.style) for p in places if p.in_margin}
            )
            may = len(self._numbers_of_key[keys[0]]) if keys else 0
            kept.append([p for p in places if not p.in_margin or on[p.style] <= may])
        return kept

    def _score(
        self, number: int, place: Place, usual: float, hints: Sequence[FoundSection]
    ) -> float:
        is_title = (
            place.page_index == 0
            and self._chapter_key in self._keys[number]
            and place.size > usual + SAME_SIZE
        )
        near = sum(
            hint.page_index == place.page_index
            and (hint.top is None or abs(hint.top - place.spot[1]) <= _HINT_REACH)
            for hint in hints
        )
        return (
            10.0
            + 4 * (usual > 0 and abs(place.size - usual) <= SAME_SIZE)
            + 2 * place.start.bold
            + (place.size > self._body.size + SAME_SIZE)
            - place.in_margin
            - 9 * is_title
            + 3 * near
        )

    def _with_guesses(
        self, chosen: Sequence[Place | None], pages: int, hints_of: Sequence[Sequence[FoundSection]]
    ) -> list[FoundSection]:
        """Put each section without a place on the page where its neighbours put it."""
        following = [pages - 1]
        for place in reversed(chosen):
            following.append(place.page_index if place else following[-1])
        found: list[FoundSection] = []
        page_index, top, left = 0, None, None
        for title, place, hints in zip(self._sections, chosen, hints_of, strict=True):
            following.pop()
            if place:
                page_index, (left, top) = place.page_index, place.spot
            elif hints and page_index <= hints[0].page_index <= following[-1]:
                page_index, top, left = hints[0].page_index, hints[0].top, None
            found.append(FoundSection(title, page_index, top, place is not None, left))
        return found


def _outside(places: list[Place], in_list: dict[Place, float]) -> list[Place]:
    """Those that stand in no list of titles, if there are some."""
    return [place for place in places if place not in in_list] or places


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
