"""Page labels of the book from the numbers found in its chapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject

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


def page_labels(labels: Sequence[str]) -> DictionaryObject:
    """The /PageLabels number tree: one decimal range per unbroken run."""
    entries = ArrayObject()
    expected = None
    for index, label in enumerate(labels):
        number = int(label)
        if number != expected:
            style = DictionaryObject({NameObject("/S"): NameObject("/D")})
            if number != 1:
                style[NameObject("/St")] = NumberObject(number)
            entries += [NumberObject(index), style]
        expected = number + 1
    return DictionaryObject({NameObject("/Nums"): entries})
