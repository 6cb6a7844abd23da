"""What a chapter's own outline is good for in the outline of the book."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.titles import title_key, title_keys
from dspguide.pdf.model import FoundSection

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class OutlineEntry:
    """An entry that leads to a page of the chapter's file; ``level`` counts from 1.

    ``page_index`` is 0-based, ``left`` and ``top`` are in points as the file counts them.
    """

    title: str
    level: int
    page_index: int
    top: float | None = None
    left: float | None = None

    @property
    def key(self) -> str:
        """The title for comparing."""
        return title_key(self.title)

    def section(self, level: int) -> FoundSection:
        """The entry as a section of that level."""
        return FoundSection(self.title, self.page_index, self.top, True, self.left, level)


def outline_sections(entries: Sequence[OutlineEntry], chapter_title: str) -> list[FoundSection]:
    """The sections of a chapter for which nobody named any: the entries, nested as they are.

    The entry that is the chapter itself is not one of them; what stands below it moves up.
    """
    own = set(title_keys(chapter_title))
    sections: list[FoundSection] = []
    up = 0  # levels by which the entries below the chapter's move up
    for entry in entries:
        if entry.level == 1:
            is_chapter = not own.isdisjoint(title_keys(entry.title)) and entry.page_index == 0
            up = 1 if is_chapter else 0
            if is_chapter:
                continue
        sections.append(entry.section(entry.level - up))
    return sections


def with_deeper_entries(
    sections: Sequence[FoundSection], entries: Sequence[OutlineEntry], chapter_title: str
) -> tuple[list[FoundSection], int]:
    """The plan's sections with the outline's entries that stand below them.

    Returns also how many entries are neither a section nor below one.
    """
    below: list[list[FoundSection]] = [[] for _ in sections]
    number_of: dict[str, list[int]] = {}
    for number, section in enumerate(sections):
        for key in title_keys(section.title):
            number_of.setdefault(key, []).append(number)
    own, left_out = set(title_keys(chapter_title)), 0
    current, level = -1, 0
    for entry in entries:
        keys = title_keys(entry.title)
        same = [n for key in keys for n in number_of.get(key, ()) if n > current]
        if same:
            current, level = min(same), entry.level
        elif current >= 0 and entry.level > level:
            below[current].append(entry.section(1 + entry.level - level))
        elif own.isdisjoint(keys):
            left_out += 1
    merged: list[FoundSection] = []
    for section, deeper in zip(sections, below, strict=True):
        merged += [replace(section, level=1), *deeper]
    return merged, left_out
