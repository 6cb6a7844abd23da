"""The listings that a page has: entries of one shape, told apart where they say the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dspguide.errors import UnexpectedPageError
from dspguide.pages.contents.listing import Listing, classify
from dspguide.pages.text import comparable, quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dspguide.pages.entry import Entry
    from dspguide.pages.links import Element
    from dspguide.pages.rows import Row

_FEWEST = 3
"""Links that a list of chapters without any number must have; fewer may be anything."""


def find_below(entries: Sequence[Entry]) -> dict[Entry, Entry]:
    """Return the entries that lie in lists inside the list items of numbered ones, with the latter.

    They are sections, or chapters behind a list that was never closed. What says that it is a
    chapter is one, wherever it lies.
    """
    heads = {e.row: e for e in entries if e.numbered and e.wording.sure and e.row.holds_list}
    owners: dict[Row, Entry | None] = {}
    below: dict[Entry, Entry] = {}
    for entry in entries:  # in the page's order: what is above comes first
        above = entry.row.above
        owner = None if above is None else heads.get(above) or owners.get(above)
        owners[entry.row] = owner
        if owner is not None and not entry.said:
            below[entry] = owner
    return below


def sort_into_listings(entries: Iterable[Entry], below: Collection[Entry]) -> list[Listing]:
    """Return the listings of chapters that there are, those with the most evidence first.

    Entries `below` others are sections.
    """
    by_shape: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry not in below:
            by_shape.setdefault(entry.row.shape, []).append(entry)
    listings: list[Listing] = []
    for group in by_shape.values():
        for run in _passes(group):
            _decide_numbers(run)
            listings.append(classify(run))
    return sorted(listings, key=_weight, reverse=True)


def _weight(listing: Listing) -> tuple[int, int, int]:
    chapters = [entry for entry in listing.chapters if entry.target is not None]
    strength = listing.evidence if len(chapters) > 1 else 0
    return strength, len(chapters), sum(bool(e.pdfs) for e in chapters)


def _passes(group: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Split entries of one shape where they begin to say the same again in another list."""
    seen: dict[object, Element] = {}
    run: list[Entry] = []
    for entry in group:
        container = entry.row.container
        identities = dict.fromkeys(_identities(entry), container)
        if any(seen.get(key, container) is not container for key in identities):
            yield run
            run, seen = [], {}
        run.append(entry)
        seen.update(identities)
    yield run


def _identities(entry: Entry) -> Iterator[object]:
    """Yield what no two chapters share: where they lead, and number with title."""
    if entry.links and (entry.numbered or entry.target is not None):
        if entry.url_key is not None:
            yield entry.url_key
        if entry.wording.number is not None:
            yield entry.wording.number.text, comparable(entry.wording.title)


def _decide_numbers(entries: Sequence[Entry]) -> None:
    """Take numbers that may be the beginning of a title for that, unless most entries have one."""
    linked = [entry for entry in entries if entry.links]
    with_number = sum(e.numbered for e in linked)
    sections = sum(not e.numbered and e.wording.number is not None for e in linked)
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
        else:
            entry.wording = replace(entry.wording, sure=True)


def choose_unsaid(url: str, listings: Sequence[Listing]) -> Listing | None:
    """Return the one list of links to pages, without numbers, that can be the chapters, if any.

    Raises UnexpectedPageError where several can.
    """
    likely = [each for listing in listings if _is_likely(each := _without_menus(listing))]
    outermost = [each for each in likely if not _is_below(each, likely)]
    if len(outermost) > 1:
        shown = "; ".join(
            f"{len(each.chapters)} from {quote(each.chapters[0].text)}" for each in outermost[:4]
        )
        raise UnexpectedPageError(
            f"{url} has {len(outermost)} lists of links that could be the chapters: {shown}. "
            "chapter_links (CSS) says which is meant."
        )
    return outermost[0] if outermost else None


def _without_menus(listing: Listing) -> Listing:
    """Return a listing without the lists in which every other link is to be found on any site."""
    by_list: dict[Element, list[Entry]] = {}
    for entry in listing.entries:
        if entry.links:
            by_list.setdefault(entry.row.container, []).append(entry)
    menus = {
        c
        for c, entries in by_list.items()
        if sum(e.is_general for e in entries) * 2 >= len(entries)
    }
    return replace(
        listing,
        entries=[e for e in listing.entries if e.row.container not in menus],
        chapters=[e for e in listing.chapters if e.row.container not in menus],
        doubts=[doubt for doubt in listing.doubts if doubt.entry.row.container not in menus],
    )


def _is_likely(listing: Listing) -> bool:
    chapters = listing.chapters
    if len(chapters) < _FEWEST or any(entry.row.in_navigation for entry in chapters):
        return False
    general = sum(entry.is_general for entry in chapters)
    return any(entry.row.listed for entry in chapters) and general * 2 < len(chapters)


def _is_below(listing: Listing, others: Sequence[Listing]) -> bool:
    """Tell whether a list names what lies below the entries of another: sections."""
    rows = {entry.row for other in others if other is not listing for entry in other.chapters}
    return any(entry.row.above in rows for entry in listing.chapters)
