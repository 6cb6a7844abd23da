"""The book: its chapters, the front matter before them, and what is told of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING

from dspguide.pdf.model import BindResult, ChapterFacts, References, SectionFacts
from dspguide.pdf.output.compose import Composer
from dspguide.pdf.output.front_matter import FrontMatter, brings_its_own, typeset
from dspguide.pdf.output.navigation import book_labels, contents_of, front_labels
from dspguide.pdf.output.references import link_references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dspguide.pdf.model import BookPlan, PreparedChapter
    from dspguide.pdf.output.navigation import ContentsEntry
    from dspguide.pdf.output.references import Reference
    from dspguide.pdf.spool import Spool

_BUFFER = 1 << 20
_INTENTS_DIFFER = (
    "the chapters have different output intents, so the book has none, and inks may look different"
)


def write_book(
    plan: BookPlan, prepared: Mapping[int, PreparedChapter], path: Path, spool: Spool
) -> BindResult:
    """Write the chapters in the plan's order, with front matter, outline, labels and metadata.

    ``prepared`` has them by position, ``spool`` their large streams. Raises OSError.
    """
    chapters = [prepared[position] for position in sorted(prepared)]
    labels = book_labels([chapter.labels for chapter in chapters])
    entries = list(contents_of(chapters, labels))
    with ThreadPoolExecutor(1) as thread:
        # typst leaves the interpreter free while it sets the pages.
        front = thread.submit(_front_matter, plan, chapters, entries)
        composer = Composer(chapters)
        composer.put_chapters()
        linked: list[Reference] = []
        references = References()
        if plan.link_references:
            linked, references = link_references(chapters, labels)
        composer.put_references(linked)
        composer.finish_pages()
        front_matter = front.result()
    writer = composer.compose(plan, labels, entries, front_matter)
    with path.open("wb", buffering=_BUFFER) as out:
        size, sha256 = writer.write_packed(out, spool)
    count = len(front_matter.pages)
    warnings = [text for chapter in chapters for text in chapter.warnings]
    if composer.intents_differ():
        warnings.append(_INTENTS_DIFFER)
    firsts = accumulate((chapter.pages for chapter in chapters), initial=0)
    return BindResult(
        count + len(labels),
        size,
        sha256,
        (*front_labels(count), *labels),
        tuple(
            _facts(chapter, labels[first : first + chapter.pages], count + first)
            for chapter, first in zip(chapters, firsts, strict=False)
        ),
        (*warnings, *front_matter.warnings),
        count,
        references,
    )


def _front_matter(
    plan: BookPlan, chapters: Sequence[PreparedChapter], entries: Sequence[ContentsEntry]
) -> FrontMatter:
    """The front matter; none where it is not wanted, or where the chapters bring it."""
    brought = chapters[0].brings_contents or brings_its_own([one.plan for one in chapters])
    if brought or not plan.front_matter:
        return FrontMatter()
    return typeset(
        plan,
        entries,
        page_size=chapters[0].page_size,
        chapters=len(chapters),
        pages=sum(chapter.pages for chapter in chapters),
    )


def _facts(chapter: PreparedChapter, labels: Sequence[str], first: int) -> ChapterFacts:
    """The facts of a chapter; ``first`` is the index of its first page in the book."""
    plan = chapter.plan
    sections = tuple(
        SectionFacts(s.title, first + s.page_index, labels[s.page_index], s.top, s.found, s.level)
        for s in chapter.sections
    )
    return ChapterFacts(
        chapter.position,
        plan.number,
        plan.title,
        plan.part,
        first,
        chapter.pages,
        labels[0],
        sections,
    )
