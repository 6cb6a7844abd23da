"""What the start page says: title, author and language of the book, and where its contents are."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from scrapy.http import Headers, HtmlResponse, JsonResponse, Response, TextResponse

from dspguide.errors import UnexpectedPageError
from dspguide.pages.links import other_page, select
from dspguide.pages.model import BookInfo
from dspguide.pages.rows import read_rows
from dspguide.pages.text import clip, fold, regex
from dspguide.urls import same_page, same_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.pages.links import Link
    from dspguide.pages.model import Selectors
    from dspguide.pages.rows import Row

_CHAPTERS = (
    r".*?(?:\b(?:chapters|table of contents|kapitel(?:übersicht)?|inhaltsverzeichnis|chapitres|"
    r"table des matières|capítulos|índice general|оглавление|содержание)\b|目次|目录).*"
)
_CONTENTS = r"\W*(?:contents|toc|inhalt|sommaire|índice|indice|inhoud)\W*"
_BYLINE = (
    r"(?:(?:written |edited )?by|von|par|por|di|автор:?)\s+(?P<author>[^\W\d_][^;|<>@]{1,150})"
)
_DEGREES = (
    r"(?:,|\s)\s*(?:ph\.?\s?d\.?|m\.?\s?d\.?|d\.?\s?phil\.?|dr\.?|m\.?\s?sc\.?|b\.?\s?sc\.?|jr\.?|esq\.?|"
    r"m\.?a\.?|prof\.?)(?=$|[\s,])"
)
_NO_NAME = r"\b(?:chapters?|click\w*|download\w*|using|default|e-?mail|the|this|mail)\b"
_GENERAL_TITLE = (
    r"\W*(?:home ?page|home|index(?: of .*)?|welcome|untitled.*|(?:table of )?contents|start|"
    r"new page.*|main|startseite|document|download)\W*"
)
_AUTHOR_NAMES = ("author", "dc.creator", "dcterms.creator", "citation_author", "creator")
_LANGUAGE_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr",
    "spanish": "es", "español": "es", "italian": "it", "italiano": "it", "russian": "ru",
    "chinese": "zh", "japanese": "ja", "portuguese": "pt", "português": "pt", "dutch": "nl",
}  # fmt: skip
_HEADS = 30
"""Rows at the beginning of a page among which its title and byline stand."""


def read_book_info(page: TextResponse) -> BookInfo:
    """Read title, author and language of the book from a page, the site's home page at best."""
    rows = read_rows(page)
    titles = list(_texts(page, "title"))
    heads = (row.text for row in rows if row.rank == 1 and not _byline(row.text))
    general = regex(_GENERAL_TITLE, re.IGNORECASE).fullmatch
    named = [title for title in (*titles, next(heads, "")) if title and not general(title)]
    title = next(iter([*named, *filter(None, titles)]), page.url)
    return BookInfo(clip(title), _author(page, rows), _language(page))


def find_contents_url(page: TextResponse, selectors: Selectors) -> str | None:
    """Return the contents page that a home page links to; None where that is the page itself.

    The selector `contents_link` decides; else the link is known by its words ("The Book by
    Chapters"), and where several pages answer to that, the one linked most often is meant. A page
    on which `chapter_links` chooses something is the contents page.

    Raises BadArgumentError, UnexpectedPageError as `select_url` does.
    """
    if selectors.contents_link is not None:
        return other_page(page, selectors.contents_link, "contents_link")
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


def as_html(response: Response) -> HtmlResponse:
    """Return a page to be read as HTML, also where it claims to be XML or plain text.

    Raises UnexpectedPageError.
    """
    if not isinstance(response, TextResponse) or isinstance(response, JsonResponse):
        kind = (response.headers.get("Content-Type") or b"no type").decode("latin-1")
        raise UnexpectedPageError(f"{response.url} should be a web page and is {kind}.")
    return response if isinstance(response, HtmlResponse) else response.replace(cls=HtmlResponse)


def says_pdf(headers: Headers) -> bool:
    """Tell whether an answer is a PDF, whatever its URL looked like."""
    kind = (headers.get("Content-Type") or b"").partition(b";")[0].strip().lower()
    return kind in {b"application/pdf", b"application/x-pdf"}


def has_end(page: TextResponse) -> bool:
    """Tell whether a page has come to its end, as far as its markup shows."""
    return "</html" in page.text[-4096:].lower()


def _is_page_of(link: Link, page: TextResponse) -> bool:
    """Tell whether a link leads to another page of the same site, no file."""
    if link.url is None or link.says_pdf or link.other_format is not None:
        return False
    return same_site(link.url, page.url) and not same_page(link.url, page.url)


def _texts(page: TextResponse, css: str) -> Iterator[str]:
    for node in page.css(css):
        yield fold(" ".join(node.xpath(".//text()").getall()))


def _byline(text: str) -> re.Match[str] | None:
    return regex(_BYLINE, re.IGNORECASE).fullmatch(text)


def _author(page: TextResponse, rows: list[Row]) -> str | None:
    for node in page.xpath("//meta[@name and @content]"):
        name = fold(node.attrib["content"])
        if node.attrib["name"].strip().lower() in _AUTHOR_NAMES and name:
            return clip(name)
    for found in map(_byline, _heads(page, rows)):
        if found:
            name = fold(regex(_DEGREES, re.IGNORECASE).sub("", found["author"])).strip(" ,")
            if not name[:1].islower() and not regex(_NO_NAME, re.IGNORECASE).search(name):
                return clip(name)
    return None


def _heads(page: TextResponse, rows: list[Row]) -> Iterator[str]:
    """Yield the lines that may say who wrote the book."""
    for number, row in enumerate(rows):
        if number < _HEADS or (row.rank is not None and row.rank < 5):
            yield row.text
    yield from _texts(
        page, "h1 span, h1 small, h2 span, h2 small, h1 em, h2 em, .author, .byline, #author"
    )


def _language(page: TextResponse) -> str:
    """Return the page's language; "en" where it names none, "und" where what it names is none."""
    named = page.xpath("//html/@lang | //html/@*[name()='xml:lang']").getall()
    named += page.xpath(
        "//meta[translate(@http-equiv, 'CONTELAGU', 'contelagu')='content-language']/@content"
    ).getall()
    tag = next(filter(None, map(fold, named)), "en")
    tag = tag.partition(",")[0].partition(".")[0].strip().replace("_", "-")
    tag = _LANGUAGE_NAMES.get(tag.lower(), tag)
    return tag if regex(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}").fullmatch(tag) else "und"
