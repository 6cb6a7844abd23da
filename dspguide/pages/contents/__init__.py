"""The contents of a book: which chapters its contents page lists, in which order."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NoReturn

from dspguide.errors import UnexpectedPageError
from dspguide.items import Chapter
from dspguide.pages.contents.doubts import (
    Break,
    check_leftovers,
    check_nesting,
    find_break,
    late_beginning,
)
from dspguide.pages.contents.listing import Evidence, Listing
from dspguide.pages.contents.listings import choose_unsaid, find_below, sort_into_listings
from dspguide.pages.contents.parts import find_sections, headings_above, name_parts
from dspguide.pages.contents.settle import Settled, settle
from dspguide.pages.entries import read_entries
from dspguide.pages.entry import Entry
from dspguide.pages.links import frame_urls, link_element, select, unfollowed_page
from dspguide.pages.model import FoundContents, LeftOut
from dspguide.pages.reading_order import in_reading_order
from dspguide.pages.text import clip, quote
from dspguide.pages.wording import PART
from dspguide.urls import host, page_key

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from scrapy.http import TextResponse

    from dspguide.items import Section
    from dspguide.pages.model import Selectors

_DECIDES = {
    "allowed_domains": (
        "allowed_domains says where the crawl may go, beside the start page's site"
    ),
    "chapter_links": "chapter_links (CSS) says which are meant",
    "next_page": (
        "next_page (CSS) says which link leads on; where it chooses none, the contents end"
    ),
    "part_headings": (
        "part_headings (CSS) says which lines are parts, chapter_links which are chapters"
    ),
}
"""What an error says of the argument that decides."""


def read_contents(
    pages: Sequence[TextResponse], selectors: Selectors, *, allowed: Callable[[str], bool]
) -> FoundContents:
    """Return the chapters that the contents list on one page, or on several in their order.

    `allowed` tells whether the crawl may go to a URL.

    Raises UnexpectedPageError where the pages list no chapters, or where a chapter may be missing,
    may be there twice or cannot be followed; it says what was seen and which argument decides.
    """
    return _Reading(pages, selectors, allowed).contents()


class _Reading:
    """One reading of the pages."""

    def __init__(
        self,
        pages: Sequence[TextResponse],
        selectors: Selectors,
        allowed: Callable[[str], bool],
    ) -> None:
        self._pages, self._selectors, self._allowed = pages, selectors, cache(allowed)
        self._page_keys = {page_key(page.url) for page in pages}
        self._rows = in_reading_order(pages, selectors.part_headings)
        self._entries = read_entries(self._rows)

    def contents(self) -> FoundContents:
        css = self._selectors.chapter_links
        settled = self._found() if css is None else self._chosen(css)
        headings = headings_above(self._rows, settled)
        self._check_links(settled.chapters)
        # Numbers may begin anew below each of the lowest headings.
        self._check_numbers(settled, [stack[max(stack)] if stack else None for stack in headings])
        if settled.doubts:
            entry, why, argument = settled.doubts[0]
            self._doubt(f"{quote(entry.text)} {why}", argument)
        sections = find_sections(self._rows, settled)
        chapters = [
            _chapter(entry, part, below)
            for entry, part, below in zip(
                settled.chapters, name_parts(headings), sections, strict=True
            )
        ]
        if self._selectors.next_page is None:
            known = {page_key(chapter.url) for chapter in chapters}
            known |= {page_key(s.url) for each in sections for s in each if s.url}
            url = unfollowed_page(self._pages, known)
            if url is not None:
                self._doubt(f"the contents seem to go on at {url}", "next_page")
        urls = {chapter.url for chapter in chapters}
        left_out = [each for each in settled.left_out if each.url not in urls]
        return FoundContents(chapters, list(dict.fromkeys(left_out)), settled.notes)

    def _settled(self, listing: Listing) -> Settled:
        return Settled([*listing.chapters], listing.left_out, self._allowed, self._page_keys)

    def _chosen(self, css: str) -> Settled:
        """Return the chapters whose links the selector `chapter_links` chooses, in reading order.

        Number and title are read from the line that each stands in. A page linked again is the
        chapter that it was. Raises UnexpectedPageError where nothing is chosen, or no link.
        """
        known = {link.element: (entry, link) for entry in self._entries for link in entry.all_links}
        chosen: dict[object, Entry] = {}
        left_out: list[LeftOut] = []
        for page in self._pages:
            for element in select(page, css, "chapter_links"):
                link = link_element(element)
                if link not in known:
                    text = quote(" ".join(element.itertext()))
                    raise UnexpectedPageError(
                        f"{page.url}: chapter_links={css} chooses {text}, which is no link."
                    )
                line, only = known[link]
                entry = Entry(line.row, line.wording, only)  # other files of the line do not count
                if chosen.setdefault(entry.url_key or element, entry) is not entry:
                    left_out.append(LeftOut(entry.text, entry.url or None, "linked before"))
        if not chosen:
            raise UnexpectedPageError(
                f"{self._pages[0].url}: chapter_links={css} chooses nothing on this page."
            )
        # A table with a column for each part is read column by column.
        chapters = sorted(chosen.values(), key=lambda entry: entry.row.order)
        return self._settled(Listing(chapters, Evidence.SAID, chapters, left_out))

    def _found(self) -> Settled:
        """Return the chapters by the shape of the page."""
        below = find_below(self._entries)
        listings = sort_into_listings(self._entries, below)
        main = next((each for each in listings if each.chapters), None)
        if main is not None and main.evidence is Evidence.PAGES:
            main = choose_unsaid(self._pages[0].url, listings)
        if main is None or not any(entry.links for entry in main.chapters):
            self._no_chapters(listings)
        inside = set(main.entries)  # of the listing that `main` may be a piece of
        others = [x for x in listings if x.chapters and inside.isdisjoint(x.entries)]
        settled = self._settled(main)
        settled.doubts.extend(main.doubts)
        settle(settled, others)
        check_leftovers(settled, self._entries, below, in_files=main.evidence is Evidence.FILES)
        check_nesting(settled, below)
        return settled

    def _check_links(self, chapters: Sequence[Entry]) -> None:
        """Raise where a chapter cannot be followed, or two lead to one place."""
        seen: dict[Hashable, Entry] = {}
        for entry in chapters:
            text, url = quote(entry.text), entry.url
            if not url:
                self._doubt(f"{text} {entry.lacking()}")
            if not self._allowed(url):
                self._doubt(f"{text} is on another host, {host(url)}", "allowed_domains")
            if entry.url_key in self._page_keys:
                self._doubt(f"{text} leads to this very page")
            other = seen.setdefault(entry.url_key, entry)
            if other is not entry:
                self._doubt(f"{quote(other.text)} and {text} both lead to {url}")

    def _check_numbers(self, settled: Settled, scopes: Sequence[Hashable]) -> None:
        """Raise where numbers jump or come twice; a selector's choice is only noted."""
        broken = find_break(settled.chapters, scopes)
        settled.notes.extend(late_beginning(settled.chapters))
        if broken is None:
            return
        named = self._named(broken, settled.chapters)
        before, after = quote(broken.before.entry.text), quote(broken.after.entry.text)
        if broken.repeats:
            sentence = f"the number of {before} comes again in {after}"
        else:
            line = "" if named is None else f", and {quote(named.text)} was not understood"
            sentence = f"the numbers do not follow each other from {before} to {after}{line}"
        if self._selectors.chapter_links is None:
            self._doubt(sentence)
        if named is not None:
            self._doubt(f"{sentence}; chapter_links does not choose {quote(named.text)}")
        settled.notes.append(f"{sentence}.")

    def _named(self, broken: Break, chapters: Sequence[Entry]) -> Entry | None:
        """Return a line of the page that has a number missing there."""
        kind, known = broken.before.series[1], set(chapters)
        numbers = ((entry, entry.wording.number) for entry in self._entries if entry not in known)
        return next((e for e, n in numbers if n and n.means(kind) in broken.missing), None)

    def _no_chapters(self, listings: Sequence[Listing]) -> NoReturn:
        page = self._pages[0]
        frames = frame_urls(page)
        if frames:
            raise UnexpectedPageError(
                f"{page.url} is made of frames and lists no chapter itself; give one of them as "
                f"the start page: {', '.join(frames[:5])}"
            )
        if any(entry.row.container.tag == "select" and entry.numbered for entry in self._entries):
            raise UnexpectedPageError(
                f"{page.url} has its chapters in a drop-down that a script reads, without links; a "
                "spider of its own can make their URLs, in parse_contents."
            )
        links = list(chain.from_iterable(e.links for each in listings for e in each.entries))
        shown = ", ".join(quote(link.text) for link in links[:5] if link.text)
        raise UnexpectedPageError(
            f"{page.url} lists no chapter: looked for links like 'Chapter 1 - Title', '1. Title' "
            f"or to PDFs, and saw {len(links)} links{': ' if shown else ''}{shown}. "
            "chapter_links (CSS) says which are the chapters."
        )

    def _doubt(self, sentence: str, argument: str = "chapter_links") -> NoReturn:
        raise UnexpectedPageError(f"{self._pages[0].url}: {sentence}. {_DECIDES[argument]}.")


def _chapter(entry: Entry, part: str | None, sections: list[Section]) -> Chapter:
    wording, target = entry.wording, entry.target
    is_part = wording.word == PART
    title = (entry.text if is_part else wording.title) or (target and target.text) or entry.text
    number = None if wording.number is None or is_part else wording.number.text
    chapter = Chapter(number, clip(title), part, sections=sections)
    if target is not None and target.is_pdf:
        chapter.pdf_url = entry.url
    else:
        chapter.page_url = entry.url
    return chapter
