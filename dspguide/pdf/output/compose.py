"""Composing the book's objects out of prepared chapters."""

from __future__ import annotations

from collections import defaultdict
from math import ceil, floor
from typing import TYPE_CHECKING

from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from dspguide.pdf.output.label_tree import front_labels, page_labels
from dspguide.pdf.output.metadata import document_info, language_tag, xmp_packet
from dspguide.pdf.output.outline import Entry, nested, put_outline
from dspguide.pdf.output.relink import Links, destination, to_page, to_web
from dspguide.pdf.output.writer import BookWriter, FrozenObject
from dspguide.pdf.syntax import dictionary, within_reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.frozen import Frozen
    from dspguide.pdf.model import BookPlan, Link, PreparedChapter, View
    from dspguide.pdf.naming import Box
    from dspguide.pdf.output.contents import ContentsEntry
    from dspguide.pdf.output.front_matter import FrontMatter
    from dspguide.pdf.output.references import Reference, Spot
    from dspguide.pdf.output.writer import Pieces


class Composer:
    """Puts the objects of one book into pypdf's writer.

    put_chapters(), put_references() and finish_pages() come before compose().
    """

    def __init__(self, chapters: Sequence[PreparedChapter]) -> None:
        self._chapters = chapters
        self._writer = BookWriter()
        self._reference_of: dict[bytes, IndirectObject] = {}  # by digest
        self._by_position = {chapter.position: chapter for chapter in chapters}
        self._links = Links(self._by_position)
        self._targets: dict[Spot, IndirectObject] = {}
        self._nodes: dict[int, IndirectObject] = {}  # of pages, by position
        #: Links that are the book's own, by position and 0-based page index.
        self._own_links: dict[tuple[int, int], list[IndirectObject]] = defaultdict(list)
        self.intents_differ = False

    def compose(
        self,
        plan: BookPlan,
        labels: Sequence[str],
        entries: Sequence[ContentsEntry],
        front_matter: FrontMatter,
    ) -> BookWriter:
        """Put in what belongs to the book as a whole; ``labels`` are those of chapters' pages."""
        writer, root = self._writer, self._writer.root_object
        node = writer.put(NullObject()) if front_matter.pages else None
        front = self._put_front_matter(front_matter, entries, node) if node else []
        self._put_page_tree(front, node)
        outline = nested(
            [self._outline_entry(entry) for entry in entries], [entry.level for entry in entries]
        )
        if len(front) > 1:
            # The contents begin behind the title page.
            outline.insert(
                0, Entry("Contents", front[1], 0.0, float(front_matter.pages[1].mediabox.top))
            )
        root[NameObject("/Outlines")] = put_outline(writer, outline)
        root[NameObject("/PageMode")] = NameObject("/UseOutlines")
        root[NameObject("/PageLabels")] = page_labels([*front_labels(len(front)), *labels])
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

    def put_chapters(self) -> None:
        """Put in every object of the chapters that differs from all before it."""
        new: list[tuple[PreparedChapter, Frozen, FrozenObject]] = []
        for chapter in self._chapters:
            for frozen in chapter.frozen.objects:
                if frozen.digest not in self._reference_of:
                    item = FrozenObject(stream=frozen.stream)
                    self._reference_of[frozen.digest] = self._writer.put(item)
                    new.append((chapter, frozen, item))
        for chapter, frozen, item in new:
            item.pieces = self._pieces(chapter, frozen)
        self._nodes = {
            chapter.position: self._writer.put(NullObject()) for chapter in self._chapters
        }

    def _put_page_tree(
        self, front: Sequence[IndirectObject], front_node: IndirectObject | None
    ) -> None:
        """Put in the front matter's pages, then a node of pages for each chapter."""
        tree = self._writer.root_object.raw_get("/Pages")
        nodes = ArrayObject()
        if front_node is not None:
            self._writer.replace(front_node, _node(front, len(front), tree))
            nodes.append(front_node)
        for chapter in self._chapters:
            pages = [self._reference(chapter, index) for index in range(chapter.pages)]
            node = self._nodes[chapter.position]
            self._writer.replace(node, _node(pages, len(pages), tree))
            nodes.append(node)
        count = len(front) + sum(chapter.pages for chapter in self._chapters)
        self._writer.replace(tree, _node(nodes, count))

    def _pieces(self, chapter: PreparedChapter, frozen: Frozen) -> Pieces:
        pieces: Pieces = [frozen.parts[0]]
        for place, part in zip(frozen.references, frozen.parts[1:], strict=True):
            pieces += (self._reference(chapter, place), part)
        return pieces

    def _reference(self, chapter: PreparedChapter, place: int) -> IndirectObject:
        return self._reference_of[chapter.frozen.objects[place].digest]

    def put_references(self, references: Sequence[Reference]) -> None:
        """Put in a link for each line's piece of the words that name something."""
        for reference in references:
            page = (reference.position, reference.page_index)
            target = self._target(reference.spot)
            for box in reference.boxes:
                self._own_links[page].append(self._put_link(box, [b"/Dest ", target]))

    def _target(self, spot: Spot) -> IndirectObject:
        """An explicit destination, the same object for all that lead there."""
        if spot not in self._targets:
            page = self._reference(self._by_position[spot.position], spot.page_index)
            view: View = ("/XYZ", within_reach(spot.left), within_reach(spot.top), None)
            self._targets[spot] = self._writer.put(FrozenObject(destination(page, view)))
        return self._targets[spot]

    def _put_link(self, box: Box, leads: Pieces) -> IndirectObject:
        """A link without border or picture."""
        left, bottom, right, top = (within_reach(value) or 0.0 for value in box)
        rectangle = b"%d %d %d %d" % (floor(left), floor(bottom), ceil(right), ceil(top))
        head = b"<</Type/Annot/Subtype/Link/Border[0 0 0]/Rect[" + rectangle + b"]"
        return self._writer.put(FrozenObject([head, *leads, b">>"]))

    def _put_front_matter(
        self, front_matter: FrontMatter, entries: Sequence[ContentsEntry], node: IndirectObject
    ) -> list[IndirectObject]:
        """Put in the pages below a node; returns their references."""
        links: dict[int, ArrayObject] = defaultdict(ArrayObject)
        for link in front_matter.links:
            if link.entry is not None:
                leads: Pieces = [b"/Dest ", self._target(entries[link.entry].spot)]
            else:
                leads = to_web(link.uri or "")
            links[link.page_index].append(self._put_link(link.box, leads))
        references = []
        for index, page in enumerate(front_matter.pages):
            own = page.clone(self._writer, ignore_fields=("/Parent", "/Annots"))
            if own.indirect_reference is None:
                raise TypeError("a page in a book has a number")
            if index in links:
                own[NameObject("/Annots")] = links[index]
            own[NameObject("/Parent")] = node
            references.append(own.indirect_reference)
        return references

    def finish_pages(self) -> None:
        """Give all chapters' pages what only the book can give them."""
        for chapter in self._chapters:
            self._finish_pages(chapter, self._nodes[chapter.position])

    def _finish_pages(self, chapter: PreparedChapter, node: IndirectObject) -> None:
        """Give the pages of a chapter parents, and links that lead on."""
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
            for own in self._own_links.get((chapter.position, index), ()):
                alive += (b" ", own)
            if alive:
                entries += [b" /Annots [", *alive, b"]"]
            _enter(self._reference(chapter, index), entries)

    def _leads(self, chapter: PreparedChapter, link: Link) -> Pieces | None:
        """What to enter into a link's annotation; None if it leads nowhere."""
        if place := self._links.resolve(chapter.position, link):
            position, index, view = place
            return to_page(self._reference(self._by_position[position], index), view)
        return None if link.uri is None else to_web(link.uri)

    def _outline_entry(self, entry: ContentsEntry) -> Entry:
        page = self._reference(self._by_position[entry.position], entry.page_index)
        return Entry(entry.heading, page, entry.left, entry.top, is_open=entry.level == 0)

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
