"""Does the first page say that it is another chapter?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.titles import title_key, title_keys
from dspguide.pdf.errors import RejectedChapter

if TYPE_CHECKING:
    from dspguide.pdf.analysis.text import PageText
    from dspguide.pdf.model import ChapterPlan

_SAYS = re.compile(r"\s*chapter\W*(\d{1,4})?\b(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d{1,4})\b(.*)")
_LINES_OF_AN_OPENING = 12
_LINES_OF_A_TITLE = 4
_LARGE = 1.05  # times the size of the text: an opening is set larger, or in bold


def check_identity(page: PageText, plan: ChapterPlan) -> None:
    """Look for "CHAPTER 7" in large type at the top of a chapter's first page.

    Raises RejectedChapter("other-chapter") when it names another number and another title.
    A page that says nothing, or names several chapters, is taken as it is.
    """
    said = {str(number) for number in _numbers_said(page)}
    if not said or plan.number is None or str(plan.number) in said or len(said) > 1:
        return
    if _bears(page.lines[:_LINES_OF_AN_OPENING], title_key(plan.title)):
        return
    raise RejectedChapter(
        "other-chapter", f"its first page says that it is chapter {min(said)}, not {plan.number}"
    )


def _bears(lines: list[str], title: str) -> bool:
    """Whether lines are the title and no more, for titles may be part of each other."""
    for first in range(len(lines)):
        joined = title_keys(lines[first])
        for last in range(first, min(first + _LINES_OF_A_TITLE, len(lines))):
            if last > first:
                joined = tuple(key + title_key(lines[last]) for key in joined)
            if title and title in joined:
                return True
    return False


def _numbers_said(page: PageText) -> set[int]:
    said: set[int] = set()
    usual = page.glyph(len(page.lines) * 2 // 3)
    for line, text in enumerate(page.lines):
        match = _SAYS.fullmatch(text)
        if match is None:
            continue
        glyph = page.glyph(line)
        if glyph is None or not (
            glyph.bold or (usual is not None and glyph.size > usual.size * _LARGE)
        ):
            continue
        if match.group(1):
            said.add(int(match.group(1)))
            continue
        below = page.lines[line + 1] if line + 1 < len(page.lines) else ""
        if not title_keys(match.group(2)) and (number := _NUMBER.match(below)):
            said.add(int(number.group(1)))
    return said
