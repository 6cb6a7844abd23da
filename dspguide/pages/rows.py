"""A page as the lines that a reader sees; one pass, in time that grows with its size alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from lxml import etree

from dspguide.pages.links import Element, Link, base_url
from dspguide.pages.text import fold
from dspguide.urls import extension, follow

if TYPE_CHECKING:
    from collections.abc import Collection

    from scrapy.http import TextResponse


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main "
    "map menu dir nav noframes noscript object ol optgroup option p pre section select summary "
    "table tbody td tfoot th thead tr ul"
)
_SKIPPED = _names("script style title template textarea svg iframe button")
_LISTS = _names("ul ol menu dir dl table select map")
_ITEMS = _names("li dt dd td th option")
_BOLD = _names("b strong big th")
_NAVIGATION = _names("nav footer header aside")
_NAVIGATION_NAMES = _names("nav menu footer header sidebar breadcrumb pagination")
"""Pieces of the classes and ids that elements have which hold a site's own links."""
_ONE_SHAPE = {"th": "td"} | dict.fromkeys(("ol", "menu", "dir"), "ul")
_NO_SHAPE = _names("thead tbody tfoot")
"""Elements that many pages leave out."""

GROUP_RANK, PART_RANK, BOLD_RANK = 7, 8, 9
"""How high other lines stand as headings, below h6: captions and the like; lines that say "Part"
and list items above a list; bold lines."""
_RANKS = {f"h{rank}": rank for rank in range(1, 7)} | dict.fromkeys(
    ("caption", "legend", "summary"), GROUP_RANK
)


@dataclass(eq=False)
class _Block:
    """What holds for all that is inside an element."""

    shape: int
    """Equal for what is below the same kinds of elements."""
    container: Element
    """The list, the table or the block that holds a row and its neighbours."""
    item: Element | None = None
    """The list item or table cell."""
    table_row: Element | None = None
    parent: Row | None = None
    """The row of the list item around the list."""
    rank: int | None = None
    """How high it stands as a heading, 1 for the highest; None for what is no heading."""
    in_navigation: bool = False


@dataclass(eq=False, kw_only=True)
class Row(_Block):
    """A line of a page."""

    pieces: list[str | Link]
    chosen_heading: bool
    """Whether the selector of part headings chose it."""
    order: int = 0
    """Place in reading order, over all pages."""
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

    @property
    def cell(self) -> tuple[Element, Element] | None:
        """Table row and cell, where the row stands directly in one."""
        in_cell = self.item is not None and self.item.tag in {"td", "th"}
        return (self.table_row, self.item) if in_cell and self.table_row is not None else None

    @property
    def listed(self) -> bool:
        """Whether its neighbours are the items of a list, rather than lines of text."""
        return self.container.tag in _LISTS

    @cached_property
    def text(self) -> str:
        """All of the line."""
        return fold(" ".join(p if isinstance(p, str) else p.text for p in self.pieces))


def read_rows(
    page: TextResponse,
    headings: Collection[Element] = (),
    shapes: dict[tuple[int, str], int] | None = None,
) -> list[Row]:
    """Return the rows of a page; `headings` are what the selector of part headings chose.

    Pages that belong together share `shapes`: the same markup has the same shape on all of them.
    """
    root, shapes = page.selector.root, {} if shapes is None else shapes
    return [] if root is None else _PageReader(page, root, headings, shapes).rows()


