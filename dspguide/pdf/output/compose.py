"""Composing the book's objects out of prepared chapters."""

from __future__ import annotations

from collections import defaultdict
from math import ceil, floor
from typing import TYPE_CHECKING

from pypdf.generic import IndirectObject, NameObject, NullObject, PdfObject, TextStringObject

from dspguide.pdf.output.metadata import document_info, language_tag, xmp_packet
from dspguide.pdf.output.navigation import (
    OutlineEntry,
    front_labels,
    page_labels,
    put_outline,
)
from dspguide.pdf.output.relink import Links, destination, to_web
from dspguide.pdf.output.writer import BookWriter, FrozenObject, pypdf_object
from dspguide.pdf.syntax import dictionary, within_reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.frozen import Frozen
    from dspguide.pdf.model import BookPlan, Link, PreparedChapter, View
    from dspguide.pdf.naming import Box
    from dspguide.pdf.output.front_matter import FrontMatter
    from dspguide.pdf.output.navigation import ContentsEntry
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
        self._tree = self._writer.root_object.raw_get("/Pages")
        self._kids: list[IndirectObject] = []  # of the page tree, one of each chapter
        #: Links that are the book's own, by position and 0-based page index.
        self._own_links: dict[tuple[int, int], list[IndirectObject]] = defaultdict(list)

    def compose(
        self,
        plan: BookPlan,
        labels: Sequence[str],
        entries: Sequence[ContentsEntry],
        front_matter: FrontMatter,
    ) -> BookWriter:
        """Put in what belongs to the book as a whole; ``labels`` are those of chapters' pages."""
        writer = self._writer
        front = self._put_front_matter(front_matter, entries) if front_matter.pages else []
        writer.replace(self._tree, _node(self._kids, len(front) + len(labels)))
        outline = [
            OutlineEntry(e.level, e.heading, self._page(e.spot), e.spot.left, e.spot.top)
            for e in entries
        ]
        if len(front) > 1:
            # The contents begin behind the title page.
            top = float(front_matter.pages[1].mediabox.top)
            outline.insert(0, OutlineEntry(entries[0].level, "Contents", front[1], 0.0, top))
        language = language_tag(plan.language)
        catalog = {
            "/Outlines": put_outline(writer, outline),
            "/PageMode": "/UseOutlines",
            "/PageLabels": page_labels([*front_labels(len(front)), *labels]),
            "/ViewerPreferences": self._preferences(),
            "/OutputIntents": None if self.intents_differ() else self._intents(self._chapters[0]),
            "/Lang": TextStringObject(language) if language else None,
            "/Metadata": self._put_metadata(xmp_packet(plan)),
            "/OCProperties": self._layers(),
        }
        for key, value in catalog.items():
            if value:
                writer.root_object[NameObject(key)] = pypdf_object(value)
        writer.add_metadata(document_info(plan))
        return writer

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
            pieces: Pieces = [frozen.parts[0]]
            for place, part in zip(frozen.references, frozen.parts[1:], strict=True):
                pieces += (self._reference(chapter, place), part)
            item.pieces = pieces
        for chapter in self._chapters:
            pages = [self._reference(chapter, index) for index in range(chapter.pages)]
            self._kids.append(self._writer.put(_node(pages, len(pages), self._tree)))

    def put_references(self, references: Sequence[Reference]) -> None:
        """Put in a link for each line's piece of the words that name something."""
        for reference in references:
            own = self._own_links[reference.position, reference.page_index]
            target = self._target(reference.spot)
            own += [self._put_link(box, [b"/Dest ", target]) for box in reference.boxes]

    def finish_pages(self) -> None:
        """Give all chapters' pages parents, and links that lead on."""
        for chapter, node in zip(self._chapters, self._kids, strict=True):
            links = {(link.page_index, link.annotation): link for link in chapter.links}
            for index, places in enumerate(chapter.frozen.annotations):
                alive: Pieces = []
                for at, place in enumerate(places):
                    link = links.get((index, at))
                    leads = self._leads(chapter, link) if link is not None else []
                    if leads is not None:
                        reference = self._reference(chapter, place)
                        _enter(reference, leads)
                        alive += (b" ", reference)
                for own in self._own_links.get((chapter.position, index), ()):
                    alive += (b" ", own)
                entries: Pieces = [b" /Parent ", node]
                if alive:
                    entries += [b" /Annots [", *alive, b"]"]
                _enter(self._reference(chapter, index), entries)

    def intents_differ(self) -> bool:
        """Whether the chapters have different output intents, which are of the book as a whole."""
        return len({self._intents(chapter) for chapter in self._chapters}) > 1

    def _intents(self, chapter: PreparedChapter) -> tuple[IndirectObject, ...]:
        return tuple(self._reference(chapter, place) for place in chapter.frozen.intents)

    def _reference(self, chapter: PreparedChapter, place: int) -> IndirectObject:
        return self._reference_of[chapter.frozen.objects[place].digest]

    def _page(self, spot: Spot) -> IndirectObject:
        return self._reference(self._by_position[spot.position], spot.page_index)

    def _target(self, spot: Spot) -> IndirectObject:
        """An explicit destination, the same object for all that lead there."""
        if spot not in self._targets:
            view: View = ("/XYZ", within_reach(spot.left), within_reach(spot.top), None)
            place = FrozenObject(destination(self._page(spot), view))
            self._targets[spot] = self._writer.put(place)
        return self._targets[spot]

    def _put_link(self, box: Box, leads: Pieces) -> IndirectObject:
        """A link without border or picture."""
        left, bottom, right, top = (within_reach(value) or 0.0 for value in box)
        rectangle = b"%d %d %d %d" % (floor(left), floor(bottom), ceil(right), ceil(top))
        head = b"<</Type/Annot/Subtype/Link/Border[0 0 0]/Rect[" + rectangle + b"]"
        return self._writer.put(FrozenObject([head, *leads, b">>"]))

    def _leads(self, chapter: PreparedChapter, link: Link) -> Pieces | None:
        """What to enter into a link's annotation; None if it leads nowhere."""
        if place := self._links.resolve(chapter.position, link):
            position, index, view = place
            page = self._reference(self._by_position[position], index)
            return [b" /Dest ", *destination(page, view)]
        return None if link.uri is None else to_web(link.uri)

    def _put_front_matter(
        self, front_matter: FrontMatter, entries: Sequence[ContentsEntry]
    ) -> list[IndirectObject]:
        """Put in the pages below a node of their own, the first one; returns their references."""
        node = self._writer.put(NullObject())
        self._kids.insert(0, node)
        links: dict[int, list[IndirectObject]] = defaultdict(list)
        for link in front_matter.links:
            leads = to_web(link.uri)
            if link.entry is not None:
                leads = [b"/Dest ", self._target(entries[link.entry].spot)]
            links[link.page_index].append(self._put_link(link.box, leads))
        references = []
        for index, page in enumerate(front_matter.pages):
            own = page.clone(self._writer, ignore_fields=("/Parent", "/Annots"))
            if own.indirect_reference is None:
                raise TypeError("a page in a book has a number")
            if index in links:
                own[NameObject("/Annots")] = pypdf_object(links[index])
            own[NameObject("/Parent")] = node
            references.append(own.indirect_reference)
        self._writer.replace(node, _node(references, len(references), self._tree))
        return references

    def _put_metadata(self, packet: bytes) -> IndirectObject:
        # Not compressed, so that programs which know nothing of PDF can read it.
        header = dictionary(
            ("Type", b"/Metadata"), ("Subtype", b"/XML"), ("Length", b"%d" % len(packet))
        )
        return self._writer.put(FrozenObject([header], packet))

    def _preferences(self) -> dict[str, object]:
        preferences: dict[str, object] = {"/DisplayDocTitle": True}
        directions = {chapter.frozen.direction for chapter in self._chapters}
        if len(directions) == 1 and None not in directions:
            preferences["/Direction"] = directions.pop()
        return preferences

    def _layers(self) -> dict[str, object]:
        """All chapters' layers; nothing where there are none."""
        groups: list[IndirectObject] = []
        off: list[IndirectObject] = []
        for chapter in self._chapters:
            layers = chapter.frozen.layers
            groups += [self._reference(chapter, place) for place in layers.all]
            off += [self._reference(chapter, place) for place in layers.off]
        default = {"/OFF": off, "/Order": groups}
        return {"/OCGs": groups, "/D": default} if groups else {}


def _node(kids: Sequence[IndirectObject], count: int, parent: PdfObject | None = None) -> PdfObject:
    """A node of the page tree; ``count`` is of pages."""
    node = {"/Type": "/Pages", "/Count": count, "/Kids": kids}
    return pypdf_object(node if parent is None else node | {"/Parent": parent})


def _enter(reference: IndirectObject, entries: Pieces) -> None:
    """Put entries at the beginning of a dictionary that is frozen."""
    item = reference.get_object()
    if not isinstance(item, FrozenObject):
        raise TypeError("a chapter's objects are frozen")
    first, *rest = item.pieces
    assert isinstance(first, bytes)  # noqa: S101  # for the type checker: it begins with <<
    item.pieces = [first[:2], *entries, first[2:], *rest]
