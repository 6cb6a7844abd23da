"""Which chapters' files contradict the others: what no single file can tell of itself.

A file is doubted for what speaks against it and for another; the site may number its chapters as
it likes, every chapter may begin on page 1, and sections may be named otherwise than in the book.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.page_label import NONE, Series, split_label
from dspguide.pdf.analysis.titles import title_key, title_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dspguide.pdf.model import PreparedSummary

_FEW_SECTIONS = 2  # so many must be named before none found says anything
_MOST = 2 / 3  # of a book's chapters, that make a rule for the others
_SAME_PAGES = 0.5  # part of a chapter's printed numbers that another has too
_CROWD = 8  # chapters with one number in common: they begin again by custom

#: The printed numbers of chapters, by position.
_Pages = dict[int, set[int]]


def contradictions(summaries: Mapping[int, PreparedSummary]) -> dict[int, str]:
    """By 0-based position, a sentence for each chapter whose file is hardly the right one."""
    doubts: dict[int, str] = {}
    chapters = [summaries[position] for position in sorted(summaries)]
    for find in (_equal_files, _openings, _foreign_sections, _repeated_numbers, _no_sections):
        for position, sentence in find(chapters):
            doubts.setdefault(position, sentence)
    return doubts


def _equal_files(chapters: list[PreparedSummary]) -> Iterator[tuple[int, str]]:
    """Chapters of other names with the same bytes; the one that the file fits best is right."""
    same: dict[str, list[PreparedSummary]] = defaultdict(list)
    for chapter in chapters:
        same[chapter.sha256].append(chapter)
    for group in same.values():
        # One file may be there for two chapters.
        if len({chapter.plan.names or chapter.position for chapter in group}) == 1:
            continue
        best, second, *_ = sorted(group, key=_support, reverse=True)
        for chapter in group:
            if chapter is not best or _support(best) == _support(second):
                other = second if chapter is best else best
                yield chapter.position, f"its file has the same bytes as that of {other.plan.name}"


def _openings(chapters: list[PreparedSummary]) -> Iterator[tuple[int, str]]:
    """Chapters whose first page prints the title of another one."""
    titled = _by_key((chapter, [chapter.plan.title]) for chapter in chapters)
    for chapter in chapters:
        title = chapter.evidence.title
        if chapter.evidence.is_own or len(title_key(title)) < 3:
            continue
        for other in (other for key in title_keys(title) for other in titled.get(key, ())):
            if other is not chapter:
                yield chapter.position, f"its first page bears the title of {other.plan.name}"


def _foreign_sections(chapters: list[PreparedSummary]) -> Iterator[tuple[int, str]]:
    """Chapters in which sections of another one are, and none of their own."""
    bearing = _by_key((chapter, chapter.plan.sections) for chapter in chapters)
    plan_of = {chapter.position: chapter.plan for chapter in chapters}
    for chapter in chapters:
        if len(chapter.plan.sections) < _FEW_SECTIONS:
            continue
        there: Counter[int] = Counter()
        for line in chapter.evidence.lines:
            there.update({other.position for other in bearing.get(line, ())} - {chapter.position})
        for position, count in there.most_common(1):
            plan = plan_of[position]
            if count >= max(_FEW_SECTIONS, len(plan.sections) / 2):
                yield chapter.position, f"its file has the sections of {plan.name}"


def _no_sections(chapters: list[PreparedSummary]) -> Iterator[tuple[int, str]]:
    """Chapters with none of their sections, where nearly all others have theirs."""
    named = [c for c in chapters if len(c.plan.sections) >= _FEW_SECTIONS]
    rule = sum(_found(chapter) * 2 >= len(chapter.plan.sections) for chapter in named)
    if rule >= max(2, len(named) * _MOST):
        for chapter in named:
            if chapter.evidence.has_text and not _found(chapter) and not chapter.evidence.is_own:
                count = len(chapter.plan.sections)
                yield chapter.position, f"none of its {count} sections is in its file"


def _repeated_numbers(chapters: list[PreparedSummary]) -> Iterator[tuple[int, str]]:
    """Chapters whose printed numbers are another one's, in a book that does not repeat any."""
    by_position = {chapter.position: chapter for chapter in chapters}
    for pages in _counts(chapters):
        for pair in _overlapping(pages):
            a, b = (by_position[position] for position in pair)
            for own, other in ((a, b), (b, a)):
                if _is_weaker(own, other, pages):
                    name = other.plan.name
                    yield own.position, f"the page numbers printed in its file are those of {name}"


