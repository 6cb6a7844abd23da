"""Small things to do with values of a PDF, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pikepdf import Object

Number = tuple[int, int]  # object and generation number

#: What the libraries raise when a value in a file is of a kind that nobody expected there.
SURPRISES = (
    pikepdf.PikepdfError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
_MAX_IN_TREE = 100_000


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
        halves = [c for c in text if 0xD800 <= ord(c) <= 0xDFFF]
        are_bytes = all(0xDC80 <= ord(c) <= 0xDCFF for c in halves)
        return text.encode(errors="surrogateescape" if are_bytes else "replace").decode("latin-1")
    return text


def drop(item: Object, keys: Iterable[str]) -> None:
    """Delete what there is of the keys of a dictionary or stream."""
    for key in keys:
        if key not in item:  # or is null there, which pikepdf would not delete
            item[key] = 0
        del item[key]


def names(text: str) -> frozenset[str]:
    """Names with spaces between them, each once."""
    return frozenset(text.split())


def below(item: Object | None, key: str) -> Object | None:
    """What a dictionary has under a key; None for what is no dictionary."""
    return item.get(key) if isinstance(item, Dictionary) else None


def items_of(array: Object | None) -> list[Object]:
    """What is in an array; nothing for what is none."""
    return list(array) if isinstance(array, Array) else []


def is_new(item: Object, seen: set[Number]) -> bool:
    """Whether an object was not seen before; one without a number cannot be in a circle."""
    if item.objgen in seen:
        return False
    if item.is_indirect:
        seen.add(item.objgen)
    return True


def tree(root: Object | None, key: str) -> Iterator[tuple[Object, Object]]:
    """Keys and values of a tree of names or numbers, whatever its shape: every node counts once.

    ``key`` is what its leaves have them under, "/Names" or "/Nums".
    """
    seen: set[Number] = set()
    stack = [root]
    left = _MAX_IN_TREE
    while stack and left > 0:
        node = stack.pop()
        left -= 1
        if not isinstance(node, Dictionary) or not is_new(node, seen):
            continue
        kids, pairs = node.get("/Kids"), node.get(key)
        if isinstance(kids, Array):
            stack += [kids[at] for at in reversed(range(min(len(kids), left)))]
            left -= len(kids)
        if isinstance(pairs, Array):
            for at in range(0, min(len(pairs) // 2, left) * 2, 2):
                yield pairs[at], pairs[at + 1]
            left -= len(pairs) // 2


def show_nothing(item: Object) -> None:
    """Leave nothing of a dictionary, and of a stream a picture that shows nothing."""
    drop(item, set(item.keys()) - {"/Length"})
    if isinstance(item, Stream):
        item.Type, item.Subtype, item.BBox = Name.XObject, Name.Form, Array([0, 0, 0, 0])
        item.write(b"")
