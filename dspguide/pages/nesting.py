"""Lists inside list items: sections, or chapters behind a list that was never closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pages.listing import numbered, said
from dspguide.pages.settle import number_keys, title_key, url_key
from dspguide.pages.text import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Element, Row
    from dspguide.pages.settle import Settled


def find_below(entries: Sequence[Entry]) -> dict[Entry, Entry]:
    """Return the entries that lie in lists inside the list items of numbered ones, with the latter.

    What says that it is a chapter is one, wherever it lies.
    """
    heads = {e.row: e for e in entries if numbered(e) and e.wording.sure and e.row.holds_list}
    owners: dict[Row, Entry | None] = {}
    below: dict[Entry, Entry] = {}
    for entry in entries:  # in the page's order: what is above comes first
        above = entry.row.above
        owner = None if above is None else heads.get(above) or owners.get(above)
        owners[entry.row] = owner
        if owner is not None and not said(entry):
            below[entry] = owner
    return below


def check_nesting(settled: Settled, below: dict[Entry, Entry]) -> None:
    """Doubt chapters that are sections elsewhere, and sections that may be chapters."""
    urls = {url_key(entry) for entry in below} - {None}
    titles = {title_key(entry) for entry in below} - {""}
    for chapter in settled.chapters:
        if not chapter.wording.number and (
            url_key(chapter) in urls or title_key(chapter) in titles
        ):
            settled.doubt(chapter, "is a section in another list of the page")
    known = {key for chapter in settled.chapters for key in number_keys(chapter)}
    for entry in _swallowed(below):
        if not known & number_keys(entry):
            settled.doubt(
                entry, f"lies below {quote(below[entry].text)} and may be the next chapter"
            )


def _swallowed(below: dict[Entry, Entry]) -> Collection[Entry]:
    """Return entries that begin the numbers of a list inside a chapter with the chapter's next."""
    first: dict[Element, Entry] = {}
    for entry in below:
        if numbered(entry):
            first.setdefault(entry.row.container, entry)
    return [entry for entry in first.values() if _value(entry) == _value(below[entry]) + 1]


def _value(entry: Entry) -> int:
    number = entry.wording.number
    return number.last or number.meanings[0][1] if number else 0
