"""Page labels of the book from the numbers found in its chapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypdf.generic import TextStringObject

from dspguide.pdf.analysis.page_label import NONE, Series, split_label

if TYPE_CHECKING:
    from collections.abc import Sequence


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
