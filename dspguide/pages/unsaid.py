"""Books whose contents are links to pages without numbers: which of the lists is meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dspguide.errors import UnexpectedPageError
from dspguide.pages.kinds import may_be_any_page, names_navigation
from dspguide.pages.tags import LISTS
from dspguide.pages.text import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Element
    from dspguide.pages.listing import Listing

_FEWEST = 3
"""Links that a list of chapters without any number must have; fewer may be anything."""


def choose_unsaid(url: str, listings: Sequence[Listing]) -> Listing | None:
    """Return the one list of links to pages that can be the chapters, None where there is none.

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
        c for c, entries in by_list.items() if sum(map(is_general, entries)) * 2 >= len(entries)
    }
    return replace(
        listing,
        entries=[e for e in listing.entries if e.row.container not in menus],
        chapters=[e for e in listing.chapters if e.row.container not in menus],
        doubtful=[each for each in listing.doubtful if each[0].row.container not in menus],
    )


def is_general(entry: Entry) -> bool:
    return names_navigation(entry.text) or may_be_any_page(entry.text)


def _is_likely(listing: Listing) -> bool:
    chapters = listing.chapters
    if len(chapters) < _FEWEST or any(entry.row.in_navigation for entry in chapters):
        return False
    if not any(entry.row.container.tag in LISTS for entry in chapters):
        return False
    return sum(map(is_general, chapters)) * 2 < len(chapters)


def _is_below(listing: Listing, others: Sequence[Listing]) -> bool:
    """Tell whether a list names what lies below the entries of another: sections."""
    rows = {entry.row for other in others if other is not listing for entry in other.chapters}
    return any(entry.row.above in rows for entry in listing.chapters)
