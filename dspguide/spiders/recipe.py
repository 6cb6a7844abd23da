"""What a recipe says of a book's site, and what a user asks of one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import scrapy
from scrapy.http import TextResponse
from scrapy.utils.url import url_is_from_any_domain

from dspguide import pages
from dspguide.errors import BadArgumentError
from dspguide.items import Chapter
from dspguide.spiders.arguments import Selection, parse_flag, parse_url
from dspguide.urls import same_site

_SELECTORS = tuple(field.name for field in fields(pages.Selectors))
_ATTRIBUTES = (*_SELECTORS, "title", "author", "language")


class Recipe(scrapy.Spider):
    """Declares all that the engine reads from a spider; BookSpider does the crawling."""

    start_url: str = ""
    """The home page, or the contents page."""
    contents_link: str | None = None
    """CSS of the link from there to the contents page. Default: the contents are on the start page,
    or behind a link whose words say so."""
    chapter_links: str | None = None
    """CSS of the links to the chapters, in reading order; each leads to a PDF or to a page with
    one. Default: found by the shape of the page."""
    pdf_link: str | None = None
    """CSS of the PDF's link on a chapter's page. Default: the one link to a PDF there."""
    part_headings: str | None = None
    """CSS of the headings of parts. Default: none, or found by the shape of the page."""
    next_page: str | None = None
    """CSS of the link to the next page of the contents. Default: they are on one page."""
    title: str | None = None
    """Of the book. Default: as the start page says."""
    author: str | None = None
    """Of the book. Default: as the start page says, if it does."""
    language: str | None = None
    """Of the book, as in BCP 47 ("en"). Default: as the start page says, else "en"."""
    permitted_use: str | None = None
    """What the site allows its readers, in a sentence for the title page. Default: nothing."""
    allowed_domains: list[str] = []  # noqa: RUF012  # as Scrapy declares it
    """Hosts that may be visited beside the start page's site, as Scrapy means it."""

    def __init__(
        self,
        url: str | None = None,
        chapters: str | None = None,
        dry_run: str | bool = False,
        offline: str | bool = False,
        **kwargs: Any,
    ) -> None:
        own = {name: kwargs.pop(name) for name in _ATTRIBUTES if name in kwargs}
        # Names that begin with _ are from those who run spiders for others, scrapyd's _job say.
        unknown = [name for name in kwargs if not name.startswith("_")]
        super().__init__(**{k: v for k, v in kwargs.items() if k not in unknown}, **own)
        self.selection: Selection | None = None
        """Which chapters this run is for; None for all."""
        self.dry_run = self.offline = False
        """Whether the run only lists what it would fetch; and whether it takes chapters from the
        store alone."""
        self.usage_error: str | None = None
        """What makes no sense in the arguments or settings of this run: the user's to mend."""
        try:
            self.dry_run = parse_flag("dry_run", dry_run)
            self.offline = parse_flag("offline", offline)
            self.selection = Selection.parse(chapters) if chapters else None
            if url is not None:
                self.start_url = parse_url(url)
            elif not (self.start_url or self.offline):
                raise BadArgumentError("url: give the book's start page, -a url=https://…")  # noqa: TRY301  # noted like the others
        except BadArgumentError as error:
            self.usage_error = str(error)
        if unknown:
            self.usage_error = (
                f"{unknown[0]}={kwargs[unknown[0]]}: there is no such argument; there are url, "
                f"chapters, dry_run, offline, {', '.join(_ATTRIBUTES)}"
            )
        self.contents_error: str | None = None
        """Why there is nothing to go by, once that is known: the site's, or the machine's."""
        self.found: pages.FoundContents | None = None
        """What parse_contents() found, and left out, by the shape of the page."""
        self._unfinished: list[str] = []
        """The chapters' URLs of a contents page that may have been cut."""

    @property
    def variant(self) -> str:
        """What tells the book of this run from the whole one, in its file's name."""
        return f"-ch{self.selection.text}" if self.selection is not None else ""

    @property
    def selectors(self) -> pages.Selectors:
        """What the recipe says of the site's pages."""
        return pages.Selectors(**{name: getattr(self, name) for name in _SELECTORS})

    def may_visit(self, url: str) -> bool:
        """Tell whether a URL is on the start page's site, or on one of the allowed domains."""
        return same_site(url, self.start_url) or url_is_from_any_domain(url, self.allowed_domains)

    # -- to be overridden --------------------------------------------------------------------

    def parse_contents(
        self, response: TextResponse, earlier: Sequence[TextResponse] = ()
    ) -> Iterable[Any]:
        """Return the chapters in reading order, each as a Chapter, a dict or an attrs class.

        Each needs a `title`, and a `page_url` (a page that links the PDF) or a `pdf_url`; it may
        have `number`, `part` and `sections`. `earlier` are the pages of the contents before this
        one, where `next_page` led from one to the other.

        The default finds them by `chapter_links` and `part_headings`, or by the shape of the page.
        Raises UnexpectedPageError where the page is not as expected; it is then asked for once
        more.
        """
        self.found = pages.read_contents(
            [*earlier, response], self.selectors, allowed=self.may_visit
        )
        for note in self.found.notes:
            self.logger.info("%s", note)
        return self.found.chapters

    def parse_chapter(self, response: TextResponse, chapter: Chapter) -> str:
        """Return the URL of the PDF that a chapter's page offers.

        The default takes `pdf_link`, or the one PDF that the page links. Raises
        UnexpectedPageError.
        """
        return pages.find_pdf_url(response, self.selectors, chapter=chapter, allowed=self.may_visit)
