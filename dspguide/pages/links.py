"""Links: as they stand on pages, chosen by CSS selectors, to frames and to further pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from cssselect import SelectorError

from dspguide.errors import BadArgumentError, UnexpectedPageError
from dspguide.pages.kinds import file_format
from dspguide.pages.text import fold, regex
from dspguide.urls import PageKey, follow, page_key, same_page, same_site

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scrapy.http import TextResponse

    from dspguide.pages.model import Selectors

Element: TypeAlias = Any
"""An element of lxml, which has no types."""

_CONTENTS_FRAME = "contents|toc|menu|nav|index|left|chapter|list|inhalt"
_NEXT = (
    r"\W*(?:next(?: page| \d+)?|more chapters|older entries|"
    r"page \d{1,3}(?: of \d+)?|nächste(?: seite)?|weiter|suivante?|page suivante|siguiente|"
    r"página siguiente|avanti|volgende|далее|下一页|次へ|次のページ)\W*|\d{1,3}|[»›→>]+"
)


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
        says = regex(r"\bpdf\b", re.IGNORECASE).search(self.text)
        return self.is_pdf or (self.other_format is None and bool(says))


def base_url(page: TextResponse) -> str:
    """Return what relative links on a page are relative to."""
    href = page.xpath("//base/@href").get()
    return (href and follow(href, page.url)) or page.url


def select(page: TextResponse, css: str, argument: str) -> list[Element]:
    """Return the elements that a selector chooses, in the page's order.

    Raises BadArgumentError where it is no CSS.
    """
    try:
        return [node.root for node in page.css(css) if not isinstance(node.root, str)]
    except (SelectorError, ValueError) as error:
        raise BadArgumentError(f"{argument}={css}: this is no CSS selector: {error}") from error


def select_url(page: TextResponse, css: str, argument: str) -> str | None:
    """Return the URL of the first link that a selector chooses; None where it chooses none.

    Raises BadArgumentError where it is no CSS, UnexpectedPageError where two links differ.
    """
    urls: list[str] = []
    for element in select(page, css, argument):
        link = link_element(element)
        values = () if link is None else map(link.get, ("href", "value", "src", "data"))
        href = next(filter(None, values), None)
        url = href and follow(href, base_url(page))
        if url is not None and not any(same_page(url, other) for other in urls):
            urls.append(url)
    if len(urls) > 1:
        raise UnexpectedPageError(
            f"{page.url}: {argument}={css} chooses {len(urls)} different links, {urls[0]} and "
            f"{urls[1]} among them; it should choose one."
        )
    return urls[0] if urls else None


def link_element(element: Element) -> Element | None:
    """Return the link that an element is, holds or stands in."""
    if element.tag in {"link", "frame"}:
        return element
    # iter() begins with the element itself
    inside = next(element.iter("a", "area", "option", "iframe", "embed", "object"), None)
    return inside if inside is not None else next(element.iterancestors("a"), None)


def other_page(page: TextResponse, css: str, argument: str) -> str | None:
    """Return the URL that a selector chooses, as `select_url` does; None where it is this page."""
    url = select_url(page, css, argument)
    return None if url is None or same_page(url, page.url) else url


def next_contents_url(page: TextResponse, selectors: Selectors) -> str | None:
    """Return where the contents go on, as the selector `next_page` says; None at their end.

    Raises BadArgumentError, UnexpectedPageError as `select_url` does.
    """
    css = selectors.next_page
    return None if css is None else other_page(page, css, "next_page")


def _frames(page: TextResponse) -> dict[PageKey, tuple[str, str]]:
    """Return the URLs that the frames of a page show, each once, with what they are called."""
    base = base_url(page)
    found: dict[PageKey, tuple[str, str]] = {}
    for node in page.xpath("//frame[@src] | //iframe[@src]"):
        url = follow(node.attrib["src"], base)
        if url is not None and not same_page(url, page.url):
            called = " ".join(node.attrib.get(k, "") for k in ("name", "id", "title", "src"))
            found.setdefault(page_key(url), (url, called))
    return found


def frame_urls(page: TextResponse) -> list[str]:
    """Return what the frames of a page show, each URL once."""
    return [url for url, _ in _frames(page).values()]


def find_frame_url(page: TextResponse) -> str | None:
    """Return the frame that the contents are in, for a page without links of its own.

    None where there is no frame, or where several could be meant: `read_contents` names them.
    """
    if page.xpath("//a[@href][not(ancestor::noframes)]"):
        return None
    frames = list(_frames(page).values())
    if len(frames) > 1:
        frames = [f for f in frames if regex(_CONTENTS_FRAME, re.IGNORECASE).search(f[1])]
    return frames[0][0] if len(frames) == 1 else None


def unfollowed_page(pages: Sequence[TextResponse], chapters: Collection[PageKey]) -> str | None:
    """Return a page that the contents seem to go on at, although no selector leads there.

    A link "next" on a book's contents page often leads to the first chapter; that is no such page.
    """
    known = {page_key(page.url) for page in pages}.union(chapters)
    for page in pages:
        base = base_url(page)
        for node in page.xpath("//a[@href] | //link[@href][contains(@rel, 'next')]"):
            element = node.root
            text = fold(" ".join(element.itertext()))[:40] if element.tag == "a" else ""
            relation = (element.get("rel") or "").lower().split()
            if "next" not in relation and not regex(_NEXT, re.IGNORECASE).fullmatch(text):
                continue
            url = follow(element.get("href") or "", base)
            if url is None or page_key(url) in known or not same_site(url, page.url):
                continue
            if not regex(r"\d{1,3}").fullmatch(text) or _without_numbers(url) == _without_numbers(
                page.url
            ):
                return url
    return None


def _without_numbers(url: str) -> str:
    """Return what the URLs of all pages of one text have in common: they differ in a number."""
    path = regex(r"\d+").sub("", url.partition("?")[0])
    return path.rstrip("/").removesuffix("/page")
