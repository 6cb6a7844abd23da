"""What may be a chapter: a title, its number, and the links that stand with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dspguide.pages.joining import is_title
from dspguide.pages.kinds import names_a_format, names_another_thing, names_front_or_back_matter
from dspguide.pages.text import clip, fold
from dspguide.pages.wording import Wording, read_wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dspguide.pages.lines import Link, Row

_FILE_NAME = re.compile(r"(\S.*)\.(?:pdf|ps|html?)", re.IGNORECASE)
_FORMATS_AFTER_A_TITLE = re.compile(
    r"\s*[\[(]\s*(?:(?:pdf|ps|html?|[\d.,]+\s*(?:[kmg]i?b|pages|pp\b))[^\])]*)[\])]\s*$",
    re.IGNORECASE,
)
_LOOSE_END = re.compile(r"[\s\[({:,|/–—-]+$")
_LOOSE_BEGINNING = re.compile(r"^[\s\])}:,;|/–—•·*-]+")
_LONGEST_PREFIX = 60
"""Characters before a link that may hold its number; more of them are a sentence."""
_REACH = 6
"""Rows from a heading to the link to its file: an abstract may stand between."""


@dataclass(eq=False)
class Entry:
    """A line, or a piece of one, that may name a chapter."""

    row: Row
    wording: Wording
    link: Link | None = None
    """The link that the title is."""
    files: list[Link] = field(default_factory=list)
    """Links that stand with it and have no title: "PDF", "PS"."""
    companions: list[Link] = field(default_factory=list)
    """Links that stand with it and lead to something else: slides, errata."""
    in_sentence: bool = False

    @property
    def links(self) -> list[Link]:
        """All links to the chapter itself."""
        return [*([self.link] if self.link else []), *self.files]

    @property
    def text(self) -> str:
        """What a message quotes."""
        return self.wording.text or self.row.text

    @property
    def pdfs(self) -> list[Link]:
        """The links that say that they lead to a PDF, each target once."""
        found = {link.key: link for link in self.links if link.key and link.says_pdf}
        return list(found.values())

    @property
    def target(self) -> Link | None:
        """The link to follow: to the one PDF, else to a page."""
        pdfs = self.pdfs
        if pdfs:
            return pdfs[0] if len(pdfs) == 1 else None
        return next((x for x in self.links if x.url is not None and x.other_format is None), None)

    def lacking(self) -> str:
        """Return why there is no link to follow."""
        if len(self.pdfs) > 1:
            return "has more than one PDF: " + ", ".join(str(link.url) for link in self.pdfs)
        formats = [link.other_format for link in self.links if link.other_format]
        if formats:
            return f"leads only to {formats[0]}"
        if self.links:
            return f"has a link that leads nowhere, {clip(self.links[0].href, 100)!r}"
        return "has no link"


def read_entries(rows: Iterable[Row]) -> list[Entry]:
    """Return what the rows name, in their order; files in rows of their own go to their heading."""
    entries: list[Entry] = []
    waiting: Entry | None = None  # a heading that files may follow
    for row in rows:
        for entry in _row_entries(row):
            if waiting is not None and _belongs(entry, waiting):
                waiting.files.extend(entry.links)
                waiting.companions.extend(entry.companions)
                continue
            if waiting is not None and _has_its_title(entry, waiting):
                waiting.wording = _titled(waiting.wording, entry.wording.text)
                waiting.link, waiting.files = entry.link, entry.files
                continue
            entries.append(entry)
            if entry.links or entry.wording.number or row.rank is not None:
                may_wait = row.item is None or row.item.tag == "dt"
                waiting = entry if may_wait and (not entry.link or row.rank is not None) else None
    return entries


def _belongs(entry: Entry, heading: Entry) -> bool:
    """Tell whether an entry is but the file of the heading above."""
    if not entry.files or entry.link or entry.row.order - heading.row.order > _REACH:
        return False
    if entry.wording.number or (entry.wording.text and heading.links):
        return False
    return bool(heading.wording.number) or heading.row.rank is not None


def _has_its_title(entry: Entry, heading: Entry) -> bool:
    """Tell whether a heading is but the number of the title below it."""
    near = entry.row.order - heading.row.order <= 1
    near = near and entry.row.container is heading.row.container
    alone = heading.wording.untitled and not heading.links
    return near and alone and entry.link is not None and entry.wording.number is None


def _row_entries(row: Row) -> list[Entry]:
    """Split a row into what it names."""
    if not row.links:
        return [Entry(row, read_wording(row.text))]
    heads = _heads(row)
    if not heads:
        return [_headless(row)]
    entries: list[Entry] = []
    before: list[str] = []
    loose: list[Link] = []
    for place, piece in enumerate(row.pieces):
        if isinstance(piece, str):
            before.append(piece)
        elif piece in heads:
            after = row.pieces[place + 1] if place + 1 < len(row.pieces) else ""
            prefix, before = fold(" ".join(before)), []
            entry = _entry(row, prefix, piece, after if isinstance(after, str) else "")
            entries.extend(_lost(row, prefix, entry))
            last = entries[-1] if entries else None
            if last is not None and _is_one(last, entry):
                last.wording = _titled(last.wording, entry.wording.text)
                continue
            entries.append(entry)
        else:
            before = []
            (_companions(entries[-1], piece) if entries else loose).append(piece)
    for link in loose:
        _companions(entries[0], link).append(link)
    entries.extend(_lost(row, fold(" ".join(before)), entries[-1]))
    return _one_a_row(entries)


def _one_a_row(entries: list[Entry]) -> list[Entry]:
    """Return the one chapter of a list item or table row; links beside it are its author's, say."""
    first, *others = entries
    number = first.wording.number
    chapter = number and (first.wording.word or number.means("arabic") is not None)
    if first.row.item is None or not chapter:
        return entries
    for other in others:
        number = other.wording.number
        if number and (other.wording.word or number.means("arabic") is not None):
            return entries
        if names_front_or_back_matter(other.wording.text):
            return entries
    for other in others:
        first.companions.extend([*other.links, *other.companions])
    return [first]


