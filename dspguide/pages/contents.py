"""The contents of a book: which chapters its contents page lists, in which order."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NoReturn

from dspguide.errors import UnexpectedPageError
from dspguide.pages import parts
from dspguide.pages.chosen import choose
from dspguide.pages.entries import Entry, read_entries
from dspguide.pages.frames import frame_urls
from dspguide.pages.joining import reading_order
from dspguide.pages.leftovers import check_leftovers
from dspguide.pages.listing import Evidence, Listing, numbered
from dspguide.pages.listings import sort_into_listings
from dspguide.pages.model import FoundChapter, FoundContents, FoundSection, LeftOut
from dspguide.pages.nesting import check_nesting, find_below
from dspguide.pages.rows import RowReader
from dspguide.pages.sections import find_sections
from dspguide.pages.selecting import select
from dspguide.pages.series import Break, find_break, late_beginning
from dspguide.pages.settle import Settled, settle, url_key
from dspguide.pages.text import clip, quote
from dspguide.pages.turning import unfollowed_page
from dspguide.pages.unsaid import choose_unsaid
from dspguide.pages.wording import PART
from dspguide.urls import host, page_key

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from scrapy.http import TextResponse

    from dspguide.pages.lines import Link, Row
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
    reading = _Reading(pages, selectors, allowed)
    return reading.contents()


class _Reading:
    """One reading of the pages."""

    def __init__(
        self,
        pages: Sequence[TextResponse],
        selectors: Selectors,
        allowed: Callable[[str], bool],
    ) -> None:
        self._pages = pages
        self._selectors = selectors
        self._allowed = allowed
        self._page_keys = {page_key(page.url) for page in pages}
        self._followed: dict[Link, bool] = {}
        self._rows = self._read_rows()
        self._entries = read_entries(self._rows)

    def contents(self) -> FoundContents:
        if self._selectors.chapter_links is not None:
            main = choose(self._pages, self._selectors.chapter_links, self._entries)
            settled = Settled(main.chapters)
        else:
            main, settled = self._found()
        chapters = settled.chapters
        headings = parts.headings(self._rows, {e.row for e in chapters if not _is_part(e)})
        governing = parts.scopes(chapters, headings, settled.borrowed)
        self._check_links(chapters)
        self._check_numbers(settled, [id(row) for stack in governing for row in _lowest(stack)])
        if settled.doubts:
            self._doubt(*settled.doubts[0])
        sections = find_sections(self._rows, chapters, settled.twins, self._allowed)
        self._check_next_page(chapters, sections)
        found = [
            FoundChapter(
                _number(entry),
                _title(entry),
                part,
                str(entry.target and entry.target.url),
                bool(entry.target and entry.target.is_pdf),
                sections[entry],
            )
            for entry, part in zip(chapters, parts.name_parts(governing), strict=True)
        ]
        return FoundContents(found, _once(main.left_out, found), settled.notes)

    def _read_rows(self) -> list[Row]:
        reader = RowReader()
        css = self._selectors.part_headings
        rows: list[Row] = []
        for page in self._pages:
            chosen = select(page, css, "part_headings") if css is not None else []
            rows.extend(reading_order(reader.read(page, chosen)))
        for order, row in enumerate(rows):
            row.order = order
        return rows

    def _found(self) -> tuple[Listing, Settled]:
        """Return the listing of the chapters by the shape of the page."""
        below = find_below(self._entries)
        listings = sort_into_listings(self._entries, below)
        main = next((each for each in listings if each.chapters), None)
        if main is not None and main.evidence is Evidence.PAGES:
            main = choose_unsaid(self._pages[0].url, listings)
        if main is None or not any(entry.links for entry in main.chapters):
            self._no_chapters(listings)
        inside = set(main.entries)  # of the listing that `main` may be a piece of
        others = [
            each for each in listings if each.chapters and not inside.intersection(each.entries)
        ]
        settled = settle(main, others, self._can_follow)
        settled.doubts[:0] = [(f"{quote(e.text)} {why}", arg) for e, why, arg in main.doubtful]
        check_leftovers(main, settled, self._entries, below, self._allowed)
        check_nesting(settled, below)
        return main, settled

    def _can_follow(self, entry: Entry) -> bool:
        target = entry.target
        if target is None or target.url is None:
            return False
        known = self._followed.get(target)
        if known is None:
            known = self._allowed(target.url) and target.key not in self._page_keys
            self._followed[target] = known
        return known

    def _check_links(self, chapters: Sequence[Entry]) -> None:
        """Raise where a chapter cannot be followed, or two lead to one place."""
        seen: dict[Hashable, Entry] = {}
        for entry in chapters:
            target = entry.target
            if target is None or target.url is None:
                self._doubt(f"{quote(entry.text)} {entry.lacking()}", "chapter_links")
            if not self._allowed(target.url):
                self._doubt(
                    f"{quote(entry.text)} is on another host, {host(target.url)}", "allowed_domains"
                )
            if target.key in self._page_keys:
                self._doubt(f"{quote(entry.text)} leads to this very page", "chapter_links")
            other = seen.setdefault(url_key(entry), entry)
            if other is not entry:
                self._doubt(
                    f"{quote(other.text)} and {quote(entry.text)} both lead to {target.url}",
                    "chapter_links",
                )

    def _check_numbers(self, settled: Settled, scopes: Sequence[Hashable]) -> None:
        """Raise where numbers jump or come twice; a selector's choice is only noted."""
        broken = find_break(settled.chapters, scopes)
        settled.notes.extend(late_beginning(settled.chapters))
        if broken is None:
            return
        sentence = self._describe(broken, settled.chapters)
        if self._selectors.chapter_links is None:
            self._doubt(sentence, "chapter_links")
        named = self._named(broken, settled.chapters)
        if named is not None:
            self._doubt(
                f"{sentence}; chapter_links does not choose {quote(named.text)}", "chapter_links"
            )
        settled.notes.append(f"{sentence}.")

    def _describe(self, broken: Break, chapters: Sequence[Entry]) -> str:
        before, after = quote(broken.before.entry.text), quote(broken.after.entry.text)
        if broken.repeats:
            return f"the number of {before} comes again in {after}"
        named = self._named(broken, chapters)
        line = f", and {quote(named.text)} was not understood" if named is not None else ""
        return f"the numbers do not follow each other from {before} to {after}{line}"

    def _named(self, broken: Break, chapters: Sequence[Entry]) -> Entry | None:
        """Return a line of the page that has a number missing there."""
        kind, known = broken.before.series[1], set(chapters)
        return next(
            (
                entry
                for entry in self._entries
                if entry not in known
                and (number := entry.wording.number)
                and number.means(kind) in broken.missing
            ),
            None,
        )

    def _check_next_page(
        self, chapters: Sequence[Entry], sections: dict[Entry, list[FoundSection]]
    ) -> None:
        if self._selectors.next_page is None:
            known = {url_key(entry) for entry in chapters}
            known.update(page_key(s.url) for each in sections.values() for s in each if s.url)
            url = unfollowed_page(self._pages, known)
            if url is not None:
                self._doubt(f"the contents seem to go on at {url}", "next_page")

    def _no_chapters(self, listings: Sequence[Listing]) -> NoReturn:
        page = self._pages[0]
        frames = frame_urls(page)
        if frames:
            raise UnexpectedPageError(
                f"{page.url} is made of frames and lists no chapter itself; give one of them as "
                f"the start page: {', '.join(frames[:5])}"
            )
        if any(entry.row.container.tag == "select" and numbered(entry) for entry in self._entries):
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

    def _doubt(self, sentence: str, argument: str) -> NoReturn:
        raise UnexpectedPageError(f"{self._pages[0].url}: {sentence}. {_DECIDES[argument]}.")


def _is_part(entry: Entry) -> bool:
    return entry.wording.word == PART


def _title(entry: Entry) -> str:
    title = entry.text if _is_part(entry) else entry.wording.title
    return clip(title or (entry.target and entry.target.text) or entry.text)


def _number(entry: Entry) -> str | None:
    number = entry.wording.number
    return None if number is None or _is_part(entry) else number.text


def _lowest(stack: dict[int, Row]) -> list[Row | None]:
    return [stack[max(stack)] if stack else None]


def _once(left_out: Sequence[LeftOut], chapters: Sequence[FoundChapter]) -> list[LeftOut]:
    """Return what was left out, each once, and nothing that is a chapter after all."""
    taken = {chapter.url for chapter in chapters}
    return list(dict.fromkeys(each for each in left_out if each.url not in taken))