def _counts(chapters: list[PreparedSummary]) -> Iterator[_Pages]:
    """The counts in which no two chapters should have the same numbers."""
    counts: dict[Series, _Pages] = defaultdict(lambda: defaultdict(set))
    for chapter in chapters:
        if chapter.evidence.printed_labels and chapter.pages > 1:
            for label in chapter.labels:
                series, number = split_label(label or "")
                if series.style != NONE:
                    counts[series][chapter.position].add(number)
    prefixed = [pages for series, pages in counts.items() if series.prefix]
    if len(prefixed) >= len(set().union(*prefixed)) * _MOST:  # "3-12" has its chapter in it
        yield from prefixed
    for series, pages in counts.items():
        # Others are the book's if they go up through it, not if every chapter begins on page 1.
        if not series.prefix and _length_in_order(pages) >= max(2, len(pages) * _MOST):
            yield pages


def _overlapping(pages: _Pages) -> list[tuple[int, int]]:
    """Pairs of chapters of which one has most of its numbers in common with the other."""
    bearing: dict[int, list[int]] = defaultdict(list)
    for position in sorted(pages):
        for number in pages[position]:
            bearing[number].append(position)
    common: Counter[tuple[int, int]] = Counter()
    for positions in bearing.values():
        if len(positions) <= _CROWD:
            common.update(combinations(positions, 2))
    return [
        (a, b)
        for (a, b), count in common.items()
        if count >= _SAME_PAGES * min(len(pages[a]), len(pages[b]))
    ]


def _is_weaker(own: PreparedSummary, other: PreparedSummary, pages: _Pages) -> bool:
    """Whether no more speaks for one of two chapters with the same numbers than for the other."""
    is_same = own.labels == other.labels
    if _support(own) != _support(other):
        # A chapter of answers may count from 1 again, and nothing has to speak for it.
        return _support(own) < _support(other) and (_support(own) < 0 or is_same)
    without_own, without_other = (
        _length_in_order({p: numbers for p, numbers in pages.items() if p != one.position})
        for one in (own, other)
    )
    return is_same and without_own >= without_other


def _length_in_order(pages: _Pages) -> int:
    """How many chapters' numbers at most go up through the book without touching each other."""
    ends: list[int] = []  # the lowest last number of so many chapters
    for position in sorted(pages):
        at = bisect_left(ends, min(pages[position]))
        ends[at : at + 1] = [min([max(pages[position]), *ends[at : at + 1]])]
    return len(ends)


def _support(chapter: PreparedSummary) -> int:
    """How much speaks for a chapter's file: below 0 if something speaks against it."""
    is_own, named = chapter.evidence.is_own, len(chapter.plan.sections)
    support = 0 if is_own is None else 2 if is_own else -2
    if named >= _FEW_SECTIONS and chapter.evidence.has_text:
        found = _found(chapter)
        support += 2 if found * 2 >= named else -2 if not found else 0
    return support


def _found(chapter: PreparedSummary) -> int:
    """How many of the plan's sections were found."""
    return sum(section.found and section.level == 1 for section in chapter.sections)


def _by_key(
    named: Iterable[tuple[PreparedSummary, Iterable[str]]],
) -> dict[str, list[PreparedSummary]]:
    """The chapters that have a title of that key."""
    found: dict[str, list[PreparedSummary]] = defaultdict(list)
    for chapter, titles in named:
        for key in {key for title in titles for key in title_keys(title)}:
            found[key].append(chapter)
    return found
