"""What a spider says about the book, and what the pipelines add to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter

from dspguide.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Section:
    """A section of a chapter; page numbers are filled in once the chapter's PDF has been read."""

    title: str
    url: str | None = None
    level: int = 1
    """1 for a section, 2 for a subsection, …"""
    page: int | None = None
    """Page of the chapter's PDF on which the section begins, counted from 1."""
    printed_page: str | None = None
    """The number printed on that page."""


def _plain(sections: list[Section]) -> list[dict[str, str | int | None]]:
    """Return sections as Scrapy's exporters can write them, XML as elements."""
    return [asdict(section) for section in sections]


@dataclass
class Chapter:
    """One chapter: an item of the crawl and a record of the manifest.

    A recipe gives the title and a URL, and what else it knows; the rest is filled in by the spider
    and the pipelines.
    """

    number: str | None
    """As the site writes it: "7", "A", "IV"; None where it writes none."""
    title: str
    part: str | None = None
    page_url: str | None = None
    """The page that links the PDF; None where the contents page itself does."""
    pdf_url: str | None = None
    position: int = 0
    """The chapter's place in the book, counted from 1."""
    file: str | None = None
    """Path below the book's folder in FILES_STORE."""
    bytes: int | None = None
    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    pages: int | None = None
    first_page: int | None = None
    """Page of the book on which the chapter begins, counted from 1."""
    first_printed_page: str | None = None
    sections: list[Section] = field(default_factory=list, metadata={"serializer": _plain})
    status: str | None = None
    """`downloaded`, `unchanged`, `resumed` or `failed`; None in a dry run."""
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    attempts: int = 0
    """Requests made for the PDF in this run."""
    bytes_received: int = 0
    """Bytes of the PDF that came over the network in this run."""
    bytes_resumed: int = 0
    """Bytes that were on disk already and were not asked for again."""

    @property
    def url(self) -> str:
        """The chapter's identity: its page, or its PDF where it has no page of its own."""
        return self.page_url or self.pdf_url or ""

    @property
    def name(self) -> str:
        """What messages call the chapter."""
        return self.title if self.number is None else f"chapter {self.number}, {self.title}"


@dataclass(frozen=True)
class Contents:
    """The book as its contents page describes it, chapters in the order of that page."""

    title: str
    author: str | None
    language: str
    url: str
    chapters: tuple[Chapter, ...]
    """Those that this run is for."""
    count: int
    """Of all chapters that the page lists."""

    def of(self, chapters: tuple[Chapter, ...]) -> Contents:
        """Return the same book with only these of its chapters."""
        return replace(self, chapters=chapters)


def chapters_from_items(items: Sequence[Any]) -> tuple[Chapter, ...]:
    """Return the chapters that a recipe describes, by items of any kind that itemadapter knows.

    Each item is told its `position` where it can hold one. Raises RecipeError for what describes
    no chapter, and where there is none.
    """
    if not items:
        raise RecipeError("parse_contents() returned no chapter")
    return tuple(_chapter(item, position) for position, item in enumerate(items, start=1))


def _chapter(item: Any, position: int) -> Chapter:
    if not ItemAdapter.is_item(item):
        raise RecipeError(f"{item!r} is no item: give a Chapter, a dict or an attrs class")
    adapter = ItemAdapter(item)
    number, title = adapter.get("number"), adapter.get("title")
    if not title or not (adapter.get("page_url") or adapter.get("pdf_url")):
        raise RecipeError(f"{item!r} needs a title, and a page_url or a pdf_url")
    if isinstance(item, Chapter):
        chapter = item
    else:
        sections = [_section(section) for section in adapter.get("sections") or ()]
        known = {f.name: adapter[f.name] for f in fields(Chapter) if f.name in adapter}
        chapter = Chapter(**{"number": None, **known, "sections": sections})
    chapter.position = position
    chapter.number = None if number is None else str(number)
    fill_item(item, chapter)
    return chapter


def fill_item(item: Any, chapter: Chapter) -> None:
    """Write into an item what is known of its chapter, as far as the item has fields for it."""
    if item is chapter:
        return
    adapter = ItemAdapter(item)
    open_ended = isinstance(item, dict)
    for one in fields(Chapter):
        if open_ended or one.name in adapter.field_names():
            value = getattr(chapter, one.name)
            adapter[one.name] = _plain(value) if one.name == "sections" else value


def _section(value: Any) -> Section:
    if isinstance(value, Section):
        return value
    if isinstance(value, str):
        return Section(value)
    adapter = ItemAdapter(value)
    return Section(adapter["title"], adapter.get("url"), adapter.get("level") or 1)