def _lost(row: Row, text: str, beside: Entry) -> list[Entry]:
    """Return the entry of a text beside a link that reads like a chapter of its own."""
    wording = read_wording(_LOOSE_BEGINNING.sub("", text))
    if not wording.number or not wording.sure or (wording.untitled and not wording.word):
        return []
    other = beside.wording.number
    return [] if other is None or other.keys & wording.number.keys else [Entry(row, wording)]


def _companions(entry: Entry, link: Link) -> list[Link]:
    other = names_another_thing(link.text) or (link.other_format and not names_a_format(link.text))
    return entry.companions if other else entry.files


def _heads(row: Row) -> set[Link]:
    """Return the links of a row whose text is a title."""
    named = {link for link in row.links if not names_a_format(link.text)}
    others = {link for link in named if names_another_thing(link.text)}
    titles = {link for link in named if is_title(link)}
    if not titles and len(named) == len(row.links):
        titles = named - others
    if titles:
        return titles
    words = fold(" ".join(p for p in row.pieces if isinstance(p, str)))
    return set() if len(row.links) > len(others) or read_wording(words).number else others


def _headless(row: Row) -> Entry:
    """Return the entry of a row whose links are all files: the text before them is the title."""
    before: list[str] = []
    for piece in row.pieces:
        if not isinstance(piece, str):
            break
        before.append(piece)
    text = _LOOSE_END.sub("", fold(" ".join(before)))
    entry = Entry(row, read_wording(text))
    for link in row.links:
        _companions(entry, link).append(link)
    named = _FILE_NAME.fullmatch(row.links[0].text)
    if named and (not text or (entry.wording.untitled and not read_wording(named[1]).number)):
        words = read_wording(named[1].replace("_", " "))
        entry.wording = _titled(entry.wording, words.text) if text else words
        entry.link, entry.files = row.links[0], entry.files[1:]
    return entry


def _entry(row: Row, prefix: str, link: Link, after: str) -> Entry:
    text = _FORMATS_AFTER_A_TITLE.sub("", link.text)
    named = _FILE_NAME.fullmatch(text)
    text = named[1].replace("_", " ") if named else text
    wording = read_wording(text)
    prefix = _LOOSE_BEGINNING.sub("", prefix) if not read_wording(prefix).number else prefix
    in_sentence = False
    if prefix and not (wording.number and wording.sure and not wording.untitled):
        number = read_wording(prefix)
        together = read_wording(f"{prefix} {text}") if len(prefix) <= _LONGEST_PREFIX else wording
        if number.untitled and not (wording.number and wording.word):
            wording = _titled(number, text)
        elif together.number and together.sure:
            wording = together
        else:
            in_sentence = len(prefix.split()) > 3
    if wording.untitled:
        title = _LOOSE_END.sub("", _LOOSE_BEGINNING.sub("", _FORMATS_AFTER_A_TITLE.sub("", after)))
        if any(c.isalnum() for c in title) and len(title) <= 300:
            wording = _titled(wording, title)
    return Entry(row, wording, link, in_sentence=in_sentence)


def _titled(number: Wording, title: str) -> Wording:
    """Return the number of one wording with a title that stands beside it."""
    text = fold(f"{number.text} {title}")
    again = read_wording(title)
    if (
        again.number
        and number.number
        and again.number.keys & number.number.keys
        and not again.untitled
    ):
        title = again.title  # "1" beside "Chapter 1: Overview"
    return replace(number, text=text, title=clip(fold(title)), sure=True)


def _is_one(number: Entry, title: Entry) -> bool:
    """Tell whether two links in a row are one entry's: its number and its title."""
    if not number.wording.untitled or title.wording.number or number.link is None:
        return False
    return title.link is not None and number.link.key == title.link.key is not None
