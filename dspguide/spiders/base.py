"""The base of all spiders that make a book."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import scrapy
from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from dspguide import pages
from dspguide.book.outcome import INCOMPLETE_REASON, Advice
from dspguide.crawl.context import CrawlContext
from dspguide.crawl.signals import contents_read
from dspguide.errors import (
    BadArgumentError,
    ChangedSiteError,
    MissingComponentError,
    UnexpectedPageError,
)
from dspguide.items import Chapter, Contents, chapters_from_items, fill_item
from dspguide.spiders.recipe import Recipe
from dspguide.urls import page_key

# A PDF can be asked for only once its page is here: pages go first. PDFs have their bytes.
PAGES_FIRST = 2 * 10**9


class BookSpider(Recipe):
    """Follows a book from its home page to the PDF of each chapter; one item a chapter.

    Subclass it, and set what differs: most sites need no more than `name` and `start_url`. The
    attributes are those of Recipe; each may also be given as an argument (`-a chapter_links=…`;
    `url` for `start_url`). Where they do not suffice, override parse_contents() or
    parse_chapter().

    Arguments beside those: `chapters`, a selection such as `1-4,30`; `dry_run`, to list what would
    be fetched; `offline`, to bind the book from the chapters in the store.
    """

    async def start(self) -> AsyncIterator[Any]:
        try:
            await self._context.begin()
        except MissingComponentError as error:
            self.usage_error = str(error)
            self.logger.error("No new book: %s.", error)  # noqa: TRY400  # the sentence says it all
            raise CloseSpider(INCOMPLETE_REASON) from error
        if self.offline:
            # Chapters could be yielded here; but Scrapy 2.19 looks only every five seconds whether
            # items of start() are done, and does not end at all when told to stop before they are.
            yield scrapy.Request("data:,", callback=self.parse_stored, dont_filter=True)
        else:
            yield self._contents_request(self.start_url)

    def parse(
        self,
        response: Response,
        info: pages.BookInfo | None = None,
        earlier: Sequence[TextResponse] = (),
    ) -> Iterator[Any]:
        """Read the chapters and ask for the page of each, or for the contents page.

        `info` is what the start page said of the book, once that led to another; a start page that
        lists the chapters itself is taken as the contents page.
        """
        try:
            page = pages.as_html(response)
            url = None
            if info is None:
                info = pages.read_book_info(page)
                url = pages.find_contents_url(page, self.selectors) or pages.find_frame_url(page)
            if url is None:
                yield from self._read_contents(page, info, earlier)
            else:
                yield self._contents_request(url, info)
        except UnexpectedPageError as error:
            retry = self._retry(response, str(error))
            if retry is None:
                self.contents_error = str(error)
                self._context.outcome.advise(Advice.SITE)
            else:
                yield retry
        except BadArgumentError as error:
            self._refuse(f"{error}.")

    def parse_chapter_page(self, response: Response, item: Any, chapter: Chapter) -> Iterator[Any]:
        """Find the chapter's PDF."""
        try:
            if pages.says_pdf(response.headers):  # what looked like a page is the file
                url = response.meta.get("redirect_urls", [response.url])[0]
            else:
                url = self.parse_chapter(pages.as_html(response), chapter)
            owner = self._context.run.owner_of(url, chapter)
            if owner.url != chapter.url:
                raise UnexpectedPageError(  # noqa: TRY301  # handled like the others
                    f"{response.url} links {url}, which is the PDF of {owner.name}."
                )
            chapter.pdf_url = url
        except UnexpectedPageError as error:
            retry = self._retry(response, str(error))
            if retry is not None:
                yield retry
                return
            chapter.error = self._context.explain(error) + "."
        fill_item(item, chapter)
        yield item

    def parse_stored(self, response: Response) -> Iterator[Any]:  # it is empty
        """Give the chapters of the contents that were read last."""
        store = self._context.store
        whole = store.load_contents()
        if whole is None:
            first = f"First run: scrapy crawl {self.name}"
            self._refuse(f"{store.place} holds no contents of a book yet. {first}")
            return
        for chapter in self._take(whole):
            stored = store.stored(chapter, whole)
            if stored is None:
                chapter.error = "it is not among the stored chapters, or was changed there."
            else:
                chapter.pdf_url = stored.record.url
            yield chapter

    def no_contents(self, failure: Failure) -> None:
        """Note that the home page or the contents page could not be had."""
        url = failure.request.url  # type: ignore[attr-defined]  # set by Scrapy
        self.contents_error = f"{url}: {self._context.explain(failure)}."

    def no_chapter(self, failure: Failure) -> Iterator[Any]:
        """Give the item of a chapter whose page could not be had."""
        arguments = failure.request.cb_kwargs  # type: ignore[attr-defined]  # set by Scrapy
        chapter: Chapter = arguments["chapter"]
        chapter.error = f"its page could not be had: {self._context.explain(failure)}."
        fill_item(arguments["item"], chapter)
        yield arguments["item"]

    # -- steps -------------------------------------------------------------------------------

    def _contents_request(
        self, url: str, info: pages.BookInfo | None = None, earlier: Sequence[TextResponse] = ()
    ) -> scrapy.Request:
        arguments = {"info": info, "earlier": earlier} if info else {}
        return scrapy.Request(url, self.parse, errback=self.no_contents, cb_kwargs=arguments)

    def _read_contents(
        self, page: TextResponse, info: pages.BookInfo, earlier: Sequence[TextResponse]
    ) -> Iterator[Any]:
        following = pages.next_contents_url(page, self.selectors)
        seen = {page_key(one.url) for one in (*earlier, page)}
        if following is not None and page_key(following) not in seen:
            yield self._contents_request(following, info, (*earlier, page))
            return
        cut = f"{page.url} may be cut, with chapters missing: looked for </html> at its end, or "
        cut = "" if pages.has_end(page) else f"{cut}for the same chapters when asked again."
        try:
            # Recipes of contents on one page need not take `earlier`.
            read = self.parse_contents(page, earlier) if earlier else self.parse_contents(page)
            items = list(read)
            chapters = chapters_from_items(items)
        except UnexpectedPageError as error:
            raise UnexpectedPageError(f"{cut} {error}" if cut else str(error)) from error
        urls = [chapter.url for chapter in chapters]
        if cut and urls != self._unfinished:
            self._unfinished = urls
            raise UnexpectedPageError(cut)
        whole = Contents(
            self.title or info.title,
            self.author or info.author,
            self.language or info.language,
            page.url,
            chapters,
            len(chapters),
            self.start_url,
        )
        for chapter in self._take(whole):
            item = items[chapter.position - 1]
            if chapter.page_url is None or chapter.pdf_url is not None:
                yield item
                continue
            yield scrapy.Request(
                chapter.page_url,
                callback=self.parse_chapter_page,
                errback=self.no_chapter,
                cb_kwargs={"item": item, "chapter": chapter},
                # Before any PDF, in the book's order; Scrapy's own is last in first out.
                priority=PAGES_FIRST - chapter.position,
            )

    def _take(self, whole: Contents) -> tuple[Chapter, ...]:
        """Take the contents as those of this run; return its chapters, none where that fails."""
        try:
            chosen = self.selection.choose(whole.chapters) if self.selection else whole.chapters
            contents = whole.of(chosen)
            self._context.take_contents(contents, whole)
        except BadArgumentError as error:
            self._refuse(f"{error}.")
            return ()
        except ChangedSiteError as error:
            self._refuse(str(error))
            return ()
        send = self.crawler.signals.send_catch_log
        send(contents_read, contents=contents, whole=whole, spider=self)
        return chosen

    def _refuse(self, problem: str) -> None:
        self.usage_error = self.contents_error = problem

    @property
    def _context(self) -> CrawlContext:
        return CrawlContext.of(self.crawler)

    def _retry(self, response: Response, problem: str) -> scrapy.Request | None:
        assert response.request is not None  # noqa: S101  # for the type checker: set by Scrapy
        return self._context.retries.page_again(response.request, problem)
