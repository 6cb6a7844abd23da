"""Finding the sections of a chapter for which nobody named any, by the numbers they bear.

Lines that begin "9.1 Basic Concept", "A.2 …", "§ 3 …" are noted while the pages pass by. What of
them is a heading shows in the end: they count on from each other down the pages, and those of a
level are set alike and unlike the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.analysis.headings import best_in_order, list_losses, most_common
from dspguide.pdf.analysis.layout import SAME_SIZE, BodyText, Place, place_of
from dspguide.pdf.analysis.page_label import from_roman
from dspguide.pdf.model import FoundSection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.text import PageText

#: The parts of a heading's number; letters count from _LETTER_A.
Number = tuple[int, ...]

_LETTER_A = 1001
_NUMBERED = re.compile(
    r"""\s*(?:§+\s*)?
    (?:((?:[A-Z]\d{0,2}|\d{1,3})(?:[.\-–]\d{1,3}){1,4})[.:)]?(?:\s+|(?=[^\W\d_])|$)
       |(\d{1,3})[.:)]?(?:\s+|$))
    (.*)""",
    re.VERBOSE,
)
_LIST_ENTRY = re.compile(r"(?:[.·…]\s*){3,}[\divxlc]*\s*$")  # leaders, with a page number
_HAS_LETTERS = re.compile(r"[^\W\d_]")
_LONGEST = 160  # characters of a heading's line
_MAX_LINES = 4
_LEADING = 1.8  # times the size: lines further apart are not one heading
_APART = 0.4  # times the size: more room than there is between lines of a paragraph
_SMALLER = 0.88  # times the text's size: a heading in another font may look as large
_MAX_PLACES = 5_000
_LEVELS = 2
_SKIPPED = 3  # of so many headings in a row, all but one may be missed
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})


class _Distinction(IntEnum):
    """What tells a heading from the text, the least sure first."""

    NOTHING = -1
    ROOM = 0  # above and below it
    FONT = 1  # of another name
    STYLE = 2  # larger, or bold


class _Candidate(NamedTuple):
    """Lines that may be a numbered heading; ``is_apart`` says that there is room around them."""

    number: Number
    title: str
    place: Place
    is_apart: bool

    def distinction(self, body: BodyText) -> _Distinction:
        """What tells it from the text of its chapter."""
        place, size = self.place, body.size
        bold, end_bold = place.start.bold, place.end.bold
        if size and place.size > size + SAME_SIZE:
            return _Distinction.STYLE
        if bold and not end_bold:
            return _Distinction.NOTHING  # a list's number, or a theorem's
        if end_bold and (place.size >= size - SAME_SIZE if size else bold):
            return _Distinction.STYLE
        if not size:  # there is no text
            return _Distinction.NOTHING
        if place.size >= size * _SMALLER and body.font not in (place.start.font, place.end.font):
            return _Distinction.FONT
        is_apart = self.is_apart and place.size >= size - SAME_SIZE
        return _Distinction.ROOM if is_apart else _Distinction.NOTHING


class NumberedHeadingFinder:
    """Collects, page by page, the lines that may be a numbered heading."""

    def __init__(self, chapter_number: int | str | None, body: BodyText) -> None:
        self._own = _chapter_number(chapter_number)
        self._candidates: list[_Candidate] = []
        self._body = body

    def read(self, page: PageText) -> None:
        """Note the candidates on a page; pages must come in order."""
        for line, text in enumerate(page.lines):
            match = _NUMBERED.fullmatch(text) if len(text) <= _LONGEST else None
            if match is None or len(self._candidates) >= _MAX_PLACES:
                continue
            # A number may stand on a line of its own, before its title.
            if match.group(3) and not _HAS_LETTERS.search(match.group(3)):
                continue
            if (first := place_of(page, line, line)) is None:
                continue
            last = _last_line(page, line, first)
            title = _title([page.undivided(at) for at in range(line, last + 1)])
            is_title = _HAS_LETTERS.search(title) and not _LIST_ENTRY.search(title)
            if is_title and (place := place_of(page, line, last)):
                number = _heading_number(match.group(1) or match.group(2))
                is_apart = len(number) > 1 and _is_apart(page, line, first)
                self._candidates.append(_Candidate(number, title, place, is_apart))

    def choose(self) -> list[FoundSection]:
        """The sections in order, two levels deep; none if what was found does not count."""
        distinct = {c: d for c in self._candidates if (d := c.distinction(self._body)) >= 0}
        if (root := _root(list(distinct), self._own)) is None:
            return []
        base, shortest = root
        by_number: dict[Number, list[_Candidate]] = defaultdict(list)
        for candidate in _in_sequence(list(distinct)):
            level = len(candidate.number) - shortest + 1
            if candidate.number[: len(base)] == base and 1 <= level <= _LEVELS:
                by_number[candidate.number].append(candidate)
        chosen = _in_sequence(_as_the_others(_best(by_number, distinct), distinct))
        if len(chosen) < 2 and not (self._own and base == self._own):
            return []
        sections: list[FoundSection] = []
        for number, title, place, _ in chosen:
            level = len(number) - shortest + 1 if sections else 1
            left, top = place.spot
            sections.append(FoundSection(title, place.page_index, top, True, left, level))
        return sections


def _heading_number(text: str) -> Number:
    """The parts of a number such as "9.1" or "A1.2"."""
    parts = re.findall(r"[A-Z]|\d+", text)
    return tuple(int(p) if p.isdigit() else _LETTER_A + ord(p) - ord("A") for p in parts)


def _chapter_number(number: int | str | None) -> Number:
    """The chapter's number as sections bear it, () where it has none."""
    text = str(number or "").strip()
    if re.fullmatch(r"\d{1,3}|[A-Za-z]", text):
        return _heading_number(text.upper())
    return (roman,) if (roman := from_roman(text)) else ()


