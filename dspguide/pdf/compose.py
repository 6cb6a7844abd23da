"""Composing the book's file out of bound chapters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

import pypdf
from pypdf import PageObject

from dspguide.pdf.freeze import PARENT, Batch, Freezer, Frozen
from dspguide.pdf.labels import book_labels, page_labels
from dspguide.pdf.layers import Layers, joined
from dspguide.pdf.metadata import document_info, xmp_packet
from dspguide.pdf.model import BookFacts, BookPlan, ChapterFacts, PreparedSummary, SectionFacts
from dspguide.pdf.outline import Entry, put_outline
from dspguide.pdf.output import PdfFile
from dspguide.pdf.syntax import array, dictionary, reference, text_string

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BUFFER = 1 << 20


@dataclass
class BoundChapter:
    """A chapter in pypdf's writer, and frozen.

    ``corners`` has the left and top edge in points, by 0-based page index in the chapter, of the
    pages that the outline leads to.
    """

    summary: PreparedSummary
    pages: list[PageObject]
    batch: Batch
    layers: Layers
    corners: dict[int, tuple[float, float]]


def write_book(
    plan: BookPlan, bound: dict[int, BoundChapter], freezer: Freezer, path: Path
) -> BookFacts:
    """Write the bound chapters in the plan's order, with outline, labels and metadata."""
    chapters = [bound[chapter.number] for chapter in plan.chapters if chapter.number in bound]
    labels = book_labels([chapter.summary.labels for chapter in chapters])
    facts = _chapter_facts(chapters, labels)
    with path.open("wb", buffering=_BUFFER) as out:
        composer = _Composer(PdfFile(out), freezer)
        size, sha256 = composer.compose(plan, chapters, facts, labels)
    warnings = tuple(text for chapter in chapters for text in chapter.summary.warnings)
    return BookFacts(len(labels), size, sha256, tuple(labels), tuple(facts), warnings)


def _chapter_facts(chapters: Sequence[BoundChapter], labels: Sequence[str]) -> list[ChapterFacts]:
    firsts = accumulate((chapter.summary.pages for chapter in chapters), initial=0)
    facts = []
    for first, chapter in zip(firsts, chapters, strict=False):
        summary = chapter.summary
        sections = tuple(
            SectionFacts(
                s.title, first + s.page_index, labels[first + s.page_index], s.top, s.found
            )
            for s in summary.sections
        )
        facts.append(
            ChapterFacts(
                summary.plan.number,
                summary.plan.title,
                summary.plan.part,
                first,
                summary.pages,
                labels[first],
                sections,
            )
        )
    return facts


