"""The sections of a chapter: those of the plan, else its own outline's, else its numbered ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.headings import HeadingFinder
from dspguide.pdf.analysis.layout import BodyText
from dspguide.pdf.analysis.numbered_headings import NumberedHeadingFinder
from dspguide.pdf.analysis.titles import title_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.text import PageText
    from dspguide.pdf.model import ChapterPlan, FoundSection


class SectionFinder:
    """Reads a chapter's pages for whatever kind of sections it has.

    ``outline`` has the entries of the file's own outline, nested as they are there.
    """

    def __init__(self, plan: ChapterPlan, outline: Sequence[FoundSection]) -> None:
        self._title_keys = set(title_keys(plan.title))
        self._outline = outline
        self._sections = [] if plan.sections else self._of_outline()
        self.body = BodyText()
        self._named: HeadingFinder | None = None
        self._numbered: NumberedHeadingFinder | None = None
        if plan.sections:
            self._named = HeadingFinder(plan.title, plan.sections, self.body)
        elif not self._sections:
            self._numbered = NumberedHeadingFinder(plan.number, self.body)

    def read(self, page: PageText) -> None:
        """Note the headings of a page; pages must come in order."""
        self.body.read(page)
        if finder := self._named or self._numbered:
            finder.read(page)

    def choose(self, pages: int) -> tuple[list[FoundSection], list[str]]:
        """The sections of a chapter of so many pages, and what to warn of."""
        if self._named is None:
            return self._numbered.choose() if self._numbered else self._sections, []
        found = self._named.choose(pages, self._outline)
        warnings = [
            f"section “{section.title}” was not found, its bookmark leads to page "
            f"{section.page_index + 1} of the chapter"
            for section in found
            if not section.found
        ]
        sections, left_out = self._with_deeper_entries(found)
        if left_out:
            warnings.append(
                f"{left_out} entries of its own outline are no sections of the contents page, "
                "they are left out"
            )
        return sections, warnings

    def strange_lines(self) -> tuple[bool, tuple[str, ...]]:
        """Whether named sections could have been found, and the lines' keys if none was."""
        return (self.body.size > 0, self._named.strange_lines) if self._named else (False, ())

    def _of_outline(self) -> list[FoundSection]:
        """The sections of a chapter for which nobody named any: the entries, nested as they are.

        The entry that is the chapter itself is not one of them; what stands below it moves up.
        """
        sections: list[FoundSection] = []
        up = 0  # levels by which the entries below the chapter's move up
        for entry in self._outline:
            if entry.level == 1:
                is_same = not self._title_keys.isdisjoint(title_keys(entry.title))
                up = int(is_same and entry.page_index == 0)
            if entry.level > up:
                sections.append(replace(entry, level=entry.level - up))
        return sections

    def _with_deeper_entries(
        self, sections: Sequence[FoundSection]
    ) -> tuple[list[FoundSection], int]:
        """The plan's sections with the outline's entries that stand below them.

        Returns also how many entries are neither a section nor below one.
        """
        numbers_of: dict[str, list[int]] = {}
        for number, section in enumerate(sections):
            for key in title_keys(section.title):
                numbers_of.setdefault(key, []).append(number)
        nested = [[section] for section in sections]
        left_out, current, level = 0, -1, 0
        for entry in self._outline:
            keys = title_keys(entry.title)
            same = [n for key in keys for n in numbers_of.get(key, ()) if n > current]
            if same:
                current, level = min(same), entry.level
            elif current >= 0 and entry.level > level:
                nested[current].append(replace(entry, level=1 + entry.level - level))
            else:
                left_out += self._title_keys.isdisjoint(keys)
        return [section for sections in nested for section in sections], left_out