def _is_apart(page: PageText, line: int, place: Place) -> bool:
    """Whether a line has room above and below it, and does not read like a sentence."""
    if page.lines[line].rstrip().endswith((".", ",", ";", ":", "?")):
        return False
    own, size = place.start, place.size
    above = page.glyph(line - 1) if line else None
    below = page.glyph(line + 1) if line + 1 < len(page.lines) else None
    rooms = [above.bottom - own.top] if above else []
    rooms += [own.bottom - below.top] if below else []
    # What is not above it, but beside it or in another column, leaves it all the room.
    return not any(-size <= room < size * _APART for room in rooms)


def _last_line(page: PageText, line: int, first: Place) -> int:
    """The last line of a heading that begins on ``line``."""
    for last in range(line, min(len(page.lines), line + _MAX_LINES) - 1):
        below = place_of(page, last + 1, last + 1)
        if below is None or _NUMBERED.fullmatch(page.lines[last + 1]):
            return last
        down = below.position[2] - (first.position[2] + (last - line) * first.size)
        is_alike = (
            abs(below.size - first.size) <= SAME_SIZE
            and (below.start.bold, below.start.font) == (first.end.bold, first.end.font)
            and -SAME_SIZE <= down <= _LEADING * first.size
        )
        if not is_alike:
            return last
    return min(len(page.lines), line + _MAX_LINES) - 1


def _title(lines: Sequence[str]) -> str:
    """The lines of a heading as one, with a space behind its number."""
    title = ""
    for line in lines:
        text = " ".join(line.translate(_LIGATURES).split())
        is_cut = title.endswith("-") and text[:1].islower()
        title = title[:-1] + text if is_cut else f"{title} {text}".strip()
    if (number := _NUMBERED.fullmatch(title)) and number.group(3):
        start = number.start(3)
        return f"{title[:start].rstrip()} {title[start:]}"
    return title


