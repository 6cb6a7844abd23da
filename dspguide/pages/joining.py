"""Lines that are one entry to a reader, as those of a table row; tables read by columns."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from dspguide.pages.kinds import names_a_format, names_another_thing
from dspguide.pages.lines import Element, Link, Row
from dspguide.pages.wording import PART, read_wording

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_ITEM = 600
"""Characters of a list item or cell that can be one entry; longer ones are pages in a table."""


def reading_order(rows: Sequence[Row]) -> list[Row]:
    """Return rows joined to entries, and tables with a column for each part column by column."""
    joined = [row for _, run in groupby(rows, key=_item) for row in _join_item(list(run))]
    arranged: list[Row] = []
    for table, run in groupby(joined, key=_table):
        lines = list(run)
        arranged.extend(lines if table is None else _arrange(lines))
    for order, row in enumerate(arranged):
        row.order = order
    return arranged


def targets(row: Row) -> set[object]:
    """Return the pages that the titles in a row lead to."""
    return {link.key or link.href for link in row.links if is_title(link)}


def is_title(link: Link) -> bool:
    """Tell whether a link's text is a title: neither "PDF" nor "Slides"."""
    if names_a_format(link.text) or names_another_thing(link.text):
        return False
    wording = read_wording(link.text)
    return not link.other_format or (wording.number is not None and wording.word != PART)


def _item(row: Row) -> object:
    return row if row.item is None else row.item


def _join_item(rows: list[Row]) -> list[Row]:
    """Return the rows of one list item as one, if they are one entry."""
    if len(rows) == 1 or len(set().union(*map(targets, rows))) > 1:
        return rows
    in_cell = rows[0].cell is not None
    if sum(len(row.text) for row in rows) > _LONGEST_ITEM:
        return rows
    if in_cell and any(row.rank is not None and row.rank < 7 for row in rows):
        return rows
    return [_merged(rows)]


def _merged(rows: Sequence[Row]) -> Row:
    first = rows[0]
    row = Row(
        [piece for each in rows for piece in (*each.pieces, " ")],
        first.page,
        first.shape,
        first.container,
        first.item,
        first.parent,
        first.rank if all(each.rank is not None for each in rows) else None,
        first.in_navigation,
        any(each.chosen_heading for each in rows),
    )
    row.cell = first.cell
    row.holds_list = any(each.holds_list for each in rows)
    for each in rows:  # whatever lies below one of them lies below the entry
        each.merged = row
    return row


def _table(row: Row) -> Element | None:
    return None if row.cell is None else row.container


def _arrange(rows: list[Row]) -> list[Row]:
    """Return the rows of a table's cells in reading order.

    A table has an entry a row, its number, title and files in cells of their own; or it is a grid
    with an entry a cell, to be read by columns where the first row names them or the numbers say
    so.
    """
    by_line = [list(run) for _, run in groupby(rows, key=lambda row: row.cell and row.cell[0])]
    crowded = [len(set().union(*map(targets, line))) > 1 for line in by_line]
    if sum(crowded) * 2 > sum(any(row.links for row in line) for line in by_line):
        return _by_columns(by_line)
    arranged: list[Row] = []
    for line, is_crowded in zip(by_line, crowded, strict=True):
        cells = {row.cell for row in line}
        one_each = len(cells) == len(line)
        arranged.extend(line if is_crowded or not one_each or len(line) == 1 else [_merged(line)])
    return arranged


def _by_columns(lines: list[list[Row]]) -> list[Row]:
    columns = _columns(lines)
    header = next((line for line in lines if len({row.cell for row in line}) > 1), [])
    named = bool(header) and not any(row.links for row in header)
    flat = [row for line in lines for row in line]
    down = sorted(flat, key=lambda row: columns[row.cell[1]] if row.cell else 0)
    if named:
        for row in header:
            row.rank = row.rank or 8
        return down
    return down if _steps(down) > _steps(flat) else flat


def _columns(lines: list[list[Row]]) -> dict[Element, int]:
    """Return the column of each cell, counted from 0, spans taken into account."""
    columns: dict[Element, int] = {}
    hanging: dict[int, int] = {}  # column: rows that a cell above still covers
    for line in lines:
        assert line[0].cell is not None  # noqa: S101  # for the type checker: rows of cells only
        column = 0
        covered = {c for c, rows in hanging.items() if rows > 0}
        hanging = {c: rows - 1 for c, rows in hanging.items() if rows > 1}
        for cell in line[0].cell[0].iterchildren("td", "th"):
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
    return min(int(value), 100) if value.isdecimal() and len(value) < 5 and int(value) else 1


def _steps(rows: Sequence[Row]) -> int:
    """Count how often a number follows its predecessor."""
    values = [value for row in rows if (value := _value(row)) is not None]
    return sum(after == before + 1 for before, after in pairwise(values))


def _value(row: Row) -> int | None:
    number = read_wording(row.text).number
    return None if number is None else number.meanings[0][1]
