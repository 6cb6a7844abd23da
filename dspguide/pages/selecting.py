"""What CSS selectors choose, with errors that name the argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cssselect import SelectorError

from dspguide.errors import BadArgumentError, UnexpectedPageError
from dspguide.pages.rows import base_url
from dspguide.urls import follow, same_page

if TYPE_CHECKING:
    from scrapy.http import TextResponse

    from dspguide.pages.lines import Element

_LINK_ATTRIBUTES = ("href", "value", "src", "data")
_LINKS = frozenset(["a", "area", "link", "option", "iframe", "frame", "embed", "object"])


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
        url = link_url(page, element)
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
    if element.tag in _LINKS:
        return element
    inside = next(element.iter("a", "area", "option", "iframe", "embed", "object"), None)
    return inside if inside is not None else next(element.iterancestors("a"), None)


def link_url(page: TextResponse, element: Element) -> str | None:
    """Return the URL that an element leads to."""
    link = link_element(element)
    if link is None:
        return None
    href = next((value for name in _LINK_ATTRIBUTES if (value := link.get(name))), None)
    return href and follow(href, base_url(page))
