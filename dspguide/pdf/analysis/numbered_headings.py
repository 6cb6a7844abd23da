"""Finding the sections of a chapter for which nobody named any, by the numbers they bear.

Lines that begin "9.1 Basic Concept", "A.2 …", "§ 3 …" are noted while the pages pass by. What of
them is a heading shows in the end: they count on from each other down the pages, and those of a
level are set alike and unlike the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.heading_choice import best_in_order, list_losses
from dspguide.pdf.analysis.heading_place import SAME_SIZE, BodyText, Place, place_of
from dspguide.pdf.analysis.page_label import from_roman
from dspguide.pdf.model import FoundSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dspguide.pdf.analysis.text import PageText

#: The parts of a heading's number; letters count from _LETTER_A.
Number = tuple[int, ...]

_NUMBERED = re.compile(
    r"\s*((?:§+\s*)?)((?:[A-Z]\d{0,2}|\d{1,3})(?:[.\-–]\d{1,3}){1,4}|\d{1,3})[.:)]?(?:\s+(.*))?"
)
_LETTER_A = 1001
_LEVELS = 2
_LIST_ENTRY = re.compile(r"(?:[.·…]\s*){3,}[\divxlc]*\s*$")  # leaders, with a page number
_HAS_LETTERS = re.compile(r"[^\W\d_]")
_LONGEST = 160  # characters of a heading's line
_MAX_LINES = 4
_LEADING = 1.8  # times the size: lines further apart are not one heading
_SKIPPED = 3  # of so many headings in a row, all but one may be missed
_MAX_PLACES = 5_000
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})


@dataclass(frozen=True)
class _Candidate:
    number: Number
    title: str
    place: Place


class NumberedHeadingFinder:
    """Collects, page by page, the lines that may be a numbered heading."""

    def __init__(self, chapter_number: int | str | None) -> None:
        self._own = _chapter_number(chapter_number)
        self._candidates: list[_Candidate] = []
        self._body = BodyText()

    def read(self, page: PageText) -> None:
        """Note the candidates on a page; pages must come in order."""
        self._body.read(page)
        for line, text in enumerate(page.lines):
            match = _NUMBERED.fullmatch(text) if len(text) <= _LONGEST else None
            if match is None or len(self._candidates) >= _MAX_PLACES:
                continue
            first = place_of(page, line, line)
            if first is None or (self._body.size and not self._stands_out(first)):
                continue
            last = _last_line(page, line, first)
            title = _title(page.lines[line : last + 1])
            if not _HAS_LETTERS.search(title) or _LIST_ENTRY.search(title):
                continue
            if place := place_of(page, line, last):
                self._candidates.append(_Candidate(_parts(match.group(2)), title, place))

    def choose(self) -> list[FoundSection]:
        """The sections in order, two levels deep; none if what was found does not count."""
        candidates = [c for c in self._candidates if self._stands_out(c.place)]
        root = _root(candidates, self._own)
        if root is None:
            return []
        base, shortest = root
        by_number: dict[Number, list[_Candidate]] = defaultdict(list)
        for candidate in candidates:
            number = candidate.number
            level = len(number) - shortest + 1
            if number[: len(base)] == base and 1 <= level <= _LEVELS:
                by_number[number].append(candidate)
        chosen = _in_sequence(_choose(by_number))
        if len(chosen) < 2 and (not base or base[:1] != self._own):
            return []
        sections: list[FoundSection] = []
        for candidate in chosen:
            level = len(candidate.number) - shortest + 1 if sections else 1
            left, top = candidate.place.spot
            index = candidate.place.page_index
            sections.append(FoundSection(candidate.title, index, top, True, left, level))
        return sections

    def _stands_out(self, place: Place) -> bool:
        """Whether it is set unlike the text: larger, in bold to its end, or in another font."""
        size, font = self._body.size, self._body.font
        if not size:
            return place.bold and place.end_bold
        if place.size > size + SAME_SIZE:
            return True
        if place.size < size - SAME_SIZE or (place.bold and not place.end_bold):
            return False
        return place.end_bold or font not in (place.font, place.end_font)


def _chapter_number(number: int | str | None) -> Number:
    """The chapter's number as sections bear it, () where it has none."""
    text = str(number or "").strip()
    if text.isdecimal() and len(text) <= 3:
        return (int(text),)
    if len(text) == 1 and text.isascii() and text.isalpha():
        return (_LETTER_A + ord(text.upper()) - ord("A"),)
    return (from_roman(text) or 0,) if from_roman(text) else ()


