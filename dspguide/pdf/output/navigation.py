"""How a reader finds the way: table of contents, outline and page labels.

The entries of the table of contents and of the outline lead to the same places.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from pypdf.generic import (
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    TextStringObject,
)

from dspguide.pdf.analysis.page_label import NONE, Series, split_label
from dspguide.pdf.output.references import Spot
from dspguide.pdf.output.writer import pypdf_object
from dspguide.pdf.syntax import within_reach

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dspguide.pdf.model import PreparedChapter
    from dspguide.pdf.output.writer import BookWriter


class ContentsEntry(NamedTuple):
    """A part, chapter or section, and the place it leads to.

    ``level`` is 0 for a part, 1 for a chapter, 2 and more for its sections. ``label`` is the
    printed number of the page.
    """

    level: int
    number: str
    title: str
    label: str
    spot: Spot

    @property
    def heading(self) -> str:
        """Number and title as one."""
        return f"{self.number} {self.title}" if self.number else self.title


def contents_of(
    chapters: Sequence[PreparedChapter], labels: Sequence[str]
) -> Iterator[ContentsEntry]:
    """All entries in the book's order; ``labels`` are those of the chapters' pages."""
    first = 0
    for part, members in groupby(chapters, key=lambda chapter: chapter.plan.part):
        for place, chapter in enumerate(members):
            title, label = chapter.plan.title, labels[first]
            start = Spot(chapter.position, 0, *chapter.corners[0])
            if part is not None and place == 0:
                yield ContentsEntry(0, "", part, label, start)
            number = _number_before(title, chapter.plan.number)
            yield ContentsEntry(1, number, title, label, start)
            for section in chapter.sections:
                index = section.page_index
                left, top = chapter.corners[index]
                spot = Spot(
                    chapter.position,
                    index,
                    left if section.left is None else section.left,
                    top if section.top is None else section.top,
                )
                level = 1 + max(section.level, 1)
                yield ContentsEntry(level, "", section.title, labels[first + index], spot)
            first += chapter.pages


def _number_before(title: str, number: int | str | None) -> str:
    """What stands before a chapter's title, which may begin with its number already."""
    text = "" if number is None else " ".join(str(number).split())
    own = re.match(
        rf"(?:(?:chapter|appendix)\s+)?{re.escape(text)}[.:)]?(?:\s|$)", title, re.IGNORECASE
    )
    return "" if text and own else text


class OutlineEntry(NamedTuple):
    """An entry of the outline, which stands below the last one of a lesser level.

    ``page`` refers to the page it leads to, ``left`` and ``top`` are the place on it in points
    from the bottom left of the page.
    """

    level: int
    title: str
    page: IndirectObject
    left: float
    top: float


def put_outline(writer: BookWriter, entries: Sequence[OutlineEntry]) -> IndirectObject:
    """Add the outline to the book, with its parts open; returns its root."""
    root = DictionaryObject()
    reference = writer.put(root)
    _update(root, {"/Type": "/Outlines"})
    visible = _put_below(writer, root, entries)
    _update(root, {"/Count": visible})
    return reference


def _put_below(
    writer: BookWriter, parent: DictionaryObject, entries: Sequence[OutlineEntry]
) -> int:
    """Add all that is below a parent; returns how many entries are visible when it is open."""
    groups: list[list[OutlineEntry]] = []  # an entry, then all that is below it
    for entry in entries:
        if groups and entry.level > groups[-1][0].level:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    items = [DictionaryObject() for _ in groups]
    references = [writer.put(item) for item in items]
    visible = len(groups)
    for place, (item, (entry, *below)) in enumerate(zip(items, groups, strict=True)):
        # No zoom: the reader keeps its own.
        view = (entry.page, "/XYZ", _coordinate(entry.left), _coordinate(entry.top), None)
        title = TextStringObject(entry.title.encode("utf-8", "replace").decode("utf-8"))
        told: dict[str, object] = {
            "/Title": title,
            "/Parent": parent.indirect_reference,
            "/Dest": view,
        }
        if place:
            told["/Prev"] = references[place - 1]
        if place + 1 < len(groups):
            told["/Next"] = references[place + 1]
        _update(item, told)
        if below:
            count = _put_below(writer, item, below)
            is_open = entry.level == 0
            _update(item, {"/Count": count if is_open else -count})
            visible += count if is_open else 0
    _update(parent, {"/First": references[0], "/Last": references[-1]})
    return visible


def _coordinate(value: float) -> FloatObject | None:
    return None if within_reach(value) is None else FloatObject(round(value, 3))


def _update(item: DictionaryObject, entries: dict[str, object]) -> None:
    item.update({NameObject(key): pypdf_object(value) for key, value in entries.items()})


def book_labels(chapters: Sequence[Sequence[str | None]]) -> list[str]:
    """The label of every page of the book; a page without a number continues the count."""
    labels: list[str] = []
    series, count = Series(), 0
    for label in (label for chapter in chapters for label in chapter):
        if label is not None:
            series, count = split_label(label)
        elif series.style == NONE:  # after a "Cover" the pages are counted
            series, count = Series(), 1
        else:
            count += 1
        labels.append(series.label(count))
    return labels


def page_labels(labels: Sequence[str]) -> dict[str, list[object]]:
    """The /PageLabels number tree: one range per unbroken run."""
    entries: list[object] = []
    expected = None
    for index, label in enumerate(labels):
        series, number = split_label(label)
        if (series, number) != expected:
            style: dict[str, object] = {}
            if series.style != NONE:
                style["/S"] = f"/{series.style}"
            if series.prefix:
                style["/P"] = TextStringObject(series.prefix)
            if number > 1:
                style["/St"] = number
            entries += [index, style]
        expected = (series, number + 1)
    return {"/Nums": entries}


def front_labels(count: int) -> tuple[str, ...]:
    """The labels of so many pages before the first chapter."""
    return tuple(Series("", "r").label(number) for number in range(1, count + 1))
