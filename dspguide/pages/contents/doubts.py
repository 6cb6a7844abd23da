"""Whether a chapter may be missing: by the numbers, and by what else the page has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, TypeAlias

from dspguide.pages.text import quote, regex
from dspguide.pages.wording import APPENDIX, CHAPTER, PART, mentioned_chapters

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from dspguide.pages.contents.settle import Settled
    from dspguide.pages.entry import Entry
    from dspguide.pages.links import Element
    from dspguide.pages.wording import Kind, Number

SeriesKey: TypeAlias = tuple[str, str]
"""Chapters, appendices or parts; and the kind of number."""

_NEAR = 6
"""Rows before the first and after the last chapter in which a file without a title may be one."""
_LONGEST_MENTION = 150
"""Characters of a line that names a chapter; longer ones are text about it."""


@dataclass(frozen=True)
class Place:
    """A numbered entry's place in the series that it belongs to."""

    entry: Entry
    index: int
    """Of the entry, among all."""
    series: SeriesKey
    first: int
    last: int
    suffix: str


@dataclass(frozen=True)
class Break:
    """Two numbers that should follow each other and do not."""

    before: Place
    after: Place

    @property
    def repeats(self) -> bool:
        """Tell whether a number comes twice, rather than one missing."""
        return self.after.first == self.before.first and self.after.suffix == self.before.suffix

    @property
    def missing(self) -> range:
        """The values between; empty where the numbers do not rise."""
        return range(self.before.last + 1, self.after.first)


def places(entries: Sequence[Entry]) -> list[Place]:
    """Return the places of the numbered entries; what "C" means, what precedes it says."""
    found: list[Place] = []
    last: dict[SeriesKey, int] = {}
    for index, entry in enumerate(entries):
        number, word = entry.wording.number, entry.wording.word
        if number is None or not entry.number_keys:
            continue
        kind, value = _meaning(number, word, last)
        end = value if number.last is None else number.last
        found.append(Place(entry, index, _series(word, kind), value, end, number.suffix))
        last[found[-1].series] = end
    return found


def _meaning(number: Number, word: str | None, last: Mapping[SeriesKey, int]) -> tuple[Kind, int]:
    """Return what a number most likely means, after what was the last of each series."""

    def likely(meaning: tuple[Kind, int]) -> tuple[bool, bool]:
        kind, value = meaning
        first = kind == ("letter" if word == APPENDIX else "roman") or value == 1
        return last.get(_series(word, kind)) == value - 1, first

    return max(number.meanings, key=likely)


def _series(word: str | None, kind: str) -> SeriesKey:
    """Return the series of a number; letters count as one, whatever word stands before them."""
    if word == PART:
        return PART, kind
    return (APPENDIX if word == APPENDIX or kind == "letter" else CHAPTER), kind


def find_break(entries: Sequence[Entry], scopes: Sequence[Hashable] = ()) -> Break | None:
    """Return the first break in the numbers of a listing, None where they tell a whole story.

    Each series goes up by one, over the whole book or anew from 0 or 1 in each part (`scopes`, one
    for each entry). It may begin anywhere. Entries without number fill a gap that they fit exactly.
    """
    ordered = sorted(places(entries), key=lambda place: place.series)
    for _, run in groupby(ordered, key=lambda place: place.series):
        series = list(run)
        broken = _first_break(series, entries)
        if broken is not None and not (scopes and _restarts(series, entries, scopes)):
            return broken
    return _mixture(ordered)


def late_beginning(entries: Sequence[Entry]) -> list[str]:
    """Return a note where the numbers of the chapters do not begin with 0 or 1."""
    first = next((p for p in places(entries) if p.series[0] == CHAPTER), None)
    late = first is not None and first.first > 1
    return [f"The numbers begin with {quote(first.entry.text)}."] if first and late else []


def _first_break(series: Sequence[Place], entries: Sequence[Entry]) -> Break | None:
    breaks = (Break(*pair) for pair in pairwise(series) if not _follows(*pair, entries))
    return next(breaks, None)


def _follows(before: Place, after: Place, entries: Sequence[Entry]) -> bool:
    if after.first == before.last:
        return after.suffix > before.suffix
    if after.first == before.last + 1 and after.suffix in {"", "a"}:
        return True
    # As many chapters without number stand between as numbers are missing.
    between = [entry.wording for entry in entries[before.index + 1 : after.index]]
    plain = not any(w.number or w.unreadable or w.text[:1].isdecimal() for w in between)
    return plain and 0 < after.first - before.last - 1 == len(between)


def _restarts(
    series: Sequence[Place], entries: Sequence[Entry], scopes: Sequence[Hashable]
) -> bool:
    """Tell whether the series begins anew in each part."""
    runs = [list(run) for _, run in groupby(series, key=lambda place: scopes[place.index])]
    return len(runs) > 1 and all(
        run[0].first in {0, 1} and _first_break(run, entries) is None for run in runs
    )


def _mixture(ordered: Sequence[Place]) -> Break | None:
    """Return two numbers that make no one book: kinds mixed after one word, or a stray "D"."""
    for word in (CHAPTER, APPENDIX):
        said = [p for p in ordered if p.entry.wording.word == word]
        mixed = next((Break(a, b) for a, b in pairwise(said) if a.series != b.series), None)
        if mixed is not None:
            return mixed
    heads = [next(run) for _, run in groupby(ordered, key=lambda place: place.series)]
    strays = [p for p in heads if p.series[1] != "arabic" and p.first > 1]
    return Break(heads[0], strays[0]) if len(heads) > 1 and strays else None


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
    orders = [chapter.row.order for chapter in settled.chapters]
    near = range(min(orders) - 1, max(orders) + 2)
    markup = regex(r"[\"']\s*>|\bhref\s*=", re.IGNORECASE)
    for row, entry in {entry.row: entry for entry in entries}.items():  # one can have thousands
        if row.order in near and (
            markup.search(row.text) or any(mark in x.href for x in row.links for mark in "<>")
        ):
            settled.doubt(entry, "has markup in its text or link: the page is damaged there")


def _check_files(settled: Settled, free: Sequence[Entry]) -> None:
    """Doubt PDFs without a title among the chapters or next to them."""
    orders = [chapter.row.order for chapter in settled.chapters]
    near = range(min(orders) - _NEAR, max(orders) + _NEAR + 1)
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