def _parts(text: str) -> Number:
    parts = re.findall(r"[A-Z]|\d+", text)
    return tuple(int(p) if p.isdigit() else _LETTER_A + ord(p) - ord("A") for p in parts)


def _last_line(page: PageText, line: int, first: Place) -> int:
    """The last line of a heading that begins on ``line``."""
    last = line
    while last + 1 < min(len(page.lines), line + _MAX_LINES):
        following = page.lines[last + 1]
        below = place_of(page, last + 1, last + 1)
        # A number may stand on a line of its own, beside its title.
        if below is None or (_NUMBERED.fullmatch(following) and last > line):
            break
        alike = abs(below.size - first.size) <= SAME_SIZE and below.bold == first.end_bold
        down = below.position[2] - (first.position[2] + (last - line) * first.size)
        if (
            not alike
            or below.font != first.end_font
            or not -SAME_SIZE <= down <= _LEADING * first.size
        ):
            break
        last += 1
    return last


def _title(lines: Iterable[str]) -> str:
    """The lines of a heading as one."""
    title = ""
    for line in lines:
        text = " ".join(line.translate(_LIGATURES).split())
        is_cut = title.endswith("-") and text[:1].islower()
        title = title[:-1] + text if is_cut else f"{title} {text}".strip()
    return title


def _root(candidates: list[_Candidate], own: Number) -> tuple[Number, int] | None:
    """What all sections' numbers begin with, and how many parts those of level 1 have.

    None where nothing counts.
    """
    numbers = {candidate.number for candidate in candidates}
    below: dict[int, set[Number]] = defaultdict(set)
    for number in numbers:
        if len(number) > 1:
            below[number[0]].add(number)
    single = {number[0] for number in numbers if len(number) == 1}
    counted = {n for n in single if n - 1 in single or n + 1 in single}
    head = max(below, key=lambda h: (len(below[h]), -h), default=None)
    if head is not None and own and len(below[own[0]]) * 2 >= len(below[head]):
        head = own[0]
    elif counted and (head is None or head in counted):
        return (), 1
    if head is None:
        return None
    if len(below) > 1 and len(below[head]) == 1:  # of several chapters in one file
        return (), 2
    # The sections of appendix A1 are A1.1, A1.2 …
    deeper = Counter(number[:2] for number in below[head] if len(number) > 2)
    if deeper and sum(len(number) == 2 for number in below[head]) < 2:
        return max(deeper, key=lambda start: (deeper[start], start)), 3
    return (head,), 2


def _choose(by_number: Mapping[Number, list[_Candidate]]) -> list[_Candidate]:
    """One candidate for each number, if there is one in its order that is set like the others."""
    numbers = sorted(by_number)
    in_list = list_losses([c.place for c in by_number[number]] for number in numbers)
    styles: dict[int, dict[tuple[float, bytes], set[Number]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for number in numbers:
        for candidate in by_number[number]:
            if not candidate.place.in_margin and candidate.place not in in_list:
                styles[len(number)][_style(candidate.place)].add(number)
    usual = {
        parts: max(found, key=lambda style: (len(found[style]), style))
        for parts, found in styles.items()
    }
    scored: list[list[tuple[Place, float]]] = []
    of_place: dict[tuple[Number, Place], _Candidate] = {}
    for number in numbers:
        scored.append([])
        for candidate in by_number[number]:
            place = candidate.place
            style = usual.get(len(number))
            if style is not None and abs(place.size - style[0]) > SAME_SIZE:
                continue
            score = 10.0 + 4 * (_style(place) == style) + 2 * place.bold - 3 * place.in_margin
            scored[-1].append((place, score - in_list.get(place, 0)))
            of_place[number, place] = candidate
    places = best_in_order(scored)
    return [of_place[n, p] for n, p in zip(numbers, places, strict=True) if p is not None]


def _style(place: Place) -> tuple[float, bytes]:
    return round(place.size * 2) / 2, place.font


def _in_sequence(chosen: list[_Candidate]) -> list[_Candidate]:
    """Without numbers that count on from none: "9.81 Metres" is no section."""
    numbers = {candidate.number for candidate in chosen}
    return [
        candidate
        for candidate in chosen
        if candidate.number[-1] <= _SKIPPED
        or any(
            (*candidate.number[:-1], candidate.number[-1] + step) in numbers
            for step in (*range(-_SKIPPED, 0), *range(1, _SKIPPED + 1))
        )
    ]
