"""Lines that are one entry to a reader, as those of a table row; tables read by columns."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from dspguide.pages.kinds import names, other_thing
from dspguide.pages.links import select
from dspguide.pages.rows import GROUP_RANK, PART_RANK, read_rows
from dspguide.pages.wording import PART, read_wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.http import TextResponse

    from dspguide.pages.links import Element, Link
    from dspguide.pages.rows import Row

_LONGEST_ITEM = 600
"""Characters of a list item or cell that can be one entry; longer ones are pages in a table."""


def in_reading_order(pages: Sequence[TextResponse], part_headings: str | None = None) -> list[Row]:
    """Return the rows of pages joined to entries, tables of a column for each part by columns."""
    arranged: list[Row] = []
    shapes: dict[tuple[int, str], int] = {}
    for page in pages:
        chosen = [] if part_headings is None else select(page, part_headings, "part_headings")
        rows = read_rows(page, chosen, shapes)
        joined = [
            row
            for _, run in groupby(rows, key=lambda row: row if row.item is None else row.item)
            for row in _join_item(list(run))
        ]
        for table, run in groupby(joined, key=lambda row: row.cell and row.container):
            lines = list(run)
            arranged.extend(lines if table is None else _arrange(lines))
    for order, row in enumerate(arranged):
        row.order = order
    return arranged


def is_title(link: Link) -> bool:
    """Tell whether a link's text is a title: neither "PDF" nor "Slides"."""
    if names(link.text, "a file") or other_thing(link.text):
        return False
    wording = read_wording(link.text)
    return not link.other_format or (wording.number is not None and wording.word != PART)


def _has_titles(rows: Sequence[Row]) -> bool:
    """Tell whether the titles in rows lead to several pages: then they are several entries."""
    links = (link for row in rows for link in row.links)
    return len({link.key or link.href for link in links if is_title(link)}) > 1


def _join_item(rows: list[Row]) -> list[Row]:
    """Return the rows of one list item as one, if they are one entry."""
    if len(rows) == 1 or _has_titles(rows) or sum(len(row.text) for row in rows) > _LONGEST_ITEM:
        return rows
    headed = any(row.rank is not None and row.rank < GROUP_RANK for row in rows)
    return rows if rows[0].cell is not None and headed else [_merged(rows)]


def _merged(rows: Sequence[Row]) -> Row:
    row = replace(
        rows[0],
        pieces=[piece for each in rows for piece in (*each.pieces, " ")],
        rank=rows[0].rank if all(each.rank is not None for each in rows) else None,
        chosen_heading=any(each.chosen_heading for each in rows),
        holds_list=any(each.holds_list for each in rows),
    )
    for each in rows:  # whatever lies below one of them lies below the entry
        each.merged = row
    return row


def _arrange(rows: list[Row]) -> list[Row]:
    """Return the rows of a table's cells in reading order.

    A table has an entry a row, its number, title and files in cells of their own; or it is a grid
    with an entry a cell, to be read by columns where the first row names them or the numbers say
    so.
    """
    lines = [list(run) for _, run in groupby(rows, key=lambda row: row.cell and row.cell[0])]
    crowded = [_has_titles(line) for line in lines]
    if sum(crowded) * 2 > sum(any(row.links for row in line) for line in lines):
        return _by_columns(lines)
    arranged: list[Row] = []
    for line, is_crowded in zip(lines, crowded, strict=True):
        one_each = len({row.cell for row in line}) == len(line) > 1
        arranged.extend([_merged(line)] if one_each and not is_crowded else line)
    return arranged


def _by_columns(lines: list[list[Row]]) -> list[Row]:
    columns = _columns(lines)
    header = next((line for line in lines if len({row.cell for row in line}) > 1), [])
    flat = [row for line in lines for row in line]
    down = sorted(flat, key=lambda row: columns.get(row.item, 0))
    if header and not any(row.links for row in header):
        for row in header:
            row.rank = row.rank or PART_RANK
        return down
    return down if _steps(down) > _steps(flat) else flat


def _columns(lines: list[list[Row]]) -> dict[Element, int]:
    """Return the column of each cell, counted from 0, spans taken into account."""
    columns: dict[Element, int] = {}
    hanging: dict[int, int] = {}  # column: rows that a cell above still covers
    for line in lines:
        column = 0
        covered = {c for c, rows in hanging.items() if rows > 0}
        hanging = {c: rows - 1 for c, rows in hanging.items() if rows > 1}
        row: Element = line[0].table_row
        for cell in row.iterchildren("td", "th"):
            while column in covered:
                column += 1
            columns[cell] = column
            width = _span(cell, "colspan")
            down = _span(cell, "rowspan") - 1
            if down:
                hanging.update(dict.fromkeys(range(column, column + width), down))
            column += width
    return columns


def _span(cell: Element, name: str) -> int:
    value = cell.get(name) or ""
    return min(int(value), 20) if value.isdecimal() and len(value) < 5 and int(value) else 1


def _steps(rows: Sequence[Row]) -> int:
    """Count how often a number follows its predecessor."""
    numbers = [number for row in rows if (number := read_wording(row.text).number)]
    values = [number.meanings[0][1] for number in numbers]
    return sum(after == before + 1 for before, after in pairwise(values))
