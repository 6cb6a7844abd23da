"""A listing of chapters, and what each of its entries is: a chapter, something else, a doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pages.kinds import names, other_thing
from dspguide.pages.model import LeftOut
from dspguide.pages.text import comparable, quote
from dspguide.pages.wording import CHAPTER, PART
from dspguide.urls import file_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.pages.entry import Entry

_LONGEST_TITLE = 80
"""Characters of a line without a link, among links, that may be a title that lost its link."""


class Doubt(NamedTuple):
    """An entry that can be understood in more than one way."""

    entry: Entry
    why: str
    argument: str = "chapter_links"
    """The argument that decides."""


class Evidence(IntEnum):
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
    doubts: list[Doubt] = field(default_factory=list)


def classify(entries: list[Entry]) -> Listing:
    """Return a listing of entries of one shape, with what each of them is."""
    return _Classifier(Listing(entries, _evidence(entries))).listing


def _evidence(entries: list[Entry]) -> Evidence:
    linked = [e for e in entries if e.links and not e.what_else]
    if any(e.said for e in linked):
        return Evidence.SAID
    if sum(e.numbered for e in linked) > 1:
        return Evidence.NUMBERED
    return Evidence.FILES if sum(bool(e.pdfs) for e in linked) > 1 else Evidence.PAGES


class _Classifier:
    """Decides what an entry is by what those say, around it, that are chapters for sure."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        sure = [e for e in listing.entries if self._is_sure(e)]
        self._sure = set(sure)
        self._homes = {e.row.container for e in sure}
        self._first = min((e.row.order for e in sure), default=0)
        self._last = max((e.row.order for e in sure), default=-1)
        self._counted = sum(e.numbered for e in sure) * 2 > len(sure)
        """Whether most have a number, so that their numbers tell whether one is missing."""
        self._files = sum(bool(e.pdfs) for e in sure) * 2 > len(sure)
        self._only_parts = not any(e.numbered for e in listing.entries)
        numbers = (e.wording.number for e in sure)
        self._times = Counter(key for number in numbers if number for key in number.keys)
        self._names = {name for e in sure for name in _names(e)}
        for entry in listing.entries:
            self._classify(entry)
        for entry in listing.chapters:
            self._look_beside(entry)

    def _is_sure(self, entry: Entry) -> bool:
        if entry.said:
            return True
        if self.listing.evidence >= Evidence.NUMBERED:
            return entry.numbered and (bool(entry.links) or entry.wording.sure)
        if entry.what_else or entry.in_sentence:
            return False
        files = self.listing.evidence is Evidence.FILES
        return bool(entry.pdfs) if files else entry.target is not None

    def _between(self, entry: Entry) -> bool:
        return self._first < entry.row.order < self._last

    def _beside(self, entry: Entry) -> bool:
        """Tell whether an entry stands in the same list; in lines of text, next to the others."""
        near = entry.row.listed or self._first - 1 <= entry.row.order <= self._last + 1
        return near and entry.row.container in self._homes

    def _doubt(self, entry: Entry, why: str, argument: str = "chapter_links") -> None:
        self.listing.doubts.append(Doubt(entry, why, argument))

    def _leave_out(self, entry: Entry, why: str) -> None:
        self.listing.left_out.extend(
            LeftOut(entry.text or link.text or link.href, link.url, why) for link in entry.all_links
        )

    def _classify(self, entry: Entry) -> None:
        why = self._why_left_out(entry)
        if why is not None:
            if self._beside(entry) or self._between(entry) or entry.pdfs:
                self._leave_out(entry, why)
        elif entry in self._sure and (entry.wording.word != PART or self._only_parts):
            self.listing.chapters.append(entry)
        elif entry.links:
            self._classify_linked(entry)
        else:
            self._classify_unlinked(entry)

    def _why_left_out(self, entry: Entry) -> str | None:
        thing, number = entry.what_else, entry.wording.number
        if entry.numbered and number:
            return thing if any(self._times[key] > 1 for key in number.keys) else None
        if thing is not None or not entry.links:
            return thing if entry.links else None
        formats = [link.other_format for link in entry.links if link.url]
        if formats and all(formats):
            twin = self._counted or not self._names.isdisjoint(_names(entry))
            return formats[0] if twin and not entry.is_matter else None
        if not entry.pdfs and names(entry.wording.text, "a way around"):
            return "a way around the site"
        untitled = not entry.wording.text and names(entry.links[0].text, "a file")
        if untitled and not entry.in_sentence and not self._beside(entry):
            return "it has no title"
        return "it stands in a sentence" if entry.in_sentence else None

    def _classify_linked(self, entry: Entry) -> None:
        """Decide on an entry with a link and without a number."""
        text, beside = entry.wording.text, self._beside(entry)
        if entry.wording.word == PART and entry.wording.number is not None:
            if entry.pdfs:
                self.listing.chapters.append(entry)
            return
        if not text and beside and entry.links[0].href[:1] != "#":
            self._doubt(entry, f"is linked without a title: {entry.links[0].href!r}")
            return
        # Whether it leads to a PDF as the others do, or to a page as they do.
        alike = bool(self._sure) and entry.target is not None and self._files == bool(entry.pdfs)
        matter = alike and entry.is_matter and not names(text, "any page")
        if entry.row.listed:
            member = beside or matter
        else:
            member = matter or (alike and (self._files or self._between(entry)))
        if member:
            self.listing.chapters.append(entry)
        elif beside and not self._counted:
            lacks = entry.lacking() if entry.target is None else "is no PDF"
            self._doubt(entry, f"stands among chapters and {lacks}")
        elif self._sure and entry.pdfs:
            self._leave_out(entry, "it has no number and stands outside the list")

    def _classify_unlinked(self, entry: Entry) -> None:
        """Doubt a line without a link that stands among chapters and is no heading."""
        row, text = entry.row, entry.wording.text
        beside, between = self._beside(entry), self._between(entry)
        if entry.wording.unreadable and (beside or between):
            self._doubt(entry, "begins like a chapter and has no link")
        heading = row.rank is not None or row.chosen_heading or entry.wording.word == PART
        if not beside or heading or row.holds_list or row.container.tag == "select":
            return
        may_be_a_title = row.cell is None and not text.isupper() and len(text) <= _LONGEST_TITLE
        may_be_a_title = may_be_a_title and text[-1:] not in {".", ":", ")"} and text[:1] != "("
        if row.listed and entry.is_matter:
            self.listing.chapters.append(entry)
        elif may_be_a_title and (not self._counted or (row.listed and between)):
            why = "is a chapter without a link or the heading of a part"
            self._doubt(entry, why, "part_headings")

    def _look_beside(self, entry: Entry) -> None:
        """Name the other files that stand with a chapter; doubt what cannot be told from it."""
        wording, target, left_out = entry.wording, entry.target, self.listing.left_out
        unread = wording.word == CHAPTER and not wording.number
        if (unread or wording.unreadable) and self.listing.evidence is Evidence.SAID:
            self._doubt(entry, "has a number that cannot be read")
        for link in entry.companions:
            thing = other_thing(link.text)
            why = thing or link.other_format or "beside a chapter"
            left_out.append(LeftOut(link.text, link.url, why))
            if entry.pdfs and link.is_pdf and not thing and not names(link.text, "an extra"):
                self._doubt(entry, f"has another PDF beside it, {quote(link.text)}")
        for link in entry.links:
            if target is not None and link.url and link.key != target.key:
                why = link.other_format or ("a PDF" if link.says_pdf else "the same chapter")
                left_out.append(LeftOut(f"{entry.text} ({link.text})", link.url, why))


def _names(entry: Entry) -> Iterator[str]:
    """Yield what two formats of one chapter have in common: title, name of the file."""
    title = comparable(entry.wording.title)
    if title and not names(entry.wording.title, "a file"):
        yield title
        return
    for link in entry.links:
        stem = file_name(link.url or "").partition(".")[0]
        if stem:
            yield f"{stem}."
