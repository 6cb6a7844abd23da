"""Parts of the book: the headings above the chapters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pages.kinds import names_another_thing
from dspguide.pages.tags import BOLD_RANK
from dspguide.pages.text import clip
from dspguide.pages.wording import PART, read_wording

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Row

PART_RANK = 8
"""Of a line that says "Part" and of a list item above a list: below headings, above bold lines."""
_DEEPEST = 30
"""List items in list items; what lies deeper is no book's contents."""
_ENDING = re.compile(r"\.(?:pdf|html?)$", re.IGNORECASE)
_LIST = re.compile(
    r"\W*(?:the |all )?(?:contents|chapters|downloads?|pdfs?|book)\W*", re.IGNORECASE
)


def headings(rows: Sequence[Row], entries: Collection[Row]) -> list[tuple[int, Row]]:
    """Return the headings among rows that are no entries, each with its rank, 0 for the highest.

    Where a selector chose any, there are no others.
    """
    chosen = [row for row in rows if row.chosen_heading]
    if chosen:
        return [(0, row) for row in chosen]
    above = {row.above for row in rows if row.above is not None}
    found: list[tuple[int, Row]] = []
    for row in rows:
        if row in entries or not row.text:
            continue
        rank = row.rank
        if rank is None and (row in above or _says_part(row)):
            rank = PART_RANK
        if rank is not None:
            found.append((rank, row))
    return found


def _says_part(row: Row) -> bool:
    wording = read_wording(row.text)
    return wording.word == PART and wording.number is not None and len(row.text) <= 150


def scopes(chapters: Sequence[Entry], found: Sequence[tuple[int, Row]]) -> list[dict[int, Row]]:
    """Return for each chapter the headings above it, by rank; a higher one ends the lower ones."""
    governing: list[dict[int, Row]] = []
    stack: dict[int, Row] = {}
    waiting = iter([*found, None])
    heading = next(waiting)
    for chapter in chapters:
        while heading is not None and heading[1].order <= chapter.row.order:
            stack = {rank: row for rank, row in stack.items() if rank < heading[0]}
            stack[heading[0]] = heading[1]
            heading = next(waiting)
        around = _around(chapter.row)
        governing.append(
            {rank: row for rank, row in stack.items() if not row.holds_list or row in around}
        )
    return governing


def _around(row: Row) -> set[Row]:
    """Return the rows of the list items that a row lies in, its own among them."""
    around = {row}
    above = row.above
    while above is not None and len(around) < _DEEPEST:
        around.add(above)
        above = above.above
    return around


def name_parts(governing: Sequence[dict[int, Row]]) -> list[str | None]:
    """Return the part of each chapter: by the highest headings that tell chapters apart.

    A heading above all chapters is the list's, unless it says "Part".
    """
    for rank in sorted({rank for stack in governing for rank in stack}):
        rows = {id(stack[rank]): stack[rank] for stack in governing if rank in stack}
        above_all = len(rows) == 1 and all(rank in stack for stack in governing)
        if above_all and rank > 0 and not _says_part(next(iter(rows.values()))):
            continue
        if rank == BOLD_RANK and len(rows) == len(governing) > 1:
            continue  # a bold line above each: what it is, is not known
        names = {key: _name(row) for key, row in rows.items()}
        if any(names.values()):
            return [names[id(stack[rank])] if rank in stack else None for stack in governing]
    return [None] * len(governing)


def _name(row: Row) -> str | None:
    """Return the name of a part; None where a heading is but the list's."""
    general = names_another_thing(row.text) or _LIST.fullmatch(row.text)
    return None if general else clip(_ENDING.sub("", row.text))