class _PageReader:
    def __init__(
        self,
        page: TextResponse,
        root: Element,
        headings: Collection[Element],
        shapes: dict[tuple[int, str], int],
    ) -> None:
        self._url, self._base, self._root = page.url, base_url(page), root
        self._headings, self._shapes = set(headings), shapes
        self._rows: list[Row] = []
        self._blocks = [_Block(0, root)]
        self._item_rows: dict[Element, Row] = {}
        """The first row of each list item that is open."""
        self._term: Row | None = None
        """The row of the last term of a definition list."""
        self._pieces: list[str | Link] = []
        self._bold = self._chosen = 0
        self._plain_text = False
        self._link: Element | None = None
        self._link_text: list[str] = []
        self._link_alt: list[str] = []

    def rows(self) -> list[Row]:
        skipped = 0
        for event, element in etree.iterwalk(self._root, events=("start", "end", "comment", "pi")):
            if event == "start":
                skipped += element.tag in _SKIPPED
                if not skipped:
                    self._start(element)
                continue
            if event == "end":
                if not skipped:
                    self._end(element)
                skipped -= element.tag in _SKIPPED
            self._add_text("" if skipped else element.tail)
        self._flush()
        return self._rows

    def _start(self, element: Element) -> None:
        tag = element.tag
        if self._link is not None and (tag == "a" or tag in _ITEMS):
            self._close_link(self._link)  # left open by the page
        if tag in BLOCKS:
            self._break()
            self._blocks.append(self._block(element, tag))
        elif tag == "br":
            # A heading is one, whatever breaks are in it; a page's first may have title and author.
            if 1 < (self._blocks[-1].rank or 0) < GROUP_RANK:
                self._add_text(" ")
            else:
                self._break()
        self._chosen += element in self._headings
        self._bold += tag in _BOLD
        if (tag == "a" and element.get("href") is not None) or tag == "option":
            self._link, self._link_text, self._link_alt = element, [], []
        elif tag == "area":
            self._flush()
            text = fold(element.get("alt") or element.get("title") or "")
            self._pieces.append(self._make_link(element, element.get("href") or "", text))
            self._flush()
        elif tag == "img":
            self._link_alt.append(element.get("alt") or "")
        elif tag == "optgroup":
            self._add_row([fold(element.get("label") or "")], GROUP_RANK)
        self._add_text(element.text)

    def _end(self, element: Element) -> None:
        if element is self._link:
            self._close_link(element)
        if element.tag in BLOCKS:
            self._break()
            self._blocks.pop()
            self._item_rows.pop(element, None)
        self._bold -= element.tag in _BOLD
        self._chosen -= element in self._headings

    def _block(self, element: Element, tag: str) -> _Block:
        outer = self._blocks[-1]
        block = _Block(outer.shape, outer.container, outer.item, outer.table_row, outer.parent)
        if tag not in _NO_SHAPE:
            name = _ONE_SHAPE.get(tag, tag)
            block.shape = self._shapes.setdefault((outer.shape, name), len(self._shapes) + 1)
        block.in_navigation = outer.in_navigation or _is_navigation(element, tag)
        block.rank = _RANKS.get(tag, None if tag in _ITEMS or tag in _LISTS else outer.rank)
        if tag in _LISTS:
            block.container = element
            if outer.item is not None:
                block.parent = self._item_rows.get(outer.item, outer.parent)
                if block.parent is not None and block.parent.item is outer.item:
                    block.parent.holds_list = True
        elif tag == "tr":
            block.table_row = element
        elif outer.item is None and outer.container.tag not in _LISTS:
            block.container = outer.container if tag in _RANKS or tag == "p" else element
        if tag in _ITEMS:
            block.item = element
            if tag == "dd" and self._term is not None:
                block.parent = self._term
        return block

    def _add_text(self, text: str | None) -> None:
        if text:
            (self._pieces if self._link is None else self._link_text).append(text)
            if not self._bold and not text.isspace():
                self._plain_text = True

    def _break(self) -> None:
        """End the line, or separate words where a link goes on over it."""
        if self._link is not None:
            self._link_text.append(" ")
        else:
            self._flush()

    def _close_link(self, element: Element) -> None:
        self._link = None
        text = fold("".join(self._link_text)) or fold(" ".join(self._link_alt))
        text = text or fold(element.get("title") or "")
        href = element.get("value" if element.tag == "option" else "href") or ""
        if element.tag == "option" and "/" not in href and "." not in href:  # a word for a script
            self._pieces.append(text)
        else:
            self._pieces.append(self._make_link(element, href, text))

    def _make_link(self, element: Element, href: str, text: str) -> Link:
        url = follow(href, self._base) if href.strip() else None
        if element.tag == "a" and not href.strip():
            url = follow(self._url, self._url)
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        saved_as = (element.get("download") or "").lower()
        is_pdf = kind == "application/pdf" or saved_as.endswith(".pdf")
        is_pdf = is_pdf or (url is not None and extension(url) == "pdf")
        return Link(element, fold(href), url, text, is_pdf)

    def _flush(self) -> None:
        if not self._pieces:
            return
        pieces: list[str | Link] = []
        for kind, run in groupby(self._pieces, key=type):
            if kind is Link:
                pieces.extend(run)
            else:
                pieces.append(" ".join("".join(map(str, run)).split()))
        if any(pieces):
            self._add_row(pieces, None if self._plain_text else BOLD_RANK)
        self._pieces, self._plain_text = [], False

    def _add_row(self, pieces: list[str | Link], rank: int | None) -> None:
        block = self._blocks[-1]
        row = Row(**vars(block), pieces=pieces, chosen_heading=self._chosen > 0)
        row.rank = block.rank or rank
        self._rows.append(row)
        if block.item is not None:
            self._item_rows.setdefault(block.item, row)
            if block.item.tag == "dt":
                self._term = row


def _is_navigation(element: Element, tag: str) -> bool:
    if tag in _NAVIGATION:
        return True
    if tag == "body":  # its class says what the page has, not what it is
        return False
    names = f"{element.get('id') or ''} {element.get('class') or ''}".lower()
    return any(name in names for name in _NAVIGATION_NAMES)
