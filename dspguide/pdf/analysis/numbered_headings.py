"""Finding the sections of a chapter for which nobody named any, by the numbers they bear.

Lines that begin "9.1 Basic Concept", "A.2 …", "§ 3 …" are noted while the pages pass by. What of
them is a heading shows in the end: they count on from each other down the pages, and those of a
level are set alike and unlike the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.heading_place import SAME_SIZE, BodyText, Place, place_of
from dspguide.pdf.analysis.numbered_choice import (
    Candidate,
    Distinction,
    choose_headings,
    heading_number,
)
from dspguide.pdf.analysis.page_label import from_roman

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dspguide.pdf.analysis.numbered_choice import Number
    from dspguide.pdf.analysis.text import PageText
    from dspguide.pdf.model import FoundSection

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
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})


class NumberedHeadingFinder:
    """Collects, page by page, the lines that may be a numbered heading."""

    def __init__(self, chapter_number: int | str | None) -> None:
        self._own = _chapter_number(chapter_number)
        self._candidates: list[tuple[Number, str, Place, bool]] = []
        self._body = BodyText()

    def read(self, page: PageText) -> None:
        """Note the candidates on a page; pages must come in order."""
        self._body.read(page)
        for line, text in enumerate(page.lines):
            match = _NUMBERED.fullmatch(text) if len(text) <= _LONGEST else None
            if match is None or len(self._candidates) >= _MAX_PLACES:
                continue
            # A number may stand on a line of its own, before its title.
            if not match.group(3) or _HAS_LETTERS.search(match.group(3)):
                number = heading_number(match.group(1) or match.group(2))
                self._candidates += self._heading(page, line, number)

    def choose(self) -> list[FoundSection]:
        """The sections in order, two levels deep; none if what was found does not count."""
        candidates = [
            Candidate(number, title, place, distinction)
            for number, title, place, is_apart in self._candidates
            if (distinction := self._distinction(place, is_apart)) is not None
        ]
        return choose_headings(candidates, self._own)

    def _heading(
        self, page: PageText, line: int, number: Number
    ) -> Iterator[tuple[Number, str, Place, bool]]:
        first = place_of(page, line, line)
        if first is None:
            return
        is_apart = len(number) > 1 and _is_apart(page, line, first)
        last = _last_line(page, line, first)
        title = _title(page.undivided(at) for at in range(line, last + 1))
        if not _HAS_LETTERS.search(title) or _LIST_ENTRY.search(title):
            return
        if place := place_of(page, line, last):
            yield number, title, place, is_apart

    def _distinction(self, place: Place, is_apart: bool) -> Distinction | None:
        """What tells it from the text; None if nothing does."""
        size, font = self._body.size, self._body.font
        is_bold = place.bold and place.end_bold
        if not size:  # there is no text
            return Distinction.STYLE if is_bold else None
        if place.size > size + SAME_SIZE:
            return Distinction.STYLE
        if place.bold and not place.end_bold:
            return None  # a list's number, or a theorem's
        if place.size >= size - SAME_SIZE and place.end_bold:
            return Distinction.STYLE
        if place.size >= size * _SMALLER and font not in (place.font, place.end_font):
            return Distinction.FONT
        return Distinction.ROOM if is_apart and place.size >= size - SAME_SIZE else None


def _chapter_number(number: int | str | None) -> Number:
    """The chapter's number as sections bear it, () where it has none."""
    text = str(number or "").strip()
    if re.fullmatch(r"\d{1,3}|[A-Za-z]", text):
        return heading_number(text.upper())
    return (roman,) if (roman := from_roman(text)) else ()


def _is_apart(page: PageText, line: int, place: Place) -> bool:
    """Whether a line has room above and below it, and does not read like a sentence."""
    own = page.glyph(line)
    if own is None or page.lines[line].rstrip().endswith((".", ",", ";", ":", "?")):
        return False
    least = place.size * _APART
    above = page.glyph(line - 1) if line else None
    below = page.glyph(line + 1) if line + 1 < len(page.lines) else None
    # What is not above it, but beside it or in another column, leaves it all the room.
    return (
        above is None or not 0 <= above.bottom - own.top + place.size < place.size + least
    ) and (below is None or not 0 <= own.bottom - below.top + place.size < place.size + least)


def _last_line(page: PageText, line: int, first: Place) -> int:
    """The last line of a heading that begins on ``line``."""
    last = line
    while last + 1 < min(len(page.lines), line + _MAX_LINES):
        following = page.lines[last + 1]
        below = place_of(page, last + 1, last + 1)
        if below is None or _NUMBERED.fullmatch(following):
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
    number = _NUMBERED.fullmatch(title)
    if number and number.group(3):
        start = number.start(3)
        return f"{title[:start].rstrip()} {title[start:]}"
    return title