class _Composer:
    """Numbers and writes the objects of one book."""

    def __init__(self, file: PdfFile, freezer: Freezer) -> None:
        self._file = file
        self._frozen = freezer.objects
        self._number_of: dict[bytes, int] = {}

    def compose(
        self,
        plan: BookPlan,
        chapters: Sequence[BoundChapter],
        facts: Sequence[ChapterFacts],
        labels: Sequence[str],
    ) -> tuple[int, str]:
        """Write all of it; returns the file's bytes and SHA-256."""
        file = self._file
        catalog, info, tree, metadata = (file.new_number() for _ in range(4))
        nodes = [file.new_number() for _ in chapters]
        self._put_chapters(chapters, nodes)
        self._put_tree(tree, nodes, chapters)
        outline = put_outline(file, self._entries(chapters, facts))
        producer = f"pypdf {pypdf.__version__}"
        packet = xmp_packet(plan, producer)
        # Not compressed, so that programs which know nothing of PDF can read it.
        header = dictionary(
            ("Type", b"/Metadata"), ("Subtype", b"/XML"), ("Length", b"%d" % len(packet))
        )
        file.put_stream(metadata, header, packet)
        file.put(info, document_info(plan, producer))
        layers = joined(chapter.layers for chapter in chapters)
        file.put(
            catalog,
            dictionary(
                ("Type", b"/Catalog"),
                ("Pages", reference(tree)),
                ("Outlines", reference(outline)),
                ("PageMode", b"/UseOutlines"),
                ("PageLabels", page_labels(labels)),
                ("ViewerPreferences", b"<</DisplayDocTitle true>>"),
                ("Lang", text_string(plan.language)),
                ("Metadata", reference(metadata)),
                *([("OCProperties", self._layers(layers))] if layers.all else []),
            ),
        )
        return file.close(catalog, info)

    def _put_chapters(self, chapters: Sequence[BoundChapter], nodes: Sequence[int]) -> None:
        """Number every object that differs from all before it, then write them."""
        new: list[tuple[int, int, Frozen]] = []
        for chapter, node in zip(chapters, nodes, strict=True):
            for place in chapter.batch.places:
                frozen = self._frozen[place]
                if frozen.digest not in self._number_of:
                    number = self._file.new_number()
                    self._number_of[frozen.digest] = number
                    new.append((number, node, frozen))
        for number, node, frozen in new:
            body = self._body(frozen, node)
            if frozen.stream is None:
                self._file.put(number, body)
            else:
                self._file.put_stream(number, body, frozen.stream)

    def _body(self, frozen: Frozen, node: int) -> bytes:
        pieces = [frozen.parts[0]]
        for place, part in zip(frozen.references, frozen.parts[1:], strict=True):
            number = node if place == PARENT else self._number_at(place)
            pieces += (b"%d 0 R" % number, part)
        return b"".join(pieces)

    def _number_at(self, place: int) -> int:
        return self._number_of[self._frozen[place].digest]

    def _page(self, chapter: BoundChapter, index: int) -> int:
        # The first places of a batch are its pages.
        return self._number_at(chapter.batch.places[index])

    def _put_tree(self, root: int, nodes: Sequence[int], chapters: Sequence[BoundChapter]) -> None:
        """A page tree with a node per chapter."""
        for node, chapter in zip(nodes, chapters, strict=True):
            kids = [reference(self._page(chapter, n)) for n in range(len(chapter.pages))]
            self._file.put(node, _pages(kids, len(kids), ("Parent", reference(root))))
        count = sum(len(chapter.pages) for chapter in chapters)
        self._file.put(root, _pages([reference(node) for node in nodes], count))

    def _entries(
        self, chapters: Sequence[BoundChapter], facts: Sequence[ChapterFacts]
    ) -> list[Entry]:
        entries: list[Entry] = []
        pairs = zip(chapters, facts, strict=True)
        for part, members in groupby(pairs, key=lambda pair: pair[1].part):
            below = [self._chapter_entry(chapter, fact) for chapter, fact in members]
            if part is None:
                entries += below
            else:
                first = below[0]
                entries.append(Entry(part, first.page, first.left, first.top, True, below))
        return entries

    def _chapter_entry(self, chapter: BoundChapter, fact: ChapterFacts) -> Entry:
        entry = self._entry(chapter, fact.title, 0, None)
        entry.children = [
            self._entry(chapter, section.title, section.page_index, section.top)
            for section in chapter.summary.sections
        ]
        return entry

    def _entry(self, chapter: BoundChapter, title: str, index: int, top: float | None) -> Entry:
        left, edge = chapter.corners[index]
        return Entry(title, self._page(chapter, index), left, edge if top is None else top)

    def _layers(self, layers: Layers) -> bytes:
        groups = dict.fromkeys(reference(self._number_at(place)) for place in layers.all)
        off = dict.fromkeys(reference(self._number_at(place)) for place in layers.off)
        default = dictionary(("OFF", array(list(off))), ("Order", array(list(groups))))
        return dictionary(("OCGs", array(list(groups))), ("D", default))


def _pages(kids: list[bytes], count: int, *more: tuple[str, bytes]) -> bytes:
    return dictionary(("Type", b"/Pages"), *more, ("Count", b"%d" % count), ("Kids", array(kids)))
