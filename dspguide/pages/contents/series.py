"""Whether the numbers of chapters follow each other; where they do not, one was not understood."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, TypeAlias

from dspguide.pages.text import quote
from dspguide.pages.wording import APPENDIX, CHAPTER, PART

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from dspguide.pages.entries import Entry
    from dspguide.pages.wording import Kind, Number

SeriesKey: TypeAlias = tuple[str, str]
"""Chapters, appendices or parts; and the kind of number."""


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
    if first is None or first.first in {0, 1}:
        return []
    return [f"The numbers begin with {quote(first.entry.text)}."]


def _first_break(series: Sequence[Place], entries: Sequence[Entry]) -> Break | None:
    breaks = (
        Break(before, after)
        for before, after in pairwise(series)
        if not _follows(before, after) and not _filled(before, after, entries)
    )
    return next(breaks, None)


def _follows(before: Place, after: Place) -> bool:
    if after.first == before.last + 1:
        return after.suffix in {"", "a"}
    return after.first == before.last and after.suffix != "" and after.suffix > before.suffix


def _filled(before: Place, after: Place, entries: Sequence[Entry]) -> bool:
    """Tell whether as many chapters without number stand in a gap as numbers are missing."""
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
