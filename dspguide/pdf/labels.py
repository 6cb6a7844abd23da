"""Page labels of the book from the numbers found in its chapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pdf.syntax import array, dictionary

if TYPE_CHECKING:
    from collections.abc import Sequence


def book_labels(chapters: Sequence[Sequence[str | None]]) -> list[str]:
    """The label of every page of the book; a page without a number continues the count."""
    labels: list[str] = []
    count = 0
    for chapter in chapters:
        for label in chapter:
            count = int(label) if label is not None else count + 1
            labels.append(str(count))
    return labels


def page_labels(labels: Sequence[str]) -> bytes:
    """The /PageLabels number tree: one decimal range per unbroken run."""
    entries: list[bytes] = []
    expected = None
    for index, label in enumerate(labels):
        number = int(label)
        if number != expected:
            start = [("St", b"%d" % number)] if number != 1 else []
            entries += [b"%d" % index, dictionary(("S", b"/D"), *start)]
        expected = number + 1
    return dictionary(("Nums", array(entries)))
