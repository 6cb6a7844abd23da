"""The pipeline that fetches and keeps the chapters' PDFs."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.asyncio import run_in_thread

from dspguide.book.outcome import Advice
from dspguide.crawl.context import Component
from dspguide.crawl.failure_reasons import explain, lasts, what_came
from dspguide.errors import FetchError, StoreError, UnavailableError
from dspguide.items import fill_item
from dspguide.net.largest_first import LargestFirst
from dspguide.net.transfer import Arrived, Transfer, has_signature
from dspguide.pdf import RejectedChapter
from dspguide.store.chapter_store import Record

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from dspguide.book.run import ChapterJob
    from dspguide.items import Contents

_DAY = 86400.0

logger = logging.getLogger(__name__)


class ChapterFilesPipeline(Component):
    """Fetches each chapter's PDF that is not in the store, or not as the server has it now.

    In place of Scrapy's FilesPipeline, whose settings and stats it has. Differs from it in that

    - a file is named for its chapter, and put in its place at one stroke;
    - a stored file is trusted only if its bytes have the hash that was noted, and the server is
      asked whether it changed (FILES_EXPIRES decides where the server gave no validator);
    - what arrives is a chapter only if the book takes it, and is asked for again else; for
      transfers that break off see ResumeMiddleware and RetryPolicy;
    - redirects are followed, and a file that cannot be had is noted in its item;
    - items that are no chapters of the book pass through.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._order = LargestFirst(crawler, self.context.limiter)
        self._expires = crawler.settings.getint("FILES_EXPIRES", 90) * _DAY

    def contents_read(self, contents: Contents) -> None:
        spider = self.context.spider
        if not (spider.dry_run or spider.offline):
            self._order.begin(len(contents.chapters))

    async def process_item(self, item: Any) -> Any:
        job = self.context.run.job_of(item)
        if job is None:
            return item
        chapter = job.chapter
        if chapter.pdf_url and chapter.error is None and not self.context.spider.dry_run:
            chapter.file = None  # until there is one, whatever the recipe says
            most = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
            partial = self.context.store.partial(job.file_name)
            job.transfer = transfer = Transfer(partial, chapter.pdf_url, most)
            request = self._request(job, chapter.pdf_url)
            try:
                await self._have(request, job, transfer)
            except Exception as error:  # of any kind: one chapter cannot be had
                chapter.error = f"{self.context.explain(error)}."
                if explain(error).advice is Advice.PROGRAM:
                    logger.exception("%s: an error in the program", request.url)
            chapter.attempts = transfer.attempts
            chapter.bytes_received, chapter.bytes_resumed = transfer.received, transfer.resumed
        self._order.release(job.index)
        fill_item(item, chapter)
        return item

    def _request(self, job: ChapterJob, url: str) -> Request:
        referer = job.chapter.page_url or self.context.run.contents.url
        meta = {
            "transfer": job.transfer,
            "chapter": job.chapter.position,
            "dont_redirect": not self.crawler.settings.getbool("MEDIA_ALLOW_REDIRECTS"),
            # Scrapy's HTTP cache would take a 304, or the rest of a file, for the file.
            "dont_cache": True,
        }
        return Request(url, callback=NO_CALLBACK, headers={"Referer": referer}, meta=meta)

    async def _have(self, request: Request, job: ChapterJob, transfer: Transfer) -> None:
        """Keep the stored file where the server need not be asked; else ask when it is time.

        What came is checked here and not in a middleware: Scrapy counts a request as active until
        its middlewares are done, and would let no page through while chapters wait to be read.

        Raises FetchError, StoreError, and what download_async() raises.
        """
        if await self._is_current(request, job):
            return
        await self._order.turn(request, job.index, transfer.to_come or job.size)
        response = await self.crawler.engine.download_async(request)
        self._order.release(job.index)
        try:
            await self._take(response, request, job, transfer)
        except OSError as error:
            path = self.context.store.file(job.file_name)
            raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error

    async def _is_current(self, request: Request, job: ChapterJob) -> bool:
        """Look what the store has, and have the request ask whether that changed."""
        store, contents = self.context.store, self.context.run.contents
        found = await run_in_thread(store.find, job.chapter, contents, request.url)
        if found is None:
            return False
        try:
            await run_in_thread(store.rename, found, job.file_name)
        except OSError:
            return False  # storing what comes instead reports it
        record = job.record = found.record
        if not self.context.spider.offline:
            if record.etag is not None:
                request.headers["If-None-Match"] = record.etag
                return False
            if record.last_modified is not None:
                request.headers["If-Modified-Since"] = record.last_modified
                return False
            if time.time() - record.fetched >= self._expires:
                return False
        self._keep(job, record, "unchanged")
        return True

    async def _take(
        self, response: Response, request: Request, job: ChapterJob, transfer: Transfer
    ) -> None:
        """Store what came, once the book has taken it. Raises as _have(), OSError."""
        arrived = await self._accepted(response, request, job, transfer)
        known, source, store = job.record, transfer.partial.source, self.context.store
        if arrived is None or source is None:
            assert known is not None  # noqa: S101  # a 304 came, for what it names
            transfer.partial.discard()  # of another edition, if anything
            self._keep(job, known, "unchanged")
            return
        size, digest, now = arrived.size, arrived.sha256, time.time()
        record = Record(request.url, digest, size, source.etag, source.last_modified, now)
        if known is not None and known.sha256 == digest:
            # With other validators perhaps, as from servers that draw them anew each day.
            await run_in_thread(store.renew, job.file_name, record)
            transfer.partial.discard()
            self._keep(job, record, "unchanged")
            return
        await run_in_thread(store.adopt, transfer.partial, job.file_name, record)
        self._keep(job, record, "resumed" if transfer.resumed else "downloaded")

    def _keep(self, job: ChapterJob, record: Record, status: str) -> None:
        """Note what the store has of a chapter now."""
        chapter, job.record = job.chapter, record
        chapter.file, chapter.status = job.file_name, status
        chapter.bytes, chapter.sha256 = record.bytes, record.sha256
        chapter.etag, chapter.last_modified = record.etag, record.last_modified
        for stat in (f"chapters/{status}", "file_count", f"file_status_count/{status}"):
            self.crawler.stats.inc_value(stat)

    async def _accepted(
        self, response: Response, request: Request, job: ChapterJob, transfer: Transfer
    ) -> Arrived | None:
        """Have the file read for the book, and fetch it again as long as it is no good.

        Returns None where the server says that the stored one is current. Raises FetchError.
        """
        retries = self.context.retries
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
            await self.context.binding.check(
                job, transfer.partial.path, take_repaired=announced and (again or last)
            )
            self.context.run.doubt(job)
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
