"""Contents that go on over several pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.pages.rows import base_url
from dspguide.pages.selecting import select_url
from dspguide.pages.text import fold
from dspguide.urls import follow, host, page_key, same_page, same_site

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scrapy.http import TextResponse

    from dspguide.pages.model import Selectors
    from dspguide.urls import PageKey

_NEXT = re.compile(
    r"\W*(?:next(?: page| \d+)?|more chapters|older entries|"
    r"page \d{1,3}(?: of \d+)?|nächste(?: seite)?|weiter|suivante?|page suivante|siguiente|"
    r"página siguiente|avanti|volgende|далее|下一页|次へ|次のページ)\W*|\d{1,3}|[»›→>]+",
    re.IGNORECASE,
)
_PLAIN_NUMBER = re.compile(r"\d{1,3}")
_NUMBER_IN_URL = re.compile(r"\d+")


def next_contents_url(page: TextResponse, selectors: Selectors) -> str | None:
    """Return where the contents go on, as the selector `next_page` says; None at their end.

    Raises BadArgumentError, UnexpectedPageError as `select_url` does.
    """
    if selectors.next_page is None:
        return None
    url = select_url(page, selectors.next_page, "next_page")
    return None if url is None or same_page(url, page.url) else url


def unfollowed_page(
    pages: Sequence[TextResponse], chapters: Collection[PageKey | None]
) -> str | None:
    """Return a page that the contents seem to go on at, although no selector leads there.

    A link "next" on a book's contents page often leads to the first chapter; that is no such page.
    """
    known: set[PageKey | None] = {page_key(page.url) for page in pages}
    known.update(chapters)
    for page in pages:
        base = base_url(page)
        for node in page.xpath("//a[@href] | //link[@href][contains(@rel, 'next')]"):
            element = node.root
            text = fold(" ".join(element.itertext()))[:40] if element.tag == "a" else ""
            relation = (element.get("rel") or "").lower().split()
            if "next" not in relation and not _NEXT.fullmatch(text):
                continue
            url = follow(element.get("href") or "", base)
            if url is None or page_key(url) in known or not same_site(url, page.url):
                continue
            if not _PLAIN_NUMBER.fullmatch(text) or _is_numbered_page(url, page.url):
                return url
    return None


def _is_numbered_page(url: str, page: str) -> bool:
    """Tell whether a URL is that of another page of the same contents: they differ in a number."""
    if host(url) != host(page):
        return False
    without = [_NUMBER_IN_URL.sub("", each.partition("?")[0]).rstrip("/") for each in (url, page)]
    return without[0].removesuffix("/page") == without[1].removesuffix("/page")
