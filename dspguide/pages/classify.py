"""What each entry of a listing is: a chapter, something else, or not to be told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.pages.kinds import (
    may_be_any_page,
    names_a_format,
    names_another_thing,
    names_front_or_back_matter,
    names_navigation,
    names_the_whole_book,
)
from dspguide.pages.listing import Evidence, Listing, numbered, said
from dspguide.pages.model import LeftOut
from dspguide.pages.tags import LISTS
from dspguide.pages.text import comparable
from dspguide.pages.wording import PART
from dspguide.urls import file_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Element

_LONGEST_TITLE = 80
"""Characters of a line without a link, among links, that may be a title that lost its link."""


@dataclass
class _Surroundings:
    """What the entries that are chapters for sure say of those around them."""

    like: set[Entry]
    homes: set[Element]
    """The lists, or blocks of lines, that they stand in."""
    first: int
    last: int
    """Places in reading order between which they stand."""
    counted: bool
    """Whether most have a number, so that their numbers tell whether one is missing."""
    files: bool
    """Whether most are PDFs."""
    only_parts: bool
    times: Counter[object]
    """How often each number occurs."""
    titles: set[str]

    @classmethod
    def of(cls, entries: Sequence[Entry], evidence: Evidence) -> _Surroundings:
        like = [e for e in entries if _is_like(e, evidence)]
        return cls(
            set(like),
            {e.row.container for e in like},
            min((e.row.order for e in like), default=0),
            max((e.row.order for e in like), default=-1),
            sum(map(numbered, like)) * 2 > len(like),
            sum(bool(e.pdfs) for e in like) * 2 > len(like),
            not any(map(numbered, entries)),
            Counter(key for e in like if e.wording.number for key in e.wording.number.keys),
            {key for e in like for key in _names(e)},
        )

    def between(self, entry: Entry) -> bool:
        return self.first < entry.row.order < self.last

    def beside(self, entry: Entry) -> bool:
        """Tell whether an entry stands in the same list; in lines of text, next to the others."""
        if entry.row.container not in self.homes:
            return False
        listed = entry.row.container.tag in LISTS
        return listed or self.first - 1 <= entry.row.order <= self.last + 1


def classify(listing: Listing) -> Listing:
    """Decide for each entry whether it is a chapter."""
    around = _Surroundings.of(listing.entries, listing.evidence)
    for entry in listing.entries:
        why = _why_left_out(entry, around)
        if why is not None:
            if around.beside(entry) or around.between(entry) or entry.pdfs:
                listing.left_out.extend(_left(entry, why))
        elif entry in around.like and (entry.wording.word != PART or around.only_parts):
            listing.chapters.append(entry)
        elif entry.links:
            _classify_linked(listing, entry, around)
        else:
            _classify_unlinked(listing, entry, around)
    for entry in listing.chapters:
        if entry.wording.unreadable and listing.evidence is Evidence.SAID:
            listing.doubtful.append((entry, "has a number that cannot be read", "chapter_links"))
        listing.left_out.extend(_beside(entry))
    return listing


def what_else(entry: Entry) -> str | None:
    """Return what an entry is by its words that is no chapter."""
    if numbered(entry):  # "Chapter 3 slides"; but "Chapter 8: Solutions" may be a chapter
        return None if entry.wording.untitled else names_another_thing(entry.wording.title)
    if names_the_whole_book(entry.wording.text):
        return "the whole book"
    return names_another_thing(entry.wording.text)


def _is_like(entry: Entry, evidence: Evidence) -> bool:
    if said(entry):
        return True
    if evidence in {Evidence.SAID, Evidence.NUMBERED}:
        return numbered(entry) and (bool(entry.links) or entry.wording.sure)
    if what_else(entry) or entry.in_sentence:
        return False
    return bool(entry.pdfs) if evidence is Evidence.FILES else entry.target is not None


def _why_left_out(entry: Entry, around: _Surroundings) -> str | None:
    thing = what_else(entry)
    if numbered(entry):
        keys = entry.wording.number.keys if entry.wording.number else ()
        return thing if any(around.times[key] > 1 for key in keys) else None
    if not entry.links or thing is not None:
        return thing if entry.links else None
    formats = [link.other_format for link in entry.links if link.url]
    if formats and all(formats):
        twin = around.counted or around.titles & set(_names(entry))
        return None if not twin or names_front_or_back_matter(entry.wording.text) else formats[0]
    if not entry.pdfs and names_navigation(entry.wording.text):
        return "a way around the site"
    if entry.in_sentence:
        return "it stands in a sentence"
    untitled = not entry.wording.text and names_a_format(entry.links[0].text)
    return "it has no title" if untitled else None


def _classify_linked(listing: Listing, entry: Entry, around: _Surroundings) -> None:
    """Decide on an entry with a link and without a number."""
    text = entry.wording.text
    if entry.wording.word == PART and entry.wording.number is not None:
        if entry.pdfs:
            listing.chapters.append(entry)
        return
    matter = names_front_or_back_matter(text) and not may_be_any_page(text)
    if entry.row.container.tag in LISTS:
        member = around.beside(entry) or (bool(around.like) and matter and _alike(entry, around))
    else:
        member = _alike(entry, around) and (around.files or around.between(entry) or matter)
    if member:
        listing.chapters.append(entry)
    elif around.beside(entry) and not around.counted:
        listing.doubtful.append(
            (
                entry,
                f"stands among chapters and {entry.lacking()}"
                if entry.target is None
                else "stands among chapters and is no PDF",
                "chapter_links",
            )
        )
    elif around.like and entry.pdfs:
        listing.left_out.extend(_left(entry, "it has no number and stands outside the list"))


def _alike(entry: Entry, around: _Surroundings) -> bool:
    """Tell whether an entry leads to a PDF as the others do, or to a page as they do."""
    return bool(around.like) and entry.target is not None and around.files == bool(entry.pdfs)


def _classify_unlinked(listing: Listing, entry: Entry, around: _Surroundings) -> None:
    """Doubt a line without a link that stands among chapters and is no heading."""
    row, text = entry.row, entry.wording.text
    inside, between = around.beside(entry), around.between(entry)
    if entry.wording.unreadable and (inside or between):
        listing.doubtful.append((entry, "begins like a chapter and has no link", "chapter_links"))
    heading = row.rank is not None or row.chosen_heading or entry.wording.word == PART
    if not inside or heading or row.holds_list or row.container.tag == "select":
        return
    listed = row.container.tag in LISTS
    if listed and names_front_or_back_matter(text):
        listing.chapters.append(entry)
    elif _may_be_a_title(entry) and (not around.counted or (listed and between)):
        listing.doubtful.append(
            (entry, "is a chapter without a link or the heading of a part", "part_headings")
        )


def _may_be_a_title(entry: Entry) -> bool:
    text = entry.wording.text
    if entry.row.cell is not None or text.isupper():
        return False
    return len(text) <= _LONGEST_TITLE and text[-1:] not in {".", ":", ")"} and text[:1] != "("


def _names(entry: Entry) -> Iterator[str]:
    """Yield what two formats of one chapter have in common: title, name of the file."""
    title = comparable(entry.wording.title)
    if title and not names_a_format(entry.wording.title):
        yield title
        return
    for link in entry.links:
        stem = file_name(link.url or "").partition(".")[0]
        if stem:
            yield f"{stem}."


def _left(entry: Entry, why: str) -> Iterator[LeftOut]:
    for link in (*entry.links, *entry.companions):
        yield LeftOut(entry.text or link.text or link.href, link.url, why)


def _beside(entry: Entry) -> Iterator[LeftOut]:
    """Name the other files that stand with a chapter."""
    target = entry.target
    for link in entry.companions:
        yield LeftOut(
            link.text,
            link.url,
            names_another_thing(link.text) or link.other_format or "beside a chapter",
        )
    for link in entry.links:
        if target is not None and link.url and link.key != target.key:
            why = link.other_format or ("a PDF" if link.says_pdf else "the same chapter")
            yield LeftOut(f"{entry.text} ({link.text})", link.url, why)
