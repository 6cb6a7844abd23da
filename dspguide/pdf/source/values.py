"""Small things to do with values of a PDF, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pikepdf import Object


def text_of(value: Object | None) -> str:
    """A name with its slash, or a string, whatever bytes it has; "" for None."""
    if value is None:
        return ""
    try:
        return in_unicode(str(value))
    except UnicodeDecodeError:
        return bytes(value).decode("latin-1")


def in_unicode(text: str) -> str:
    """A text that can be encoded: pikepdf escapes bytes that are no UTF-8 as half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace").decode(
            "latin-1"
        )
    return text


def _escaped(text: str) -> bool:
    return all(not 0xD800 <= ord(c) <= 0xDFFF or 0xDC80 <= ord(c) <= 0xDCFF for c in text)


def drop(item: Object, keys: Iterable[str]) -> None:
    """Delete what there is of the keys of a dictionary or stream."""
    for key in keys:
        if key not in item:  # or is null there, which pikepdf would not delete
            item[key] = 0
        del item[key]


def names(*lists: str) -> frozenset[str]:
    """Names out of lists with spaces between them."""
    return frozenset(" ".join(lists).split())
