"""Places that may bear a name: captions, numbered equations, numbered headings.

Nothing here knows how a book sets them. It notes the form of each, and the book's own form is the
one on which most agree. What no caption is set like, such as a line of text that happens to begin
with "Figure 7-1", is left out here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.analysis.layout import SAME_SIZE
from dspguide.pdf.naming import Caption, Form, Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dspguide.pdf.analysis.spelling import Group
    from dspguide.pdf.analysis.text import Glyph, PageText

_CAPTIONED = {"figure", "table", "equation", "listing", "program", "algorithm", "appendix"}
_MARK = re.compile(r"\s*([.:|—–]|--)?\s*(.*)")
_CONTINUED = re.compile(r"[(\[]?\s*cont(?:inued|['’]d|\.|inuation)", re.IGNORECASE)
_NUMBER_AT_THE_END = re.compile(r"\((\d{1,3}|[A-Z])[.\-–](\d{1,3}[a-z]?)\)$")
_HEADING = re.compile(r"(?:§\s*)?((?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,3})\.?\s+[“‘\"(]?[^\W\d_]")
#: Dots that lead to a page's number.
LEADERS = re.compile(r"[.·…_](?:\s?[.·…_]){3}|…\s*\d+\s*$")
_PAGE_AT_THE_END = re.compile(r"\s(?:\d{1,4}|[ivxlc]{1,7})\s*$")
_NEIGHBOUR = 3  # lines: entries of a list are no further apart
_PROSE = 40  # characters: a longer line may be one of a paragraph
_SENTENCE_ENDS = (".", "!", "?", ":", ")", "”", '"')
_LEADING = 1.45  # times the size: lines of one paragraph are no further apart
_INDENT = 0.5  # times the size: within a paragraph no line is further in than the one above
#: No caption is longer.
CAPTION_LINES = 14
_EQUATION_GAP = 1.5  # times the size: more than a space in justified text


class Candidate(NamedTuple):
    """A caption, the line on the page that it begins, and what is said behind its number."""

    caption: Caption
    line: int
    title: str


def list_entries(lines: Sequence[tuple[int, str]]) -> set[int]:
    """Which lines are entries of a list, by what follows a name on them.

    They have leaders, or several near each other end with a number.
    """
    numbered = {line for line, rest in lines if _PAGE_AT_THE_END.search(rest)}
    near = (*range(-_NEIGHBOUR, 0), *range(1, _NEIGHBOUR + 1))
    return {line for line, rest in lines if LEADERS.search(rest)} | {
        line for line in numbered if any(line + step in numbered for step in near)
    }


def caption_at(page: PageText, line: int, group: Group) -> Candidate | None:
    """The caption that begins a line, if the group that begins the line is one."""
    (spelled, *others), word = group.members, group.word
    if others or group.kind not in _CAPTIONED or word[-1] in "sS":
        return None
    rest = _MARK.fullmatch(page.lines[line].lstrip()[spelled.end - spelled.start :])
    if rest is None or _CONTINUED.match(rest[2]):
        return None
    mark, title = rest[1] or "", rest[2]
    # In lower case a sentence goes on.
    if (not mark and title[:1].islower()) or (glyph := page.glyph(line)) is None:
        return None
    if word.isupper() or not (mark or title) or _stands_free(page, line, glyph):
        return Candidate(_caption(page, spelled.name, glyph, word, mark), line, title)
    return None


def _caption(page: PageText, name: Name, glyph: Glyph, word: str = "", mark: str = "") -> Caption:
    form = Form(word, mark, glyph.bold, round(glyph.size * 2) / 2)
    return Caption(name, form, page.index, page.in_file(page.left, glyph.top))


def _stands_free(page: PageText, line: int, glyph: Glyph) -> bool:
    """Whether a line begins a paragraph that stands apart from what is above it."""
    before = line - 1
    while before >= 0 and not page.lines[before].strip():
        before -= 1
    above = page.glyph(before) if before >= 0 else None
    if above is None:
        return True
    step = above.bottom - glyph.bottom
    if step > 0:
        return step > glyph.size * _LEADING or glyph.left - above.left > glyph.size * _INDENT
    # The line before is not above: a picture's text, or the foot of another column.
    text = page.lines[before].rstrip()
    return len(text) < _PROSE or text.endswith(_SENTENCE_ENDS)


def last_line_of(page: PageText, line: int) -> int:
    """The last line of a caption's paragraph, of which ``line`` is the first."""
    above, leading = page.glyph(line), 0.0
    for last in range(line, min(line + CAPTION_LINES, len(page.lines) - 1)):
        glyph = page.glyph(last + 1)
        if above is None or glyph is None:
            return last
        step = above.bottom - glyph.bottom
        # The first line may be set otherwise than those behind it.
        is_other = leading and (abs(glyph.size - above.size) > SAME_SIZE or step > leading * 1.25)
        if is_other or not 0 < step <= max(above.size, glyph.size) * _LEADING:
            return last
        leading, above = step, glyph
    return min(line + CAPTION_LINES, len(page.lines) - 1)


def equations_on(page: PageText) -> Iterator[Caption]:
    """Equations by their numbers, "(8.3)" at a line's end with a gap before it or nothing.

    The size in the form is where the number's right edge is: the book's equations agree on it.
    """
    for line, text in enumerate(page.lines):
        stripped = text.rstrip()
        if not stripped.endswith(")") or not (match := _NUMBER_AT_THE_END.search(stripped)):
            continue
        boxes = page.boxes(line, match.start(), match.end())
        glyph = page.glyph(line, match.start())
        if not boxes or glyph is None:
            continue
        if before := stripped[: match.start()].rstrip():
            edge = page.boxes(line, len(before) - 1, len(before))
            if not edge or boxes[-1][0] - edge[-1][2] < glyph.size * _EQUATION_GAP:
                continue
        form = Form("(", "", False, float(round(boxes[-1][2] / 2) * 2))
        name = Name("equation", (match[1], match[2]))
        yield Caption(name, form, page.index, page.in_file(page.left, glyph.top))


def headings_on(page: PageText) -> list[Caption]:
    """Lines that begin with a section's number, but for entries of a list of contents."""
    found: list[Candidate] = []
    for line, text in enumerate(page.lines):
        stripped = text.lstrip()
        # A cheap question first: few lines begin so.
        if ("." not in stripped[1:4] and stripped[:1] != "§") or len(stripped) > 2 * _PROSE:
            continue
        if (match := _HEADING.match(stripped)) and (glyph := page.glyph(line)):
            name = Name("section", tuple(match[1].split(".")))
            found.append(Candidate(_caption(page, name, glyph), line, stripped))
    entries = list_entries([(c.line, c.title) for c in found])
    return [c.caption for c in found if c.line not in entries]
