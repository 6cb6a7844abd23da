"""What the pages of the site say: plain values out of HTML.

The pages are parsed as HTML whatever they call themselves (they claim XHTML and are not), links may
be relative, root-relative or absolute, and each chapter is linked more than once in more than one
wording.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urldefrag, urlsplit

from dspguide.errors import UnexpectedPageError
from dspguide.items import Chapter, Section
from dspguide.urls import DEFAULT_PORTS, page_key, same_page, same_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parsel import Selector
    from scrapy.http import TextResponse

# "Chapter 6 - Convolution" in the list of contents, "6: Convolution" in the tree beside it.
_CHAPTER = re.compile(r"(?:chapter\s+)?(\d+)\s*[-–—:.]\s*(\S.*)", re.IGNORECASE)
_TO_CONTENTS = re.compile(r"\bchapters\b|\btable of contents\b", re.IGNORECASE)
_BYLINE = re.compile(r"\s*by\s+([^\W\d_][^,;|]{2,60}?)\s*(?:[,;|].*)?", re.IGNORECASE)


class BookFacts(NamedTuple):
    """What a page says of the book as a whole."""

    title: str
    author: str | None
    language: str


def book_facts(response: TextResponse) -> BookFacts:
    """Read title, author and language of the book from the site's home page."""
    titles = [_text(node) for node in response.css("title")]
    title = next(filter(None, titles), response.url)
    author = response.xpath(
        "//meta[translate(@name, 'AUTHOR', 'author') = 'author']/@content"
    ).get()
    if author is None:
        bylines = (_BYLINE.fullmatch(_text(node)) for node in response.css("h1, h2, h3, h4, p"))
        author = next((found[1] for found in bylines if found), None)
    language = (
        response.css("html::attr(lang)").get()
        or response.xpath("//html/@*[name()='xml:lang']").get()
        or "en"
    )
    return BookFacts(title, author.strip() if author else None, language)


def find_contents_url(response: TextResponse) -> str | None:
    """Return the URL of the contents page that the home page links to, if that is another page.

    The link is known by its words ("The Book by Chapters"); where several pages answer to that, the
    one linked most often is meant.
    """
    urls = [
        link.url
        for link in _links(response)
        if _TO_CONTENTS.search(link.text)
        and same_site(link.url, response.url)
        and not same_page(link.url, response.url)
    ]
    often = Counter(map(page_key, urls))
    return max(urls, key=lambda url: often[page_key(url)], default=None)


def read_chapters(response: TextResponse) -> tuple[Chapter, ...]:
    """Return the chapters that the contents page lists, in its order.

    A page may list the chapters more than once, with headings for the parts or as a bare tree: the
    listing that says most gives order and parts, the others fill in what it lacks.

    Raises UnexpectedPageError where there is no chapter, or where two pages claim one number.
    """
    listings = sorted(
        _listings(response),
        key=lambda chapters: (len(chapters), len({c.part for c in chapters if c.part})),
        reverse=True,
    )
    if not listings:
        raise UnexpectedPageError(
            f"{response.url} lists no chapter: looked for links like "
            "'Chapter 1 - Title' or '1: Title' to pages of the same site."
        )
    chapters = listings[0]
    known = {page_key(chapter.url): chapter for chapter in chapters}
    for chapter in (c for listing in listings[1:] for c in listing):
        twin = known.setdefault(page_key(chapter.url), chapter)
        if twin is not chapter:
            twin.sections = twin.sections or chapter.sections
            continue
        place = next(
            (i for i, c in enumerate(chapters) if int(c.number or 0) > int(chapter.number or 0)),
            len(chapters),
        )
        chapter.part = chapters[place - 1].part if place else chapters[0].part
        chapters.insert(place, chapter)
    twice = [number for number, n in Counter(c.number for c in chapters).items() if n > 1]
    if twice:
        raise UnexpectedPageError(
            f"{response.url} names more than one page for chapter {twice[0]}: "
            + ", ".join(c.url for c in chapters if c.number == twice[0])
        )
    return tuple(chapters)


