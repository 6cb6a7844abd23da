"""One list of chapters out of several: each listing mends what another lacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from dspguide.pages.contents.doubts import find_break, places
from dspguide.pages.contents.listing import Doubt
from dspguide.pages.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from dspguide.pages.contents.listing import Listing
    from dspguide.pages.entry import Entry
    from dspguide.pages.model import LeftOut
    from dspguide.urls import PageKey

    By: TypeAlias = str
    """By what a chapter is known again."""

_SURE = frozenset({"url", "number", "title"})
"""By what it is known beyond doubt."""
_MOST_STRAYS = 100
"""Chapters to be put into a list that lacks them; more of them are another list."""


@dataclass
class Settled:
    """The chapters in reading order; what was settled on the way, and what could not be."""

    chapters: list[Entry]
    left_out: list[LeftOut]
    allowed: Callable[[str], bool]
    """Tells whether the crawl may go to a URL."""
    pages: Collection[PageKey]
    """Those that the contents are on."""
    twins: dict[Entry, list[Entry]] = field(default_factory=dict)
    """The same chapters in the other listings."""
    borrowed: set[Entry] = field(default_factory=set)
    """Those that stand in another listing only, whose place on the page tells no part."""
    notes: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, entry: Entry, why: str) -> None:
        """Note that an entry can be understood in more than one way."""
        self.doubts.append(Doubt(entry, why))

    def can_follow(self, entry: Entry) -> bool:
        """Tell whether an entry has a link that the crawl may follow."""
        target = entry.target
        if target is None or target.url is None:
            return False
        return target.key not in self.pages and self.allowed(target.url)


def settle(settled: Settled, others: Sequence[Listing]) -> None:
    """Bring the other listings of a book together with the chapters of the main one."""
    index = _Index(settled)
    for listing in others:
        _compare(settled, index, listing)
    _doubt_extras(settled)
    _mend_links(settled)
    _mend_numbers(settled)
    _compare_links(settled)


class _Index:
    """Finds chapters by where they lead, by their number and by what they are called."""

    def __init__(self, settled: Settled) -> None:
        self._can_follow = settled.can_follow
        self._found: dict[tuple[By, object], list[Entry]] = {}
        for chapter in settled.chapters:
            self.add(chapter)

    def _keys(self, entry: Entry) -> dict[By, Iterable[object]]:
        return {
            "url": [entry.url_key] if self._can_follow(entry) else [],
            "number": entry.number_keys,
            "title": [entry.title_key] if entry.title_key else [],
        }

    def add(self, entry: Entry) -> None:
        for by, keys in self._keys(entry).items():
            for key in keys:
                self._found.setdefault((by, key), []).append(entry)

    def same(self, entry: Entry) -> tuple[Entry | None, By]:
        """Return the chapter that an entry of another listing is, and by what that is known."""
        found = {
            by: list(dict.fromkeys(e for key in keys for e in self._found.get((by, key), ())))
            for by, keys in self._keys(entry).items()
        }
        for by, candidates in found.items():
            agreeing = [e for e in candidates if _agree(e, entry)]
            if len(agreeing) == 1:
                return agreeing[0], by
        at_url, numbers, titles = found.values()
        alone = len(at_url) == 1
        if alone and (not entry.number_keys or at_url[0].title_key == entry.title_key):
            return at_url[0], "url"
        if len(numbers) == 1:
            return numbers[0], "number only"
        if len(titles) == 1:
            return titles[0], "title"
        return (at_url[0], "url only") if alone else (None, "")

    def is_related(self, listing: Listing) -> bool:
        """Tell whether most of a listing's entries are chapters that are known already."""
        known = sum(self.same(e)[1] in _SURE for e in listing.chapters)
        return known > 0 and known * 2 >= len(listing.chapters)


def _agree(first: Entry, second: Entry) -> bool:
    """Tell whether two entries have one number, or no two; and one title, or no two."""
    one, two = first.number_keys, second.number_keys
    title, other = first.title_key, second.title_key
    alike = not title or not other or title in other or other in title
    return alike and not (one and two and one.isdisjoint(two))


