"""Choosing the numbered headings of a chapter among the lines that begin with a number."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from dspguide.pdf.analysis.heading_choice import best_in_order, list_losses
from dspguide.pdf.analysis.heading_place import SAME_SIZE, Place
from dspguide.pdf.model import FoundSection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The parts of a heading's number; letters count from _LETTER_A.
Number = tuple[int, ...]

_LETTER_A = 1001
_LEVELS = 2
_SKIPPED = 3  # of so many headings in a row, all but one may be missed


class Distinction(IntEnum):
    """What tells a heading from the text, the least sure first."""

    ROOM = 0  # above and below it
    FONT = 1  # of another name
    STYLE = 2  # larger, or bold


@dataclass(frozen=True)
class Candidate:
    """Lines that may be a numbered heading."""

    number: Number
    title: str
    place: Place
    distinction: Distinction


def heading_number(text: str) -> Number:
    """The parts of a number such as "9.1" or "A1.2"."""
    parts = re.findall(r"[A-Z]|\d+", text)
    return tuple(int(p) if p.isdigit() else _LETTER_A + ord(p) - ord("A") for p in parts)


def choose_headings(candidates: Sequence[Candidate], own: Number) -> list[FoundSection]:
    """The sections in order, two levels deep; ``own`` is the chapter's number, () for none."""
    root = _root(candidates, own)
    if root is None:
        return []
    base, shortest = root
    by_number: dict[Number, list[Candidate]] = defaultdict(list)
    for candidate in _in_sequence(candidates):
        level = len(candidate.number) - shortest + 1
        if candidate.number[: len(base)] == base and 1 <= level <= _LEVELS:
            by_number[candidate.number].append(candidate)
    chosen = _in_sequence(_as_the_others(_choose(by_number)))
    if len(chosen) < 2 and not (own and base == own):
        return []
    sections: list[FoundSection] = []
    for candidate in chosen:
        level = len(candidate.number) - shortest + 1 if sections else 1
        left, top = candidate.place.spot
        index = candidate.place.page_index
        sections.append(FoundSection(candidate.title, index, top, True, left, level))
    return sections


def _root(candidates: Sequence[Candidate], own: Number) -> tuple[Number, int] | None:
    """What all sections' numbers begin with, and how many parts those of level 1 have.

    None where nothing counts.
    """
    # Running heads bear numbers of their own.
    size_of = {c.number: c.place.size for c in candidates if not c.place.in_margin}
    below: dict[int, set[Number]] = defaultdict(set)
    for number in size_of:
        if len(number) > 1:
            below[number[0]].add(number)
    counted = {n for n in size_of if len(n) == 1 and {(n[0] - 1,), (n[0] + 1,)} & set(size_of)}
    head = max(below, key=lambda h: (len(below[h]), -h), default=None)
    if head is None:
        return ((), 1) if counted else None
    is_own = bool(own) and len(below.get(own[0], ())) * 2 >= sum(map(len, below.values()))
    head = own[0] if is_own else head
    if (head,) in counted:
        is_larger = min(size_of[n] for n in counted) > SAME_SIZE + max(
            size_of[n] for n in below[head]
        )
        is_most = len(below) > 1 or len(counted) >= len(below[head])
        if is_larger or (is_most and not is_own):
            return (), 1
    if len(below) > 1 and len(below[head]) == 1:  # of several chapters in one file
        return (), 2
    # The sections of appendix A1 are A1.1, A1.2 …
    deeper = Counter(number[:2] for number in below[head] if len(number) > 2)
    if deeper and sum(len(number) == 2 for number in below[head]) < 2:
        return max(deeper, key=lambda start: (deeper[start], start)), 3
    return (head,), 2


def _choose(by_number: Mapping[Number, list[Candidate]]) -> list[Candidate]:
    """One candidate for each number, if there is one in its order that is set like the others."""
    numbers = sorted(by_number)
    in_list = list_losses([c.place for c in by_number[number]] for number in numbers)
    styles: dict[int, dict[tuple[float, bytes], set[Number]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for number in numbers:
        for candidate in by_number[number]:
            if not candidate.place.in_margin and candidate.place not in in_list:
                styles[len(number)][_style(candidate.place)].add(number)
    usual = {
        parts: max(found, key=lambda style: (len(found[style]), style))
        for parts, found in styles.items()
    }
    scored: list[list[tuple[Place, float]]] = []
    of_place: dict[tuple[Number, Place], Candidate] = {}
    for number in numbers:
        scored.append([])
        for candidate in by_number[number]:
            place = candidate.place
            style = usual.get(len(number))
            if style is not None and abs(place.size - style[0]) > SAME_SIZE:
                continue
            score = 10.0 + 4 * (_style(place) == style) + candidate.distinction
            score -= 3 * place.in_margin
            scored[-1].append((place, score - in_list.get(place, 0)))
            of_place[number, place] = candidate
    places = best_in_order(scored)
    return [of_place[n, p] for n, p in zip(numbers, places, strict=True) if p is not None]


def _style(place: Place) -> tuple[float, bytes]:
    return round(place.size * 2) / 2, place.font


def _as_the_others(chosen: list[Candidate]) -> list[Candidate]:
    """Without those that nothing but room tells from the text where others of a level differ."""
    least: dict[int, Distinction] = {}
    for level in {len(candidate.number) for candidate in chosen}:
        found = sorted(c.distinction for c in chosen if len(c.number) == level)
        least[level] = min(found[len(found) // 2], Distinction.FONT)
    return [c for c in chosen if c.distinction >= least[len(c.number)]]


def _in_sequence(chosen: Sequence[Candidate]) -> list[Candidate]:
    """Without numbers that count on from none: "9.81 Metres" is no section."""
    numbers = {candidate.number for candidate in chosen}
    return [
        candidate
        for candidate in chosen
        if candidate.number[-1] <= _SKIPPED
        or any(
            (*candidate.number[:-1], candidate.number[-1] + step) in numbers
            for step in (*range(-_SKIPPED, 0), *range(1, _SKIPPED + 1))
        )
    ]
