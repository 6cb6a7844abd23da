"""Which words of the book name which of its things.

A name is a link only where exactly one thing in the book bears it. How captions are set is taken
from the book itself: for each kind of thing, its form is the one that bears the most names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from dspguide.pdf.model import References
from dspguide.pdf.naming import Caption, Form, Name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dspguide.pdf.model import ChapterPlan, PreparedChapter
    from dspguide.pdf.naming import Box

_SAME_PLACE = 3.0  # points: bold type may be the same words twice
_SAME_HEADING = 30.0  # points: a chapter's own outline may lead to above the heading
_SAME_EDGE = 2.0  # points: right edges of equations' numbers
_LEAST = 2  # so many names make a form that is nothing special
_APPENDIX = re.compile(r"(?:appendix|app\.)\s+([A-Z]|\d{1,2}|[IVX]+)\b", re.IGNORECASE)
_HEADING = re.compile(r"(?:§\s*)?((?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,3})\.?\s")
_WITH_LETTER = re.compile(r"(\d+)[a-z]")

#: Captions that are set as the book sets them, by position of chapter and place in its list.
_Accepted = dict[tuple[int, int], Caption]


class Spot(NamedTuple):
    """A place in the book: the chapter's position, a 0-based page index in it, left and top."""

    position: int
    page_index: int
    left: float
    top: float


class Reference(NamedTuple):
    """Words on a page of a chapter, and where they lead."""

    position: int
    page_index: int
    boxes: tuple[Box, ...]
    spot: Spot


def link_references(
    chapters: Sequence[PreparedChapter], labels: Sequence[str]
) -> tuple[list[Reference], References]:
    """All links, in the book's order; ``labels`` are those of the chapters' pages."""
    accepted = _accepted(chapters)
    spots = _Spots(chapters, labels, accepted)
    linked: list[Reference] = []
    nowhere: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    found = first = 0
    for chapter in chapters:
        for mention in chapter.naming.mentions:
            if any((chapter.position, place) in accepted for place in mention.captions):
                continue
            if mention.loose and mention.name.kind not in spots.kinds:
                continue
            found += 1
            candidates = spots.of(mention.name)
            if len(candidates) == 1:
                linked.append(
                    Reference(chapter.position, mention.page_index, mention.boxes, candidates[0])
                )
            else:
                told = f"{mention.text} (page {labels[first + mention.page_index]})"
                (ambiguous if candidates else nowhere)[told] = None
        first += chapter.pages
    return linked, References(found, len(linked), tuple(nowhere), tuple(ambiguous))


def _accepted(chapters: Sequence[PreparedChapter]) -> _Accepted:
    """The captions that are set as the book sets them."""
    # What is set alike: things of a kind, and sections of a depth.
    by_series: dict[tuple[str, int], _Accepted] = defaultdict(dict)
    for chapter in chapters:
        for place, caption in enumerate(chapter.naming.captions):
            name = caption.name
            series = name.kind, len(name.number) if name.kind == "section" else 0
            by_series[series][chapter.position, place] = caption
    return {
        place: captions[place] for captions in by_series.values() for place in _agreeing(captions)
    }


def _agreeing(captions: _Accepted) -> Iterator[tuple[int, int]]:
    names: dict[Form, set[Name]] = defaultdict(set)
    own: dict[tuple[int, Form], set[Name]] = defaultdict(set)
    for (position, _), caption in captions.items():
        names[_form(caption)].add(caption.name)
        own[position, _form(caption)].add(caption.name)
    best = max(names, key=lambda form: (len(names[form]), _special(form), form))
    if len(names[best]) < _LEAST and not _special(best):
        return
    for (position, place), caption in captions.items():
        form = _form(caption)
        if form == best or (
            # A chapter that sets all of its own in another way.
            (position, best) not in own and _special(form) and len(own[position, form]) >= _LEAST
        ):
            yield position, place


def _form(caption: Caption) -> Form:
    """The form, whatever the side of the page on which an equation's number stands."""
    form = caption.form
    return form._replace(size=0.0) if form.word == "(" else form


