"""One list of chapters out of several: each listing mends what another lacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dspguide.pages.kinds import names_front_or_back_matter
from dspguide.pages.listing import Listing, numbered, said
from dspguide.pages.series import find_break, places
from dspguide.pages.text import comparable, quote
from dspguide.pages.wording import APPENDIX, CHAPTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.urls import PageKey


_SURE = frozenset({"url", "number", "title"})
"""By what a chapter is known again beyond doubt."""
_MOST_STRAYS = 100
"""Chapters to be put into a list that lacks them; more of them are another list."""


@dataclass
class Settled:
    """The chapters in reading order; what was settled on the way, and what could not be."""

    chapters: list[Entry]
    twins: dict[Entry, list[Entry]] = field(default_factory=dict)
    """The same chapters in the other listings."""
    borrowed: set[Entry] = field(default_factory=set)
    """Those that stand in another listing only, whose place on the page tells no part."""
    notes: list[str] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)
    """Sentences, and the argument that decides."""

    def doubt(self, entry: Entry, why: str, argument: str = "chapter_links") -> None:
        """Note that an entry can be understood in more than one way."""
        self.doubts.append((f"{quote(entry.text)} {why}", argument))


def settle(
    main: Listing, others: Sequence[Listing], can_follow: Callable[[Entry], bool]
) -> Settled:
    """Bring the listings of a book together.

    `can_follow` tells whether an entry has a link that the crawl may follow.
    """
    result = Settled(list(main.chapters))
    index = _Index(result.chapters, can_follow)
    for listing in others:
        related = index.is_related(listing)
        _compare(result, index, listing, can_follow, related=related)
    _doubt_extras(result)
    _mend_links(result, can_follow)
    _mend_numbers(result)
    _compare_links(result, can_follow)
    return result


class _Index:
    """Finds chapters by where they lead and by what they are called."""

    def __init__(self, chapters: Iterable[Entry], can_follow: Callable[[Entry], bool]) -> None:
        self.by_url: dict[PageKey | None, list[Entry]] = {}
        self.by_number: dict[object, list[Entry]] = {}
        self.by_title: dict[str, list[Entry]] = {}
        self._can_follow = can_follow
        for chapter in chapters:
            self.add(chapter)

    def add(self, entry: Entry) -> None:
        if self._can_follow(entry):
            self.by_url.setdefault(url_key(entry), []).append(entry)
        for key in number_keys(entry):
            self.by_number.setdefault(key, []).append(entry)
        title = title_key(entry)
        if title:
            self.by_title.setdefault(title, []).append(entry)

    def same(self, entry: Entry) -> tuple[Entry | None, str]:
        """Return the chapter that an entry of another listing is, and by what that is known."""
        title = title_key(entry)
        at_url = self.by_url.get(url_key(entry), []) if self._can_follow(entry) else []
        numbers = {id(e): e for key in number_keys(entry) for e in self.by_number.get(key, [])}
        titles = self.by_title.get(title, []) if title else []
        for candidates, how in (
            (at_url, "url"),
            (list(numbers.values()), "number"),
            (titles, "title"),
        ):
            agreeing = [e for e in candidates if _agree(e, entry)]
            if len(agreeing) == 1:
                return agreeing[0], how
        if len(at_url) == 1 and (not number_keys(entry) or title_key(at_url[0]) == title):
            return at_url[0], "url"
        if len(numbers) == 1:
            return next(iter(numbers.values())), "number only"
        if len(titles) == 1:
            return titles[0], "title"
        return (at_url[0], "url only") if len(at_url) == 1 else (None, "")

    def is_related(self, listing: Listing) -> bool:
        """Tell whether most of a listing's entries are chapters that are known already."""
        known = sum(self.same(e)[1] in _SURE for e in listing.chapters)
        return known > 0 and known * 2 >= len(listing.chapters)


def _agree(first: Entry, second: Entry) -> bool:
    """Tell whether two entries have one number, or no two; and one title, or no two."""
    one, two = number_keys(first), number_keys(second)
    titles = {t for t in (title_key(first), title_key(second)) if t}
    if one and two:
        return bool(one & two) and (len(titles) < 2 or _alike(*titles))
    return len(titles) < 2 or _alike(*titles)


def _alike(first: str, second: str) -> bool:
    return first in second or second in first


def _compare(
    result: Settled,
    index: _Index,
    listing: Listing,
    can_follow: Callable[[Entry], bool],
    *,
    related: bool,
) -> None:
    """Match another listing's entries with the chapters; take in what is missing."""
    previous: Entry | None = None
    for entry in listing.chapters:
        chapter, how = index.same(entry)
        claims = said(entry) or (related and numbered(entry))
        if chapter is not None:
            known = related or how in _SURE
            if known:
                result.twins.setdefault(chapter, []).append(entry)
                previous = chapter
            if claims and how == "url only":
                result.doubt(entry, f"leads to the same place as {quote(chapter.text)}")
            elif claims and not known and can_follow(entry):
                result.doubt(entry, f"has the number of {quote(chapter.text)}")
        elif claims and not can_follow(entry):
            result.doubt(entry, "cannot be followed")
        elif (related or claims) and can_follow(entry):
            _insert(result, entry, previous)
            if related:
                result.borrowed.add(entry)
            index.add(entry)
            previous = entry
    if related:
        result.doubts.extend((f"{quote(e.text)} {why}", arg) for e, why, arg in listing.doubtful)