def _root(candidates: Sequence[_Candidate], own: Number) -> tuple[Number, int] | None:
    """What all sections' numbers begin with, and how many parts those of level 1 have.

    None where nothing counts.
    """
    # Running heads bear numbers of their own.
    size_of = {c.number: c.place.size for c in candidates if not c.place.in_margin}
    below: dict[int, set[Number]] = defaultdict(set)
    for number in size_of:
        if len(number) > 1:
            below[number[0]].add(number)
    counted = {n for n in size_of if len(n) == 1 and {(n[0] - 1,), (n[0] + 1,)} & set(size_of)}
    head = max(below, key=lambda h: (len(below[h]), -h), default=None)
    if head is None:
        return ((), 1) if counted else None
    is_own = bool(own) and len(below.get(own[0], ())) * 2 >= sum(map(len, below.values()))
    head = own[0] if is_own else head
    if (head,) in counted:
        largest_below = max(size_of[n] for n in below[head])
        is_larger = min(size_of[n] for n in counted) > SAME_SIZE + largest_below
        is_most = len(below) > 1 or len(counted) >= len(below[head])
        if is_larger or (is_most and not is_own):
            return (), 1
    if len(below) > 1 and len(below[head]) == 1:  # of several chapters in one file
        return (), 2
    # The sections of appendix A1 are A1.1, A1.2 …
    deeper = Counter(number[:2] for number in below[head] if len(number) > 2)
    if deeper and sum(len(number) == 2 for number in below[head]) < 2:
        return max(deeper, key=lambda start: (deeper[start], start)), 3
    return (head,), 2


def _best(
    by_number: dict[Number, list[_Candidate]], distinct: dict[_Candidate, _Distinction]
) -> list[_Candidate]:
    """One candidate for each number, if there is one in its order that is set like the others."""
    numbers = sorted(by_number)
    in_list = list_losses([c.place for c in by_number[number]] for number in numbers)
    styles: dict[int, list[list[tuple[float, bytes]]]] = defaultdict(list)
    for number in numbers:
        places = [c.place for c in by_number[number]]
        styles[len(number)].append(
            [place.style for place in places if not place.in_margin and place not in in_list]
        )
    usual = {parts: most_common(found) for parts, found in styles.items()}
    scored: list[list[tuple[Place, float, _Candidate]]] = []
    for number in numbers:
        style = usual[len(number)]
        scored.append([])
        for candidate in by_number[number]:
            place = candidate.place
            if style is None or abs(place.size - style[0]) <= SAME_SIZE:
                score = 10.0 + 4 * (place.style == style) + distinct[candidate]
                score -= 3 * place.in_margin + in_list.get(place, 0)
                scored[-1].append((place, score, candidate))
    return [candidate for candidate in best_in_order(scored) if candidate is not None]


def _as_the_others(
    chosen: Sequence[_Candidate], distinct: dict[_Candidate, _Distinction]
) -> list[_Candidate]:
    """Without those that nothing but room tells from the text where others of a level differ."""
    of_level: dict[int, list[_Distinction]] = defaultdict(list)
    for candidate in chosen:
        of_level[len(candidate.number)].append(distinct[candidate])
    least = {
        level: min(sorted(found)[len(found) // 2], _Distinction.FONT)
        for level, found in of_level.items()
    }
    return [c for c in chosen if distinct[c] >= least[len(c.number)]]


def _in_sequence(chosen: Sequence[_Candidate]) -> list[_Candidate]:
    """Without numbers that count on from none: "9.81 Metres" is no section."""
    numbers = {candidate.number for candidate in chosen}
    steps = (*range(-_SKIPPED, 0), *range(1, _SKIPPED + 1))
    return [
        candidate
        for candidate in chosen
        if (last := candidate.number[-1]) <= _SKIPPED
        or any((*candidate.number[:-1], last + step) in numbers for step in steps)
    ]
