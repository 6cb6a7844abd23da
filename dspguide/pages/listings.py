"""Listings of chapters: entries of one shape, and what each of them is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from dspguide.pages.kinds import (
    may_be_any_page,
    names_a_format,
    names_another_thing,
    names_front_or_back_matter,
    names_navigation,
    names_the_whole_book,
)
from dspguide.pages.model import LeftOut
from dspguide.pages.tags import LISTS
from dspguide.pages.text import comparable
from dspguide.pages.wording import APPENDIX, CHAPTER, PART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Element, Row

_LONGEST_LINE = 150
"""Characters of a line without a link that names a chapter."""


class Evidence(Enum):
    """What speaks for a listing of chapters; the higher, the more it says."""

    SAID = 3
    """The word: "Chapter 1"."""
    NUMBERED = 2
    FILES = 1
    """Links to PDFs."""
    PAGES = 0
    """Nothing but titles."""


@dataclass(eq=False)
class Listing:
    """A list of chapters, as one place of a page has it."""

    entries: list[Entry]
    evidence: Evidence
    chapters: list[Entry] = field(default_factory=list)
    """In the page's order; some may have no link that can be followed."""
    left_out: list[LeftOut] = field(default_factory=list)
    doubtful: list[tuple[Entry, str, str]] = field(default_factory=list)
    """Entries that may be chapters or not, why, and the argument that decides."""


def numbered(entry: Entry) -> bool:
    """Tell whether an entry has a number that is no part's and no section's."""
    number = entry.wording.number
    return number is not None and entry.wording.word != PART and number.means("dotted") is None


def said(entry: Entry) -> bool:
    """Tell whether an entry says that it is a chapter or an appendix, and which.

    Not so a sentence such as "Chapter 9 is new" or "Chapter 9: …" with a whole abstract.
    """
    wording = entry.wording
    if not numbered(entry) or wording.word not in {CHAPTER, APPENDIX}:
        return False
    return bool(entry.links) or (
        len(wording.text) <= _LONGEST_LINE and not wording.title[0].islower()
    )


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
            listings.append(_classify(Listing(run, _evidence(run))))
    return sorted(listings, key=_weight, reverse=True)


def _below(entries: Sequence[Entry]) -> set[Entry]:
    """Return the entries that lie below numbered ones, in a list inside their list item: sections."""
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
    return listing.evidence.value, len(chapters), sum(bool(e.pdfs) for e in chapters)


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
    linked = [e for e in entries if e.links and not _thing(e)]
    explicit = [e for e in linked if said(e)]
    if explicit:
        return Evidence.SAID
    if len([e for e in linked if numbered(e)]) > 1:
        return Evidence.NUMBERED
    return Evidence.FILES if len([e for e in linked if e.pdfs]) > 1 else Evidence.PAGES


def _thing(entry: Entry) -> str | None:
    """Return what an entry is for certain that is no chapter, by its words."""
    if numbered(entry):  # "Chapter 3 slides"; but "Chapter 8: Solutions" may be a chapter
        return None if entry.wording.untitled else names_another_thing(entry.wording.title)
    if names_the_whole_book(entry.wording.text):
        return "the whole book"
    return names_another_thing(entry.wording.text)


def _classify(listing: Listing) -> Listing:
    """Decide for each entry whether it is a chapter."""
    entries = listing.entries
    like = [e for e in entries if _is_like(e, listing.evidence)]
    alike = set(like)
    containers = {e.row.container for e in like if e.row.container.tag in LISTS}
    first, last = (like[0].row.order, like[-1].row.order) if like else (0, -1)
    times = Counter(key for e in like if e.wording.number for key in e.wording.number.keys)
    only_parts = not any(numbered(e) for e in entries)
    for entry in entries:
        inside = entry.row.container in containers
        between = first < entry.row.order < last
        number = entry.wording.number
        again = number is not None and any(times[key] > 1 for key in number.keys)
        why = _why_left_out(entry, again)
        if why is not None and (inside or between or entry.pdfs):
            listing.left_out.extend(_left(entry, why))
        elif why is not None:
            continue
        elif entry in alike and (entry.wording.word != PART or only_parts):
            listing.chapters.append(entry)
        elif not entry.links:
            _classify_unlinked(listing, entry, inside=inside, between=between)
        elif entry.wording.word == PART and number is not None:
            if entry.pdfs:
                listing.chapters.append(entry)
        elif inside or _fits_outside(entry, like, between=between):
            listing.chapters.append(entry)
        elif like and entry.pdfs:
            listing.left_out.extend(_left(entry, "it has no number and stands outside the list"))
    for entry in listing.chapters:
        listing.left_out.extend(_beside(entry))
    return listing


def _is_like(entry: Entry, evidence: Evidence) -> bool:
    if said(entry):
        return True
    if evidence in {Evidence.SAID, Evidence.NUMBERED}:
        return numbered(entry) and (bool(entry.links) or entry.wording.sure)
    return bool(entry.pdfs) if evidence is Evidence.FILES else bool(entry.links)


def _why_left_out(entry: Entry, again: bool) -> str | None:
    thing = _thing(entry)
    if numbered(entry):
        return thing if again else None
    if not entry.links:
        return None
    if thing is not None:
        return thing
    formats = [link.other_format for link in entry.links if link.url]
    if formats and all(formats) and not names_front_or_back_matter(entry.wording.text):
        return formats[0]
    if not entry.pdfs and names_navigation(entry.wording.text):
        return "a way around the site"
    if entry.in_sentence:
        return "it stands in a sentence"
    if not entry.wording.text and names_a_format(entry.links[0].text):
        return "it has no title"
    return None


def _classify_unlinked(listing: Listing, entry: Entry, *, inside: bool, between: bool) -> None:
    """Doubt a line without a link that stands among chapters and is no heading."""
    row, text = entry.row, entry.wording.text
    if entry.wording.unreadable and (inside or between):
        listing.doubtful.append((entry, "begins like a chapter and has no link", "chapter_links"))
    if not inside or row.rank is not None or row.chosen_heading or entry.wording.word == PART:
        return
    if names_front_or_back_matter(text):
        listing.chapters.append(entry)
    elif row.cell is None and between and not text.isupper() and not row.holds_list:
        listing.doubtful.append(
            (entry, "is a chapter without a link or the heading of a part", "part_headings")
        )


def _fits_outside(entry: Entry, like: Sequence[Entry], *, between: bool) -> bool:
    """Tell whether an entry without number, in no list, is one of the chapters around it."""
    if not like or (
        entry.row.container.tag in LISTS
        and not (
            names_front_or_back_matter(entry.wording.text)
            and not may_be_any_page(entry.wording.text)
        )
    ):
        return False
    files = sum(bool(e.pdfs) for e in like) * 2 > len(like)
    if files != bool(entry.pdfs):
        return False
    matter = names_front_or_back_matter(entry.wording.text)
    return files or between or (matter and not may_be_any_page(entry.wording.text))


def _left(entry: Entry, why: str) -> Iterator[LeftOut]:
    for link in (*entry.links, *entry.companions):
        yield LeftOut(entry.text or link.text or link.href, link.url, why)


def _beside(entry: Entry) -> Iterator[LeftOut]:
    """Name the other files that stand with a chapter."""
    target = entry.target
    for link in entry.companions:
        yield LeftOut(link.text, link.url, names_another_thing(link.text) or "beside a chapter")
    for link in entry.links:
        if target is not None and link.url and link.key != target.key:
            why = link.other_format or ("a PDF" if link.says_pdf else "the same chapter")
            yield LeftOut(f"{entry.text} ({link.text})", link.url, why)