def _doubt_extras(result: Settled) -> None:
    """Doubt chapters without number that one listing has and another, else complete, has not."""
    counted = [chapter for chapter in result.chapters if number_keys(chapter)]
    complete = counted and all(c in result.twins or c in result.borrowed for c in counted)
    for chapter in result.chapters:
        alone = chapter in result.borrowed or (complete and chapter not in result.twins)
        if alone and not number_keys(chapter) and not names_front_or_back_matter(chapter.text):
            result.doubt(chapter, "stands in one of the page's lists only")


def _insert(result: Settled, entry: Entry, previous: Entry | None) -> None:
    """Put an entry where its number, its neighbour or its place on the page says."""
    if len(result.notes) > _MOST_STRAYS:
        result.doubt(entry, "is one of too many chapters outside the list")
        return
    result.notes.append(f"{quote(entry.text)} stands in one of the page's lists only.")
    chapters = result.chapters
    spots = places([entry])
    if spots:
        same = [p for p in places(chapters) if p.series == spots[0].series]
        after = next((p.index for p in same if p.first > spots[0].first), None)
        if after is not None:
            chapters.insert(after, entry)
            return
        if same:
            chapters.insert(same[-1].index + 1, entry)
            return
    if previous is not None and previous in chapters:
        chapters.insert(chapters.index(previous) + 1, entry)
        return
    after = next(
        (i for i, c in enumerate(chapters) if c.row.order > entry.row.order), len(chapters)
    )
    chapters.insert(after, entry)


def _mend_links(result: Settled, can_follow: Callable[[Entry], bool]) -> None:
    """Take links from another listing where a chapter has none, or another chapter's."""
    owners: dict[PageKey | None, list[Entry]] = {}
    for chapter in result.chapters:
        if can_follow(chapter):
            owners.setdefault(url_key(chapter), []).append(chapter)
    shared = {id(e) for entries in owners.values() if len(entries) > 1 for e in entries}
    for chapter in result.chapters:
        if can_follow(chapter) and id(chapter) not in shared:
            continue
        twins = [
            t for t in result.twins.get(chapter, []) if can_follow(t) and _same_number(t, chapter)
        ]
        offers = {url_key(t): t for t in twins}
        free = {
            key: t for key, t in offers.items() if all(e is chapter for e in owners.get(key, []))
        }
        if len(free) == 1 and len(offers) == 1:
            (other,) = free.values()
            result.notes.append(f"{quote(chapter.text)} is linked in another of the page's lists.")
            owners.setdefault(url_key(other), []).append(chapter)
            if can_follow(chapter):
                owners[url_key(chapter)].remove(chapter)
            chapter.link, chapter.files = other.link, other.files


def _compare_links(result: Settled, can_follow: Callable[[Entry], bool]) -> None:
    """Doubt chapters that two listings have at two addresses, each for itself."""
    owners = {url_key(chapter): chapter for chapter in result.chapters if can_follow(chapter)}
    for chapter in filter(can_follow, result.chapters):
        for twin in filter(can_follow, result.twins.get(chapter, [])):
            if bool(twin.pdfs) == bool(chapter.pdfs) and url_key(twin) not in owners:
                result.doubt(
                    chapter,
                    f"leads to {chapter.target and chapter.target.url} in one list of the page and "
                    f"to {twin.target and twin.target.url} in another",
                )
                break


def _same_number(first: Entry, second: Entry) -> bool:
    one, two = number_keys(first), number_keys(second)
    return bool(one & two) if one or two else title_key(first) == title_key(second)


def _mend_numbers(result: Settled) -> None:
    """Take numbers from another listing where those of the chosen one do not follow each other."""
    whole = [None] * len(result.chapters)
    if find_break(result.chapters, whole) is None:
        return
    before = [chapter.wording for chapter in result.chapters]
    for chapter in result.chapters:
        for twin in result.twins.get(chapter, []):
            if number_keys(twin) and number_keys(twin) != number_keys(chapter):
                chapter.wording = twin.wording
    if find_break(result.chapters, whole) is not None:
        for chapter, wording in zip(result.chapters, before, strict=True):
            chapter.wording = wording
    elif before != [chapter.wording for chapter in result.chapters]:
        result.notes.append("Numbers were taken from another of the page's lists.")


def url_key(entry: Entry) -> PageKey | None:
    """Return what is equal for entries that lead to one place."""
    return None if entry.target is None else entry.target.key


def number_keys(entry: Entry) -> frozenset[tuple[str, str, int, str]]:
    """Return what is equal for entries of one number; appendix A is not chapter A."""
    number, word = entry.wording.number, entry.wording.word
    if number is None or number.means("dotted") is not None:
        return frozenset()
    return frozenset(
        (_group(word, kind), kind, value, suffix) for kind, value, suffix in number.keys
    )


def _group(word: str | None, kind: str) -> str:
    """Return what counts by itself: letters without a word are as likely appendices'."""
    return APPENDIX if kind == "letter" else (word or CHAPTER)


def title_key(entry: Entry) -> str:
    """Return what is equal for two spellings of a title; empty where there is none."""
    return "" if entry.wording.untitled else comparable(entry.wording.title)
