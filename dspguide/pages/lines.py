"""The lines of a page and their links, as a reader sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from dspguide.pages.kinds import file_format
from dspguide.pages.text import fold
from dspguide.urls import PageKey, page_key

_SAYS_PDF = re.compile(r"\bpdf\b", re.IGNORECASE)

Element: TypeAlias = Any
"""An element of lxml, which has no types."""


@dataclass(frozen=True, eq=False)
class Link:
    """A link as it stands on a page."""

    element: Element
    href: str
    """As the page has it, in one line."""
    url: str | None
    """None where there is nothing to ask for: mailto:, a bad port, an empty drop-down value."""
    text: str
    is_pdf: bool
    """By its URL, its type attribute or the name to save it under."""

    @cached_property
    def key(self) -> PageKey | None:
        """What is equal for all links to one place; None where it leads nowhere."""
        return None if self.url is None else page_key(self.url)

    @cached_property
    def other_format(self) -> str | None:
        """What it leads to by its ending, where that is neither a page nor a PDF."""
        return None if self.url is None else file_format(self.url)

    @cached_property
    def says_pdf(self) -> bool:
        """Whether it says in any way that it leads to a PDF."""
        return self.is_pdf or (self.other_format is None and bool(_SAYS_PDF.search(self.text)))


@dataclass(eq=False)
class Row:
    """A line of a page."""

    pieces: list[str | Link]
    page: str
    """The page's URL."""
    shape: int
    """Equal for rows below the same kinds of elements."""
    container: Element
    """The list, the table or the block that holds this row and its neighbours."""
    item: Element | None
    """The list item or table cell, if the row is in one."""
    parent: Row | None
    """The row of the list item around the list that this row is in."""
    rank: int | None
    """How high it stands as a heading, 1 for the highest; None for what is no heading."""
    in_navigation: bool
    chosen_heading: bool
    """Whether the selector of part headings chose it."""
    order: int = 0
    """Place in reading order, over all pages."""
    cell: tuple[Element, Element] | None = None
    """Table row and cell, where the row stands directly in one."""
    holds_list: bool = False
    """Whether it is a list item with a list of its own."""
    merged: Row | None = None
    """The row that this one became a piece of."""
    links: list[Link] = field(init=False)

    def __post_init__(self) -> None:
        self.links = [piece for piece in self.pieces if isinstance(piece, Link)]

    @property
    def above(self) -> Row | None:
        """The row of the list item around the list that this row is in."""
        return self.parent and (self.parent.merged or self.parent)

    @cached_property
    def text(self) -> str:
        """All of the line."""
        return fold(" ".join(p if isinstance(p, str) else p.text for p in self.pieces))
