"""Books whose contents give no numbers: what can still be told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dspguide.errors import UnexpectedPageError
from dspguide.pages.kinds import may_be_any_page, names_navigation
from dspguide.pages.listing import Evidence, Listing, numbered
from dspguide.pages.settle import Settled, url_key
from dspguide.pages.tags import LISTS
from dspguide.pages.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Element

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
        c for c, entries in by_list.items() if sum(map(_is_general, entries)) * 2 >= len(entries)
    }
    return replace(
        listing,
        entries=[e for e in listing.entries if e.row.container not in menus],
        chapters=[e for e in listing.chapters if e.row.container not in menus],
        doubtful=[each for each in listing.doubtful if each[0].row.container not in menus],
    )


def _is_general(entry: Entry) -> bool:
    return names_navigation(entry.text) or may_be_any_page(entry.text)


def _is_likely(listing: Listing) -> bool:
    chapters = listing.chapters
    if len(chapters) < _FEWEST or any(entry.row.in_navigation for entry in chapters):
        return False
    if not any(entry.row.container.tag in LISTS for entry in chapters):
        return False
    return sum(map(_is_general, chapters)) * 2 < len(chapters)


def _is_below(listing: Listing, others: Sequence[Listing]) -> bool:
    """Tell whether a list names what lies below the entries of another: sections."""
    rows = {entry.row for other in others if other is not listing for entry in other.chapters}
    return any(entry.row.above in rows for entry in listing.chapters)


def check_unsaid(
    main: Listing,
    settled: Settled,
    listings: Sequence[Listing],
    allowed: Callable[[str], bool],
) -> None:
    """Doubt links outside a list without numbers that may as well be chapters.

    Where chapters are numbered, their numbers tell whether one is missing; here nothing does.
    """
    taken = {url_key(entry) for entry in settled.chapters}
    files = main.evidence is Evidence.FILES
    unnumbered = sum(numbered(entry) for entry in settled.chapters) * 2 < len(settled.chapters)
    for listing in listings:
        strays = (
            [] if listing is main else [e for e in listing.entries if _is_stray(e, files, allowed)]
        )
        strays = [e for e in strays if url_key(e) not in taken and not _lies_below(e, settled)]
        if unnumbered and strays:
            settled.doubt(strays[0], "stands outside the list and may be a chapter as well")
        elif len([e for e in strays if e.pdfs]) > len(settled.chapters):
            settled.doubt(strays[0], "begins a longer list of files than that of the chapters")


def _is_stray(entry: Entry, files: bool, allowed: Callable[[str], bool]) -> bool:
    target = entry.target
    if target is None or target.url is None or not entry.wording.text or entry.in_sentence:
        return False
    if not files and (entry.row.in_navigation or _is_general(entry)):
        return False
    if files and not entry.pdfs:
        return False
    return allowed(target.url)


def _lies_below(entry: Entry, settled: Settled) -> bool:
    rows = {chapter.row for chapter in settled.chapters}
    return entry.row.above in rows
