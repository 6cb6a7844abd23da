"""What the start page says: title, author and language of the book, and where its contents are."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from scrapy.http import Headers, HtmlResponse, JsonResponse, Response, TextResponse

from dspguide.errors import UnexpectedPageError
from dspguide.pages.model import BookInfo
from dspguide.pages.rows import RowReader
from dspguide.pages.selecting import select, select_url
from dspguide.pages.text import clip, fold
from dspguide.urls import same_page, same_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.pages.lines import Link, Row
    from dspguide.pages.model import Selectors

_TO_CONTENTS = re.compile(
    r"\b(?:chapters|table of contents|kapitel(?:übersicht)?|inhaltsverzeichnis|chapitres|"
    r"table des matières|capítulos|índice general|оглавление|содержание)\b|目次|目录",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    r"\W*(?:contents|toc|inhalt|sommaire|índice|indice|inhoud)\W*", re.IGNORECASE
)
_BYLINE = re.compile(
    r"(?:(?:written |edited )?by|von|par|por|di|автор:?)\s+(?P<author>[^\W\d_][^;|<>@]{1,150})",
    re.IGNORECASE,
)
_DEGREES = re.compile(
    r"(?:,|\s)\s*(?:ph\.?\s?d\.?|m\.?\s?d\.?|d\.?\s?phil\.?|dr\.?|m\.?\s?sc\.?|b\.?\s?sc\.?|jr\.?|esq\.?|"
    r"m\.?a\.?|prof\.?)(?=$|[\s,])",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"\b(?:chapters?|click\w*|download\w*|using|default|e-?mail|the|this|mail)\b", re.IGNORECASE
)
_GENERAL_TITLE = re.compile(
    r"\W*(?:home ?page|home|index(?: of .*)?|welcome|untitled.*|(?:table of )?contents|start|"
    r"new page.*|main|startseite|document|download)\W*",
    re.IGNORECASE,
)
_AUTHOR_NAMES = ("author", "dc.creator", "dcterms.creator", "citation_author", "creator")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_LANGUAGE_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr",
    "spanish": "es", "español": "es", "italian": "it", "italiano": "it", "russian": "ru",
    "chinese": "zh", "japanese": "ja", "portuguese": "pt", "português": "pt", "dutch": "nl",
}  # fmt: skip
_HEADS = 30
"""Rows at the beginning of a page among which its title and byline stand."""


def read_book_info(page: TextResponse) -> BookInfo:
    """Read title, author and language of the book from a page, the site's home page at best."""
    rows = RowReader().read(page)
    titles = [fold(" ".join(node.xpath(".//text()").getall())) for node in page.css("title")]
    heads = [row.text for row in rows if row.rank == 1 and not _BYLINE.fullmatch(row.text)][:1]
    named = [title for title in (*titles, *heads) if title and not _GENERAL_TITLE.fullmatch(title)]
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
        url = select_url(page, selectors.contents_link, "contents_link")
        return None if url is None or same_page(url, page.url) else url
    if selectors.chapter_links is not None and select(
        page, selectors.chapter_links, "chapter_links"
    ):
        return None
    links = [link for row in RowReader().read(page) for link in row.links]
    for words in (_TO_CONTENTS.search, _CONTENTS.fullmatch):
        found = [link for link in links if words(link.text) and _is_page_of(link, page)]
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


def _author(page: TextResponse, rows: list[Row]) -> str | None:
    for node in page.xpath("//meta[@name and @content]"):
        name = fold(node.attrib["content"])
        if node.attrib["name"].strip().lower() in _AUTHOR_NAMES and name:
            return clip(name)
    for text in _bylines(page, rows):
        found = _BYLINE.fullmatch(text)
        name = fold(_DEGREES.sub("", found["author"])).strip(" ,") if found else ""
        if found and name and not name[0].islower() and not _NO_NAME.search(name):
            return clip(name)
    return None


def _bylines(page: TextResponse, rows: list[Row]) -> Iterator[str]:
    """Yield the lines that may say who wrote the book."""
    for number, row in enumerate(rows):
        if number < _HEADS or (row.rank is not None and row.rank < 5):
            yield row.text
    for node in page.css(
        "h1 span, h1 small, h2 span, h2 small, h1 em, h2 em, .author, .byline, #author"
    ):
        yield fold(" ".join(node.xpath(".//text()").getall()))


def _language(page: TextResponse) -> str:
    """Return the page's language; "en" where it names none, "und" where what it names is none."""
    named = next(
        filter(
            None,
            (
                fold(value)
                for value in (
                    page.xpath("//html/@lang").get() or "",
                    page.xpath("//html/@*[name()='xml:lang']").get() or "",
                    page.xpath(
                        "//meta[translate(@http-equiv, 'CONTELAGU', 'contelagu')="
                        "'content-language']/@content"
                    ).get()
                    or "",
                )
            ),
        ),
        "en",
    )
    tag = named.partition(",")[0].partition(".")[0].strip().replace("_", "-")
    tag = _LANGUAGE_NAMES.get(tag.lower(), tag)
    return tag if _LANGUAGE.fullmatch(tag) else "und"
