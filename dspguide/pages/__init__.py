"""What the pages of a site say: plain values out of HTML."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse, JsonResponse, TextResponse

from dspguide.errors import UnexpectedPageError
from dspguide.pages import contents
from dspguide.pages.contents import BookFacts
from dspguide.pages.contents import has_end as has_end


class Selectors(NamedTuple):
    contents_link: Any
    chapter_links: Any
    pdf_link: Any
    part_headings: Any
    next_page: Any


class Found(NamedTuple):
    number: Any
    title: Any
    part: Any
    url: Any
    sections: Any
    is_pdf: bool


class FoundContents(NamedTuple):
    chapters: Any
    notes: Any


def read_book_info(page: Any) -> BookFacts:
    return contents.book_facts(page)


def find_contents_url(page: Any, selectors: Any, *, allowed: Any) -> Any:
    return contents.find_contents_url(page)


def next_contents_url(page: Any, selectors: Any) -> Any:
    return None


def read_contents(pages: Any, selectors: Any, *, allowed: Any) -> Any:
    return FoundContents(
        [
            Found(c.number, c.title, c.part, c.page_url, c.sections, False)
            for c in contents.read_chapters(pages[-1])
        ],
        [],
    )


def find_pdf_url(page: Any, selectors: Any, *, allowed: Any) -> Any:
    return contents.find_pdf_url(page)


def is_in_domains(url: str, domains: Any) -> bool:
    host = urlsplit(url).hostname or ""
    return any(host == d or host.endswith("." + d) for d in domains)


def as_html(response: Any) -> TextResponse:
    """Return a page to be read as HTML, also where it claims to be XML or plain text.

    Raises UnexpectedPageError.
    """
    if not isinstance(response, TextResponse) or isinstance(response, JsonResponse):
        kind = (response.headers.get("Content-Type") or b"no type").decode("latin-1")
        raise UnexpectedPageError(f"{response.url} should be a web page and is {kind}.")
    return response if isinstance(response, HtmlResponse) else response.replace(cls=HtmlResponse)


BookInfo = BookFacts
