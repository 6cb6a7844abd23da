"""The pipeline that fetches and keeps the chapters' PDFs."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.pipelines.files import FilesPipeline
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.defer import deferred_from_coro

from dspguide.book.outcome import Advice
from dspguide.crawl.context import CrawlContext
from dspguide.crawl.failure_reasons import explain, lasts, what_came
from dspguide.crawl.signals import contents_read
from dspguide.errors import FetchError, StoreError, UnavailableError
from dspguide.items import fill_item
from dspguide.net.largest_first import LargestFirst
from dspguide.net.transfer import Arrived, Transfer, has_signature
from dspguide.pdf import RejectedChapter
from dspguide.store.chapter_store import Record

if TYPE_CHECKING:
    from os import PathLike

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.pipelines.media import FileInfo, FileInfoOrError, MediaPipeline
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from dspguide.book.run import ChapterJob
    from dspguide.items import Contents

_DAY = 86400.0

logger = logging.getLogger(__name__)


class ChapterFilesPipeline(FilesPipeline):
    """Fetches each chapter's PDF that is not in the store, or not as the server has it now.

    Differs from Scrapy's in that

    - a file is named for its chapter, and put in its place at one stroke;
    - a stored file is trusted only if its bytes have the hash that was noted, and the server is
      asked whether it changed (FILES_EXPIRES decides where the server gave no validator);
    - what arrives is a chapter only if the book takes it, and is asked for again else; for
      transfers that break off see ResumeMiddleware and RetryPolicy;
    - redirects are followed, and a file that cannot be had is noted in its item;
    - items that are no chapters of the book pass through.
    """

    STORE_SCHEMES: ClassVar[dict[str, Any]] = {
        **FilesPipeline.STORE_SCHEMES,
        "context": lambda _: None,
    }

    def __init__(self, store_uri: str | PathLike[str], *, crawler: Crawler) -> None:
        # The store is the context's: it is locked before the first file is asked for.
        super().__init__("context:", crawler=crawler)
        self._context = context = CrawlContext.of(crawler)
        self._order = LargestFirst(crawler, context.limiter)
        crawler.signals.connect(self._contents_read, contents_read)

    def get_media_requests(self, item: Any, info: MediaPipeline.SpiderInfo) -> list[Request]:
        """Ask for the chapter's PDF, if its page could be had and this is no dry run."""
        job = self._context.run.job_of(item)
        if job is None or job.chapter.error is not None or self._context.spider.dry_run:
            return []
        chapter = job.chapter
        if chapter.pdf_url is None:
            return []
        chapter.file = None  # until there is one, whatever the recipe says
        most = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
        job.transfer = Transfer(self._context.store.partial(job.file_name), chapter.pdf_url, most)
        headers = {"Referer": chapter.page_url or self._context.run.contents.url}
        # Scrapy's HTTP cache would take a 304, or the rest of a file, for the file.
        meta = {"transfer": job.transfer, "chapter": chapter.position, "dont_cache": True}
        return [Request(chapter.pdf_url, callback=NO_CALLBACK, headers=headers, meta=meta)]

    def media_to_download(
        self, request: Request, info: MediaPipeline.SpiderInfo, *, item: Any = None
    ) -> Deferred[FileInfo | None]:
        """Return the stored file where the server need not be asked; else wait to ask."""
        return deferred_from_coro(self._stored_or_turn(request, *self._under_way(item)))

    async def media_downloaded(
        self,
        response: Response,
        request: Request,
        info: MediaPipeline.SpiderInfo,
        *,
        item: Any = None,
    ) -> FileInfo:
        """Store the file that came once the book has taken it, or keep the one that did not change.

        The check waits here and not in a middleware: Scrapy counts a request as active until its
        middlewares are done, and would let no page through while chapters wait to be read.

        Raises FetchError, StoreError, and what download_async() raises.
        """
        job, transfer = self._under_way(item)
        self._order.release(job.index)
        try:
            return await self._taken(response, request, job, transfer)
        except OSError as error:
            path = self._context.store.file(job.file_name)
            raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error

    def media_failed(  # type: ignore[override]  # reports in the item, where the stock one raises
        self, failure: Failure, request: Request, info: MediaPipeline.SpiderInfo
    ) -> None:
        """Note why the file could not be had."""
        transfer: Transfer = request.meta["transfer"]
        transfer.error = f"{self._context.explain(failure)}."
        if explain(failure).advice is Advice.PROGRAM:
            logger.error("%s: an error in the program", request.url, exc_info=failure.value)

    def item_completed(
        self, results: list[FileInfoOrError], item: Any, info: MediaPipeline.SpiderInfo
    ) -> Any:
        """Note in the item what became of its file."""
        job = self._context.run.job_of(item)
        if job is None:
            return item
        self._order.release(job.index)
        if job.transfer is not None:
            chapter, transfer = job.chapter, job.transfer
            chapter.attempts = transfer.attempts
            chapter.bytes_received, chapter.bytes_resumed = transfer.received, transfer.resumed
            if chapter.file is None:
                # Where media_failed() did not say it, the result is an error.
                chapter.error = transfer.error or f"{results[0][1]}"
        fill_item(item, job.chapter)
        return item

    # -- what becomes of a chapter -----------------------------------------------------------

    def _contents_read(self, contents: Contents) -> None:
        spider = self._context.spider
        if not (spider.dry_run or spider.offline):
            self._order.begin(len(contents.chapters))

    def _under_way(self, item: Any) -> tuple[ChapterJob, Transfer]:
        job = self._context.run.job_of(item)
        assert job is not None  # noqa: S101  # nothing is asked for other items
        assert job.transfer is not None  # noqa: S101  # get_media_requests() made it
        return job, job.transfer

    async def _stored_or_turn(
        self, request: Request, job: ChapterJob, transfer: Transfer
    ) -> FileInfo | None:
        store, contents = self._context.store, self._context.run.contents
        found = await run_in_thread(store.find, job.chapter, contents, request.url)
        if found is not None:
            try:
                await run_in_thread(store.rename, found, job.file_name)
            except OSError:
                found = None  # storing what comes instead reports it
        if found is not None:
            record = job.record = found.record
            if self._context.spider.offline:
                return self._kept(request, job, record, "unchanged")
            if record.etag is not None:
                request.headers["If-None-Match"] = record.etag
            elif record.last_modified is not None:
                request.headers["If-Modified-Since"] = record.last_modified
            elif time.time() - record.fetched < self.expires * _DAY:
                return self._kept(request, job, record, "unchanged")
        await self._order.turn(request, job.index, transfer.to_come or job.size)
        return None

    async def _taken(
        self, response: Response, request: Request, job: ChapterJob, transfer: Transfer
    ) -> FileInfo:
        """Store what came, once the book has taken it. Raises as media_downloaded(), OSError."""
        arrived = await self._accepted(response, request, job, transfer)
        known, source, store = job.record, transfer.partial.source, self._context.store
        if arrived is None or source is None:
            assert known is not None  # noqa: S101  # a 304 came, for what it names
            transfer.partial.discard()  # of another edition, if anything
            return self._kept(request, job, known, "unchanged")
        size, digest, now = arrived.size, arrived.sha256, time.time()
        record = Record(request.url, digest, size, source.etag, source.last_modified, now)
        job.record = record
        if known is not None and known.sha256 == digest:
            # With other validators perhaps, as from servers that draw them anew each day.
            await run_in_thread(store.renew, job.file_name, record)
            transfer.partial.discard()
            return self._kept(request, job, record, "unchanged")
        await run_in_thread(store.adopt, transfer.partial, job.file_name, record)
        status = "resumed" if transfer.resumed else "downloaded"
        return self._kept(request, job, record, status)

    def _kept(self, request: Request, job: ChapterJob, record: Record, status: str) -> FileInfo:
        """Note what the store has of a chapter now."""
        chapter = job.chapter
        chapter.file, chapter.status = job.file_name, status
        chapter.bytes, chapter.sha256 = record.bytes, record.sha256
        chapter.etag, chapter.last_modified = record.etag, record.last_modified
        self.crawler.stats.inc_value(f"chapters/{status}")
        self.inc_stats(status)
        return {
            "url": request.url,
            "path": job.file_name,
            "checksum": record.sha256,
            "status": status,
        }

    async def _accepted(
        self, response: Response, request: Request, job: ChapterJob, transfer: Transfer
    ) -> Arrived | None:
        """Have the file read for the book, and fetch it again as long as it is no good.

        Returns None where the server says that the stored one is current. Raises FetchError.
        """
        retries = self._context.retries
        last = not retries.enabled
        while True:
            if response.status == 304 and job.record is not None:
                return None
            if response.status != 200:
                kind = UnavailableError if lasts(response.status) else FetchError
                raise kind(f"the server answered with status {response.status}")
            try:
                return await self._read(job, transfer, response, last=last)
            except RejectedChapter as rejected:
                retry = await retries.file_again(
                    response.request or request,
                    transfer,
                    str(rejected),
                    is_pdf=rejected.reason != "not-pdf",
                )
                last = retry is None
                if retry is not None:
                    response = await self.crawler.engine.download_async(retry)

    async def _read(
        self, job: ChapterJob, transfer: Transfer, response: Response, *, last: bool
    ) -> Arrived:
        """Give a complete file to the book.

        A file that needs repair is taken when it is the `last` chance, where what came last is read
        once more, or came with the same bytes before, and its length was announced: without a
        length, a file that is cut looks the same.

        Raises RejectedChapter for what may come better next time, FetchError for what will not.
        """
        arrived = await run_in_thread(transfer.settle, response)
        again = not last and arrived.sha256 in transfer.digests
        transfer.digests.add(arrived.sha256)
        source = transfer.partial.source
        announced = source is not None and source.length is not None
        if job.record is not None and arrived.sha256 == job.record.sha256:
            return arrived  # the same bytes as are stored, which the book took
        try:
            if not has_signature(arrived.head):
                raise RejectedChapter("not-pdf", "the file is no PDF")  # noqa: TRY301  # counted below
            await self._context.binding.check(
                job, transfer.partial.path, take_repaired=announced and (again or last)
            )
            self._context.run.doubt(job)
        except RejectedChapter as rejected:
            if not last:
                self.crawler.stats.inc_value(f"chapters/rejected/{rejected.reason}")
            # Busy servers send a page twice; a body of no length may be cut twice in one place.
            same = again and announced and rejected.reason != "not-pdf"
            if same or last:
                twice = "; it came twice with the same bytes" if same else ""
                lasting = same and rejected.reason != "crashed"
                kind = UnavailableError if lasting else FetchError
                raise kind(f"{rejected}{twice}; {what_came(response, arrived)}") from rejected
            raise
        return arrived
