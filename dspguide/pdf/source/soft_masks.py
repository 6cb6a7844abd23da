"""Which objects are painted through soft masks, and which make those masks.

Equal objects are one in the book. But a form that is painted through a mask made of an equal form
would then be met again inside its own mask, which MuPDF takes for a form that contains itself, and
paints nothing. Chrome's "Save as PDF" writes such pairs. So objects are one only within a level:
that of the pages, that of the masks used there, that of the masks used in those, and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Number = tuple[int, int]  # object and generation number
_KINDS = ("/Alpha", "/Luminosity")
_MOST_LEVELS = 8  # masks in a circle have no end


def is_mask(item: Dictionary | Stream) -> bool:
    """Whether a dictionary is a soft mask that is made of a form."""
    return "/G" in item and item.get("/S") in _KINDS


def mask_levels(pages: Sequence[Dictionary]) -> dict[Number, tuple[int, ...]]:
    """The levels of every object that is in a mask, from 1, and also 0 where a page has it too."""
    levels: dict[Number, tuple[int, ...]] = {}
    roots: Iterable[object] = pages
    for level in range(_MOST_LEVELS):
        reached, groups = _reach(roots)
        for number in reached:
            levels[number] = (*levels.get(number, ()), level)
        roots = groups
        if not groups:
            break
    return {number: found for number, found in levels.items() if found != (0,)}


def _reach(roots: Iterable[object]) -> tuple[set[Number], list[Stream]]:
    """What objects lead to without going into masks, and the forms that make these masks."""
    reached: set[Number] = set()
    groups: list[Stream] = []
    left: list[object] = list(roots)
    while left:
        item = left.pop()
        if not isinstance(item, (Dictionary, Array, Stream)):
            continue
        if item.is_indirect:
            if item.objgen in reached:
                continue
            reached.add(item.objgen)
        left += _below(item, groups)
    return reached, groups


def _below(item: Dictionary | Array | Stream, groups: list[Stream]) -> Iterator[object]:
    if isinstance(item, Array):
        yield from item
        return
    mask = is_mask(item)
    for key, value in item.items():
        if mask and key == "/G":
            if isinstance(value, Stream):
                groups.append(value)
        elif key != "/Parent":
            yield value
