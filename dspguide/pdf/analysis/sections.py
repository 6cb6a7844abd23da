"""The sections of a chapter: those of the plan, else its own outline's, else its numbered ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pdf.analysis.headings import HeadingFinder
from dspguide.pdf.analysis.numbered_headings import NumberedHeadingFinder
from dspguide.pdf.analysis.own_outline import outline_sections, with_deeper_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.analysis.own_outline import OutlineEntry
    from dspguide.pdf.analysis.text import PageText
    from dspguide.pdf.model import ChapterPlan, FoundSection


class SectionFinder:
    """Reads a chapter's pages for whatever kind of sections it has."""

    def __init__(self, plan: ChapterPlan, outline: Sequence[OutlineEntry]) -> None:
        self._plan = plan
        self._outline = outline
        self._from_outline = () if plan.sections else outline_sections(outline, plan.title)
        self._named: HeadingFinder | None = None
        self._numbered: NumberedHeadingFinder | None = None
        if plan.sections:
            self._named = HeadingFinder(plan.title, plan.sections)
        elif not self._from_outline:
            self._numbered = NumberedHeadingFinder(plan.number)

    def read(self, page: PageText) -> None:
        """Note the headings of a page; pages must come in order."""
        if self._named is not None:
            self._named.read(page)
        elif self._numbered is not None:
            self._numbered.read(page)

    def choose(self, pages: int) -> tuple[list[FoundSection], list[str]]:
        """The sections of a chapter of so many pages, and what to warn of."""
        if self._numbered is not None:
            return self._numbered.choose(), []
        if self._named is None:
            return list(self._from_outline), []
        found = self._named.choose(pages, self._outline)
        warnings = [
            f"section “{section.title}” was not found, its bookmark leads to page "
            f"{section.page_index + 1} of the chapter"
            for section in found
            if not section.found
        ]
        sections, left_out = with_deeper_entries(found, self._outline, self._plan.title)
        if left_out:
            warnings.append(
                f"{left_out} entries of its own outline are no sections of the contents page, "
                "they are left out"
            )
        return sections, warnings

    def strange_lines(self) -> tuple[bool, tuple[str, ...]]:
        """Whether named sections could have been found, and the lines' keys if none was."""
        return (False, ()) if self._named is None else self._named.strange_lines()
