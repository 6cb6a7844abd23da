"""The way to the contents: from the home page, out of a frame, and on to their next page."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from dspguide.pages.links import base_url, select, select_url
from dspguide.pages.rows import read_rows
from dspguide.pages.text import fold, regex
from dspguide.urls import follow, page_key, same_page, same_site

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scrapy.http import TextResponse

    from dspguide.pages.links import Link
    from dspguide.pages.model import Selectors
    from dspguide.urls import PageKey

_CHAPTERS = (
    r".*?(?:\b(?:chapters|table of contents|kapitel(?:übersicht)?|inhaltsverzeichnis|chapitres|"
    r"table des matières|capítulos|índice general|оглавление|содержание)\b|目次|目录).*"
)
_CONTENTS = r"\W*(?:contents|toc|inhalt|sommaire|índice|indice|inhoud)\W*"
_CONTENTS_FRAME = "contents|toc|menu|nav|index|left|chapter|list|inhalt"
_NEXT = (
    r"\W*(?:next(?: page| \d+)?|more chapters|older entries|"
    r"page \d{1,3}(?: of \d+)?|nächste(?: seite)?|weiter|suivante?|page suivante|siguiente|"
    r"página siguiente|avanti|volgende|далее|下一页|次へ|次のページ)\W*|\d{1,3}|[»›→>]+"
)


def find_contents_url(page: TextResponse, selectors: Selectors) -> str | None:
    """Return the contents page that a home page links to; None where that is the page itself.

    The selector `contents_link` decides; else the link is known by its words ("The Book by
    Chapters"), and where several pages answer to that, the one linked most often is meant. A page
    on which `chapter_links` chooses something is the contents page.

    Raises BadArgumentError, UnexpectedPageError as `select_url` does.
    """
    if selectors.contents_link is not None:
        return _other_page(page, selectors.contents_link, "contents_link")
    css = selectors.chapter_links
    if css is not None and select(page, css, "chapter_links"):
        return None
    links = [link for row in read_rows(page) for link in row.links if _is_page_of(link, page)]
    for words in (_CHAPTERS, _CONTENTS):
        found = [link for link in links if regex(words, re.IGNORECASE).fullmatch(link.text)]
        often = Counter(link.key for link in found)
        best = max(found, key=lambda link: often[link.key], default=None)
        if best is not None:
            return best.url
    return None


def next_contents_url(page: TextResponse, selectors: Selectors) -> str | None:
    """Return where the contents go on, as the selector `next_page` says; None at their end.

    Raises BadArgumentError, UnexpectedPageError as `select_url` does.
    """
    css = selectors.next_page
    return None if css is None else _other_page(page, css, "next_page")


def _other_page(page: TextResponse, css: str, argument: str) -> str | None:
    url = select_url(page, css, argument)
    return None if url is None or same_page(url, page.url) else url


def _is_page_of(link: Link, page: TextResponse) -> bool:
    """Tell whether a link leads to another page of the same site, no file."""
    if link.url is None or link.says_pdf or link.other_format is not None:
        return False
    return same_site(link.url, page.url) and not same_page(link.url, page.url)


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
