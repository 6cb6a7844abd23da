"""The entries of rows: titles, the numbers beside them, the links that stand with them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from dspguide.pages.entry import Entry
from dspguide.pages.kinds import names, other_thing
from dspguide.pages.reading_order import is_title
from dspguide.pages.text import clip, fold, regex
from dspguide.pages.wording import Wording, read_wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dspguide.pages.links import Link
    from dspguide.pages.rows import Row

_FILE_NAME = r"(\S.*)\.(?:pdf|ps|html?)"
_FORMATS_AFTER_A_TITLE = (
    r"\s*[\[(]\s*(?:(?:pdf|ps|html?|[\d.,]+\s*(?:[kmg]i?b|pages|pp\b))[^\])]*)[\])]\s*$"
)
_LOOSE_END = r"[\s\[({:,|/–—-]+$"
_LOOSE_BEGINNING = r"^[\s\])}:,;|/–—•·*-]+"
_LONGEST_PREFIX = 60
"""Characters before a link that may hold its number; more of them are a sentence."""
_LONGEST_TITLE = 300
_REACH = 6
"""Rows from a heading to the link to its file: an abstract may stand between."""


def read_entries(rows: Iterable[Row]) -> list[Entry]:
    """Return what the rows name, in their order; files in rows of their own go to their heading."""
    entries: list[Entry] = []
    heading: Entry | None = None  # that files may follow
    for row in rows:
        for entry in _row_entries(row):
            if heading is not None and _join(heading, entry):
                continue
            entries.append(entry)
            if entry.links or entry.wording.number or row.rank is not None:
                may_wait = row.item is None or row.item.tag == "dt"
                heading = entry if may_wait and (not entry.link or row.rank is not None) else None
    return entries


def _join(heading: Entry, entry: Entry) -> bool:
    """Give a heading what is but its file below it, or the title of what is but a number."""
    distance = entry.row.order - heading.row.order
    if entry.wording.number or distance > _REACH:
        return False
    known = heading.wording.number or heading.row.rank is not None
    if entry.files and not entry.link and known and not (entry.wording.text and heading.links):
        heading.files.extend(entry.links)
        heading.companions.extend(entry.companions)
        return True
    near = distance <= 1 and entry.row.container is heading.row.container
    if near and entry.link and heading.wording.untitled and not heading.links:
        heading.wording = _titled(heading.wording, entry.wording.text)
        heading.link, heading.files = entry.link, entry.files
        return True
    return False


def _row_entries(row: Row) -> list[Entry]:
    """Split a row into what it names."""
    heads = _heads(row)
    if not heads:
        return [_headless(row)]
    entries: list[Entry] = []
    before: list[str] = []
    loose: list[Link] = []
    for place, piece in enumerate(row.pieces):
        if isinstance(piece, str):
            before.append(piece)
            continue
        prefix, before = fold(" ".join(before)), []
        if piece in heads:
            after = row.pieces[place + 1] if place + 1 < len(row.pieces) else ""
            entry = _entry(row, prefix, piece, after if isinstance(after, str) else "")
            entries.extend(_lost(row, prefix, entry))
            if entries and _is_number_of(entries[-1], entry):
                entries[-1].wording = _titled(entries[-1].wording, entry.wording.text)
            else:
                entries.append(entry)
        elif entries:
            entries[-1].add(piece)
        else:
            loose.append(piece)
    for link in loose:
        entries[0].add(link)
    entries.extend(_lost(row, fold(" ".join(before)), entries[-1]))
    # The links beside the one chapter of a list item or table row are its author's, say.
    first, *others = entries
    if row.item is None or not first.counts or any(e.counts or e.is_matter for e in others):
        return entries
    for other in others:
        first.companions.extend(other.all_links)
    return [first]


def _lost(row: Row, text: str, beside: Entry) -> list[Entry]:
    """Return the entry of a text beside a link that reads like a chapter of its own."""
    wording = read_wording(regex(_LOOSE_BEGINNING).sub("", text))
    if not wording.number or not wording.sure or (wording.untitled and not wording.word):
        return []
    other = beside.wording.number
    return [] if other is None or other.keys & wording.number.keys else [Entry(row, wording)]


def _heads(row: Row) -> set[Link]:
    """Return the links of a row whose text is a title."""
    named = {link for link in row.links if not names(link.text, "a file")}
    others = {link for link in named if other_thing(link.text)}
    titles = {link for link in named if is_title(link)}
    if not titles and len(named) == len(row.links):
        titles = named - others
    if titles or len(row.links) > len(others):
        return titles
    words = fold(" ".join(p for p in row.pieces if isinstance(p, str)))
    return set() if read_wording(words).number else others


def _headless(row: Row) -> Entry:
    """Return the entry of a row whose links are all files: the text before them is the title."""
    before = takewhile(lambda piece: isinstance(piece, str), row.pieces)
    text = fold(" ".join(map(str, before)))
    if not row.links:
        return Entry(row, read_wording(text))
    text = regex(_LOOSE_END).sub("", text)
    entry = Entry(row, read_wording(text))
    for link in row.links:
        entry.add(link)
    named = regex(_FILE_NAME, re.IGNORECASE).fullmatch(row.links[0].text)
    if named and (not text or (entry.wording.untitled and not read_wording(named[1]).number)):
        words = read_wording(named[1].replace("_", " "))
        entry.wording = _titled(entry.wording, words.text) if text else words
        entry.link, entry.files = row.links[0], entry.files[1:]
    return entry


def _entry(row: Row, prefix: str, link: Link, after: str) -> Entry:
    text = regex(_FORMATS_AFTER_A_TITLE, re.IGNORECASE).sub("", link.text)
    named = regex(_FILE_NAME, re.IGNORECASE).fullmatch(text)
    text = named[1].replace("_", " ") if named else text
    wording = read_wording(text)
    if not read_wording(prefix).number:
        prefix = regex(_LOOSE_BEGINNING).sub("", prefix)
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
        title = regex(_FORMATS_AFTER_A_TITLE, re.IGNORECASE).sub("", after)
        title = regex(_LOOSE_END).sub("", regex(_LOOSE_BEGINNING).sub("", title))
        if any(c.isalnum() for c in title) and len(title) <= _LONGEST_TITLE:
            wording = _titled(wording, title)
    return Entry(row, wording, link, in_sentence=in_sentence)


def _titled(number: Wording, title: str) -> Wording:
    """Return the number of one wording with a title that stands beside it."""
    text = fold(f"{number.text} {title}")
    again = read_wording(title)
    same = again.number and number.number and again.number.keys & number.number.keys
    if same and not again.untitled:
        title = again.title  # "1" beside "Chapter 1: Overview"
    return replace(number, text=text, title=clip(fold(title)), sure=True)


def _is_number_of(number: Entry, title: Entry) -> bool:
    """Tell whether two links in a row are one entry's: its number and its title."""
    alone = number.wording.untitled and not title.wording.number
    if not alone or number.link is None or title.link is None:
        return False
    return number.link.key == title.link.key is not None
