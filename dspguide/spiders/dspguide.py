"""The spider: home page, contents page, chapter pages; an item for each chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import HtmlResponse, JsonResponse, TextResponse

from dspguide.crawl.reasons import reason
from dspguide.crawl.signals import contents_read
from dspguide.errors import BadArgumentError, UnexpectedPageError
from dspguide.items import Chapter, Contents
from dspguide.pages import contents
from dspguide.spiders.arguments import ChapterRanges, parse_flag, parse_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response
    from twisted.python.failure import Failure


# A PDF can be asked for only once its page is here: pages go first. PDFs have their bytes.
PAGES_FIRST = 2 * 10**9


class DspguideSpider(scrapy.Spider):
    """Follows the book from the home page to the PDF link of each chapter.

    Arguments: `url`, the start page of another copy of the site; `chapters`, a selection such as
    `1-4,30`; `dry_run`, to list what would be fetched. Each chapter of the contents page gives one
    item, with `error` set where its page could not be had.
    """

    name = "dspguide"
    makes_a_book = True
    """Whether the project's pipelines and extensions are meant for this spider."""
    offline = False
    """Whether chapters may only be taken from the store."""

    def __init__(
        self,
        url: str = "http://www.dspguide.com/",
        chapters: str | None = None,
        dry_run: str | bool = False,
        **kwargs: Any,
    ) -> None:
        # Names that begin with _ are from those who run spiders for others, scrapyd's _job say.
        for name in (name for name in kwargs if not name.startswith("_")):
            raise BadArgumentError(
                f"{name}={kwargs[name]}: there is no such argument; there are url, chapters and "
                "dry_run"
            )
        super().__init__(**kwargs)
        self.url = parse_url(url)
        self.selection = ChapterRanges.parse(chapters) if chapters else None
        self.dry_run = parse_flag("dry_run", dry_run)
        self.contents: Contents | None = None
        self.problem: str | None = None
        """Why there are no contents to go by, once that is known."""
        self.mistaken = False
        """Whether that is no fault of the site's, but what the user asked of it."""
        self._doubtful: tuple[Chapter, ...] = ()
        """The chapters of a contents page that may have been cut."""

    @property
    def variant(self) -> str:
        """What tells the book of this run from the whole one, in its file's name."""
        return f"-ch{self.selection.text}" if self.selection is not None else ""

    async def start(self) -> AsyncIterator[scrapy.Request]:
        yield scrapy.Request(self.url, callback=self.parse, errback=self.no_contents)

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        """Find the contents page; a start page that lists the chapters itself is taken as one."""
        try:
            page = _html(response)
        except UnexpectedPageError as error:
            yield from self._try_again(response, str(error))
            return
        facts = contents.book_facts(page)
        url = contents.find_contents_url(page)
        if url is not None:
            yield scrapy.Request(
                url,
                callback=self.parse_contents,
                errback=self.no_contents,
                cb_kwargs={"facts": facts},
            )
            return
        try:
            yield from self._chapter_requests(page, facts)
        except UnexpectedPageError:
            yield from self._try_again(
                response,
                f"{response.url} links no contents page: looked for a link to the same site that "
                "speaks of 'chapters', and for a list of chapters on the page itself.",
            )

    def parse_contents(
        self, response: Response, facts: contents.BookFacts
    ) -> Iterator[scrapy.Request]:
        """Read the chapters and ask for the page of each."""
        try:
            yield from self._chapter_requests(_html(response), facts)
        except UnexpectedPageError as error:
            yield from self._try_again(response, str(error))

    def parse_chapter(
        self, response: Response, chapter: Chapter
    ) -> Iterator[Chapter | scrapy.Request]:
        """Find the chapter's PDF."""
        try:
            chapter.pdf_url = self._pdf_url(response)
        except UnexpectedPageError as error:
            retry = self._retry(response, str(error))
            if retry is not None:
                yield retry
                return
            chapter.error = str(error)
        yield chapter

    def _pdf_url(self, response: Response) -> str:
        """Return the URL of the PDF that a chapter's page offers, and no other chapter's page did.

        Raises UnexpectedPageError.
        """
        url = contents.find_pdf_url(_html(response))
        for other in self.contents.chapters if self.contents else ():
            if other.pdf_url is not None and contents.same_page(other.pdf_url, url):
                raise UnexpectedPageError(
                    f"{response.url} links {url}, which is the PDF of chapter {other.number}."
                )
        return url

    def no_contents(self, failure: Failure) -> None:
        """Note that the home page or the contents page could not be had."""
        self.problem = f"{_request(failure).url}: {reason(failure)}."

    def no_chapter(self, failure: Failure) -> Iterator[Chapter]:
        """Give the item of a chapter whose page could not be had."""
        chapter: Chapter = _request(failure).cb_kwargs["chapter"]
        chapter.error = f"its page could not be had: {reason(failure)}."
        yield chapter

    def _chapter_requests(
        self, page: TextResponse, facts: contents.BookFacts
    ) -> Iterator[scrapy.Request]:
        chapters = contents.read_chapters(page)
        if not contents.has_end(page) and chapters != self._doubtful:
            # Chapters that a cut page does not name would leave the book and the folder.
            self._doubtful = chapters
            raise UnexpectedPageError(
                f"{page.url} may be cut, with chapters missing: looked for </html> at its end, or "
                "for the same chapters when asked again."
            )
        highest = max(chapter.number for chapter in chapters)
        if self.selection is not None:
            try:
                chapters = self.selection.choose(chapters)
            except BadArgumentError as error:
                self.problem, self.mistaken = f"{error}.", True
                return
        self.contents = Contents(*facts, page.url, chapters, highest)
        self.crawler.signals.send_catch_log(contents_read, contents=self.contents, spider=self)
        for chapter in chapters:
            yield scrapy.Request(
                chapter.page_url,
                callback=self.parse_chapter,
                errback=self.no_chapter,
                cb_kwargs={"chapter": chapter},
                # Before any PDF, in the book's order; Scrapy's own is last in first out.
                priority=PAGES_FIRST - chapter.number,
            )

    def _try_again(self, response: Response, problem: str) -> Iterator[scrapy.Request]:
        retry = self._retry(response, problem)
        if retry is None:
            self.problem = problem
        else:
            yield retry

    def _retry(self, response: Response, problem: str) -> scrapy.Request | None:
        """Return one more request for a page that looked wrong: busy servers send odd pages."""
        assert response.request is not None  # noqa: S101  # for the type checker: set by Scrapy
        retry = get_retry_request(
            response.request,
            spider=self,
            reason=problem,
            max_retry_times=min(1, self.settings.getint("RETRY_TIMES")),
            give_up_log_level="DEBUG",  # the outcome reports it
        )
        if retry is not None:
            # Scrapy's HTTP cache, where it is switched on, would answer the same again.
            retry.meta["dont_cache"] = True
        return retry


def _request(failure: Failure) -> scrapy.Request:
    request: scrapy.Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
    return request


def _html(response: Response) -> TextResponse:
    """Return a page to be read as HTML, also where it claims to be XML or plain text.

    Raises UnexpectedPageError.
    """
    if not isinstance(response, TextResponse) or isinstance(response, JsonResponse):
        kind = (response.headers.get("Content-Type") or b"no type").decode("latin-1")
        raise UnexpectedPageError(f"{response.url} should be a web page and is {kind}.")
    return response if isinstance(response, HtmlResponse) else response.replace(cls=HtmlResponse)
