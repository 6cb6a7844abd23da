"""A listing of chapters, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from dspguide.pages.wording import APPENDIX, CHAPTER, PART

if TYPE_CHECKING:
    from dspguide.pages.entries import Entry
    from dspguide.pages.model import LeftOut

_LONGEST_LINE = 150
"""Characters of a line without a link that names a chapter."""


class Evidence(Enum):
    """What speaks for a listing of chapters; the higher, the more it says."""

    SAID = 3
    """The word: "Chapter 1"."""
    NUMBERED = 2
    FILES = 1
    """Links to PDFs."""
    PAGES = 0
    """Nothing but titles."""


@dataclass(eq=False)
class Listing:
    """A list of chapters, as one place of a page has it."""

    entries: list[Entry]
    evidence: Evidence
    chapters: list[Entry] = field(default_factory=list)
    """In the page's order; some may have no link that can be followed."""
    left_out: list[LeftOut] = field(default_factory=list)
    doubtful: list[tuple[Entry, str, str]] = field(default_factory=list)
    """Entries that may be chapters or not, why, and the argument that decides."""


def numbered(entry: Entry) -> bool:
    """Tell whether an entry has a number that is no part's and no section's."""
    number = entry.wording.number
    return number is not None and entry.wording.word != PART and number.means("dotted") is None


def said(entry: Entry) -> bool:
    """Tell whether an entry says that it is a chapter or an appendix, and which.

    Not so a sentence such as "Chapter 9 is new" or "Chapter 9: …" with a whole abstract.
    """
    wording = entry.wording
    if not numbered(entry) or wording.word not in {CHAPTER, APPENDIX}:
        return False
    return bool(entry.links) or (
        len(wording.text) <= _LONGEST_LINE and not wording.title[0].islower()
    )
