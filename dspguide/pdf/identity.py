"""Does the first page say that it is another chapter?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.titles import title_key, title_keys

if TYPE_CHECKING:
    from dspguide.pdf.model import ChapterPlan
    from dspguide.pdf.text import PageText

_SAYS = re.compile(r"\s*chapter\W*(\d{1,4})?\b(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d{1,4})\b(.*)")
_LARGE = 1.05  # times the size of the text: an opening is set larger, or in bold


def check_identity(page: PageText, plan: ChapterPlan) -> None:
    """Look for "CHAPTER 7" in large type at the top of a chapter's first page.

    Raises RejectedChapter("other-chapter") when it names another number and another title.
    A page that says nothing, or names several chapters, is taken as it is.
    """
    said = _numbers_said(page)
    if not said or plan.number in said or len(said) > 1:
        return
    title = title_key(plan.title)
    text = title_key(" ".join(page.lines[:12]))
    if title and title in text:
        return
    raise RejectedChapter(
        "other-chapter", f"its first page says that it is chapter {min(said)}, not {plan.number}"
    )


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
