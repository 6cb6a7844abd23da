"""What stands above the chapters and below them: parts of the book, sections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.items import Section
from dspguide.pages.kinds import names, other_thing
from dspguide.pages.rows import BOLD_RANK, PART_RANK
from dspguide.pages.text import clip, comparable, regex
from dspguide.pages.wording import PART, read_wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from dspguide.pages.contents.settle import Settled
    from dspguide.pages.entry import Entry
    from dspguide.pages.rows import Row

    Headings: TypeAlias = dict[int, Row]
    """Those above a chapter by rank, 0 for the highest."""

_DEEPEST = 30
"""List items in list items; what lies deeper is no book's contents."""
_LIST = r"\W*(?:the |all )?(?:contents|chapters|downloads?|pdfs?|book)\W*"


def headings_above(rows: Sequence[Row], settled: Settled) -> list[Headings]:
    """Return for each chapter the headings above it, by rank; a higher one ends the lower ones.

    A borrowed chapter is in the part of the chapter before it, the first in that of the next.
    """
    chosen = any(row.chosen_heading for row in rows)  # then there are no others
    around_lists = {row.above for row in rows}
    entries = {e.row for e in settled.chapters if e.wording.word != PART}
    chapters: dict[Row, list[Entry]] = {}
    for chapter in settled.chapters:
        if chapter not in settled.borrowed:
            chapters.setdefault(chapter.row, []).append(chapter)
    stacks: dict[Entry, Headings] = {}
    stack: Headings = {}
    for row in rows:
        rank = row.rank
        if chosen:
            rank = 0 if row.chosen_heading else None
        elif row in entries or not row.text:
            rank = None
        elif rank is None and (row in around_lists or _says_part(row)):
            rank = PART_RANK
        if rank is not None:
            stack = {other: above for other, above in stack.items() if other < rank} | {rank: row}
        if row in chapters:
            around = {row, *_around(row)}
            own = {
                r: above for r, above in stack.items() if not above.holds_list or above in around
            }
            stacks.update(dict.fromkeys(chapters[row], own))
    last = next((stacks[chapter] for chapter in settled.chapters if chapter in stacks), {})
    return [last := stacks.get(chapter, last) for chapter in settled.chapters]


def _says_part(row: Row) -> bool:
    wording = read_wording(row.text)
    return wording.word == PART and wording.number is not None and len(row.text) <= 150


def _around(row: Row) -> Iterator[Row]:
    """Yield the rows of the list items that a row lies in."""
    above = row.above
    for _ in range(_DEEPEST):
        if above is None:
            return
        yield above
        above = above.above


def name_parts(above: Sequence[Headings]) -> list[str | None]:
    """Return the part of each chapter: by the highest headings that tell chapters apart.

    A heading above all chapters is the list's, unless it says "Part".
    """
    for rank in sorted({rank for stack in above for rank in stack}):
        rows = [stack.get(rank) for stack in above]
        different = {row for row in rows if row is not None}
        above_all = len(different) == 1 and None not in rows
        if above_all and rank > 0 and not any(map(_says_part, different)):
            continue
        if rank == BOLD_RANK and len(different) == len(above) > 1:
            continue  # a bold line above each: what it is, is not known
        names = [_name(row) for row in rows]
        if any(names):
            return names
    return [None] * len(above)


def _name(row: Row | None) -> str | None:
    """Return the name of a part; None where a heading is but the list's."""
    if row is None or other_thing(row.text) or regex(_LIST, re.IGNORECASE).fullmatch(row.text):
        return None
    return clip(regex(r"\.(?:pdf|html?)$", re.IGNORECASE).sub("", row.text))


def find_sections(rows: Sequence[Row], settled: Settled) -> list[list[Section]]:
    """Return the sections of each chapter: what stands in lists below it, to the next chapter.

    Where the chosen listing names none, those of another listing count.
    """
    listed = [[chapter, *settled.twins.get(chapter, ())] for chapter in settled.chapters]
    by_row = {entry.row: entry for entries in listed for entry in entries}
    found: dict[Entry, list[Section]] = {entry: [] for each in listed for entry in each}
    seen: dict[Entry, set[object]] = {entry: {link.key for link in entry.links} for entry in found}
    owners: dict[Row, Entry | None] = {}
    for row in rows:  # in the page's order: what is above comes first
        above = row.above
        owner = owners[row] = None if above is None else by_row.get(above) or owners.get(above)
        if owner is not None and row not in by_row:
            found[owner].extend(_sections(row, owner, seen[owner], settled))
    return [next((found[entry] for entry in entries if found[entry]), []) for entries in listed]


def _sections(row: Row, chapter: Entry, seen: set[object], settled: Settled) -> Iterator[Section]:
    if not row.links and row.text:
        yield Section(clip(row.text))
    for link in row.links:
        if link.url is None or names(link.text, "a file") or other_thing(link.text):
            continue
        if not settled.allowed(link.url):
            continue
        inside = any(link.key == own.key for own in chapter.links)
        if inside and comparable(link.text) != comparable(chapter.wording.title):
            yield Section(clip(link.text))
        elif link.key not in seen:
            seen.add(link.key)
            yield Section(clip(link.text), link.url)