def _special(form: Form) -> bool:
    """Whether no sentence is set like that."""
    return form.bold or form.word.isupper() or form.mark in (":", "|")


class _Spots:
    """All places of the book that bear a name, by name; ``kinds`` are those of the names."""

    def __init__(
        self, chapters: Sequence[PreparedChapter], labels: Sequence[str], accepted: _Accepted
    ) -> None:
        self._by_name: dict[Name, list[Spot]] = defaultdict(list)
        edges = _edges(accepted.values())
        mentions = (mention for chapter in chapters for mention in chapter.naming.mentions)
        names_pages = any(mention.name.kind == "page" for mention in mentions)
        first = 0
        for chapter in chapters:
            self._add_headings(chapter)
            self._add_captions(chapter, accepted, edges)
            if names_pages:
                self._add_pages(chapter, labels[first : first + chapter.pages])
            first += chapter.pages
        self.kinds = {name.kind for name in self._by_name}

    def of(self, name: Name) -> list[Spot]:
        """The places that a name may mean; of "Fig. 7-1a", the figure if its part has none."""
        found = self._by_name.get(name, [])
        if not found and (letter := _WITH_LETTER.fullmatch(name.number[-1])):
            found = self._by_name.get(Name(name.kind, (*name.number[:-1], letter[1])), [])
        return found

    def _add(self, name: Name, spot: Spot) -> None:
        """Note a place, unless it is one that is known."""
        near = _SAME_HEADING if name.kind == "section" else _SAME_PLACE
        known = self._by_name[name]
        if not any(spot[:2] == o[:2] and abs(spot.top - o.top) <= near for o in known):
            known.append(spot)

    def _add_headings(self, chapter: PreparedChapter) -> None:
        """Note a chapter and its numbered sections."""
        for name in _own_names(chapter.plan):
            self._add(name, Spot(chapter.position, 0, *chapter.corners[0]))
        for section in chapter.sections:
            match = _HEADING.match(section.title)
            if match and section.found and section.top is not None and section.left is not None:
                spot = Spot(chapter.position, section.page_index, section.left, section.top)
                self._add(Name("section", tuple(match[1].split("."))), spot)

    def _add_captions(
        self, chapter: PreparedChapter, accepted: _Accepted, edges: Sequence[float]
    ) -> None:
        """Note the captions that are set as the book sets them."""
        for place, caption in enumerate(chapter.naming.captions):
            form, name = caption.form, caption.name
            at_edge = form.word != "(" or any(abs(form.size - e) <= _SAME_EDGE for e in edges)
            # The opening of an appendix that is a chapter.
            opens = name.kind == "appendix" and caption.page_index == 0 and self._by_name.get(name)
            if (chapter.position, place) in accepted and at_edge and not opens:
                self._add(name, Spot(chapter.position, caption.page_index, *caption.spot))

    def _add_pages(self, chapter: PreparedChapter, labels: Sequence[str]) -> None:
        """Note a chapter's pages by their printed numbers."""
        for index, (left, top) in enumerate(chapter.naming.corners):
            name = Name("page", tuple(re.split("[-–]", labels[index])))
            self._add(name, Spot(chapter.position, index, left, top))


def _edges(captions: Collection[Caption]) -> list[float]:
    """The right edges on which at least two numbered equations agree."""
    names: dict[float, set[Name]] = defaultdict(set)
    for caption in captions:
        if caption.form.word == "(":
            names[caption.form.size].add(caption.name)
    return [edge for edge, members in names.items() if len(members) >= _LEAST]


def _own_names(plan: ChapterPlan) -> Iterator[Name]:
    """The names by which texts call a chapter."""
    number = "" if plan.number is None else str(plan.number).strip()
    said = _APPENDIX.fullmatch(number) or _APPENDIX.match(plan.title)
    if said:
        yield Name("appendix", (said[1].upper(),))
    elif number:
        yield Name("chapter", (number.upper(),))
        if number.isalpha():
            yield Name("appendix", (number.upper(),))
