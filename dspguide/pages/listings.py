"""The listings that a page has: entries of one shape, told apart where they say the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dspguide.pages.classify import classify, what_else
from dspguide.pages.listing import Evidence, Listing, numbered, said
from dspguide.pages.text import comparable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Element, Row


def sort_into_listings(entries: Iterable[Entry]) -> list[Listing]:
    """Return the listings of chapters that there are, those with the most evidence first."""
    by_shape: dict[int, list[Entry]] = {}
    entries = list(entries)
    below = _below(entries)
    for entry in entries:
        if entry not in below or said(entry):
            by_shape.setdefault(entry.row.shape, []).append(entry)
    listings = []
    for group in by_shape.values():
        for run in _passes(group):
            _decide_numbers(run)
            listings.append(classify(Listing(run, _evidence(run))))
    return sorted(listings, key=_weight, reverse=True)


def _below(entries: Sequence[Entry]) -> set[Entry]:
    """Return the entries in lists inside the list items of numbered ones: sections."""
    heads = {e.row for e in entries if numbered(e) and e.wording.sure and e.row.holds_list}
    below: dict[Row, bool] = {}
    found = set()
    for entry in entries:  # in the page's order: what is above comes first
        above = entry.row.above
        below[entry.row] = above is not None and (above in heads or below.get(above, False))
        if below[entry.row]:
            found.add(entry)
    return found


def _weight(listing: Listing) -> tuple[int, int, int]:
    chapters = [entry for entry in listing.chapters if entry.target is not None]
    strength = listing.evidence.value if len(chapters) > 1 else 0
    return strength, len(chapters), sum(bool(e.pdfs) for e in chapters)


def _passes(group: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Split entries of one shape where they begin to say the same again in another list."""
    seen: dict[object, Element] = {}
    run: list[Entry] = []
    for entry in group:
        keys = _identities(entry)
        container = entry.row.container
        if any(seen.get(key, container) is not container for key in keys):
            yield run
            run, seen = [], {}
        run.append(entry)
        seen.update(dict.fromkeys(keys, container))
    yield run


def _identities(entry: Entry) -> list[object]:
    """Return what no two chapters share: where they lead, and number with title."""
    wording = entry.wording
    if not entry.links or (not numbered(entry) and entry.target is None):
        return []
    found: list[object] = [entry.target.key] if entry.target and entry.target.key else []
    if wording.number is not None:
        found.append((wording.number.text, comparable(wording.title)))
    return found


def _decide_numbers(entries: Sequence[Entry]) -> None:
    """Take numbers that may be the beginning of a title for that, unless most entries have one."""
    linked = [entry for entry in entries if entry.links]
    sections = sum(not numbered(e) and e.wording.number is not None for e in linked)
    with_number = sum(numbered(e) for e in linked)
    for entry in entries:
        number = entry.wording.number
        if number is None or entry.wording.word is not None:
            continue
        if number.means("dotted") is not None:
            drop = sections * 2 < len(linked)
        else:
            firm = entry.wording.sure and number.means("arabic") is not None
            drop = not firm and with_number * 2 < len(linked)
        if drop:
            entry.wording = entry.wording.without_number()
        elif not entry.wording.sure:
            entry.wording = replace(entry.wording, sure=True)


def _evidence(entries: Sequence[Entry]) -> Evidence:
    linked = [e for e in entries if e.links and not what_else(e)]
    explicit = [e for e in linked if said(e)]
    if explicit:
        return Evidence.SAID
    if len([e for e in linked if numbered(e)]) > 1:
        return Evidence.NUMBERED
    return Evidence.FILES if len([e for e in linked if e.pdfs]) > 1 else Evidence.PAGES
