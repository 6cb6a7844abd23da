"""Composing the book's file out of prepared chapters."""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from dspguide.pdf.model import BindResult, BookPlan, ChapterFacts, PreparedChapter, SectionFacts
from dspguide.pdf.output.label_tree import book_labels, page_labels
from dspguide.pdf.output.metadata import document_info, language_tag, xmp_packet
from dspguide.pdf.output.outline import Entry, put_outline
from dspguide.pdf.output.relink import Links, to_page, to_web
from dspguide.pdf.output.writer import BookWriter, FrozenObject
from dspguide.pdf.syntax import dictionary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dspguide.pdf.frozen import Frozen
    from dspguide.pdf.model import Link
    from dspguide.pdf.output.writer import Pieces
    from dspguide.pdf.spool import Spool

_BUFFER = 1 << 20
_INTENTS_DIFFER = (
    "the chapters have different output intents, so the book has none, and inks may look different"
)


def write_book(
    plan: BookPlan, prepared: Mapping[int, PreparedChapter], path: Path, spool: Spool
) -> BindResult:
    """Write the chapters in the plan's order, with outline, labels and metadata.

    ``prepared`` has them by position, ``spool`` their large streams. Raises OSError.
    """
    chapters = [prepared[position] for position in sorted(prepared)]
    labels = book_labels([chapter.labels for chapter in chapters])
    facts = _chapter_facts(chapters, labels)
    composer = _Composer(chapters)
    writer = composer.compose(plan, labels)
    with path.open("wb", buffering=_BUFFER) as out:
        size, sha256 = writer.write_packed(out, spool)
    warnings = [text for chapter in chapters for text in chapter.warnings]
    if composer.intents_differ:
        warnings.append(_INTENTS_DIFFER)
    return BindResult(len(labels), size, sha256, tuple(labels), tuple(facts), tuple(warnings))


def _chapter_facts(
    chapters: Sequence[PreparedChapter], labels: Sequence[str]
) -> list[ChapterFacts]:
    firsts = accumulate((chapter.pages for chapter in chapters), initial=0)
    facts = []
    for first, chapter in zip(firsts, chapters, strict=False):
        sections = tuple(
            SectionFacts(
                s.title, first + s.page_index, labels[first + s.page_index], s.top, s.found
            )
            for s in chapter.sections
        )
        facts.append(
            ChapterFacts(
                chapter.position,
                chapter.plan.number,
                chapter.plan.title,
                chapter.plan.part,
                first,
                chapter.pages,
                labels[first],
                sections,
            )
        )
    return facts


