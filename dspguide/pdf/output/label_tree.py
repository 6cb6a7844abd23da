"""Page labels of the book from the numbers found in its chapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from dspguide.pdf.analysis.page_label import Series, read_label

if TYPE_CHECKING:
    from collections.abc import Sequence


def book_labels(chapters: Sequence[Sequence[str | None]]) -> list[str]:
    """The label of every page of the book; a page without a number continues the count."""
    labels: list[str] = []
    series, count = Series(), 0
    for chapter in chapters:
        for label in chapter:
            series, count = _read(label) if label is not None else (series, count + 1)
            labels.append(series.label(count))
    return labels


def page_labels(labels: Sequence[str]) -> DictionaryObject:
    """The /PageLabels number tree: one range per unbroken run."""
    entries = ArrayObject()
    expected = None
    for index, label in enumerate(labels):
        series, number = _read(label)
        if (series, number) != expected:
            style = DictionaryObject({NameObject("/S"): NameObject(f"/{series.style}")})
            if series.prefix:
                style[NameObject("/P")] = TextStringObject(series.prefix)
            if number != 1:
                style[NameObject("/St")] = NumberObject(number)
            entries += [NumberObject(index), style]
        expected = (series, number + 1)
    return DictionaryObject({NameObject("/Nums"): entries})


def _read(label: str) -> tuple[Series, int]:
    read = read_label(label)
    if read is None:
        raise ValueError(f"{label!r} is no page number")
    return read


def front_labels(count: int) -> tuple[str, ...]:
    """The labels of so many pages before the first chapter."""
    return tuple(Series("", "r").label(number) for number in range(1, count + 1))
