"""Finding section headings on the pages of a chapter.

While the pages pass by, every run of lines that reads like a section's title is noted with
how it is set. Afterwards one of these places is chosen for each section: in order, and set
like the chapter's other headings rather than like a running head, a caption, body text or a
list of the sections.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.heading_choice import best_in_order, list_losses
from dspguide.pdf.analysis.heading_place import (
    SAME_SIZE,
    BodyText,
    Place,
    heading_like,
    place_of,
)
from dspguide.pdf.analysis.titles import are_alike, line_keys, title_key, title_keys
from dspguide.pdf.model import FoundSection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.own_outline import OutlineEntry
    from dspguide.pdf.analysis.text import PageText

_MAX_HEADING_LINES = 4
_HINT_REACH = 30.0  # points: how far a chapter's own bookmark may be off
_NEAR_LENGTH = 8  # letters: shorter titles are too easily alike
_MAX_NEAR = 200


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
        self._body = BodyText()
        self._lines: set[str] = set()

    @property
    def _nothing_found(self) -> bool:
        return not any(self._places) and not any(self._alike)

    def strange_lines(self) -> tuple[bool, tuple[str, ...]]:
        """Whether there is text, and the keys of its lines if none of the sections is in it."""
        lines = tuple(sorted(self._lines)) if self._nothing_found else ()
        return self._body.size > 0, lines

    def read(self, page: PageText) -> None:
        """Note the candidates on a page; pages must come in order."""
        keys = [line_keys(line) if len(line) < self._longest else () for line in page.lines]
        for first in range(len(keys)):
            for key in keys[first]:
                self._match(page, keys, first, key)
            if keys[first] and (key := keys[first][-1]) not in self._numbers_of_key:
                for number in self._likely.get(key[:4], set()) | self._likely.get(key[-4:], set()):
                    self._compare(page, first, key, number, len(keys[first]) > 1)
        self._body.read(page)
        if self._nothing_found:
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
        title = self._sections[number]
        # A mention has more words: "Task 2, Filter Banks, on the next page".
        words = len(page.lines[line].split()) - 2 * is_numbered
        more_words = abs(words - len(title.split())) > 1
        if more_words or not self._alikes_left or not are_alike(key, title_key(title)):
            return
        if place := place_of(page, line, line):
            self._alikes_left -= 1
            self._alike[number].append(place)

    def choose(self, pages: int, hints: Sequence[OutlineEntry] = ()) -> list[FoundSection]:
        """The sections in order, each with its place; a guess where it was not found."""
        body = self._body.size
        self._drop_running_heads()
        candidates = [heading_like(places, body) for places in self._places]
        if not any(candidates):  # the chapter sets its headings like its text
            candidates = self._places
        in_list = list_losses(candidates)
        usual = _usual_size(candidates, in_list)
        alike = [heading_like(places, body) for places in self._alike]
        scored = [
            [
                (place, self._score(number, place, usual, body, hints) - in_list.get(place, 0))
                for place in places or alike[number]
            ]
            for number, places in enumerate(candidates)
        ]
        chosen = best_in_order(scored)
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
        self, number: int, place: Place, usual: float, body: float, hints: Sequence[OutlineEntry]
    ) -> float:
        score = 10.0
        if usual and abs(place.size - usual) <= SAME_SIZE:
            score += 4
        if place.bold:
            score += 2
        if place.size > body + SAME_SIZE:
            score += 1
        if place.in_margin:
            score -= 1
        is_title = (
            place.page_index == 0
            and self._chapter_key in title_keys(self._sections[number])
            and place.size > usual + SAME_SIZE
        )
        if is_title:
            score -= 9
        keys = title_keys(self._sections[number])
        for hint in hints:
            near = hint.top is None or abs(hint.top - place.spot[1]) <= _HINT_REACH
            if hint.key in keys and hint.page_index == place.page_index and near:
                score += 3
        return score


def _style(place: Place) -> tuple[float, bool]:
    return round(place.size, 1), place.bold


def _usual_size(candidates: list[list[Place]], in_list: dict[Place, float]) -> float:
    """The size in which most sections have a candidate; of several, the larger."""
    sizes: Counter[float] = Counter()
    for places in candidates:
        alone = [place for place in places if place not in in_list] or places
        sizes.update({round(place.size * 2) / 2 for place in alone if not place.in_margin})
    return max(sizes, key=lambda size: (sizes[size], size), default=0.0)


def _fill_gaps(
    titles: list[str], chosen: list[Place | None], pages: int, hints: Sequence[OutlineEntry]
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
