"""What a page has besides the chapters that were found, and whether that may be one more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pages.classify import what_else
from dspguide.pages.listing import Evidence, Listing, numbered
from dspguide.pages.series import places
from dspguide.pages.settle import url_key
from dspguide.pages.unsaid import is_general
from dspguide.pages.wording import CHAPTER, mentioned_chapters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.lines import Link
    from dspguide.pages.settle import Settled

_NEAR = 6
"""Rows before the first and after the last chapter in which a file without a title may be one."""
_MARKUP = re.compile(r"[\"']\s*>|\bhref\s*=", re.IGNORECASE)
_LONGEST_MENTION = 150
"""Characters of a line that names a chapter; longer ones are text about it."""


def check_leftovers(
    main: Listing,
    settled: Settled,
    entries: Sequence[Entry],
    below: Collection[Entry],
    allowed: Callable[[str], bool],
) -> None:
    """Doubt what may be a chapter and is in no listing of them."""
    chapters = settled.chapters
    twins = [twin for each in settled.twins.values() for twin in each]
    known = {*chapters, *twins}
    taken = {link.key for entry in known for link in (*entry.links, *entry.companions)}
    rest = [e for e in entries if e not in known and e not in below]
    _check_next_numbers(settled, rest)
    if not twins:
        _check_markup(settled, entries)
    free = [e for e in rest if url_key(e) not in taken and _may_follow(e, allowed)]
    counted = sum(map(numbered, chapters)) * 2 >= len(chapters)
    files = sum(bool(e.pdfs) for e in chapters) * 2 > len(chapters)
    if files:
        _check_files(settled, free)
    if not counted:
        _check_without_numbers(settled, free, files=files or main.evidence is Evidence.FILES)
    elif len([e for e in free if e.pdfs and not what_else(e)]) > len(chapters):
        settled.doubt(free[0], "begins a longer list of files than that of the chapters")


def _may_follow(entry: Entry, allowed: Callable[[str], bool]) -> bool:
    return entry.target is not None and entry.target.url is not None and allowed(entry.target.url)


def _check_markup(settled: Settled, entries: Sequence[Entry]) -> None:
    """Doubt lines among the chapters in which markup is left: a quote or bracket got lost there.

    What such a tag swallowed, the next chapter say, leaves no other trace.
    """
    near = _near(settled, 1)
    for row, entry in {entry.row: entry for entry in entries}.items():  # one can have thousands
        if row.order in near and (_MARKUP.search(row.text) or any(map(_has_markup, row.links))):
            settled.doubt(entry, "has markup in its text or link: the page is damaged there")


def _has_markup(link: Link) -> bool:
    return "<" in link.href or ">" in link.href


def _near(settled: Settled, reach: int) -> range:
    orders = [chapter.row.order for chapter in settled.chapters]
    return range(min(orders) - reach, max(orders) + reach + 1)


def _check_next_numbers(settled: Settled, rest: Sequence[Entry]) -> None:
    """Doubt a line that names the chapter before the first or after the last."""
    series = [p for p in places(settled.chapters) if p.series == (CHAPTER, "arabic")]
    if not series:
        return
    next_ones = {min(p.first for p in series) - 1, max(p.last for p in series) + 1}
    for entry in rest:
        number, text = entry.wording.number, entry.row.text
        titled = numbered(entry) and entry.wording.sure and not entry.wording.untitled
        if titled and entry.links and number and number.means("arabic") in next_ones:
            settled.doubt(entry, "is not in the list and has the number next to it")
        elif len(text) <= _LONGEST_MENTION and next_ones - {0} & set(mentioned_chapters(text)):
            settled.doubt(entry, "names a chapter that is not in the list")


def _check_files(settled: Settled, free: Sequence[Entry]) -> None:
    """Doubt PDFs without a title among the chapters or next to them."""
    near = _near(settled, _NEAR)
    for entry in free:
        if entry.pdfs and not entry.wording.text and entry.row.order in near:
            url = entry.target and entry.target.url
            settled.doubt(entry, f"leads to {url}, a PDF among the chapters that has no title")


def _check_without_numbers(settled: Settled, free: Sequence[Entry], *, files: bool) -> None:
    """Doubt links outside the list: where chapters have no numbers, nothing tells if one lacks."""
    rows = {chapter.row for chapter in settled.chapters}
    for entry in free:
        plain = bool(entry.wording.text) and not entry.in_sentence and not what_else(entry)
        if not plain or entry.row.above in rows or (files and not entry.pdfs):
            continue
        if files or not (entry.row.in_navigation or is_general(entry)):
            settled.doubt(entry, "stands outside the list and may be a chapter as well")
