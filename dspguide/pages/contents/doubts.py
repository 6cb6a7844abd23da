"""What a page has besides the chapters that were found, and whether that may be one more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pages.contents.series import places
from dspguide.pages.text import quote, regex
from dspguide.pages.wording import CHAPTER, mentioned_chapters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dspguide.pages.contents.settle import Settled
    from dspguide.pages.entries import Entry
    from dspguide.pages.links import Element

_NEAR = 6
"""Rows before the first and after the last chapter in which a file without a title may be one."""
_LONGEST_MENTION = 150
"""Characters of a line that names a chapter; longer ones are text about it."""


def check_leftovers(
    settled: Settled, entries: Sequence[Entry], below: Mapping[Entry, Entry], *, in_files: bool
) -> None:
    """Doubt what may be a chapter and is in no listing of them.

    Entries `below` others are sections; `in_files` tells whether links to PDFs made the listing.
    """
    chapters = settled.chapters
    twins = [twin for each in settled.twins.values() for twin in each]
    known = {*chapters, *twins}
    taken = {link.key for entry in known for link in entry.all_links}
    rest = [entry for entry in entries if entry not in known and entry not in below]
    _check_next_numbers(settled, rest)
    if not twins:
        _check_markup(settled, entries)
    free = [e for e in rest if e.url and e.url_key not in taken and settled.allowed(e.url)]
    files = sum(bool(e.pdfs) for e in chapters) * 2 > len(chapters)
    if files:
        _check_files(settled, free)
    if sum(e.numbered for e in chapters) * 2 < len(chapters):
        _check_without_numbers(settled, free, files=files or in_files)
    elif sum(bool(e.pdfs) and not e.what_else for e in free) > len(chapters):
        settled.doubt(free[0], "begins a longer list of files than that of the chapters")


def _check_next_numbers(settled: Settled, rest: Sequence[Entry]) -> None:
    """Doubt a line that names the chapter before the first or after the last."""
    series = [p for p in places(settled.chapters) if p.series == (CHAPTER, "arabic")]
    if not series:
        return
    next_ones = {min(p.first for p in series) - 1, max(p.last for p in series) + 1}
    for entry in rest:
        wording, text = entry.wording, entry.row.text
        titled = entry.numbered and wording.sure and not wording.untitled and entry.links
        if titled and wording.number and wording.number.means("arabic") in next_ones:
            settled.doubt(entry, "is not in the list and has the number next to it")
        elif len(text) <= _LONGEST_MENTION and next_ones - {0} & set(mentioned_chapters(text)):
            settled.doubt(entry, "names a chapter that is not in the list")


def _check_markup(settled: Settled, entries: Sequence[Entry]) -> None:
    """Doubt lines among the chapters in which markup is left: a quote or bracket got lost there.

    What such a tag swallowed, the next chapter say, leaves no other trace.
    """
    near = _near(settled, 1)
    markup = regex(r"[\"']\s*>|\bhref\s*=", re.IGNORECASE)
    for row, entry in {entry.row: entry for entry in entries}.items():  # one can have thousands
        if row.order in near and (
            markup.search(row.text) or any(mark in x.href for x in row.links for mark in "<>")
        ):
            settled.doubt(entry, "has markup in its text or link: the page is damaged there")


def _near(settled: Settled, reach: int) -> range:
    orders = [chapter.row.order for chapter in settled.chapters]
    return range(min(orders) - reach, max(orders) + reach + 1)


def _check_files(settled: Settled, free: Sequence[Entry]) -> None:
    """Doubt PDFs without a title among the chapters or next to them."""
    near = _near(settled, _NEAR)
    for entry in free:
        if entry.pdfs and not entry.wording.text and entry.row.order in near:
            why = f"leads to {entry.url}, a PDF among the chapters that has no title"
            settled.doubt(entry, why)


def _check_without_numbers(settled: Settled, free: Sequence[Entry], *, files: bool) -> None:
    """Doubt links outside the list: where chapters have no numbers, nothing tells if one lacks."""
    rows = {chapter.row for chapter in settled.chapters}
    for entry in free:
        plain = bool(entry.wording.text) and not entry.in_sentence and not entry.what_else
        if not plain or entry.row.above in rows or (files and not entry.pdfs):
            continue
        if files or not (entry.row.in_navigation or entry.is_general):
            settled.doubt(entry, "stands outside the list and may be a chapter as well")


def check_nesting(settled: Settled, below: Mapping[Entry, Entry]) -> None:
    """Doubt chapters that are sections elsewhere, and sections that may be chapters."""
    urls = {entry.url_key for entry in below} - {None}
    titles = {entry.title_key for entry in below} - {""}
    known = {key for chapter in settled.chapters for key in chapter.number_keys}
    for chapter in settled.chapters:
        if not chapter.wording.number and (chapter.url_key in urls or chapter.title_key in titles):
            settled.doubt(chapter, "is a section in another list of the page")
    first: dict[Element, Entry] = {}  # numbered entry of each list inside a chapter
    for entry in filter(lambda entry: entry.numbered, below):
        first.setdefault(entry.row.container, entry)
    for entry in first.values():
        chapter = below[entry]
        if _value(entry) == _value(chapter) + 1 and known.isdisjoint(entry.number_keys):
            settled.doubt(entry, f"lies below {quote(chapter.text)} and may be the next chapter")


def _value(entry: Entry) -> int:
    number = entry.wording.number
    return number.last or number.meanings[0][1] if number else 0
