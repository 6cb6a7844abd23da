"""Chapters that a selector chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.errors import UnexpectedPageError
from dspguide.pages.entries import Entry
from dspguide.pages.listing import Evidence, Listing
from dspguide.pages.model import LeftOut
from dspguide.pages.selecting import link_element, select
from dspguide.pages.text import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.http import TextResponse

    from dspguide.pages.lines import Element, Link


def choose(pages: Sequence[TextResponse], css: str, entries: Sequence[Entry]) -> Listing:
    """Return the chapters whose links the selector `chapter_links` chooses, in the page's order.

    Number and title are read from the line that each stands in. A page linked again is the chapter
    that it was. Raises UnexpectedPageError where nothing is chosen, or something without a link.
    """
    known = {link.element: (entry, link) for entry in entries for link in _all_links(entry)}
    listing = Listing([], Evidence.SAID)
    seen: set[object] = set()
    for page in pages:
        for element in select(page, css, "chapter_links"):
            entry = _entry(page, css, element, known)
            target = entry.target
            key = (target and target.key) or element
            if key in seen:
                url = target.url if target is not None else None
                listing.left_out.append(LeftOut(entry.text, url, "linked before"))
                continue
            seen.add(key)
            listing.chapters.append(entry)
    if not listing.chapters:
        raise UnexpectedPageError(
            f"{pages[0].url}: chapter_links={css} chooses nothing on this page."
        )
    return listing


def _all_links(entry: Entry) -> list[Link]:
    return [*entry.links, *entry.companions]


def _entry(
    page: TextResponse, css: str, element: Element, known: dict[Element, tuple[Entry, Link]]
) -> Entry:
    """Return the entry of the chosen link alone: the other files of its line do not count."""
    link = link_element(element)
    if link is None or link not in known:
        text = quote(" ".join(element.itertext()))
        raise UnexpectedPageError(
            f"{page.url}: chapter_links={css} chooses {text}, which is no link."
        )
    entry, chosen = known[link]
    return Entry(entry.row, entry.wording, chosen)
