"""The outline that a chapter brings along, as a hint where its sections are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pikepdf import Dictionary, Pdf, String

from dspguide.pdf.analysis.headings import Hint
from dspguide.pdf.analysis.titles import title_key
from dspguide.pdf.source.values import text_of

if TYPE_CHECKING:
    from dspguide.pdf.source.links import Destinations

_MAX_ENTRIES = 2_000


def read_hints(pdf: Pdf, known: Destinations, pages: int) -> list[Hint]:
    """The entries that lead to a page of this file; dead ones and those to other files vanish."""
    root = pdf.Root.get("/Outlines")
    hints: list[Hint] = []
    seen: set[tuple[int, int]] = set()
    stack = [root.get("/First")] if isinstance(root, Dictionary) else []
    for _ in range(_MAX_ENTRIES):
        if not stack:
            break
        entry = stack.pop()
        if not isinstance(entry, Dictionary) or entry.objgen in seen:
            continue
        if entry.is_indirect:  # others have no number, and cannot be in a circle
            seen.add(entry.objgen)
        stack += [entry.get("/Next"), entry.get("/First")]
        title = entry.get("/Title")
        action = entry.get("/A")
        destination = entry.get("/Dest")
        if isinstance(action, Dictionary) and action.get("/S") == "/GoTo":
            destination = action.get("/D")
        target = known.resolve(destination)
        if target is None or target.page_index >= pages or not isinstance(title, String):
            continue
        top = target.view[2] if target.view[0] == "/XYZ" and len(target.view) > 2 else None
        key = title_key(text_of(title))
        if key:
            hints.append(Hint(key, target.page_index, top if isinstance(top, float) else None))
    return hints
