"""The outline that a chapter brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pikepdf import Dictionary, Pdf, String

from dspguide.pdf.analysis.titles import title_key
from dspguide.pdf.model import FoundSection
from dspguide.pdf.source.values import text_of

if TYPE_CHECKING:
    from pikepdf import Object

    from dspguide.pdf.model import Target
    from dspguide.pdf.source.links import Destinations

_MAX_ENTRIES = 2_000
_MAX_LEVEL = 8  # what stands deeper stands there
_MAX_TITLE = 500  # characters
#: Where the kinds of views have the left and the upper edge of what is shown (ISO 32000-1,
#: table 151).
_LEFT = {"/XYZ": 1, "/FitR": 1, "/FitV": 1, "/FitBV": 1}
_TOP = {"/XYZ": 2, "/FitR": 4, "/FitH": 1, "/FitBH": 1}


def read_outline(pdf: Pdf, known: Destinations, pages: int) -> list[FoundSection]:
    """The entries that lead to a page of this file, in order.

    Dead ones and those to other files vanish; what stands below them moves up.
    """
    root = pdf.Root.get("/Outlines")
    entries: list[FoundSection] = []
    seen: set[tuple[int, int]] = set()
    stack = [(root.get("/First"), 1)] if isinstance(root, Dictionary) else []
    for _ in range(_MAX_ENTRIES):
        if not stack:
            break
        item, level = stack.pop()
        if not isinstance(item, Dictionary) or item.objgen in seen:
            continue
        if item.is_indirect:  # others have no number, and cannot be in a circle
            seen.add(item.objgen)
        target = _target(item, known)
        title = item.get("/Title")
        text = " ".join(text_of(title).split())[:_MAX_TITLE] if isinstance(title, String) else ""
        is_alive = target is not None and target.page_index < pages and title_key(text) != ""
        if target is not None and is_alive:
            top, left = _edge(target, _TOP), _edge(target, _LEFT)
            entries.append(FoundSection(text, target.page_index, top, True, left, level))
        below = min(level + 1, _MAX_LEVEL) if is_alive else level
        stack += [(item.get("/Next"), level), (item.get("/First"), below)]
    return entries


def _target(item: Dictionary, known: Destinations) -> Target | None:
    action = item.get("/A")
    destination: Object | None = item.get("/Dest")
    if isinstance(action, Dictionary) and action.get("/S") == "/GoTo":
        destination = action.get("/D")
    return known.resolve(destination)


def _edge(target: Target, places: dict[str, int]) -> float | None:
    at = places.get(str(target.view[0]), len(target.view))
    value = target.view[at] if at < len(target.view) else None
    return value if isinstance(value, float) else None
