"""The outline of the book: part, chapter, section."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from dspguide.pdf.syntax import within_reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pdf.output.writer import BookWriter


@dataclass
class Entry:
    """An entry of the outline.

    ``page`` refers to the page it leads to, ``left`` and ``top`` are the place on it in points
    from the bottom left of the page.
    """

    title: str
    page: IndirectObject
    left: float
    top: float
    is_open: bool = False
    children: list[Entry] = field(default_factory=list)


def nested(entries: Sequence[Entry], levels: Sequence[int]) -> list[Entry]:
    """Put each entry below the last one of a lesser level; returns those that are below none."""
    top: list[Entry] = []
    above: list[tuple[int, Entry]] = []
    for entry, level in zip(entries, levels, strict=True):
        while above and above[-1][0] >= level:
            above.pop()
        (above[-1][1].children if above else top).append(entry)
        above.append((level, entry))
    return top


def put_outline(writer: BookWriter, entries: list[Entry]) -> IndirectObject:
    """Add the outline to the book; returns its root."""
    root = DictionaryObject({NameObject("/Type"): NameObject("/Outlines")})
    reference = writer.put(root)
    root[NameObject("/Count")] = NumberObject(_put_level(writer, root, reference, entries))
    return reference


def _put_level(
    writer: BookWriter, parent: DictionaryObject, reference: IndirectObject, entries: list[Entry]
) -> int:
    """Add sibling entries below their parent; returns how many are visible when it is open."""
    items = [DictionaryObject() for _ in entries]
    references = [writer.put(item) for item in items]
    visible = len(entries)
    for place, (entry, item) in enumerate(zip(entries, items, strict=True)):
        title = entry.title.encode("utf-8", "replace").decode("utf-8")
        item[NameObject("/Title")] = TextStringObject(title)
        item[NameObject("/Parent")] = reference
        item[NameObject("/Dest")] = _destination(entry)
        if place:
            item[NameObject("/Prev")] = references[place - 1]
        if place + 1 < len(entries):
            item[NameObject("/Next")] = references[place + 1]
        if entry.children:
            below = _put_level(writer, item, references[place], entry.children)
            item[NameObject("/Count")] = NumberObject(below if entry.is_open else -below)
            visible += below if entry.is_open else 0
    parent[NameObject("/First")] = references[0]
    parent[NameObject("/Last")] = references[-1]
    return visible


def _destination(entry: Entry) -> ArrayObject:
    left, top = (
        NullObject() if within_reach(value) is None else FloatObject(round(value, 3))
        for value in (entry.left, entry.top)
    )
    # No zoom: the reader keeps its own.
    return ArrayObject([entry.page, NameObject("/XYZ"), left, top, NullObject()])
