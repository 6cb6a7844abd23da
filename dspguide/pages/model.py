"""What is found on pages: plain values, no markup; and how a dry run shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dspguide.pages.text import clip, fold

if TYPE_CHECKING:
    from dspguide.items import Chapter

_CORRECTIONS = {
    "chapter_links": "the links to the chapters, in reading order",
    "part_headings": "the headings of parts",
    "pdf_link": "the PDF's link on a chapter's page",
    "contents_link": "the link to the contents page",
    "next_page": "the link to the next page of the contents",
}


@dataclass(frozen=True)
class Selectors:
    """CSS that decides what would else be found by the shape of the pages; None: by the shape.

    The names are those of BookSpider's attributes and of the arguments of `scrapy crawl book`.
    """

    contents_link: str | None = None
    chapter_links: str | None = None
    pdf_link: str | None = None
    part_headings: str | None = None
    next_page: str | None = None


@dataclass(frozen=True)
class BookInfo:
    """What a page says of the book as a whole."""

    title: str
    author: str | None
    language: str
    """A BCP 47 tag; "en" where the page names none, "und" where it names no language."""


@dataclass(frozen=True)
class LeftOut:
    """Something that is linked where the chapters are and was taken for none."""

    text: str
    url: str | None
    why: str


@dataclass(frozen=True)
class FoundContents:
    """The chapters in reading order, and what else was seen there."""

    chapters: list[Chapter]
    left_out: list[LeftOut]
    notes: list[str]
    """Sentences on what was settled, such as a listing that lacked a chapter."""


def describe_rest(found: FoundContents) -> list[str]:
    """Return lines on what was left out beside the chapters and why, and how to correct it."""
    lines = ["Left out:"] if found.left_out else []
    for each in found.left_out:
        text, url, why = (_short(piece) for piece in (each.text, each.url or "no link", each.why))
        lines.append(f"  {text}  {url}: {why}; chapter_links decides otherwise")
    lines.extend(f"Note: {_short(note, 400)}" for note in found.notes)
    lines.append("If this is not the book, these arguments say what is meant, each a CSS selector:")
    lines.extend(f"  -a {name}=…  {meaning}" for name, meaning in _CORRECTIONS.items())
    return lines


def _short(text: str, longest: int = 160) -> str:
    return clip(fold(text), longest)
