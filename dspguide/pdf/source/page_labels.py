"""The page labels that a chapter's file has for its own pages."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pikepdf import Array, Dictionary, Pdf

from dspguide.pdf.analysis.page_label import DECIMAL, LOWER, UPPER, Series
from dspguide.pdf.source.values import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pikepdf import Object

_MAX_NODES = 10_000
_MAX_NUMBER = 2**31 - 1
_MAX_PREFIX = 100  # characters: what is longer is no label
_ROMAN = {"/r": LOWER, "/R": UPPER}
_LETTERS = {"/a": "a", "/A": "A"}


def read_page_labels(pdf: Pdf, pages: int) -> list[str | None]:
    """The label of each page by 0-based page index; None for pages that have none."""
    root = pdf.Root.get("/PageLabels")
    ranges = dict(_number_tree(root)) if isinstance(root, Dictionary) else {}
    labels: list[str | None] = [None] * pages
    starts = sorted(start for start in ranges if 0 <= start < pages)
    for start, stop in pairwise([*starts, pages]):
        for index in range(start, stop):
            labels[index] = _label(ranges[start], index - start)
    return labels


def _number_tree(root: Dictionary) -> Iterator[tuple[int, Dictionary]]:
    """The ranges of a number tree, whatever shape it is in: every node counts once."""
    seen: set[tuple[int, int]] = set()
    stack: list[Object] = [root]
    for _ in range(_MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if not isinstance(node, Dictionary) or node.objgen in seen:
            continue
        if node.is_indirect:  # others have no number, and cannot be in a circle
            seen.add(node.objgen)
        kids, numbers = node.get("/Kids"), node.get("/Nums")
        if isinstance(kids, Array):
            stack += [kids[at] for at in range(min(len(kids), _MAX_NODES))]
        if isinstance(numbers, Array):
            for at in range(0, min(len(numbers), _MAX_NODES) // 2 * 2, 2):
                start: Any = numbers[at]
                entry = numbers[at + 1]
                if isinstance(start, int) and isinstance(entry, Dictionary):
                    yield start, entry


def _label(entry: Dictionary, nth: int) -> str | None:
    """The label of the ``nth`` page of a range, from 0; None for one that is empty."""
    prefix = text_of(entry.get("/P")) if "/P" in entry else ""
    style = text_of(entry.get("/S")) if "/S" in entry else ""
    first: Any = entry.get("/St", 1)
    number = (first if isinstance(first, int) and 0 < first < _MAX_NUMBER else 1) + nth
    if len(prefix) > _MAX_PREFIX or not prefix.isprintable():
        prefix = ""
    if style == "/D":
        return Series(prefix, DECIMAL).label(number)
    if style in _ROMAN:
        return Series(prefix, _ROMAN[style]).label(number)
    if style in _LETTERS:  # a to z, then aa, bb …
        turn, letter = divmod(number - 1, 26)
        if turn < _MAX_PREFIX:
            return prefix + chr(ord(_LETTERS[style]) + letter) * (turn + 1)
    return prefix or None
