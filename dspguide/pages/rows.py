"""A page as the lines that a reader sees; one pass, in time that grows with its size alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from dspguide.pages import tags
from dspguide.pages.lines import Element, Link, Row
from dspguide.pages.text import fold
from dspguide.urls import extension, follow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from scrapy.http import TextResponse


@dataclass(slots=True)
class _Block:
    """What holds for all that is inside an element."""

    shape: int
    container: Element
    item: Element | None = None
    table_row: Element | None = None
    parent: Row | None = None
    rank: int | None = None
    in_navigation: bool = False


class RowReader:
    """Reads pages that belong together: the same markup has the same shape on all of them."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[int, str], int] = {}

    def read(self, page: TextResponse, headings: Collection[Element] = ()) -> list[Row]:
        """Return the rows of a page; `headings` are what the selector of part headings chose."""
        root = page.selector.root
        return [] if root is None else _PageReader(page, root, self._shapes, headings).rows()


class _PageReader:
    def __init__(
        self,
        page: TextResponse,
        root: Element,
        shapes: dict[tuple[int, str], int],
        headings: Collection[Element],
    ) -> None:
        self._url = page.url
        self._base = base_url(page)
        self._root = root
        self._shapes = shapes
        self._headings = set(headings)
        self._chosen = 0
        self._rows: list[Row] = []
        self._blocks = [_Block(0, root)]
        self._item_rows: dict[Element, Row] = {}
        """The first row of each list item that is open, or of a term of a definition list."""
        self._term: Row | None = None
        self._pieces: list[str | Link] = []
        self._bold = 0
        self._plain_text = False
        self._link: Element | None = None
        self._link_text: list[str] = []
        self._link_alt: list[str] = []

    def rows(self) -> list[Row]:
        skipped = 0
        for event, element in etree.iterwalk(self._root, events=("start", "end", "comment", "pi")):
            if event in {"comment", "pi"}:
                self._add_text("" if skipped else element.tail)
            elif event == "start":
                skipped += element.tag in tags.SKIPPED
                if not skipped:
                    self._start(element)
            else:
                if not skipped:
                    self._end(element)
                skipped -= element.tag in tags.SKIPPED
                self._add_text("" if skipped else element.tail)
        self._flush()
        return self._rows

    def _start(self, element: Element) -> None:
        tag = element.tag
        if self._link is not None and (tag == "a" or tag in tags.ITEMS):
            self._close_link()  # left open by the page
        if tag in tags.BLOCKS:
            self._break()
        elif tag == "br":
            if (self._blocks[-1].rank or 1) in tags.ONE_LINE_RANKS:
                self._add_text(" ")
            else:
                self._break()
        if tag in tags.BLOCKS:
            self._blocks.append(self._block(element, tag))
        self._chosen += element in self._headings
        self._bold += tag in tags.BOLD
        if (tag == "a" and element.get("href") is not None) or tag == "option":
            self._link, self._link_text, self._link_alt = element, [], []
        elif tag == "area":
            self._add_area(element)
        elif tag == "img":
            self._link_alt.append(element.get("alt") or "")
        elif tag == "optgroup":
            self._rows.append(self._row([fold(element.get("label") or "")], rank=tags.GROUP_RANK))
        self._add_text(element.text)

    def _end(self, element: Element) -> None:
        tag = element.tag
        if element is self._link:
            self._close_link()
        if tag in tags.BLOCKS:
            self._break()
            self._blocks.pop()
            self._item_rows.pop(element, None)
        self._bold -= tag in tags.BOLD
        self._chosen -= element in self._headings

    def _block(self, element: Element, tag: str) -> _Block:
        outer = self._blocks[-1]
        name = tags.ONE_SHAPE.get(tag, tag)
        shape = outer.shape
        if name:
            shape = self._shapes.setdefault((outer.shape, name), len(self._shapes) + 1)
        block = _Block(shape, outer.container, outer.item, outer.table_row, outer.parent)
        block.in_navigation = outer.in_navigation or _is_navigation(element, tag)
        block.rank = tags.RANKS.get(
            tag, None if tag in tags.ITEMS or tag in tags.LISTS else outer.rank
        )
        if tag in tags.LISTS:
            block.container = element
            if outer.item is not None:
                block.parent = self._item_rows.get(outer.item, outer.parent)
                if block.parent is not None and block.parent.item is outer.item:
                    block.parent.holds_list = True
        elif tag == "tr":
            block.table_row = element
        elif outer.item is None and outer.container.tag not in tags.LISTS:
            block.container = outer.container if tag in tags.RANKS or tag == "p" else element
        if tag in tags.ITEMS:
            block.item = element
            if tag == "dd" and self._term is not None:
                block.parent = self._term
        return block

    def _add_area(self, element: Element) -> None:
        text = fold(element.get("alt") or element.get("title") or "")
        self._flush()
        self._pieces.append(self._make_link(element, element.get("href") or "", text))
        self._flush()

    def _add_text(self, text: str | None) -> None:
        if not text:
            return
        if self._link is not None:
            self._link_text.append(text)
        else:
            self._pieces.append(text)
        if not self._bold and not text.isspace():
            self._plain_text = True

    def _break(self) -> None:
        """End the line, or separate words where a link goes on over it."""
        if self._link is not None:
            self._link_text.append(" ")
        else:
            self._flush()

    def _close_link(self) -> None:
        element, self._link = self._link, None
        assert element is not None  # noqa: S101  # for the type checker: both callers have looked
        text = fold("".join(self._link_text)) or fold(" ".join(self._link_alt))
        text = text or fold(element.get("title") or "")
        if element.tag == "option":
            href = (element.get("value") or "").strip()
            if "/" not in href and "." not in href:  # a word for a script
                self._pieces.append(text)
                return
        else:
            href = element.get("href") or ""
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
        pieces, plain_text = self._pieces, self._plain_text
        self._pieces, self._plain_text = [], False
        folded = list(_joined(pieces))
        if not any(isinstance(piece, Link) or piece.strip() for piece in folded):
            return
        row = self._row(folded, None if plain_text else tags.BOLD_RANK)
        self._rows.append(row)

    def _row(self, pieces: list[str | Link], rank: int | None) -> Row:
        block = self._blocks[-1]
        row = Row(
            pieces,
            self._url,
            block.shape,
            block.container,
            block.item,
            block.parent,
            block.rank or rank,
            block.in_navigation,
            self._chosen > 0,
        )
        if block.item is not None:
            if block.table_row is not None and block.item.tag in {"td", "th"}:
                row.cell = (block.table_row, block.item)
            self._item_rows.setdefault(block.item, row)
            if block.item.tag == "dt":
                self._term = row
        return row


def base_url(page: TextResponse) -> str:
    """Return what relative links on a page are relative to."""
    href = page.xpath("//base/@href").get()
    return (href and follow(href, page.url)) or page.url


def _joined(pieces: list[str | Link]) -> Iterator[str | Link]:
    """Yield the pieces with neighbouring texts as one."""
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        yield " ".join("".join(texts).split())
        texts = []
        yield piece
    yield " ".join("".join(texts).split())


def _is_navigation(element: Element, tag: str) -> bool:
    if tag in tags.NAVIGATION:
        return True
    if tag == "body":  # its class says what the page has, not what it is
        return False
    names = f"{element.get('id') or ''} {element.get('class') or ''}".lower()
    return any(name in names for name in tags.NAVIGATION_NAMES)
