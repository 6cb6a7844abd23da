"""The PDF that a chapter's page offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from dspguide.errors import UnexpectedPageError
from dspguide.pages.entries import read_entries
from dspguide.pages.kinds import names, other_thing
from dspguide.pages.links import Element, Link, base_url, frame_urls, select_url
from dspguide.pages.reading_order import in_reading_order
from dspguide.pages.rows import BLOCKS
from dspguide.pages.text import comparable, fold, quote, regex
from dspguide.pages.wording import read_wording
from dspguide.urls import extension, file_name, follow, host, page_key, same_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapy.http import TextResponse

    from dspguide.items import Chapter
    from dspguide.pages.entry import Entry
    from dspguide.pages.model import Selectors
    from dspguide.urls import PageKey

_OTHER_NAMES = (
    r"(?:^|[^a-z])(?:slides?|errat\w*|errors|corrections|solutions?|homework|hw\d*|exercises?|cover|"
    r"answers|lecture|presentation|(?:whole|full|entire|complete)[-_ ]?book|book|all)(?:[^a-z]|$)"
)
_Candidate: TypeAlias = "tuple[Link, Entry | None]"


def find_pdf_url(
    page: TextResponse,
    selectors: Selectors,
    *,
    chapter: Chapter | None = None,
    allowed: Callable[[str], bool] | None = None,
) -> str:
    """Return the URL of the one PDF that a chapter's page offers.

    Where there are several, slides, errata and the like do not count, and then the number or title
    of `chapter` decides. `allowed` tells where the crawl may go, by default the page's own site.

    Raises UnexpectedPageError where there is no such PDF, or more than one.
    """
    may_go = allowed or (lambda url: same_site(url, page.url))
    if selectors.pdf_link is not None:
        url = select_url(page, selectors.pdf_link, "pdf_link")
        if url is None:
            raise UnexpectedPageError(
                f"{page.url}: pdf_link={selectors.pdf_link} chooses no link on this page."
            )
    else:
        url = _only_pdf(page) or _found(page, chapter, may_go)
    if not may_go(url):
        raise UnexpectedPageError(
            f"{page.url} has its PDF on another host, {host(url)}; allowed_domains says where the "
            "crawl may go, beside the start page's site."
        )
    return url


def _only_pdf(page: TextResponse) -> str | None:
    """Return the one PDF of a page that links no other and calls it nothing else.

    That is nearly every chapter's page, and to read all the rows of each, with the tree of the
    whole book beside it, would take forty times as long.
    """
    base = base_url(page)
    found: dict[PageKey, tuple[str, Element]] = {}
    for node in page.xpath(
        "//a[contains(translate(@href, 'PDF', 'pdf'), '.pdf') or contains(@type, 'pdf')"
        " or @download]"
    ):
        url = follow(node.attrib.get("href", ""), base)
        kind = node.attrib.get("type") or node.attrib.get("download")
        if url is not None and (kind or extension(url) == "pdf"):
            found.setdefault(page_key(url), (url, node.root))
    if len(found) != 1:
        return None
    ((url, element),) = found.values()
    block = next((e for e in element.iterancestors() if e.tag in BLOCKS), element)
    words = (fold(" ".join(e.itertext())) for e in (element, block))
    is_pdf = extension(url) == "pdf" or (element.get("type") or "").lower() == "application/pdf"
    return url if is_pdf and not any(map(_names_another_thing, words)) else None


def _found(page: TextResponse, chapter: Chapter | None, allowed: Callable[[str], bool]) -> str:
    candidates: dict[PageKey | None, _Candidate] = {
        link.key: (link, entry)
        for entry in read_entries(in_reading_order([page]))
        for link in entry.all_links
        if link.url and link.says_pdf
    }
    everything = list(candidates.values()) or [(link, None) for link in _embedded(page)]
    sure = [each for each in everything if each[0].is_pdf] or everything
    own = [each for each in sure if not _is_another_thing(*each)]
    best = [each for each in own if allowed(str(each[0].url))] or own
    if len(best) > 1 and chapter is not None:
        best = _of_chapter(best, chapter) or best
    if len(best) > 1:
        names = regex(_OTHER_NAMES, re.IGNORECASE)
        best = [each for each in best if not names.search(_stem(each[0]))] or best
    if len(best) == 1:
        return str(best[0][0].url)
    links = [link for link, _ in best or everything]
    if links:
        shown = ", ".join(f"{link.url} ({quote(link.text)})" for link in links[:5])
        kind = "" if own else "only what seems to be something else, "
        what = f"{kind}{len(links)}: {shown}{', …' if len(links) > 5 else ''}."
    else:
        frames = frame_urls(page)
        what = f"none. It is made of frames: {', '.join(frames[:3])}." if frames else "none."
    raise UnexpectedPageError(
        f"{page.url} should link exactly one PDF, and links {what} pdf_link (CSS) says which is "
        "meant."
    )


def _embedded(page: TextResponse) -> list[Link]:
    """Return the PDFs that a page shows inside itself."""
    sources = page.xpath("//embed/@src | //object/@data | //iframe/@src").getall()
    urls = [url for source in sources if (url := follow(source, base_url(page))) is not None]
    links = [Link(None, url, url, "", is_pdf=True) for url in urls if extension(url) == "pdf"]
    return list({link.key: link for link in links}.values())


def _is_another_thing(link: Link, entry: Entry | None) -> bool:
    """Tell whether a PDF is the errata, the slides, the whole book, by its words."""
    texts = [link.text]
    if entry is not None and entry.link is not link:
        # "PDF, PS, The whole book": a title names the files behind it, not those before.
        links = entry.row.links
        before = links[: links.index(entry.link)] if entry.link in links else []
        if link not in before:
            texts.append(entry.text)
    return any(map(_names_another_thing, texts))


def _names_another_thing(text: str) -> bool:
    words = read_wording(text)
    if words.number is not None and other_thing(words.title):  # "Chapter 3 slides"
        return True
    return bool(other_thing(text)) or names(text, "the whole book")


def _stem(link: Link) -> str:
    return file_name(str(link.url)).rpartition(".")[0]


def _of_chapter(candidates: Sequence[_Candidate], chapter: Chapter) -> list[_Candidate]:
    """Return those that have the chapter's title or number, the former before the latter."""
    title, number = comparable(chapter.title), chapter.number or ""
    words = [f"{entry.text if entry else ''} {link.text}" for link, entry in candidates]
    titled = [
        each
        for each, said in zip(candidates, words, strict=True)
        if len(title) > 3 and title in comparable(said)
    ]
    if titled or not number.isdecimal():
        return titled
    return [each for each in candidates if _has_number(*each, int(number))]


def _has_number(link: Link, entry: Entry | None, number: int) -> bool:
    digits = [int(d) for d in regex(r"\d+").findall(_stem(link)) if len(d) < 5]
    said = entry.wording.number if entry is not None else None
    return digits == [number] or (said is not None and said.means("arabic") == number)
