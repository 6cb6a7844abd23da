"""Links as they stand on pages, and those that CSS selectors choose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from cssselect import SelectorError

from dspguide.errors import BadArgumentError, UnexpectedPageError
from dspguide.pages.kinds import file_format
from dspguide.pages.text import regex
from dspguide.urls import PageKey, follow, page_key, same_page

if TYPE_CHECKING:
    from scrapy.http import TextResponse

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
