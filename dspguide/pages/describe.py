"""What was found, for a person to look over before anything is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pages.text import clip, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.pages.model import FoundContents, LeftOut

_LONGEST = 160
"""Characters of a title or URL in a line."""
_ARGUMENTS = (
    ("chapter_links", "the links to the chapters, in reading order"),
    ("part_headings", "the headings of parts"),
    ("pdf_link", "the PDF's link on a chapter's page"),
    ("contents_link", "the link to the contents page"),
    ("next_page", "the link to the next page of the contents"),
)


def describe_rest(found: FoundContents) -> list[str]:
    """Return lines on what was left out beside the chapters and why, and how to correct it."""
    return [*_left_out(found.left_out), *_notes(found), *_corrections()]


def _left_out(left_out: list[LeftOut]) -> Iterator[str]:
    if left_out:
        yield "Left out:"
    for each in left_out:
        decides = f"; {each.argument} decides otherwise" if each.argument else ""
        yield f"  {_short(each.text)}  {_short(each.url or 'no link')}: {_short(each.why)}{decides}"


def _notes(found: FoundContents) -> Iterator[str]:
    for note in found.notes:
        yield f"Note: {_short(note, 400)}"


def _corrections() -> Iterator[str]:
    yield "If this is not the book, these arguments say what is meant, each a CSS selector:"
    for name, meaning in _ARGUMENTS:
        yield f"  -a {name}=…  {meaning}"


def _short(text: str, longest: int = _LONGEST) -> str:
    return clip(fold(text), longest)
