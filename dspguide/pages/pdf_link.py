"""The PDF that a chapter's page offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from dspguide.errors import UnexpectedPageError
from dspguide.pages.entries import Entry, read_entries
from dspguide.pages.frames import frame_urls
from dspguide.pages.joining import reading_order
from dspguide.pages.kinds import names_another_thing, names_the_whole_book
from dspguide.pages.lines import Link
from dspguide.pages.rows import RowReader, base_url
from dspguide.pages.selecting import select_url
from dspguide.pages.text import comparable, quote
from dspguide.pages.wording import read_wording
from dspguide.urls import extension, file_name, follow, host, page_key, same_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scrapy.http import TextResponse

    from dspguide.pages.model import FoundChapter, Selectors
    from dspguide.urls import PageKey

_OTHER_NAMES = re.compile(
    r"(?:^|[^a-z])(?:slides?|errat\w*|errors|corrections|solutions?|homework|hw\d*|exercises?|cover|"
    r"answers|lecture|presentation|(?:whole|full|entire|complete)[-_ ]?book|book|all)(?:[^a-z]|$)",
    re.IGNORECASE,
)
_Candidate: TypeAlias = "tuple[Link, Entry | None]"
_DIGITS = re.compile(r"\d+")


def find_pdf_url(
    page: TextResponse,
    selectors: Selectors,
    *,
    chapter: FoundChapter | None = None,
    taken: Iterable[str] = (),
    allowed: Callable[[str], bool] | None = None,
) -> str:
    """Return the URL of the one PDF that a chapter's page offers.

    Where there are several, slides, errata and the like do not count, and then the number or title
    of `chapter` decides. `taken` are the PDFs of other chapters; `allowed` tells where the crawl
    may go, by default the page's own site.

    Raises UnexpectedPageError where there is no such PDF, more than one, or another chapter's.
    """
    may_go = allowed or (lambda url: same_site(url, page.url))
    if selectors.pdf_link is not None:
        url = select_url(page, selectors.pdf_link, "pdf_link")
        if url is None:
            raise UnexpectedPageError(
                f"{page.url}: pdf_link={selectors.pdf_link} chooses no link on this page."
            )
    else:
        url = _found(page, chapter, may_go)
    if not may_go(url):
        raise UnexpectedPageError(
            f"{page.url} has its PDF on another host, {host(url)}; allowed_domains says where the "
            "crawl may go, beside the start page's site."
        )
    key = page_key(url)
    if any(page_key(other) == key for other in taken):
        raise UnexpectedPageError(f"{page.url} links {url}, which is the PDF of another chapter.")
    return url


def _found(page: TextResponse, chapter: FoundChapter | None, allowed: Callable[[str], bool]) -> str:
    entries = read_entries(reading_order(RowReader().read(page)))
    candidates: dict[PageKey | None, _Candidate] = {
        link.key: (link, entry) for entry in entries for link in _pdfs(entry)
    }
    if not candidates:
        candidates = {page_key(url): (_embedded(url), None) for url in _embedded_urls(page)}
    everything = list(candidates.values())
    sure = [each for each in everything if each[0].is_pdf] or everything
    own = [each for each in sure if not _is_another_thing(*each)]
    near = [each for each in own if allowed(str(each[0].url))] or own
    best = near if len(near) == 1 or chapter is None else _of_chapter(near, chapter) or near
    if len(best) == 1:
        return str(best[0][0].url)
    raise UnexpectedPageError(_complaint(page, [link for link, _ in near or everything], bool(own)))


def _pdfs(entry: Entry) -> list[Link]:
    return [link for link in (*entry.links, *entry.companions) if link.url and link.says_pdf]


def _embedded_urls(page: TextResponse) -> list[str]:
    """Return the PDFs that a page shows inside itself."""
    base = base_url(page)
    sources = page.xpath("//embed/@src | //object/@data | //iframe/@src").getall()
    urls = [url for source in sources if (url := follow(source, base)) is not None]
    return [url for url in urls if extension(url) == "pdf"]


def _embedded(url: str) -> Link:
    return Link(None, url, url, "", is_pdf=True)


def _is_another_thing(link: Link, entry: Entry | None) -> bool:
    """Tell whether a PDF is the errata, the slides, the whole book, by its words or its name."""
    texts = [link.text] if entry is None or entry.link is link else [link.text, entry.text]
    if any(names_another_thing(text) or names_the_whole_book(text) for text in texts if text):
        return True
    words = read_wording(link.text)
    if words.number is not None and names_another_thing(words.title):  # "Chapter 3 slides"
        return True
    return bool(_OTHER_NAMES.search(file_name(str(link.url)).rpartition(".")[0]))


def _of_chapter(candidates: Sequence[_Candidate], chapter: FoundChapter) -> list[_Candidate]:
    """Return those that have the chapter's title or number, the former before the latter."""
    title = comparable(chapter.title)
    titled = [each for each in candidates if title and title in comparable(_words(*each))]
    return titled or [each for each in candidates if _has_number(*each, chapter.number)]


def _words(link: Link, entry: Entry | None) -> str:
    return link.text if entry is None else f"{entry.text} {link.text}"


def _has_number(link: Link, entry: Entry | None, number: str | None) -> bool:
    if number is None or not number.isdecimal():
        return False
    digits = [int(d) for d in _DIGITS.findall(file_name(str(link.url))) if len(d) < 5]
    said = entry.wording.number if entry is not None else None
    value = int(number)
    return digits == [value] or (said is not None and said.means("arabic") == value)


def _complaint(page: TextResponse, links: Sequence[Link], own: bool) -> str:
    """Say what the page offers instead of one PDF."""
    if not links:
        frames = frame_urls(page)
        inside = f" It is made of frames: {', '.join(frames[:3])}." if frames else ""
        what = f"none.{inside}"
    else:
        shown = ", ".join(f"{link.url} ({quote(link.text)})" for link in links[:5])
        more = ", …" if len(links) > 5 else ""
        kind = "" if own else "only what seems to be something else, "
        what = f"{kind}{len(links)}: {shown}{more}."
    decides = "pdf_link (CSS) says which is meant."
    return f"{page.url} should link exactly one PDF, and links {what} {decides}"
