"""Sections of chapters, where the contents page names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pages.kinds import names_a_format, names_another_thing
from dspguide.pages.model import FoundSection
from dspguide.pages.text import clip, comparable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Row


def find_sections(
    rows: Sequence[Row],
    chapters: Sequence[Entry],
    twins: Mapping[Entry, Sequence[Entry]],
    allowed: Callable[[str], bool],
) -> dict[Entry, list[FoundSection]]:
    """Return the sections of each chapter: what stands in lists below it, to the next chapter.

    Where the chosen listing names none, those of another listing count.
    """
    entries = [each for chapter in chapters for each in (chapter, *twins.get(chapter, ()))]
    by_row = {entry.row: entry for entry in entries}
    found: dict[Entry, list[FoundSection]] = {entry: [] for entry in entries}
    seen = {entry: _own(entry) for entry in entries}
    owners: dict[Row, Entry | None] = {}
    for row in rows:
        if row not in by_row:
            owner = _owner(row, by_row, owners)
            if owner is not None:
                found[owner].extend(_sections(row, owner, seen[owner], allowed))
    return {
        chapter: next(
            (found[each] for each in (chapter, *twins.get(chapter, ())) if found[each]), []
        )
        for chapter in chapters
    }


def _owner(row: Row, by_row: Mapping[Row, Entry], owners: dict[Row, Entry | None]) -> Entry | None:
    """Return the chapter that a row lies below; each row's is found once, however deep they lie."""
    path: list[Row] = []
    above = row.above
    while above is not None and above not in by_row and above not in owners:
        path.append(above)
        above = above.above
    owner = None if above is None else by_row.get(above) or owners.get(above)
    owners.update(dict.fromkeys(path, owner))
    return owner


def _own(entry: Entry) -> set[object]:
    return {link.key for link in entry.links}


def _sections(
    row: Row, chapter: Entry, seen: set[object], allowed: Callable[[str], bool]
) -> list[FoundSection]:
    if not row.links:
        return [FoundSection(clip(row.text), None)] if row.text else []
    found: list[FoundSection] = []
    for link in row.links:
        if link.url is None or names_a_format(link.text) or names_another_thing(link.text):
            continue
        if not allowed(link.url):
            continue
        inside = any(link.key == own.key for own in chapter.links)
        if inside and comparable(link.text) != comparable(chapter.wording.title):
            found.append(FoundSection(clip(link.text), None))
        elif link.key not in seen:
            seen.add(link.key)
            found.append(FoundSection(clip(link.text), link.url))
    return found
