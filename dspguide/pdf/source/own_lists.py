"""The outline and the page labels that a chapter's file has for its own pages."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pikepdf import Dictionary, Pdf, String

from dspguide.pdf.analysis.page_label import DECIMAL, LOWER, UPPER, Series
from dspguide.pdf.analysis.titles import title_key
from dspguide.pdf.model import FoundSection
from dspguide.pdf.source.links import edges
from dspguide.pdf.source.values import Number, below, is_new, text_of, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pikepdf import Object

    from dspguide.pdf.source.links import Destinations

_MAX_ENTRIES = 2_000
_MAX_LEVEL = 8  # what stands deeper stands there
_MAX_TITLE = 500  # characters
_MAX_NUMBER = 2**31 - 1
_MAX_PREFIX = 100  # characters: what is longer is no label
_STYLES = {"/D": DECIMAL, "/r": LOWER, "/R": UPPER}
_LETTERS = {"/a": "a", "/A": "A"}


def read_outline(pdf: Pdf, known: Destinations, pages: int) -> list[FoundSection]:
    """The entries that lead to a page of this file, in order.

    Dead ones and those to other files vanish; what stands below them moves up.
    """
    entries: list[FoundSection] = []
    seen: set[Number] = set()
    stack = [(below(pdf.Root.get("/Outlines"), "/First"), 1)]
    for _ in range(_MAX_ENTRIES):
        if not stack:
            break
        item, level = stack.pop()
        if not isinstance(item, Dictionary) or not is_new(item, seen):
            continue
        action = item.get("/A")
        leads = below(action, "/S") == "/GoTo"
        target = known.resolve(below(action, "/D") if leads else item.get("/Dest"))
        title = item.get("/Title")
        text = " ".join(text_of(title).split())[:_MAX_TITLE] if isinstance(title, String) else ""
        deeper = level
        if target is not None and target.page_index < pages and title_key(text):
            left, top = edges(target.view)
            entries.append(FoundSection(text, target.page_index, top, True, left, level))
            deeper = min(level + 1, _MAX_LEVEL)
        stack += [(item.get("/Next"), level), (item.get("/First"), deeper)]
    return entries


def read_page_labels(pdf: Pdf, pages: int) -> list[str | None]:
    """The label of each page by 0-based page index; None for pages that have none."""
    found: Iterator[tuple[Any, Object]] = tree(pdf.Root.get("/PageLabels"), "/Nums")
    ranges = {
        start: entry
        for start, entry in found
        if isinstance(start, int) and 0 <= start < pages and isinstance(entry, Dictionary)
    }
    labels: list[str | None] = [None] * pages
    for start, stop in pairwise([*sorted(ranges), pages]):
        for index in range(start, stop):
            labels[index] = _label(ranges[start], index - start)
    return labels


def _label(entry: Dictionary, nth: int) -> str | None:
    """The label of the ``nth`` page of a range, from 0; None for one that is empty."""
    prefix, style = text_of(entry.get("/P")), text_of(entry.get("/S"))
    first: Any = entry.get("/St", 1)
    number = (first if isinstance(first, int) and 0 < first < _MAX_NUMBER else 1) + nth
    if len(prefix) > _MAX_PREFIX or not prefix.isprintable():
        prefix = ""
    if style in _STYLES:
        return Series(prefix, _STYLES[style]).label(number)
    if style in _LETTERS:  # a to z, then aa, bb …
        turn, letter = divmod(number - 1, 26)
        if turn < _MAX_PREFIX:
            return prefix + chr(ord(_LETTERS[style]) + letter) * (turn + 1)
    return prefix or None
