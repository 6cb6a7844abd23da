"""The outline of the book: part, chapter, section."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dspguide.pdf.syntax import dictionary, number, reference, text_string

if TYPE_CHECKING:
    from dspguide.pdf.output import PdfFile


@dataclass
class Entry:
    """An entry of the outline.

    ``page`` is the object number of the page it leads to, ``left`` and ``top`` the place on it in
    points from the bottom left of the page.
    """

    title: str
    page: int
    left: float
    top: float
    is_open: bool = False
    children: list[Entry] = field(default_factory=list)


def put_outline(file: PdfFile, entries: list[Entry]) -> int:
    """Write the outline; returns the object number of its root."""
    root = file.new_number()
    first, last, visible = _put_level(file, root, entries)
    file.put(
        root,
        dictionary(
            ("Type", b"/Outlines"),
            ("First", reference(first)),
            ("Last", reference(last)),
            ("Count", b"%d" % visible),
        ),
    )
    return root


def _put_level(file: PdfFile, parent: int, entries: list[Entry]) -> tuple[int, int, int]:
    """Write sibling entries; returns the first and last object number, and how many are visible."""
    numbers = [file.new_number() for _ in entries]
    visible = len(entries)
    for place, entry in enumerate(entries):
        fields = [
            ("Title", text_string(entry.title)),
            ("Parent", reference(parent)),
            # No zoom: the reader keeps its own.
            (
                "Dest",
                b"[%b /XYZ %b %b null]"
                % (reference(entry.page), number(entry.left), number(entry.top)),
            ),
        ]
        if place:
            fields.append(("Prev", reference(numbers[place - 1])))
        if place + 1 < len(numbers):
            fields.append(("Next", reference(numbers[place + 1])))
        if entry.children:
            first, last, below = _put_level(file, numbers[place], entry.children)
            fields += [("First", reference(first)), ("Last", reference(last))]
            fields.append(("Count", b"%d" % (below if entry.is_open else -below)))
            visible += below if entry.is_open else 0
        file.put(numbers[place], dictionary(*fields))
    return numbers[0], numbers[-1], visible