class _Composer:
    """Puts the objects of one book into pypdf's writer."""

    def __init__(self, chapters: Sequence[PreparedChapter]) -> None:
        self._chapters = chapters
        self._writer = BookWriter()
        self._reference_of: dict[bytes, IndirectObject] = {}  # by digest
        self._by_position = {chapter.position: chapter for chapter in chapters}
        self._links = Links(self._by_position)
        self.intents_differ = False

    def compose(self, plan: BookPlan, labels: Sequence[str]) -> BookWriter:
        """Put in all of it."""
        writer, root = self._writer, self._writer.root_object
        self._put_chapters()
        root[NameObject("/Outlines")] = put_outline(writer, self._entries())
        root[NameObject("/PageMode")] = NameObject("/UseOutlines")
        root[NameObject("/PageLabels")] = page_labels(labels)
        root[NameObject("/ViewerPreferences")] = self._preferences()
        if intents := self._intents():
            root[NameObject("/OutputIntents")] = intents
        if language := language_tag(plan.language):
            root[NameObject("/Lang")] = TextStringObject(language)
        root[NameObject("/Metadata")] = self._put_metadata(xmp_packet(plan))
        if layers := self._layers():
            root[NameObject("/OCProperties")] = layers
        writer.add_metadata(document_info(plan))
        return writer

    def _put_metadata(self, packet: bytes) -> IndirectObject:
        # Not compressed, so that programs which know nothing of PDF can read it.
        header = dictionary(
            ("Type", b"/Metadata"), ("Subtype", b"/XML"), ("Length", b"%d" % len(packet))
        )
        return self._writer.put(FrozenObject([header], packet))

    def _put_chapters(self) -> None:
        """Put in every object that differs from all before it, and a node of pages per chapter."""
        new: list[tuple[PreparedChapter, Frozen, FrozenObject]] = []
        for chapter in self._chapters:
            for frozen in chapter.frozen.objects:
                if frozen.digest not in self._reference_of:
                    item = FrozenObject(stream=frozen.stream)
                    self._reference_of[frozen.digest] = self._writer.put(item)
                    new.append((chapter, frozen, item))
        for chapter, frozen, item in new:
            item.pieces = self._pieces(chapter, frozen)
        tree = self._writer.root_object.raw_get("/Pages")
        nodes = ArrayObject()
        for chapter in self._chapters:
            pages = [self._reference(chapter, index) for index in range(chapter.pages)]
            node = self._writer.put(_node(pages, len(pages), tree))
            self._finish_pages(chapter, node)
            nodes.append(node)
        count = sum(chapter.pages for chapter in self._chapters)
        self._writer.replace(tree, _node(nodes, count))

    def _pieces(self, chapter: PreparedChapter, frozen: Frozen) -> Pieces:
        pieces: Pieces = [frozen.parts[0]]
        for place, part in zip(frozen.references, frozen.parts[1:], strict=True):
            pieces += (self._reference(chapter, place), part)
        return pieces

    def _reference(self, chapter: PreparedChapter, place: int) -> IndirectObject:
        return self._reference_of[chapter.frozen.objects[place].digest]

    def _finish_pages(self, chapter: PreparedChapter, node: IndirectObject) -> None:
        """Give the pages of a chapter what only the book can: parents, and links that lead on."""
        links = {(link.page_index, link.annotation): link for link in chapter.links}
        for index, places in enumerate(chapter.frozen.annotations):
            entries: Pieces = [b" /Parent ", node]
            alive: Pieces = []
            for at, place in enumerate(places):
                link = links.get((index, at))
                leads = self._leads(chapter, link) if link is not None else []
                if leads is None:
                    continue
                reference = self._reference(chapter, place)
                _enter(reference, leads)
                alive += (b" ", reference)
            if alive:
                entries += [b" /Annots [", *alive, b"]"]
            _enter(self._reference(chapter, index), entries)

    def _leads(self, chapter: PreparedChapter, link: Link) -> Pieces | None:
        """What to enter into a link's annotation; None if it leads nowhere."""
        if place := self._links.resolve(chapter.position, link):
            position, index, view = place
            return to_page(self._reference(self._by_position[position], index), view)
        return None if link.uri is None else to_web(link.uri)

    def _entries(self) -> list[Entry]:
        entries: list[Entry] = []
        for part, members in groupby(self._chapters, key=lambda chapter: chapter.plan.part):
            below = [self._chapter_entry(chapter) for chapter in members]
            if part is None:
                entries += below
            else:
                first = below[0]
                entries.append(Entry(part, first.page, first.left, first.top, True, below))
        return entries

    def _chapter_entry(self, chapter: PreparedChapter) -> Entry:
        entry = self._entry(chapter, chapter.plan.title, 0)
        entry.children = [
            self._entry(chapter, section.title, section.page_index, section.left, section.top)
            for section in chapter.sections
        ]
        return entry

    def _entry(
        self,
        chapter: PreparedChapter,
        title: str,
        index: int,
        left: float | None = None,
        top: float | None = None,
    ) -> Entry:
        corner = chapter.corners[index]
        left = corner[0] if left is None else left
        top = corner[1] if top is None else top
        return Entry(title, self._reference(chapter, index), left, top)

    def _preferences(self) -> DictionaryObject:
        preferences = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
        directions = {chapter.frozen.direction for chapter in self._chapters}
        if len(directions) == 1 and None not in directions:
            preferences[NameObject("/Direction")] = NameObject(directions.pop())
        return preferences

    def _intents(self) -> ArrayObject | None:
        """The chapters' output intents, if all have the same: they are of the book as a whole."""
        found = [
            tuple(self._reference(chapter, place) for place in chapter.frozen.intents)
            for chapter in self._chapters
        ]
        self.intents_differ = any(one != found[0] for one in found)
        return ArrayObject(found[0]) if found[0] and not self.intents_differ else None

    def _layers(self) -> DictionaryObject | None:
        """All chapters' layers; None where there are none."""
        groups, off = ArrayObject(), ArrayObject()
        for chapter in self._chapters:
            layers = chapter.frozen.layers
            groups += [self._reference(chapter, place) for place in layers.all]
            off += [self._reference(chapter, place) for place in layers.off]
        if not groups:
            return None
        default = DictionaryObject({NameObject("/OFF"): off, NameObject("/Order"): groups})
        return DictionaryObject({NameObject("/OCGs"): groups, NameObject("/D"): default})


def _node(
    kids: Sequence[IndirectObject], count: int, parent: IndirectObject | None = None
) -> DictionaryObject:
    """A node of the page tree; ``count`` is of pages."""
    node = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Pages"),
            NameObject("/Count"): NumberObject(count),
            NameObject("/Kids"): ArrayObject(kids),
        }
    )
    if parent is not None:
        node[NameObject("/Parent")] = parent
    return node


def _enter(reference: IndirectObject, entries: Pieces) -> None:
    """Put entries at the beginning of a dictionary that is frozen."""
    item = reference.get_object()
    if not isinstance(item, FrozenObject):
        raise TypeError("a chapter's objects are frozen")
    first, *rest = item.pieces
    assert isinstance(first, bytes)  # noqa: S101  # for the type checker: it begins with <<
    item.pieces = [first[:2], *entries, first[2:], *rest]