def has_end(response: TextResponse) -> bool:
    """Tell whether a page has come to its end, as far as its markup shows."""
    return "</html" in response.text[-4096:].lower()


def find_pdf_url(response: TextResponse) -> str:
    """Return the URL of the one PDF that a chapter's page offers.

    Raises UnexpectedPageError where the page links no PDF of this site, or more than one.
    """
    # A page links the whole book: look only at what may be a PDF.
    nodes = response.xpath("//a[contains(translate(@href, 'PDF', 'pdf'), '.pdf')]")
    urls: dict[tuple[object, ...], str] = {}
    for link in _links(response, nodes):
        if urlsplit(link.url).path.lower().endswith(".pdf") and same_site(link.url, response.url):
            urls.setdefault(page_key(link.url), link.url)
    if len(urls) != 1:
        what = "none" if not urls else f"{len(urls)}: " + ", ".join(urls.values())
        raise UnexpectedPageError(
            f"{response.url} should link exactly one PDF on its own site, and links {what}."
        )
    return next(iter(urls.values()))


class _Link(NamedTuple):
    node: Selector
    url: str

    @property
    def text(self) -> str:
        return _text(self.node)


def _links(response: TextResponse, nodes: Iterable[Selector] | None = None) -> Iterator[_Link]:
    for node in response.xpath("//a[@href]") if nodes is None else nodes:
        href = node.attrib["href"].strip()
        try:
            url = urldefrag(response.urljoin(href)).url
            parts = urlsplit(url)
            leads_somewhere = parts.scheme in DEFAULT_PORTS and parts.hostname and parts.port != 0
        except ValueError:  # e.g. "http://[" or "http://host:99999/"; a page may hold any rubbish
            continue
        if leads_somewhere:
            yield _Link(node, url)


def _listings(response: TextResponse) -> list[list[Chapter]]:
    """Return the chapters of each block of the page that lists some, each chapter once a block."""
    listings: dict[object, dict[object, Chapter]] = {}
    heading: Selector | None = None
    for node in response.xpath("//h2 | //h3 | //li//a[@href]"):
        if node.root.tag != "a":
            heading = node
            continue
        link = next(_links(response, [node]), None)
        words = _CHAPTER.fullmatch(link.text) if link else None
        if link is None or words is None or not same_site(link.url, response.url):
            continue
        lists = node.xpath("ancestor::*[self::ul or self::ol]") or node.xpath("ancestor::li")
        block = lists[0].xpath("..")[0].root
        part = None
        if heading is not None and block in heading.root.iterancestors():
            above = _text(heading)
            # "Table of Contents" stands above all chapters, and is no part.
            part = None if _TO_CONTENTS.fullmatch(above) else above or None
        listing = listings.setdefault(block, {})
        if page_key(link.url) not in listing:
            sections = list(_sections(response, link))
            chapter = Chapter(words[1], words[2], part, link.url, sections=sections)
            listing[page_key(link.url)] = chapter
    return [list(listing.values()) for listing in listings.values()]


def _sections(response: TextResponse, chapter: _Link) -> Iterator[Section]:
    """Yield the sections below a chapter's link, up to the next chapter."""
    within = chapter.node.xpath("ancestor::li[1]//a[@href]")
    seen = {page_key(chapter.url)}
    after = False
    for link in _links(response, within):
        if link.node.root is chapter.node.root:
            after = True
        elif after and _CHAPTER.fullmatch(link.text):
            return  # an <li> left open swallows the chapters that follow
        elif (
            after
            and link.text
            and page_key(link.url) not in seen
            and same_site(link.url, response.url)
        ):
            seen.add(page_key(link.url))
            yield Section(link.text, link.url)


def _text(node: Selector) -> str:
    """Return the text below a node, white space folded."""
    return " ".join("".join(node.xpath(".//text()").getall()).split())