def _compare(settled: Settled, index: _Index, listing: Listing) -> None:
    """Match another listing's entries with the chapters; take in what is missing."""
    related = index.is_related(listing)
    previous: Entry | None = None
    for entry in listing.chapters:
        chapter, by = index.same(entry)
        claims, can_follow = entry.said or (related and entry.numbered), settled.can_follow(entry)
        if chapter is not None:
            known = related or by in _SURE
            if known:
                settled.twins.setdefault(chapter, []).append(entry)
                previous = chapter
            if claims and by == "url only":
                settled.doubt(entry, f"leads to the same place as {quote(chapter.text)}")
            elif claims and not known and can_follow:
                settled.doubt(entry, f"has the number of {quote(chapter.text)}")
        elif claims and not can_follow:
            settled.doubt(entry, "cannot be followed")
        elif (related or claims) and can_follow:
            _insert(settled, entry, previous)
            if related:
                settled.borrowed.add(entry)
            index.add(entry)
            previous = entry
    if related:
        settled.doubts.extend(listing.doubts)


def _doubt_extras(settled: Settled) -> None:
    """Doubt chapters without number that one listing has and another, else complete, has not."""
    twins, borrowed = settled.twins, settled.borrowed
    counted = [chapter for chapter in settled.chapters if chapter.number_keys]
    complete = counted and all(c in twins or c in borrowed for c in counted)
    for chapter in settled.chapters:
        alone = chapter in borrowed or (complete and chapter not in twins)
        if alone and not chapter.number_keys and not chapter.is_matter:
            settled.doubt(chapter, "stands in one of the page's lists only")


def _insert(settled: Settled, entry: Entry, previous: Entry | None) -> None:
    """Put an entry where its number, its neighbour or its place on the page says."""
    if len(settled.notes) > _MOST_STRAYS:
        settled.doubt(entry, "is one of too many chapters outside the list")
        return
    settled.notes.append(f"{quote(entry.text)} stands in one of the page's lists only.")
    chapters = settled.chapters
    own = next(iter(places([entry])), None)
    same = [p for p in places(chapters) if own and p.series == own.series]
    if own and same:
        spot = next((p.index for p in same if p.first > own.first), same[-1].index + 1)
    elif previous is not None and previous in chapters:
        spot = chapters.index(previous) + 1
    else:
        after = (i for i, c in enumerate(chapters) if c.row.order > entry.row.order)
        spot = next(after, len(chapters))
    chapters.insert(spot, entry)


def _mend_links(settled: Settled) -> None:
    """Take links from another listing where a chapter has none, or another chapter's."""
    owners: dict[PageKey | None, list[Entry]] = {}
    for chapter in filter(settled.can_follow, settled.chapters):
        owners.setdefault(chapter.url_key, []).append(chapter)
    shared = {chapter for each in owners.values() if len(each) > 1 for chapter in each}
    for chapter in settled.chapters:
        linked = settled.can_follow(chapter)
        if linked and chapter not in shared:
            continue
        twins = filter(settled.can_follow, settled.twins.get(chapter, []))
        offers = {twin.url_key: twin for twin in twins if _same_number(twin, chapter)}
        if len(offers) != 1:
            continue
        ((key, other),) = offers.items()
        if all(owner is chapter for owner in owners.get(key, [])):
            settled.notes.append(f"{quote(chapter.text)} is linked in another of the page's lists.")
            owners.setdefault(key, []).append(chapter)
            if linked:
                owners[chapter.url_key].remove(chapter)
            chapter.link, chapter.files = other.link, other.files


def _same_number(first: Entry, second: Entry) -> bool:
    one, two = first.number_keys, second.number_keys
    return not one.isdisjoint(two) if one or two else first.title_key == second.title_key


def _mend_numbers(settled: Settled) -> None:
    """Take numbers from another listing where those of the chosen one do not follow each other."""
    chapters = settled.chapters
    if find_break(chapters) is None:
        return
    before = [chapter.wording for chapter in chapters]
    for chapter in chapters:
        for twin in settled.twins.get(chapter, []):
            if twin.number_keys and twin.number_keys != chapter.number_keys:
                chapter.wording = twin.wording
    if find_break(chapters) is not None:
        for chapter, wording in zip(chapters, before, strict=True):
            chapter.wording = wording
    elif before != [chapter.wording for chapter in chapters]:
        settled.notes.append("Numbers were taken from another of the page's lists.")


def _compare_links(settled: Settled) -> None:
    """Doubt chapters that two listings have at two addresses, each for itself."""
    chapters = list(filter(settled.can_follow, settled.chapters))
    taken = {chapter.url_key for chapter in chapters}
    for chapter in chapters:
        for twin in filter(settled.can_follow, settled.twins.get(chapter, [])):
            if bool(twin.pdfs) == bool(chapter.pdfs) and twin.url_key not in taken:
                why = f"leads to {chapter.url} in one list of the page and to {twin.url} in another"
                settled.doubt(chapter, why)
                break
